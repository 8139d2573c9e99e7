//! What moves behind the objects: the syncs of the controllers, and how much waits in which queue.

use super::{Observation, Observer};
use crate::cluster::{ApiServer, Refusal, World};
use crate::model::Model;
use crate::{Span, Timestamp};
use controller::api::ReplicaSetId;
use std::sync::Arc;

/// A key that a controller works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SyncKey {
    /// The Deployment, by its controller.
    Deployment,
    /// A `ReplicaSet`, by its controller.
    ReplicaSet(ReplicaSetId),
    /// The Service, by the `EndpointSlice` controller.
    Endpoints,
}

/// Something about the syncs of the controllers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncStep {
    /// A worker begins to work on a key.
    Begins(SyncKey),
    /// It has finished.
    Ends(SyncKey, SyncEnd),
    /// The process of the Deployment and the `ReplicaSet` controller is gone, and what it was at.
    Lost,
}

/// How a sync ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncEnd {
    /// Without an error.
    Done,
    /// With an error.
    Failed {
        /// After which time the key is tried again; `None` if not before something changes.
        again: Option<Span>,
        /// Which call was refused; `None` if a cache did not show the controller's own writes yet, or if a
        /// pod could not be claimed.
        refusal: Option<Refusal>,
    },
}

/// A work queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeysQueued {
    /// Keys that wait for a worker.
    pub waiting: u32,
    /// Keys that are worked on.
    pub in_work: u32,
    /// Keys that come back at a later time.
    pub delayed: u32,
}

/// The queues of the scheduler.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PodsQueued {
    /// Pods to be tried.
    pub active: u32,
    /// Pods within their back-off.
    pub backing_off: u32,
    /// Pods that no node takes.
    pub unschedulable: u32,
}

/// Image pulls, over all nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PullsQueued {
    /// Pods whose pull waits for others of its node.
    pub waiting: u32,
    /// Pulls under way.
    pub under_way: u32,
}

/// How much waits where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queues {
    /// The work queue of the Deployment controller.
    pub deployment: KeysQueued,
    /// The work queue of the `ReplicaSet` controller.
    pub replica_set: KeysQueued,
    /// The work queue of the `EndpointSlice` controller; `None` without a Service.
    pub endpoints: Option<KeysQueued>,
    /// The scheduler.
    pub scheduler: PodsQueued,
    /// The kubelets' pulls.
    pub pulls: PullsQueued,
}

/// One run's syncs and queues, in order of time. Times count from t = 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machinery {
    /// What the controllers did.
    pub syncs: Vec<(Span, SyncStep)>,
    /// The queues, whenever one of them has changed.
    pub queues: Vec<(Span, Queues)>,
}

impl Machinery {
    /// That of run number `run` of `seed`, the very run that a [`Simulator`](crate::Simulator) makes of it.
    #[must_use]
    pub fn of(model: &Model, seed: u64, run: u64) -> Self {
        let mut world = World::modelled(Arc::new(model.clone()), Counter::default());
        let start = world.begin(seed, run);
        world.run_until(start + model.horizon);
        world.into_parts().0.machinery
    }
}

/// Writes down what it is told.
#[derive(Debug, Clone, Default)]
struct Counter {
    start: Timestamp,
    machinery: Machinery,
}

impl Observer for Counter {
    const COUNTS: bool = true;

    fn begin(&mut self, start: Timestamp, _: &ApiServer) {
        *self = Self { start, ..Self::default() };
    }

    fn observe(&mut self, _: Timestamp, _: Observation<'_>, _: &ApiServer) {}

    fn sync(&mut self, now: Timestamp, step: SyncStep) {
        self.machinery.syncs.push((now.since(self.start), step));
    }

    fn count(&mut self, now: Timestamp, queues: Queues) {
        let (at, known) = (now.since(self.start), &mut self.machinery.queues);
        match known.last_mut() {
            Some((_, last)) if *last == queues => {}
            Some((since, last)) if *since == at => *last = queues,
            _ => known.push((at, queues)),
        }
    }
}
