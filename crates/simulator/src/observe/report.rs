//! What shows in no stored object: Kubernetes Events, and what users and faults do.

use crate::cluster::{NodeId, PodId};
use crate::model::{Configuration, PullFailure};
use crate::{Span, Timestamp};
use controller::api::{ErrorId, ReplicaSetId};
use controller::deployment::ApiEvent;

/// Something that is told to observers that [listen](super::Observer::LISTENS).
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// The user does something: index into the model's list.
    UserActs(u32),
    /// A fault begins: index into the model's list.
    FaultBegins(u32),
    /// A fault ends.
    FaultEnds(u32),
    /// What the user asked for is refused, and so changes nothing; why.
    ActionRefused(String),
    /// The eviction API refuses to evict a pod.
    EvictionRefused {
        /// The pod.
        pod: PodId,
        /// The budget, by its index in the model.
        budget: u16,
        /// Healthy pods, by the budget's status.
        healthy: i32,
        /// Healthy pods that it wants.
        desired: i32,
        /// The request comes again in so long.
        again: Option<Span>,
    },
    /// The Deployment controller posts an Event.
    Deployment(ApiEvent),
    /// The `ReplicaSet` controller posts an Event.
    ReplicaSet(ReplicaSetId, SetReport),
    /// Scheduler, kubelet or a node controller have something to say about a pod.
    Pod(PodId, PodReport),
    /// The node controller posts an Event.
    Node(NodeId, NodeReport),
}

/// An Event of the `ReplicaSet` controller (`pkg/controller/controller_utils.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetReport {
    /// `SuccessfulCreate`
    Created(PodId),
    /// `FailedCreate`
    CreateFailed(ErrorId),
    /// `SuccessfulDelete`
    Deleted(PodId),
    /// `FailedDelete`
    DeleteFailed(ErrorId),
}

impl SetReport {
    /// Whether it is a Warning rather than Normal.
    #[must_use]
    pub const fn is_warning(self) -> bool {
        matches!(self, Self::CreateFailed(_) | Self::DeleteFailed(_))
    }
}

/// What happens to a pod on its way. Containers are counted through the init containers first.
#[derive(Debug, Clone, PartialEq)]
pub enum PodReport {
    /// It was given a node.
    Scheduled(NodeId),
    /// No node takes it.
    Unschedulable {
        /// What keeps it from how many nodes, in the scheduler's words.
        reasons: Vec<(u32, String)>,
    },
    /// The image of a container is asked for.
    Pulling(u16),
    /// It has come.
    Pulled {
        /// The container.
        container: u16,
        /// The time of the pull itself.
        took: Span,
    },
    /// It was there already.
    ImagePresent(u16),
    /// It did not come.
    PullFailed {
        /// The container.
        container: u16,
        /// Why.
        trouble: PullTrouble,
    },
    /// It is not there and must not be pulled.
    NeverPull(u16),
    /// A sync to come that will do nothing but note a back-off, if nothing happens before.
    WillBackOff {
        /// When.
        at: Timestamp,
        /// The container.
        container: u16,
        /// The back-off is that of a pull rather than of a restart.
        of_pull: bool,
    },
    /// Something is missing that the environment of a container refers to.
    ConfigMissing {
        /// The container.
        container: u16,
        /// What.
        missing: Configuration,
    },
    /// A container runs.
    Started(u16),
    /// A container has ended.
    Exited {
        /// The container.
        container: u16,
        /// Its exit code.
        code: u8,
    },
    /// A probe fails at these moments, if nothing happens before; replaces what was foreseen for it.
    WillFail {
        /// The container.
        container: u16,
        /// Which probe.
        probe: ProbeKind,
        /// The first time.
        first: Timestamp,
        /// The time between two rounds.
        period: Span,
        /// No longer than to here.
        until: Timestamp,
        /// It fails when its time is over rather than at once.
        hangs: bool,
    },
    /// A container is killed because a probe has failed it.
    ProbeKills {
        /// The container.
        container: u16,
        /// Which probe.
        probe: ProbeKind,
    },
    /// So many containers of the application and sidecars are ready, as the API server hears now.
    Containers {
        /// How many.
        ready: u16,
    },
    /// The kubelet begins to stop it.
    Stops,
    /// The node controller has marked it as not Ready.
    NodeNotReady,
    /// It is deleted because of a taint.
    Evicted,
}

/// Why a pull failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullTrouble {
    /// The kubelet's own limit on pulls (`registryPullQPS`).
    Throttled,
    /// The registry's limit.
    TooManyRequests,
    /// A fault.
    Registry(PullFailure),
}

/// The probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Tells when a container has started.
    Startup,
    /// Tells whether it can serve.
    Readiness,
    /// Tells whether it must be restarted.
    Liveness,
}

/// What the node controller says of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeReport {
    /// It is silent for too long.
    NotReady,
    /// It says again that it is Ready.
    Ready,
}
