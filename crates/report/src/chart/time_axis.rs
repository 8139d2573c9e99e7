//! Ticks at round times.

use measures::Milli;
use measures::units::{count, duration};

/// Distances between ticks, in seconds.
const STEPS: [f64; 21] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
    14_400.0, 28_800.0, 43_200.0, 86_400.0,
];

/// The end of an axis that begins at zero: shortly after the last change and after the progress deadline. The deadline
/// is included because a period without changes until it fires is a finding.
pub(crate) fn axis_end(last_change: Milli, deadline_fired: Option<Milli>, horizon: Milli) -> f64 {
    let (last, horizon) = (last_change.max(deadline_fired.unwrap_or_default()).as_f64(), horizon.as_f64());
    (last * 1.1).max(horizon / 60.0).min(horizon).max(0.001)
}

/// At most about ten ticks from `from` to `to` seconds.
pub(crate) fn time_ticks(from: f64, to: f64) -> Vec<f64> {
    // Labels have two units at most, so that a tick between two labels would be imprecise.
    let finest = if to < 60.0 {
        0.0
    } else if to < 3600.0 {
        1.0
    } else {
        60.0
    };
    let fits = |step: &&f64| **step >= finest && (to - from) / **step <= 10.0;
    let step = STEPS.iter().find(fits).copied().unwrap_or((to - from) / 10.0);
    ticks(from, to, step)
}

/// At most about eight whole numbers from `from` to `to`.
pub(crate) fn whole_ticks(from: f64, to: f64) -> Vec<f64> {
    let mut step = 1.0;
    while (to - from) / step > 8.0 {
        // 1, 2, 5, 10, 20, 50, …
        let leading = step / 10_f64.powi(step.log10().floor() as i32);
        step *= if (leading - 2.0).abs() < 0.5 { 2.5 } else { 2.0 };
    }
    ticks(from, to, step)
}

/// `1m 30s`.
pub(crate) fn time_label(seconds: f64) -> String {
    duration(Milli::from_f64(seconds))
}

/// `1,500`.
pub(crate) fn whole_label(number: f64) -> String {
    count(number.max(0.0).round() as u64)
}

fn ticks(from: f64, to: f64, step: f64) -> Vec<f64> {
    let (first, last) = ((from / step).ceil() as i64, (to / step + 1e-9).floor() as i64);
    (first..=last).map(|index| index as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(time_ticks(0.0, 70.0), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0]);
        assert_eq!(time_ticks(0.0, 1800.0).len(), 7);
        assert_eq!(whole_ticks(0.0, 3.0), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(whole_ticks(1500.0, 2500.0), [1600.0, 1800.0, 2000.0, 2200.0, 2400.0]);
        assert_eq!(whole_ticks(0.0, 13.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
    }
}
