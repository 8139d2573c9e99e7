//! Recordings of the Deployment and `ReplicaSet` controllers: exact steps.

use super::case::{self, Case};
use super::compare::{Divergence, compare};
use super::kind::{Difference, Kind, Outcome, Wanted};
use super::replay;
use measures::Milli;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The kind of the Deployment and `ReplicaSet` controllers.
pub(super) struct ControlPlane;

impl Kind for ControlPlane {
    fn name(&self) -> &'static str {
        "control-plane"
    }

    fn compares(&self) -> &'static str {
        "steps"
    }

    fn recognises(&self, fields: &BTreeSet<String>) -> bool {
        ["deployment", "actions"].iter().all(|field| fields.contains(*field))
    }

    fn replay(&self, line: &str, wanted: Wanted) -> Result<Outcome, String> {
        let case = case::parse(line).map_err(|cause| cause.to_string())?;
        let ours = replay(&case)?;
        let divergence = compare(&case.steps, &ours);
        let steps = case.steps.len().max(ours.len());
        Ok(Outcome {
            family: case.family().to_owned(),
            compared: case.steps.len(),
            difference: divergence.map(|divergence| difference(&divergence, steps)),
            timeline: wanted.timeline.then(|| timeline(&case.steps, &ours)),
            written: wanted.written.then(|| written(&case, ours)),
            name: case.name,
            about: case.about,
        })
    }
}

/// The case as recorded, with our steps in place of the recorded ones.
fn written(case: &Case, ours: Vec<Value>) -> Value {
    let mut written = case.script.clone();
    if let Some(object) = written.as_object_mut() {
        object.insert("steps".to_owned(), Value::Array(ours));
    }
    written
}

/// An early divergence is worse than a late one: it leaves more of the case unexplained.
fn difference(divergence: &Divergence, steps: usize) -> Difference {
    let mut fields = Map::new();
    fields.insert("step".into(), json!(divergence.step));
    fields.insert("t_ms".into(), json!(divergence.t_ms));
    fields.insert("field".into(), json!(divergence.field));
    fields.insert("recorded".into(), json!(divergence.recorded));
    fields.insert("ours".into(), json!(divergence.ours));
    Difference { severity: (steps - divergence.step) as u64, lines: lines(divergence), fields }
}

fn lines(divergence: &Divergence) -> String {
    let mut out = format!("  first divergence in step {} at {}", divergence.step + 1, time(divergence.t_ms));
    if divergence.field.is_empty() {
        let missing =
            if divergence.ours.is_none() { "we take no such step" } else { "no such step was recorded" };
        let _ = writeln!(out, ": {missing}");
    } else {
        let _ = writeln!(out, ", field {}", divergence.field);
    }
    for (side, value) in [("recorded", &divergence.recorded), ("ours", &divergence.ours)] {
        let shown = value.as_ref().map_or_else(|| "(absent)".to_owned(), |value| shown(divergence, value));
        let _ = writeln!(out, "    {side:<9} {shown}");
    }
    out
}

/// A whole step is one line; a field is printed as in the file.
fn shown(divergence: &Divergence, value: &Value) -> String {
    if divergence.field.is_empty() { step_line(value) } else { value.to_string() }
}

fn time(millis: i64) -> String {
    format!("{} s", Milli::from_thousandths(millis))
}

/// The recorded steps and ours, one below the other where they differ.
fn timeline(recorded: &[Value], ours: &[Value]) -> String {
    let mut out = String::new();
    for index in 0..recorded.len().max(ours.len()) {
        let line = |steps: &[Value]| steps.get(index).map_or_else(|| "(no step)".to_owned(), step_line);
        let (recorded, ours) = (line(recorded), line(ours));
        let _ = if recorded == ours {
            writeln!(out, "  {:>3}  = {recorded}", index + 1)
        } else {
            writeln!(out, "  {:>3}  - {recorded}\n       + {ours}", index + 1)
        };
    }
    out
}

/// A step in one line: time, Deployment, `ReplicaSet`s, what was done.
fn step_line(step: &Value) -> String {
    let deployment = &step["deployment"];
    let count = |field: &str| deployment[field].to_string();
    let mut line = format!(
        "{:>10}  pods {}/{} ready {} available {}",
        time(step["t_ms"].as_i64().unwrap_or_default()),
        count("updated"),
        count("replicas"),
        count("ready"),
        count("available"),
    );
    if let Some(reason) = deployment["conditions"]["Progressing"]["reason"].as_str() {
        let _ = write!(line, "  {reason}");
    }
    for scaling in step["scalings"].as_array().into_iter().flatten() {
        let name = scaling["replica_set"].as_str().unwrap_or("?");
        let _ = write!(line, "  {name} {}->{}", scaling["from"], scaling["to"]);
    }
    for (field, sign) in [("pods_created", '+'), ("pods_deleted", '-')] {
        if let Some(pods) = step[field].as_u64() {
            let _ = write!(line, "  {sign}{pods} pods");
        }
    }
    if let Some(note) = step["note"].as_str() {
        let _ = write!(line, "  ({note})");
    }
    line
}
