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
use super::sides::{Entries, seconds, with_ours};
use compare::{Divergence, compare};
use controller::Timestamp;
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
            timeline: wanted.timeline.then(|| EVALUATIONS.side_by_side(&case.syncs, &ours)),
            written: wanted.written.then(|| with_ours(line, [("syncs", Value::Array(ours))])).transpose()?,
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
    let (number, at) = (divergence.sync + 1, seconds(divergence.t_ms));
    let mut out = format!("  first divergence in evaluation {number} at {at}");
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

const EVALUATIONS: Entries<Value> = Entries {
    noun: "evaluation",
    absent: "(none)",
    // Times of a few milliseconds more or less do not count.
    agree: |recorded, ours| after_time(&sync_line(recorded)) == after_time(&sync_line(ours)),
    line: sync_line,
    json: Value::clone,
};

/// The line of an evaluation without its time.
fn after_time(line: &str) -> Option<&str> {
    line.split_once("  ").map(|(_, rest)| rest)
}

/// An evaluation in one line: time, size, values of the metrics, reasons of the conditions, events.
fn sync_line(sync: &Value) -> String {
    let time = seconds(sync["t_ms"].as_i64().unwrap_or_default());
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
