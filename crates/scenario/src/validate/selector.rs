//! Label selectors: whether they are valid, and what they match.

use super::field::{Errors, FieldPath};
use super::name;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use std::collections::BTreeMap;

/// Checks a selector.
pub(crate) fn check(selector: &LabelSelector, path: &FieldPath, errors: &mut Errors) {
    name::labels(selector.match_labels.as_ref(), &path.child("matchLabels"), errors);
    for (i, requirement) in selector.match_expressions.iter().flatten().enumerate() {
        check_requirement(requirement, &path.child("matchExpressions").index(i), errors);
    }
}

fn check_requirement(requirement: &LabelSelectorRequirement, path: &FieldPath, errors: &mut Errors) {
    let values = requirement.values.as_deref().unwrap_or_default();
    match requirement.operator.as_str() {
        "In" | "NotIn" if values.is_empty() => {
            errors.required(&path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => errors.forbidden(
            &path.child("values"),
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => errors.invalid_text(&path.child("operator"), other, "not a valid selector operator"),
    }
    name::requirement(&requirement.key, values, path, errors);
}

/// Whether it is valid.
pub(crate) fn is_valid(selector: &LabelSelector) -> bool {
    let mut errors = Errors::default();
    check(selector, &FieldPath::default(), &mut errors);
    errors.is_empty()
}

/// Whether it has no requirement.
pub(crate) fn is_empty(selector: &LabelSelector) -> bool {
    selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
}

/// Whether it matches these labels; an empty one matches all.
pub(crate) fn matches(selector: &LabelSelector, labels: Option<&BTreeMap<String, String>>) -> bool {
    let label = |key: &String| labels.and_then(|labels| labels.get(key));
    let equal = |(key, value)| label(key) == Some(value);
    let holds = |requirement: &LabelSelectorRequirement| {
        let value = label(&requirement.key);
        let listed = value.is_some_and(|value| requirement.values.iter().flatten().any(|v| v == value));
        match requirement.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => value.is_some(),
            _ => value.is_none(),
        }
    };
    selector.match_labels.iter().flatten().all(equal)
        && selector.match_expressions.iter().flatten().all(holds)
}
