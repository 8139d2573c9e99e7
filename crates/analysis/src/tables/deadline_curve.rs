//! `deadline --csv FILE`: what each progress deadline would have reported, a row per deadline.

use crate::deadline::{DeadlineAdvice, DeadlinePoint};
use measures::Elapsed;
use measures::field::Kind::{Count, Number};
use measures::field::{Field, field};
use measures::stats::Bounds;
use measures::units::share_cell;
use std::io::Write;

/// The largest number of deadlines in files and charts, without those that [`DeadlineAdvice::curve`] always adds.
pub const MOST_POINTS: usize = 200;

/// The columns in their order. New ones come at the end.
#[rustfmt::skip]
pub const FIELDS: [Field; 12] = [
    field("deadline_s", Count, "s", "`progressDeadlineSeconds`"),
    field("false_alarms", Count, "rollouts", "rollouts that end and raise an alarm before"),
    field("ended", Count, "rollouts", "rollouts that end"),
    field("false_alarm_share", Number, "share", "`false_alarms` of `ended`"),
    field("false_alarm_low", Number, "share", "lower end of its 95% Wilson interval"),
    field("false_alarm_high", Number, "share", "upper end"),
    field("detected", Count, "rollouts", "rollouts that do not end and raise an alarm within the horizon"),
    field("stuck", Count, "rollouts", "rollouts that do not end"),
    field("detect_p50_s", Number, "s", "median of the time to detect; empty if it is beyond the horizon, or if all rollouts end"),
    field("detect_p50_low_s", Number, "s", "lower end of its 95% interval"),
    field("detect_p50_high_s", Number, "s", "upper end"),
    field("detect_p95_s", Number, "s", "95% quantile of the time to detect"),
];

/// Writes the curve of an advice.
///
/// # Errors
/// The sink refuses.
pub fn write_curve(out: impl Write, advice: &DeadlineAdvice) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(FIELDS.map(|field| field.name))?;
    for point in advice.curve(MOST_POINTS) {
        csv.write_record(cells(&point))?;
    }
    Ok(csv.flush()?)
}

fn cells(point: &DeadlinePoint) -> Vec<String> {
    let alarms = point.false_alarms;
    let (low, high) = alarms.interval();
    let time = |time: Option<Elapsed>| match time {
        Some(Elapsed::Within(time)) => time.to_string(),
        Some(Elapsed::BeyondHorizon) | None => String::new(),
    };
    let mut cells = vec![point.deadline.to_string(), alarms.hits.to_string(), alarms.of.to_string()];
    cells.extend([alarms.share(), low, high].map(share_cell));
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
