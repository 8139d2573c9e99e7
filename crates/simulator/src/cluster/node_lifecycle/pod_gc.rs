//! The pod garbage collector: removes pods of nodes that have no object or are out of service
//! (`pkg/controller/podgc/gc_controller.go`).

use super::NodeEvent;
use super::node_state::EvictionTaint;
use crate::Span;
use crate::cluster::pod::{NodeId, PodId};
use crate::cluster::world::World;
use crate::observe::Observer;
use controller::api::PodPhase;

/// Time between two passes (`gcCheckPeriod`).
pub(super) const CHECK_PERIOD: Span = Span::from_secs(20);

/// Time for which a node must have been missing (`quarantineTime`). Passes are slightly more than 20 s apart,
/// so the second pass after the first that missed the node finds the time over.
const QUARANTINE: Span = Span::from_secs(40);

impl<O: Observer> World<O> {
    /// The Node object is deleted: the scheduler forgets the node, and a later pass of the collector finds
    /// pods without a node.
    pub(super) fn node_object_deleted(&mut self, node: NodeId, turn: u16) {
        let Some(site) = &mut self.site else { return };
        let Some(host) = site.lifecycle.host_mut(node) else { return };
        if host.turn != turn || !host.exists {
            return;
        }
        host.exists = false;
        let zone = usize::from(host.zone);
        site.lifecycle.zones[zone].queue.retain(|queued| *queued != node);
        self.node_goes(node);
        self.judge_zones_once();
        let missed = self.next_collection();
        self.at(missed + QUARANTINE, NodeEvent::CollectsPods(node));
    }

    /// The cloud deletes the object of a node if it is still out of contact then.
    pub(in super::super) fn delete_node_object_after(&mut self, node: NodeId, after: Span) {
        if let Some(turn) = self.host(node).map(|host| host.turn) {
            self.after(after, NodeEvent::ObjectDeleted(node, turn));
        }
    }

    /// The first pass of the collector after it has seen a change of now.
    pub(super) fn next_collection(&mut self) -> crate::Timestamp {
        let heard = self.now() + self.node_watch();
        self.site.as_ref().map_or(heard, |site| site.lifecycle.collecting.at_or_after(heard))
    }

    /// Collects every pod of a node without an object, or the terminating pods of a node out of service. More
    /// pods of the second kind may follow at the next pass.
    pub(super) fn collect_pods_of(&mut self, node: NodeId) {
        let Some(host) = self.host(node) else { return };
        let out_of_service = host.taint == EvictionTaint::OutOfService && host.is_unknown();
        let waits = host.taint == EvictionTaint::OutOfService && host.exists;
        let missing = !host.exists;
        let residents = self.residents(node);
        for id in &residents {
            if missing || (out_of_service && self.api.pod(*id).deletion.is_some()) {
                self.node_call(|clients| &mut clients.collector);
                let arrives = self.node_call(|clients| &mut clients.collector);
                self.at(arrives, NodeEvent::Collected(*id));
            }
        }
        if waits && !residents.is_empty() {
            self.after(CHECK_PERIOD, NodeEvent::CollectsPods(node));
        }
    }

    /// The pod is marked as Failed and deleted without grace.
    pub(super) fn collect_pod(&mut self, id: PodId) {
        self.commit_pod(id, |pod| {
            if !pod.phase.is_terminal() {
                pod.phase = PodPhase::Failed;
                pod.ready_since = None;
            }
        });
        self.commit_pod_removal(id);
    }
}
