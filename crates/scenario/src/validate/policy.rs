//! `ResourceQuota`s and `LimitRange`s.

use super::field::{Errors, FieldPath};
use super::name;
use super::resources::{self, ApiAmounts};
use super::{metadata, metadata_of};
use k8s_openapi::api::core::v1::{
    LimitRange, LimitRangeItem, ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use measures::units::{Quantity, quantity};
use std::collections::{BTreeMap, BTreeSet};

/// Scopes of quotas.
const SCOPES: [&str; 7] = [
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
];
/// Scopes that exclude each other.
const OPPOSITES: [[&str; 2]; 2] = [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]];
/// Resources of pods, to which most scopes apply.
const OF_PODS: [&str; 7] =
    ["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
/// Resources of claims.
const OF_CLAIMS: [&str; 2] = ["persistentvolumeclaims", "requests.storage"];

/// Checks a `ResourceQuota`.
pub(crate) fn resource_quota(object: &ResourceQuota, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let spec = object.spec.clone().unwrap_or_default();
    let path = FieldPath::of(&["spec"]);
    for (name, written) in spec.hard.iter().flatten() {
        let path = path.child("hard").key(name);
        resources::quota_resource(name, &path, errors);
        let counted = name.starts_with("count/");
        if let Some(quantity) = resources::quantity(name, written, &path, errors)
            && counted
            && quantity.milli() % 1000 != 0
        {
            errors.invalid_text(&path, &written.0, "must be an integer");
        }
    }
    scopes(&spec, &path.child("scopes"), errors);
    scope_selector(&spec, &path.child("scopeSelector").child("matchExpressions"), errors);
}

fn scopes(spec: &ResourceQuotaSpec, path: &FieldPath, errors: &mut Errors) {
    let given: Vec<&str> = spec.scopes.iter().flatten().map(String::as_str).collect();
    for scope in &given {
        if !SCOPES.contains(scope) {
            errors.invalid(path, format_args!("{given:?}"), "unsupported scope");
        }
        applies(spec, scope, &given, path, errors);
    }
    opposites(&given, path, errors);
}

/// Checks that a scope applies to all resources of the quota.
fn applies(spec: &ResourceQuotaSpec, scope: &str, given: &[&str], path: &FieldPath, errors: &mut Errors) {
    let known = |name: &str| match scope {
        "BestEffort" => name == "pods",
        "VolumeAttributesClass" => OF_CLAIMS.contains(&name),
        _ => OF_PODS.contains(&name),
    };
    for name in spec.hard.iter().flatten().map(|(name, _)| name.as_str()) {
        if !name.contains('/') && !known(name) {
            errors.invalid(path, format_args!("{given:?}"), "unsupported scope applied to resource");
        }
    }
}

fn opposites(given: &[&str], path: &FieldPath, errors: &mut Errors) {
    for pair in OPPOSITES {
        if pair.iter().all(|scope| given.contains(scope)) {
            errors.invalid(path, format_args!("{given:?}"), "conflicting scopes");
        }
    }
}

fn scope_selector(spec: &ResourceQuotaSpec, path: &FieldPath, errors: &mut Errors) {
    let selector =
        spec.scope_selector.iter().flat_map(|selector| selector.match_expressions.iter().flatten());
    let requirements: Vec<&ScopedResourceSelectorRequirement> = selector.collect();
    let given: Vec<&str> = requirements.iter().map(|requirement| requirement.scope_name.as_str()).collect();
    for requirement in requirements {
        let scope = requirement.scope_name.as_str();
        if !SCOPES.contains(&scope) {
            errors.invalid_text(&path.child("scopeName"), scope, "unsupported scope");
        }
        applies(spec, scope, &given, path, errors);
        let operator = requirement.operator.as_str();
        let only_exists =
            !["PriorityClass", "VolumeAttributesClass"].contains(&scope) && SCOPES.contains(&scope);
        if only_exists && operator != "Exists" {
            let text = "must be 'Exist' only operator when scope is any of ResourceQuotaScopeTerminating, \
                        ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, \
                        ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            errors.invalid_text(&path.child("operator"), operator, text);
        }
        let values = requirement.values.as_deref().unwrap_or_default();
        match operator {
            "In" | "NotIn" if values.is_empty() => {
                let text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                errors.required(&path.child("values"), text);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let text =
                    "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector";
                errors.invalid(&path.child("values"), format_args!("{values:?}"), text);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => errors.invalid_text(&path.child("operator"), operator, "not a valid selector operator"),
        }
    }
    opposites(&given, path, errors);
}

/// Checks a `LimitRange`.
pub(crate) fn limit_range(object: &LimitRange, errors: &mut Errors) {
    // The API generates a missing name.
    let has_name = object.metadata.name.as_deref().is_some_and(|name| !name.is_empty());
    let made_up = ObjectMeta { name: Some("made-up".to_owned()), ..object.metadata.clone() };
    metadata_of(if has_name { &object.metadata } else { &made_up }, name::dns_subdomain, errors);
    let mut types = BTreeSet::new();
    let items = object.spec.iter().flat_map(|spec| &spec.limits);
    for (i, item) in items.enumerate() {
        let path = FieldPath::of(&["spec", "limits"]).index(i);
        let kind = item.type_.as_str();
        if !name::is_qualified_name(kind) {
            name::qualified(kind, &path.child("type"), errors);
        } else if !kind.contains('/') && !["Pod", "Container", "PersistentVolumeClaim"].contains(&kind) {
            errors.invalid_text(
                &path.child("type"),
                kind,
                "must be a standard limit type or fully qualified",
            );
        }
        if !types.insert(kind) {
            errors.duplicate(&path.child("type"), kind);
        }
        limits(item, &path, errors);
    }
}

fn limits(item: &LimitRangeItem, path: &FieldPath, errors: &mut Errors) {
    let of_pods = item.type_ == "Pod";
    let defaults = [("default", &item.default), ("defaultRequest", &item.default_request)];
    for (field, given) in defaults {
        if of_pods && given.as_ref().is_some_and(|map| !map.is_empty()) {
            errors.forbidden(&path.child(field), "may not be specified when `type` is 'Pod'");
        }
    }
    let fields = [
        ("max", &item.max),
        ("min", &item.min),
        ("default", &item.default),
        ("defaultRequest", &item.default_request),
        ("maxLimitRequestRatio", &item.max_limit_request_ratio),
    ];
    let mut names: BTreeSet<&String> = BTreeSet::new();
    for (field, amounts) in fields {
        if of_pods && field.starts_with("default") {
            continue;
        }
        for name in amounts.iter().flat_map(BTreeMap::keys) {
            let path = path.child(field).key(name);
            if ["Pod", "Container"].contains(&item.type_.as_str()) {
                resources::container_resource(name, &path, errors);
            } else {
                resources::any_resource(name, &path, errors);
            }
            names.insert(name);
        }
    }
    let has_storage =
        |amounts: &Option<ApiAmounts>| amounts.as_ref().is_some_and(|map| map.contains_key("storage"));
    if item.type_ == "PersistentVolumeClaim" && !has_storage(&item.min) && !has_storage(&item.max) {
        let text = "either minimum or maximum storage value is required, but neither was provided";
        errors.required(&path.child("limits"), text);
    }
    for name in names {
        order(item, name, path, errors);
    }
}

/// An amount of one field, and how the API prints it.
struct FieldAmount {
    field: &'static str,
    words: &'static str,
    value: Quantity,
    printed: String,
}

/// min <= default request <= default <= max.
fn order(item: &LimitRangeItem, name: &str, path: &FieldPath, errors: &mut Errors) {
    let amount = |field, words, amounts: &Option<ApiAmounts>| {
        let written = &amounts.as_ref()?.get(name)?.0;
        let (value, printed) = (Quantity::parse(written).ok()?, quantity::printed(written).ok()?);
        Some(FieldAmount { field, words, value, printed })
    };
    let of_pods = item.type_ == "Pod";
    let default_of = |words| amount("default", words, &item.default).filter(|_| !of_pods);
    let min = amount("min", "min value", &item.min);
    let max = amount("max", "max value", &item.max);
    let default = default_of("default value");
    let limit = default_of("default limit value");
    let request = amount("defaultRequest", "default request value", &item.default_request);
    let request = request.filter(|_| !of_pods);
    // The field of the error, the smaller and the larger amount.
    let rules = [
        ("min", &min, &max),
        ("defaultRequest", &min, &request),
        ("defaultRequest", &request, &max),
        ("defaultRequest", &request, &limit),
        ("default", &min, &default),
        ("default", &default, &max),
    ];
    for (blamed, low, high) in rules {
        if let (Some(low), Some(high)) = (low, high)
            && low.value > high.value
        {
            let shown = if blamed == low.field { &low.printed } else { &high.printed };
            let text =
                format!("{} {} is greater than {} {}", low.words, low.printed, high.words, high.printed);
            errors.invalid_text(&path.child(blamed).key(name), shown, &text);
        }
    }
    let ratio = amount("maxLimitRequestRatio", "ratio", &item.max_limit_request_ratio);
    if let Some(ratio) = &ratio {
        self::ratio(ratio, min.as_ref(), max.as_ref(), &path.child(ratio.field).key(name), errors);
    }
    if let (Some(default), Some(request)) = (&default, &request)
        && !resources::overcommits(name)
        && default.value != request.value
    {
        let text = format!(
            "default value {} must equal to defaultRequest value {} in {name}",
            default.printed, request.printed
        );
        errors.invalid_text(&path.child("default").key(name), &default.printed, &text);
    }
}

/// The largest ratio of limits to requests.
fn ratio(
    ratio: &FieldAmount,
    min: Option<&FieldAmount>,
    max: Option<&FieldAmount>,
    path: &FieldPath,
    errors: &mut Errors,
) {
    /// Amounts below this one fit into thousandths.
    const LARGEST: i64 = i64::MAX / 1000;
    let shown = &ratio.printed;
    if ratio.value.milli() < 1000 {
        errors.invalid_text(path, shown, &format!("ratio {shown} is less than 1"));
    }
    let (Some(min), Some(max)) = (min, max) else { return };
    let fine = [ratio, min, max].iter().all(|amount| amount.value.value() < LARGEST);
    let number = |amount: &FieldAmount| if fine { amount.value.milli() } else { amount.value.value() };
    let asked = number(ratio) as f64 / if fine { 1000.0 } else { 1.0 };
    let most = number(max) as f64 / number(min) as f64;
    if asked > most {
        errors.invalid_text(path, shown, &format!("ratio {shown} is greater than max/min = {most:.6}"));
    }
}
