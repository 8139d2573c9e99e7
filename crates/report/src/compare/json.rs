//! The output of `compare -o json`.

use super::{Replay, values_json};
use analysis::compare::{Answer, Comparison, Extreme};
use measures::question::Better;
use measures::stats::CONFIDENCE;
use serde_json::{Value, json};

/// Version of the format. It increases when a reader of the old format would misread it.
const SCHEMA_VERSION: u32 = 1;

/// The comparison as JSON. Differences are B minus A; `null` as a value or a difference means "beyond the horizon",
/// `null` as an end of an interval means that the runs do not bound it on that side.
pub fn comparison_json(comparison: &Comparison, replay: &Replay<'_>) -> Value {
    let [a, b] = &comparison.names;
    json!({
        "schemaVersion": SCHEMA_VERSION,
        "a": a,
        "b": b,
        "pairs": comparison.pairs,
        "alike": comparison.alike,
        "seed": comparison.seed,
        "horizonSeconds": comparison.horizon,
        "confidence": CONFIDENCE,
        "multiplicity": "holm",
        "worse": comparison.is_worse(),
        "measures": comparison.answers.iter().map(answer).collect::<Vec<_>>(),
        "mostDifferentRuns": comparison.extremes.iter().map(|found| extreme(found, replay)).collect::<Vec<_>>(),
    })
}

/// One measure.
pub(crate) fn answer(answer: &Answer) -> Value {
    let [a, b] = answer.estimate.map_or([None, None], |estimate| estimate.values);
    let bounds = answer.estimate.map(|estimate| estimate.bounds);
    json!({
        "measure": answer.question.name(),
        "meaning": answer.question.meaning(),
        "better": match answer.question.better {
            Better::Lower => "lower",
            Better::Higher => "higher",
            Better::Neither => "neither",
        },
        "verdict": answer.verdict.as_str(),
        "pairs": answer.pairs,
        "differingPairs": answer.estimate.map(|estimate| estimate.differing),
        "a": number(a),
        "b": number(b),
        "difference": number(answer.estimate.and_then(|estimate| estimate.difference)),
        "low": number(bounds.map(|bounds| bounds.0)),
        "high": number(bounds.map(|bounds| bounds.1)),
        "margin": number(Some(answer.margin)),
        "adjustedP": significant(answer.p),
    })
}

/// Rounded to six decimals; `null` if infinite.
fn number(number: Option<f64>) -> Value {
    number.filter(|number| number.is_finite()).map(|number| (number * 1e6).round() / 1e6).into()
}

/// Three significant digits: a p-value may be small and must not become zero.
fn significant(p: f64) -> Value {
    format!("{p:.2e}").parse::<f64>().ok().into()
}

fn extreme(extreme: &Extreme, replay: &Replay<'_>) -> Value {
    let [a, b] = values_json(extreme);
    let [replay_a, replay_b] = replay(extreme.run);
    json!({
        "run": extreme.run,
        "outcomeA": extreme.outcomes[0].as_str(),
        "outcomeB": extreme.outcomes[1].as_str(),
        "measure": extreme.question.key,
        "a": a,
        "b": b,
        "replayA": replay_a,
        "replayB": replay_b,
    })
}
