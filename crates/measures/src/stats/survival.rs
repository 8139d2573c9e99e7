//! Censored times: the Kaplan-Meier curve.

use super::Miss;
use simulator::number::Float;

/// One step of a survival curve: it holds from `at` until the next step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurvivalStep<T> {
    /// The time at which runs ended.
    pub at: T,
    /// Runs at risk just before: neither ended nor censored.
    pub at_risk: u64,
    /// Runs that ended at this time.
    pub ended: u64,
    /// The probability of a longer time.
    pub survival: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The Kaplan-Meier curve with Greenwood's variance and log-log bands.
///
/// `ended` and `censored` are times with the number of runs that ended, or were censored, at each time, in
/// ascending order. A run that is censored at the time of an end still counts as at risk.
///
/// Assumes that censoring is independent of the time that a run would have taken. A fixed horizon satisfies this;
/// the curve is then one minus the empirical distribution up to the horizon. The bands hold point by point, not for
/// the whole curve at once, and are asymptotic; the log-log scale keeps them in [0, 1] and makes them usable from
/// about twenty ends on. Once no run is left the variance is undefined: the upper end keeps its last value.
///
/// Sources: E. L. Kaplan and P. Meier, *Nonparametric Estimation from Incomplete Observations*, JASA 53,
/// 1958; J. D. Kalbfleisch and R. L. Prentice, *The Statistical Analysis of Failure Time Data*, 1.4.
pub fn kaplan_meier<T: Ord + Copy>(
    ended: &[(T, u64)],
    censored: &[(T, u64)],
    miss: Miss,
) -> Vec<SurvivalStep<T>> {
    let total = |counts: &[(T, u64)]| counts.iter().map(|&(_, count)| count).sum::<u64>();
    let (mut at_risk, mut lost) = (total(ended) + total(censored), censored.iter().peekable());
    let (mut survival, mut greenwood, mut high) = (1.0, 0.0, 1.0);
    let mut curve = Vec::with_capacity(ended.len());
    for &(at, count) in ended {
        while let Some((_, gone)) = lost.next_if(|&&(time, _)| time < at) {
            at_risk -= gone;
        }
        let left = at_risk - count;
        survival *= left.float() / at_risk.float();
        greenwood += count.float() / (at_risk.float() * left.float());
        let (low, upper) = log_log(survival, greenwood, miss).unwrap_or((0.0, high));
        high = upper;
        curve.push(SurvivalStep { at, at_risk, ended: count, survival, low, high });
        at_risk = left;
    }
    curve
}

/// The band on the scale of log(-log(survival)); `None` where that is not finite.
fn log_log(survival: f64, greenwood: f64, miss: Miss) -> Option<(f64, f64)> {
    let half = miss.normal() * greenwood.sqrt() / libm::log(survival);
    let band = (libm::pow(survival, libm::exp(-half)), libm::pow(survival, libm::exp(half)));
    (survival > 0.0 && survival < 1.0).then_some(band)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weeks in remission of the 21 patients with 6-MP (E. J. Freireich et al., Blood 21, 1963). Golden values:
    /// `scipy.stats.ecdf(...).sf.confidence_interval(method="log-log")`.
    #[test]
    fn the_classic_example_agrees_with_scipy() {
        let ended = [(6, 3), (7, 1), (10, 1), (13, 1), (16, 1), (22, 1), (23, 1)];
        let censored =
            [(6, 1), (9, 1), (10, 1), (11, 1), (17, 1), (19, 1), (20, 1), (25, 1), (32, 2), (34, 1), (35, 1)];
        let known = [
            (6, 0.857_142_857_142_857_1, 0.619_717_955_265_983_8, 0.951_551_747_646_997),
            (7, 0.806_722_689_075_630_2, 0.563_146_564_622_233_3, 0.922_809_019_202_880_4),
            (10, 0.752_941_176_470_588_1, 0.503_199_510_799_956_4, 0.889_361_835_169_265_5),
            (13, 0.690_196_078_431_372_4, 0.431_610_222_486_183_97, 0.849_065_963_349_450_7),
            (16, 0.627_450_980_392_156_7, 0.367_510_855_987_502_05, 0.804_912_189_471_841_2),
            (22, 0.537_815_126_050_42, 0.267_778_936_767_135_05, 0.746_790_717_635_394_4),
            (23, 0.448_179_271_708_683_4, 0.188_052_005_959_232_35, 0.680_142_628_495_241_4),
        ];
        let curve = kaplan_meier(&ended, &censored, Miss::ONE_IN_TWENTY);
        assert_eq!(curve.len(), known.len());
        for (step, (at, survival, low, high)) in curve.iter().zip(known) {
            assert_eq!(step.at, at);
            for (ours, scipy) in [(step.survival, survival), (step.low, low), (step.high, high)] {
                assert!((ours - scipy).abs() < 1e-9, "{at}: {ours} is not {scipy}");
            }
        }
    }

    #[test]
    fn without_losses_it_is_the_share_that_is_left() {
        let curve = kaplan_meier(&[(1, 2), (2, 1), (5, 1)], &[], Miss::ONE_IN_TWENTY);
        let left: Vec<f64> = curve.iter().map(|step| step.survival).collect();
        assert_eq!(left, [0.5, 0.25, 0.0]);
        assert_eq!((curve[2].low, curve[2].high), (0.0, curve[1].high));
    }

    #[test]
    fn what_never_ends_has_no_steps() {
        assert!(kaplan_meier(&[], &[(1800, 5)], Miss::ONE_IN_TWENTY).is_empty());
    }
}
