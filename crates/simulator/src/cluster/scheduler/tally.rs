//! Pod counts for spread constraints and anti-affinity: one counter per domain, so no query scans all pods.

use super::affinity::{HOSTNAME, label};
use crate::cluster::node::Node;
use crate::cluster::pod::NodeId;
use crate::model::{NodePool, PodLabels, PodTemplate};
use controller::api::TemplateId;

/// All tallies, and the labels of the known templates.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Tallies {
    all: Vec<Tally>,
    labels: Vec<Vec<(String, String)>>,
    /// A tally is new, and the existing pods are not counted yet.
    pub(in super::super) uncounted: bool,
}

/// Counts of some pods by the domains of one label.
#[derive(Debug, Clone)]
struct Tally {
    topology_key: String,
    /// By pool, the domain of its nodes; `None` if each node is a domain of its own.
    domains: Option<Vec<Option<usize>>>,
    pods: TallyScope,
    /// By template: whether its pods are counted.
    members: Vec<bool>,
    counts: Vec<u32>,
}

/// Which pods a tally counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TallyScope {
    pub(super) pods: PodLabels,
    /// Restricts the count to this template.
    pub(super) template: Option<TemplateId>,
    /// Whether terminating pods are counted.
    pub(super) with_terminating: bool,
}

impl Tallies {
    /// Removes everything except the first `lasting` templates.
    pub(in super::super) fn reset(&mut self, lasting: usize) {
        self.all.clear();
        self.labels.truncate(lasting);
        self.uncounted = false;
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Registers the next template.
    pub(super) fn add_template(&mut self, template: &PodTemplate) {
        let id = TemplateId(self.labels.len() as u32);
        self.labels.push(template.labels.clone());
        for tally in &mut self.all {
            tally.members.push(tally.pods.include(id, &template.labels));
        }
    }

    /// The tally of some pods by a label; created if missing.
    pub(super) fn find_or_add(&mut self, topology_key: &str, pods: &TallyScope, pools: &[NodePool]) -> usize {
        let same = |tally: &Tally| tally.topology_key == topology_key && tally.pods == *pods;
        if let Some(known) = self.all.iter().position(same) {
            return known;
        }
        let members = self.labels.iter().enumerate();
        self.all.push(Tally {
            topology_key: topology_key.to_owned(),
            domains: (topology_key != HOSTNAME).then(|| domains(topology_key, pools)),
            members: members.map(|(id, labels)| pods.include(TemplateId(id as u32), labels)).collect(),
            pods: pods.clone(),
            counts: Vec::new(),
        });
        self.uncounted = true;
        self.all.len() - 1
    }

    /// Sets all counts to zero.
    pub(in super::super) fn clear_counts(&mut self) {
        self.uncounted = false;
        self.all.iter_mut().for_each(|tally| tally.counts.clear());
    }

    /// A pod is placed on a node.
    pub(in super::super) fn add(&mut self, template: TemplateId, node: NodeId, pool: usize) {
        self.count(template, node, pool, 1, |_| true);
    }

    /// A pod leaves its node. A terminating pod has left some tallies earlier.
    pub(in super::super) fn remove(
        &mut self,
        template: TemplateId,
        node: NodeId,
        pool: usize,
        was_terminating: bool,
    ) {
        self.count(template, node, pool, -1, |tally| tally.pods.with_terminating || !was_terminating);
    }

    /// A pod on a node begins to terminate.
    pub(in super::super) fn terminates(&mut self, template: TemplateId, node: NodeId, pool: usize) {
        self.count(template, node, pool, -1, |tally| !tally.pods.with_terminating);
    }

    fn count(
        &mut self,
        template: TemplateId,
        node: NodeId,
        pool: usize,
        by: i32,
        which: impl Fn(&Tally) -> bool,
    ) {
        for tally in self.all.iter_mut().filter(|tally| which(tally)) {
            let Some(domain) = tally.domain(node, pool) else { continue };
            if !tally.members[template.0 as usize] {
                continue;
            }
            if domain >= tally.counts.len() {
                tally.counts.resize(domain + 1, 0);
            }
            tally.counts[domain] = tally.counts[domain].saturating_add_signed(by);
        }
    }

    /// The pods in the domain of a node; `None` if the node is in no domain.
    pub(super) fn at(&self, tally: usize, node: NodeId, pool: usize) -> Option<u32> {
        let tally = &self.all[tally];
        tally.domain(node, pool).map(|domain| tally.in_domain(domain))
    }

    /// The smallest count among the domains of these nodes, and the number of domains.
    pub(super) fn least<'n>(
        &self,
        tally: usize,
        nodes: impl Iterator<Item = (NodeId, &'n Node)>,
    ) -> (u32, usize) {
        let tally = &self.all[tally];
        let mut seen = vec![false; tally.domains.as_ref().map_or(0, Vec::len)];
        let (mut least, mut count) = (u32::MAX, 0);
        for (id, node) in nodes {
            let Some(domain) = tally.domain(id, node.pool) else { continue };
            // Nodes of one domain are consecutive: each domain is counted once.
            if tally.domains.is_some() && std::mem::replace(&mut seen[domain], true) {
                continue;
            }
            least = least.min(tally.in_domain(domain));
            count += 1;
        }
        (if count == 0 { 0 } else { least }, count)
    }
}

impl Tally {
    fn domain(&self, node: NodeId, pool: usize) -> Option<usize> {
        match &self.domains {
            None => Some(node.index()),
            Some(domains) => domains[pool],
        }
    }

    fn in_domain(&self, domain: usize) -> u32 {
        self.counts.get(domain).copied().unwrap_or(0)
    }
}

impl TallyScope {
    fn include(&self, id: TemplateId, labels: &[(String, String)]) -> bool {
        self.template.is_none_or(|template| template == id) && self.pods.match_labels(labels)
    }
}

/// By pool, the number of its domain.
fn domains(key: &str, pools: &[NodePool]) -> Vec<Option<usize>> {
    let mut names: Vec<&str> = Vec::new();
    let number = |pool| {
        let name = label(pool, key)?;
        Some(names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        }))
    };
    pools.iter().map(number).collect()
}
