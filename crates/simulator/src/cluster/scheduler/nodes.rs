//! What the scheduler hears about nodes: cordons, taints, nodes that go.

use super::Change;
use crate::cluster::pod::NodeId;
use crate::cluster::world::World;
use crate::model::{Taint, TaintEffect};
use crate::observe::Observer;

#[allow(dead_code, reason = "called by whoever looks after the nodes")]
impl<O: Observer> World<O> {
    /// Marks a node unschedulable (`kubectl cordon`), or schedulable again. Pods on it stay.
    pub(in super::super) fn set_node_schedulable(&mut self, node: NodeId, schedulable: bool) {
        let Some(site) = &mut self.site else { return };
        if site.nodes[node.index()].set_schedulable(schedulable) {
            self.node_opens();
        }
    }

    /// Puts a taint on a node. Pods on it stay, whatever its effect: evicting them is not the scheduler's
    /// affair.
    pub(in super::super) fn taint_node(&mut self, node: NodeId, taint: Taint) {
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].taint(taint);
        }
    }

    /// Takes a taint off a node.
    pub(in super::super) fn untaint_node(&mut self, node: NodeId, key: &str, effect: TaintEffect) {
        let Some(site) = &mut self.site else { return };
        if site.nodes[node.index()].untaint(key, effect) {
            self.node_opens();
        }
    }

    /// The Node object is deleted: no pod can go there any more. Those on it are left alone.
    pub(in super::super) fn node_goes(&mut self, node: NodeId) {
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].set_gone(true);
        }
    }

    /// A deleted Node object is back.
    pub(in super::super) fn node_returns(&mut self, node: NodeId) {
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].set_gone(false);
        }
        self.node_opens();
    }

    /// Pods that found no place are tried again when the scheduler hears of it.
    pub(super) fn node_opens(&mut self) {
        if let Some(site) = &mut self.site {
            site.pools.version += 1;
        }
        self.tell_scheduler_of(Change::NodeOpened);
    }
}
