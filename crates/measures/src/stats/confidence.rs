//! The confidence of an interval.

use simulator::number::Float;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The probability that an interval does not contain the true value, in (0, 1).
///
/// It is stored instead of the confidence because `0.9999` loses digits that `1e-4` has. Several intervals that
/// must all hold at once share one miss.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Miss(f64);

impl Miss {
    /// One in twenty: the 95% intervals of every table and file.
    pub const ONE_IN_TWENTY: Self = Self(0.05);

    /// From a probability. A number outside (0, 1) becomes the nearest number inside.
    pub fn new(probability: f64) -> Self {
        Self(probability.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON))
    }

    /// The probability.
    pub const fn probability(self) -> f64 {
        self.0
    }

    /// Half of it, for one end of an interval with two.
    pub const fn tail(self) -> f64 {
        self.0 / 2.0
    }

    /// One of `parts` equal shares. By Bonferroni's inequality, intervals with these shares all hold at once with
    /// the confidence of the whole.
    #[must_use]
    pub fn share(self, parts: f64) -> Self {
        Self::new(self.0 / parts)
    }

    /// Half the width of a normal interval in standard errors: 1.96 for one in twenty.
    pub fn normal(self) -> f64 {
        -Normal::standard().inverse_cdf(self.tail())
    }

    /// The same for Student's law with this many degrees of freedom (at least 1).
    ///
    /// From a thousand degrees on it uses the expansion around the normal law (Abramowitz and Stegun, *Handbook
    /// of Mathematical Functions*, 26.7.5; its error is below 1e-9 there), because the inversion of the
    /// incomplete beta function loses digits when one of its parameters is large.
    pub fn student(self, freedom: u64) -> f64 {
        match StudentsT::new(0.0, 1.0, freedom.max(1).float()) {
            Ok(law) if freedom < 1000 => -law.inverse_cdf(self.tail()),
            _ => expanded(self.normal(), freedom.float()),
        }
    }
}

/// Student's quantile from the normal one.
fn expanded(z: f64, freedom: f64) -> f64 {
    let square = z * z;
    let first = z * (square + 1.0) / 4.0;
    let second = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    z + first / freedom + second / (freedom * freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Golden values: `scipy.stats.norm.isf` and `scipy.stats.t.isf`.
    #[test]
    fn reach_agrees_with_scipy() {
        let close = |ours: f64, scipy: f64| assert!((ours / scipy - 1.0).abs() < 1e-7, "{ours} {scipy}");
        close(Miss::ONE_IN_TWENTY.normal(), 1.959_963_984_540_054);
        close(Miss::new(0.003).normal(), NORMAL_003);
        for (miss, freedom, reach) in STUDENT {
            close(Miss::new(miss).student(freedom), reach);
        }
    }

    const NORMAL_003: f64 = 2.967_737_925_341_783_3;
    const STUDENT: [(f64, u64, f64); 7] = [
        (0.05, 1, 12.706_204_736_174_705),
        (0.05, 4, 2.776_445_105_197_794_3),
        (0.05, 199, 1.971_956_544_251_753_7),
        (0.003, 199, 3.004_721_981_038_721),
        (0.0001, 999, 3.906_359_561_102_211_5),
        (0.05, 99_999, 1.959_987_707_771_844_8),
        (0.05, 2_000_000, 1.959_965_170_676_375),
    ];
}
