//! From quotas and limit ranges of the API to those of the model.

use super::manifest::Id;
use super::note::Notes;
use super::template::amounts;
use k8s_openapi::api::core::v1::{LimitRange as ApiLimitRange, LimitRangeItem as ApiItem, ResourceQuota};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use measures::units::Quantity;
use simulator::model::{Amounts, Counted, LimitRange, LimitRangeItem, Quota, Resources, Unit};
use std::collections::BTreeMap;

/// A quota; `None`, with a note, if its scopes exclude the pods of a Deployment.
pub(crate) fn quota(id: &Id, api: &ResourceQuota, notes: &mut Notes) -> Option<Quota> {
    let spec = api.spec.clone().unwrap_or_default();
    let scopes = spec.scopes.unwrap_or_default();
    // Pods of a Deployment have no `activeDeadlineSeconds`, so this scope holds for all of them.
    if spec.scope_selector.is_some() || scopes.iter().any(|scope| scope != "NotTerminating") {
        notes.ignored("ResourceQuota", &id.name, "scopes are not simulated", "scopes are not simulated");
        return None;
    }
    let hard = spec.hard.unwrap_or_default();
    let known = |name: &str| Counted::ALL.into_iter().find(|counted| counted.name() == name);
    let limit = |(name, written): (&String, &ApiQuantity)| {
        let counted = known(name)?;
        Some((counted, amount_of(counted, Quantity::parse(&written.0).ok()?)))
    };
    let mut hard: Amounts = hard.iter().filter_map(limit).collect();
    hard.sort_unstable();
    Some(Quota { name: id.name.clone(), hard })
}

/// An amount in the unit of the counted resource.
pub(crate) fn amount_of(counted: Counted, quantity: Quantity) -> i64 {
    match counted.unit() {
        Unit::MilliCores => quantity.milli(),
        Unit::Pieces | Unit::Bytes => quantity.value(),
    }
}

/// A limit range, reduced to its rules for containers and pods.
pub(crate) fn limit_range(id: &Id, api: &ApiLimitRange) -> LimitRange {
    let items = api.spec.iter().flat_map(|spec| &spec.limits);
    let relevant = items.filter(|item| ["Container", "Pod"].contains(&item.type_.as_str()));
    LimitRange { name: id.name.clone(), items: relevant.map(item).collect() }
}

/// One item; an item for whole pods has no defaults.
pub(crate) fn item(api: &ApiItem) -> LimitRangeItem {
    LimitRangeItem {
        per_pod: api.type_ == "Pod",
        min: amounts(api.min.as_ref()),
        max: amounts(api.max.as_ref()),
        default: amounts(api.default.as_ref()),
        default_request: amounts(api.default_request.as_ref()),
        max_ratio_milli: ratios(api.max_limit_request_ratio.as_ref()),
    }
}

/// Ratios in thousandths.
fn ratios(written: Option<&BTreeMap<String, ApiQuantity>>) -> Resources {
    let ratio = |name: &str| Some(Quantity::parse(&written?.get(name)?.0).ok()?.milli());
    Resources {
        cpu_milli: ratio("cpu"),
        memory_bytes: ratio("memory"),
        ephemeral_bytes: ratio("ephemeral-storage"),
    }
}
