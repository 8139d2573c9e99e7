//! The cluster that a forecast stands on, and how far it depends on it.

use super::demand::asked_peak;
use crate::results::Summary;
use simulator::cluster::quantity;
use simulator::model::{Model, NodePool, Resources, Taint, TaintEffect, Unit};

/// Where the nodes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeSource {
    /// They were made up so that the pods fit.
    Assumed,
    /// Their number is stated, the rest is made up.
    Count,
    /// They are those of a file.
    File(String),
}

/// The nodes, and what the rollout needs of them.
#[derive(Debug, Clone)]
pub struct ClusterView {
    /// Where the nodes come from.
    pub source: NodeSource,
    /// The nodes by pool.
    pub pools: Vec<PoolView>,
    /// Pods that the rollout asks for at once.
    pub asked: i64,
    /// With how many nodes the rollout ends; `None` if that was not looked for.
    pub least: Option<LeastNodes>,
    /// With one node fewer than the least: their number, and what the same runs amount to.
    pub fewer: Option<(u32, Summary)>,
    /// Runs of each number of nodes that was tried.
    pub tried: u64,
}

/// With how many nodes a rollout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeastNodes {
    /// With so many or more, and not with fewer.
    Of(u32),
    /// It ends in no run, whatever their number.
    Never,
}

/// Alike nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolView {
    /// The nodes.
    pub pool: NodePool,
    /// Pods of the workload for which an empty node has room.
    pub room: i64,
}

impl ClusterView {
    /// The nodes of a model.
    pub fn of(model: &Model, source: NodeSource) -> Self {
        let view = |pool: &NodePool| PoolView { pool: pool.clone(), room: room(model, pool) };
        Self {
            source,
            pools: model.cluster.pools.iter().map(view).collect(),
            asked: asked_peak(model),
            least: None,
            fewer: None,
            tried: 0,
        }
    }

    /// All nodes.
    pub fn nodes(&self) -> u32 {
        self.pools.iter().map(|view| view.pool.nodes).sum()
    }

    /// Whether the forecast would be another one with one node fewer than were made up.
    pub fn decides(&self) -> bool {
        self.source == NodeSource::Assumed
            && self.least == Some(LeastNodes::Of(self.nodes()))
            && self.nodes() > 1
    }
}

/// What pods may request on a node: name and amount, as Node objects write it.
pub fn allocatable(pool: &NodePool) -> Vec<(&'static str, String)> {
    let Resources { cpu_milli, memory_bytes, ephemeral_bytes } = pool.allocatable;
    let amount = |amount: Option<i64>, unit| quantity(amount.unwrap_or(0), unit);
    vec![
        ("cpu", amount(cpu_milli, Unit::MilliCores)),
        ("memory", amount(memory_bytes, Unit::Bytes)),
        ("ephemeral-storage", amount(ephemeral_bytes, Unit::Bytes)),
        ("pods", pool.max_pods.to_string()),
    ]
}

/// A taint as `kubectl taint` writes it.
pub fn taint(taint: &Taint) -> String {
    let effect = match taint.effect {
        TaintEffect::NoSchedule => "NoSchedule",
        TaintEffect::PreferNoSchedule => "PreferNoSchedule",
        TaintEffect::NoExecute => "NoExecute",
    };
    let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
    format!("{}{value}:{effect}", taint.key)
}

/// Pods of the workload for which an empty node of the pool has room, by requests, number and anti-affinity
/// to each other.
fn room(model: &Model, pool: &NodePool) -> i64 {
    const HOSTNAME: &str = "kubernetes.io/hostname";
    let template = &model.subject.template;
    let requests = template.requests();
    let fit = |request: Option<i64>, size: Option<i64>| match request {
        Some(request) if request > 0 => size.unwrap_or(0) / request,
        _ => i64::from(pool.max_pods),
    };
    let size = pool.allocatable;
    let apart = template.placement.apart.iter().any(|term| {
        term.weight.is_none() && term.topology_key == HOSTNAME && term.pods.match_labels(&template.labels)
    });
    i64::from(pool.max_pods)
        .min(fit(requests.cpu_milli, size.cpu_milli))
        .min(fit(requests.memory_bytes, size.memory_bytes))
        .min(fit(requests.ephemeral_bytes, size.ephemeral_bytes))
        .min(if apart { 1 } else { i64::MAX })
}
