//! Affinity and topology spread constraints.

use super::field::{Errors, FieldPath};
use super::{name, selector};
use k8s_openapi::api::core::v1::{
    NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, PodSpec,
    TopologySpreadConstraint, WeightedPodAffinityTerm,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Checks the placement rules of a pod. `path` is the path of its spec.
pub(super) fn all(spec: &PodSpec, path: &FieldPath, errors: &mut Errors) {
    if let Some(affinity) = &spec.affinity {
        let path = path.child("affinity");
        if let Some(nodes) = &affinity.node_affinity {
            node_affinity(nodes, &path.child("nodeAffinity"), errors);
        }
        if let Some(pods) = &affinity.pod_affinity {
            let (required, preferred) = (
                &pods.required_during_scheduling_ignored_during_execution,
                &pods.preferred_during_scheduling_ignored_during_execution,
            );
            let path = path.child("podAffinity");
            pod_terms(required.as_deref(), preferred.as_deref(), &path, errors);
        }
        if let Some(pods) = &affinity.pod_anti_affinity {
            let (required, preferred) = (
                &pods.required_during_scheduling_ignored_during_execution,
                &pods.preferred_during_scheduling_ignored_during_execution,
            );
            let path = path.child("podAntiAffinity");
            pod_terms(required.as_deref(), preferred.as_deref(), &path, errors);
        }
    }
    let path = path.child("topologySpreadConstraints");
    let constraints = spec.topology_spread_constraints.as_deref().unwrap_or_default();
    for (i, constraint) in constraints.iter().enumerate() {
        spread(constraint, &path.index(i), errors);
        let same = |other: &TopologySpreadConstraint| {
            other.topology_key == constraint.topology_key
                && other.when_unsatisfiable == constraint.when_unsatisfiable
        };
        // The API reports the earlier one.
        if constraints[i + 1..].iter().any(same) {
            let value = format!("{{{}, {}}}", constraint.topology_key, constraint.when_unsatisfiable);
            errors.duplicate(&path.index(i).child("{topologyKey, whenUnsatisfiable}"), &value);
        }
    }
}

fn node_affinity(nodes: &NodeAffinity, path: &FieldPath, errors: &mut Errors) {
    if let Some(required) = &nodes.required_during_scheduling_ignored_during_execution {
        let path = path.child(REQUIRED).child("nodeSelectorTerms");
        if required.node_selector_terms.is_empty() {
            errors.required(&path, "must have at least one node selector term");
        }
        for (i, term) in required.node_selector_terms.iter().enumerate() {
            node_term(term, true, &path.index(i), errors);
        }
    }
    let preferred = nodes.preferred_during_scheduling_ignored_during_execution.iter().flatten();
    for (i, term) in preferred.enumerate() {
        let path = path.child(PREFERRED).index(i);
        weight(term.weight, &path, errors);
        node_term(&term.preference, false, &path.child("preference"), errors);
    }
}

/// Values that no label can have are errors only where the term is required.
fn node_term(term: &NodeSelectorTerm, required: bool, path: &FieldPath, errors: &mut Errors) {
    for (i, requirement) in term.match_expressions.iter().flatten().enumerate() {
        let path = path.child("matchExpressions").index(i);
        node_requirement(requirement, &path, errors);
        let values = requirement.values.iter().flatten().filter(|_| required);
        for (k, value) in values.enumerate() {
            name::label_value(value, &path.child("values").index(k), errors);
        }
    }
    for (i, requirement) in term.match_fields.iter().flatten().enumerate() {
        let path = path.child("matchFields").index(i);
        if !["In", "NotIn"].contains(&requirement.operator.as_str()) {
            let text = "not a valid selector operator";
            errors.invalid_text(&path.child("operator"), &requirement.operator, text);
        } else if requirement.values.as_ref().is_none_or(|values| values.len() != 1) {
            let text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
            errors.required(&path.child("values"), text);
        }
        if requirement.key != "metadata.name" {
            errors.invalid_text(&path.child("key"), &requirement.key, "not a valid field selector key");
        }
    }
}

fn node_requirement(requirement: &NodeSelectorRequirement, path: &FieldPath, errors: &mut Errors) {
    let values = requirement.values.as_deref().unwrap_or_default();
    let values_path = path.child("values");
    match requirement.operator.as_str() {
        "In" | "NotIn" if values.is_empty() => {
            errors.required(&values_path, "must be specified when `operator` is 'In' or 'NotIn'");
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.forbidden(&values_path, text);
        }
        "Gt" | "Lt" if values.len() != 1 => {
            errors.required(&values_path, "must be specified single value when `operator` is 'Lt' or 'Gt'");
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => errors.invalid_text(&path.child("operator"), other, "not a valid selector operator"),
    }
    name::requirement(&requirement.key, &[], path, errors);
}

fn pod_terms(
    required: Option<&[PodAffinityTerm]>,
    preferred: Option<&[WeightedPodAffinityTerm]>,
    path: &FieldPath,
    errors: &mut Errors,
) {
    for (i, term) in required.unwrap_or_default().iter().enumerate() {
        pod_term(term, &path.child(REQUIRED).index(i), errors);
    }
    for (i, term) in preferred.unwrap_or_default().iter().enumerate() {
        let path = path.child(PREFERRED).index(i);
        weight(term.weight, &path, errors);
        pod_term(&term.pod_affinity_term, &path.child("podAffinityTerm"), errors);
    }
}

fn pod_term(term: &PodAffinityTerm, path: &FieldPath, errors: &mut Errors) {
    if let Some(labels) = &term.label_selector {
        selector::check(labels, &path.child("labelSelector"), errors);
    }
    if let Some(labels) = &term.namespace_selector {
        selector::check(labels, &path.child("namespaceSelector"), errors);
    }
    for namespace in term.namespaces.iter().flatten() {
        // The API names neither the list nor the item.
        name::dns_label(namespace, &path.child("namespace"), errors);
    }
    label_keys(term, path, errors);
    let path = path.child("topologyKey");
    if term.topology_key.is_empty() {
        errors.required(&path, "can not be empty");
    }
    name::qualified(&term.topology_key, &path, errors);
}

/// Keys whose values come from the pod itself.
fn label_keys(term: &PodAffinityTerm, path: &FieldPath, errors: &mut Errors) {
    let same = term.match_label_keys.as_deref().unwrap_or_default();
    let other = term.mismatch_label_keys.as_deref().unwrap_or_default();
    for (field, keys) in [("matchLabelKeys", same), ("mismatchLabelKeys", other)] {
        let path = path.child(field);
        if !keys.is_empty() && term.label_selector.is_none() {
            errors.forbidden(&path, "must not be specified when labelSelector is not set");
            continue;
        }
        for (i, key) in keys.iter().enumerate() {
            name::qualified(key, &path.index(i), errors);
            if selector_has(term.label_selector.as_ref(), key) {
                let text = format!("exists in both {field} and labelSelector");
                errors.invalid_text(&path.index(i), key, &text);
            }
        }
    }
    for (i, key) in same.iter().enumerate().filter(|(_, key)| other.contains(key)) {
        let path = path.child("matchLabelKeys").index(i);
        errors.invalid_text(&path, key, "exists in both matchLabelKeys and mismatchLabelKeys");
    }
}

fn selector_has(selector: Option<&LabelSelector>, key: &str) -> bool {
    selector.is_some_and(|selector| {
        let labels = selector.match_labels.iter().flatten().map(|(key, _)| key);
        let expressions = selector.match_expressions.iter().flatten().map(|requirement| &requirement.key);
        labels.chain(expressions).any(|known| known == key)
    })
}

fn spread(constraint: &TopologySpreadConstraint, path: &FieldPath, errors: &mut Errors) {
    if constraint.max_skew <= 0 {
        errors.invalid(&path.child("maxSkew"), constraint.max_skew, "must be greater than zero");
    }
    // The API accepts any text as a key here.
    if constraint.topology_key.is_empty() {
        errors.required(&path.child("topologyKey"), "can not be empty");
    }
    let actions = ["DoNotSchedule", "ScheduleAnyway"];
    if !actions.contains(&constraint.when_unsatisfiable.as_str()) {
        errors.unsupported(&path.child("whenUnsatisfiable"), &constraint.when_unsatisfiable, &actions);
    }
    if let Some(domains) = constraint.min_domains {
        let path = path.child("minDomains");
        if domains <= 0 {
            errors.invalid(&path, domains, "must be greater than zero");
        }
        if constraint.when_unsatisfiable != "DoNotSchedule" {
            let text = format!(
                "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}",
                constraint.when_unsatisfiable
            );
            errors.invalid(&path, domains, &text);
        }
    }
    let policies = [
        ("nodeAffinityPolicy", &constraint.node_affinity_policy),
        ("nodeTaintsPolicy", &constraint.node_taints_policy),
    ];
    for (field, policy) in policies {
        let known = ["Honor", "Ignore"];
        if let Some(policy) = policy.as_deref().filter(|policy| !known.contains(policy)) {
            errors.unsupported(&path.child(field), policy, &known);
        }
    }
    if let Some(labels) = &constraint.label_selector {
        selector::check(labels, &path.child("labelSelector"), errors);
    }
    let keys = constraint.match_label_keys.as_deref().unwrap_or_default();
    let path = path.child("matchLabelKeys");
    if !keys.is_empty() && constraint.label_selector.is_none() {
        return errors.forbidden(&path, "must not be specified when labelSelector is not set");
    }
    for (i, key) in keys.iter().enumerate() {
        name::qualified(key, &path.index(i), errors);
        if selector_has(constraint.label_selector.as_ref(), key) {
            errors.invalid_text(&path.index(i), key, "exists in both matchLabelKeys and labelSelector");
        }
    }
}

fn weight(weight: i32, path: &FieldPath, errors: &mut Errors) {
    if !(1..=100).contains(&weight) {
        errors.invalid(&path.child("weight"), weight, "must be in the range 1-100");
    }
}
