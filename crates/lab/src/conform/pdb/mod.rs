//! Recordings of the disruption controller and the eviction API: exact answers and statuses,
//! and drains as distributions.

mod drain;
mod replay;
mod script;

use super::kind::{Difference, Kind, Outcome, Wanted};
use replay::replay;
use script::{Answer, Case, Step};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// How far the times of equal answers may be apart.
const ANSWER_TOLERANCE_MS: i64 = 100;
/// How far the times of equal steps may be apart.
const STEP_TOLERANCE_MS: i64 = 150;

/// The kind of disruption budgets.
pub(super) struct Budgets;

impl Kind for Budgets {
    fn name(&self) -> &'static str {
        "disruption-budgets"
    }

    fn compares(&self) -> &'static str {
        "answers"
    }

    fn recognises(&self, fields: &BTreeSet<String>) -> bool {
        fields.contains("script")
            && (fields.contains("samples") || fields.contains("answers") && fields.contains("steps"))
    }

    fn replay(&self, line: &str, wanted: Wanted) -> Result<Outcome, String> {
        let case: Case = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
        check(&case)?;
        if !case.samples.is_empty() {
            return drain::replay(case, wanted);
        }
        let (answers, steps) = replay(&case.script)?;
        let difference = first_difference("answer", &case.answers, &answers, answers_agree)
            .or_else(|| first_difference("step", &case.steps, &steps, steps_agree));
        let timeline = wanted.timeline.then(|| {
            timeline(&case.answers, &answers, answers_agree) + &timeline(&case.steps, &steps, steps_agree)
        });
        let written = wanted.written.then(|| written(line, &answers, &steps)).transpose()?;
        Ok(Outcome {
            compared: case.answers.len() + case.steps.len(),
            difference,
            timeline,
            written,
            name: case.name,
            about: case.about,
            family: case.family,
        })
    }
}

/// Bounds what a replay takes.
fn check(case: &Case) -> Result<(), String> {
    let script = &case.script;
    let times = script.actions.iter().flatten().map(|action| action.at_ms);
    if !(0..=10_000).contains(&script.replicas) {
        return Err(format!("replicas is {}, which is not between 0 and 10000", script.replicas));
    }
    if times.chain([script.until_ms]).any(|at| !(0..=86_400_000).contains(&at)) {
        return Err("a time is negative or later than a day".to_owned());
    }
    Ok(())
}

fn answers_agree(recorded: &Answer, ours: &Answer) -> bool {
    let close = (recorded.t_ms - ours.t_ms).abs() <= ANSWER_TOLERANCE_MS;
    let same = |answer: &Answer| {
        (answer.pod, answer.code, answer.message.clone(), answer.cause.clone(), answer.retry_after_s)
    };
    close && same(recorded) == same(ours)
}

fn steps_agree(recorded: &Step, ours: &Step) -> bool {
    let close = (recorded.t_ms - ours.t_ms).abs() <= STEP_TOLERANCE_MS;
    close && *recorded == Step { t_ms: recorded.t_ms, ..ours.clone() }
}

fn first_difference<T: Serialize>(
    what: &str,
    recorded: &[T],
    ours: &[T],
    agree: fn(&T, &T) -> bool,
) -> Option<Difference> {
    let length = recorded.len().max(ours.len());
    let agrees = |index: &usize| match (recorded.get(*index), ours.get(*index)) {
        (Some(recorded), Some(ours)) => agree(recorded, ours),
        _ => false,
    };
    let index = (0..length).find(|index| !agrees(index))?;
    let mut lines = format!("  first divergence in {what} {}\n", index + 1);
    let mut fields = Map::new();
    fields.insert(what.to_owned(), json!(index));
    for (side, values) in [("recorded", recorded), ("ours", ours)] {
        let value = values.get(index).map_or(Value::Null, |value| json!(value));
        let _ = writeln!(lines, "    {side:<9} {value}");
        fields.insert(side.to_owned(), value);
    }
    Some(Difference { severity: (length - index) as u64, lines, fields })
}

fn timeline<T: Serialize>(recorded: &[T], ours: &[T], agree: fn(&T, &T) -> bool) -> String {
    let mut out = String::new();
    let line =
        |value: Option<&T>| value.map_or_else(|| "(none)".to_owned(), |value| json!(value).to_string());
    for index in 0..recorded.len().max(ours.len()) {
        let pair = (recorded.get(index), ours.get(index));
        let equal = matches!(pair, (Some(recorded), Some(ours)) if agree(recorded, ours));
        let (recorded, ours) = (line(pair.0), line(pair.1));
        let _ = if equal {
            writeln!(out, "  {:>3}  = {recorded}", index + 1)
        } else {
            writeln!(out, "  {:>3}  - {recorded}\n       + {ours}", index + 1)
        };
    }
    out
}

/// The case with our answers and steps in place of the recorded ones.
fn written(line: &str, answers: &[Answer], steps: &[Step]) -> Result<Value, String> {
    let mut case: Value = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
    case["answers"] = json!(answers);
    case["steps"] = json!(steps);
    Ok(case)
}
