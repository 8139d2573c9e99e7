//! What is known about one node.

use crate::cluster::event::Event;
use crate::cluster::pod::PodId;
use crate::{Span, Timestamp};

/// Whether a kubelet and the control plane hear each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) enum Contact {
    /// They do.
    #[default]
    Up,
    /// They do not, but what runs on the node goes on.
    Cut,
    /// The node is down, and nothing runs on it.
    Down,
}

/// The taint that evicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum EvictionTaint {
    #[default]
    None,
    /// `node.kubernetes.io/unreachable`, put there by the node controller.
    Unreachable,
    /// `node.kubernetes.io/out-of-service`, put there by the user; the other may be there as well.
    OutOfService,
}

/// One node as the node controllers see it.
#[derive(Debug, Clone, Default)]
pub(super) struct Host {
    /// Index of its zone.
    pub(super) zone: u16,
    pub(super) contact: Contact,
    /// How many times contact was lost or came back.
    pub(super) turn: u16,
    /// When it renewed its lease for the last time before it fell silent.
    pub(super) renewed: Timestamp,
    /// The fault that it is out of contact by.
    pub(super) by: Option<u16>,
    /// The Node object exists.
    pub(super) exists: bool,
    /// Its condition Ready is True; if not, it is Unknown.
    pub(super) ready: bool,
    pub(super) cordoned: bool,
    pub(super) taint: EvictionTaint,
    /// How many times a taint that evicts came or went.
    pub(super) taints: u16,
    /// The pods that were bound to it; some of them may be gone.
    pub(super) residents: Vec<PodId>,
    /// Pods that the node controller is about to mark as not Ready.
    pub(super) to_mark: Vec<PodId>,
    /// Pods that it has marked.
    pub(super) marked: Vec<PodId>,
    /// What the kubelet did not get through to the API server, or was not told, in order.
    pub(super) parked: Vec<Event>,
    /// Pods whose deletion the kubelet has not heard of.
    pub(super) undelivered: Vec<PodId>,
    /// How far its clock is ahead; negative if it is behind.
    pub(super) skew: Span,
}

impl Host {
    pub(super) fn new(zone: u16) -> Self {
        Self { zone, exists: true, ready: true, ..Self::default() }
    }

    /// The object exists and does not say Ready.
    pub(super) const fn is_unknown(&self) -> bool {
        self.exists && !self.ready
    }
}
