//! Pods: the object in the API server, and the snapshot of it that watches deliver.

use crate::Timestamp;
use controller::api::{PodPhase, ReplicaSetId, TemplateId, Uid};

/// Index of a pod in its run, in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodId(pub u32);

impl PodId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A pod object as the API server stores it, and as a watch shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pod {
    /// Identity; breaks ties of the deletion ranking.
    pub uid: Uid,
    /// The `ReplicaSet` that controls it.
    pub owner: Option<ReplicaSetId>,
    /// The template it was made from.
    pub template: TemplateId,
    /// Number of earlier pods of that template.
    pub ordinal: u32,
    /// Whether its labels match the selector of the `ReplicaSet`s of the subject's current owner.
    pub matches: bool,
    /// When it was created, in whole seconds.
    pub created: Timestamp,
    /// Where it runs.
    pub node: Option<NodeId>,
    /// Its phase.
    pub phase: PodPhase,
    /// Since when its condition Ready has been True, in whole seconds; `None` if it is not.
    pub ready_since: Option<Timestamp>,
    /// Latest time of its removal (`metadata.deletionTimestamp`).
    pub deletion: Option<Timestamp>,
    /// Annotation `controller.kubernetes.io/pod-deletion-cost`.
    pub deletion_cost: i32,
    /// Container restarts.
    pub restarts: u32,
    /// Version of the stored object.
    pub resource_version: u64,
    /// Removed from the API server.
    pub removed: bool,
}

impl Pod {
    /// Neither terminal nor terminating: such a pod counts towards its `ReplicaSet`.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.is_charged() && self.deletion.is_none()
    }

    /// Exists in a phase that is not terminal, terminating or not: such a pod may run, and quotas charge it.
    #[must_use]
    pub const fn is_charged(&self) -> bool {
        !self.phase.is_terminal() && !self.removed
    }

    /// Whether its condition Ready is True.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.ready_since.is_some()
    }
}
