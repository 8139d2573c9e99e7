//! Kubelets out of contact: their actions, and messages to them, wait until the node returns.

use super::node_state::Contact;
use super::{NodeEvent, health};
use crate::Span;
use crate::Timestamp;
use crate::cluster::event::{Event, PodEvent, RegistryEvent};
use crate::cluster::pod::{NodeId, PodId};
use crate::cluster::world::World;
use crate::observe::{Observer, Stage};

impl Event {
    /// The pod whose kubelet causes or receives this event.
    const fn pod_of_kubelet(self) -> Option<PodId> {
        match self {
            Self::KubeletSees(id)
            | Self::Pod(id, _)
            | Self::Registry(RegistryEvent::DownloadBegins(id, _)) => Some(id),
            _ => None,
        }
    }

    /// Whether it needs communication between a kubelet and the API server, in either direction.
    const fn needs_contact(self) -> bool {
        match self {
            Self::KubeletSees(_) => true,
            Self::Pod(_, step) => {
                matches!(step, PodEvent::StatusArrives | PodEvent::Stopped | PodEvent::Removed)
            }
            _ => false,
        }
    }
}

impl<O: Observer> World<O> {
    /// Whether an event cannot happen because its kubelet is out of contact. A node that is down does
    /// nothing; a partitioned node does what needs no API server, and the rest waits.
    pub(in super::super) fn is_held_back(&mut self, event: Event) -> bool {
        if self.site.as_ref().is_none_or(|site| site.lifecycle.silent == 0) {
            return false;
        }
        let Some(node) = event.pod_of_kubelet().and_then(|id| self.api.pod(id).node) else { return false };
        let Some(host) = self.host_mut(node) else { return false };
        match host.contact {
            Contact::Up => false,
            Contact::Down => true,
            Contact::Cut => {
                let held = event.needs_contact();
                if held {
                    host.parked.push(event);
                }
                if let Event::KubeletSees(id) = event {
                    self.enter(id, Stage::NodeLost);
                }
                held
            }
        }
    }

    /// Whether the node of a pod is down or cut off.
    pub(in super::super) fn is_out_of_contact(&self, id: PodId) -> bool {
        if self.site.as_ref().is_none_or(|site| site.lifecycle.silent == 0) {
            return false;
        }
        let host = self.api.pod(id).node.and_then(|node| self.host(node));
        host.is_some_and(|host| host.contact != Contact::Up)
    }

    /// A node is down: its pods that are not Ready wait for it. So do pods that the node controller marks as
    /// not Ready later.
    fn pods_wait_for_node(&mut self, node: NodeId) {
        for id in self.residents(node) {
            let pod = self.api.pod(id);
            if pod.is_active() && !pod.is_ready() {
                self.enter(id, Stage::NodeLost);
            }
        }
    }

    /// Whether the kubelet receives the deletion of a pod now; otherwise it does when the node returns.
    pub(in super::super) fn kubelet_hears_of_deletion(&mut self, id: PodId) -> bool {
        if self.site.as_ref().is_none_or(|site| site.lifecycle.silent == 0) {
            return true;
        }
        let Some(node) = self.api.pod(id).node else { return true };
        let Some(host) = self.host_mut(node) else { return true };
        if host.contact == Contact::Cut {
            host.undelivered.push(id);
        }
        host.contact == Contact::Up
    }

    /// A pod is bound to a node.
    pub(in super::super) fn pod_comes_to_node(&mut self, id: PodId, node: NodeId) {
        if !self.nodes_are_watched() {
            return;
        }
        self.know_nodes();
        if let Some(host) = self.host_mut(node) {
            host.residents.push(id);
            if host.contact == Contact::Down {
                self.enter(id, Stage::NodeLost);
            }
        }
        self.await_eviction(id, node);
    }

    /// A node goes down or is partitioned, permanently or until a fault releases it.
    pub(in super::super) fn lose_contact(&mut self, node: NodeId, how: Contact, by: Option<u16>) {
        let renewed = self.last_renewal(node);
        let Some(site) = &mut self.site else { return };
        let Some(host) = site.lifecycle.host_mut(node) else { return };
        // A node that is down cannot be partitioned as well.
        if how == Contact::Up || host.contact == how || host.contact == Contact::Down {
            return;
        }
        let was_in_contact = host.contact == Contact::Up;
        if was_in_contact {
            host.renewed = renewed;
        }
        host.contact = how;
        host.by = by;
        host.turn = host.turn.wrapping_add(1);
        if how == Contact::Down {
            host.parked.clear();
            host.undelivered.clear();
        }
        let (turn, ready, renewed) = (host.turn, host.ready, host.renewed);
        site.lifecycle.silent += u32::from(was_in_contact);
        if how == Contact::Down {
            self.forget_doings_on(node);
            self.pods_wait_for_node(node);
        }
        if ready {
            let unknown = self.overdue(renewed);
            self.at(unknown, NodeEvent::TurnsUnknown(node, turn));
        }
    }

    /// When the node last renewed its lease before now: every 10 s plus up to 4%, with its own phase.
    fn last_renewal(&self, node: NodeId) -> Timestamp {
        let slots = self.slots_of_node(node, 0);
        let period = health::RENEWAL_PERIOD * (1.0 + health::RENEWAL_JITTER * slots.uniform(1));
        let phase = self.site.as_ref().map_or(Timestamp::ZERO, |site| site.start)
            + Span::from_secs_f64(period * slots.uniform(0));
        let since = self.now().since(phase).as_nanos();
        let age = since.rem_euclid(Span::from_secs_f64(period).as_nanos());
        self.now() - Span::from_nanos(age)
    }

    /// A node that goes down loses its operations in progress.
    fn forget_doings_on(&mut self, node: NodeId) {
        let pods = &self.api.pods;
        self.calendar
            .retain(|event| event.pod_of_kubelet().is_none_or(|id| pods[id.index()].node != Some(node)));
        self.forget_pulls(node);
    }

    /// Sets the clock of a node ahead; a negative span sets it back.
    pub(in super::super) fn set_clock(&mut self, node: NodeId, skew: Span) {
        if let Some(host) = self.host_mut(node) {
            host.skew = skew;
        }
    }

    /// A time as the clock of a pod's node shows it.
    pub(in super::super) fn on_the_clock_of(&self, id: PodId, time: Timestamp) -> Timestamp {
        match self.api.pod(id).node.and_then(|node| self.host(node)) {
            Some(host) => time + host.skew,
            None => time,
        }
    }
}
