//! Labels of nodes, and what a pod wants of them.

use crate::cluster::node::is_tolerated;
use crate::model::{NodePool, NodeTerm, PodTemplate, Requirement, TaintEffect};

/// The label with a node's name.
pub(super) const HOSTNAME: &str = "kubernetes.io/hostname";
/// The label with a node's zone.
const ZONE: &str = "topology.kubernetes.io/zone";

/// A whole point of the scheduler's scores (0 to 100 for each plugin) in the unit in which nodes are loaded,
/// thousandths of cpu plus thousandths of memory: `LeastAllocated` loses one point for each 20.
pub(super) const POINT: i64 = 20;

/// Weights of the scores (`pkg/scheduler/apis/config/v1/default_plugins.go`).
const TAINT_WEIGHT: i64 = 3;
const NODE_AFFINITY_WEIGHT: i64 = 2;

/// The value of a label that all nodes of a pool share.
pub(super) fn label<'p>(pool: &'p NodePool, key: &str) -> Option<&'p str> {
    let stated = pool.labels.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    stated.or_else(|| pool.zone.as_deref().filter(|_| key == ZONE))
}

/// Whether node selector and required node affinity let a template's pods onto a node of this name; without a
/// name, onto any node of the pool.
pub(in super::super) fn selects(template: &PodTemplate, pool: &NodePool, name: Option<&str>) -> bool {
    let named = |key: &str| if key == HOSTNAME { name } else { label(pool, key) };
    // Without a name, a requirement on the name may hold of some node.
    let open = |key: &str| key == HOSTNAME && name.is_none();
    let holds =
        |requirement: &Requirement| open(&requirement.key) || requirement.holds(named(&requirement.key));
    let term = |term: &NodeTerm| !term.is_empty() && term.iter().all(holds);
    template.node_selector.iter().all(|(key, value)| open(key) || named(key) == Some(value))
        && template.placement.required_nodes.as_ref().is_none_or(|terms| terms.iter().any(term))
}

/// Whether a template's pods are particular about names of nodes.
pub(in super::super) fn names_nodes(template: &PodTemplate) -> bool {
    let terms = template.placement.required_nodes.iter().flatten().flatten();
    template.node_selector.iter().any(|(key, _)| key == HOSTNAME)
        || terms.into_iter().any(|r| r.key == HOSTNAME)
}

/// Whether a pool's taints let pods of a template in.
pub(in super::super) fn tolerates(template: &PodTemplate, pool: &NodePool) -> bool {
    pool.taints.iter().all(|taint| is_tolerated(taint, &template.tolerations))
}

/// Whether labels and taints of a pool let pods of a template onto some of its nodes.
#[must_use]
pub fn admits(pool: &NodePool, template: &PodTemplate) -> bool {
    selects(template, pool, None) && tolerates(template, pool)
}

/// By pool: how much worse its nodes are for pods of a template than those of the best pool that lets them in,
/// for taints that they had better not tolerate and node affinity that is preferred. A pool that is worse by
/// such a taint alone is the last choice.
pub(in super::super) fn drawbacks(template: &PodTemplate, pools: &[NodePool], open: &[bool]) -> Vec<i64> {
    let taints = |pool: &NodePool| {
        let avoided = pool.taints.iter().filter(|taint| {
            taint.effect == TaintEffect::PreferNoSchedule
                && !template.tolerations.iter().any(|t| crate::cluster::node::tolerates(t, taint))
        });
        avoided.count() as i64
    };
    let liked = |pool: &NodePool| {
        let holds = |r: &Requirement| r.holds(label(pool, &r.key));
        let matching = template.placement.preferred_nodes.iter().filter(|(_, term)| term.iter().all(holds));
        matching.map(|(weight, _)| i64::from(*weight)).sum::<i64>()
    };
    let most = |count: &dyn Fn(&NodePool) -> i64| {
        let open = pools.iter().zip(open).filter(|(_, open)| **open);
        open.map(|(pool, _)| count(pool)).max().unwrap_or(0).max(1)
    };
    let (most_taints, most_liked) = (most(&taints), most(&liked));
    let drawback = |pool: &NodePool| {
        let tainted = 100 * taints(pool) / most_taints;
        let unloved = 100 * (most_liked - liked(pool)) / most_liked;
        POINT * (TAINT_WEIGHT * tainted + NODE_AFFINITY_WEIGHT * unloved)
    };
    let raw: Vec<i64> = pools.iter().map(drawback).collect();
    let least = raw.iter().zip(open).filter(|(_, open)| **open).map(|(raw, _)| *raw).min().unwrap_or(0);
    raw.iter().map(|raw| raw - least).collect()
}
