//! A sample, its quantiles and their confidence intervals.

use super::sketch::{SKETCH_ERROR, Sketch};
use super::{Level, Miss};
use simulator::number::Saturate;
use statrs::distribution::{Binomial, DiscreteCDF};

/// A sample with at most this number of values keeps all of them; a larger one is a sketch. Only the size decides:
/// neither threads nor shards nor the order of the values change a quantile.
pub const EXACT_VALUES: usize = 100_000;

/// The values of a sample: whole numbers, and a value above all numbers.
pub trait Measured: Ord + Copy {
    /// The number, at least 0; `None` is the value above all numbers. Numbers below 0 count as 0 in sketches.
    fn number(self) -> Option<u64>;
    /// The value of a number, as [`number`](Self::number) returns it.
    fn of_number(number: Option<u64>) -> Self;
}

impl Measured for i64 {
    fn number(self) -> Option<u64> {
        Some(self.saturated())
    }

    fn of_number(number: Option<u64>) -> Self {
        number.map_or(Self::MAX, Saturate::saturated)
    }
}

/// A sample. `T` may be a time that the horizon cuts off: such values sort last and count in every quantile; they
/// are never dropped.
#[derive(Debug, Clone)]
pub struct Sample<T> {
    values: SampleValues<T>,
}

#[derive(Debug, Clone)]
enum SampleValues<T> {
    /// In ascending order.
    Exact(Vec<T>),
    Sketched(Sketched),
}

#[derive(Debug, Clone)]
struct Sketched {
    sketch: Sketch,
    /// The number of values above all numbers.
    beyond: u64,
}

/// A sample under construction.
#[derive(Debug, Clone)]
pub struct SampleBuilder<T>(SampleValues<T>);

/// The two ends of a confidence interval; `None` where the sample is too small to give one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds<T> {
    /// The lower end.
    pub low: Option<T>,
    /// The upper end.
    pub high: Option<T>,
}

impl<T> Default for SampleBuilder<T> {
    fn default() -> Self {
        Self(SampleValues::Exact(Vec::new()))
    }
}

impl<T: Measured> SampleBuilder<T> {
    /// Adds a value.
    pub fn push(&mut self, value: T) {
        match &mut self.0 {
            SampleValues::Exact(values) if values.len() < EXACT_VALUES => values.push(value),
            SampleValues::Exact(values) => {
                let mut sketched = Sketched::of(values);
                sketched.push(value);
                self.0 = SampleValues::Sketched(sketched);
            }
            SampleValues::Sketched(sketched) => sketched.push(value),
        }
    }

    /// Adds another tally's values; the result equals one tally of all values.
    pub fn merge(&mut self, other: Self) {
        match (&mut self.0, other.0) {
            (_, SampleValues::Exact(values)) => values.into_iter().for_each(|value| self.push(value)),
            (SampleValues::Exact(values), SampleValues::Sketched(mut sketched)) => {
                for &value in values.iter() {
                    sketched.push(value);
                }
                self.0 = SampleValues::Sketched(sketched);
            }
            (SampleValues::Sketched(ours), SampleValues::Sketched(theirs)) => {
                ours.sketch.merge(&theirs.sketch);
                ours.beyond += theirs.beyond;
            }
        }
    }

    /// The sample of the values so far.
    pub fn finish(self) -> Sample<T> {
        let mut values = self.0;
        if let SampleValues::Exact(values) = &mut values {
            values.sort_unstable();
        }
        Sample { values }
    }
}

impl Sketched {
    fn of<T: Measured>(values: &[T]) -> Self {
        let mut sketched = Self { sketch: Sketch::new(), beyond: 0 };
        for &value in values {
            sketched.push(value);
        }
        sketched
    }

    fn push<T: Measured>(&mut self, value: T) {
        match value.number() {
            Some(number) => self.sketch.push(number),
            None => self.beyond += 1,
        }
    }
}

impl<T: Measured> Sample<T> {
    /// The sample of some values.
    pub fn new(values: impl IntoIterator<Item = T>) -> Self {
        let mut tally = SampleBuilder::default();
        values.into_iter().for_each(|value| tally.push(value));
        tally.finish()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        match &self.values {
            SampleValues::Exact(values) => values.len(),
            SampleValues::Sketched(Sketched { sketch, beyond }) => (sketch.len() + beyond).saturated(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The relative error of a quantile: 0, or the error of a sketch.
    pub fn error(&self) -> f64 {
        match self.values {
            SampleValues::Exact(_) => 0.0,
            SampleValues::Sketched(_) => SKETCH_ERROR,
        }
    }

    /// The smallest value, always exact.
    pub fn min(&self) -> Option<T> {
        self.at(0).map(|at| at.low)
    }

    /// The largest value, always exact.
    pub fn max(&self) -> Option<T> {
        self.at(self.len().checked_sub(1)?).map(|at| at.high)
    }

    /// The smallest value that at least this share of the sample does not exceed; `None` without values.
    pub fn quantile(&self, level: Level) -> Option<T> {
        if self.is_empty() { None } else { self.at(level.rank(self.len())).map(|at| at.middle) }
    }

    /// A distribution-free 95% confidence interval of the quantile: two values of the sample itself, or the bounds
    /// of their bins in a sketch.
    pub fn quantile_bounds(&self, level: Level) -> Bounds<T> {
        self.quantile_bounds_at(level, Miss::ONE_IN_TWENTY)
    }

    /// The same with another confidence.
    pub fn quantile_bounds_at(&self, level: Level, miss: Miss) -> Bounds<T> {
        let (low, high) = quantile_ranks(self.len() as u64, level, miss);
        let at = |rank: u64| self.at(Saturate::<usize>::saturated(rank) - 1);
        Bounds { low: low.and_then(at).map(|at| at.low), high: high.and_then(at).map(|at| at.high) }
    }

    /// The different values in ascending order with their counts; the bins of a sketch.
    pub fn counts(&self) -> Vec<(T, u64)> {
        match &self.values {
            SampleValues::Exact(values) => {
                values.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u64)).collect()
            }
            SampleValues::Sketched(Sketched { sketch, beyond }) => {
                let bins = sketch.bins().map(|bin| (T::of_number(Some(bin.middle)), bin.count));
                bins.chain((*beyond > 0).then_some((T::of_number(None), *beyond))).collect()
            }
        }
    }

    /// The value with this rank, counted from 0.
    fn at(&self, rank: usize) -> Option<RankedValue<T>> {
        match &self.values {
            SampleValues::Exact(values) => {
                values.get(rank).map(|&value| RankedValue { low: value, middle: value, high: value })
            }
            SampleValues::Sketched(Sketched { sketch, beyond }) => match sketch.at(rank as u64) {
                Some(bin) => {
                    let [low, middle, high] =
                        [bin.low, bin.middle, bin.high].map(|number| T::of_number(Some(number)));
                    Some(RankedValue { low, middle, high })
                }
                None if (rank as u64) < sketch.len() + beyond => {
                    let beyond = T::of_number(None);
                    Some(RankedValue { low: beyond, middle: beyond, high: beyond })
                }
                None => None,
            },
        }
    }
}

/// A value, as precisely as the sample holds it.
struct RankedValue<T> {
    low: T,
    middle: T,
    high: T,
}

/// The ranks, counted from 1, of the two order statistics that enclose a quantile except with the probability
/// `miss`; `None` where `size` values are too few for that end.
///
/// The number of values below the true quantile is binomial, whatever the distribution (H. A.
/// David and H. N. Nagaraja, *Order Statistics*, 3rd edition, 7.1). With ties the interval covers more often, never less.
pub fn quantile_ranks(size: u64, level: Level, miss: Miss) -> (Option<u64>, Option<u64>) {
    let Ok(below) = Binomial::new(level.fraction(), size) else {
        return (None, None);
    };
    let low = below.inverse_cdf(miss.tail());
    let high = below.inverse_cdf(1.0 - miss.tail()) + 1;
    ((low >= 1).then_some(low), (high <= size).then_some(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::CONFIDENCE;

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
            assert_eq!(quantile_ranks(size, level, Miss::ONE_IN_TWENTY), (low, high), "{level} of {size}");
        }
    }

    /// Sums the binomial probabilities: the enclosed ranks must carry at least the confidence.
    #[test]
    fn ranks_cover_the_quantile() {
        for size in [20_u64, 57, 200, 1000] {
            for level in [Level::P50, Level::P90, Level::P95] {
                let (low, high) = quantile_ranks(size, level, Miss::ONE_IN_TWENTY);
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
        let sample = Sample::new((1..=200_i64).rev());
        assert_eq!(sample.quantile(Level::P95), Some(190));
        assert_eq!(sample.quantile_bounds(Level::P95), Bounds { low: Some(184), high: Some(197) });
    }

    /// Times in milliseconds, some of them beyond the horizon.
    fn times(count: u64) -> Vec<Time> {
        let mixed = |k: u64| k.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let time = |k| if k % 50 == 7 { Time(None) } else { Time(Some(20_000 + mixed(k) % 900_000)) };
        (0..count).map(time).collect()
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Time(Option<u64>);

    impl Ord for Time {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.0.unwrap_or(u64::MAX).cmp(&other.0.unwrap_or(u64::MAX))
        }
    }

    impl PartialOrd for Time {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Measured for Time {
        fn number(self) -> Option<u64> {
            self.0
        }

        fn of_number(number: Option<u64>) -> Self {
            Self(number)
        }
    }

    const LEVELS: [u16; 7] = [0, 50, 500, 900, 950, 985, 1000];

    #[test]
    fn a_hundred_thousand_values_are_exact_and_one_more_is_a_sketch() {
        assert!(Sample::new(times(EXACT_VALUES as u64)).error() == 0.0);
        assert!(Sample::new(times(EXACT_VALUES as u64 + 1)).error() > 0.0);
    }

    #[test]
    fn a_sketch_is_off_by_no_more_than_it_says() {
        let mut sorted = times(300_000);
        let sample = Sample::new(sorted.iter().copied());
        sorted.sort_unstable();
        for level in LEVELS.map(Level::per_mille) {
            let (exact, ours) = (sorted[level.rank(sorted.len())], sample.quantile(level).unwrap());
            let bounds = sample.quantile_bounds(level);
            let encloses =
                bounds.low.is_none_or(|low| low <= exact) && bounds.high.is_none_or(|high| high >= exact);
            assert!(encloses, "{level}: {exact:?} {bounds:?}");
            match (exact.0, ours.0) {
                (Some(exact), Some(ours)) => {
                    assert!(exact.abs_diff(ours) as f64 <= sample.error() * exact as f64, "{level}: {ours}");
                }
                both => assert_eq!(both, (None, None), "{level}"),
            }
        }
        assert_eq!((sample.min(), sample.max()), (Some(sorted[0]), Some(Time(None))));
    }

    #[test]
    fn merged_is_whole_in_any_order() {
        let whole = Sample::new(times(250_000));
        for parts in [[60_000, 190_000], [120_000, 240_000], [1, 150_001]] {
            let values = times(250_000);
            let mut parts =
                [&values[..parts[0]], &values[parts[0]..parts[1]], &values[parts[1]..]].map(|part| {
                    let mut tally = SampleBuilder::default();
                    for &value in part {
                        tally.push(value);
                    }
                    tally
                });
            parts.reverse();
            let mut merged = SampleBuilder::default();
            for part in parts {
                merged.merge(part);
            }
            let merged = merged.finish();
            assert_eq!(merged.len(), whole.len());
            assert_eq!(merged.counts(), whole.counts());
            assert_eq!(merged.min(), whole.min());
        }
    }

    #[test]
    fn small_numbers_stay_exact_in_a_sketch() {
        let sample = Sample::new((0..98 * 2048).map(|k: u64| Time(Some(k % 2048))));
        let expected: Vec<u64> = (0..2048).collect();
        let seen: Vec<u64> = sample.counts().into_iter().filter_map(|(value, _)| value.0).collect();
        assert_eq!(seen, expected);
        assert_eq!(sample.quantile(Level::P50), Some(Time(Some(1023))));
    }
}
