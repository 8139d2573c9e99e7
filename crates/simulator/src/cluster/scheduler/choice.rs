//! The choice of a node: filters, then scores.

use super::affinity::POINT;
use super::rules::DomainCheck;
use crate::cluster::node::Node;
use crate::cluster::pod::{NodeId, Pod, PodId};
use crate::cluster::site::{Blueprint, Site};
use controller::api::TemplateId;

/// Weights of the scores (`pkg/scheduler/apis/config/v1/default_plugins.go`).
const SPREAD_WEIGHT: f64 = 2.0;
const POD_AFFINITY_WEIGHT: f64 = 2.0;

/// The best score of a plugin.
const MAX_SCORE: f64 = 100.0;

impl Site {
    /// The emptiest node that fits a pod of the template; ties are random.
    pub(in super::super) fn choose_node(&self, template: TemplateId) -> Option<NodeId> {
        let blueprint = self.blueprint(template);
        let checks = self.checks(template, &self.nodes);
        if blueprint.rules.has_preferences() {
            return self.preferred_node(blueprint, &checks);
        }
        let rules = &blueprint.rules;
        let open = (0..rules.fits_pool.len()).filter(|pool| rules.fits_pool[*pool]);
        let best = open.filter_map(|pool| {
            let takes = |id: NodeId| self.takes(blueprint, id, &self.nodes[id.index()], &checks);
            let (load, lot, node) = self.pools.by_load(pool).find(|(.., node)| takes(*node))?;
            Some((i64::from(load) + rules.drawbacks[pool], lot, node))
        });
        best.min().map(|(.., node)| node)
    }

    /// The conditions on the domains of a node for a pod of the template.
    pub(super) fn checks(&self, template: TemplateId, nodes: &[Node]) -> Vec<DomainCheck> {
        if self.tallies.is_empty() {
            return Vec::new();
        }
        let blueprint = self.blueprint(template);
        let others = self.blueprints.iter().enumerate();
        let others = others.map(|(id, blueprint)| (TemplateId(id as u32), &blueprint.rules));
        let labels = &blueprint.labels;
        blueprint.rules.checks(template, labels, others, &self.model, nodes, &self.tallies)
    }

    fn takes(&self, blueprint: &Blueprint, id: NodeId, node: &Node, checks: &[DomainCheck]) -> bool {
        let pool = &self.model.cluster.pools[node.pool];
        node.fits(blueprint, pool)
            && checks.iter().all(|check| self.passes(check, id, node))
            && blueprint.rules.accepts_name(&self.model, node)
    }

    /// The same if preferences depend on other pods: all nodes are scored.
    fn preferred_node(&self, blueprint: &Blueprint, checks: &[DomainCheck]) -> Option<NodeId> {
        let rules = &blueprint.rules;
        let open = (0..rules.fits_pool.len()).filter(|pool| rules.fits_pool[*pool]);
        let all = open.flat_map(|pool| self.pools.by_load(pool));
        let fitting: Vec<(u32, u32, NodeId)> =
            all.filter(|(.., id)| self.takes(blueprint, *id, &self.nodes[id.index()], checks)).collect();
        let spread = self.spread_scores(blueprint, &fitting);
        let apart = self.apart_scores(blueprint, &fitting);
        let scored =
            fitting.iter().zip(spread.iter().zip(&apart)).map(|(&(load, lot, id), (spread, apart))| {
                let points = SPREAD_WEIGHT * spread + POD_AFFINITY_WEIGHT * apart;
                let drawback = rules.drawbacks[self.nodes[id.index()].pool];
                (i64::from(load) + drawback - (points * POINT as f64) as i64, lot, id)
            });
        scored.min().map(|(.., node)| node)
    }

    /// `pkg/scheduler/framework/plugins/podtopologyspread/scoring.go`: fewer pods in the domains of the
    /// constraints are better, and the more domains a label has the more it counts.
    fn spread_scores(&self, blueprint: &Blueprint, fitting: &[(u32, u32, NodeId)]) -> Vec<f64> {
        let mut raw = vec![0.0; fitting.len()];
        let preferred = blueprint.rules.spread.iter().filter(|spread| !spread.required);
        for spread in preferred {
            let nodes = fitting.iter().map(|(.., id)| (*id, &self.nodes[id.index()]));
            let (_, domains) = self.tallies.least(spread.tally, nodes);
            let weight = libm::log(domains as f64 + 2.0);
            for (raw, (.., id)) in raw.iter_mut().zip(fitting) {
                let pods = self.tallies.at(spread.tally, *id, self.nodes[id.index()].pool).unwrap_or(0);
                *raw += f64::from(pods) * weight + f64::from(spread.max_skew - 1);
            }
        }
        let (least, most) = bounds(&raw);
        let score = |raw: &f64| if most > 0.0 { MAX_SCORE * (most + least - raw) / most } else { MAX_SCORE };
        raw.iter().map(score).collect()
    }

    /// `pkg/scheduler/framework/plugins/interpodaffinity/scoring.go`: fewer repelling pods are better.
    fn apart_scores(&self, blueprint: &Blueprint, fitting: &[(u32, u32, NodeId)]) -> Vec<f64> {
        let terms = || blueprint.rules.apart.iter().filter_map(|(tally, weight)| Some((*tally, (*weight)?)));
        let penalty = |(.., id): &(u32, u32, NodeId)| {
            let pods = |tally| self.tallies.at(tally, *id, self.nodes[id.index()].pool).unwrap_or(0);
            terms().map(|(tally, weight)| -f64::from(weight) * f64::from(pods(tally))).sum::<f64>()
        };
        let raw: Vec<f64> = fitting.iter().map(penalty).collect();
        let (least, most) = bounds(&raw);
        let score = |raw: &f64| if most > least { MAX_SCORE * (raw - least) / (most - least) } else { 0.0 };
        raw.iter().map(score).collect()
    }

    /// Counts the existing pods if a new template has added a tally.
    pub(in super::super) fn count_pods(&mut self, pods: &[Pod]) {
        if !self.tallies.uncounted {
            return;
        }
        self.tallies.clear_counts();
        for (pod, life) in pods.iter().zip(&self.lives) {
            let Some(node) = life.assumed_on else { continue };
            let pool = self.nodes[node.index()].pool;
            self.tallies.add(pod.template, node, pool);
            if pod.deletion.is_some() {
                self.tallies.terminates(pod.template, node, pool);
            }
        }
    }

    /// A pod is placed on a node.
    pub(in super::super) fn occupy(&mut self, id: PodId, template: TemplateId, node: NodeId) {
        let requests = self.blueprint(template).requests;
        self.pools.change(&self.model, &mut self.nodes, node, requests, 1, &mut self.chance);
        self.lives[id.index()].assumed_on = Some(node);
        if !self.tallies.is_empty() {
            self.tallies.add(template, node, self.nodes[node.index()].pool);
            // With spread constraints, another pod here may make other nodes fit.
            self.pools.version += 1;
        }
    }

    /// A pod leaves its node. Returns whether it had one.
    pub(super) fn vacate(&mut self, id: PodId, template: TemplateId, was_terminating: bool) -> bool {
        let Some(node) = self.lives[id.index()].assumed_on.take() else { return false };
        let requests = self.blueprint(template).requests;
        self.pools.change(&self.model, &mut self.nodes, node, requests, -1, &mut self.chance);
        if !self.tallies.is_empty() {
            self.tallies.remove(template, node, self.nodes[node.index()].pool, was_terminating);
        }
        true
    }

    /// Whether some node would fit a pod of the template without the limits of resources and of rules about
    /// other pods.
    pub(super) fn some_node_is_open(&self, template: TemplateId) -> bool {
        let blueprint = self.blueprint(template);
        let open = |node: &Node| {
            blueprint.rules.fits_pool[node.pool]
                && node.is_open_to(&blueprint.tolerations)
                && blueprint.rules.accepts_name(&self.model, node)
        };
        self.nodes.iter().any(open)
    }

    /// Whether a node that is not in the cluster yet would fit a pod of the template together with these
    /// others.
    pub(super) fn would_take(
        &self,
        template: TemplateId,
        nodes: &[Node],
        id: NodeId,
        checks: &[DomainCheck],
    ) -> bool {
        let blueprint = self.blueprint(template);
        let node = &nodes[id.index()];
        blueprint.rules.fits_pool[node.pool] && self.takes(blueprint, id, node, checks)
    }
}

fn bounds(values: &[f64]) -> (f64, f64) {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        (least, most) = (least.min(*value), most.max(*value));
    }
    (least, most)
}
