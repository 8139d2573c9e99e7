//! A run as a trace for Perfetto and Chrome, in the JSON of the Trace Event Format.

use super::command::command_line;
use super::stream::involved;
use scenario::fault_in_words;
use serde_json::{Value, json};
use simulator::Span;
use simulator::model::Model;
use simulator::observe::{Machinery, Stage};
use simulator::story::{EventKind, PodView, Story, What};
use std::collections::BTreeMap;

/// The groups of tracks.
const CONTROL: u32 = 1;
const REPLICA_SETS: u32 = 2;
const PODS: u32 = 3;
const NODES: u32 = 4;
pub(super) const CONTROLLERS: u32 = 5;
pub(super) const QUEUES: u32 = 6;

/// Tracks of the first group.
const ACTIONS: usize = 1;
const FAULTS: usize = 2;
const CONDITIONS: usize = 3;

/// The trace. Tracks of pods show their stages, tracks of `ReplicaSet`s and of the Deployment their numbers, and tracks
/// of faults and conditions their durations. Controllers show their syncs, queues the number of keys. The events of
/// each track are in order of time.
#[must_use]
pub fn trace(story: &Story, machinery: &Machinery, model: &Model) -> Value {
    let mut writer = TraceWriter { story, model, events: Vec::new(), open: BTreeMap::new() };
    writer.name_tracks();
    writer.name_controllers(machinery);
    for (place, entry) in story.entries.iter().enumerate() {
        writer.entry(place, entry.at, &entry.what);
    }
    for (track, slice) in std::mem::take(&mut writer.open) {
        writer.slice(track, &slice, story.horizon);
    }
    writer.machinery(machinery);
    // Names have no time and come first.
    writer.events.sort_by_key(|event| event["ts"].as_i64());
    json!({
        "displayTimeUnit": "ms",
        "otherData": {"subject": story.name, "namespace": story.namespace},
        "traceEvents": writer.events,
    })
}

/// Group and number of a track.
pub(super) type Track = (u32, usize);

/// An event with a duration.
#[derive(Clone, PartialEq)]
pub(super) struct TraceSlice {
    pub(super) since: Span,
    pub(super) name: String,
    pub(super) args: Value,
}

pub(super) struct TraceWriter<'a> {
    pub(super) story: &'a Story,
    pub(super) model: &'a Model,
    events: Vec<Value>,
    open: BTreeMap<Track, TraceSlice>,
}

impl TraceWriter<'_> {
    fn name_tracks(&mut self) {
        let story = self.story;
        let groups = [
            (CONTROL, format!("Deployment {}", story.name)),
            (REPLICA_SETS, "ReplicaSets".to_owned()),
            (PODS, "pods".to_owned()),
            (NODES, "nodes".to_owned()),
            (CONTROLLERS, "controllers".to_owned()),
            (QUEUES, "queues".to_owned()),
        ];
        for (group, name) in groups {
            self.events
                .push(json!({"ph": "M", "name": "process_name", "pid": group, "args": {"name": name}}));
            let order = json!({"sort_index": group});
            self.events.push(json!({"ph": "M", "name": "process_sort_index", "pid": group, "args": order}));
        }
        self.name_track((CONTROL, ACTIONS), "user");
        self.name_track((CONTROL, CONDITIONS), "condition Progressing");
        self.name_track((CONTROL, CONDITIONS + 1), "condition Available");
        self.name_track((CONTROL, CONDITIONS + 2), "condition ReplicaFailure");
        for (index, fault) in self.model.faults.iter().enumerate() {
            self.name_track((CONTROL, fault_track(index)), &format!("fault {}", fault.name));
        }
        for (index, pod) in story.pods.iter().enumerate() {
            self.name_track((PODS, index + 1), &pod.name);
        }
        for (index, node) in story.nodes.iter().enumerate() {
            self.name_track((NODES, index + 1), node);
        }
    }

    pub(super) fn name_track(&mut self, (group, number): Track, name: &str) {
        self.events.push(
            json!({"ph": "M", "name": "thread_name", "pid": group, "tid": tid(number), "args": {"name": name}}),
        );
    }

    fn entry(&mut self, place: usize, at: Span, what: &What) {
        let story = self.story;
        match what {
            What::Action(index) => {
                let line = command_line(&self.model.actions[*index].change, story, place, self.model);
                self.instant((CONTROL, ACTIONS), at, &line, &json!({}));
            }
            What::FaultBegins(index) => {
                let fault = &self.model.faults[*index];
                let args = json!({"what": fault_in_words(fault, &self.model.cluster)});
                let slice = TraceSlice { since: at, name: fault.name.clone(), args };
                self.open.insert((CONTROL, fault_track(*index)), slice);
            }
            What::FaultEnds(index) => self.change((CONTROL, fault_track(*index)), at, None),
            What::Deployment(view) => {
                let values = json!({
                    "desired": view.desired,
                    "updated": view.updated,
                    "available": view.available,
                });
                self.counter(CONTROL, at, &format!("deployment {}", story.name), &values);
                for (number, kind) in ["Progressing", "Available", "ReplicaFailure"].into_iter().enumerate() {
                    let condition = view.conditions.iter().find(|condition| condition.kind.as_str() == kind);
                    let slice = condition.map(|condition| TraceSlice {
                        since: at,
                        name: format!("{}: {}", condition.status.as_str(), condition.reason.as_str()),
                        args: json!({"message": condition.message}),
                    });
                    self.change((CONTROL, CONDITIONS + number), at, slice);
                }
            }
            What::ReplicaSet(index, view) => {
                let name = format!("replicaset {}", story.replica_sets[*index]);
                let values =
                    json!({"desired": view.desired, "ready": view.ready, "available": view.available});
                self.counter(REPLICA_SETS, at, &name, &values);
            }
            What::ReplicaSetGone(index) => {
                let name = format!("replicaset {}", story.replica_sets[*index]);
                self.counter(REPLICA_SETS, at, &name, &json!({"desired": 0, "ready": 0, "available": 0}));
            }
            What::Pod(index, view) => {
                let args = json!({"status": view.status, "node": view.node.map(|node| &story.nodes[node])});
                let slice = TraceSlice { since: at, name: stage(view).to_owned(), args };
                self.change((PODS, index + 1), at, Some(slice));
            }
            What::PodGone(index) => self.change((PODS, index + 1), at, None),
            What::Event(event) => {
                use simulator::story::Involved;
                let track = match event.involved {
                    Involved::Pod(index) => (PODS, index + 1),
                    Involved::Node(index) => (NODES, index + 1),
                    Involved::Deployment | Involved::ReplicaSet(_) => (CONTROL, ACTIONS),
                };
                // The stages show normal events.
                if event.kind == EventKind::Warning || track.0 == NODES {
                    let args = json!({"object": involved(event, story), "message": event.message});
                    self.instant(track, at, event.reason, &args);
                }
            }
            What::EvictionRefused { pod, .. } => {
                let line = super::stream::refused_eviction(story, self.model, what);
                self.instant((PODS, pod + 1), at, &line, &json!({}));
            }
            What::ActionDone { .. } => {}
        }
    }

    /// Changes the state of a track. Only a new name ends a slice.
    fn change(&mut self, track: Track, at: Span, next: Option<TraceSlice>) {
        let same = |before: &TraceSlice| next.as_ref().is_some_and(|next| next.name == before.name);
        if self.open.get(&track).is_some_and(same) {
            return;
        }
        if let Some(before) = self.open.remove(&track) {
            self.slice(track, &before, at);
        }
        self.open.extend(next.map(|slice| (track, slice)));
    }

    pub(super) fn slice(&mut self, (group, number): Track, slice: &TraceSlice, until: Span) {
        self.events.push(json!({
            "ph": "X",
            "name": slice.name,
            "cat": "stage",
            "pid": group,
            "tid": tid(number),
            "ts": micros(slice.since),
            "dur": micros(until) - micros(slice.since),
            "args": slice.args,
        }));
    }

    fn instant(&mut self, (group, number): Track, at: Span, name: &str, args: &Value) {
        self.events.push(json!({
            "ph": "i", "s": "t", "name": name, "cat": "event", "pid": group, "tid": tid(number), "ts": micros(at), "args": args,
        }));
    }

    pub(super) fn counter(&mut self, group: u32, at: Span, name: &str, values: &Value) {
        self.events.push(json!({"ph": "C", "name": name, "pid": group, "ts": micros(at), "args": values}));
    }
}

/// Tracks of faults follow the tracks of conditions.
const fn fault_track(index: usize) -> usize {
    CONDITIONS + 3 + FAULTS + index
}

/// Larger than any group's number: Perfetto shows a thread with the number of its process as the main one.
const fn tid(number: usize) -> usize {
    number + 10
}

/// Whole microseconds, the unit of the format.
const fn micros(at: Span) -> i64 {
    at.as_nanos() / 1000
}

/// The stage of a pod, as its track shows it.
fn stage(view: &PodView) -> &'static str {
    if view.deletion.is_some() {
        return "terminating";
    }
    match view.stage {
        Stage::NodeLost => "node lost",
        Stage::Scheduling => "waits for the scheduler",
        Stage::NoRoom => "finds no room",
        Stage::Pull => "pulls its image",
        Stage::PullBackOff => "pull back-off",
        Stage::Start => "starts",
        Stage::Probe => "waits for its probe",
        Stage::CrashLoop => "crash back-off",
        Stage::Ready => "ready",
    }
}
