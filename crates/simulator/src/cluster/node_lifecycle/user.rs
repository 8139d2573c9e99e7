//! Actions of the user on nodes.

use super::NodeEvent;
use super::eviction::{OUT_OF_SERVICE, OUT_OF_SERVICE_VALUE};
use super::node_state::EvictionTaint;
use crate::cluster::pod::NodeId;
use crate::cluster::world::World;
use crate::model::{NodeChange, NodeSet, Taint, TaintEffect};
use crate::observe::Observer;

impl<O: Observer> World<O> {
    /// The nodes of a set that have an object, in order.
    pub(in super::super) fn nodes_of(&self, set: &NodeSet) -> Vec<NodeId> {
        let Some(site) = &self.site else { return Vec::new() };
        let fits = |node: &NodeId| {
            let pool = site.nodes[node.index()].pool;
            let zone = site.model.cluster.pools[pool].zone.as_deref();
            set.includes(node.0, pool, zone) && site.lifecycle.host(*node).is_some_and(|host| host.exists)
        };
        (0..site.nodes.len() as u32).map(NodeId).filter(fits).collect()
    }

    pub(in super::super) fn change_nodes(&mut self, change: &NodeChange) {
        self.know_nodes();
        let nodes = self.nodes_of(change.nodes());
        match change {
            NodeChange::Cordon(_) => nodes.into_iter().for_each(|node| self.cordon(node, true)),
            NodeChange::Uncordon(_) => nodes.into_iter().for_each(|node| self.cordon(node, false)),
            NodeChange::Drain { timeout, .. } => self.begin_drain(nodes, *timeout, None),
            NodeChange::OutOfService(_) => nodes.into_iter().for_each(|node| self.take_out_of_service(node)),
            NodeChange::ForceDelete(_) => nodes.into_iter().for_each(|node| self.force_delete_on(node)),
            NodeChange::Delete(_) => {
                for node in nodes {
                    if let Some(turn) = self.host(node).map(|host| host.turn) {
                        self.node_object_deleted(node, turn);
                    }
                }
            }
        }
    }

    /// Marks a node unschedulable, or schedulable again.
    pub(super) fn cordon(&mut self, node: NodeId, cordoned: bool) {
        let Some(host) = self.host_mut(node) else { return };
        if std::mem::replace(&mut host.cordoned, cordoned) != cordoned {
            self.set_node_schedulable(node, !cordoned);
        }
    }

    /// The user marks a node as out of service: its pods are deleted, and the garbage collector removes those
    /// that are terminating there.
    fn take_out_of_service(&mut self, node: NodeId) {
        let Some(host) = self.host_mut(node) else { return };
        host.taint = EvictionTaint::OutOfService;
        host.taints = host.taints.wrapping_add(1);
        let (key, value) = (OUT_OF_SERVICE.to_owned(), OUT_OF_SERVICE_VALUE.to_owned());
        self.taint_node(node, Taint { key, value, effect: TaintEffect::NoExecute });
        self.await_evictions(node);
        let pass = self.next_collection();
        self.at(pass, NodeEvent::CollectsPods(node));
    }

    /// The taint is deleted with the object.
    pub(super) fn take_out_of_service_back(&mut self, node: NodeId) {
        let Some(host) = self.host_mut(node) else { return };
        if host.taint == EvictionTaint::OutOfService {
            host.taint = EvictionTaint::None;
            host.taints = host.taints.wrapping_add(1);
            self.untaint_node(node, OUT_OF_SERVICE, TaintEffect::NoExecute);
        }
    }

    /// Removes the objects of terminating pods, even if their containers still run.
    fn force_delete_on(&mut self, node: NodeId) {
        for id in self.residents(node) {
            if self.api.pod(id).deletion.is_some() {
                self.commit_pod_removal(id);
            }
        }
    }
}
