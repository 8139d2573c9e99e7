//! Our evaluations in the recordings' format.

use controller::Timestamp;
use controller::autoscaler::{
    ApiEvent, AutoscalerStatus, Current, CurrentMetric, Metric, MetricName, Scale, Words,
};
use serde_json::{Map, Value, json};
use simulator::cluster::count;

/// What one evaluation read, did and left behind.
pub(super) struct Sync {
    at: Timestamp,
    scale: Option<(i32, i32)>,
    pub(super) written: Option<i32>,
    pub(super) tries: u32,
    pub(super) status: AutoscalerStatus,
    pub(super) events: Vec<ApiEvent>,
}

impl Sync {
    /// An evaluation that begins at `at` and reads this scale.
    pub(super) fn new(at: Timestamp, scale: Option<&Scale>) -> Self {
        Self {
            at,
            scale: scale.map(|scale| (scale.spec_replicas, scale.status_replicas)),
            written: None,
            tries: 0,
            status: AutoscalerStatus::default(),
            events: Vec::new(),
        }
    }
}

/// An evaluation as JSON.
pub(super) fn sync_to_json(sync: &Sync) -> Value {
    // Which of several pods a message names is up to chance.
    let words = Words { namespace: "default", pod: &|_| "*".to_owned() };
    let (spec_replicas, status_replicas) = sync.scale.unwrap_or((-1, -1));
    let status = &sync.status;
    let mut object = Map::new();
    object.insert("t_ms".into(), json!(sync.at.as_nanos() / 1_000_000));
    object.insert("spec_replicas".into(), json!(spec_replicas));
    object.insert("status_replicas".into(), json!(status_replicas));
    if let Some(written) = sync.written {
        object.insert("scale_written".into(), json!(written));
    }
    if sync.tries > 0 {
        object.insert("scale_tries".into(), json!(sync.tries));
    }
    object.insert("current_replicas".into(), json!(status.current_replicas));
    object.insert("desired_replicas".into(), json!(status.desired_replicas));
    if let Some(last) = status.last_scale {
        object.insert("last_scale_s".into(), json!(last.as_secs()));
    }
    let metrics: Vec<Value> =
        status.current_metrics.iter().map(|metric| current_metric(metric.as_ref())).collect();
    object.insert("current_metrics".into(), if metrics.is_empty() { Value::Null } else { json!(metrics) });
    let conditions: Vec<Value> = status
        .conditions
        .iter()
        .map(|condition| {
            let cause = &condition.cause;
            json!({
                "type": cause.kind().as_str(),
                "status": if cause.holds() { "True" } else { "False" },
                "reason": cause.reason(),
                "message": cause.text(&words),
                "last_transition_s": condition.last_transition.as_secs(),
            })
        })
        .collect();
    object.insert("conditions".into(), json!(conditions));
    if !sync.events.is_empty() {
        let events: Vec<Value> = sync.events.iter().map(|event| event_to_json(event, &words)).collect();
        object.insert("events".into(), json!(events));
    }
    Value::Object(object)
}

fn event_to_json(event: &ApiEvent, words: &Words<'_>) -> Value {
    let kind = if event.is_warning() { "Warning" } else { "Normal" };
    json!({"type": kind, "reason": event.reason(), "message": event.text(words)})
}

/// An entry of `status.currentMetrics`.
fn current_metric(metric: Option<&CurrentMetric>) -> Value {
    let Some(CurrentMetric { metric, current }) = metric else { return json!({"type": ""}) };
    let current = match *current {
        Current::Utilization { percent, average } => {
            json!({"averageUtilization": percent, "averageValue": count(average)})
        }
        Current::Average(average) => json!({"averageValue": count(average)}),
        Current::Value(value) => json!({"value": count(value)}),
    };
    match &**metric {
        Metric::Resource { resource, .. } => {
            json!({"type": "Resource", "resource": {"name": resource.as_str(), "current": current}})
        }
        Metric::ContainerResource { resource, container, .. } => json!({
            "type": "ContainerResource",
            "containerResource": {"name": resource.as_str(), "container": container, "current": current},
        }),
        Metric::Pods { metric, .. } => {
            json!({"type": "Pods", "pods": {"metric": name(metric), "current": current}})
        }
        Metric::Object { metric, object, .. } => json!({
            "type": "Object",
            "object": {
                "metric": name(metric),
                "current": current,
                "describedObject":
                    {"apiVersion": object.api_version, "kind": object.kind, "name": object.name},
            },
        }),
        Metric::External { metric, .. } => {
            json!({"type": "External", "external": {"metric": name(metric), "current": current}})
        }
    }
}

fn name(metric: &MetricName) -> Value {
    json!({"name": metric.name})
}
