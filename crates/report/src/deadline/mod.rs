//! Advice on the progress deadline, for people and for programs.

mod table;

pub use table::AdviceTable;

use analysis::deadline::{Advice, Point};
use measures::stats::{Bounds, CONFIDENCE};
use measures::{Elapsed, Milli};
use serde_json::{Value, json};
use std::io::Write;

/// Version of the shape. It grows when a reader of the old shape would go wrong.
const SCHEMA_VERSION: u32 = 1;

/// Points of the curve in files and charts.
pub const CURVE: usize = 200;

/// The curve as CSV. An empty cell is beyond the horizon, or there is no rollout of that kind.
///
/// # Errors
/// The sink refuses.
pub fn write_curve(out: impl Write, advice: &Advice) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "deadline_s",
        "false_alarms",
        "ended",
        "false_alarm_share",
        "false_alarm_low",
        "false_alarm_high",
        "detected",
        "stuck",
        "detect_p50_s",
        "detect_p50_low_s",
        "detect_p50_high_s",
        "detect_p95_s",
    ])?;
    for point in advice.curve(CURVE) {
        csv.write_record(cells(&point))?;
    }
    csv.flush()?;
    Ok(())
}

fn cells(point: &Point) -> Vec<String> {
    let alarms = point.false_alarms;
    let (low, high) = alarms.interval();
    let time = |time: Option<Elapsed>| match time {
        Some(Elapsed::Within(time)) => time.to_string(),
        Some(Elapsed::BeyondHorizon) | None => String::new(),
    };
    let mut cells = vec![point.deadline.to_string(), alarms.hits.to_string(), alarms.of.to_string()];
    cells.extend([alarms.share(), low, high].map(|share| format!("{share:.6}")));
    match &point.detected {
        Some(detected) => {
            let (median, Bounds { low, high }) = &detected.median;
            cells.extend([detected.within.hits.to_string(), detected.within.of.to_string()]);
            cells.extend([Some(*median), *low, *high, Some(detected.p95.0)].map(time));
        }
        None => cells.extend(["0", "0", "", "", "", ""].map(str::to_owned)),
    }
    cells
}

/// The advice as JSON. `null` as a time is beyond the horizon, as a number of seconds "not to be told".
pub fn advice_json(advice: &Advice) -> Value {
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
        "curve": advice.curve(CURVE).iter().map(point_json).collect::<Vec<_>>(),
    })
}

fn seconds(time: Milli) -> i64 {
    time.thousandths() / 1000
}

fn point_json(point: &Point) -> Value {
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
