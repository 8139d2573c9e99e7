//! Looking at the world without touching it.

mod availability;
mod course;
mod digest;
mod footprint;
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

pub(crate) use availability::{Availability, Turn as AvailabilityTurn};
pub use machinery::{KeysQueued, Machinery, PodsQueued, PullsQueued, Queues, SyncEnd, SyncKey, SyncStep};
pub(crate) use measures::Measures;
pub use moments::Moment;
pub(crate) use moments::MomentRecorder;
pub use report::{NodeReport, PodReport, ProbeKind, PullTrouble, Report, SetReport};
pub use serving::Serving;
pub use stage::Stage;
pub use steps::{
    ConditionState, DeploymentState, FailureState, ReplicaSetState, Scaling, Step, StepRecorder,
};

use crate::Timestamp;
use crate::cluster::{ApiServer, EndpointChange, Pod, PodId, Refusal};
use controller::api::{ReplicaSetId, TemplateId};
use controller::deployment::UndoRefusal;

/// Something that was committed, refused or done.
#[derive(Debug, Clone, Copy)]
pub enum Observation<'a> {
    /// The Deployment was created or changed.
    Deployment,
    /// A `ReplicaSet` was created or changed, from this size to that.
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
    /// A pod changed; its state before.
    Pod(PodId, &'a Pod),
    /// A pod waits for something else than before.
    PodEnters(PodId, Stage),
    /// The application of a pod treats connections differently from now on. Seen only where a Service is
    /// simulated.
    Serving(PodId, Serving),
    /// A slice of endpoints was written.
    EndpointsWritten(&'a [EndpointChange]),
    /// A proxy follows more changes of the slices; before the first one it knows no endpoint.
    EndpointsProgrammed {
        /// Number of the proxy; it is on the node of the same number.
        proxy: u8,
        /// In the order in which they were written.
        changes: &'a [EndpointChange],
    },
    /// The deletion of a pod began, gracefully or at once.
    PodDeletionBegan(PodId),
    /// The creation of a pod of a template was refused.
    CreateRefused(TemplateId, Refusal),
    /// Why the API server would refuse another pod of a template that it has refused, or that it would no
    /// longer: said whenever that changes, until a pod of the template is created.
    Admission(TemplateId, Option<Refusal>),
    /// Another call of a controller was refused, for a reason that is not an everyday one.
    CallRefused(Refusal),
    /// A rollback brought an earlier template back.
    RolledBack,
    /// The user is about to act.
    UserActs {
        /// Whether another change of the template is certain to come after this one.
        template_change_to_come: bool,
    },
    /// The user has acted, whether or not that changed anything.
    UserActed,
    /// A rollback changed nothing.
    UndoRefused(UndoRefusal),
}

/// Someone who looks.
pub trait Observer {
    /// Whether it listens to [`hear`](Self::hear). For one that does not, nobody makes a report.
    const LISTENS: bool = false;
    /// Whether it wants to know of [syncs](Self::sync) and [queues](Self::count). For one that does not, nobody
    /// counts.
    const COUNTS: bool = false;

    /// A replication begins; t = 0 is at `start`.
    fn begin(&mut self, _start: Timestamp, _api: &ApiServer) {}

    /// The API server is about to commit a write.
    fn before_write(&mut self, _now: Timestamp, _api: &ApiServer) {}

    /// Something happened, and the API server shows it.
    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer);

    /// Somebody reports something that shows in no stored object.
    fn hear(&mut self, _now: Timestamp, _report: Report) {}

    /// A controller begins or ends a sync.
    fn sync(&mut self, _now: Timestamp, _step: SyncStep) {}

    /// So much waits after an event.
    fn count(&mut self, _now: Timestamp, _queues: Queues) {}
}

/// Nobody looks.
impl Observer for () {
    fn observe(&mut self, _now: Timestamp, _seen: Observation<'_>, _api: &ApiServer) {}
}

/// Two look side by side.
impl<A: Observer, B: Observer> Observer for (A, B) {
    const LISTENS: bool = A::LISTENS || B::LISTENS;
    const COUNTS: bool = A::COUNTS || B::COUNTS;

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

    fn hear(&mut self, now: Timestamp, report: Report) {
        if A::LISTENS {
            self.0.hear(now, report.clone());
        }
        if B::LISTENS {
            self.1.hear(now, report);
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
