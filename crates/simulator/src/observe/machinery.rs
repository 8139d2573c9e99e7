//! Syncs of the controllers, and lengths of the queues.

use super::{Observation, Observer};
use crate::cluster::{ApiServer, Refusal, World};
use crate::model::Model;
use crate::{Span, Timestamp};
use controller::api::ReplicaSetId;
use std::sync::Arc;

/// A key that a controller processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SyncKey {
    /// The Deployment, by its controller.
    Deployment,
    /// A `ReplicaSet`, by its controller.
    ReplicaSet(ReplicaSetId),
    /// The Service, by the `EndpointSlice` controller.
    Endpoints,
}

/// A step of a controller's sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncStep {
    /// A worker starts a key.
    Begins(SyncKey),
    /// A worker finishes a key.
    Ends(SyncKey, SyncEnd),
    /// The process of the Deployment and the `ReplicaSet` controller has stopped, with its syncs.
    Lost,
}

/// How a sync ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncEnd {
    /// Without an error.
    Done,
    /// With an error.
    Failed {
        /// Delay of the retry; `None` if it waits for a change.
        again: Option<Span>,
        /// The refused call; `None` if a cache did not show the controller's own writes yet, or if a pod
        /// could not be claimed.
        refusal: Option<Refusal>,
    },
}

/// A work queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeysQueued {
    /// Keys that wait for a worker.
    pub waiting: u32,
    /// Keys in progress.
    pub in_work: u32,
    /// Keys to be added later.
    pub delayed: u32,
}

/// The queues of the scheduler.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PodsQueued {
    /// Active pods.
    pub active: u32,
    /// Pods in back-off.
    pub backing_off: u32,
    /// Unschedulable pods.
    pub unschedulable: u32,
}

/// Image pulls, over all nodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PullsQueued {
    /// Pods whose pull waits for others on its node.
    pub waiting: u32,
    /// Pulls in progress.
    pub under_way: u32,
}

/// Lengths of all queues.
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

/// Syncs and queue lengths of one run, in order of time. Times count from t = 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machinery {
    /// Syncs of the controllers.
    pub syncs: Vec<(Span, SyncStep)>,
    /// Queue lengths at each change.
    pub queues: Vec<(Span, Queues)>,
}

impl Machinery {
    /// Syncs and queues of run number `run` of `seed`, identical to the run of a
    /// [`Simulator`](crate::Simulator).
    #[must_use]
    pub fn of(model: &Model, seed: u64, run: u64) -> Self {
        let mut world = World::modelled(Arc::new(model.clone()), Counter::default());
        let start = world.begin(seed, run);
        world.run_until(start + model.horizon);
        world.into_parts().0.machinery
    }
}

/// Records syncs and queue lengths.
#[derive(Debug, Clone, Default)]
struct Counter {
    start: Timestamp,
    machinery: Machinery,
}

impl Observer for Counter {
    const TAKES_QUEUES: bool = true;

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
