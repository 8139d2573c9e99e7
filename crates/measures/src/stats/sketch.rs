//! Quantiles of millions of values in bounded memory.

use hdrhistogram::Histogram;

/// Significant digits that are kept of a value.
const DIGITS: u8 = 3;

/// The largest relative error of a quantile of a sketch; quantiles below 2,048 are exact.
pub const SKETCH_ERROR: f64 = 0.001;

/// Counts of whole numbers in bins of 0.1% width.
///
/// The high dynamic range histogram (G. Tene, `HdrHistogram`). It stores only counts, so the result depends neither
/// on the order of the values nor on the order of merges. Numbers below 2,048 have a bin each, so counts of pods
/// stay exact. At most 442 kB for any number of values.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    bins: Histogram<u64>,
    least: u64,
    most: u64,
}

/// One bin of a sketch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bin {
    /// The least value of the bin.
    pub(super) low: u64,
    /// The estimate of its values.
    pub(super) middle: u64,
    /// The largest value of the bin.
    pub(super) high: u64,
    /// The number of values in it.
    pub(super) count: u64,
}

impl Sketch {
    pub(super) fn new() -> Self {
        // An auto-resizing histogram takes any u64, and three digits are a legal precision.
        let bins = Histogram::new(DIGITS).unwrap_or_else(|error| unreachable!("{error}"));
        Self { bins, least: u64::MAX, most: 0 }
    }

    pub(super) fn push(&mut self, value: u64) {
        // It grows with its largest value; only a histogram of a fixed size refuses values.
        self.bins.record(value).unwrap_or_else(|error| unreachable!("{error}"));
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.bins.add(&other.bins).unwrap_or_else(|error| unreachable!("same precision: {error}"));
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
    }

    pub(super) fn len(&self) -> u64 {
        self.bins.len()
    }

    /// The bins that are not empty, in ascending order.
    pub(super) fn bins(&self) -> impl Iterator<Item = Bin> + '_ {
        let inside = |value: u64| value.clamp(self.least, self.most);
        self.bins.iter_recorded().map(move |at| {
            let value = at.value_iterated_to();
            Bin {
                low: inside(self.bins.lowest_equivalent(value)),
                middle: inside(self.bins.median_equivalent(value)),
                high: inside(self.bins.highest_equivalent(value)),
                count: at.count_at_value(),
            }
        })
    }

    /// The bin of the value with this rank, counted from 0; `None` beyond the last.
    pub(super) fn at(&self, mut rank: u64) -> Option<Bin> {
        self.bins().find(|bin| {
            let is_here = rank < bin.count;
            rank = rank.saturating_sub(bin.count);
            is_here
        })
    }
}
