//! Return of a node: the kubelet catches up, and the node controller reverts its changes.

use super::NodeEvent;
use super::health::UNREACHABLE;
use super::node_state::Contact;
use crate::Span;
use crate::cluster::event::{Event, PodEvent};
use crate::cluster::pod::{NodeId, PodId};
use crate::cluster::world::World;
use crate::engine::Slots;
use crate::model::TaintEffect;
use crate::observe::{NodeReport, Observer, Report};

/// Seconds between two posts of a node status that has changed (`nodeStatusUpdateFrequency`,
/// `pkg/kubelet/kubelet.go`).
const STATUS_PERIOD: f64 = 10.0;

/// Seconds between two comparisons of all pods with the API server (`syncPeriod`,
/// `pkg/kubelet/status/status_manager.go`).
const RECONCILE_PERIOD: f64 = 10.0;

/// Seconds until a starting kubelet observes that its containers are gone: its first relist.
const FIRST_RELIST: f64 = 1.0;

impl<O: Observer> World<O> {
    /// The kubelet and the API server can communicate again.
    pub(super) fn node_returns_to_contact(&mut self, node: NodeId, turn: u16) {
        let Some(site) = &mut self.site else { return };
        let Some(host) = site.lifecycle.host_mut(node) else { return };
        if host.turn != turn || host.contact == Contact::Up {
            return;
        }
        let was = std::mem::replace(&mut host.contact, Contact::Up);
        host.turn = turn.wrapping_add(1);
        host.by = None;
        site.lifecycle.silent -= 1;
        let slots = self.slots_of_node(node, turn.wrapping_add(1));
        self.register_again(node);
        if was == Contact::Down {
            self.start_afresh(node, &slots);
        } else {
            self.catch_up(node);
        }
        self.await_ready(node, was, &slots);
        self.await_reconciliation(node, &slots);
    }

    /// A kubelet whose Node object was deleted creates a new one, without the old taints.
    fn register_again(&mut self, node: NodeId) {
        let Some(host) = self.host_mut(node) else { return };
        if host.exists {
            return;
        }
        host.exists = true;
        host.ready = true;
        host.cordoned = false;
        self.untaint_node(node, UNREACHABLE, TaintEffect::NoSchedule);
        self.take_out_of_service_back(node);
        self.untaint_for_eviction(node);
        self.set_node_schedulable(node, true);
        self.node_returns(node);
        self.judge_zones_once();
    }

    /// Everything on a node that was down starts again; terminating pods have stopped.
    fn start_afresh(&mut self, node: NodeId, slots: &Slots) {
        if let Some(host) = self.host_mut(node) {
            host.marked.clear();
        }
        let noticed = Span::from_secs_f64(FIRST_RELIST * slots.uniform(2));
        for id in self.residents(node) {
            if self.api.pod(id).deletion.is_some() {
                self.end_stopped_pod(id, noticed);
            } else {
                self.after(noticed, NodeEvent::Rebooted(id));
            }
        }
    }

    /// Sends what did not reach the API server, and delivers what the kubelet missed.
    fn catch_up(&mut self, node: NodeId) {
        let Some(host) = self.host_mut(node) else { return };
        let parked = std::mem::take(&mut host.parked);
        let undelivered = std::mem::take(&mut host.undelivered);
        for event in parked {
            if let Event::Pod(id, PodEvent::StatusArrives) = event {
                self.send_status_again(id);
            } else {
                let takes = self.node_request();
                self.calendar.schedule(takes, event);
            }
        }
        for id in undelivered {
            if !self.api.pod(id).removed {
                self.begin_termination(id);
            }
        }
    }

    /// Schedules the Ready status of a node that was marked Unknown. A starting kubelet posts it at once, a
    /// partitioned one with its next post.
    fn await_ready(&mut self, node: NodeId, was: Contact, slots: &Slots) {
        let Some(host) = self.host(node) else { return };
        let turn = host.turn;
        if host.ready {
            return;
        }
        let after = match was {
            Contact::Cut => STATUS_PERIOD * slots.uniform(4),
            _ => 0.0,
        };
        let posted = Span::from_secs_f64(after) + self.node_request();
        self.after(posted, NodeEvent::ReportsReady(node, turn));
    }

    pub(super) fn node_reports_ready(&mut self, node: NodeId, turn: u16) {
        let Some(host) = self.host_mut(node) else { return };
        if host.turn != turn {
            return;
        }
        host.ready = true;
        self.report(Report::Node(node, NodeReport::Ready));
        let heard = self.node_watch();
        let opens = self.node_call(|clients| &mut clients.nodes) + heard;
        self.at(opens, NodeEvent::Opens(node, turn));
        let now = self.now();
        if let Some(pass) = self.site.as_ref().map(|site| site.lifecycle.monitor.at_or_after(now)) {
            self.at(pass, NodeEvent::SeenReady(node, turn));
        }
    }

    pub(super) fn open_returned_node(&mut self, node: NodeId, turn: u16) {
        if self.host(node).is_some_and(|host| host.turn == turn && host.ready) {
            self.untaint_node(node, UNREACHABLE, TaintEffect::NoSchedule);
        }
    }

    /// The next pass of the node controller removes the node from the queue and removes the taint.
    pub(super) fn node_seen_ready(&mut self, node: NodeId, turn: u16) {
        let Some(site) = &mut self.site else { return };
        let Some(host) = site.lifecycle.host_mut(node) else { return };
        if host.turn != turn || !host.ready {
            return;
        }
        let zone = usize::from(host.zone);
        site.lifecycle.zones[zone].queue.retain(|queued| *queued != node);
        self.remove_eviction_taint(node);
        self.judge_zones_once();
    }

    /// The node controller has marked a pod as not Ready; its kubelet may disagree.
    pub(super) fn note_marked(&mut self, id: PodId, node: NodeId) {
        let Some(host) = self.host_mut(node) else { return };
        host.marked.push(id);
        let (turn, in_contact) = (host.turn, host.contact == Contact::Up);
        if in_contact {
            let slots = self.slots_of_node(node, turn);
            self.await_reconciliation(node, &slots);
        }
    }

    fn await_reconciliation(&mut self, node: NodeId, slots: &Slots) {
        if self.host(node).is_some_and(|host| !host.marked.is_empty()) {
            let after = Span::from_secs_f64(RECONCILE_PERIOD * slots.uniform(5));
            self.after(after, NodeEvent::Reconciles(node));
        }
    }

    /// The kubelet finds pods whose stored status differs from its own. Pods that it knows to be Ready get
    /// their condition back with its original time.
    pub(super) fn restore_pods(&mut self, node: NodeId) {
        let Some(host) = self.host_mut(node).filter(|host| host.contact == Contact::Up) else { return };
        for id in std::mem::take(&mut host.marked) {
            if !self.api.pod(id).removed {
                self.send_status(id);
            }
        }
    }

    /// The node returns after this time if this fault still keeps it out of contact.
    pub(in super::super) fn return_after(&mut self, node: NodeId, fault: u16, after: Span) {
        if let Some(host) = self.host(node).filter(|host| host.by == Some(fault)) {
            let turn = host.turn;
            self.after(after, NodeEvent::Returns(node, turn));
        }
    }

    /// The fault releases all nodes that it holds.
    pub(in super::super) fn return_all(&mut self, fault: u16) {
        let hosts = self.site.as_ref().map_or(&[][..], |site| &site.lifecycle.hosts);
        let held = (0u32..).zip(hosts).filter(|(_, host)| host.by == Some(fault));
        let held: Vec<_> = held.map(|(index, host)| (NodeId(index), host.turn)).collect();
        for (node, turn) in held {
            self.node_returns_to_contact(node, turn);
        }
    }
}
