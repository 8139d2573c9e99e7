//! Requests and limits.

use super::field::{Errors, Path};
use crate::quantity::Quantity;
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;
use std::collections::BTreeMap;

/// Amounts by resource, as written.
pub(crate) type Amounts = BTreeMap<String, Written>;

/// Checks what a container requests and is limited to.
pub(crate) fn requirements(given: &ResourceRequirements, path: &Path, errors: &mut Errors) {
    let limits = amounts(given.limits.as_ref(), &path.child("limits"), errors);
    let requests_path = path.child("requests");
    let requests = amounts(given.requests.as_ref(), &requests_path, errors);
    for (name, (request, written)) in requests {
        if let Some((limit, limit_written)) = limits.get(name)
            && request > *limit
        {
            let text = format!("must be less than or equal to {name} limit of {limit_written}");
            errors.invalid_text(&requests_path, written, &text);
        }
    }
}

/// Checks names and amounts, and returns the amounts.
fn amounts<'a>(
    given: Option<&'a Amounts>,
    path: &Path,
    errors: &mut Errors,
) -> BTreeMap<&'a str, (Quantity, &'a str)> {
    let mut parsed = BTreeMap::new();
    for (name, written) in given.into_iter().flatten() {
        let path = path.key(name);
        if !known(name) {
            errors.invalid_text(&path, name, "must be a standard resource for containers");
        }
        if let Some(quantity) = quantity(written, &path, errors) {
            parsed.insert(name.as_str(), (quantity, written.0.as_str()));
        }
    }
    parsed
}

/// Resources of containers: the native ones, and whatever has a vendor's prefix.
fn known(name: &str) -> bool {
    ["cpu", "memory", "ephemeral-storage"].contains(&name)
        || name.starts_with("hugepages-")
        || name.contains('/')
}

/// An amount that is well formed and not negative.
pub(crate) fn quantity(written: &Written, path: &Path, errors: &mut Errors) -> Option<Quantity> {
    match Quantity::parse(&written.0) {
        Ok(quantity) => {
            if quantity.is_negative() {
                errors.invalid_text(path, &written.0, "must be greater than or equal to 0");
            }
            Some(quantity)
        }
        Err(reason) => {
            errors.invalid_text(path, &written.0, reason);
            None
        }
    }
}
