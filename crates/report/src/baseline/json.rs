//! The output of `baseline check -o json`.

use super::meaning;
use crate::compare::answer_json;
use analysis::baseline::{
    Change, Check, CheckReport, CheckedScenario, Finding, MOST_STEPS, ObjectiveChange, Step,
};
use analysis::compare::{Answer, Comparison};
use measures::stats::CONFIDENCE;
use serde_json::{Map, Value, json};

/// Version of the format. It increases when a reader of the old format would misread it.
const SCHEMA_VERSION: u32 = 1;

/// The report as JSON, without measures that differ in no run. Differences are now minus baseline; `null` has the
/// meaning of `compare -o json`.
pub fn report_json(report: &CheckReport) -> Value {
    json!({
        "schemaVersion": SCHEMA_VERSION,
        "confidence": CONFIDENCE,
        "multiplicity": "holm over the decidable questions of all changed scenarios",
        "moved": report.has_moved(),
        "findings": report.has_findings(),
        "scenarios": report.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(entry: &CheckedScenario) -> Value {
    let check = entry.check.as_ref();
    let mut value = json!({
        "scenario": entry.scenario,
        "status": entry.status.as_str(),
        "message": entry.message(),
        "mend": entry.mend,
        "finding": entry.status.is_finding(),
        "runs": check.map(|check| check.runs),
        "comparedRuns": check.map(|check| check.compared),
        "seed": check.map(|check| check.seed),
        "textChanged": check.map(|check| check.is_text_changed),
        "newColumns": check.map(|check| &check.new_columns),
        "notMeasured": check.map(|check| &check.lost),
        "objectives": check.map(|check| {
            check.objectives.iter().map(ObjectiveChange::message).collect::<Vec<_>>()
        }),
    });
    if let Some(Check { finding: Finding::OtherHorizon { outcomes, .. }, .. }) = check {
        value["outcomes"] = measures(outcomes);
    }
    if let Some(Check { finding: Finding::Changed(change, comparison), .. }) = check {
        value["change"] = change_json(change, comparison, entry.replay.as_deref());
    }
    value
}

fn change_json(change: &Change, comparison: &Comparison, replay: Option<&str>) -> Value {
    let first = &change.first;
    let mut row = Map::new();
    for pair in first.cells.iter().filter(|pair| pair.is_different()) {
        let meaning = meaning(pair.column);
        row.insert(
            pair.column.to_owned(),
            json!({ "saved": pair.saved, "now": pair.now, "meaning": meaning }),
        );
    }
    json!({
        "differingRuns": change.runs,
        "measuredDifferentlyRuns": change.measured_runs,
        "first": {
            "run": first.run,
            "step": first.step.map(|pair| pair.number),
            "saved": step(first.step.and_then(|pair| pair.saved)),
            "now": step(first.step.and_then(|pair| pair.now)),
            "differingCells": row,
            "afterStep": first.after.map(|_| MOST_STEPS),
            "replay": replay,
        },
        "measures": measures(comparison),
    })
}

/// The measures that differ in at least one run.
fn measures(comparison: &Comparison) -> Value {
    let differs = |answer: &&Answer| answer.estimate.is_some_and(|estimate| estimate.differing > 0);
    comparison.answers.iter().filter(differs).map(answer_json).collect()
}

fn step(step: Option<Step>) -> Value {
    step.map_or(Value::Null, |step| json!({ "t_s": step.at, "digest": format!("{:04x}", step.digest) }))
}
