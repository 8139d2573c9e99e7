//! Recordings of the `EndpointSlice` controller: exact writes.

use super::kind::{Kind, Outcome, Wanted};
use super::sides::{Entries, with_ours};
use controller::endpoint_slices::{Endpoint, Operation};
use serde::{Deserialize, Serialize};
use serde_json::json;
use simulator::cluster::{PodChange, ScriptedSlices, SliceAction, SliceRecord, replay_slices};
use simulator::{Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The Service is created at this time.
const CREATED_MS: f64 = 1000.0;
/// Writes of one burst are less than this apart.
const SILENCE_MS: f64 = 90.0;
/// How far the times of equal writes may be apart.
const TOLERANCE_MS: f64 = 2.0;

/// The kind of the `EndpointSlice` controller.
pub(super) struct EndpointSlices;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SliceCase {
    name: String,
    about: String,
    family: String,
    script: SliceScript,
    writes: Vec<RecordedWrite>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SliceScript {
    pods: u32,
    publish_not_ready_addresses: bool,
    request_ms: f64,
    response_ms: f64,
    watch_ms: f64,
    max_endpoints_per_slice: u32,
    actions: Vec<ScriptLine>,
    until_ms: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptLine {
    at_ms: f64,
    op: ActionName,
    #[serde(default)]
    pods: Vec<u32>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum ActionName {
    Create,
    Run,
    Ready,
    Unready,
    Terminate,
    Gone,
    Fail,
    Succeed,
    Relabel,
    SliceChanged,
    SliceDeleted,
}

/// A write, or in family `big` the state after a burst of writes.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields)]
struct RecordedWrite {
    t_ms: f64,
    op: String,
    slice: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    endpoints: Vec<String>,
}

impl RecordedWrite {
    fn of(record: &SliceRecord) -> Self {
        let op = match record.operation {
            Operation::Create => "create",
            Operation::Update(_) => "update",
            Operation::Delete(_) => "delete",
        };
        Self {
            t_ms: millis(record.at),
            op: op.to_owned(),
            slice: record.slice,
            code: record.refused,
            endpoints: record.endpoints.iter().map(|(pod, endpoint)| word(*pod, *endpoint)).collect(),
        }
    }

    fn agrees(&self, other: &Self) -> bool {
        (self.t_ms - other.t_ms).abs() <= TOLERANCE_MS
            && (&self.op, self.slice, self.code, &self.endpoints)
                == (&other.op, other.slice, other.code, &other.endpoints)
    }

    fn line(&self) -> String {
        let code = self.code.map_or_else(String::new, |code| format!(" {code}"));
        let endpoints = self.endpoints.join(" ");
        format!("{:>9.3} s  {}{code} {}: {endpoints}", self.t_ms / 1000.0, self.op, self.slice)
    }
}

fn word(pod: u32, endpoint: Endpoint) -> String {
    let letters = [(endpoint.ready, 'r'), (endpoint.serving, 's'), (endpoint.terminating, 't')];
    let set = letters.iter().filter(|(set, _)| *set).map(|(_, letter)| *letter);
    format!("{pod}{}", set.collect::<String>())
}

fn millis(at: Timestamp) -> f64 {
    at.as_nanos() as f64 / 1e6
}

fn span(millis: f64) -> Span {
    Span::from_nanos((millis * 1e6).round() as i64)
}

fn at(millis: f64) -> Timestamp {
    Timestamp::ZERO + span(millis)
}

impl Kind for EndpointSlices {
    fn name(&self) -> &'static str {
        "endpoint-slices"
    }

    fn compares(&self) -> &'static str {
        "writes"
    }

    fn recognises(&self, fields: &BTreeSet<String>) -> bool {
        ["script", "writes"].iter().all(|field| fields.contains(*field))
    }

    fn replay(&self, line: &str, wanted: Wanted) -> Result<Outcome, String> {
        let case: SliceCase = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
        let records = replay_slices(&script(&case.script)?);
        let states = case.writes.iter().any(|write| write.op == "state");
        let ours = if states { bursts(&records) } else { records.iter().map(RecordedWrite::of).collect() };
        let written = wanted.written.then(|| with_ours(line, [("writes", json!(ours))])).transpose()?;
        Ok(Outcome {
            compared: case.writes.len(),
            difference: WRITES.first_difference(&case.writes, &ours),
            timeline: wanted.timeline.then(|| WRITES.side_by_side(&case.writes, &ours)),
            written,
            name: case.name,
            about: case.about,
            family: case.family,
        })
    }
}

fn script(script: &SliceScript) -> Result<ScriptedSlices, String> {
    let spans = [script.request_ms, script.response_ms, script.watch_ms, script.until_ms];
    let times = script.actions.iter().map(|action| action.at_ms);
    if spans.into_iter().chain(times).any(|millis| !(0.0..1e9).contains(&millis)) {
        return Err("a time is negative or too large".to_owned());
    }
    if script.pods > 100_000 || script.max_endpoints_per_slice == 0 {
        return Err("pods is over 100000, or max_endpoints_per_slice is 0".to_owned());
    }
    Ok(ScriptedSlices {
        pods: script.pods,
        publish_not_ready: script.publish_not_ready_addresses,
        request: span(script.request_ms),
        response: span(script.response_ms),
        watch: span(script.watch_ms),
        most_endpoints: script.max_endpoints_per_slice,
        created: at(CREATED_MS),
        actions: script.actions.iter().map(|line| (at(line.at_ms), action(line))).collect(),
        until: at(script.until_ms),
    })
}

fn action(line: &ScriptLine) -> SliceAction {
    let change = |change| SliceAction::Change(change, line.pods.clone());
    match line.op {
        ActionName::Create => SliceAction::Create,
        ActionName::Run => change(PodChange::Run),
        ActionName::Ready => change(PodChange::Ready),
        ActionName::Unready => change(PodChange::Unready),
        ActionName::Terminate => change(PodChange::Terminate),
        ActionName::Gone => change(PodChange::Gone),
        ActionName::Fail => change(PodChange::Fail),
        ActionName::Succeed => change(PodChange::Succeed),
        ActionName::Relabel => change(PodChange::Relabel),
        ActionName::SliceChanged => SliceAction::SliceChanged,
        ActionName::SliceDeleted => SliceAction::SliceDeleted,
    }
}

/// The union of all slices after each burst of writes; chance decides which slice holds an endpoint.
fn bursts(records: &[SliceRecord]) -> Vec<RecordedWrite> {
    let mut slices: BTreeMap<u32, BTreeMap<u32, Endpoint>> = BTreeMap::new();
    let mut states = Vec::new();
    for burst in records.chunk_by(|one, next| millis(next.at) - millis(one.at) < SILENCE_MS) {
        for record in burst.iter().filter(|record| record.refused.is_none()) {
            match record.operation {
                Operation::Delete(_) => drop(slices.remove(&record.slice)),
                _ => drop(slices.insert(record.slice, record.endpoints.iter().copied().collect())),
            }
        }
        let union: BTreeMap<u32, Endpoint> = slices.values().flatten().map(|(pod, e)| (*pod, *e)).collect();
        states.push(RecordedWrite {
            t_ms: millis(burst[0].at),
            op: "state".to_owned(),
            slice: slices.len() as u32,
            code: None,
            endpoints: union.into_iter().map(|(pod, endpoint)| word(pod, endpoint)).collect(),
        });
    }
    states
}

const WRITES: Entries<RecordedWrite> = Entries {
    noun: "write",
    absent: "(no write)",
    agree: RecordedWrite::agrees,
    line: RecordedWrite::line,
    json: |write| json!(write),
};
