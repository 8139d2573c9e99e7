//! Recordings of the Deployment and `ReplicaSet` controllers: exact steps.

use super::case;
use super::compare::{Divergence, compare};
use super::kind::{Difference, Kind, Outcome, Wanted};
use super::replay;
use super::sides::{Entries, seconds, with_ours};
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
        let timeline = wanted.timeline.then(|| STEPS.side_by_side(&case.steps, &ours));
        let written = wanted.written.then(|| with_ours(line, [("steps", Value::Array(ours))])).transpose()?;
        Ok(Outcome {
            family: case.family().to_owned(),
            compared: case.steps.len(),
            difference: divergence.map(|divergence| difference(&divergence, steps)),
            timeline,
            written,
            name: case.name,
            about: case.about,
        })
    }
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
    let mut out =
        format!("  first divergence in step {} at {}", divergence.step + 1, seconds(divergence.t_ms));
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

const STEPS: Entries<Value> = Entries {
    noun: "step",
    absent: "(no step)",
    agree: |recorded, ours| step_line(recorded) == step_line(ours),
    line: step_line,
    json: Value::clone,
};

/// A step in one line: time, Deployment, `ReplicaSet`s, what was done.
fn step_line(step: &Value) -> String {
    let deployment = &step["deployment"];
    let count = |field: &str| deployment[field].to_string();
    let mut line = format!(
        "{:>10}  pods {}/{} ready {} available {}",
        seconds(step["t_ms"].as_i64().unwrap_or_default()),
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
