//! `kubectl drain` (`staging/src/k8s.io/kubectl/pkg/drain`): cordon, then evict all pods of a node side by
//! side, and only then those of the next one. As with `--force --ignore-daemonsets
//! --delete-emptydir-data`: no pod keeps it from beginning.

use super::NodeEvent;
use super::budget::Answer;
use crate::cluster::pod::{NodeId, PodId};
use crate::cluster::world::World;
use crate::observe::{Observer, Report};
use crate::{Span, Timestamp};

/// Time until an eviction that a budget has refused is tried again.
const RETRY: Span = Span::from_secs(5);

/// Time between two looks at a pod that is going.
const POLL: Span = Span::SECOND;

/// Nodes that are being drained by one hand.
#[derive(Debug, Clone, Default)]
pub(super) struct Drain {
    nodes: Vec<NodeId>,
    /// Place of the node at hand.
    at: usize,
    /// The pods that are still there, and since when each is polled.
    pods: Vec<(PodId, Option<Timestamp>)>,
    /// When the last of the pods that have gone was found gone.
    seen: Timestamp,
    over: bool,
    /// The fault that does it.
    pub(super) by: Option<u16>,
}

impl<O: Observer> World<O> {
    /// Somebody drains nodes: all of them are cordoned first.
    pub(in super::super) fn begin_drain(
        &mut self,
        nodes: Vec<NodeId>,
        timeout: Option<Span>,
        by: Option<u16>,
    ) {
        for node in &nodes {
            self.cordon(*node, true);
        }
        let Some(site) = &mut self.site else { return };
        let index = site.lifecycle.drains.len() as u16;
        site.lifecycle.drains.push(Drain { nodes, by, ..Drain::default() });
        site.lifecycle.draining += 1;
        if site.lifecycle.draining == 1 {
            self.look_up_budgets();
        }
        if let Some(timeout) = timeout {
            self.after(timeout, NodeEvent::DrainStops(index));
        }
        self.list_pods_to_drain(index);
    }

    fn drain(&mut self, index: u16) -> Option<&mut Drain> {
        let drain = self.site.as_mut()?.lifecycle.drains.get_mut(usize::from(index))?;
        (!drain.over).then_some(drain)
    }

    fn list_pods_to_drain(&mut self, index: u16) {
        let listed = self.node_request() + self.node_request();
        self.after(listed, NodeEvent::DrainLists(index));
    }

    /// The list of the node's pods is there: a request for each.
    pub(super) fn drain_lists(&mut self, index: u16) {
        let Some(node) = self.drain(index).and_then(|drain| drain.nodes.get(drain.at).copied()) else {
            return self.stop_drain(index);
        };
        let pods = self.residents(node);
        if let Some(drain) = self.drain(index) {
            drain.pods = pods.iter().map(|id| (*id, None)).collect();
        }
        if pods.is_empty() {
            return self.drain_next_node(index);
        }
        for id in pods {
            let arrives = self.node_request();
            self.after(arrives, NodeEvent::EvictionArrives(id, index));
        }
    }

    pub(super) fn eviction_arrives(&mut self, id: PodId, index: u16) {
        if self.drain(index).is_none() {
            return;
        }
        let answer = self.evict(id);
        let answered = self.node_request();
        match answer {
            Answer::Evicted => self.poll_from(id, index, answered),
            Answer::NotFound => self.drained_pod_is_gone(id, index),
            Answer::TooManyRequests(refusing) => {
                self.report(Report::EvictionRefused {
                    pod: id,
                    budget: refusing.budget,
                    healthy: refusing.healthy,
                    desired: refusing.desired,
                    again: Some(RETRY),
                });
                let again = answered + RETRY + self.node_request();
                self.after(again, NodeEvent::EvictionArrives(id, index));
            }
            // An error that no patience mends: kubectl gives up.
            Answer::SeveralBudgets => self.stop_drain(index),
        }
    }

    fn poll_from(&mut self, id: PodId, index: u16, answered: Span) {
        let from = self.now() + answered;
        let removed = self.api.pod(id).removed;
        let Some(drain) = self.drain(index) else { return };
        if let Some(entry) = drain.pods.iter_mut().find(|(pod, _)| *pod == id) {
            entry.1 = Some(from);
        }
        if removed {
            self.drained_pod_is_gone(id, index);
        }
    }

    /// A pod has gone from the API server: whoever waits for it sees that at the next poll.
    pub(in super::super) fn note_pod_gone(&mut self, id: PodId) {
        let drains = self.site.as_ref().map_or(0, |site| site.lifecycle.drains.len()) as u16;
        for index in 0..drains {
            let waits = |drain: &mut Drain| drain.pods.iter().any(|(pod, from)| *pod == id && from.is_some());
            if self.drain(index).is_some_and(waits) {
                self.drained_pod_is_gone(id, index);
            }
        }
    }

    fn drained_pod_is_gone(&mut self, id: PodId, index: u16) {
        let now = self.now();
        let Some(drain) = self.drain(index) else { return };
        let Some(place) = drain.pods.iter().position(|(pod, _)| *pod == id) else { return };
        let (_, from) = drain.pods.swap_remove(place);
        let polled = from.map_or(now, |from| super::Clock::new(from, POLL).at_or_after(now.max(from)));
        drain.seen = drain.seen.max(polled);
        if drain.pods.is_empty() {
            let seen = drain.seen;
            self.at(seen, NodeEvent::DrainGoesOn(index));
        }
    }

    /// A node is empty: on to the next one.
    pub(super) fn drain_next_node(&mut self, index: u16) {
        let Some(drain) = self.drain(index) else { return };
        drain.at += 1;
        if drain.at < drain.nodes.len() { self.list_pods_to_drain(index) } else { self.stop_drain(index) }
    }

    /// It is over, or called off. The nodes stay cordoned.
    pub(super) fn stop_drain(&mut self, index: u16) {
        if let Some(drain) = self.drain(index) {
            drain.over = true;
            drain.pods.clear();
            if let Some(site) = &mut self.site {
                site.lifecycle.draining -= 1;
            }
        }
    }

    /// The drains that a fault has begun end with it, and their nodes are uncordoned.
    pub(in super::super) fn call_drains_off(&mut self, fault: u16) {
        for index in self.drains_of(fault) {
            self.stop_drain(index);
            let drains = self.site.as_ref().map_or(&[][..], |site| &site.lifecycle.drains);
            let nodes = drains[usize::from(index)].nodes.clone();
            for node in nodes {
                self.cordon(node, false);
            }
        }
    }

    fn drains_of(&self, fault: u16) -> Vec<u16> {
        let drains = self.site.as_ref().map_or(&[][..], |site| &site.lifecycle.drains);
        (0u16..).zip(drains).filter(|(_, drain)| drain.by == Some(fault)).map(|(index, _)| index).collect()
    }

    /// What a change of a pod means to those who drain.
    pub(in super::super) fn note_for_drains(&mut self, id: PodId, before: Option<&crate::cluster::Pod>) {
        if self.site.as_ref().is_none_or(|site| site.lifecycle.draining == 0) {
            return;
        }
        self.note_for_budgets(id, before);
        if self.api.pod(id).removed {
            self.note_pod_gone(id);
        }
    }
}
