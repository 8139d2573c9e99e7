//! Node changes that the scheduler sees: cordons, taints, deleted nodes.

use super::ClusterChange;
use crate::cluster::pod::NodeId;
use crate::cluster::world::World;
use crate::model::{Taint, TaintEffect};
use crate::observe::Observer;

impl<O: Observer> World<O> {
    /// Marks a node unschedulable (`kubectl cordon`), or schedulable again. Pods on it stay.
    pub(in super::super) fn set_node_schedulable(&mut self, node: NodeId, schedulable: bool) {
        let Some(site) = &mut self.site else { return };
        if site.nodes[node.index()].set_schedulable(schedulable) {
            self.node_opens();
        }
    }

    /// Adds a taint to a node. Pods on it stay, whatever its effect: the scheduler does not evict.
    pub(in super::super) fn taint_node(&mut self, node: NodeId, taint: Taint) {
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].taint(taint);
        }
    }

    /// Removes a taint from a node.
    pub(in super::super) fn untaint_node(&mut self, node: NodeId, key: &str, effect: TaintEffect) {
        let Some(site) = &mut self.site else { return };
        if site.nodes[node.index()].untaint(key, effect) {
            self.node_opens();
        }
    }

    /// The Node object is deleted: the node gets no more pods. Its pods stay.
    pub(in super::super) fn node_goes(&mut self, node: NodeId) {
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].set_gone(true);
        }
    }

    /// A deleted Node object is restored.
    pub(in super::super) fn node_returns(&mut self, node: NodeId) {
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].set_gone(false);
        }
        self.node_opens();
    }

    /// Unschedulable pods are retried when the scheduler sees it.
    pub(super) fn node_opens(&mut self) {
        if let Some(site) = &mut self.site {
            site.pools.version += 1;
        }
        self.tell_scheduler_of(ClusterChange::NodeOpened);
    }
}
