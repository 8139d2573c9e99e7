//! What the user does.

use super::apply::Apply;
use super::node::NodeSet;
use crate::Span;
use controller::api::Strategy;

/// Something that the user does once.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// When.
    pub trigger: Trigger,
    /// What.
    pub change: Change,
}

/// When something happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// At this time after t = 0.
    At(Span),
    /// So long after so many pods of the template in force have become Ready for the first time in this
    /// run (counted at the API server).
    NewPodsReady {
        /// How many, at least 1.
        count: u32,
        /// How long after.
        after: Span,
    },
    /// So long after the Deployment reported that its progress deadline was exceeded.
    DeadlineExceeded {
        /// How long after.
        after: Span,
    },
}

/// What the user does.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// `kubectl set image`: containers and their new images.
    SetImage(Vec<(String, String)>),
    /// `kubectl apply` of a changed manifest.
    Apply(Box<Apply>),
    /// `kubectl scale`.
    Scale(i32),
    /// Several changes of the spec in one update, as `kubectl edit` and `kubectl patch` make it. Each is one of
    /// those for which [`is_edit`](Self::is_edit) holds.
    Edit(Vec<Change>),
    /// `kubectl rollout pause`.
    Pause,
    /// `kubectl rollout resume`.
    Resume,
    /// `kubectl rollout undo`; 0 is the revision before the latest.
    Undo {
        /// `--to-revision`
        to_revision: i64,
    },
    /// `kubectl rollout restart`.
    Restart,
    /// Replaces `spec.strategy`.
    SetStrategy(Strategy),
    /// Sets `spec.minReadySeconds`.
    SetMinReadySeconds(i32),
    /// Sets `spec.progressDeadlineSeconds`.
    SetProgressDeadlineSeconds(Option<i32>),
    /// Sets `spec.revisionHistoryLimit`.
    SetRevisionHistoryLimit(Option<i32>),
    /// `kubectl delete pod`.
    DeletePod(PodSelector),
    /// `kubectl delete pod --grace-period`; without any grace (`--force`) the object is gone at once.
    DeletePodWithin(PodSelector, Span),
    /// A request to the eviction API, which asks disruption budgets; it is not repeated.
    EvictPod(PodSelector),
    /// `kubectl annotate pod ... controller.kubernetes.io/pod-deletion-cost=...`
    SetDeletionCost(PodSelector, i32),
    /// `kubectl scale replicaset`.
    ScaleReplicaSet(ReplicaSetSelector, i32),
    /// `kubectl delete replicaset`.
    DeleteReplicaSet(ReplicaSetSelector, Cascade),
    /// The pod's process ends for good: the pod goes to phase Failed.
    FailPod(PodSelector),
    /// Changes a pod's labels so that the selector no longer matches: its `ReplicaSet` lets it go.
    RelabelPod(PodSelector),
    /// Sets the pod quota's hard limit; `None` removes the quota.
    SetPodQuota(Option<i64>),
    /// Something about nodes.
    Node(NodeChange),
}

/// What the user does to nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeChange {
    /// `kubectl cordon`.
    Cordon(NodeSet),
    /// `kubectl uncordon`.
    Uncordon(NodeSet),
    /// `kubectl drain`: all are cordoned, then emptied one after another by the eviction API.
    Drain {
        /// Which.
        nodes: NodeSet,
        /// `--timeout`; `None` waits for ever.
        timeout: Option<Span>,
    },
    /// `kubectl taint nodes ... node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`.
    OutOfService(NodeSet),
    /// `kubectl delete pod --force --grace-period=0` of the terminating pods on these nodes.
    ForceDelete(NodeSet),
    /// `kubectl delete node`.
    Delete(NodeSet),
}

impl NodeChange {
    /// The nodes it is about.
    #[must_use]
    pub const fn nodes(&self) -> &NodeSet {
        match self {
            Self::Drain { nodes, .. }
            | Self::Cordon(nodes)
            | Self::Uncordon(nodes)
            | Self::OutOfService(nodes)
            | Self::ForceDelete(nodes)
            | Self::Delete(nodes) => nodes,
        }
    }

    /// The same, to be changed.
    pub const fn nodes_mut(&mut self) -> &mut NodeSet {
        match self {
            Self::Drain { nodes, .. }
            | Self::Cordon(nodes)
            | Self::Uncordon(nodes)
            | Self::OutOfService(nodes)
            | Self::ForceDelete(nodes)
            | Self::Delete(nodes) => nodes,
        }
    }
}

/// Which pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodSelector {
    /// Index into the pods that are neither terminating nor Failed, in order of creation, modulo their
    /// number.
    pub ordinal: u32,
    /// Only pods with this image.
    pub image: Option<String>,
}

/// Which `ReplicaSet`; the one with the Deployment's current template if nothing is stated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplicaSetSelector {
    /// The one of this revision.
    pub revision: Option<i64>,
    /// The newest one with this image.
    pub image: Option<String>,
}

/// What happens to the pods of a deleted `ReplicaSet` (`kubectl delete --cascade`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cascade {
    /// They are deleted after it.
    Background,
    /// They stay, without an owner.
    Orphan,
}

impl Change {
    /// Whether it may change the pod template.
    #[must_use]
    pub fn may_change_template(&self) -> bool {
        matches!(self, Self::SetImage(_) | Self::Apply(_) | Self::Undo { .. } | Self::Restart)
            || self.edits().iter().any(|edit| matches!(edit, Self::SetImage(_)))
    }

    /// Whether it sets fields of the spec whatever they were before, so that several go into one update.
    #[must_use]
    pub const fn is_edit(&self) -> bool {
        matches!(
            self,
            Self::SetImage(_)
                | Self::Scale(_)
                | Self::Pause
                | Self::Resume
                | Self::SetStrategy(_)
                | Self::SetMinReadySeconds(_)
                | Self::SetProgressDeadlineSeconds(_)
                | Self::SetRevisionHistoryLimit(_)
        )
    }

    /// The changes that it makes to the spec in one update: those of an edit, or itself.
    #[must_use]
    pub fn edits(&self) -> &[Change] {
        match self {
            Self::Edit(changes) => changes,
            other => std::slice::from_ref(other),
        }
    }
}
