//! Mean excess of a law beyond a time.

use crate::Span;
use crate::engine::Law;

/// Number of values that represent a law: the midpoints of equal parts of its probability.
const PARTS: usize = 1024;

/// Mean excess of a delay beyond a time.
#[derive(Debug, Clone)]
pub(super) struct MeanExcess {
    /// In ascending order, in seconds.
    values: Vec<f64>,
    /// The sum of the values from each place on.
    sums: Vec<f64>,
}

impl MeanExcess {
    pub(super) fn of(law: &Law) -> Self {
        let value = |part: usize| law.at((part as f64 + 0.5) / PARTS as f64).as_secs_f64();
        let mut values: Vec<f64> = (0..PARTS).map(value).collect();
        values.sort_by(f64::total_cmp);
        let mut sum = 0.0;
        let mut sums: Vec<f64> = values
            .iter()
            .rev()
            .map(|value| {
                sum += value;
                sum
            })
            .collect();
        sums.reverse();
        Self { values, sums }
    }

    /// In seconds.
    pub(super) fn mean(&self) -> f64 {
        self.beyond(Span::ZERO)
    }

    /// The mean of max(0, delay - time), in seconds.
    pub(super) fn beyond(&self, time: Span) -> f64 {
        let time = time.as_secs_f64();
        let place = self.values.partition_point(|value| *value <= time);
        let Some(sum) = self.sums.get(place) else { return 0.0 };
        (sum - time * (PARTS - place) as f64) / PARTS as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_an_exponential_delay_is_known() {
        let excess = MeanExcess::of(&Law::Exponential { mean: Span::from_secs(2) });
        for seconds in [0, 1, 4] {
            let expected = 2.0 * libm::exp(-(seconds as f64) / 2.0);
            let found = excess.beyond(Span::from_secs(seconds));
            assert!((found / expected - 1.0).abs() < 0.01, "{found} beyond {seconds} s, not {expected}");
        }
    }

    #[test]
    fn nothing_is_left_beyond_a_constant() {
        let excess = MeanExcess::of(&Law::Constant(Span::from_secs(3)));
        assert!((excess.mean() - 3.0).abs() < 1e-12);
        assert!((excess.beyond(Span::from_secs(2)) - 1.0).abs() < 1e-12);
        assert!(excess.beyond(Span::from_secs(3)).abs() < 1e-12);
    }
}
