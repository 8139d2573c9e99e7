//! The effect of `kubectl apply` on a workload: from manifests and the stored spec to the new spec.

use super::manifest::{Objects, Workload};
use super::merge::three_way;
use super::template;
use super::yaml::{Entry, Node, Value};
use crate::diagnostic::{Diagnostics, Place, Source};
use controller::api::{IntOrPercent, Strategy};
use serde_json::{Number, Value as Json, json};
use simulator::model::WorkloadSpec;
use std::sync::Arc;

/// A manifest as JSON, as the annotation `kubectl.kubernetes.io/last-applied-configuration` keeps it.
pub(crate) fn text_of(node: &Node) -> Arc<str> {
    to_json(node).to_string().into()
}

/// The spec of a workload with this number of replicas.
pub(crate) fn spec_of(workload: &Workload, replicas: i32) -> WorkloadSpec {
    WorkloadSpec {
        replicas,
        min_ready_seconds: workload.min_ready_seconds,
        template: workload.template.clone(),
        deployment: workload.deployment,
    }
}

/// The stored spec after `kubectl apply` of the manifest `now`, with the API's defaults applied.
///
/// # Errors
/// The error of the API server for the merged object.
pub(crate) fn merge(last: &str, now: &str, live: &WorkloadSpec) -> Result<WorkloadSpec, String> {
    let parse = |text| serde_json::from_str::<Json>(text).map_err(|error| error.to_string());
    let (last, now) = (parse(last)?, parse(now)?);
    read(&three_way(&last, &now, &stored(&last, live)))
}

/// Reads an object as from a file.
fn read(object: &Json) -> Result<WorkloadSpec, String> {
    let place = Place::new(&Source::new("", ""), 0..0);
    let mut log = Diagnostics::new();
    let mut objects = Objects::default();
    objects.add(&to_node(object, &place), &mut log);
    let workloads = log.finish(objects.workloads).map_err(|errors| errors.messages().join("\n"))?;
    let workload = workloads.first().ok_or("this is neither a Deployment nor a ReplicaSet")?;
    Ok(spec_of(workload, workload.replicas.unwrap_or(1)))
}

/// The object as the API server stores it. Fields that actions cannot change come from the last manifest.
fn stored(last: &Json, live: &WorkloadSpec) -> Json {
    let mut spec = json!({
        "replicas": live.replicas,
        "minReadySeconds": live.min_ready_seconds,
        "selector": last["spec"]["selector"],
        "template": template::to_json(&live.template),
    });
    if let Some(fields) = live.deployment {
        spec["strategy"] = strategy(fields.strategy);
        spec["progressDeadlineSeconds"] = json!(fields.progress_deadline_seconds);
        spec["revisionHistoryLimit"] = json!(fields.revision_history_limit);
        spec["paused"] = json!(fields.paused);
    }
    let mut object = last.clone();
    object["spec"] = spec;
    object
}

fn strategy(strategy: Strategy) -> Json {
    let count = |value: IntOrPercent| match value {
        IntOrPercent::Int(count) => json!(count),
        percent @ IntOrPercent::Percent(_) => json!(percent.to_string()),
    };
    match strategy {
        Strategy::Recreate => json!({"type": "Recreate"}),
        Strategy::RollingUpdate(limits) => json!({
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": count(limits.max_surge), "maxUnavailable": count(limits.max_unavailable)},
        }),
    }
}

fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(number) => Json::from(*number),
        Value::Float(number, text) => {
            Number::from_f64(*number).map_or_else(|| Json::from(text.as_str()), Json::Number)
        }
        Value::Str(text) => Json::from(text.as_str()),
        Value::Seq(items) => items.iter().map(to_json).collect(),
        Value::Map(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), to_json(&entry.value))).collect()
        }
    }
}

fn to_node(json: &Json, place: &Place) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN), number.to_string()),
        },
        Json::String(text) => Value::Str(text.clone()),
        Json::Array(items) => Value::Seq(items.iter().map(|item| to_node(item, place)).collect()),
        Json::Object(fields) => {
            let entry = |(key, value): (&String, &Json)| Entry {
                key: key.clone(),
                key_place: place.clone(),
                value: to_node(value, place),
            };
            Value::Map(fields.iter().map(entry).collect())
        }
    };
    Node { value, place: place.clone(), lines: None }
}
