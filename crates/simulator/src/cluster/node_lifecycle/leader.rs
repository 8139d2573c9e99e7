//! The node controllers run in the controller manager: they stop with its leader, and the next leader starts
//! without their state. Calls in transit still arrive.

use super::node_state::{Contact, EvictionTaint};
use super::periodic_loop::PeriodicLoop;
use super::{Clients, NodeEvent, health, pod_gc, taint};
use crate::cluster::pod::NodeId;
use crate::cluster::world::World;
use crate::observe::Observer;

impl NodeEvent {
    /// Whether a controller causes this event, and not a kubelet, a user, the cloud or a call in transit.
    pub(super) const fn needs_a_leader(self) -> bool {
        matches!(
            self,
            Self::TurnsUnknown(..)
                | Self::MarksPod(_)
                | Self::Closes(..)
                | Self::ZonesJudged
                | Self::TaintsNext(_)
                | Self::Evicts(..)
                | Self::Opens(..)
                | Self::SeenReady(..)
                | Self::CollectsPods(_)
                | Self::BudgetSyncs(_)
        )
    }
}

impl<O: Observer> World<O> {
    /// A new leader knows only the state of the API server: it gives every silent node the full grace period
    /// (`nodeHealthMap`, `pkg/controller/nodelifecycle/node_lifecycle_controller.go`), and pods on tainted
    /// nodes restart their toleration time (`processPodOnNode`,
    /// `pkg/controller/tainteviction/taint_eviction.go`).
    pub(in super::super) fn node_controllers_start(&mut self) {
        if !self.nodes_are_watched() {
            return;
        }
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        let lifecycle = &mut site.lifecycle;
        lifecycle.leading_since = Some(now);
        lifecycle.monitor = PeriodicLoop::new(now, health::MONITOR_PERIOD);
        lifecycle.tainting = PeriodicLoop::new(now, taint::CHECK_PERIOD);
        lifecycle.collecting = PeriodicLoop::new(now, pod_gc::CHECK_PERIOD);
        lifecycle.clients = Clients::new();
        for zone in &mut lifecycle.zones {
            zone.planned = None;
        }
        for index in 0..lifecycle.hosts.len() as u32 {
            self.look_at_node_afresh(NodeId(index));
        }
        self.judge_zones();
    }

    fn look_at_node_afresh(&mut self, node: NodeId) {
        let Some(host) = self.host_mut(node) else { return };
        let silent = host.contact != Contact::Up && host.exists && host.ready;
        let (turn, renewed, tainted) = (host.turn, host.renewed, host.taint != EvictionTaint::None);
        if silent {
            let unknown = self.overdue(renewed);
            self.at(unknown, NodeEvent::TurnsUnknown(node, turn));
        }
        if tainted {
            self.void_evictions(node);
            self.await_evictions(node);
        }
    }

    /// Cancels timers that have not expired.
    fn void_evictions(&mut self, node: NodeId) {
        if let Some(host) = self.host_mut(node) {
            host.taints = host.taints.wrapping_add(1);
        }
    }
}
