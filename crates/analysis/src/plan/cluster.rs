//! The assumed cluster of a forecast, and the dependence of the forecast on it.

use super::demand::asked_peak;
use crate::results::Summary;
use simulator::cluster::quantity;
use simulator::model::{Model, NodePool, Resources, Taint, TaintEffect, Unit};

/// The source of the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeSource {
    /// Generated to fit the pods.
    Assumed,
    /// The number is given, the rest is generated.
    Count,
    /// Read from a file.
    File(String),
}

/// The nodes, and the demand of the rollout.
#[derive(Debug, Clone)]
pub struct ClusterView {
    /// The source of the nodes.
    pub source: NodeSource,
    /// The nodes by pool.
    pub pools: Vec<PoolView>,
    /// Pods that the rollout requests at the same time.
    pub asked: i64,
    /// The smallest number of nodes with which the rollout ends; `None` if it was not searched for.
    pub least: Option<LeastNodes>,
    /// One node fewer than that: the number of nodes, and the summary of the same runs.
    pub fewer: Option<(u32, Summary)>,
    /// Runs of each number of nodes tried.
    pub tried: u64,
}

/// The smallest number of nodes with which a rollout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeastNodes {
    /// The rollout ends with this number or more, and not with fewer.
    Of(u32),
    /// It ends in no run, with any number of nodes.
    Never,
}

/// Nodes of the same kind.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolView {
    /// The nodes.
    pub pool: NodePool,
    /// Pods of the workload that fit on an empty node.
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

    /// Whether one node fewer than generated would change the forecast.
    pub fn decides(&self) -> bool {
        self.source == NodeSource::Assumed
            && self.least == Some(LeastNodes::Of(self.nodes()))
            && self.nodes() > 1
    }
}

/// The allocatable resources of a node: name and amount, as in Node objects.
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

/// A taint in the form of `kubectl taint`.
pub fn taint(taint: &Taint) -> String {
    let effect = match taint.effect {
        TaintEffect::NoSchedule => "NoSchedule",
        TaintEffect::PreferNoSchedule => "PreferNoSchedule",
        TaintEffect::NoExecute => "NoExecute",
    };
    let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
    format!("{}{value}:{effect}", taint.key)
}

/// Pods of the workload that fit on an empty node of the pool, by requests, by the limit of pods and by
/// anti-affinity to each other.
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
