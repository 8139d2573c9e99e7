//! Reports of what no stored object shows: Kubernetes Events, and actions of users and faults.

use crate::cluster::{NodeId, PodId};
use crate::model::{Configuration, PullFailure};
use crate::{Span, Timestamp};
use controller::api::{ErrorId, ReplicaSetId};
use controller::deployment::ApiEvent;

/// A report for observers that [listen](super::Observer::TAKES_REPORTS).
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// The user acts: index into the model's list.
    UserActs(u32),
    /// A fault begins: index into the model's list.
    FaultBegins(u32),
    /// A fault ends.
    FaultEnds(u32),
    /// The user's command was refused and changed nothing; the reason.
    ActionRefused(String),
    /// The eviction API refused to evict a pod.
    EvictionRefused {
        /// The pod.
        pod: PodId,
        /// The budget, by its index in the model.
        budget: u16,
        /// Healthy pods, by the budget's status.
        healthy: i32,
        /// Healthy pods that it requires.
        desired: i32,
        /// Delay of the retry.
        again: Option<Span>,
    },
    /// The Deployment controller posts an Event.
    Deployment(ApiEvent),
    /// The `ReplicaSet` controller posts an Event.
    ReplicaSet(ReplicaSetId, SetReport),
    /// Scheduler, kubelet or a node controller report on a pod.
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

/// Events in the life of a pod. Container indices start with the init containers.
#[derive(Debug, Clone, PartialEq)]
pub enum PodReport {
    /// It was bound to a node.
    Scheduled(NodeId),
    /// No node fits it.
    Unschedulable {
        /// Number of nodes by reason, in the scheduler's texts.
        reasons: Vec<(u32, String)>,
    },
    /// The pull of a container's image is requested.
    Pulling(u16),
    /// The image was pulled.
    Pulled {
        /// The container.
        container: u16,
        /// Duration of the pull itself.
        took: Span,
    },
    /// The image was already present.
    ImagePresent(u16),
    /// The pull failed.
    PullFailed {
        /// The container.
        container: u16,
        /// Why.
        trouble: PullTrouble,
    },
    /// The image is not present and must not be pulled.
    NeverPull(u16),
    /// A future sync that will only record a back-off, if nothing happens before.
    WillBackOff {
        /// Time of the sync.
        at: Timestamp,
        /// The container.
        container: u16,
        /// Whether the back-off is of a pull; otherwise of a restart.
        of_pull: bool,
    },
    /// Configuration that the environment of a container refers to is missing.
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
    /// Predicted failures of a probe, if nothing happens before; replaces the earlier prediction.
    WillFail {
        /// The container.
        container: u16,
        /// Which probe.
        probe: ProbeKind,
        /// Time of the first failure.
        first: Timestamp,
        /// Time between two failures.
        period: Span,
        /// End of the prediction.
        until: Timestamp,
        /// Whether each failure is a timeout; otherwise it fails at once.
        hangs: bool,
    },
    /// A container is killed because a probe failed.
    ProbeKills {
        /// The container.
        container: u16,
        /// Which probe.
        probe: ProbeKind,
    },
    /// The number of ready application containers and sidecars, as the API server receives it.
    Containers {
        /// The number.
        ready: u16,
    },
    /// The kubelet begins to terminate it.
    Stops,
    /// The node controller has marked it as not Ready.
    NodeNotReady,
    /// It is evicted because of a taint.
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

/// Kinds of probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Whether a container has started.
    Startup,
    /// Whether it can serve.
    Readiness,
    /// Whether it must be restarted.
    Liveness,
}

/// The node controller's report on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeReport {
    /// It has been silent for too long.
    NotReady,
    /// It reports Ready again.
    Ready,
}
