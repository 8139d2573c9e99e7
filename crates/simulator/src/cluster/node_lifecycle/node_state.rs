//! State of one node for the node controllers.

use crate::cluster::event::Event;
use crate::cluster::pod::PodId;
use crate::{Span, Timestamp};

/// Connection between a kubelet and the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) enum Contact {
    /// Connected.
    #[default]
    Up,
    /// Disconnected; containers on the node keep running.
    Cut,
    /// The node is down; nothing runs on it.
    Down,
}

/// The taint that evicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum EvictionTaint {
    #[default]
    None,
    /// `node.kubernetes.io/unreachable`, added by the node controller.
    Unreachable,
    /// `node.kubernetes.io/out-of-service`, added by the user; the other may be present as well.
    OutOfService,
}

/// One node as the node controllers see it.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeState {
    /// Index of its zone.
    pub(super) zone: u16,
    pub(super) contact: Contact,
    /// Number of times contact was lost or restored.
    pub(super) turn: u16,
    /// Last renewal of its lease before it became silent.
    pub(super) renewed: Timestamp,
    /// The fault that keeps it out of contact.
    pub(super) by: Option<u16>,
    /// The Node object exists.
    pub(super) exists: bool,
    /// Its condition Ready is True; otherwise it is Unknown.
    pub(super) ready: bool,
    pub(super) cordoned: bool,
    pub(super) taint: EvictionTaint,
    /// Number of times that an evicting taint was added or removed.
    pub(super) taints: u16,
    /// The pods that were bound to it; some of them may be gone.
    pub(super) residents: Vec<PodId>,
    /// Pods that the node controller is about to mark as not Ready.
    pub(super) to_mark: Vec<PodId>,
    /// Pods that it has marked.
    pub(super) marked: Vec<PodId>,
    /// Messages from and to the kubelet that could not be delivered, in order.
    pub(super) parked: Vec<Event>,
    /// Pods whose deletion has not reached the kubelet.
    pub(super) undelivered: Vec<PodId>,
    /// How far its clock is ahead; negative if it is behind.
    pub(super) skew: Span,
}

impl NodeState {
    pub(super) fn new(zone: u16) -> Self {
        Self { zone, exists: true, ready: true, ..Self::default() }
    }

    /// The object exists and its condition is not Ready.
    pub(super) const fn is_unknown(&self) -> bool {
        self.exists && !self.ready
    }
}
