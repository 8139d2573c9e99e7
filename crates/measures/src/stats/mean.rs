//! Means and their intervals.

use super::Miss;
use simulator::number::Float;

/// A mean over runs, with what its interval needs.
///
/// Values are added in order of run, so that the last bit of a sum never depends on threads or shards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mean {
    of: u64,
    centre: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
}

impl Mean {
    /// The mean of some values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        values.into_iter().fold(Self::default(), Self::and)
    }

    /// One more value (B. P. Welford, *Note on a Method for Calculating Corrected Sums of Squares and
    /// Products*, Technometrics 4, 1962: no cancellation, however small the spread).
    #[must_use]
    pub fn and(self, value: f64) -> Self {
        let of = self.of + 1;
        let away = value - self.centre;
        let centre = self.centre + away / of.float();
        Self { of, centre, squares: self.squares + away * (value - centre) }
    }

    /// How many values there are.
    pub const fn count(self) -> u64 {
        self.of
    }

    /// The mean; `None` without values.
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then_some(self.centre)
    }

    /// The standard error of the mean; `None` of fewer than two values.
    pub fn standard_error(self) -> Option<f64> {
        let of = self.of.float();
        (self.of > 1).then(|| (self.squares / (of - 1.0) / of).sqrt())
    }

    /// Student's interval; `None` of fewer than two values.
    ///
    /// Assumes independent values, and either a normal law or enough values that their mean is normal
    /// (the central limit theorem): with exponential values, 100 of them cover in 94% instead of 95%.
    /// Source: Student, *The Probable Error of a Mean*, Biometrika 6, 1908.
    pub fn interval(self, miss: Miss) -> Option<(f64, f64)> {
        let half = miss.student(self.of.saturating_sub(1)) * self.standard_error()?;
        Some((self.centre - half, self.centre + half))
    }
}

/// A mean in which each value counts by a weight, such as the time for which it held.
///
/// Over runs this is the ratio of two sums: available pod-seconds of all rollouts to seconds of all
/// rollouts. A run of an hour counts sixty times as much as a run of a minute, as for a client that arrives at a
/// random moment of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WeightedMean {
    of: u64,
    weight: f64,
    /// Sums of w·x, w², w²·x and w²·x².
    sums: [f64; 4],
}

impl WeightedMean {
    /// The mean of values with their weights, which are not negative.
    pub fn of(values: impl IntoIterator<Item = (f64, f64)>) -> Self {
        values.into_iter().fold(Self::default(), |mean, (value, weight)| mean.and(value, weight))
    }

    /// One more value.
    #[must_use]
    pub fn and(self, value: f64, weight: f64) -> Self {
        let square = weight * weight;
        let more = [weight * value, square, square * value, square * value * value];
        let sums = std::array::from_fn(|index| self.sums[index] + more[index]);
        Self { of: self.of + 1, weight: self.weight + weight, sums }
    }

    /// The mean; `None` if all weights are 0.
    pub fn value(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sums[0] / self.weight)
    }

    /// The interval of the ratio behind the mean; `None` of fewer than two values.
    ///
    /// Assumes independent pairs of value and weight, and enough of them for the ratio of two sums to be
    /// normal (the delta method; W. G. Cochran, *Sampling Techniques*, 3rd edition, 6.4).
    pub fn interval(self, miss: Miss) -> Option<(f64, f64)> {
        let mean = self.value()?;
        let [_, squares, first, second] = self.sums;
        let of = self.of.float();
        let spread = (second - 2.0 * mean * first + mean * mean * squares).max(0.0);
        let error = (spread * of / (of - 1.0)).sqrt() / self.weight;
        let half = miss.student(self.of.saturating_sub(1)) * error;
        (self.of > 1).then_some((mean - half, mean + half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(ours: f64, known: f64) {
        assert!((ours - known).abs() <= 1e-9 * known.abs().max(1.0), "{ours} is not {known}");
    }

    /// Golden values: `scipy.stats.ttest_1samp(x, 0).confidence_interval(0.95)`.
    #[test]
    fn students_interval_agrees_with_scipy() {
        let mean = Mean::of([12.5, 14.0, 9.75, 30.0, 11.0, 13.25, 12.0]);
        let (low, high) = mean.interval(Miss::ONE_IN_TWENTY).unwrap();
        near(mean.value().unwrap(), 14.642_857_142_857_142);
        near(low, 8.246_670_675_180_276);
        near(high, 21.039_043_610_534_01);
    }

    #[test]
    fn too_few_values_have_no_interval() {
        assert_eq!(Mean::default().value(), None);
        assert_eq!(Mean::of([3.0]).interval(Miss::ONE_IN_TWENTY), None);
        assert_eq!(WeightedMean::default().value(), None);
        assert_eq!(WeightedMean::of([(3.0, 1.0)]).interval(Miss::ONE_IN_TWENTY), None);
    }

    #[test]
    fn equal_weights_change_nothing() {
        let values = [3.0, 5.0, 11.0, 4.5, 7.25];
        let (plain, weighted) = (Mean::of(values), WeightedMean::of(values.map(|value| (value, 2.0))));
        near(weighted.value().unwrap(), plain.value().unwrap());
        let (one, other) =
            (weighted.interval(Miss::ONE_IN_TWENTY).unwrap(), plain.interval(Miss::ONE_IN_TWENTY).unwrap());
        near(one.0, other.0);
        near(one.1, other.1);
    }

    #[test]
    fn a_value_counts_as_long_as_it_holds() {
        // 10 pods for 50 s, then 4 for 10 s.
        near(WeightedMean::of([(10.0, 50.0), (4.0, 10.0)]).value().unwrap(), 9.0);
    }

    #[test]
    fn nothing_cancels_far_from_zero() {
        let mean = Mean::of([1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]);
        near(mean.standard_error().unwrap(), (30.0f64 / 4.0).sqrt());
    }
}
