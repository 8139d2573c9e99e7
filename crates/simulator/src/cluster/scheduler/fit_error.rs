//! Why no node fits a pod, in the scheduler's texts (`pkg/scheduler/framework/types.go`, `FitError`).

use super::rules::DomainCheck;
use crate::cluster::node::{Node, is_tolerated};
use crate::cluster::pod::NodeId;
use crate::cluster::site::{Blueprint, Site};
use crate::model::NodePool;
use controller::api::TemplateId;
use std::collections::BTreeMap;

/// `pkg/scheduler/framework/plugins/nodeunschedulable`
const UNSCHEDULABLE: &str = "node(s) were unschedulable";
/// `pkg/scheduler/framework/plugins/nodeaffinity`
const AFFINITY: &str = "node(s) didn't match Pod's node affinity/selector";
/// `pkg/scheduler/framework/plugins/podtopologyspread`
const SPREAD: &str = "node(s) didn't match pod topology spread constraints";
/// `pkg/scheduler/framework/plugins/interpodaffinity`
const APART: &str = "node(s) didn't match pod anti-affinity rules";

impl Site {
    /// Number of nodes that do not fit a pod of the template, by the first failed filter.
    pub(super) fn obstacles(&self, template: TemplateId) -> Vec<(u32, String)> {
        let blueprint = self.blueprint(template);
        let checks = self.checks(template, &self.nodes);
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for (node, id) in self.nodes.iter().zip(0..).filter(|(node, _)| node.exists()) {
            if let Some(obstacle) = self.obstacle(blueprint, NodeId(id), node, &checks) {
                *counts.entry(obstacle).or_default() += 1;
            }
        }
        counts.into_iter().map(|(obstacle, count)| (count, obstacle)).collect()
    }

    fn obstacle(
        &self,
        blueprint: &Blueprint,
        id: NodeId,
        node: &Node,
        checks: &[DomainCheck],
    ) -> Option<String> {
        let pool = &self.model.cluster.pools[node.pool];
        untolerated(blueprint, node, pool).or_else(|| {
            let fits_pool = blueprint.rules.fits_pool[node.pool];
            if !fits_pool || !blueprint.rules.accepts_name(&self.model, node) {
                return Some(AFFINITY.to_owned());
            }
            let full = node.shortage(blueprint, pool).map(str::to_owned);
            full.or_else(|| {
                let fails = checks.iter().find(|check| !self.passes(check, id, node))?;
                Some(if fails.needs_domain { SPREAD } else { APART }.to_owned())
            })
        })
    }

    /// Whether the pods in a node's domain are few enough.
    pub(super) fn passes(&self, check: &DomainCheck, id: NodeId, node: &Node) -> bool {
        match self.tallies.at(check.tally, id, node.pool) {
            Some(pods) => i64::from(pods) <= check.most,
            None => !check.needs_domain,
        }
    }
}

/// The first taint of a node that the pod does not tolerate
/// (`pkg/scheduler/framework/plugins/tainttoleration`).
fn untolerated(blueprint: &Blueprint, node: &Node, pool: &NodePool) -> Option<String> {
    let mut taints = node.taints().iter().chain(&pool.taints);
    let taint = taints.find(|taint| !is_tolerated(taint, &blueprint.tolerations))?;
    if taint.key == crate::cluster::node::UNSCHEDULABLE {
        return Some(UNSCHEDULABLE.to_owned());
    }
    Some(format!("node(s) had untolerated taint {{{}: {}}}", taint.key, taint.value))
}
