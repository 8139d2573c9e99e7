//! Deployments and `ReplicaSet`s.

use super::field::{Errors, FieldPath};
use super::{metadata, pod, selector};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentStrategy, ReplicaSet};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/// Checks a Deployment. `selector_given`: the manifest has a selector, possibly an empty one.
pub(crate) fn deployment(object: &Deployment, selector_given: bool, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let Some(spec) = &object.spec else { return };
    let path = FieldPath::of(&["spec"]);
    errors.not_negative(&path.child("replicas"), spec.replicas);
    selector_and_template(&spec.selector, selector_given, &spec.template, &path, errors);
    if let Some(given) = &spec.strategy {
        strategy(given, &path.child("strategy"), errors);
    }
    errors.not_negative(&path.child("minReadySeconds"), spec.min_ready_seconds);
    errors.not_negative(&path.child("revisionHistoryLimit"), spec.revision_history_limit);
    let deadline_path = path.child("progressDeadlineSeconds");
    errors.not_negative(&deadline_path, spec.progress_deadline_seconds);
    if let Some(deadline) = spec.progress_deadline_seconds
        && deadline <= spec.min_ready_seconds.unwrap_or(0)
    {
        errors.invalid(&deadline_path, deadline, "must be greater than minReadySeconds");
    }
}

/// Checks a `ReplicaSet`.
pub(crate) fn replica_set(object: &ReplicaSet, selector_given: bool, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let Some(spec) = &object.spec else { return };
    let path = FieldPath::of(&["spec"]);
    errors.not_negative(&path.child("replicas"), spec.replicas);
    errors.not_negative(&path.child("minReadySeconds"), spec.min_ready_seconds);
    let template = spec.template.clone().unwrap_or_default();
    selector_and_template(&spec.selector, selector_given, &template, &path, errors);
}

/// Checks a selector and the template it must match; the API looks at the template only if the selector can be
/// used. `given`: the manifest has a selector, possibly an empty one.
fn selector_and_template(
    selector: &LabelSelector,
    given: bool,
    template: &PodTemplateSpec,
    path: &FieldPath,
    errors: &mut Errors,
) {
    let at = path.child("selector");
    if !given {
        errors.required(&at, "");
    } else if selector::is_empty(selector) {
        // The API says "deployment" also for a ReplicaSet.
        errors.invalid(&at, "{}", "empty selector is invalid for deployment");
    }
    selector::check(selector, &at, errors);
    if !selector::is_valid(selector) {
        let shown = serde_json::to_string(selector).unwrap_or_default();
        return errors.invalid(&at, shown, "invalid label selector");
    }
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.as_ref());
    // A missing selector matches nothing, an empty one everything.
    if !given || !selector::matches(selector, labels) {
        let shown =
            labels.map_or("null".to_owned(), |labels| serde_json::to_string(labels).unwrap_or_default());
        let at = path.child("template").child("metadata").child("labels");
        errors.invalid(&at, shown, "`selector` does not match template `labels`");
    }
    pod::template(template, &path.child("template"), errors);
}

/// Checks how a Deployment replaces pods.
pub(crate) fn strategy(strategy: &DeploymentStrategy, path: &FieldPath, errors: &mut Errors) {
    let rolling = path.child("rollingUpdate");
    match strategy.type_.as_deref().unwrap_or("RollingUpdate") {
        "Recreate" if strategy.rolling_update.is_some() => {
            let text = "may not be specified when strategy `type` is 'Recreate'";
            errors.forbidden(&rolling, text);
        }
        "Recreate" => {}
        "RollingUpdate" => {
            let limits = strategy.rolling_update.clone().unwrap_or_default();
            let default = IntOrString::String("25%".to_owned());
            let surge = limits.max_surge.unwrap_or_else(|| default.clone());
            let unavailable = limits.max_unavailable.unwrap_or(default);
            self::limits(&surge, &unavailable, &rolling, errors);
        }
        other => errors.unsupported(path, other, &["Recreate", "RollingUpdate"]),
    }
}

fn limits(surge: &IntOrString, unavailable: &IntOrString, path: &FieldPath, errors: &mut Errors) {
    let unavailable_path = path.child("maxUnavailable");
    int_or_percent(unavailable, &unavailable_path, errors);
    int_or_percent(surge, &path.child("maxSurge"), errors);
    if number(unavailable) == Some(0) && number(surge) == Some(0) {
        errors.invalid(&unavailable_path, shown(unavailable), "may not be 0 when `maxSurge` is 0");
    }
    if matches!(unavailable, IntOrString::String(_)) && number(unavailable) > Some(100) {
        errors.invalid(&unavailable_path, shown(unavailable), "must not be greater than 100%");
    }
}

/// Checks a number of pods or of percents.
pub(super) fn int_or_percent(value: &IntOrString, path: &FieldPath, errors: &mut Errors) {
    match value {
        IntOrString::Int(value) => errors.not_negative(path, Some(*value)),
        IntOrString::String(_) if number(value).is_none() => errors.invalid(path, shown(value), PERCENT),
        IntOrString::String(_) => {}
    }
}

pub(super) fn shown(value: &IntOrString) -> String {
    match value {
        IntOrString::Int(value) => value.to_string(),
        IntOrString::String(text) => format!("{text:?}"),
    }
}

/// The number of pods or of percents; larger numbers than an `i32` are capped.
pub(crate) fn number(value: &IntOrString) -> Option<i32> {
    match value {
        IntOrString::Int(value) => Some(*value),
        IntOrString::String(text) => {
            let digits = text.strip_suffix('%')?;
            let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            valid.then(|| digits.parse().unwrap_or(i32::MAX))
        }
    }
}
