//! From the spec of a `HorizontalPodAutoscaler` (`autoscaling/v2`) to the input of the controller's decisions.

use controller::autoscaler::{
    BehaviorAsWritten, Metric, MetricName, ObjectReference, Policy, PolicyKind, ResourceName, ResourceTarget,
    RulesAsWritten, SelectPolicy, SpecAsWritten, ValueTarget, tolerance,
};
use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscalerSpec,
    MetricIdentifier, MetricSpec, MetricTarget,
};
use k8s_openapi::apimachinery::pkg::api::resource;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use measures::units::{Quantity, QuantityError};
use thiserror::Error;

/// A field of an autoscaler that the input of the decisions cannot represent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}: {reason}")]
pub struct TranslationError {
    /// The path of the field.
    pub path: String,
    /// Why it cannot be represented.
    pub reason: Untranslatable,
}

/// Why a field cannot be represented.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Untranslatable {
    /// It is required and absent.
    #[error("is absent")]
    Absent,
    /// The source of a metric of this type is absent.
    #[error("the metric source is absent")]
    NoSource,
    /// A word that the API does not have.
    #[error("`{0}` is not known")]
    UnknownWord(String),
    /// It is not a quantity.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
}

impl TranslationError {
    fn new(path: impl Into<String>, reason: impl Into<Untranslatable>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    fn unknown_word(path: &str, word: &str) -> Self {
        Self::new(path, Untranslatable::UnknownWord(word.to_owned()))
    }

    /// The same error with the path of the parent in front.
    fn below(self, parent: impl std::fmt::Display) -> Self {
        Self { path: format!("{parent}.{}", self.path), ..self }
    }
}

/// Translates a spec. A spec that validation rejects is an error only where the decisions cannot represent it.
///
/// # Errors
/// The path of the first field that cannot be translated, and why.
pub fn autoscaler(spec: &HorizontalPodAutoscalerSpec) -> Result<SpecAsWritten, TranslationError> {
    let metrics = spec.metrics.iter().flatten().enumerate().map(|(index, metric)| {
        metric_of(metric).map_err(|error| error.below(format_args!("spec.metrics[{index}]")))
    });
    let rules = |rules: Option<&HPAScalingRules>, direction: &str| {
        let rules = rules.map(rules_of).transpose();
        rules.map_err(|error| error.below(format_args!("spec.behavior.{direction}")))
    };
    let behavior = spec.behavior.as_ref().map(|behavior| {
        Ok::<_, TranslationError>(BehaviorAsWritten {
            up: rules(behavior.scale_up.as_ref(), "scaleUp")?,
            down: rules(behavior.scale_down.as_ref(), "scaleDown")?,
        })
    });
    Ok(SpecAsWritten {
        min_replicas: spec.min_replicas,
        max_replicas: spec.max_replicas,
        metrics: metrics.collect::<Result<_, _>>()?,
        behavior: behavior.transpose()?,
    })
}

fn metric_of(metric: &MetricSpec) -> Result<Metric, TranslationError> {
    let absent = || TranslationError::new(&metric.type_, Untranslatable::NoSource);
    match metric.type_.as_str() {
        "Resource" => {
            let source = metric.resource.as_ref().ok_or_else(absent)?;
            let target = resource_target(&source.target).map_err(|error| error.below("resource"))?;
            Ok(Metric::Resource { resource: ResourceName::new(&source.name), target })
        }
        "ContainerResource" => {
            let source = metric.container_resource.as_ref().ok_or_else(absent)?;
            let target = resource_target(&source.target).map_err(|error| error.below("containerResource"))?;
            let (resource, container) = (ResourceName::new(&source.name), source.container.clone());
            Ok(Metric::ContainerResource { resource, container, target })
        }
        "Pods" => {
            let source = metric.pods.as_ref().ok_or_else(absent)?;
            let average = source.target.average_value.as_ref();
            let average = milli(average, "target.averageValue").map_err(|error| error.below("pods"))?;
            Ok(Metric::Pods { metric: metric_name(&source.metric), average })
        }
        "Object" => {
            let source = metric.object.as_ref().ok_or_else(absent)?;
            // For object metrics the type decides; for the others an average value wins where it is present.
            let averaged = source.target.type_ == "AverageValue";
            let target = value_target(&source.target, averaged).map_err(|error| error.below("object"))?;
            let object = reference(&source.described_object);
            Ok(Metric::Object { metric: metric_name(&source.metric), object, target })
        }
        "External" => {
            let source = metric.external.as_ref().ok_or_else(absent)?;
            let averaged = source.target.average_value.is_some();
            let target = value_target(&source.target, averaged).map_err(|error| error.below("external"))?;
            Ok(Metric::External { metric: metric_name(&source.metric), target })
        }
        other => Err(TranslationError::unknown_word("type", other)),
    }
}

fn resource_target(target: &MetricTarget) -> Result<ResourceTarget, TranslationError> {
    if target.average_value.is_some() {
        let average = milli(target.average_value.as_ref(), "target.averageValue")?;
        return Ok(ResourceTarget::AverageValue(average));
    }
    let absent = || TranslationError::new("target.averageUtilization", Untranslatable::Absent);
    Ok(ResourceTarget::Utilization(target.average_utilization.ok_or_else(absent)?))
}

fn value_target(target: &MetricTarget, averaged: bool) -> Result<ValueTarget, TranslationError> {
    let (field, value) =
        if averaged { ("averageValue", &target.average_value) } else { ("value", &target.value) };
    let value = milli(value.as_ref(), &format!("target.{field}"))?;
    Ok(if averaged { ValueTarget::AverageValue(value) } else { ValueTarget::Value(value) })
}

/// The quantity of the field at `path` in thousandths.
fn milli(quantity: Option<&resource::Quantity>, path: &str) -> Result<i64, TranslationError> {
    let written = quantity.ok_or_else(|| TranslationError::new(path, Untranslatable::Absent))?;
    Quantity::parse(&written.0).map(Quantity::milli).map_err(|error| TranslationError::new(path, error))
}

fn reference(object: &CrossVersionObjectReference) -> ObjectReference {
    ObjectReference {
        api_version: object.api_version.clone().unwrap_or_default(),
        kind: object.kind.clone(),
        name: object.name.clone(),
    }
}

fn metric_name(metric: &MetricIdentifier) -> MetricName {
    MetricName { name: metric.name.clone(), selector: metric.selector.as_ref().map(selector_text) }
}

/// A selector as Go prints it in the controller's messages
/// (`LabelSelector.String`, `staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/generated.pb.go`).
fn selector_text(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().flatten();
    let labels: Vec<String> = labels.map(|(key, value)| format!("{key}: {value},")).collect();
    let expressions = selector.match_expressions.iter().flatten();
    let expressions: Vec<String> = expressions
        .map(|expression| {
            let values = expression.values.as_deref().unwrap_or_default().join(" ");
            let (key, operator) = (&expression.key, &expression.operator);
            format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{values}],}},")
        })
        .collect();
    let (labels, expressions) = (labels.concat(), expressions.concat());
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}

fn rules_of(rules: &HPAScalingRules) -> Result<RulesAsWritten, TranslationError> {
    let select = rules.select_policy.as_deref().map(|name| match name {
        "Max" => Ok(SelectPolicy::Max),
        "Min" => Ok(SelectPolicy::Min),
        "Disabled" => Ok(SelectPolicy::Disabled),
        other => Err(TranslationError::unknown_word("selectPolicy", other)),
    });
    let policies = rules.policies.as_ref().map(|policies| {
        let policies = policies.iter().enumerate();
        let policies = policies.map(|(index, policy)| {
            policy_of(policy).map_err(|error| error.below(format_args!("policies[{index}]")))
        });
        policies.collect::<Result<Vec<_>, _>>()
    });
    let tolerance = rules.tolerance.as_ref().map(|quantity| match Quantity::parse(&quantity.0) {
        Ok(quantity) => Ok(tolerance(quantity.nano())),
        Err(error) => Err(TranslationError::new("tolerance", error)),
    });
    Ok(RulesAsWritten {
        stabilization_window: rules.stabilization_window_seconds,
        select: select.transpose()?,
        policies: policies.transpose()?,
        tolerance: tolerance.transpose()?,
    })
}

fn policy_of(policy: &HPAScalingPolicy) -> Result<Policy, TranslationError> {
    let kind = match policy.type_.as_str() {
        "Pods" => PolicyKind::Pods,
        "Percent" => PolicyKind::Percent,
        other => return Err(TranslationError::unknown_word("type", other)),
    };
    Ok(Policy { kind, value: policy.value, period: policy.period_seconds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(spec: serde_json::Value) -> Result<SpecAsWritten, TranslationError> {
        autoscaler(&serde_json::from_value(spec).expect("a spec"))
    }

    #[test]
    fn a_selector_reads_as_go_prints_it() {
        let spec = read(json!({"maxReplicas": 3, "metrics": [{"type": "External", "external": {
            "metric": {"name": "queue", "selector": {"matchLabels": {"a": "b"}, "matchExpressions": [
                {"key": "c", "operator": "In", "values": ["d", "e"]}]}},
            "target": {"type": "Value", "value": "30"}}}]}));
        let metric = &spec.expect("a spec that can be translated").metrics[0];
        assert_eq!(
            metric.description(),
            "external metric queue(&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:\
             []LabelSelectorRequirement{LabelSelectorRequirement{Key:c,Operator:In,Values:[d e],},},})"
        );
    }

    /// The type decides for an object metric only.
    #[test]
    fn the_target_is_the_one_that_the_controller_looks_at() {
        let target = json!({"type": "Value", "value": "2", "averageValue": "100m"});
        let spec = read(json!({"maxReplicas": 3, "metrics": [
            {"type": "External", "external": {"metric": {"name": "q"}, "target": target}},
            {"type": "Object", "object": {"metric": {"name": "q"}, "target": target,
                "describedObject": {"kind": "Service", "name": "web"}}},
            {"type": "Resource", "resource": {"name": "cpu", "target":
                {"type": "Utilization", "averageUtilization": 50, "averageValue": "1"}}},
        ]}));
        let metrics = spec.expect("a spec that can be translated").metrics;
        let target = |metric: &Metric| match metric {
            Metric::External { target, .. } | Metric::Object { target, .. } => Some(*target),
            _ => None,
        };
        assert_eq!(target(&metrics[0]), Some(ValueTarget::AverageValue(100)));
        assert_eq!(target(&metrics[1]), Some(ValueTarget::Value(2000)));
        let expected =
            Metric::Resource { resource: ResourceName::Cpu, target: ResourceTarget::AverageValue(1000) };
        assert_eq!(metrics[2], expected);
    }

    #[test]
    fn what_cannot_be_translated_is_named_with_its_path() {
        for (spec, expected) in [
            (json!({"metrics": [{"type": "Gauge"}]}), "spec.metrics[0].type: `Gauge` is not known"),
            (json!({"metrics": [{"type": "Pods"}]}), "spec.metrics[0].Pods: the metric source is absent"),
            (
                json!({"behavior": {"scaleUp": {"policies": [{"type": "Nodes"}]}}}),
                "spec.behavior.scaleUp.policies[0].type: `Nodes` is not known",
            ),
            (
                json!({"behavior": {"scaleDown": {"selectPolicy": "Any"}}}),
                "spec.behavior.scaleDown.selectPolicy: `Any` is not known",
            ),
        ] {
            assert_eq!(read(spec).map_err(|error| error.to_string()), Err(expected.to_owned()));
        }
    }
}
