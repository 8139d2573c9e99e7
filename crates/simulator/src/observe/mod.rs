//! Observation of the simulated cluster without side effects.

mod availability;
mod digest;
mod footprint;
mod helm_wait;
mod ledger;
mod machinery;
mod measures;
mod moments;
mod report;
mod rollout;
mod rollout_status;
mod scaling;
mod service;
mod serving;
mod stage;
mod steps;
mod timeline;

pub(crate) use availability::{Availability, AvailabilityChange};
pub use machinery::{KeysQueued, Machinery, PodsQueued, PullsQueued, Queues, SyncEnd, SyncKey, SyncStep};
pub(crate) use measures::Measures;
pub use moments::Moment;
pub(crate) use moments::MomentRecorder;
pub use report::{NodeReport, PodReport, ProbeKind, PullTrouble, Report, SetReport};
pub use serving::Serving;
pub use stage::Stage;
pub use steps::{
    ConditionState, DeploymentState, FailureState, RecordedStep, ReplicaSetState, Scaling, StepRecorder,
};

use crate::Timestamp;
use crate::cluster::{ApiServer, EndpointChange, Pod, PodId, Refusal};
use controller::api::{ReplicaSetId, TemplateId};
use controller::deployment::UndoRefusal;

/// A commit, a refusal or an action.
#[derive(Debug, Clone, Copy)]
pub enum Observation<'a> {
    /// The Deployment was created or has changed.
    Deployment,
    /// A `ReplicaSet` was created or resized.
    ReplicaSet {
        /// Which one.
        id: ReplicaSetId,
        /// Its size before; 0 when created.
        from: i32,
        /// Its size after.
        to: i32,
    },
    /// A `ReplicaSet` was deleted.
    ReplicaSetDeleted(ReplicaSetId),
    /// A pod was created.
    PodCreated(PodId),
    /// A pod has changed; its state before.
    Pod(PodId, &'a Pod),
    /// A pod enters a stage.
    PodEnters(PodId, Stage),
    /// The application of a pod changes its behaviour towards connections. Only with a Service.
    Serving(PodId, Serving),
    /// A slice of endpoints was written.
    EndpointsWritten(&'a [EndpointChange]),
    /// A proxy has applied more changes of the slices; before the first one it has no endpoint.
    EndpointsProgrammed {
        /// Number of the proxy; it runs on the node of the same number.
        proxy: u8,
        /// In the order of the writes.
        changes: &'a [EndpointChange],
    },
    /// The deletion of a pod began, with or without a grace period.
    PodDeletionBegan(PodId),
    /// The creation of a pod of a template was refused.
    CreateRefused(TemplateId, Refusal),
    /// The refusal that another pod of a refused template would get now, or `None` if it would be admitted.
    /// Reported at each change until a pod of the template is created.
    Admission(TemplateId, Option<Refusal>),
    /// Another call of a controller was refused for a reason that records count.
    CallRefused(Refusal),
    /// A rollback brought an earlier template back.
    RolledBack,
    /// The user is about to act.
    UserActs {
        /// Whether another change of the template is certain to come after this one.
        template_change_to_come: bool,
    },
    /// The user has acted, with or without effect.
    UserActed,
    /// A rollback changed nothing.
    UndoRefused(UndoRefusal),
}

/// Observes a run.
pub trait Observer {
    /// Whether it implements [`on_report`](Self::on_report); otherwise no reports are made.
    const TAKES_REPORTS: bool = false;
    /// Whether it implements [`sync`](Self::sync) and [`count`](Self::count); otherwise they are not called.
    const TAKES_QUEUES: bool = false;

    /// A replication begins; t = 0 is at `start`.
    fn begin(&mut self, _start: Timestamp, _api: &ApiServer) {}

    /// The API server is about to commit a write.
    fn before_write(&mut self, _now: Timestamp, _api: &ApiServer) {}

    /// An observation, after the API server has applied it.
    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer);

    /// A report of something that no stored object shows.
    fn on_report(&mut self, _now: Timestamp, _report: Report) {}

    /// A step of a controller's sync.
    fn sync(&mut self, _now: Timestamp, _step: SyncStep) {}

    /// The queue lengths after an event.
    fn count(&mut self, _now: Timestamp, _queues: Queues) {}
}

/// Observes nothing.
impl Observer for () {
    fn observe(&mut self, _now: Timestamp, _seen: Observation<'_>, _api: &ApiServer) {}
}

/// Two observers of one run.
impl<A: Observer, B: Observer> Observer for (A, B) {
    const TAKES_REPORTS: bool = A::TAKES_REPORTS || B::TAKES_REPORTS;
    const TAKES_QUEUES: bool = A::TAKES_QUEUES || B::TAKES_QUEUES;

    fn begin(&mut self, start: Timestamp, api: &ApiServer) {
        self.0.begin(start, api);
        self.1.begin(start, api);
    }

    fn before_write(&mut self, now: Timestamp, api: &ApiServer) {
        self.0.before_write(now, api);
        self.1.before_write(now, api);
    }

    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        self.0.observe(now, seen, api);
        self.1.observe(now, seen, api);
    }

    fn on_report(&mut self, now: Timestamp, report: Report) {
        if A::TAKES_REPORTS {
            self.0.on_report(now, report.clone());
        }
        if B::TAKES_REPORTS {
            self.1.on_report(now, report);
        }
    }

    fn sync(&mut self, now: Timestamp, step: SyncStep) {
        self.0.sync(now, step);
        self.1.sync(now, step);
    }

    fn count(&mut self, now: Timestamp, queues: Queues) {
        self.0.count(now, queues);
        self.1.count(now, queues);
    }
}
