//! The time ledger: assigns every nanosecond of the rollout clock to one cause, backwards along the critical
//! path. `docs/ledger.md` explains the rule with an example.
//!
//! The rollout's steps split the clock into intervals. Changes in an interval are recorded at constant cost,
//! independent of the number of pods. The step at the end of the interval determines its owner; the interval
//! is then attributed and the records are dropped.

mod history;
mod interval;
mod notes;
mod pods;

use super::Observation;
use super::rollout_status::exit_code;
use crate::Timestamp;
use crate::cluster::{ApiServer, PodId};
use crate::record::{Cause, Ledger};
use controller::api::{ConditionType, Deployment, DeploymentSpec, Reason, Strategy};
use interval::{CreationBlock, DefaultOwner, DeploymentBlock, IntervalRecords};

/// Computes the ledger of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct TimeLedger {
    clock: LedgerClock,
    /// Begin of the current interval.
    from: Timestamp,
    interval: IntervalRecords,
    /// Last time at which the Deployment got new input other than its own step.
    prompted: Timestamp,
    /// Time of the first attempt to create a pod after that, with any result.
    tried: Option<Timestamp>,
    /// Time of the last activity of the cluster.
    last_seen: Timestamp,
    /// The spec in force.
    spec: Option<DeploymentSpec>,
    /// What blocks the Deployment, except terminating old pods.
    own_gate: DeploymentBlock,
    /// Time since which the deadline is reported as exceeded.
    exceeded: Option<Timestamp>,
    /// Number of active pods, and of terminating pods.
    active: i64,
    terminating: i64,
    /// The quota of the last refusal has room with fewer active pods than this, once the terminating ones are
    /// gone.
    room_below: i64,
    ledger: Ledger,
}

/// The rollout clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum LedgerClock {
    #[default]
    NotStarted,
    Runs,
    /// It may resume if the template changes again.
    Stopped,
}

/// What ends an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IntervalEnd {
    /// A pod became available.
    Pod(PodId),
    /// A controller's write: a `ReplicaSet` was resized, or the rollout is reported as complete.
    Write,
    /// The user changed the template.
    Template,
    /// Another user action, or the end of the run.
    None,
}

impl TimeLedger {
    pub(super) fn begin(&mut self, start: Timestamp, api: &ApiServer) {
        let mut interval = std::mem::take(&mut self.interval);
        interval.reset();
        *self = Self { from: start, prompted: start, last_seen: start, interval, ..Self::default() };
        self.spec = api.deployment.map(|deployment| deployment.spec);
        for pod in &api.pods {
            self.interval.pods.add(Timestamp::from_nanos(i64::MIN), notes::stage_of(pod), None);
            self.count(pod, 1);
        }
        self.interval.draining.reset(self.terminating > 0);
    }

    /// The ledger at the end of the run; `None` without a rollout.
    pub(super) fn finish(&mut self, end: Timestamp) -> Option<Ledger> {
        self.close(end, IntervalEnd::None);
        (self.clock != LedgerClock::NotStarted).then_some(self.ledger)
    }

    fn runs(&self) -> bool {
        self.clock == LedgerClock::Runs
    }

    /// Attributes the current interval, which ends now, and begins the next one.
    fn close(&mut self, now: Timestamp, step: IntervalEnd) {
        if !self.runs() {
            return;
        }
        let (interval, ledger, from) = (&self.interval, &mut self.ledger, self.from);
        let rest = DefaultOwner::HumanSince(self.last_seen);
        match step {
            IntervalEnd::Pod(id) => interval.book_pod(ledger, id, from, now),
            IntervalEnd::Write => {
                let prompted = self.prompted;
                // A controller in back-off after a refusal reports nothing until its retry.
                let tried = self.tried.unwrap_or(prompted);
                interval.book_waiting(ledger, from, prompted, DefaultOwner::Controllers);
                interval.book_creation(ledger, prompted, tried);
                interval.book_write(ledger, tried, now);
            }
            IntervalEnd::Template => {
                let stuck = self.exceeded.map_or(now, |since| since.clamp(from, now));
                interval.book_waiting(ledger, from, stuck, rest);
                interval.book_human(ledger, stuck, now);
            }
            IntervalEnd::None => interval.book_waiting(ledger, from, now, rest),
        }
        self.open(now);
    }

    /// An interval begins.
    fn open(&mut self, now: Timestamp) {
        self.from = now;
        self.prompt(now);
        self.interval.forget();
    }

    /// The Deployment has new input.
    const fn prompt(&mut self, now: Timestamp) {
        self.prompted = now;
        self.tried = None;
    }

    /// The Deployment was written, or the user has acted. `is_under_way` states whether the rollout clock
    /// runs from now on.
    pub(super) fn deployment(&mut self, now: Timestamp, api: &ApiServer, is_under_way: bool) {
        let Some(deployment) = &api.deployment else { return };
        let before = self.spec.replace(deployment.spec);
        let template_changed = before.is_none_or(|before| before.template != deployment.spec.template);
        if template_changed {
            self.close(now, IntervalEnd::Template);
        } else if before.is_some_and(|before| before.replicas != deployment.spec.replicas) {
            self.close(now, IntervalEnd::None);
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
            (LedgerClock::NotStarted, true) => {
                self.clock = LedgerClock::Runs;
                self.open(now);
            }
            (LedgerClock::Runs, false) => {
                self.close(now, IntervalEnd::Write);
                self.clock = LedgerClock::Stopped;
            }
            (LedgerClock::Stopped, true) => {
                self.ledger.book(Cause::NothingLeft, now.since(self.from));
                self.clock = LedgerClock::Runs;
                self.open(now);
            }
            _ => {}
        }
    }

    /// Another template is in force: selects its pods as the new ones.
    fn choose_pods_in_flight(&mut self, api: &ApiServer) {
        for (index, pod) in api.pods.iter().enumerate() {
            let id = PodId(index as u32);
            let in_flight = self.counts(pod) && !self.interval.pods.is_available(id);
            self.interval.pods.set_in_flight(id, in_flight);
        }
        // The next attempt shows whether the API server refuses pods of this template.
        self.interval.creation.reset(CreationBlock::Open);
    }

    fn note_conditions(&mut self, now: Timestamp, deployment: &Deployment) {
        let progressing = deployment.status.conditions.get(ConditionType::Progressing);
        let reason = progressing.map(|condition| condition.reason);
        self.exceeded = match reason {
            Some(Reason::ProgressDeadlineExceeded) => self.exceeded.or(Some(now)),
            _ => None,
        };
        self.own_gate = if exit_code(deployment) == Some(0) {
            DeploymentBlock::Complete
        } else if deployment.spec.paused {
            DeploymentBlock::Paused
        } else if reason == Some(Reason::ReplicaSetCreateError) {
            DeploymentBlock::Refused
        } else {
            DeploymentBlock::Open
        };
        self.note_gate(now);
    }

    fn note_gate(&mut self, now: Timestamp) {
        let recreates = self.spec.is_some_and(|spec| spec.strategy == Strategy::Recreate);
        let gate = match self.own_gate {
            DeploymentBlock::Open if recreates && self.terminating > 0 => DeploymentBlock::Draining,
            own => own,
        };
        self.interval.gate.set(now, gate, self.runs());
    }

    /// Handles all other observations.
    pub(super) fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        match seen {
            Observation::ReplicaSet { from, to, .. } if from != to => self.close(now, IntervalEnd::Write),
            Observation::PodCreated(id) => self.pod_created(now, api.pod(id)),
            Observation::Pod(id, before) => self.pod_changed(now, id, before, api.pod(id)),
            Observation::PodEnters(id, stage) => {
                self.interval.pods.enter(now, id, stage, self.runs());
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

    /// Records activity after an observation. An announced user action is not an activity of the cluster.
    pub(super) const fn looked(&mut self, now: Timestamp, seen: Observation<'_>) {
        if !matches!(seen, Observation::UserActs { .. }) {
            self.last_seen = now;
        }
    }
}
