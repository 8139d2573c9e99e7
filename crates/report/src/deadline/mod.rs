//! Advice on the progress deadline, for people and for programs.

mod table;

pub use table::AdviceTable;

use analysis::deadline::{DeadlineAdvice, DeadlinePoint};
use analysis::tables::deadline_curve::MOST_POINTS;
use measures::stats::CONFIDENCE;
use measures::{Elapsed, Milli};
use serde_json::{Value, json};

/// Version of the format. It increases when a reader of the old format would misread it.
const SCHEMA_VERSION: u32 = 1;

/// The advice as JSON. `null` as a time means "beyond the horizon", as a number of seconds "not known".
pub fn advice_json(advice: &DeadlineAdvice) -> Value {
    let smallest = advice.smallest();
    json!({
        "schemaVersion": SCHEMA_VERSION,
        "scenario": advice.facts.scenario,
        "runs": advice.runs,
        "seed": advice.facts.seed,
        "confidence": CONFIDENCE,
        "ended": advice.ended(),
        "stuck": advice.stuck(),
        "silent": advice.silent,
        "falseAlarms": advice.facts.rate,
        "simulated": advice.facts.simulated.map(seconds),
        "progressDeadlineSeconds": smallest.and_then(|found| found.high),
        "inThisBatch": smallest.map(|found| found.here),
        "low": smallest.map(|found| found.low),
        "runsNeeded": advice.runs_needed(),
        "curve": advice.curve(MOST_POINTS).iter().map(point_json).collect::<Vec<_>>(),
    })
}

fn seconds(time: Milli) -> i64 {
    time.thousandths() / 1000
}

fn point_json(point: &DeadlinePoint) -> Value {
    let (low, high) = point.false_alarms.interval();
    let rounded = |share: f64| (share * 1e6).round() / 1e6;
    let time = |time: Option<Elapsed>| match time {
        Some(Elapsed::Within(time)) => Some(time),
        Some(Elapsed::BeyondHorizon) | None => None,
    };
    json!({
        "deadline": point.deadline,
        "falseAlarms": {
            "runs": point.false_alarms.hits,
            "of": point.false_alarms.of,
            "share": rounded(point.false_alarms.share()),
            "low": rounded(low),
            "high": rounded(high),
        },
        "detected": point.detected.as_ref().map(|detected| json!({
            "runs": detected.within.hits,
            "of": detected.within.of,
            "p50": time(Some(detected.median.0)),
            "p50Low": time(detected.median.1.low),
            "p50High": time(detected.median.1.high),
            "p95": time(Some(detected.p95.0)),
        })),
    })
}
