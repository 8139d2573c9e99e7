//! From affinity and spread constraints of the API to those of the model.

use k8s_openapi::api::core::v1::{
    Affinity, NodeAffinity, NodeSelectorTerm, PodAffinityTerm, PodAntiAffinity, PodSpec,
    TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use simulator::model::{
    AntiAffinity, NodeTerm, Operator, Placement, PodLabels, Requirement, SpreadConstraint,
};
use std::collections::BTreeMap;

type Labels = BTreeMap<String, String>;

/// The label with a node's name.
pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";
/// The label with a node's zone.
pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";
/// The label that distinguishes the templates of a Deployment.
const HASH_LABEL: &str = "pod-template-hash";

/// Converts a validated spec. `labels` are the labels of the pods.
pub(crate) fn convert(spec: &PodSpec, labels: &Labels) -> Placement {
    let affinity = spec.affinity.as_ref();
    let nodes = affinity.and_then(|affinity| affinity.node_affinity.as_ref());
    let spread = spec.topology_spread_constraints.iter().flatten();
    Placement {
        required_nodes: nodes.and_then(required_nodes),
        preferred_nodes: nodes.map(preferred_nodes).unwrap_or_default(),
        spread: spread.map(|constraint| self::spread(constraint, labels)).collect(),
        apart: affinity.and_then(anti_affinity).map(|apart| self::apart(apart, labels)).unwrap_or_default(),
    }
}

fn anti_affinity(affinity: &Affinity) -> Option<&PodAntiAffinity> {
    affinity.pod_anti_affinity.as_ref()
}

fn required_nodes(nodes: &NodeAffinity) -> Option<Vec<NodeTerm>> {
    let required = nodes.required_during_scheduling_ignored_during_execution.as_ref()?;
    Some(required.node_selector_terms.iter().map(node_term).collect())
}

fn preferred_nodes(nodes: &NodeAffinity) -> Vec<(i32, NodeTerm)> {
    let preferred = nodes.preferred_during_scheduling_ignored_during_execution.iter().flatten();
    preferred.map(|term| (term.weight, node_term(&term.preference))).collect()
}

/// A node's name is its host name here.
fn node_term(term: &NodeSelectorTerm) -> NodeTerm {
    let labels = term.match_expressions.iter().flatten().map(|r| (r.key.as_str(), r));
    let names = term.match_fields.iter().flatten().map(|r| (HOSTNAME, r));
    let all = labels.chain(names);
    all.map(|(key, r)| requirement(key, &r.operator, r.values.as_deref().unwrap_or_default())).collect()
}

fn requirement(key: &str, operator: &str, values: &[String]) -> Requirement {
    let operator = match operator {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::Gt,
        "Lt" => Operator::Lt,
        _ => Operator::Exists,
    };
    Requirement { key: key.to_owned(), operator, values: values.to_vec() }
}

fn spread(constraint: &TopologySpreadConstraint, labels: &Labels) -> SpreadConstraint {
    SpreadConstraint {
        max_skew: constraint.max_skew.max(1).cast_unsigned(),
        topology_key: constraint.topology_key.clone(),
        required: constraint.when_unsatisfiable == "DoNotSchedule",
        min_domains: constraint.min_domains.map(i32::cast_unsigned),
        pods: pods(constraint.label_selector.as_ref(), constraint.match_label_keys.as_ref(), labels),
        honours_affinity: constraint.node_affinity_policy.as_deref() != Some("Ignore"),
        honours_taints: constraint.node_taints_policy.as_deref() == Some("Honor"),
    }
}

fn apart(apart: &PodAntiAffinity, labels: &Labels) -> Vec<AntiAffinity> {
    let required = apart.required_during_scheduling_ignored_during_execution.iter().flatten();
    let preferred = apart.preferred_during_scheduling_ignored_during_execution.iter().flatten();
    let preferred = preferred.map(|term| (&term.pod_affinity_term, Some(term.weight)));
    let all = required.map(|term| (term, None)).chain(preferred);
    all.filter(|(term, _)| !names_namespaces(term))
        .map(|(term, weight)| AntiAffinity {
            topology_key: term.topology_key.clone(),
            pods: pods(term.label_selector.as_ref(), term.match_label_keys.as_ref(), labels),
            weight,
        })
        .collect()
}

/// The pods that a selector counts. Keys that must match become requirements with the pod's own values.
fn pods(selector: Option<&LabelSelector>, keys: Option<&Vec<String>>, labels: &Labels) -> PodLabels {
    let Some(selector) = selector else { return PodLabels::default() };
    let equal = selector.match_labels.iter().flatten();
    let equal = equal.map(|(key, value)| requirement(key, "In", std::slice::from_ref(value)));
    let written = selector.match_expressions.iter().flatten();
    let written = written.map(|r| requirement(&r.key, &r.operator, r.values.as_deref().unwrap_or_default()));
    let same = keys.into_iter().flatten().filter_map(|key| {
        let value = labels.get(key)?;
        Some(requirement(key, "In", std::slice::from_ref(value)))
    });
    let same_template = keys.into_iter().flatten().any(|key| key == HASH_LABEL);
    PodLabels { requirements: Some(equal.chain(written).chain(same).collect()), same_template }
}

/// Whether a term names namespaces; an empty selector means all of them.
fn names_namespaces(term: &PodAffinityTerm) -> bool {
    let listed = term.namespaces.as_ref().is_some_and(|names| !names.is_empty());
    let selected = term.namespace_selector.as_ref();
    listed || selected.is_some_and(|selector| !super::validate::selector::is_empty(selector))
}
