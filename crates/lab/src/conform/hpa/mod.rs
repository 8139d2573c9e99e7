//! Recordings of the `HorizontalPodAutoscaler` controller: what every evaluation read, did and left behind.
//!
//! The decisions are the product's ([`controller::autoscaler`]). Pods are scripted, or follow the size of the
//! target, or belong to a Deployment whose controllers are the product's as well.

mod compare;
mod follow;
mod live;
mod metrics;
mod record;
mod replay;
mod rollout;
mod script;
mod scripted_pods;
mod target;

use super::kind::{Difference, Kind, Outcome, Wanted};
use compare::{Divergence, compare};
use controller::Timestamp;
use measures::Milli;
use serde_json::{Map, Value, json};
use simulator::Span;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Actions happen, and pods live, this long after a multiple of the pulse.
const PHASE: Span = Span::from_millis(50);
/// The pulse of the nodes.
const PULSE: Span = Span::from_millis(100);

/// The kind of the autoscaler.
pub(super) struct Autoscaler;

impl Kind for Autoscaler {
    fn name(&self) -> &'static str {
        "autoscaler"
    }

    fn compares(&self) -> &'static str {
        "evals"
    }

    fn recognises(&self, fields: &BTreeSet<String>) -> bool {
        ["script", "syncs"].iter().all(|field| fields.contains(*field))
    }

    fn replay(&self, line: &str, wanted: Wanted) -> Result<Outcome, String> {
        let case = script::parse(line)?;
        let ours = replay::replay(&case).map_err(|cause| format!("{}: {cause}", case.name))?;
        let divergence = compare(&case.syncs, &ours, case.script.until_ms);
        let evaluations = case.syncs.len().max(ours.len());
        Ok(Outcome {
            compared: case.syncs.len(),
            difference: divergence.map(|divergence| difference(divergence, evaluations)),
            timeline: wanted.timeline.then(|| timeline(&case.syncs, &ours)),
            written: if wanted.written { Some(written(line, ours)?) } else { None },
            name: case.name,
            about: case.about,
            family: case.family,
        })
    }
}

/// A moment of a script.
fn at(millis: i64) -> Timestamp {
    Timestamp::ZERO + Span::from_millis(millis)
}

/// The last moment of the nodes' pulse at or before `at`.
fn base(at: Timestamp) -> Timestamp {
    let (pulse, phase) = (PULSE.as_nanos(), PHASE.as_nanos());
    Timestamp::from_nanos((at.as_nanos() - phase).div_euclid(pulse) * pulse + phase)
}

/// The case as recorded, with our evaluations in place of the recorded ones.
fn written(line: &str, ours: Vec<Value>) -> Result<Value, String> {
    let mut case: Map<String, Value> = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
    case.insert("syncs".to_owned(), Value::Array(ours));
    Ok(Value::Object(case))
}

/// An early divergence is worse than a late one: it leaves more of the case unexplained.
fn difference(divergence: Divergence, evaluations: usize) -> Difference {
    let lines = lines(&divergence);
    let Divergence { sync, t_ms, field, recorded, ours } = divergence;
    let mut fields = Map::new();
    fields.insert("sync".into(), json!(sync));
    fields.insert("t_ms".into(), json!(t_ms));
    fields.insert("field".into(), json!(field));
    fields.insert("recorded".into(), json!(recorded));
    fields.insert("ours".into(), json!(ours));
    Difference { severity: (evaluations - sync) as u64, lines, fields }
}

fn lines(divergence: &Divergence) -> String {
    let (number, time) = (divergence.sync + 1, time(divergence.t_ms));
    let mut out = format!("  first divergence in evaluation {number} at {time}");
    if divergence.field.is_empty() {
        let missing = if divergence.ours.is_none() { "we have none" } else { "none was recorded" };
        let _ = writeln!(out, ": {missing}");
    } else {
        let _ = writeln!(out, ", field {}", divergence.field);
    }
    for (side, value) in [("recorded", &divergence.recorded), ("ours", &divergence.ours)] {
        let shown = match value {
            None => "(absent)".to_owned(),
            Some(sync) if divergence.field.is_empty() => sync_line(sync),
            Some(value) => value.to_string(),
        };
        let _ = writeln!(out, "    {side:<9} {shown}");
    }
    out
}

/// The recorded evaluations and ours, one below the other where they differ.
fn timeline(recorded: &[Value], ours: &[Value]) -> String {
    let mut out = String::new();
    for index in 0..recorded.len().max(ours.len()) {
        let line = |syncs: &[Value]| syncs.get(index).map_or_else(|| "(none)".to_owned(), sync_line);
        let (recorded, ours) = (line(recorded), line(ours));
        // Times of a few milliseconds more or less do not count.
        let _ = if recorded.split_once("  ").map(|(_, rest)| rest)
            == ours.split_once("  ").map(|(_, rest)| rest)
        {
            writeln!(out, "  {:>3}  = {recorded}", index + 1)
        } else {
            writeln!(out, "  {:>3}  - {recorded}\n       + {ours}", index + 1)
        };
    }
    out
}

/// An evaluation in one line: time, size, values of the metrics, reasons of the conditions, events.
fn sync_line(sync: &Value) -> String {
    let time = time(sync["t_ms"].as_i64().unwrap_or_default());
    let mut line = format!("{time}  size {} ({})", sync["spec_replicas"], sync["status_replicas"]);
    match sync["scale_written"].as_i64() {
        Some(written) => {
            let _ = write!(line, " -> {written}");
        }
        None if sync["scale_tries"].is_i64() => line.push_str(" -> not written"),
        None => {}
    }
    for metric in sync["current_metrics"].as_array().into_iter().flatten() {
        let source = metric.as_object().into_iter().flatten().find_map(|(_, source)| source.get("current"));
        let values = source.and_then(Value::as_object).into_iter().flatten();
        let values: Vec<String> = values
            .map(|(_, value)| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        let _ = write!(line, "  {}", if values.is_empty() { "?".to_owned() } else { values.join("/") });
    }
    for condition in sync["conditions"].as_array().into_iter().flatten() {
        let _ = write!(line, "  {}", condition["reason"].as_str().unwrap_or("?"));
    }
    for event in sync["events"].as_array().into_iter().flatten() {
        let _ = write!(line, "  [{}]", event["reason"].as_str().unwrap_or("?"));
    }
    line
}

fn time(millis: i64) -> String {
    format!("{} s", Milli::from_thousandths(millis))
}
