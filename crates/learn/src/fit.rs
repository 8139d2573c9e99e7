//! The law that explains delays best, and how well it does.

use crate::family::Family;
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
    /// The median in seconds lies between these with 95 % confidence.
    pub median: (f64, f64),
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
            // The moment lies within the period before the probe, whose phase is uniform. Half seconds are close enough
            // for the cut, as the trapezoidal rule over its triangle.
            Self::Probed { seconds, period } => {
                let (end, period) = (f64::from(seconds), f64::from(period.max(1)));
                let density = |at: f64| (family.cdf(at) - family.cdf(at - period)) / period;
                0.25 * density(end - 0.5) + 0.5 * density(end) + 0.25 * density(end + 0.5)
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
    let log = libm::log(mean);
    let fit = |family: Family| {
        let step = if family.parameters() == 1 { [0.4, 0.0] } else { [0.4, 0.4] };
        let (at, value) = minimum(family.coordinates(), step, |x| -log_likelihood(&counts, family.at(*x)));
        finish(family.at(at), -value, &counts)
    };
    let exponential = fit(Family::Exponential { mean });
    if counts.len() < 3 {
        return Some(exponential);
    }
    let lognormal = fit(Family::Lognormal { mu: log, sigma: 0.6 });
    let weibull = fit(Family::Weibull { scale: mean, shape: 1.2 });
    [exponential, lognormal, weibull].into_iter().min_by(|one, two| one.aic().total_cmp(&two.aic()))
}

fn log_likelihood(counts: &BTreeMap<Known, u32>, family: Family) -> f64 {
    counts.iter().map(|(known, count)| f64::from(*count) * libm::log(known.probability(family))).sum()
}

fn finish(family: Family, log_likelihood: f64, counts: &BTreeMap<Known, u32>) -> Fit {
    let count = counts.values().map(|count| u64::from(*count)).sum();
    let median = median_interval(family, counts);
    Fit { family, count, log_likelihood, median, distance: distance(family, counts, count) }
}

/// Two standard errors around the median, on the scale of logarithms: from the curvature of the likelihood at its
/// maximum (the observed information; E. L. Lehmann and G. Casella, Theory of Point Estimation, section 6.5).
fn median_interval(family: Family, counts: &BTreeMap<Known, u32>) -> (f64, f64) {
    const STEP: f64 = 1e-3;
    let centre = family.coordinates();
    let moved = |by: [f64; 2]| family.at([centre[0] + by[0] * STEP, centre[1] + by[1] * STEP]);
    let value = |by: [f64; 2]| -log_likelihood(counts, moved(by));
    let at = value([0.0, 0.0]);
    let curvature = |axis: usize| {
        let mut by = [0.0; 2];
        by[axis] = 1.0;
        (value(by) - 2.0 * at + value(by.map(|part| -part))) / (STEP * STEP)
    };
    let log_median = |by: [f64; 2]| libm::log(moved(by).median());
    let slope = |axis: usize| {
        let mut by = [0.0; 2];
        by[axis] = 1.0;
        (log_median(by) - log_median(by.map(|part| -part))) / (2.0 * STEP)
    };
    let variance = if family.parameters() == 1 {
        slope(0) * slope(0) / curvature(0)
    } else {
        let mixed = (value([1.0, 1.0]) - value([1.0, -1.0]) - value([-1.0, 1.0]) + value([-1.0, -1.0]))
            / (4.0 * STEP * STEP);
        let (a, d, g, h) = (curvature(0), curvature(1), slope(0), slope(1));
        (g * g * d - 2.0 * g * h * mixed + h * h * a) / (a * d - mixed * mixed)
    };
    // Where the likelihood does not bend, the data say nothing about the median.
    let width =
        if variance.is_finite() && variance > 0.0 { 1.96 * libm::sqrt(variance) } else { f64::INFINITY };
    (family.median() * libm::exp(-width), family.median() * libm::exp(width))
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
        let median = 3.0 * libm::sqrt(std::f64::consts::LN_2);
        assert!(
            fit.median.0 < median && median < fit.median.1 && fit.median.1 - fit.median.0 < 0.2,
            "{fit:?}"
        );
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
