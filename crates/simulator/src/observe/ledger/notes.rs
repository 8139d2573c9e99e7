//! Records of the ledger between two steps: changes of pods, and results of admission.

use super::interval::CreationBlock;
use super::pods::LostPod;
use super::{IntervalEnd, TimeLedger};
use crate::Timestamp;
use crate::cluster::{Pod, PodId, Refusal};
use crate::observe::Stage;
use controller::api::TemplateId;

impl TimeLedger {
    pub(super) fn is_in_force(&self, template: TemplateId) -> bool {
        self.spec.is_some_and(|spec| spec.template == template)
    }

    /// Whether the rollout depends on a pod: it is active, has the template in force, and will not be
    /// released.
    pub(super) fn counts(&self, pod: &Pod) -> bool {
        pod.is_active() && pod.matches && self.is_in_force(pod.template)
    }

    /// A pod became available or stopped being available; with `minReadySeconds` by time alone.
    pub(in super::super) fn availability(&mut self, now: Timestamp, id: PodId, available: bool, pod: &Pod) {
        self.interval.pods.set_available(id, available);
        let counts = self.counts(pod);
        self.interval.pods.set_in_flight(id, counts && !available);
        if counts && available {
            self.close(now, IntervalEnd::Pod(id));
        } else if pod.is_active() {
            // The Deployment counts the available pods of all ReplicaSets.
            self.prompt(now);
        }
    }

    pub(super) fn pod_created(&mut self, now: Timestamp, pod: &Pod) {
        let is_new = self.is_in_force(pod.template);
        let id = PodId(self.interval.pods.len() as u32);
        self.interval.pods.add(now, Stage::Scheduling, self.interval.lost.filter(|_| is_new));
        self.interval.pods.set_in_flight(id, is_new);
        self.count(pod, 1);
        if is_new {
            self.tried.get_or_insert(now);
            self.interval.creation.set(now, CreationBlock::Open, self.runs());
        }
    }

    pub(super) fn pod_changed(&mut self, now: Timestamp, id: PodId, before: &Pod, after: &Pod) {
        self.count(before, -1);
        self.count(after, 1);
        if self.counts(before) && !self.counts(after) {
            self.interval.pods.set_in_flight(id, false);
            let was_available = self.interval.pods.is_available(id);
            let awaited = if was_available { self.interval.pods.furthest_ahead() } else { Some(id) };
            self.interval.lost = Some(LostPod { at: now, awaited });
        }
        if before.is_charged() != after.is_charged() || before.is_active() != after.is_active() {
            self.interval.draining.set(now, self.terminating > 0, self.runs());
            self.note_gate(now);
            if matches!(self.interval.creation.now(), CreationBlock::Refused | CreationBlock::Held) {
                self.interval.creation.set(now, self.refused(), self.runs());
            }
        }
    }

    pub(super) fn count(&mut self, pod: &Pod, change: i64) {
        self.active += change * i64::from(pod.is_active());
        self.terminating += change * i64::from(pod.is_charged() && !pod.is_active());
    }

    /// The actual or expected result of the creation of a new pod.
    pub(super) fn note_admission(&mut self, now: Timestamp, refusal: Option<Refusal>) {
        let Some(refusal) = refusal else {
            return self.interval.creation.set(now, CreationBlock::Tail, self.runs());
        };
        self.room_below = match refusal {
            Refusal::QuotaExceeded { room: Some(room), .. } => room + self.active + self.terminating,
            // The refusal does not state how many pods must go, so terminating pods are assumed to be enough.
            Refusal::QuotaExceeded { room: None, .. } => i64::MAX,
            _ => i64::MIN,
        };
        self.interval.creation.set(now, self.refused(), self.runs());
    }

    /// Whether only terminating pods block the creation.
    const fn refused(&self) -> CreationBlock {
        if self.terminating > 0 && self.active < self.room_below {
            CreationBlock::Held
        } else {
            CreationBlock::Refused
        }
    }
}

/// The stage of a pod that exists at the start.
pub(super) const fn stage_of(pod: &Pod) -> Stage {
    match (pod.node, pod.is_ready()) {
        (None, _) => Stage::Scheduling,
        (Some(_), true) => Stage::Ready,
        (Some(_), false) => Stage::Probe,
    }
}
