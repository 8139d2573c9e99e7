//! `PodDisruptionBudget`s (`pkg/apis/policy/validation`).

use super::field::{Errors, FieldPath};
use super::workload::{int_or_percent, number, shown};
use super::{metadata_of, name, selector};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// Checks a `PodDisruptionBudget`.
pub(crate) fn disruption_budget(object: &PodDisruptionBudget, errors: &mut Errors) {
    // The API has no other rule for these names.
    metadata_of(&object.metadata, name::path_segment, errors);
    let Some(spec) = &object.spec else { return };
    let path = FieldPath::of(&["spec"]);
    if spec.min_available.is_some() && spec.max_unavailable.is_some() {
        let shown = serde_json::to_string(spec).unwrap_or_default();
        errors.invalid(&path, shown, "minAvailable and maxUnavailable cannot be both set");
    }
    for (field, value) in [("minAvailable", &spec.min_available), ("maxUnavailable", &spec.max_unavailable)] {
        let Some(value) = value else { continue };
        let path = path.child(field);
        int_or_percent(value, &path, errors);
        if matches!(value, IntOrString::String(_)) && number(value) > Some(100) {
            errors.invalid(&path, shown(value), "must not be greater than 100%");
        }
    }
    if let Some(given) = &spec.selector {
        selector::check(given, &path.child("selector"), errors);
    }
    if let Some(policy) = spec.unhealthy_pod_eviction_policy.as_deref() {
        let known = ["AlwaysAllow", "IfHealthyBudget"];
        if !known.contains(&policy) {
            errors.unsupported(&path.child("unhealthyPodEvictionPolicy"), policy, &known);
        }
    }
}
