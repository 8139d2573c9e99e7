//! Faults of nodes.

use super::lot;
use super::target::{OF_NODE, OF_ZONE, number_of_zone};
use crate::Span;
use crate::cluster::event::Event;
use crate::cluster::node_lifecycle::{Contact, NodeEvent};
use crate::cluster::pod::NodeId;
use crate::cluster::world::World;
use crate::engine::{Law, mix};
use crate::model::{FaultKind, NodeFault, NodeTarget};
use crate::observe::Observer;

/// Purposes of the random numbers of a node that a fault affects.
const STAGGER: u64 = 1;
const RETURN: u64 = 2;
const DELETION: u64 = 3;
const NOTICE: u64 = 4;
const OFFSET: u64 = 5;

impl<O: Observer> World<O> {
    /// The nodes that a fault affects: drawn for each node, or for each zone.
    fn nodes_hit_by(&self, target: &NodeTarget, seed: u64) -> Vec<NodeId> {
        let Some(site) = &self.site else { return Vec::new() };
        let draw = |node: NodeId| {
            let pool = site.nodes[node.index()].pool;
            let zone = site.model.cluster.pools[pool].zone.as_deref();
            let thing =
                if target.by_zone { OF_ZONE | number_of_zone(zone) } else { OF_NODE | u64::from(node.0) };
            lot(seed, thing)
        };
        let drawn = self.nodes_of(&target.nodes).into_iter().map(|node| (draw(node), node));
        let mut hit: Vec<(f64, NodeId)> = drawn.filter(|(lot, _)| *lot < target.fraction).collect();
        if let Some(count) = target.count {
            let mut lots: Vec<f64> = hit.iter().map(|(lot, _)| *lot).collect();
            lots.sort_by(f64::total_cmp);
            lots.dedup();
            lots.truncate(count as usize);
            hit.retain(|(lot, _)| lots.contains(lot));
        }
        hit.into_iter().map(|(_, node)| node).collect()
    }

    /// A random value for one node and one purpose.
    fn of_node(&self, index: u32, node: NodeId, purpose: u64, law: &Law) -> Span {
        let seed = self.site.as_ref().map_or(0, |site| site.faults.states[index as usize].seed);
        law.at(lot(seed, mix(purpose) ^ (OF_NODE | u64::from(node.0))))
    }

    pub(super) fn node_fault_begins(&mut self, index: u32, fault: &NodeFault) {
        let target = fault.target();
        let Some(seed) = self.site.as_ref().map(|site| site.faults.states[index as usize].seed) else {
            return;
        };
        self.know_nodes();
        let hit = self.nodes_hit_by(target, seed);
        if let NodeFault::Drain { .. } = fault {
            return self.begin_drain(hit, None, Some(index as u16));
        }
        for node in hit {
            match &target.stagger {
                None => self.node_struck(node, index as u16),
                Some(law) => {
                    let after = self.of_node(index, node, STAGGER, law);
                    self.calendar.schedule(after, Event::Node(NodeEvent::Struck(node, index as u16)));
                }
            }
        }
    }

    /// Applies the fault to a node, unless the fault is over.
    pub(in super::super) fn node_struck(&mut self, node: NodeId, index: u16) {
        let Some(site) = &self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        let FaultKind::Node(fault) = &model.faults[usize::from(index)].kind else { return };
        if !site.faults.states[usize::from(index)].active {
            return;
        }
        let wide = u32::from(index);
        match fault {
            NodeFault::Crash { returns, deleted, .. } => {
                self.strike_down(node, Contact::Down, index, returns.as_ref());
                if let Some(law) = deleted {
                    let after = self.of_node(wide, node, DELETION, law);
                    self.delete_node_object_after(node, after);
                }
            }
            NodeFault::Unreachable { returns, .. } => {
                self.strike_down(node, Contact::Cut, index, returns.as_ref());
            }
            NodeFault::SpotReclaim { notice, .. } => {
                let notice = self.of_node(wide, node, NOTICE, notice);
                self.begin_drain(vec![node], Some(notice), Some(index));
                self.calendar.schedule(notice, Event::Node(NodeEvent::Reclaimed(node, index)));
            }
            NodeFault::ClockSkew { offset, ahead, .. } => {
                let offset = self.of_node(wide, node, OFFSET, offset);
                self.set_clock(node, if *ahead { offset } else { Span::ZERO - offset });
            }
            NodeFault::Drain { .. } => {}
        }
    }

    fn strike_down(&mut self, node: NodeId, how: Contact, index: u16, returns: Option<&Law>) {
        self.lose_contact(node, how, Some(index));
        if let Some(law) = returns {
            let after = self.of_node(index.into(), node, RETURN, law);
            self.return_after(node, index, after);
        }
    }

    /// The machine is removed; after a delay its object is deleted too.
    pub(in super::super) fn node_reclaimed(&mut self, node: NodeId, index: u16) {
        let Some(site) = &self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        if let FaultKind::Node(NodeFault::SpotReclaim { deleted, .. }) =
            &model.faults[usize::from(index)].kind
        {
            self.lose_contact(node, Contact::Down, Some(index));
            let after = self.of_node(index.into(), node, DELETION, deleted);
            self.delete_node_object_after(node, after);
        }
    }

    pub(super) fn node_fault_ends(&mut self, index: u32, fault: &NodeFault) {
        let index = index as u16;
        match fault {
            NodeFault::Crash { .. } | NodeFault::Unreachable { .. } => self.return_all(index),
            NodeFault::Drain { .. } => self.call_drains_off(index),
            NodeFault::ClockSkew { target, .. } => {
                let seed = self.site.as_ref().map_or(0, |site| site.faults.states[usize::from(index)].seed);
                for node in self.nodes_hit_by(target, seed) {
                    self.set_clock(node, Span::ZERO);
                }
            }
            // Reclaimed nodes stay gone; a node whose notice has not arrived stays up.
            NodeFault::SpotReclaim { .. } => {}
        }
    }
}
