//! The share of chance and of the assumption in a spread.

use measures::stats::Mean;
use measures::{Elapsed, Milli, Row};

/// The share of the variance of the rollout time that remains when the weather is known, with all weathers equally
/// likely: E\[Var(T | weather)\] / Var(T), by the law of total variance. From 0 to 1; `None` if all rollouts take the
/// same time. A rollout that does not end counts as ending at the horizon, which understates the spread if there are
/// many.
pub fn share_of_chance<'a>(weathers: impl Iterator<Item = &'a [Row]>, horizon: Milli) -> Option<f64> {
    let moments: Vec<(f64, f64)> = weathers.filter_map(|rows| moments(rows, horizon)).collect();
    let number = moments.len() as f64;
    let within = moments.iter().map(|(_, variance)| variance).sum::<f64>() / number;
    let mean = moments.iter().map(|(mean, _)| mean).sum::<f64>() / number;
    let between = moments.iter().map(|(each, _)| (each - mean).powi(2)).sum::<f64>() / number;
    let total = within + between;
    (total > 0.0).then(|| within / total)
}

/// Mean and variance of the rollout time in seconds; `None` if no run has one.
fn moments(rows: &[Row], horizon: Milli) -> Option<(f64, f64)> {
    let seconds = rows.iter().filter_map(|row| {
        Some(match row.elapsed()? {
            Elapsed::Within(time) => time.as_f64(),
            Elapsed::BeyondHorizon => horizon.as_f64(),
        })
    });
    let mean = Mean::of(seconds.clone());
    let value = mean.value()?;
    let squares = Mean::of(seconds.map(|seconds| (seconds - value).powi(2)));
    Some((value, squares.value()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use measures::known;

    fn rows(seconds: &[i64]) -> Vec<Row> {
        let row = |&seconds: &i64| Row::example().with(known::ROLLOUT_TIME, Milli::from_whole(seconds));
        seconds.iter().map(row).collect()
    }

    fn share(weathers: &[&[i64]]) -> Option<f64> {
        let weathers: Vec<Vec<Row>> = weathers.iter().map(|seconds| rows(seconds)).collect();
        share_of_chance(weathers.iter().map(Vec::as_slice), Milli::from_whole(1800))
    }

    /// Within: variance 1 in each. Between: means 10 and 16 are 3 from their mean, 9. So 1 of 10.
    #[test]
    fn the_variance_is_divided_between_chance_and_assumption() {
        assert_eq!(share(&[&[9, 11], &[15, 17]]), Some(0.1));
        assert_eq!(share(&[&[9, 11], &[9, 11]]), Some(1.0));
        assert_eq!(share(&[&[9, 9], &[11, 11]]), Some(0.0));
        assert_eq!(share(&[&[9, 9], &[9]]), None);
        assert_eq!(share(&[&[]]), None);
    }
}
