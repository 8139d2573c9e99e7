//! Intervals by resampling, where no formula exists.

use super::{Level, Miss};
use simulator::engine::Streams;

/// Resamples per interval: the ends are then the 50th and the 1950th of them, and chance moves an end by
/// about a twentieth of the interval's width.
pub const RESAMPLES: usize = 1999;

/// The percentile bootstrap interval of a statistic of `size` independent observations.
///
/// `statistic` gets the numbers of the observations in a resample, drawn with replacement. Its result only needs
/// an order, so it may be "greater than every number". Observations that belong together (the two members of a
/// pair) must have one number. The draws depend on `seed` and `name` alone.
///
/// Assumes a statistic so smooth that its resamples vary as it does itself. Quantiles well inside the sample meet
/// this: with 200 runs the 95% quantile does, the 99% quantile does not.
/// Source: B. Efron, *Nonparametric Standard Errors and Confidence Intervals*, Canadian Journal of
/// Statistics 9, 1981; P. J. Bickel and D. A. Freedman, *Some Asymptotic Theory for the Bootstrap*, Annals
/// of Statistics 9, 1981, on quantiles.
pub fn percentile_bootstrap<T: Ord + Copy>(
    size: usize,
    (seed, name): (u64, &str),
    miss: Miss,
    mut statistic: impl FnMut(&[usize]) -> T,
) -> Option<(T, T)> {
    if size == 0 {
        return None;
    }
    let mut stream = Streams::new(seed, 0).running(&format!("bootstrap {name}"));
    let mut resample = vec![0; size];
    let mut results: Vec<T> = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        for number in &mut resample {
            *number = stream.below(size);
        }
        results.push(statistic(&resample));
    }
    results.sort_unstable();
    let low = Level::nearest(miss.tail()).rank(RESAMPLES);
    Some((results[low], results[RESAMPLES - 1 - low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[i64]) -> impl FnMut(&[usize]) -> i64 {
        move |resample| {
            resample.iter().map(|&number| values[number]).sum::<i64>()
                / simulator::number::Saturate::<i64>::saturated(resample.len())
        }
    }

    #[test]
    fn the_same_seed_and_name_give_the_same_interval() {
        let values: Vec<i64> = (0..100).map(|k| k * k).collect();
        let interval =
            |seed, name| percentile_bootstrap(100, (seed, name), Miss::ONE_IN_TWENTY, mean(&values));
        assert_eq!(interval(1, "a"), interval(1, "a"));
        assert_ne!(interval(1, "a"), interval(2, "a"));
        assert_ne!(interval(1, "a"), interval(1, "b"));
    }

    #[test]
    fn it_agrees_with_the_normal_law_on_a_mean() {
        let values: Vec<i64> = (0..400).map(|k| (k * 7919) % 10_007).collect();
        let known = super::super::Mean::of(values.iter().map(|&value| value as f64));
        let (low, high) = known.interval(Miss::ONE_IN_TWENTY).unwrap();
        let ours = percentile_bootstrap(400, (1, "mean"), Miss::ONE_IN_TWENTY, mean(&values)).unwrap();
        assert!((ours.0 as f64 - low).abs() < 0.05 * (high - low), "{ours:?} {low} {high}");
        assert!((ours.1 as f64 - high).abs() < 0.05 * (high - low), "{ours:?} {low} {high}");
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(percentile_bootstrap(0, (1, ""), Miss::ONE_IN_TWENTY, |_| 0), None);
    }
}
