//! `HorizontalPodAutoscaler`s (`pkg/apis/autoscaling/validation`).

use super::field::{Errors, FieldPath};
use super::{metadata, name, resources};
use k8s_openapi::api::autoscaling::{v1, v2};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use measures::units::Quantity;

/// Longest period of a policy, in seconds.
const LONGEST_PERIOD: i32 = 1800;
/// Longest window of stabilization, in seconds.
const LONGEST_WINDOW: i32 = 3600;

/// Checks an autoscaler of `autoscaling/v2`.
pub(crate) fn autoscaler(object: &v2::HorizontalPodAutoscaler, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let spec = object.spec.clone();
    let path = FieldPath::of(&["spec"]);
    sizes(spec.min_replicas, spec.max_replicas, &path, errors);
    target(&spec.scale_target_ref, true, &path.child("scaleTargetRef"), errors);
    for (i, metric) in spec.metrics.iter().flatten().enumerate() {
        self::metric(metric, &path.child("metrics").index(i), errors);
    }
    let behavior = spec.behavior.unwrap_or_default();
    let path = path.child("behavior");
    for (field, rules) in [("scaleUp", &behavior.scale_up), ("scaleDown", &behavior.scale_down)] {
        if let Some(rules) = rules {
            self::rules(rules, &path.child(field), errors);
        }
    }
}

/// Checks an autoscaler of `autoscaling/v1`.
pub(crate) fn autoscaler_v1(object: &v1::HorizontalPodAutoscaler, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let spec = object.spec.clone();
    let path = FieldPath::of(&["spec"]);
    sizes(spec.min_replicas, spec.max_replicas, &path, errors);
    let reference = v2::CrossVersionObjectReference {
        api_version: spec.scale_target_ref.api_version,
        kind: spec.scale_target_ref.kind,
        name: spec.scale_target_ref.name,
    };
    target(&reference, true, &path.child("scaleTargetRef"), errors);
    // The API converts the percentage to a metric before it validates it.
    let at = path.child("metrics").index(0).child("resource").child("target").child("averageUtilization");
    positive(spec.target_cpu_utilization_percentage, &at, errors);
}

fn sizes(least: Option<i32>, most: i32, path: &FieldPath, errors: &mut Errors) {
    let least_path = path.child("minReplicas");
    if let Some(least) = least.filter(|least| *least < 1) {
        errors.invalid(&least_path, least, "must be greater than or equal to 1");
    }
    let path = path.child("maxReplicas");
    match most {
        0 => errors.required(&path, "must be set and greater than 0"),
        ..0 => errors.invalid(&path, most, "must be greater than or equal to 1"),
        _ => {}
    }
    if most < least.unwrap_or(1) {
        errors.invalid(&path, most, "must be greater than or equal to `minReplicas`");
    }
}

/// Checks a reference to an object. The scale target must state its group, a measured object need not.
fn target(
    reference: &v2::CrossVersionObjectReference,
    needs_group: bool,
    path: &FieldPath,
    errors: &mut Errors,
) {
    for (field, text) in [("kind", &reference.kind), ("name", &reference.name)] {
        let path = path.child(field);
        if text.is_empty() {
            errors.required(&path, "");
        } else {
            name::path_segment(text, &path, errors);
        }
    }
    let version = reference.api_version.as_deref().unwrap_or("");
    let path = path.child("apiVersion");
    match version.matches('/').count() {
        0 | 1 => {
            let group = version.split_once('/').map_or("", |(group, _)| group);
            if needs_group && group.is_empty() {
                errors.invalid_text(&path, version, "apiVersion must specify API group");
            }
        }
        _ => {
            errors.invalid_text(&path, version, &format!("unexpected GroupVersion string: {version}"));
        }
    }
}

/// The sources of a metric: field, whether it is given, and type.
fn sources(metric: &v2::MetricSpec) -> [(&'static str, bool, &'static str); 5] {
    [
        ("object", metric.object.is_some(), "Object"),
        ("external", metric.external.is_some(), "External"),
        ("pods", metric.pods.is_some(), "Pods"),
        ("resource", metric.resource.is_some(), "Resource"),
        ("containerResource", metric.container_resource.is_some(), "ContainerResource"),
    ]
}

fn metric(metric: &v2::MetricSpec, path: &FieldPath, errors: &mut Errors) {
    if metric.type_.is_empty() {
        errors.required(&path.child("type"), "must specify a metric source type");
    }
    let types = ["ContainerResource", "External", "Object", "Pods", "Resource"];
    errors.one_of(&path.child("type"), Some(&metric.type_), &types);
    let sources = sources(metric);
    let given: Vec<&str> = sources.iter().filter(|source| source.1).map(|source| source.0).collect();
    if let Some(first) = given.first() {
        source(metric, first, &path.child(first), errors);
    }
    let expected = sources.iter().find(|source| source.2 == metric.type_).map(|source| source.0);
    if let Some(field) = expected.filter(|field| !given.contains(field)) {
        errors.required(&path.child(field), "must populate information for the given metric source");
    }
    if given.len() > 1 {
        for field in given.iter().filter(|field| Some(**field) != expected) {
            errors.forbidden(&path.child(field), "must populate the given metric source only");
        }
    }
}

/// Checks one source; the API does so only for the first that is given.
fn source(metric: &v2::MetricSpec, field: &str, path: &FieldPath, errors: &mut Errors) {
    let value = "must set either a target value for metric or a per-pod target";
    let at = path.child("target");
    if let Some(source) = metric.object.as_ref().filter(|_| field == "object") {
        target(&source.described_object, false, &path.child("describedObject"), errors);
        identifier(&source.metric, path, errors);
        metric_target(&source.target, &at, errors);
        if source.target.value.is_none() && source.target.average_value.is_none() {
            errors.required(&at.child("averageValue"), value);
        }
    }
    if let Some(source) = metric.external.as_ref().filter(|_| field == "external") {
        identifier(&source.metric, path, errors);
        metric_target(&source.target, &at, errors);
        match (&source.target.value, &source.target.average_value) {
            (None, None) => errors.required(&at.child("averageValue"), value),
            (Some(_), Some(_)) => {
                let text = "may not set both a target value for metric and a per-pod target";
                errors.forbidden(&at.child("value"), text);
            }
            _ => {}
        }
    }
    if let Some(source) = metric.pods.as_ref().filter(|_| field == "pods") {
        identifier(&source.metric, path, errors);
        metric_target(&source.target, &at, errors);
        if source.target.average_value.as_ref().is_none_or(|value| !is_positive(value)) {
            errors.required(&at.child("averageValue"), "must specify a positive target averageValue");
        }
    }
    if let Some(source) = metric.resource.as_ref().filter(|_| field == "resource") {
        if source.name.is_empty() {
            errors.required(&path.child("name"), "must specify a resource name");
        }
        resource_target(&source.target, &at, errors);
    }
    if let Some(source) = metric.container_resource.as_ref().filter(|_| field == "containerResource") {
        let container = path.child("container");
        if source.container.is_empty() {
            errors.required(&container, "must specify a container");
        } else {
            name::dns_label(&source.container, &container, errors);
        }
        if source.name.is_empty() {
            errors.required(&path.child("name"), "must specify a resource name");
        } else {
            resources::container_resource(&source.name, &path.child("name"), errors);
        }
        resource_target(&source.target, &at, errors);
    }
}

fn identifier(metric: &v2::MetricIdentifier, source: &FieldPath, errors: &mut Errors) {
    let path = source.child("metric").child("name");
    if metric.name.is_empty() {
        errors.required(&path, "must specify a metric name");
    } else {
        name::path_segment(&metric.name, &path, errors);
    }
}

fn resource_target(target: &v2::MetricTarget, path: &FieldPath, errors: &mut Errors) {
    metric_target(target, path, errors);
    match (target.average_utilization, &target.average_value) {
        (None, None) => {
            let text = "must set either a target raw value or a target utilization";
            errors.required(&path.child("averageUtilization"), text);
        }
        (Some(_), Some(_)) => {
            let text = "may not set both a target raw value and a target utilization";
            errors.forbidden(&path.child("averageValue"), text);
        }
        _ => {}
    }
}

fn metric_target(target: &v2::MetricTarget, path: &FieldPath, errors: &mut Errors) {
    let at = path.child("type");
    if target.type_.is_empty() {
        errors.required(&at, "must specify a metric target type");
    }
    if !["Utilization", "Value", "AverageValue"].contains(&target.type_.as_str()) {
        errors.invalid_text(&at, &target.type_, "must be either Utilization, Value, or AverageValue");
    }
    for (field, value) in [("value", &target.value), ("averageValue", &target.average_value)] {
        if let Some(value) = value.as_ref().filter(|value| !is_positive(value)) {
            errors.invalid_text(&path.child(field), &value.0, "must be positive");
        }
    }
    positive(target.average_utilization, &path.child("averageUtilization"), errors);
}

fn positive(value: Option<i32>, path: &FieldPath, errors: &mut Errors) {
    if let Some(value) = value.filter(|value| *value < 1) {
        errors.invalid(path, value, "must be greater than 0");
    }
}

fn is_positive(written: &ApiQuantity) -> bool {
    Quantity::parse(&written.0).is_ok_and(|quantity| !quantity.is_negative() && !quantity.is_zero())
}

fn rules(rules: &v2::HPAScalingRules, path: &FieldPath, errors: &mut Errors) {
    let at = path.child("stabilizationWindowSeconds");
    match rules.stabilization_window_seconds {
        Some(seconds @ ..0) => errors.invalid(&at, seconds, "must be greater than or equal to zero"),
        Some(seconds) if seconds > LONGEST_WINDOW => {
            errors.invalid(&at, seconds, &format!("must be less than or equal to {LONGEST_WINDOW}"));
        }
        _ => {}
    }
    let select = rules.select_policy.as_deref();
    errors.one_of(&path.child("selectPolicy"), select, &["Disabled", "Max", "Min"]);
    // An absent list is filled with the defaults, an empty one is not.
    if rules.policies.as_ref().is_some_and(Vec::is_empty) {
        errors.required(&path.child("policies"), "must specify at least one Policy");
    }
    for (i, policy) in rules.policies.iter().flatten().enumerate() {
        self::policy(policy, &path.child("policies").index(i), errors);
    }
    if let Some(tolerance) = &rules.tolerance
        && Quantity::parse(&tolerance.0).is_ok_and(Quantity::is_negative)
    {
        errors.invalid_text(&path.child("tolerance"), &tolerance.0, "must be greater than or equal to 0");
    }
}

fn policy(policy: &v2::HPAScalingPolicy, path: &FieldPath, errors: &mut Errors) {
    errors.one_of(&path.child("type"), Some(&policy.type_), &["Percent", "Pods"]);
    if policy.value <= 0 {
        errors.invalid(&path.child("value"), policy.value, "must be greater than zero");
    }
    let (seconds, at) = (policy.period_seconds, path.child("periodSeconds"));
    if seconds <= 0 {
        errors.invalid(&at, seconds, "must be greater than zero");
    }
    if seconds > LONGEST_PERIOD {
        errors.invalid(&at, seconds, &format!("must be less than or equal to {LONGEST_PERIOD}"));
    }
}
