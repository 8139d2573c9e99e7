//! A story for programs.

use super::moment::Moment;
use super::rollout_status::StatusLine;
use super::stream::involved;
use measures::{Milli, Row, known};
use scenario::{change_in_words, fault_in_words};
use serde_json::{Map, Value, json};
use simulator::Span;
use simulator::model::Model;
use simulator::story::{DeploymentView, Entry, Event, PodView, Refused, ReplicaSetView, Story, What};

/// The whole story, with the lines of a `kubectl rollout status` and the end of a `helm upgrade --wait`.
#[must_use]
pub fn story_json(story: &Story, model: &Model, status: &[StatusLine], row: &Row) -> Value {
    let status: Vec<Value> = status
        .iter()
        .map(|line| json!({"t": seconds(line.at), "line": line.text, "exitCode": line.exit}))
        .collect();
    json!({
        "subject": subject(story),
        "horizon": seconds(story.horizon),
        "entries": story.entries.iter().filter_map(|entry| self::entry(entry, story, model)).collect::<Vec<_>>(),
        "rolloutStatus": status,
        "helmWait": row.get(known::HELM_WAIT).map(|after| {
            json!({"after": after.as_f64(), "exitCode": row.count(known::HELM_WAIT_EXIT)})
        }),
    })
}

/// The state at a moment.
#[must_use]
pub fn moment_json(moment: &Moment<'_>) -> Value {
    let story = moment.story;
    let sets = moment.replica_sets.iter().map(|(index, view)| replica_set(*index, view, story));
    let pods = moment.pods.iter().map(|(index, view)| pod(*index, view, story));
    let events = moment.events.iter().map(|(at, event)| {
        let mut object = Map::from_iter([("t".to_owned(), seconds(*at))]);
        object.extend(event_fields(event, story));
        Value::Object(object)
    });
    json!({
        "t": seconds(moment.at),
        "deployment": moment.deployment.map(|view| deployment(view, story)),
        "replicaSets": sets.map(Value::Object).collect::<Vec<_>>(),
        "pods": pods.map(Value::Object).collect::<Vec<_>>(),
        "events": events.collect::<Vec<_>>(),
    })
}

fn subject(story: &Story) -> Value {
    let kind = if story.is_deployment { "Deployment" } else { "ReplicaSet" };
    json!({"kind": kind, "namespace": story.namespace, "name": story.name})
}

/// Seconds with three decimals.
fn seconds(span: Span) -> Value {
    json!(Milli::from(span).as_f64())
}

/// `{"t": 10.021, "kind": "Pod", ...}`
fn entry(entry: &Entry, story: &Story, model: &Model) -> Option<Value> {
    let (kind, fields) = match &entry.what {
        What::Action(index) => {
            let words = change_in_words(&model.actions[*index].change, &model.cluster);
            ("Action", fields(json!({"action": words})))
        }
        What::ActionDone { refused: None } => return None,
        What::ActionDone { refused: Some(why) } => {
            let why = match why {
                Refused::Undo(why) => why.to_string(),
                Refused::Error(why) => why.clone(),
            };
            ("ActionRefused", fields(json!({"message": why})))
        }
        What::EvictionRefused { pod, budget, healthy, desired, .. } => {
            let fields = fields(json!({
                "pod": story.pods[*pod].name,
                "disruptionBudget": model.disruption_budgets[*budget].name,
                "desiredHealthy": desired,
                "currentHealthy": healthy,
            }));
            ("EvictionRefused", fields)
        }
        What::FaultBegins(index) | What::FaultEnds(index) => {
            let fault = &model.faults[*index];
            let words = fault_in_words(fault, &model.cluster);
            let kind = if matches!(entry.what, What::FaultBegins(_)) { "FaultBegins" } else { "FaultEnds" };
            (kind, fields(json!({"fault": fault.name, "what": words})))
        }
        What::Deployment(view) => ("Deployment", deployment(view, story)),
        What::ReplicaSet(index, view) => ("ReplicaSet", replica_set(*index, view, story)),
        What::ReplicaSetGone(index) => {
            ("ReplicaSetDeleted", fields(json!({"name": story.replica_sets[*index]})))
        }
        What::Pod(index, view) => ("Pod", pod(*index, view, story)),
        What::PodGone(index) => ("PodDeleted", fields(json!({"name": story.pods[*index].name}))),
        What::Event(event) => ("Event", event_fields(event, story)),
    };
    let mut object = fields_of(entry.at, kind);
    object.extend(fields);
    Some(Value::Object(object))
}

fn fields_of(at: Span, kind: &str) -> Map<String, Value> {
    fields(json!({"t": seconds(at), "kind": kind}))
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn deployment(view: &DeploymentView, story: &Story) -> Map<String, Value> {
    let condition = |condition: &simulator::story::ConditionView| {
        json!({
            "type": condition.kind.as_str(),
            "status": condition.status.as_str(),
            "reason": condition.reason.as_str(),
            "message": condition.message,
            "lastUpdate": seconds(condition.last_update),
            "lastTransition": seconds(condition.last_transition),
        })
    };
    fields(json!({
        "name": story.name,
        "generation": view.generation,
        "observedGeneration": view.observed_generation,
        "revision": view.revision,
        "desired": view.desired,
        "paused": view.paused,
        "replicas": view.replicas,
        "updated": view.updated,
        "ready": view.ready,
        "available": view.available,
        "unavailable": view.unavailable,
        "initImages": image_map(&view.init_images),
        "images": image_map(&view.images),
        "conditions": view.conditions.iter().map(condition).collect::<Vec<_>>(),
    }))
}

fn image_map(images: &[(String, String)]) -> Value {
    Value::Object(images.iter().map(|(name, image)| (name.clone(), json!(image))).collect())
}

fn replica_set(index: usize, view: &ReplicaSetView, story: &Story) -> Map<String, Value> {
    let failure = view.failure.as_ref();
    fields(json!({
        "name": story.replica_sets[index],
        "revision": view.revision,
        "desired": view.desired,
        "replicas": view.replicas,
        "ready": view.ready,
        "available": view.available,
        "images": image_map(&view.images),
        "failure": failure.map(|(reason, message)| json!({"reason": reason, "message": message})),
    }))
}

fn pod(index: usize, view: &PodView, story: &Story) -> Map<String, Value> {
    let identity = &story.pods[index];
    fields(json!({
        "name": identity.name,
        "replicaSet": identity.replica_set.map(|set| &story.replica_sets[set]),
        "readyContainers": view.ready,
        "containers": view.containers,
        "status": view.status,
        "ready": view.is_ready,
        "restarts": view.restarts,
        "node": view.node.map(|node| &story.nodes[node]),
        "terminating": view.deletion.is_some(),
    }))
}

fn event_fields(event: &Event, story: &Story) -> Map<String, Value> {
    fields(json!({
        "type": event.kind.as_str(),
        "reason": event.reason,
        "object": involved(event, story),
        "from": event.from.to_string(),
        "message": event.message,
    }))
}
