//! Node pools that grow when pods find no place (cluster-autoscaler). They never shrink.

use super::next_round;
use crate::Span;
use crate::cluster::event::{Event, SchedulingEvent};
use crate::cluster::node::Node;
use crate::cluster::pod::{NodeId, Pod, PodId};
use crate::cluster::site::Site;
use crate::cluster::world::World;
use crate::observe::Observer;
use controller::api::TemplateId;
use std::collections::BTreeMap;

/// Time between two looks for pods without a place (`--scan-interval`).
const SCAN_INTERVAL: Span = Span::from_secs(10);

/// The autoscaler. It looks only while there is something to see.
#[derive(Debug, Clone, Default)]
pub(super) struct Autoscaler {
    /// A look is on the calendar.
    look_expected: bool,
    /// The pools of the nodes that have been ordered and have not joined.
    ordered: Vec<usize>,
}

impl Autoscaler {
    pub(super) fn reset(&mut self) {
        self.look_expected = false;
        self.ordered.clear();
    }
}

impl<O: Observer> World<O> {
    /// A pod has found no place: the autoscaler sees it at its next look.
    pub(super) fn call_autoscaler(&mut self) {
        let now = self.now();
        let phase = || self.streams.named_slots("loop", "autoscaler", 0).uniform(0);
        let Some(site) = &mut self.site else { return };
        let grows = site.model.cluster.pools.iter().any(|pool| pool.autoscale.is_some());
        if grows && !site.scheduler.autoscaler.look_expected {
            site.scheduler.autoscaler.look_expected = true;
            let look = next_round(site.start, SCAN_INTERVAL, phase(), now);
            self.calendar.schedule_at(look, Event::Scheduling(SchedulingEvent::AutoscalerLooks));
        }
    }

    /// One decision for all pods without a place: nodes for those that neither the nodes there are nor those
    /// that have been ordered take.
    pub(super) fn autoscaler_looks(&mut self) {
        let Some(site) = &mut self.site else { return };
        site.scheduler.autoscaler.look_expected = false;
        for pool in site.nodes_needed(&self.api.pods) {
            self.order_node(pool);
        }
    }

    fn order_node(&mut self, pool: usize) {
        let Some(site) = &mut self.site else { return };
        let spec = &site.model.cluster.pools[pool];
        let Some(autoscale) = &spec.autoscale else { return };
        site.scheduler.autoscaler.ordered.push(pool);
        let ordinal = site.size_of_pool(pool);
        let slots = self.streams.named_slots("node", &spec.name, u64::from(ordinal));
        let joins = Event::Scheduling(SchedulingEvent::NodeJoins(pool as u16));
        self.calendar.schedule(autoscale.delay.at(slots.uniform(0)), joins);
    }

    /// A node that was ordered is ready: empty, and without images.
    pub(super) fn node_joins(&mut self, pool: usize) {
        let Some(site) = &mut self.site else { return };
        let ordered = &mut site.scheduler.autoscaler.ordered;
        if let Some(place) = ordered.iter().position(|other| *other == pool) {
            ordered.remove(place);
        }
        let model = std::sync::Arc::clone(&site.model);
        site.pools.join(&model, &mut site.nodes, pool);
        self.node_opens();
    }
}

impl Site {
    /// Nodes of a pool, with those that have been ordered.
    fn size_of_pool(&self, pool: usize) -> u32 {
        let there = self.nodes.iter().filter(|node| node.pool == pool).count();
        let ordered = self.scheduler.autoscaler.ordered.iter().filter(|other| **other == pool).count();
        (there + ordered) as u32
    }

    /// The pools that must grow, by one node each, for all pods to find a place: first fit, pods of one template
    /// together, the first pool that takes a pod.
    fn nodes_needed(&mut self, pods: &[Pod]) -> Vec<usize> {
        let mut waiting: BTreeMap<TemplateId, u32> = BTreeMap::new();
        let alive = |id: PodId| Some(&pods[id.index()]).filter(|pod| pod.is_active() && pod.node.is_none());
        for pod in self.scheduler.queue.failed().filter_map(|waiting| alive(waiting.pod)) {
            *waiting.entry(pod.template).or_default() += 1;
        }
        // Tried out on a copy.
        let tallies = self.tallies.clone();
        let mut nodes = self.nodes.clone();
        nodes.extend(self.scheduler.autoscaler.ordered.iter().map(|pool| Node::imagined(*pool)));
        let known = nodes.len();
        for (template, count) in waiting {
            let mut from = 0;
            for _ in 0..count {
                let Some(node) = self.imagine_pod(template, &mut nodes, from) else { break };
                // Nodes that did not take one of these pods do not take the next one either.
                from = node.index();
            }
        }
        self.tallies = tallies;
        nodes[known..].iter().map(|node| node.pool).collect()
    }

    /// Puts a pod on the first node from `from` on that takes it, or on one more.
    fn imagine_pod(&mut self, template: TemplateId, nodes: &mut Vec<Node>, from: usize) -> Option<NodeId> {
        let mut place = self.first_that_takes(template, nodes, from);
        for pool in 0..self.model.cluster.pools.len() {
            if place.is_none() && self.may_grow(pool, nodes) {
                let mut node = Node::imagined(pool);
                node.take_daemons(&self.model);
                nodes.push(node);
                place = self.first_that_takes(template, nodes, nodes.len() - 1);
                if place.is_none() {
                    nodes.pop();
                }
            }
        }
        let id = place?;
        nodes[id.index()].change(self.blueprint(template).requests, 1, 1);
        self.tallies.add(template, id, nodes[id.index()].pool);
        Some(id)
    }

    fn first_that_takes(&self, template: TemplateId, nodes: &[Node], from: usize) -> Option<NodeId> {
        let checks = self.checks(template, nodes);
        let mut ids = (from..nodes.len()).map(|index| NodeId(index as u32));
        ids.find(|id| self.would_take(template, nodes, *id, &checks))
    }

    /// Whether a pool may have more nodes than these.
    fn may_grow(&self, pool: usize, nodes: &[Node]) -> bool {
        let count = nodes.iter().filter(|node| node.pool == pool).count() as u32;
        self.model.cluster.pools[pool].autoscale.as_ref().is_some_and(|autoscale| count < autoscale.max)
    }
}
