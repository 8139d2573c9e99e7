//! Proportions and their intervals.

use super::Miss;
use simulator::number::{Float, Saturate};
use statrs::distribution::{Beta, ContinuousCDF};

/// A number of runs out of all runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proportion {
    /// Runs that count.
    pub hits: u64,
    /// All runs.
    pub of: u64,
}

impl Proportion {
    /// Counts the values for which `is_hit` holds.
    pub fn count<T>(values: &[T], is_hit: impl Fn(&T) -> bool) -> Self {
        Self { hits: values.iter().filter(|value| is_hit(value)).count() as u64, of: values.len() as u64 }
    }

    /// The share; 0 for an empty batch.
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.hits.float() / self.of.float() }
    }

    /// The 95% Wilson interval of the probability behind the share.
    pub fn interval(self) -> (f64, f64) {
        wilson(self.hits, self.of)
    }
}

/// The 95% Wilson score interval of a probability after `hits` in `of` trials.
///
/// Chosen over the textbook `share ± z·se` because it stays inside [0, 1] and is informative for 0 of n, the case
/// of most fault scenarios.
///
/// Assumes independent runs. Covers in 95% on average over probabilities, not for each of them: next to 0
/// and 1 in as few as 84% (at an expected count of 0.17). Source: E. B. Wilson, *Probable Inference, the
/// Law of Succession, and Statistical Inference*, JASA 22, 1927; L. D. Brown, T. T. Cai and A. `DasGupta`,
/// *Interval Estimation for a Binomial Proportion*, Statistical Science 16, 2001.
pub fn wilson(hits: u64, of: u64) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let z = Miss::ONE_IN_TWENTY.normal();
    let (n, share, z_squared) = (of.float(), hits.float() / of.float(), z * z);
    let scale = 1.0 + z_squared / n;
    let centre = (share + z_squared / (2.0 * n)) / scale;
    let half = z / scale * (share * (1.0 - share) / n + z_squared / (4.0 * n * n)).sqrt();
    // Rounding must not move the ends that are certain.
    let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if hits == of { 1.0 } else { (centre + half).min(1.0) };
    (low, high)
}

/// After how many runs in all the 95% interval of a probability will lie on one side of `bound`, if the share
/// stays as it is; `None` if the share is the bound, or after more runs than can be counted.
///
/// Wilson's interval is the set of all bounds that the score test does not reject: `bound` lies outside
/// as soon as |share - bound| > z·√(bound·(1 - bound)/n). So n = z²·bound·(1 - bound)/(share - bound)². A
/// quantile of level q lies below a limit: `share` is the share of runs below the limit,
/// and the bound is q (the normal approximation of the ranks in
/// [`quantile_ranks`](super::quantile_ranks)).
pub fn runs_to_decide(share: f64, bound: f64) -> Option<u64> {
    let z = Miss::ONE_IN_TWENTY.normal();
    let runs = z * z * bound * (1.0 - bound) / ((share - bound) * (share - bound));
    // Above 2^53 floating-point numbers cannot count.
    (runs < 1e15).then(|| Saturate::<u64>::saturated(runs.ceil()) + 1)
}

/// Clopper and Pearson's interval of a probability after `hits` in `of` trials: wider than Wilson's, but it
/// misses with at most the given probability for every true probability and every miss.
///
/// Assumes independent runs. Source: C. J. Clopper and E. S. Pearson, *The Use of Confidence or Fiducial
/// Limits Illustrated in the Case of the Binomial*, Biometrika 26, 1934.
pub fn clopper_pearson(hits: u64, of: u64, miss: Miss) -> (f64, f64) {
    let missed = of - hits.min(of);
    let at = |hits: u64, missed: u64, probability: f64| {
        Beta::new(hits.float(), missed.float()).map(|law| law.inverse_cdf(probability)).ok()
    };
    let low = at(hits, missed + 1, miss.tail()).unwrap_or(0.0);
    let high = at(hits + 1, missed, 1.0 - miss.tail()).unwrap_or(1.0);
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip]
    const WILSON: [(u64, u64, f64, f64); 12] = [
            (0, 1, 0.0, 0.793_450_685_622_762_6),
            (1, 1, 0.206_549_314_377_237_45, 1.0),
            (3, 200, 0.005_114_237_793_258_31, 0.043_165_728_792_690_26),
            (0, 200, 0.0, 0.018_845_326_377_266_575),
            (200, 200, 0.981_154_673_622_733_5, 1.0),
            (0, 1000, 0.0, 0.003_826_758_485_555_123_4),
            (1, 1000, 0.000_176_546_370_626_078_09, 0.005_642_558_597_957_935_5),
            (123, 1000, 0.104_074_143_251_072_96, 0.144_811_232_647_035_6),
            (500, 1000, 0.469_069_600_368_104_2, 0.530_930_399_631_895_8),
            (999, 1000, 0.994_357_441_402_042_1, 0.999_823_453_629_373_9),
            (17, 100_000, 0.000_106_147_271_737_438_62, 0.000_272_252_780_387_322_8),
            (54_321, 100_000, 0.540_121_017_766_286_4, 0.546_295_662_572_524_3),
    ];

    /// Golden values: `scipy.stats.binomtest(k, n).proportion_ci(0.95, method="wilson")`.
    #[test]
    fn wilson_agrees_with_scipy() {
        for (hits, of, low, high) in WILSON {
            let (ours_low, ours_high) = wilson(hits, of);
            assert!((ours_low - low).abs() < 1e-12, "{hits} of {of}: {ours_low} is not {low}");
            assert!((ours_high - high).abs() < 1e-12, "{hits} of {of}: {ours_high} is not {high}");
        }
    }

    /// Golden values: `scipy.stats.binomtest(k, n).proportion_ci(1 - miss, method="exact")`.
    #[test]
    fn clopper_and_pearson_agree_with_scipy() {
        let known = [
            (0, 200, 0.05, 0.0, 0.018_275_340_355_148_807),
            (3, 200, 0.05, 0.003_104_107_621_555_085, 0.043_208_281_917_709_784),
            (200, 200, 0.05, 0.981_724_659_644_851_2, 1.0),
            (123, 1000, 0.0005, 0.089_614_163_932_900_93, 0.162_821_341_240_909_22),
            (54_321, 100_000, 0.05, 0.540_116_402_809_285_2, 0.546_301_090_595_793_8),
            (1, 1_000_000, 0.01, 5.012_309_295_992_449_5e-09, 7.430_105_658_143_329e-06),
        ];
        for (hits, of, miss, low, high) in known {
            let ours = clopper_pearson(hits, of, Miss::new(miss));
            assert!((ours.0 - low).abs() < 1e-9, "{hits} of {of}: {ours:?} is not {low}");
            assert!((ours.1 - high).abs() < 1e-9, "{hits} of {of}: {ours:?} is not {high}");
        }
    }

    #[test]
    fn nothing_known_means_anything_possible() {
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert_eq!(clopper_pearson(0, 0, Miss::ONE_IN_TWENTY), (0.0, 1.0));
    }

    #[test]
    fn the_interval_leaves_the_bound_behind_when_it_was_said() {
        for (share, bound) in [(0.995, 0.99), (0.5, 0.6), (0.02, 0.01), (1.0, 0.999), (0.0, 0.05)] {
            let runs = runs_to_decide(share, bound).unwrap();
            let straddles = |runs: u64| {
                let (low, high) = wilson((share * runs as f64).round() as u64, runs);
                low < bound && bound < high
            };
            assert!(!straddles(runs * 12 / 10), "{share} {bound}: {runs}");
            assert!(straddles(runs * 8 / 10), "{share} {bound}: {runs}");
        }
        assert_eq!(runs_to_decide(0.9, 0.9), None);
        // 1.96^2 * 0.25 / 0.1^2, and one.
        assert_eq!(runs_to_decide(0.6, 0.5), Some(98));
    }
}
