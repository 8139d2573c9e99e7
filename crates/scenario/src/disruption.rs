//! From disruption budgets of the API to those of the model.

use super::manifest::Id;
use super::note::Notes;
use super::validate;
use controller::api::IntOrPercent;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector as ApiSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use simulator::model::{DisruptionBudget, LabelRequirement, LabelSelector};

/// A budget; `None`, with a note, if it has no selector and so matches no pod.
pub(crate) fn budget(id: &Id, api: &PodDisruptionBudget, notes: &mut Notes) -> Option<DisruptionBudget> {
    let spec = api.spec.clone().unwrap_or_default();
    let Some(selector) = spec.selector else {
        let [one, many] = ["it is", "they are"].map(|are| format!("without a selector {are} about no pod"));
        notes.ignored("PodDisruptionBudget", &id.name, &one, &many);
        return None;
    };
    let limit = |value: IntOrString| match value {
        IntOrString::Int(count) => IntOrPercent::Int(count),
        percent @ IntOrString::String(_) => IntOrPercent::Percent(validate::number(&percent).unwrap_or(0)),
    };
    Some(DisruptionBudget {
        name: id.name.clone(),
        selector: convert(&selector),
        min_available: spec.min_available.map(limit),
        max_unavailable: spec.max_unavailable.map(limit),
        always_evicts_unhealthy: spec.unhealthy_pod_eviction_policy.as_deref() == Some("AlwaysAllow"),
    })
}

fn convert(api: &ApiSelector) -> LabelSelector {
    let labels = api.match_labels.iter().flatten().map(|(key, value)| (key.clone(), value.clone()));
    let requirements = api.match_expressions.iter().flatten().map(|api| LabelRequirement {
        key: api.key.clone(),
        values: matches!(api.operator.as_str(), "In" | "NotIn")
            .then(|| api.values.clone().unwrap_or_default()),
        negated: matches!(api.operator.as_str(), "NotIn" | "DoesNotExist"),
    });
    LabelSelector { labels: labels.collect(), requirements: requirements.collect() }
}
