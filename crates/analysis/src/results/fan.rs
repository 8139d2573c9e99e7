//! Available pods over time, over all runs.

use measures::Milli;
use measures::stats::Level;
use serde::{Deserialize, Serialize};

/// A histogram of available pods for each moment of a grid over [0, horizon].
///
/// Only counts are kept, so memory grows with the number of different values at a moment, not with the number
/// of runs, and the order of the runs does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FanSteps", into = "FanSteps")]
pub struct Fan {
    moments: Vec<Histogram>,
}

/// A fan in the form of the files: each histogram is valid until the next one.
#[derive(Serialize, Deserialize)]
struct FanSteps {
    moments: usize,
    steps: Vec<(usize, Histogram)>,
}

impl From<Fan> for FanSteps {
    fn from(fan: Fan) -> Self {
        let moments = fan.moments.len();
        let mut steps: Vec<(usize, Histogram)> = Vec::new();
        for (moment, histogram) in fan.moments.into_iter().enumerate() {
            if steps.last().is_none_or(|(_, last)| *last != histogram) {
                steps.push((moment, histogram));
            }
        }
        Self { moments, steps }
    }
}

/// A file may be damaged: moments that do not ascend are dropped, and [`Fan::is_of`] reports it.
impl From<FanSteps> for Fan {
    fn from(steps: FanSteps) -> Self {
        let FanSteps { moments: count, steps } = steps;
        let count = count.min(Self::GRID_POINTS);
        let mut moments: Vec<Histogram> = Vec::with_capacity(count);
        let steps = if steps.first().is_some_and(|(moment, _)| *moment == 0) { steps } else { Vec::new() };
        let ends = steps.iter().skip(1).map(|(moment, _)| *moment).chain([count]);
        for ((_, histogram), end) in steps.iter().zip(ends) {
            while moments.len() < end.min(count) {
                moments.push(histogram.clone());
            }
        }
        Self { moments }
    }
}

/// Ascending values with the number of runs that have them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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

    /// Adds a run.
    pub fn add(&mut self, available_on_grid: &[i32]) {
        if self.moments.len() < available_on_grid.len() {
            self.moments.resize_with(available_on_grid.len(), Histogram::default);
        }
        for (histogram, &available) in self.moments.iter_mut().zip(available_on_grid) {
            histogram.add(available);
        }
    }

    /// Adds the runs of another fan over the same moments.
    pub fn merge(&mut self, other: &Self) {
        if self.moments.len() < other.moments.len() {
            self.moments.resize_with(other.moments.len(), Histogram::default);
        }
        for (ours, theirs) in self.moments.iter_mut().zip(&other.moments) {
            theirs.0.iter().for_each(|&(value, runs)| ours.add_runs(value, runs));
        }
    }

    /// Whether it holds `runs` runs at `moments` moments.
    pub fn is_of(&self, runs: u64, moments: usize) -> bool {
        let ascends = |histogram: &Histogram| histogram.0.is_sorted_by(|one, two| one.0 < two.0);
        let is_whole = |histogram: &Histogram| {
            histogram.0.iter().try_fold(0_u64, |sum, &(_, count)| sum.checked_add(count)) == Some(runs)
        };
        let expected = if runs == 0 { 0 } else { moments };
        self.moments.len() == expected && self.moments.iter().all(|at| ascends(at) && is_whole(at))
    }

    /// The quantiles at each moment of [0, horizon], in order of time; none before the first run is added.
    pub fn points(&self, horizon: Milli) -> Vec<FanPoint> {
        let last = self.moments.len().saturating_sub(1).max(1) as i64;
        let at = |index: usize| horizon.thousandths() * index as i64 / last;
        let moments = self.moments.iter().enumerate();
        moments.map(|(index, histogram)| histogram.point(Milli::from_thousandths(at(index)))).collect()
    }
}

impl Histogram {
    fn add(&mut self, value: i32) {
        self.add_runs(value, 1);
    }

    fn add_runs(&mut self, value: i32, runs: u64) {
        match self.0.binary_search_by_key(&value, |&(seen, _)| seen) {
            Ok(index) => self.0[index].1 += runs,
            Err(index) => self.0.insert(index, (value, runs)),
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
    use measures::stats::Sample;

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
        let mut fan = Fan::default();
        fan.add(&[3, 2, 3]);
        let points = fan.points(Milli::from_whole(60));
        let times: Vec<String> = points.iter().map(|point| point.at.to_string()).collect();
        assert_eq!(times, ["0.000", "30.000", "60.000"]);
    }

    #[test]
    fn an_empty_fan_has_no_points() {
        assert!(Fan::default().points(Milli::from_whole(60)).is_empty());
    }

    fn course(run: i32) -> Vec<i32> {
        (0..50).map(|moment| if moment < 20 { 10 - run % 3 } else { 10 + moment / (run + 7) }).collect()
    }

    fn fan_of(runs: std::ops::Range<i32>) -> Fan {
        let mut fan = Fan::default();
        runs.for_each(|run| fan.add(&course(run)));
        fan
    }

    #[test]
    fn merged_is_whole() {
        let mut merged = fan_of(13..40);
        merged.merge(&fan_of(0..13));
        merged.merge(&Fan::default());
        assert_eq!(merged, fan_of(0..40));
    }

    #[test]
    fn a_fan_is_read_back() {
        let fan = fan_of(0..40);
        let text = serde_json::to_string(&fan).unwrap();
        assert_eq!(serde_json::from_str::<Fan>(&text).unwrap(), fan);
        assert!(fan.is_of(40, 50) && !fan.is_of(39, 50) && !fan.is_of(40, 49));
        assert!(Fan::default().is_of(0, 50));
    }

    #[test]
    fn a_broken_fan_is_found() {
        for text in [
            r#"{"moments":3,"steps":[]}"#,
            r#"{"moments":9999999999,"steps":[[0,[[1,5]]]]}"#,
            r#"{"moments":3,"steps":[[0,[[1,5]]],[2,[[1,4]]]]}"#,
            r#"{"moments":3,"steps":[[0,[[2,4],[1,1]]]]}"#,
            r#"{"moments":3,"steps":[[0,[[1,18446744073709551615],[2,6]]]]}"#,
        ] {
            assert!(!serde_json::from_str::<Fan>(text).unwrap().is_of(5, 3), "{text}");
        }
        let sound = r#"{"moments":3,"steps":[[0,[[1,2],[2,3]]],[2,[[1,5]]]]}"#;
        assert!(serde_json::from_str::<Fan>(sound).unwrap().is_of(5, 3));
    }
}
