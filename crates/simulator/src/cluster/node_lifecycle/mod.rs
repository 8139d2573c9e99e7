//! The life of nodes: who notices that one is silent, what becomes of its pods, and how it comes back
//! (`pkg/controller/nodelifecycle`, `pkg/controller/tainteviction`, `pkg/controller/podgc`).
//!
//! While a node is healthy nothing here costs an event: when its last lease renewal was, and which pass
//! of the controller notices that none followed, is computed in the moment in which it falls silent. All
//! of it sleeps in a scenario in which nothing happens to nodes.

mod budget;
mod clock;
mod comeback;
mod contact;
mod drain;
mod eviction;
mod health;
mod host;
mod leader;
mod pod_gc;
mod taint;
mod user;
mod zone;

pub(super) use budget::Answer;
pub(super) use host::Contact;

use super::pod::{NodeId, PodId};
use super::rate::TokenBucket;
use super::world::World;
use crate::engine::{Slots, Stream, Streams};
use crate::model::Model;
use crate::observe::Observer;
use crate::{Span, Timestamp};
use budget::Budget;
use clock::Clock;
use drain::Drain;
use host::Host;
use zone::Zone;

/// Requests per second and burst of each controller's client (`--kube-api-qps`, `--kube-api-burst` of
/// the kube-controller-manager).
const CLIENT_LIMIT: (f64, u32) = (20.0, 30);

/// Something that happens to a node, or to pods because of their node. Events that a change of fortune
/// makes pointless carry the turn of the node (or the number of the taint) that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeEvent {
    /// A fault, by its index, reaches the node.
    Struck(NodeId, u16),
    /// The node is in contact again.
    Returns(NodeId, u16),
    /// The machine is taken away; index of the fault that does.
    Reclaimed(NodeId, u16),
    /// The node controller finds that no lease has been renewed for too long.
    TurnsUnknown(NodeId, u16),
    /// The node controller marks the next pod of the node as not Ready.
    MarksPod(NodeId),
    /// The node is tainted for the scheduler.
    Closes(NodeId, u16),
    /// The states of the zones are judged at the end of a pass.
    ZonesJudged,
    /// The next nodes of a zone may be tainted for eviction.
    TaintsNext(u16),
    /// The taint that evicts is on the node.
    TaintedForEviction(NodeId, u16),
    /// The pod has tolerated the taint of this number for as long as it does.
    Evicts(PodId, u16),
    /// The deletion of an evicted pod reaches the API server.
    DeletionArrives(PodId),
    /// The kubelet reports the node as Ready.
    ReportsReady(NodeId, u16),
    /// The taint for the scheduler goes.
    Opens(NodeId, u16),
    /// The node controller sees the node Ready.
    SeenReady(NodeId, u16),
    /// The taint that evicts goes.
    Untainted(NodeId),
    /// A pod's containers start again after the boot of its node.
    Rebooted(PodId),
    /// The kubelet compares the pods that were marked with what it knows of them.
    Reconciles(NodeId),
    /// The Node object is deleted.
    ObjectDeleted(NodeId, u16),
    /// The pod garbage collector looks at the pods of a node that has no object, or is out of service.
    CollectsPods(NodeId),
    /// The garbage collector's deletion of a pod reaches the API server.
    Collected(PodId),
    /// Someone who drains has the list of the node's pods; index of the drain.
    DrainLists(u16),
    /// A request to evict a pod reaches the API server.
    EvictionArrives(PodId, u16),
    /// Someone who drains sees that a node is empty.
    DrainGoesOn(u16),
    /// A drain has waited long enough, or is called off.
    DrainStops(u16),
    /// The disruption controller has heard of changes that concern a budget.
    BudgetSyncs(u16),
    /// A budget's new status reaches the API server.
    BudgetWritten(u16),
}

/// The node controllers, and what they look after.
pub(super) struct NodeLifecycle {
    /// Something happens to nodes in this model.
    watched: bool,
    /// Nodes out of contact.
    silent: u32,
    hosts: Vec<Host>,
    zones: Vec<Zone>,
    /// The zone of each pool's nodes.
    zone_of_pool: Vec<u16>,
    /// All nodes of all zones are lost: nobody is evicted.
    all_lost: bool,
    /// When zones were judged last: once in a pass.
    judged: Timestamp,
    /// When the controllers began afresh, if they did not lead from the beginning.
    leading_since: Option<Timestamp>,
    monitor: Clock,
    tainting: Clock,
    collecting: Clock,
    drains: Vec<Drain>,
    budgets: Vec<Budget>,
    /// Drains that are not over: as long as there are any, budgets are kept up to date.
    draining: u32,
    clients: Clients,
    /// Frequent small delays.
    latency: Stream,
}

/// The clients of the controllers.
struct Clients {
    nodes: TokenBucket,
    eviction: TokenBucket,
    collector: TokenBucket,
}

impl Clients {
    fn new() -> Self {
        let client = || TokenBucket::new(CLIENT_LIMIT.0, CLIENT_LIMIT.1);
        Self { nodes: client(), eviction: client(), collector: client() }
    }
}

impl NodeLifecycle {
    pub(super) fn new(streams: &Streams) -> Self {
        let still = Clock::new(Timestamp::ZERO, Span::SECOND);
        Self {
            watched: false,
            silent: 0,
            hosts: Vec::new(),
            zones: Vec::new(),
            zone_of_pool: Vec::new(),
            all_lost: false,
            judged: Timestamp::ZERO,
            leading_since: None,
            monitor: still,
            tainting: still,
            collecting: still,
            drains: Vec::new(),
            budgets: Vec::new(),
            draining: 0,
            clients: Clients::new(),
            latency: streams.running("node-lifecycle"),
        }
    }

    /// Makes everything as it is before anything has happened. The phases of the controllers' loops are
    /// drawn for the run.
    pub(super) fn reset(&mut self, model: &Model, start: Timestamp, streams: &Streams) {
        self.watched = model.touches_nodes();
        self.silent = 0;
        // A user may evict a pod by hand, whether or not anything happens to nodes.
        self.budgets.clear();
        self.budgets.resize_with(model.disruption_budgets.len(), Budget::default);
        if !self.watched {
            return;
        }
        let slots = streams.slots("node-lifecycle", 0, 0);
        let clock = |slot, period: Span| {
            Clock::new(start + Span::from_secs_f64(period.as_secs_f64() * slots.uniform(slot)), period)
        };
        self.monitor = clock(0, health::MONITOR_PERIOD);
        self.tainting = clock(1, taint::CHECK_PERIOD);
        self.collecting = clock(2, pod_gc::CHECK_PERIOD);
        self.latency = streams.running("node-lifecycle");
        self.all_lost = false;
        self.judged = Timestamp::from_nanos(i64::MIN);
        self.leading_since = None;
        self.drains.clear();
        self.draining = 0;
        self.clients = Clients::new();
        self.reset_zones(model);
    }

    fn reset_zones(&mut self, model: &Model) {
        self.hosts.clear();
        self.zones.clear();
        self.zone_of_pool.clear();
        let mut names: Vec<Option<&str>> = Vec::new();
        for pool in &model.cluster.pools {
            let name = pool.zone.as_deref();
            let zone = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            self.zone_of_pool.push(zone as u16);
        }
        self.zones.resize_with(names.len(), Zone::default);
    }

    fn host(&self, node: NodeId) -> Option<&Host> {
        self.hosts.get(node.index())
    }

    fn host_mut(&mut self, node: NodeId) -> Option<&mut Host> {
        self.hosts.get_mut(node.index())
    }
}

impl<O: Observer> World<O> {
    pub(super) fn node_event(&mut self, event: NodeEvent) {
        if !self.controllers_running && event.needs_a_leader() {
            return self.at(self.start_due, event);
        }
        match event {
            NodeEvent::Struck(node, fault) => self.node_struck(node, fault),
            NodeEvent::Returns(node, turn) => self.node_returns_to_contact(node, turn),
            NodeEvent::Reclaimed(node, fault) => self.node_reclaimed(node, fault),
            NodeEvent::TurnsUnknown(node, turn) => self.node_turns_unknown(node, turn),
            NodeEvent::MarksPod(node) => self.mark_next_pod(node),
            NodeEvent::Closes(node, turn) => self.close_silent_node(node, turn),
            NodeEvent::ZonesJudged => self.judge_zones(),
            NodeEvent::TaintsNext(zone) => self.taint_next(zone),
            NodeEvent::TaintedForEviction(node, turn) => self.taint_for_eviction(node, turn),
            NodeEvent::Evicts(pod, taint) => self.evict_by_taint(pod, taint),
            NodeEvent::DeletionArrives(pod) => self.delete_evicted(pod),
            NodeEvent::ReportsReady(node, turn) => self.node_reports_ready(node, turn),
            NodeEvent::Opens(node, turn) => self.open_returned_node(node, turn),
            NodeEvent::SeenReady(node, turn) => self.node_seen_ready(node, turn),
            NodeEvent::Untainted(node) => self.untaint_for_eviction(node),
            NodeEvent::Rebooted(pod) => self.start_again(pod),
            NodeEvent::Reconciles(node) => self.restore_pods(node),
            NodeEvent::ObjectDeleted(node, turn) => self.node_object_deleted(node, turn),
            NodeEvent::CollectsPods(node) => self.collect_pods_of(node),
            NodeEvent::Collected(pod) => self.collect_pod(pod),
            NodeEvent::DrainLists(drain) => self.drain_lists(drain),
            NodeEvent::EvictionArrives(pod, drain) => self.eviction_arrives(pod, drain),
            NodeEvent::DrainGoesOn(drain) => self.drain_next_node(drain),
            NodeEvent::DrainStops(drain) => self.stop_drain(drain),
            NodeEvent::BudgetSyncs(budget) => self.sync_budget(budget),
            NodeEvent::BudgetWritten(budget) => self.write_budget(budget),
        }
    }

    /// Whether anybody looks after nodes in this run.
    pub(super) fn nodes_are_watched(&self) -> bool {
        self.site.as_ref().is_some_and(|site| site.lifecycle.watched)
    }

    /// The pods that exist at the beginning are known to be where they are.
    pub(super) fn find_residents(&mut self) {
        if !self.nodes_are_watched() {
            return;
        }
        self.know_nodes();
        for index in 0..self.api.pods.len() as u32 {
            if let Some(node) = self.api.pod(PodId(index)).node {
                self.pod_comes_to_node(PodId(index), node);
            }
        }
    }

    /// Takes in the nodes that have joined since the last time.
    pub(super) fn know_nodes(&mut self) {
        let Some(site) = &mut self.site else { return };
        let lifecycle = &mut site.lifecycle;
        for node in &site.nodes[lifecycle.hosts.len().min(site.nodes.len())..] {
            lifecycle.hosts.push(Host::new(lifecycle.zone_of_pool[node.pool]));
        }
    }

    fn host(&self, node: NodeId) -> Option<&Host> {
        self.site.as_ref()?.lifecycle.host(node)
    }

    fn host_mut(&mut self, node: NodeId) -> Option<&mut Host> {
        self.site.as_mut()?.lifecycle.host_mut(node)
    }

    /// The pods on a node whose objects exist.
    fn residents(&self, node: NodeId) -> Vec<PodId> {
        let all = self.host(node).map_or(&[][..], |host| &host.residents);
        all.iter().copied().filter(|id| !self.api.pod(*id).removed).collect()
    }

    /// The numbers of a node: of its lease, and of each of its returns.
    fn slots_of_node(&self, node: NodeId, turn: u16) -> Slots {
        let number = self.site.as_ref().map_or(0, |site| site.nodes[node.index()].number);
        self.streams.slots("node", number, turn.into())
    }

    fn after(&mut self, delay: Span, event: NodeEvent) {
        self.calendar.schedule(delay, super::event::Event::Node(event));
    }

    fn at(&mut self, time: Timestamp, event: NodeEvent) {
        self.calendar.schedule_at(time, super::event::Event::Node(event));
    }

    /// Time of a request to the API server, from a generator of the node controllers' own.
    fn node_request(&mut self) -> Span {
        let settings = &self.settings;
        self.site.as_mut().map_or(Span::ZERO, |site| settings.request.next(&mut site.lifecycle.latency))
    }

    /// Time until watchers hear of a change of a node.
    fn node_watch(&mut self) -> Span {
        let settings = &self.settings;
        self.site.as_mut().map_or(Span::ZERO, |site| settings.watch.next(&mut site.lifecycle.latency))
    }

    /// When a call of a controller that is made now reaches the API server.
    fn node_call(&mut self, client: fn(&mut Clients) -> &mut TokenBucket) -> Timestamp {
        let now = self.now();
        let sent = self.site.as_mut().map_or(now, |site| client(&mut site.lifecycle.clients).reserve(now));
        sent + self.node_request()
    }
}

#[cfg(test)]
mod tests;
