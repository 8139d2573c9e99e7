//! Available pods over time, over all runs.

use super::Milli;
use crate::stats::Level;

/// A histogram of available pods for each moment of a grid over [0, horizon].
///
/// Only counts are kept, so memory grows with the number of different values at a moment and not with
/// the number of runs, and the order in which runs are added does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fan {
    horizon: Milli,
    moments: Vec<Histogram>,
}

/// Ascending values with the number of runs that had them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Histogram(Vec<(i32, u64)>);

/// How many pods were available at one moment, over all runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the usual names of quantiles")]
pub struct FanPoint {
    pub at: Milli,
    pub min: i32,
    pub p05: i32,
    pub p25: i32,
    pub p50: i32,
    pub p75: i32,
    pub p95: i32,
    pub max: i32,
}

impl Fan {
    /// Moments of the grid: one a second in a horizon of half an hour.
    pub const GRID_POINTS: usize = 1801;

    /// An empty fan.
    pub fn new(horizon: Milli) -> Self {
        Self { horizon, moments: Vec::new() }
    }

    /// Adds a run.
    pub fn add(&mut self, available_on_grid: &[i32]) {
        if self.moments.len() < available_on_grid.len() {
            self.moments.resize_with(available_on_grid.len(), Histogram::default);
        }
        for (histogram, &available) in self.moments.iter_mut().zip(available_on_grid) {
            histogram.add(available);
        }
    }

    /// The quantiles at each moment, in order of time; none before a run was added.
    pub fn points(&self) -> Vec<FanPoint> {
        let last = self.moments.len().saturating_sub(1).max(1) as i64;
        let at = |index: usize| self.horizon.thousandths() * index as i64 / last;
        let moments = self.moments.iter().enumerate();
        moments.map(|(index, histogram)| histogram.point(Milli::from_thousandths(at(index)))).collect()
    }
}

impl Histogram {
    fn add(&mut self, value: i32) {
        match self.0.binary_search_by_key(&value, |&(seen, _)| seen) {
            Ok(index) => self.0[index].1 += 1,
            Err(index) => self.0.insert(index, (value, 1)),
        }
    }

    fn quantile(&self, level: Level) -> i32 {
        let runs: u64 = self.0.iter().map(|&(_, count)| count).sum();
        let mut above_rank = level.rank(runs as usize) as u64;
        for &(value, count) in &self.0 {
            if above_rank < count {
                return value;
            }
            above_rank -= count;
        }
        0
    }

    fn point(&self, at: Milli) -> FanPoint {
        let quantile = |thousandths| self.quantile(Level::per_mille(thousandths));
        FanPoint {
            at,
            min: quantile(0),
            p05: quantile(50),
            p25: quantile(250),
            p50: quantile(500),
            p75: quantile(750),
            p95: quantile(950),
            max: quantile(1000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Sample;

    #[test]
    fn a_histogram_gives_the_same_quantiles_as_the_sample() {
        let values: Vec<i32> = (0..997).map(|k: i32| (k * k) % 37 - 5).collect();
        let mut histogram = Histogram::default();
        for &value in &values {
            histogram.add(value);
        }
        let sample = Sample::new(values.iter().map(|&value| i64::from(value)));
        for level in [0, 50, 250, 500, 750, 950, 1000].map(Level::per_mille) {
            assert_eq!(Some(i64::from(histogram.quantile(level))), sample.quantile(level), "{level}");
        }
    }

    #[test]
    fn the_grid_spans_the_horizon() {
        let mut fan = Fan::new(Milli::from_whole(60));
        fan.add(&[3, 2, 3]);
        let times: Vec<String> = fan.points().iter().map(|point| point.at.to_string()).collect();
        assert_eq!(times, ["0.000", "30.000", "60.000"]);
    }

    #[test]
    fn an_empty_fan_has_no_points() {
        assert!(Fan::new(Milli::from_whole(60)).points().is_empty());
    }
}
