//! Names and amounts of resources, requests and limits.

use super::field::{Errors, FieldPath};
use super::name;
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use measures::units::{Quantity, quantity};
use std::collections::{BTreeMap, BTreeSet};

/// Amounts by resource, as written.
pub(crate) type ApiAmounts = BTreeMap<String, ApiQuantity>;

const HUGE_PAGES: &str = "hugepages-";

/// Resources of containers and of quotas that have no prefix (`pkg/apis/core/helper`).
const STANDARD: [&str; 21] = [
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
    "storage",
    "limits.storage",
];

/// Resources that are counted in whole pieces.
const COUNTED: [&str; 9] = [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];

/// Checks requests and limits of a container. `claims`: the names of the pod's resource claims.
pub(crate) fn requirements(
    given: &ResourceRequirements,
    claims: &BTreeSet<&str>,
    path: &FieldPath,
    errors: &mut Errors,
) {
    let (limits_path, requests_path) = (path.child("limits"), path.child("requests"));
    let limits = amounts(given.limits.as_ref(), &limits_path, errors);
    let requests = amounts(given.requests.as_ref(), &requests_path, errors);
    for (name, request) in &requests {
        let overcommits = overcommits(name);
        match limits.get(name) {
            Some(limit) if !overcommits && request.value != limit.value => {
                let text = format!("must be equal to {name} limit of {}", limit.printed);
                errors.invalid_text(&requests_path, &request.printed, &text);
            }
            Some(limit) if request.value > limit.value => {
                let text = format!("must be less than or equal to {name} limit of {}", limit.printed);
                errors.invalid_text(&requests_path, &request.printed, &text);
            }
            None if !overcommits => {
                errors.required(&limits_path, "Limit must be set for non overcommitable resources");
            }
            _ => {}
        }
    }
    let has = |wanted: fn(&str) -> bool| limits.keys().chain(requests.keys()).any(|name| wanted(name));
    if has(|name| name.starts_with(HUGE_PAGES)) && !has(|name| ["cpu", "memory"].contains(&name)) {
        errors.forbidden(path, "HugePages require cpu or memory");
    }
    for (i, claim) in given.claims.iter().flatten().enumerate() {
        if !claims.contains(claim.name.as_str()) {
            errors.not_found(&path.child("claims").index(i).child("name"), &claim.name);
        }
    }
}

/// An amount, and how the API prints it.
struct PrintedAmount {
    value: Quantity,
    printed: String,
}

/// Checks names and amounts, and returns the amounts.
fn amounts<'a>(
    given: Option<&'a ApiAmounts>,
    path: &FieldPath,
    errors: &mut Errors,
) -> BTreeMap<&'a str, PrintedAmount> {
    let mut parsed = BTreeMap::new();
    for (name, written) in given.into_iter().flatten() {
        let path = path.key(name);
        container_resource(name, &path, errors);
        let Some(value) = quantity(name, written, &path, errors) else { continue };
        if let Some(size) = page_size(name)
            && value.value() % size != 0
        {
            let shown = quantity::printed(&written.0).unwrap_or_default();
            let text = format!("{shown} is not positive integer multiple of {name}");
            errors.invalid_text(&path, &shown, &text);
        }
        let printed = quantity::printed(&written.0).unwrap_or_default();
        parsed.insert(name.as_str(), PrintedAmount { value, printed });
    }
    parsed
}

/// The size in bytes of the pages of `hugepages-2Mi`.
fn page_size(name: &str) -> Option<i64> {
    let size = Quantity::parse(name.strip_prefix(HUGE_PAGES)?).ok()?.value();
    (size > 0).then_some(size)
}

/// Checks the name of any resource; returns whether it is well formed.
fn resource(name: &str, path: &FieldPath, errors: &mut Errors) {
    if !name::is_qualified_name(name) {
        name::qualified(name, path, errors);
    } else if !name.contains('/') && !is_standard(name) {
        errors.invalid_text(path, name, "must be a standard resource type or fully qualified");
    }
}

/// The name of a resource of a container.
pub(crate) fn container_resource(name: &str, path: &FieldPath, errors: &mut Errors) {
    resource(name, path, errors);
    if !name.contains('/') {
        let known = ["cpu", "memory", "ephemeral-storage"].contains(&name) || name.starts_with(HUGE_PAGES);
        if !known {
            errors.invalid_text(path, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid_text(path, name, "doesn't follow extended resource name standard");
    }
}

/// The name of a resource that a quota limits.
pub(crate) fn quota_resource(name: &str, path: &FieldPath, errors: &mut Errors) {
    resource(name, path, errors);
    let known = is_standard(name) && !["storage", "limits.storage"].contains(&name);
    if !name.contains('/') && !known {
        errors.invalid_text(path, name, "must be a standard resource for quota");
    }
}

/// The name of a resource of a `LimitRange` for claims.
pub(crate) fn any_resource(name: &str, path: &FieldPath, errors: &mut Errors) {
    resource(name, path, errors);
}

fn is_standard(name: &str) -> bool {
    let huge = ["", "requests."]
        .iter()
        .any(|prefix| name.strip_prefix(prefix).is_some_and(|name| name.starts_with(HUGE_PAGES)));
    STANDARD.contains(&name) || huge
}

/// Native resources of Kubernetes.
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Extended resources.
fn is_extended(name: &str) -> bool {
    !is_native(name) && !name.starts_with("requests.") && name::is_qualified_name(&format!("requests.{name}"))
}

/// Whether limits may exceed requests.
pub(crate) fn overcommits(name: &str) -> bool {
    is_native(name) && !name.starts_with(HUGE_PAGES)
}

/// An amount that is not negative, and whole if the resource is counted.
pub(crate) fn quantity(
    name: &str,
    written: &ApiQuantity,
    path: &FieldPath,
    errors: &mut Errors,
) -> Option<Quantity> {
    // A text that is not a quantity was reported when it was read.
    let quantity = Quantity::parse(&written.0).ok()?;
    let printed = || quantity::printed(&written.0).unwrap_or_default();
    if quantity.is_negative() {
        errors.invalid_text(path, &printed(), "must be greater than or equal to 0");
    }
    let is_counted = COUNTED.contains(&name) || is_extended(name);
    if is_counted && quantity.milli() % 1000 != 0 {
        errors.invalid_text(path, &printed(), "must be an integer");
    }
    Some(quantity)
}
