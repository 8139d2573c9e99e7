//! Detection of silent nodes by the node controller, and its immediate reactions
//! (`pkg/controller/nodelifecycle/node_lifecycle_controller.go`).

use super::NodeEvent;
use super::zone;
use crate::Span;
use crate::Timestamp;
use crate::cluster::pod::NodeId;
use crate::cluster::world::World;
use crate::model::{Taint, TaintEffect};
use crate::observe::{NodeReport, Observer, PodReport, Report, Stage};

/// Seconds between two renewals of a node's lease: a quarter of its 40 s (`pkg/kubelet/kubelet.go`,
/// `nodeLeaseRenewIntervalFraction`).
pub(super) const RENEWAL_PERIOD: f64 = 10.0;
/// Maximum jitter of the renewals, as a fraction of the period (`leaseControllerRenewIntervalJitter`).
pub(super) const RENEWAL_JITTER: f64 = 0.04;

/// Time between two passes of the node controller (`--node-monitor-period`).
pub(super) const MONITOR_PERIOD: Span = Span::from_secs(5);

/// A node is unhealthy if the controller has observed no renewal for longer than this
/// (`--node-monitor-grace-period`).
const GRACE: Span = Span::from_secs(50);

/// The taint of an unreachable node (`pkg/apis/core/v1/well_known_taints.go`).
pub(super) const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// That taint with an effect.
pub(super) fn unreachable(effect: TaintEffect) -> Taint {
    Taint { key: UNREACHABLE.to_owned(), value: String::new(), effect }
}

impl<O: Observer> World<O> {
    /// The pass that marks a silent node. The controller counts from the pass that observed the last renewal,
    /// or from its own first one. Passes are slightly more than five seconds apart, so the tenth pass after
    /// that one finds the grace period exceeded.
    pub(super) fn overdue(&self, renewed: Timestamp) -> Timestamp {
        let Some(site) = &self.site else { return renewed };
        let seen = site.lifecycle.leading_since.map_or(renewed, |since| since.max(renewed));
        site.lifecycle.monitor.at_or_after(seen) + GRACE
    }

    /// The node's conditions become Unknown. In the same pass its pods lose their readiness, the taint for
    /// the scheduler follows, and the node is queued for the taint that evicts.
    pub(super) fn node_turns_unknown(&mut self, node: NodeId, turn: u16) {
        let pods = self.residents(node);
        let Some(renewed) = self.host(node).map(|host| host.renewed) else { return };
        // A new leader may have restarted the grace period.
        let too_early = self.now() < self.overdue(renewed);
        let Some(host) = self.host_mut(node) else { return };
        if host.turn != turn || !host.exists || !host.ready || too_early {
            return;
        }
        host.ready = false;
        self.report(Report::Node(node, NodeReport::NotReady));
        let Some(host) = self.host_mut(node) else { return };
        let zone = host.zone;
        let written = self.node_call(|clients| &mut clients.nodes);
        self.queue_for_eviction(zone, node);
        self.judge_zones_once();
        let heard = self.node_watch();
        self.at(written + heard, NodeEvent::Closes(node, turn));
        let ready = pods.into_iter().rev().filter(|id| self.api.pod(*id).is_ready()).collect();
        if let Some(host) = self.host_mut(node) {
            host.to_mark = ready;
        }
        self.at(written, NodeEvent::MarksPod(node));
    }

    /// Marks one pod after another, at the rate of the controller's client.
    pub(super) fn mark_next_pod(&mut self, node: NodeId) {
        let Some(id) = self.host_mut(node).and_then(|host| host.to_mark.pop()) else { return };
        if self.api.pod(id).is_ready() && !self.api.pod(id).removed {
            self.hold_status(id);
            self.commit_pod(id, |pod| pod.ready_since = None);
            self.report(Report::Pod(id, PodReport::NodeNotReady));
            self.enter(id, if self.is_out_of_contact(id) { Stage::NodeLost } else { Stage::Probe });
            self.note_marked(id, node);
        }
        if self.host(node).is_some_and(|host| !host.to_mark.is_empty()) {
            let next = self.node_call(|clients| &mut clients.nodes) + self.node_request();
            self.at(next, NodeEvent::MarksPod(node));
        }
    }

    /// The scheduler's taint follows the condition (`doNoScheduleTaintingPass`).
    pub(super) fn close_silent_node(&mut self, node: NodeId, turn: u16) {
        if self.host(node).is_some_and(|host| host.turn == turn && host.is_unknown()) {
            self.taint_node(node, unreachable(TaintEffect::NoSchedule));
        }
    }

    /// Schedules the evaluation of the zones at the end of this pass.
    pub(super) fn judge_zones_once(&mut self) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        if site.lifecycle.judged != now {
            site.lifecycle.judged = now;
            self.after(Span::ZERO, NodeEvent::ZonesJudged);
        }
    }

    /// Evaluates the zones. A pass that changes no zone has no effect, so only other passes are simulated.
    pub(super) fn judge_zones(&mut self) {
        let Some(site) = &mut self.site else { return };
        let lifecycle = &mut site.lifecycle;
        for (index, zone) in lifecycle.zones.iter_mut().enumerate() {
            let nodes = lifecycle.hosts.iter().filter(|host| usize::from(host.zone) == index && host.exists);
            let (ready, lost): (Vec<_>, Vec<_>) = nodes.partition(|host| host.ready);
            zone.judge(ready.len() as u32, lost.len() as u32);
        }
        let was_lost = lifecycle.all_lost;
        let mut peopled = lifecycle.zones.iter().filter(|zone| zone.state != zone::ZoneState::Empty);
        lifecycle.all_lost = peopled.all(|zone| zone.state == zone::ZoneState::Lost)
            && lifecycle.hosts.iter().any(|host| host.exists);
        match (was_lost, lifecycle.all_lost) {
            (false, true) => self.stop_evicting(),
            (true, false) => self.evict_again(),
            _ => {}
        }
        self.plan_tainting();
    }

    /// If every zone is lost, the controller assumes a fault of its own and removes the taints.
    fn stop_evicting(&mut self) {
        let Some(site) = &mut self.site else { return };
        for zone in &mut site.lifecycle.zones {
            zone.queue.clear();
        }
        for index in 0..site.lifecycle.hosts.len() as u32 {
            self.remove_eviction_taint(NodeId(index));
        }
    }

    /// A node is back: the other silent nodes are queued again.
    fn evict_again(&mut self) {
        let hosts = self.site.as_ref().map_or(&[][..], |site| &site.lifecycle.hosts);
        let unknown = hosts.iter().zip(0u32..).filter(|(host, _)| host.is_unknown());
        let unknown: Vec<_> = unknown.map(|(host, index)| (host.zone, NodeId(index))).collect();
        for (zone, node) in unknown {
            self.queue_for_eviction(zone, node);
        }
    }
}
