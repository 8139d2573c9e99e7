//! The time ledger: every nanosecond of the rollout clock booked to one cause, backwards along the critical
//! path. The rule and an example stand in `docs/ledger.md`.
//!
//! The clock is cut into intervals at the steps of the rollout. What happens in between is noted as it
//! happens, at a price that does not depend on the number of pods; when a step ends the interval, its
//! owner is known, the interval is booked, and the notes are thrown away.

mod history;
mod notes;
mod pods;
mod scene;

use super::Observation;
use super::rollout_status::exit_code;
use crate::Timestamp;
use crate::cluster::{ApiServer, PodId};
use crate::record::{Cause, Ledger};
use controller::api::{ConditionType, Deployment, DeploymentSpec, Reason, Strategy};
use scene::{Gate, Making, Rest, Scene};

/// Keeps the ledger of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct TimeLedger {
    clock: Clock,
    /// When the interval at hand began.
    from: Timestamp,
    scene: Scene,
    /// The last moment at which the Deployment got something to decide that was no step of its own.
    prompted: Timestamp,
    /// The first creation of a pod that was tried after that, whatever came of it.
    tried: Option<Timestamp>,
    /// The last sign of life in the cluster.
    last_seen: Timestamp,
    /// The spec in force.
    spec: Option<DeploymentSpec>,
    /// What keeps the Deployment from deciding, apart from old pods that terminate.
    own_gate: Gate,
    /// Since when the deadline has been reported as exceeded.
    exceeded: Option<Timestamp>,
    /// Pods that are active, and pods that terminate.
    active: i64,
    terminating: i64,
    /// The quota that refused the last pod would have room with fewer active pods than this, once those that
    /// terminate are gone.
    room_below: i64,
    ledger: Ledger,
}

/// The rollout clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Clock {
    #[default]
    NotStarted,
    Runs,
    /// It may run on: the template may change again.
    Stopped,
}

/// What ends an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A pod became available.
    Pod(PodId),
    /// A controller's write: a `ReplicaSet` got another size, or the rollout is reported as done.
    Write,
    /// The user changed the template.
    Template,
    /// The user changed something else; or nothing did, and the run is over.
    None,
}

impl TimeLedger {
    pub(super) fn begin(&mut self, start: Timestamp, api: &ApiServer) {
        let mut scene = std::mem::take(&mut self.scene);
        scene.reset();
        *self = Self { from: start, prompted: start, last_seen: start, scene, ..Self::default() };
        self.spec = api.deployment.map(|deployment| deployment.spec);
        for pod in &api.pods {
            self.scene.pods.add(Timestamp::from_nanos(i64::MIN), notes::stage_of(pod), None);
            self.count(pod, 1);
        }
        self.scene.draining.reset(self.terminating > 0);
    }

    /// The books at the end of the run; `None` if there was no rollout.
    pub(super) fn finish(&mut self, end: Timestamp) -> Option<Ledger> {
        self.close(end, Step::None);
        (self.clock != Clock::NotStarted).then_some(self.ledger)
    }

    fn runs(&self) -> bool {
        self.clock == Clock::Runs
    }

    /// Books the interval at hand, which ends now, and begins the next one.
    fn close(&mut self, now: Timestamp, step: Step) {
        if !self.runs() {
            return;
        }
        let (scene, ledger, from) = (&self.scene, &mut self.ledger, self.from);
        let rest = Rest::HumanSince(self.last_seen);
        match step {
            Step::Pod(id) => scene.book_pod(ledger, id, from, now),
            Step::Write => {
                let prompted = self.prompted;
                // A controller that backs off after a refusal reports nothing until it tries again.
                let tried = self.tried.unwrap_or(prompted);
                scene.book_waiting(ledger, from, prompted, Rest::Controllers);
                scene.book_creation(ledger, prompted, tried);
                scene.book_write(ledger, tried, now);
            }
            Step::Template => {
                let stuck = self.exceeded.map_or(now, |since| since.clamp(from, now));
                scene.book_waiting(ledger, from, stuck, rest);
                scene.book_human(ledger, stuck, now);
            }
            Step::None => scene.book_waiting(ledger, from, now, rest),
        }
        self.open(now);
    }

    /// An interval begins.
    fn open(&mut self, now: Timestamp) {
        self.from = now;
        self.prompt(now);
        self.scene.forget();
    }

    /// The Deployment has something to decide.
    const fn prompt(&mut self, now: Timestamp) {
        self.prompted = now;
        self.tried = None;
    }

    /// The Deployment was written, or the user has acted. `is_under_way` says whether the rollout clock
    /// runs from now on.
    pub(super) fn deployment(&mut self, now: Timestamp, api: &ApiServer, is_under_way: bool) {
        let Some(deployment) = &api.deployment else { return };
        let before = self.spec.replace(deployment.spec);
        let template_changed = before.is_none_or(|before| before.template != deployment.spec.template);
        if template_changed {
            self.close(now, Step::Template);
        } else if before.is_some_and(|before| before.replicas != deployment.spec.replicas) {
            self.close(now, Step::None);
        } else if before != self.spec {
            self.prompt(now);
        }
        self.run_clock(now, is_under_way);
        if template_changed {
            self.choose_pods_in_flight(api);
        }
        self.note_conditions(now, deployment);
    }

    fn run_clock(&mut self, now: Timestamp, is_under_way: bool) {
        match (self.clock, is_under_way) {
            (Clock::NotStarted, true) => {
                self.clock = Clock::Runs;
                self.open(now);
            }
            (Clock::Runs, false) => {
                self.close(now, Step::Write);
                self.clock = Clock::Stopped;
            }
            (Clock::Stopped, true) => {
                self.ledger.book(Cause::NothingLeft, now.since(self.from));
                self.clock = Clock::Runs;
                self.open(now);
            }
            _ => {}
        }
    }

    /// Another template is in force: other pods are the new ones.
    fn choose_pods_in_flight(&mut self, api: &ApiServer) {
        for (index, pod) in api.pods.iter().enumerate() {
            let id = PodId(index as u32);
            let in_flight = self.counts(pod) && !self.scene.pods.is_available(id);
            self.scene.pods.set_in_flight(id, in_flight);
        }
        // What the API server says to new pods of this template, the next try will show.
        self.scene.making.reset(Making::Open);
    }

    fn note_conditions(&mut self, now: Timestamp, deployment: &Deployment) {
        let progressing = deployment.status.conditions.get(ConditionType::Progressing);
        let reason = progressing.map(|condition| condition.reason);
        self.exceeded = match reason {
            Some(Reason::ProgressDeadlineExceeded) => self.exceeded.or(Some(now)),
            _ => None,
        };
        self.own_gate = if exit_code(deployment) == Some(0) {
            Gate::Complete
        } else if deployment.spec.paused {
            Gate::Paused
        } else if reason == Some(Reason::ReplicaSetCreateError) {
            Gate::Refused
        } else {
            Gate::Open
        };
        self.note_gate(now);
    }

    fn note_gate(&mut self, now: Timestamp) {
        let recreates = self.spec.is_some_and(|spec| spec.strategy == Strategy::Recreate);
        let gate = match self.own_gate {
            Gate::Open if recreates && self.terminating > 0 => Gate::Draining,
            own => own,
        };
        self.scene.gate.set(now, gate, self.runs());
    }

    /// Any other observation.
    pub(super) fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        match seen {
            Observation::ReplicaSet { from, to, .. } if from != to => self.close(now, Step::Write),
            Observation::PodCreated(id) => self.pod_created(now, api.pod(id)),
            Observation::Pod(id, before) => self.pod_changed(now, id, before, api.pod(id)),
            Observation::PodEnters(id, stage) => {
                self.scene.pods.enter(now, id, stage, self.runs());
            }
            Observation::CreateRefused(template, refusal) if self.is_in_force(template) => {
                self.tried.get_or_insert(now);
                self.note_admission(now, Some(refusal));
            }
            Observation::Admission(template, refusal) if self.is_in_force(template) => {
                self.note_admission(now, refusal);
            }
            _ => {}
        }
    }

    /// Something was observed, and everyone has looked at it. That the user is about to act is no sign of
    /// life in the cluster.
    pub(super) const fn looked(&mut self, now: Timestamp, seen: Observation<'_>) {
        if !matches!(seen, Observation::UserActs { .. }) {
            self.last_seen = now;
        }
    }
}
