//! The law that explains delays best, and how well it does.

use crate::family::Family;
use crate::layers::Counts;
use crate::numeric::minimum;
use std::collections::BTreeMap;

/// A fitted law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The law.
    pub family: Family,
    /// Number of delays.
    pub count: u64,
    /// The logarithm of their likelihood.
    pub log_likelihood: f64,
    /// The largest difference between the shares of delays seen and expected up to any bound (Kolmogorov-Smirnov).
    pub distance: f64,
}

impl Fit {
    /// Akaike's criterion: smaller is better (H. Akaike, IEEE Transactions on Automatic Control 19 (1974), 716-723).
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * f64::from(self.family.parameters()) - 2.0 * self.log_likelihood
    }

    /// The distance that delays of this very law exceed in 5 % of samples of this size, by the asymptotic law. It is
    /// conservative for whole seconds.
    #[must_use]
    pub fn distance_limit(&self) -> f64 {
        1.358 / libm::sqrt(self.count as f64)
    }
}

/// What is known of a delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// The difference of two times that are cut to whole seconds.
    WholeSeconds(u32),
    /// The same, of a moment that was noticed only by a probe with this period in seconds.
    Probed {
        /// The difference.
        seconds: u32,
        /// The period.
        period: u32,
    },
    /// Milliseconds.
    Exact(u64),
}

/// No delay is impossible, so that a single recording error does not decide.
const LEAST_PROBABILITY: f64 = 1e-9;

impl Known {
    /// The probability, or the density for a millisecond.
    fn probability(self, family: Family) -> f64 {
        let probability = match self {
            Self::WholeSeconds(seconds) => family.whole_seconds(0.0, seconds),
            // The moment lies within the period before, give or take the cut second.
            Self::Probed { seconds, period } => {
                let (end, period) = (f64::from(seconds), f64::from(period));
                (family.cdf(end + 0.5) - family.cdf(end + 0.5 - period.max(1.0))) / period.max(1.0)
            }
            Self::Exact(milliseconds) => {
                let at = milliseconds as f64 / 1e3;
                family.cdf(at + 0.0005) - family.cdf(at - 0.0005)
            }
        };
        probability.max(LEAST_PROBABILITY)
    }

    /// The delay in seconds, roughly.
    fn middle(self) -> f64 {
        match self {
            Self::WholeSeconds(seconds) => f64::from(seconds),
            Self::Probed { seconds, period } => (f64::from(seconds) - f64::from(period) / 2.0).max(0.25),
            Self::Exact(milliseconds) => milliseconds as f64 / 1e3,
        }
    }
}

/// The family with the smallest criterion, or `None` without delays. Where fewer than three different delays were seen,
/// only a mean can be told, and the law is exponential.
#[must_use]
pub fn best(delays: &[Known]) -> Option<Fit> {
    let mut counts: BTreeMap<Known, u32> = BTreeMap::new();
    delays.iter().for_each(|delay| *counts.entry(*delay).or_default() += 1);
    let mean = delays.iter().map(|delay| delay.middle()).sum::<f64>() / delays.len() as f64;
    let mean = if delays.is_empty() { return None } else { mean.max(1e-3) };
    let fits = |start: [f64; 2], of: &dyn Fn(&[f64; 2]) -> Family| {
        let (at, value) = minimum(start, [0.4, 0.4], |x| -log_likelihood(&counts, of(x)));
        finish(of(&at), -value, &counts)
    };
    let exponential = {
        let of = |x: &[f64; 1]| Family::Exponential { mean: libm::exp(x[0]) };
        let (at, value) = minimum([libm::log(mean)], [0.4], |x| -log_likelihood(&counts, of(x)));
        finish(of(&at), -value, &counts)
    };
    if counts.len() < 3 {
        return Some(exponential);
    }
    let lognormal = fits([libm::log(mean), -0.5], &|x| Family::Lognormal { mu: x[0], sigma: libm::exp(x[1]) });
    let weibull =
        fits([libm::log(mean), 0.2], &|x| Family::Weibull { scale: libm::exp(x[0]), shape: libm::exp(x[1]) });
    [exponential, lognormal, weibull].into_iter().min_by(|one, two| one.aic().total_cmp(&two.aic()))
}

fn log_likelihood(counts: &BTreeMap<Known, u32>, family: Family) -> f64 {
    counts.iter().map(|(known, count)| f64::from(*count) * libm::log(known.probability(family))).sum()
}

fn finish(family: Family, log_likelihood: f64, counts: &BTreeMap<Known, u32>) -> Fit {
    let count = counts.values().map(|count| u64::from(*count)).sum();
    Fit { family, count, log_likelihood, distance: distance(family, counts, count) }
}

/// Of probed delays the moment of the probe is compared, whose phase is uniform.
fn distance(family: Family, counts: &BTreeMap<Known, u32>, count: u64) -> f64 {
    let mut ordered: Vec<(Known, u32)> = counts.iter().map(|(known, count)| (*known, *count)).collect();
    ordered.sort_by(|one, two| one.0.middle().total_cmp(&two.0.middle()));
    let (mut seen, mut largest) = (0_u64, 0.0_f64);
    for (known, times) in ordered {
        let before = seen as f64 / count as f64;
        seen += u64::from(times);
        let after = seen as f64 / count as f64;
        let (below, up_to) = known.expected(family);
        largest = largest.max(libm::fabs(after - up_to)).max(libm::fabs(before - below));
    }
    largest
}

impl Known {
    /// The probability of less than this delay, and of at most this delay.
    fn expected(self, family: Family) -> (f64, f64) {
        let share = |from: f64, to: f64| {
            // The mean of the distribution function between the two.
            ((family.integrated_cdf(to) - family.integrated_cdf(from)) / (to - from)).clamp(0.0, 1.0)
        };
        match self {
            Self::WholeSeconds(seconds) => {
                let at = f64::from(seconds);
                (if seconds == 0 { 0.0 } else { share(at - 1.0, at) }, share(at, at + 1.0))
            }
            Self::Probed { seconds, period } => {
                let (at, period) = (f64::from(seconds), f64::from(period.max(1)));
                (share(at - 0.5 - period, at - 0.5), share(at + 0.5 - period, at + 0.5))
            }
            Self::Exact(milliseconds) => {
                let at = family.cdf(milliseconds as f64 / 1e3);
                (at, at)
            }
        }
    }
}

/// Delays in whole seconds.
#[must_use]
pub fn whole_seconds(counts: &Counts) -> Vec<Known> {
    let repeated = |(seconds, count): (&u32, &u32)| vec![Known::WholeSeconds(*seconds); *count as usize];
    counts.iter().flat_map(repeated).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delays of a law at evenly spread quantiles and phases, cut to whole seconds.
    fn cut(quantile: impl Fn(f64) -> f64, count: u32) -> Vec<Known> {
        (0..count)
            .map(|k| {
                let u = (f64::from(k) + 0.5) / f64::from(count);
                let phase = (f64::from(k) * 0.618_033_988_749_895).fract();
                Known::WholeSeconds((phase + quantile(u)) as u32)
            })
            .collect()
    }

    #[test]
    fn a_law_is_recovered_from_whole_seconds() {
        let fit = best(&cut(|u| 3.0 * libm::pow(-libm::log1p(-u), 1.0 / 2.0), 4000)).unwrap();
        let Family::Weibull { scale, shape } = fit.family else { panic!("{fit:?}") };
        assert!((scale - 3.0).abs() < 0.1 && (shape - 2.0).abs() < 0.15, "{fit:?}");
        assert!(fit.distance < fit.distance_limit(), "{fit:?}");
        let fit = best(&cut(|u| -4.0 * libm::log1p(-u), 4000)).unwrap();
        assert!((fit.family.mean() - 4.0).abs() < 0.15, "{fit:?}");
    }

    #[test]
    fn few_values_tell_a_mean_only() {
        let delays = [vec![Known::WholeSeconds(0); 90], vec![Known::WholeSeconds(1); 10]].concat();
        let fit = best(&delays).unwrap();
        assert!(matches!(fit.family, Family::Exponential { mean } if (mean - 0.1).abs() < 0.01), "{fit:?}");
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn exact_delays_are_fitted_too() {
        let delays: Vec<Known> = (0..500_u64)
            .map(|k| {
                let u = (k as f64 + 0.5) / 500.0;
                Known::Exact((1e3 * -5.0 * libm::log1p(-u)) as u64)
            })
            .collect();
        let fit = best(&delays).unwrap();
        assert!((fit.family.mean() - 5.0).abs() < 0.2 && fit.distance < fit.distance_limit(), "{fit:?}");
    }
}
