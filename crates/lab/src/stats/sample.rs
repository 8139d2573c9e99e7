//! A sorted sample, its quantiles and their confidence intervals.

use super::{CONFIDENCE, Level};
use statrs::distribution::{Binomial, DiscreteCDF};

/// A sample in ascending order. `T` may be a time that can be "longer than we watched": such values
/// sort last and take part in every quantile, they are never dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample<T>(Vec<T>);

/// The two ends of a confidence interval; `None` where the sample is too small to give one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds<T> {
    /// The lower end.
    pub low: Option<T>,
    /// The upper end.
    pub high: Option<T>,
}

impl<T: Ord + Copy> Sample<T> {
    /// Sorts the values.
    pub fn new(values: impl IntoIterator<Item = T>) -> Self {
        let mut sorted: Vec<T> = values.into_iter().collect();
        sorted.sort_unstable();
        Self(sorted)
    }

    /// The values in ascending order.
    pub fn sorted(&self) -> &[T] {
        &self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The smallest value that at least this share of the sample does not exceed; `None` without values.
    pub fn quantile(&self, level: Level) -> Option<T> {
        if self.is_empty() { None } else { Some(self.0[level.rank(self.len())]) }
    }

    /// A distribution-free confidence interval of the quantile: two values of the sample itself.
    pub fn quantile_bounds(&self, level: Level) -> Bounds<T> {
        let (low, high) = quantile_ranks(self.len() as u64, level);
        let value = |rank: u64| self.0[rank as usize - 1];
        Bounds { low: low.map(value), high: high.map(value) }
    }
}

/// The ranks, counted from 1, of the order statistics that enclose a quantile with at least
/// [`CONFIDENCE`]; `None` where `size` values are too few for that end.
///
/// The number of values below the true quantile is binomial, whatever the distribution (David and
/// Nagaraja, *Order Statistics*, 7.1). With ties the interval covers more often, never less.
pub fn quantile_ranks(size: u64, level: Level) -> (Option<u64>, Option<u64>) {
    let Ok(below) = Binomial::new(level.fraction(), size) else {
        return (None, None);
    };
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let low = below.inverse_cdf(tail);
    let high = below.inverse_cdf(1.0 - tail) + 1;
    ((low >= 1).then_some(low), (high <= size).then_some(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip]
    const RANKS: [(u64, u16, Option<u64>, Option<u64>); 35] = [
            (1, 50, None, None),
            (1, 500, None, None),
            (1, 900, None, None),
            (1, 950, None, None),
            (1, 990, Some(1), None),
            (5, 50, None, Some(2)),
            (5, 500, None, None),
            (5, 900, Some(3), None),
            (5, 950, Some(4), None),
            (5, 990, Some(4), None),
            (20, 50, None, Some(4)),
            (20, 500, Some(6), Some(15)),
            (20, 900, Some(15), None),
            (20, 950, Some(17), None),
            (20, 990, Some(19), None),
            (100, 50, Some(1), Some(11)),
            (100, 500, Some(40), Some(61)),
            (100, 900, Some(84), Some(96)),
            (100, 950, Some(90), Some(100)),
            (100, 990, Some(97), None),
            (200, 50, Some(4), Some(17)),
            (200, 500, Some(86), Some(115)),
            (200, 900, Some(171), Some(189)),
            (200, 950, Some(184), Some(197)),
            (200, 990, Some(195), None),
            (1000, 50, Some(37), Some(65)),
            (1000, 500, Some(469), Some(532)),
            (1000, 900, Some(881), Some(919)),
            (1000, 950, Some(936), Some(964)),
            (1000, 990, Some(983), Some(997)),
            (100_000, 50, Some(4865), Some(5137)),
            (100_000, 500, Some(49_690), Some(50_311)),
            (100_000, 900, Some(89_814), Some(90_187)),
            (100_000, 950, Some(94_864), Some(95_136)),
            (100_000, 990, Some(98_938), Some(99_062)),
    ];

    /// Golden values: `binom.ppf(0.025, n, p)` and `binom.ppf(0.975, n, p) + 1` of scipy.
    #[test]
    fn ranks_agree_with_scipy() {
        for (size, thousandths, low, high) in RANKS {
            let level = Level::per_mille(thousandths);
            assert_eq!(quantile_ranks(size, level), (low, high), "{level} of {size}");
        }
    }

    /// Sums the binomial probabilities: the enclosed ranks must carry at least the confidence.
    #[test]
    fn ranks_cover_the_quantile() {
        for size in [20_u64, 57, 200, 1000] {
            for level in [Level::P50, Level::P90, Level::P95] {
                let (low, high) = quantile_ranks(size, level);
                let below = Binomial::new(level.fraction(), size).unwrap();
                let up_to = |count: u64| below.cdf(count);
                let covered = high.map_or(1.0, |h| up_to(h - 1)) - low.map_or(0.0, |l| up_to(l - 1));
                assert!(covered >= CONFIDENCE, "{level} of {size}: {covered}");
            }
        }
    }

    #[test]
    fn an_empty_sample_has_no_quantiles() {
        let sample = Sample::<i64>::new([]);
        assert_eq!(sample.quantile(Level::P50), None);
        assert_eq!(sample.quantile_bounds(Level::P50), Bounds { low: None, high: None });
    }

    #[test]
    fn quantiles_are_values_of_the_sample() {
        let sample = Sample::new((1..=200).rev());
        assert_eq!(sample.quantile(Level::P95), Some(190));
        assert_eq!(sample.quantile_bounds(Level::P95), Bounds { low: Some(184), high: Some(197) });
    }
}
