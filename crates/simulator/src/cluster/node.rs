//! Nodes: requested resources, images present, and whether a pod may go there.

use super::pod::NodeId;
use super::registry::NodePulls;
use super::site::{Blueprint, ImageId};
use crate::engine::{Stream, mix};
use crate::model::{Model, NodePool, Resources, Taint, TaintEffect, Toleration};
use std::collections::BTreeSet;

/// Default requests for scoring a pod without requests, 100 m and 200 MiB
/// (`pkg/scheduler/util/pod_resources.go`).
const SCORED_CPU_MILLI: i64 = 100;
const SCORED_MEMORY: i64 = 200 * 1024 * 1024;

/// One node.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) pool: usize,
    /// Its index in the pool; the name is `<pool>-<ordinal>`.
    pub(super) ordinal: u32,
    pods: u32,
    cpu_milli: i64,
    memory: i64,
    ephemeral: i64,
    scored_cpu: i64,
    scored_memory: i64,
    /// Random tie-break between nodes of equal load; drawn again at each change of the load.
    lot: u32,
    /// Its load at the last ranking.
    ranked_load: u32,
    images: Vec<bool>,
    /// Identifies the node in random streams.
    pub(super) number: u64,
    pub(super) puller: NodePulls,
    /// Taints added in this run; the pool's are not included. Cordoning is also a taint.
    taints: Vec<Taint>,
    /// The Node object has been deleted.
    gone: bool,
}

/// The taint of a node that is marked unschedulable (`kubectl cordon`), as the scheduler sees it
/// (`pkg/scheduler/framework/plugins/nodeunschedulable`).
pub(super) const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

impl Node {
    pub(super) fn has_image(&self, image: ImageId) -> bool {
        self.images.get(usize::from(image.0)).copied().unwrap_or(false)
    }

    pub(super) fn keep_image(&mut self, image: ImageId) {
        let index = usize::from(image.0);
        if index >= self.images.len() {
            self.images.resize(index + 1, false);
        }
        self.images[index] = true;
    }

    /// Adds a taint; replaces one with the same key and effect.
    pub(super) fn taint(&mut self, taint: Taint) {
        self.untaint(&taint.key, taint.effect);
        self.taints.push(taint);
    }

    /// Removes a taint. Returns whether there was one.
    pub(super) fn untaint(&mut self, key: &str, effect: TaintEffect) -> bool {
        let before = self.taints.len();
        self.taints.retain(|taint| taint.key != key || taint.effect != effect);
        self.taints.len() < before
    }

    /// Marks the node unschedulable or schedulable. Returns whether this made it schedulable.
    pub(super) fn set_schedulable(&mut self, schedulable: bool) -> bool {
        if schedulable {
            return self.untaint(UNSCHEDULABLE, TaintEffect::NoSchedule);
        }
        let (key, value) = (UNSCHEDULABLE.to_owned(), String::new());
        self.taint(Taint { key, value, effect: TaintEffect::NoSchedule });
        false
    }

    /// Marks the Node object as deleted or restored.
    pub(super) fn set_gone(&mut self, gone: bool) {
        self.gone = gone;
    }

    /// Whether new pods with these tolerations may go to the node.
    pub(super) fn is_open_to(&self, tolerations: &[Toleration]) -> bool {
        !self.gone && self.taints.iter().all(|taint| is_tolerated(taint, tolerations))
    }

    /// Initial state; keeps the allocations.
    fn restart_as(&mut self, pool: usize, ordinal: u32, number: u64) {
        let mut images = std::mem::take(&mut self.images);
        let mut puller = std::mem::take(&mut self.puller);
        let mut taints = std::mem::take(&mut self.taints);
        images.clear();
        puller.reset();
        taints.clear();
        *self = Self { pool, ordinal, images, number, puller, taints, ..Self::default() };
    }

    /// A new node of a pool, for trials of the autoscaler.
    pub(super) fn imagined(pool: usize) -> Self {
        Self { pool, ..Self::default() }
    }

    /// Whether the Node object exists.
    pub(super) const fn exists(&self) -> bool {
        !self.gone
    }

    /// Whether the node has room for a pod and tolerates it.
    pub(super) fn fits(&self, pod: &Blueprint, pool: &NodePool) -> bool {
        self.is_open_to(&pod.tolerations) && self.shortage(pod, pool).is_none()
    }

    /// The first resource that a pod lacks on the node
    /// (`pkg/scheduler/framework/plugins/noderesources/fit.go`).
    pub(super) fn shortage(&self, pod: &Blueprint, pool: &NodePool) -> Option<&'static str> {
        let room = |used: i64, wanted: Option<i64>, all: Option<i64>| match (wanted, all) {
            (Some(wanted), Some(all)) => wanted == 0 || wanted <= all.saturating_sub(used),
            _ => true,
        };
        let (wanted, all) = (pod.requests, pool.allocatable);
        if self.pods >= pool.max_pods {
            Some("Too many pods")
        } else if !room(self.cpu_milli, wanted.cpu_milli, all.cpu_milli) {
            Some("Insufficient cpu")
        } else if !room(self.memory, wanted.memory_bytes, all.memory_bytes) {
            Some("Insufficient memory")
        } else if !room(self.ephemeral, wanted.ephemeral_bytes, all.ephemeral_bytes) {
            Some("Insufficient ephemeral-storage")
        } else {
            None
        }
    }

    /// The taints put on it in this run.
    pub(super) fn taints(&self) -> &[Taint] {
        &self.taints
    }

    /// Load of the node in thousandths of cpu plus thousandths of memory: the complement of the score
    /// `LeastAllocated`.
    fn load(&self, pool: &NodePool) -> u32 {
        let part = |used: i64, all: Option<i64>| {
            all.filter(|all| *all > 0).map_or(0, |all| (used.saturating_mul(1000) / all).clamp(0, 100_000))
        };
        let cpu = part(self.scored_cpu, pool.allocatable.cpu_milli);
        let memory = part(self.scored_memory, pool.allocatable.memory_bytes);
        let unlimited = pool.allocatable == Resources::default();
        if unlimited { self.pods } else { (cpu + memory) as u32 }
    }

    /// Its current rank.
    fn rank(&mut self, id: NodeId, pool: &NodePool) -> Rank {
        self.ranked_load = self.load(pool);
        Rank::new(self.ranked_load, self.lot, id)
    }

    /// Places the pods that every node of its pool has on a new node.
    pub(super) fn take_daemons(&mut self, model: &Model) {
        for load in &model.background {
            if load.pools.as_ref().is_some_and(|pools| pools.contains(&self.pool)) {
                self.change(load.requests, 1, 1);
            }
        }
    }

    pub(super) fn change(&mut self, pod: Resources, pods: i32, sign: i64) {
        self.pods = self.pods.saturating_add_signed(pods);
        self.cpu_milli += sign * pod.cpu_milli.unwrap_or(0);
        self.memory += sign * pod.memory_bytes.unwrap_or(0);
        self.ephemeral += sign * pod.ephemeral_bytes.unwrap_or(0);
        let weight = i64::from(pods.abs());
        self.scored_cpu += sign * pod.cpu_milli.unwrap_or(SCORED_CPU_MILLI * weight);
        self.scored_memory += sign * pod.memory_bytes.unwrap_or(SCORED_MEMORY * weight);
    }
}

/// A node's rank in its pool: load, tie-break and number, in this order, as one integer that is fast to
/// compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(u128);

impl Rank {
    fn new(load: u32, lot: u32, id: NodeId) -> Self {
        Self(u128::from(load) << 64 | u128::from(lot) << 32 | u128::from(id.0))
    }

    const fn parts(self) -> (u32, u32, NodeId) {
        ((self.0 >> 64) as u32, (self.0 >> 32) as u32, NodeId(self.0 as u32))
    }
}

/// The nodes by pool, emptiest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Pools {
    by_load: Vec<BTreeSet<Rank>>,
    /// Changes whenever an unschedulable pod may become schedulable.
    pub(super) version: u64,
}

impl Pools {
    /// Resets every pool to empty nodes and spreads the background load over them.
    pub(super) fn reset(&mut self, model: &Model, nodes: &mut Vec<Node>, chance: &mut Stream) {
        let pools = &model.cluster.pools;
        let total: usize = pools.iter().map(|pool| pool.nodes as usize).sum();
        nodes.resize_with(total, Node::default);
        self.by_load.resize_with(pools.len(), BTreeSet::new);
        self.version = 0;
        let places =
            pools.iter().enumerate().flat_map(|(pool, spec)| (0..spec.nodes).map(move |n| (pool, n)));
        for (((pool, ordinal), number), node) in places.zip(0..).zip(nodes.iter_mut()) {
            node.restart_as(pool, ordinal, number);
        }
        for background in model.background.iter().filter(|load| load.pools.is_none()) {
            for (share, node) in shares(background.pods, nodes) {
                node.change(times(background.requests, share), share, 1);
            }
        }
        for node in nodes.iter_mut() {
            node.take_daemons(model);
        }
        for by_load in &mut self.by_load {
            by_load.clear();
        }
        for (index, node) in nodes.iter_mut().enumerate() {
            node.lot = chance.below(1 << 30) as u32;
            self.by_load[node.pool].insert(node.rank(NodeId(index as u32), &pools[node.pool]));
        }
    }

    /// The nodes of a pool, emptiest first, ties in random order: load, tie-break and node.
    pub(super) fn by_load(&self, pool: usize) -> impl Iterator<Item = (u32, u32, NodeId)> {
        self.by_load[pool].iter().map(|rank| rank.parts())
    }

    /// A node joins the pool without images, with only the pods that every node has.
    pub(super) fn join(&mut self, model: &Model, nodes: &mut Vec<Node>, pool: usize) -> NodeId {
        let ordinal = nodes.iter().filter(|node| node.pool == pool).count() as u32;
        // The numbers of new nodes do not depend on the order in which pools grow.
        let number = (pool as u64 + 1) << 32 | u64::from(ordinal);
        let mut node = Node::default();
        node.restart_as(pool, ordinal, number);
        node.take_daemons(model);
        node.lot = (mix(number) >> 34) as u32;
        let id = NodeId(nodes.len() as u32);
        self.by_load[pool].insert(node.rank(id, &model.cluster.pools[pool]));
        nodes.push(node);
        self.version += 1;
        id
    }

    /// Adds a pod to a node (`sign` 1) or removes it (-1).
    pub(super) fn change(
        &mut self,
        model: &Model,
        nodes: &mut [Node],
        id: NodeId,
        pod: Resources,
        sign: i32,
        chance: &mut Stream,
    ) {
        let node = &mut nodes[id.index()];
        let spec = &model.cluster.pools[node.pool];
        let by_load = &mut self.by_load[node.pool];
        by_load.remove(&Rank::new(node.ranked_load, node.lot, id));
        node.change(pod, sign, i64::from(sign));
        node.lot = chance.below(1 << 30) as u32;
        by_load.insert(node.rank(id, spec));
        self.version += u64::from(sign < 0);
    }
}

/// Even shares of `pods` for each node.
fn shares(pods: i32, nodes: &mut [Node]) -> impl Iterator<Item = (i32, &mut Node)> {
    // Without nodes the background load is dropped.
    let count = nodes.len().max(1) as i32;
    nodes.iter_mut().enumerate().map(move |(index, node)| {
        let extra = i32::from((index as i32) < pods % count);
        (pods / count + extra, node)
    })
}

fn times(resources: Resources, count: i32) -> Resources {
    let times = |amount: Option<i64>| amount.map(|amount| amount * i64::from(count));
    Resources {
        cpu_milli: times(resources.cpu_milli),
        memory_bytes: times(resources.memory_bytes),
        ephemeral_bytes: times(resources.ephemeral_bytes),
    }
}

/// Whether pods with these tolerations ignore a taint.
pub(super) fn is_tolerated(taint: &Taint, tolerations: &[Toleration]) -> bool {
    taint.effect == TaintEffect::PreferNoSchedule || tolerations.iter().any(|t| tolerates(t, taint))
}

/// Whether a toleration matches a taint.
pub(super) fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    toleration.key.as_ref().is_none_or(|key| *key == taint.key)
        && toleration.value.as_ref().is_none_or(|value| *value == taint.value)
        && toleration.effect.is_none_or(|effect| effect == taint.effect)
}
