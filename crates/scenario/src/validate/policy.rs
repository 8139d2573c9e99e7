//! `ResourceQuota`s and `LimitRange`s.

use super::field::{Errors, Path};
use super::metadata;
use super::resources::{self, Amounts};
use crate::quantity::Quantity;
use k8s_openapi::api::core::v1::{LimitRange, LimitRangeItem, ResourceQuota};
use std::collections::BTreeSet;

const QUOTA_RESOURCES: [&str; 18] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
];

/// Quota resources that are counts.
const COUNTED: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
];

/// Checks a `ResourceQuota`.
pub(crate) fn resource_quota(object: &ResourceQuota, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let path = Path::of(&["spec", "hard"]);
    let hard = object.spec.as_ref().and_then(|spec| spec.hard.as_ref());
    for (name, written) in hard.into_iter().flatten() {
        let path = path.key(name);
        let prefixed = name.contains('/') || name.contains("hugepages-") || name == "services.loadbalancers";
        if !QUOTA_RESOURCES.contains(&name.as_str()) && !prefixed {
            errors.invalid_text(&path, name, "must be a standard resource for quota");
        }
        let counted = COUNTED.contains(&name.as_str()) || name.starts_with("count/");
        if let Some(quantity) = resources::quantity(written, &path, errors)
            && counted
            && !quantity.is_whole()
        {
            errors.invalid_text(&path, &written.0, "must be an integer");
        }
    }
}

/// Checks a `LimitRange`.
pub(crate) fn limit_range(object: &LimitRange, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let mut types = BTreeSet::new();
    let items = object.spec.iter().flat_map(|spec| &spec.limits);
    for (i, item) in items.enumerate() {
        let path = Path::of(&["spec", "limits"]).index(i);
        if item.type_.is_empty() {
            errors.required(&path.child("type"), "");
        } else if !types.insert(item.type_.as_str()) {
            errors.duplicate(&path.child("type"), &item.type_);
        }
        if item.type_ == "Pod" {
            let text = "may not be specified when `type` is 'Pod'";
            for (field, given) in [("default", &item.default), ("defaultRequest", &item.default_request)] {
                if given.as_ref().is_some_and(|map| !map.is_empty()) {
                    errors.forbidden(&path.child(field), text);
                }
            }
        }
        limits(item, &path, errors);
    }
}

fn limits(item: &LimitRangeItem, path: &Path, errors: &mut Errors) {
    let fields = [
        ("min", &item.min),
        ("max", &item.max),
        ("default", &item.default),
        ("defaultRequest", &item.default_request),
        ("maxLimitRequestRatio", &item.max_limit_request_ratio),
    ];
    let mut names: BTreeSet<&String> = BTreeSet::new();
    for (field, amounts) in fields {
        for (name, written) in amounts.iter().flatten() {
            resources::quantity(written, &path.child(field).key(name), errors);
            names.insert(name);
        }
    }
    for name in names {
        order(item, name, path, errors);
    }
}

/// min <= default request <= default <= max.
fn order(item: &LimitRangeItem, name: &str, path: &Path, errors: &mut Errors) {
    let amount = |amounts: &Option<Amounts>| {
        let written = &amounts.as_ref()?.get(name)?.0;
        Some((Quantity::parse(written).ok()?, written.clone()))
    };
    let named = |field: &'static str, word: &'static str, amounts| (field, word, amount(amounts));
    let min = named("min", "min value", &item.min);
    let max = named("max", "max value", &item.max);
    let default = named("default", "default value", &item.default);
    let request = named("defaultRequest", "default request value", &item.default_request);
    let limit = ("default", "default limit value", default.2.clone());
    // The field that is blamed, the smaller and the larger one.
    let rules = [
        ("min", &min, &max),
        ("defaultRequest", &min, &request),
        ("defaultRequest", &request, &max),
        ("defaultRequest", &request, &limit),
        ("default", &min, &default),
        ("default", &default, &max),
    ];
    for (blamed, low, high) in rules {
        if let (Some((low_amount, low_text)), Some((high_amount, high_text))) = (&low.2, &high.2)
            && low_amount > high_amount
        {
            let shown = if blamed == low.0 { low_text } else { high_text };
            let text = format!("{} {low_text} is greater than {} {high_text}", low.1, high.1);
            errors.invalid_text(&path.child(blamed).key(name), shown, &text);
        }
    }
    if let Some((ratio, text)) = amount(&item.max_limit_request_ratio)
        && ratio.milli() < 1000
    {
        let path = path.child("maxLimitRequestRatio").key(name);
        errors.invalid_text(&path, &text, &format!("ratio {text} is less than 1"));
    }
}
