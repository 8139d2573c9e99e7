//! Recordings of the disruption controller and the eviction API: exact answers and statuses,
//! and drains as distributions.

mod drain;
mod replay;
mod script;

use super::kind::{Kind, Outcome, Wanted};
use super::sides::{Entries, with_ours};
use replay::replay;
use script::{Answer, Case, Step};
use serde_json::json;
use std::collections::BTreeSet;

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
        let difference = ANSWERS
            .first_difference(&case.answers, &answers)
            .or_else(|| STEPS.first_difference(&case.steps, &steps));
        let timeline = wanted.timeline.then(|| {
            ANSWERS.side_by_side(&case.answers, &answers) + &STEPS.side_by_side(&case.steps, &steps)
        });
        let written =
            wanted.written.then(|| with_ours(line, [("answers", json!(answers)), ("steps", json!(steps))]));
        let written = written.transpose()?;
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

const ANSWERS: Entries<Answer> = Entries {
    noun: "answer",
    absent: "(none)",
    agree: answers_agree,
    line: |answer| json!(answer).to_string(),
    json: |answer| json!(answer),
};

const STEPS: Entries<Step> = Entries {
    noun: "step",
    absent: "(none)",
    agree: steps_agree,
    line: |step| json!(step).to_string(),
    json: |step| json!(step),
};
