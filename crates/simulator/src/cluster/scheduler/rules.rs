//! A template's constraints on nodes other than resources: built once per template, checked for each
//! candidate.

use super::affinity;
use super::tally::{Tallies, TallyScope};
use crate::cluster::node::Node;
use crate::cluster::pod::NodeId;
use crate::model::{Model, Placement, PodLabels, PodTemplate, SpreadConstraint, Toleration};
use controller::api::TemplateId;

/// The constraints of one template.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct NodeConstraints {
    /// By pool: whether labels and taints admit the pod.
    pub(in super::super) fits_pool: Vec<bool>,
    /// By pool: penalty against the best pool.
    pub(super) drawbacks: Vec<i64>,
    /// The template, if it has requirements on names of nodes.
    by_name: Option<Box<PodTemplate>>,
    pub(super) spread: Vec<Spread>,
    /// Tallies of repelled pods, and the weights if they are only preferred.
    pub(super) apart: Vec<(usize, Option<i32>)>,
    /// Tallies of its own pods by the domains of its required anti-affinity, and the pods that this repels.
    pub(super) keeps_away: Vec<(usize, PodLabels)>,
}

/// A spread constraint.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    pub(super) tally: usize,
    pub(super) max_skew: u32,
    pub(super) required: bool,
    min_domains: u32,
    /// Whether the pod itself is counted.
    counts_itself: bool,
    /// By pool: whether its nodes are eligible.
    eligible: Vec<bool>,
    honours_names: bool,
    /// The pod's tolerations, if taints that nodes get during the run count.
    honours_taints: Option<Vec<Toleration>>,
}

/// A node passes if at most `most` of a tally's pods are in its domain.
#[derive(Debug, Clone, Copy)]
pub(super) struct DomainCheck {
    pub(super) tally: usize,
    /// If negative, no node passes.
    pub(super) most: i64,
    /// A node without a domain fails.
    pub(super) needs_domain: bool,
}

impl NodeConstraints {
    /// The constraints of a new template.
    pub(in super::super) fn of(
        id: TemplateId,
        template: &PodTemplate,
        model: &Model,
        tallies: &mut Tallies,
    ) -> Self {
        let pools = &model.cluster.pools;
        tallies.add_template(template);
        let fits = |pool| affinity::selects(template, pool, None) && affinity::tolerates(template, pool);
        let fits_pool: Vec<bool> = pools.iter().map(fits).collect();
        let drawbacks = affinity::drawbacks(template, pools, &fits_pool);
        let by_name = affinity::names_nodes(template).then(|| Box::new(template.clone()));
        let mut rules = Self { fits_pool, drawbacks, by_name, ..Self::default() };
        if template.placement != Placement::default() {
            rules.add_spread(id, template, model, tallies);
            rules.add_apart(id, template, model, tallies);
        }
        rules
    }

    fn add_spread(&mut self, id: TemplateId, template: &PodTemplate, model: &Model, tallies: &mut Tallies) {
        let spread = |constraint: &SpreadConstraint| {
            let counted = counted(&constraint.pods, id, false);
            let eligible = |pool| {
                (!constraint.honours_affinity || affinity::selects(template, pool, None))
                    && (!constraint.honours_taints || affinity::tolerates(template, pool))
            };
            Spread {
                tally: tallies.find_or_add(&constraint.topology_key, &counted, &model.cluster.pools),
                max_skew: constraint.max_skew,
                required: constraint.required,
                min_domains: constraint.min_domains.unwrap_or(1),
                counts_itself: constraint.pods.match_labels(&template.labels),
                eligible: model.cluster.pools.iter().map(eligible).collect(),
                honours_names: constraint.honours_affinity,
                honours_taints: constraint.honours_taints.then(|| template.tolerations.clone()),
            }
        };
        self.spread = template.placement.spread.iter().map(spread).collect();
    }

    fn add_apart(&mut self, id: TemplateId, template: &PodTemplate, model: &Model, tallies: &mut Tallies) {
        for term in &template.placement.apart {
            let (key, pools) = (&term.topology_key, &model.cluster.pools);
            let tally = tallies.find_or_add(key, &counted(&term.pods, id, true), pools);
            self.apart.push((tally, term.weight));
            if term.weight.is_none() {
                let own = PodLabels { requirements: Some(Vec::new()), same_template: true };
                let own = tallies.find_or_add(key, &counted(&own, id, true), pools);
                self.keeps_away.push((own, term.pods.clone()));
            }
        }
    }

    /// Whether pods in other domains may make a pod schedulable.
    pub(super) fn spread_matters(&self) -> bool {
        self.spread.iter().any(|spread| spread.required)
    }

    /// Whether some preferences depend on other pods.
    pub(super) fn has_preferences(&self) -> bool {
        self.spread.iter().any(|spread| !spread.required)
            || self.apart.iter().any(|(_, weight)| weight.is_some())
    }

    /// Whether a node's name meets the template's requirements.
    pub(super) fn accepts_name(&self, model: &Model, node: &Node) -> bool {
        self.by_name.as_ref().is_none_or(|template| {
            let pool = &model.cluster.pools[node.pool];
            affinity::selects(template, pool, Some(&format!("{}-{}", pool.name, node.ordinal)))
        })
    }

    /// The conditions on the domains of a node: its own, and the ones of pods that repel it.
    pub(super) fn checks<'r>(
        &self,
        id: TemplateId,
        labels: &[(String, String)],
        others: impl Iterator<Item = (TemplateId, &'r Self)>,
        model: &Model,
        nodes: &[Node],
        tallies: &Tallies,
    ) -> Vec<DomainCheck> {
        let required = self.spread.iter().filter(|spread| spread.required);
        let spread = required.map(|spread| spread.check(self, model, nodes, tallies));
        let alone = |tally: usize| DomainCheck { tally, most: 0, needs_domain: false };
        let apart = self.apart.iter().filter(|(_, weight)| weight.is_none()).map(|(tally, _)| alone(*tally));
        let mut checks: Vec<DomainCheck> = spread.chain(apart).collect();
        for (other, rules) in others {
            let hits = |pods: &&(usize, PodLabels)| {
                (!pods.1.same_template || other == id) && pods.1.match_labels(labels)
            };
            checks.extend(rules.keeps_away.iter().filter(hits).map(|(own, _)| alone(*own)));
        }
        checks
    }
}

impl Spread {
    fn check(
        &self,
        rules: &NodeConstraints,
        model: &Model,
        nodes: &[Node],
        tallies: &Tallies,
    ) -> DomainCheck {
        let counts = |node: &Node| {
            node.exists()
                && self.eligible[node.pool]
                && (!self.honours_names || rules.accepts_name(model, node))
                && self.honours_taints.as_ref().is_none_or(|tolerations| node.is_open_to(tolerations))
        };
        let eligible = (0..).map(NodeId).zip(nodes).filter(|(_, node)| counts(node));
        let (least, domains) = tallies.least(self.tally, eligible);
        let least = if domains < self.min_domains as usize { 0 } else { least };
        let most = i64::from(self.max_skew) + i64::from(least) - i64::from(self.counts_itself);
        DomainCheck { tally: self.tally, most, needs_domain: true }
    }
}

fn counted(pods: &PodLabels, id: TemplateId, with_terminating: bool) -> TallyScope {
    let template = pods.same_template.then_some(id);
    TallyScope { pods: pods.clone(), template, with_terminating }
}
