//! The default cluster, sized so that the workloads fit.

use super::defaults;
use super::placement::{HOSTNAME, ZONE};
use simulator::model::{
    AntiAffinity, NodePool, Operator, PodTemplate, Requirement, Resources, Taint, TaintEffect, Toleration,
};
use std::collections::BTreeMap;

/// Pods with equal requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PodGroup {
    /// Their largest number at one time.
    pub(crate) pods: i64,
    /// The request of each.
    pub(crate) requests: Resources,
}

/// All pods that need room, and their requirements.
#[derive(Debug, Default)]
pub(crate) struct Demand {
    groups: Vec<PodGroup>,
    /// The requests of the pods on every node (`DaemonSet`s), and their number.
    on_each_node: (Resources, i64),
    labels: BTreeMap<String, String>,
    /// Whether a template refers to the zone of a node.
    zones: bool,
    /// The number of pods that each need a separate node.
    apart: i64,
    /// Taints that every template so far tolerates; `None` before the first one.
    taints: Option<Vec<Taint>>,
}

impl Demand {
    /// Adds pods.
    pub(crate) fn add(&mut self, pods: i64, requests: Resources) {
        self.groups.push(PodGroup { pods, requests });
    }

    /// Adds a pod to every node.
    pub(crate) fn add_to_each_node(&mut self, requests: Resources) {
        self.on_each_node = (self.on_each_node.0.plus(requests), self.on_each_node.1 + 1);
    }

    /// The room of a node without the pods on every node.
    fn left_of(&self, size: Resources, max_pods: i64) -> (Resources, i64) {
        let (taken, pods) = self.on_each_node;
        let left = |size: Option<i64>, taken: Option<i64>| Some((size? - taken.unwrap_or(0)).max(0));
        let size = Resources {
            cpu_milli: left(size.cpu_milli, taken.cpu_milli),
            memory_bytes: left(size.memory_bytes, taken.memory_bytes),
            ephemeral_bytes: left(size.ephemeral_bytes, taken.ephemeral_bytes),
        };
        (size, (max_pods - pods).max(0))
    }

    /// Adds the requirements of a template other than room: labels, zones and taints.
    pub(crate) fn require(&mut self, template: &PodTemplate) {
        for (key, value) in &template.node_selector {
            self.labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let first_term = template.placement.required_nodes.iter().filter_map(|terms| terms.first());
        for requirement in first_term.flatten() {
            if let Some(value) = wanted(requirement) {
                self.labels.entry(requirement.key.clone()).or_insert(value);
            }
        }
        for key in topology_keys(template) {
            match key {
                HOSTNAME => {}
                ZONE => self.zones = true,
                // All nodes are in one domain.
                other => {
                    self.labels.entry(other.to_owned()).or_insert_with(|| "a".to_owned());
                }
            }
        }
        self.labels.remove(HOSTNAME);
        let tolerated: Vec<Taint> = template.tolerations.iter().filter_map(taint).collect();
        self.taints = Some(match self.taints.take() {
            None => tolerated,
            Some(taints) => taints.into_iter().filter(|taint| tolerated.contains(taint)).collect(),
        });
    }

    /// Adds pods that need separate nodes because of the anti-affinity of their template.
    pub(crate) fn keep_apart(&mut self, pods: i64, template: &PodTemplate) {
        let alone = |term: &AntiAffinity| {
            term.weight.is_none() && term.topology_key == HOSTNAME && term.pods.match_labels(&template.labels)
        };
        if template.placement.apart.iter().any(alone) {
            self.apart = self.apart.max(pods);
        }
    }

    /// All pods together.
    pub(crate) fn pods(&self) -> i64 {
        self.groups.iter().map(|group| group.pods).sum()
    }

    /// Whether one pod of each group fits on an empty node, and all together on `nodes` of them.
    pub(crate) fn fits(&self, nodes: i64, size: Resources, max_pods: i64) -> bool {
        let (room, pods) = self.left_of(size, max_pods);
        self.groups.iter().all(|group| per_node(group.requests, room, pods) > 0)
            && self.nodes(size, max_pods) <= nodes
    }

    /// A number of nodes of this size that certainly has room: each group on separate nodes, and the last node of
    /// each group shared as far as amounts allow.
    fn nodes(&self, size: Resources, max_pods: i64) -> i64 {
        let (size, max_pods) = self.left_of(size, max_pods);
        let share = |group: &PodGroup| {
            let fitting = per_node(group.requests, size, max_pods).max(1);
            group.pods as f64 / fitting as f64
        };
        self.groups.iter().map(share).sum::<f64>().ceil() as i64
    }
}

/// A value of a label that meets a requirement; `None` if the label should be absent, or is compared as a number.
fn wanted(requirement: &Requirement) -> Option<String> {
    match requirement.operator {
        Operator::In => requirement.values.first().cloned(),
        Operator::Exists => Some("true".to_owned()),
        Operator::Gt => Some((requirement.values.first()?.parse::<i64>().ok()?.checked_add(1)?).to_string()),
        Operator::Lt => Some((requirement.values.first()?.parse::<i64>().ok()?.checked_sub(1)?).to_string()),
        Operator::NotIn | Operator::DoesNotExist => None,
    }
}

/// The labels of nodes in a template's rules about other pods.
fn topology_keys(template: &PodTemplate) -> impl Iterator<Item = &str> {
    let spread = template.placement.spread.iter().map(|constraint| constraint.topology_key.as_str());
    spread.chain(template.placement.apart.iter().map(|term| term.topology_key.as_str()))
}

/// The taint that a toleration matches; only taints that prevent scheduling, not those that evict.
fn taint(toleration: &Toleration) -> Option<Taint> {
    (toleration.effect == Some(TaintEffect::NoSchedule)).then_some(())?;
    Some(Taint {
        key: toleration.key.clone()?,
        value: toleration.value.clone()?,
        effect: TaintEffect::NoSchedule,
    })
}

/// The number of equal pods that fit on one node.
fn per_node(requests: Resources, size: Resources, max_pods: i64) -> i64 {
    let fit = |request: Option<i64>, size: Option<i64>| match request {
        Some(request) if request > 0 => size.unwrap_or(0) / request,
        _ => max_pods,
    };
    max_pods
        .min(fit(requests.cpu_milli, size.cpu_milli))
        .min(fit(requests.memory_bytes, size.memory_bytes))
        .min(fit(requests.ephemeral_bytes, size.ephemeral_bytes))
}

/// Nodes of the default size, larger if a single pod would not fit, and as many as are needed.
pub(crate) fn pool(stated: Option<u32>, demand: &Demand) -> NodePool {
    let max_pods = defaults::MAX_PODS.0;
    let largest = |amount: fn(&Resources) -> Option<i64>| {
        let taken = amount(&demand.on_each_node.0).unwrap_or(0);
        let largest = demand.groups.iter().filter_map(|group| amount(&group.requests)).max().unwrap_or(0);
        largest.saturating_add(taken)
    };
    let grown = |default: i64, needed: i64| {
        if needed <= default { default } else { needed.saturating_mul(2) }
    };
    let size = Resources {
        cpu_milli: Some(grown(defaults::NODE_CPU_MILLI, largest(|r| r.cpu_milli))),
        memory_bytes: Some(grown(defaults::NODE_MEMORY, largest(|r| r.memory_bytes))),
        ephemeral_bytes: Some(grown(defaults::NODE_EPHEMERAL, largest(|r| r.ephemeral_bytes))),
    };
    let needed = demand.nodes(size, max_pods).max(demand.apart).min(100_000) as u32;
    NodePool {
        name: "node".to_owned(),
        nodes: stated.unwrap_or(needed.max(defaults::NODES.0)),
        allocatable: size,
        max_pods: max_pods as u32,
        labels: demand.labels.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        taints: demand.taints.clone().unwrap_or_default(),
        zone: None,
        autoscale: None,
    }
}

/// The same nodes, in three zones of nearly equal size if a template refers to zones.
pub(crate) fn pools(stated: Option<u32>, demand: &Demand) -> Vec<NodePool> {
    let pool = pool(stated, demand);
    if !demand.zones {
        return vec![pool];
    }
    let zones = (0u32..).zip(["a", "b", "c"]).map(|(number, zone)| NodePool {
        name: format!("node-{zone}"),
        nodes: (pool.nodes + 2 - number) / 3,
        zone: Some(zone.to_owned()),
        ..pool.clone()
    });
    zones.filter(|pool| pool.nodes > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulator::model::Container;

    fn template(cpu_milli: i64) -> PodTemplate {
        let requests = Resources { cpu_milli: Some(cpu_milli), ..Resources::default() };
        PodTemplate {
            containers: vec![Container { requests, ..Container::default() }],
            node_selector: vec![("disk".to_owned(), "ssd".to_owned())],
            ..PodTemplate::default()
        }
    }

    #[test]
    fn there_is_room_for_everything() {
        for (pods, cpu, nodes) in [(13, 100, 3), (331, 0, 4), (100, 2000, 25), (10, 12_000, 5)] {
            let mut demand = Demand::default();
            demand.add(pods, template(cpu).requests());
            demand.require(&template(cpu));
            let pool = pool(None, &demand);
            assert_eq!(pool.nodes, nodes, "{pods} pods of {cpu}m");
            assert!(demand.fits(i64::from(nodes), pool.allocatable, 110));
            assert_eq!(pool.labels, [("disk".to_owned(), "ssd".to_owned())]);
        }
    }

    #[test]
    fn nodes_are_tainted_only_if_all_tolerate_it() {
        let mut tolerant = template(0);
        tolerant.tolerations.push(Toleration {
            key: Some("team".to_owned()),
            value: Some("web".to_owned()),
            effect: Some(TaintEffect::NoSchedule),
            seconds: None,
        });
        let mut demand = Demand::default();
        demand.require(&tolerant);
        assert_eq!(pool(None, &demand).taints.len(), 1);
        demand.require(&template(0));
        assert_eq!(pool(None, &demand).taints.len(), 0);
    }
}
