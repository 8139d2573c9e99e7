//! The taint that evicts, added to one node of a zone after another.

use super::NodeEvent;
use super::health::{UNREACHABLE, unreachable};
use super::node_state::EvictionTaint;
use crate::Span;
use crate::cluster::pod::NodeId;
use crate::cluster::world::World;
use crate::model::TaintEffect;
use crate::observe::Observer;

/// Period of the queue checks (`nodeEvictionPeriod`,
/// `pkg/controller/nodelifecycle/scheduler/rate_limited_queue.go`).
pub(super) const CHECK_PERIOD: Span = Span::from_millis(100);

impl<O: Observer> World<O> {
    pub(super) fn queue_for_eviction(&mut self, zone: u16, node: NodeId) {
        let Some(site) = &mut self.site else { return };
        let queue = &mut site.lifecycle.zones[usize::from(zone)].queue;
        if !queue.contains(&node) {
            queue.push_back(node);
        }
    }

    /// Schedules the next check of each non-empty queue.
    pub(super) fn plan_tainting(&mut self) {
        let now = self.now();
        let Some(site) = &self.site else { return };
        if site.lifecycle.all_lost {
            return;
        }
        for index in 0..site.lifecycle.zones.len() as u16 {
            self.plan_tainting_in(index, now);
        }
    }

    fn plan_tainting_in(&mut self, index: u16, now: crate::Timestamp) {
        let Some(site) = &mut self.site else { return };
        let clock = site.lifecycle.tainting;
        let zone = &mut site.lifecycle.zones[usize::from(index)];
        let due = zone.next_due(now).map(|due| clock.at_or_after(due));
        if due.is_some() && due != zone.planned {
            zone.planned = due;
            self.at(due.unwrap_or(now), NodeEvent::TaintsNext(index));
        }
    }

    pub(super) fn taint_next(&mut self, index: u16) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        if site.lifecycle.all_lost {
            return;
        }
        let zone = &mut site.lifecycle.zones[usize::from(index)];
        if zone.planned != Some(now) {
            return;
        }
        zone.planned = None;
        while let Some(node) = self.site.as_mut().and_then(|site| {
            let zone = &mut site.lifecycle.zones[usize::from(index)];
            zone.next(now)
        }) {
            let Some(turn) = self.host(node).filter(|host| host.is_unknown()).map(|host| host.turn) else {
                continue;
            };
            let arrives = self.node_call(|clients| &mut clients.nodes);
            self.at(arrives, NodeEvent::TaintedForEviction(node, turn));
        }
        self.plan_tainting_in(index, now);
    }

    pub(super) fn taint_for_eviction(&mut self, node: NodeId, turn: u16) {
        let Some(host) = self.host_mut(node) else { return };
        if host.turn != turn || !host.is_unknown() || host.taint != EvictionTaint::None {
            return;
        }
        host.taint = EvictionTaint::Unreachable;
        host.taints = host.taints.wrapping_add(1);
        self.taint_node(node, unreachable(TaintEffect::NoExecute));
        self.await_evictions(node);
    }

    /// The node controller removes the taint and cancels timers that have not expired.
    pub(super) fn remove_eviction_taint(&mut self, node: NodeId) {
        if self.host(node).is_some_and(|host| host.taint == EvictionTaint::Unreachable) {
            let arrives = self.node_call(|clients| &mut clients.nodes);
            self.at(arrives, NodeEvent::Untainted(node));
        }
    }

    pub(super) fn untaint_for_eviction(&mut self, node: NodeId) {
        let Some(host) = self.host_mut(node) else { return };
        if host.taint == EvictionTaint::Unreachable {
            host.taint = EvictionTaint::None;
            host.taints = host.taints.wrapping_add(1);
            self.untaint_node(node, UNREACHABLE, TaintEffect::NoExecute);
        }
    }
}
