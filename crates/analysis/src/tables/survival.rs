//! `survival.csv`: the probability that a rollout takes longer than a time.

use measures::Milli;
use measures::field::Kind::{Count, Number};
use measures::field::{Field, field};
use measures::stats::SurvivalStep;
use measures::units::share_cell;
use std::io::Write;

/// The columns in their order. New ones come at the end.
#[rustfmt::skip]
pub const FIELDS: [Field; 5] = [
    field("t_s", Number, "s on the rollout clock", "the time"),
    field("at_risk", Count, "runs", "rollouts that had not ended just before"),
    field("survival", Number, "probability", "of taking longer than this"),
    field("survival_low", Number, "probability", "lower end of its 95% band, point by point (Greenwood's variance, log-log scale)"),
    field("survival_high", Number, "probability", "upper end"),
];

/// Steps in the file at most, including the last one.
const MOST_STEPS: usize = 1000;

/// Writes the curve. Of more than 1,000 steps every n-th is written, with the exact values at its
/// time.
///
/// # Errors
/// The sink refuses.
pub fn write_survival(out: impl Write, curve: &[SurvivalStep<Milli>]) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(FIELDS.map(|field| field.name))?;
    let stride = curve.len().div_ceil(MOST_STEPS).max(1);
    // Counted from the end, so that the last step is included.
    let written =
        curve.iter().enumerate().filter(|(index, _)| (curve.len() - 1 - index).is_multiple_of(stride));
    for (_, step) in written {
        let shares = [step.survival, step.low, step.high].map(share_cell);
        let [survival, low, high] = &shares;
        csv.write_record([&step.at.to_string(), &step.at_risk.to_string(), survival, low, high])?;
    }
    Ok(csv.flush()?)
}
