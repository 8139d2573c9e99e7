//! Delay laws: distributions of durations with parameters that an engineer can read from a dashboard.

use crate::Span;
use std::fmt;

/// The distribution of a delay. Values are never negative.
///
/// A draw takes exactly one uniform number and applies the inverse distribution function, so a change of a
/// parameter changes values and never the number of draws. It uses `libm` instead of the system's
/// mathematics, so the bytes are the same on every machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Law {
    /// A fixed value.
    Constant(Span),
    /// Uniform between two bounds.
    Uniform {
        /// The lower bound.
        low: Span,
        /// The upper bound, at least `low`.
        high: Span,
    },
    /// Log-normal, the usual shape of service times, by its median and 95th percentile.
    Lognormal {
        /// Half of the values are below; positive.
        median: Span,
        /// 95% of the values are below; at least `median`.
        p95: Span,
    },
    /// Exponential, by its mean.
    Exponential {
        /// The mean; positive.
        mean: Span,
    },
    /// Weibull by its scale (63.2% of the values are below) and shape.
    Weibull {
        /// The scale; positive.
        scale: Span,
        /// The shape; positive. 1 is the exponential law; above 1 the hazard rate increases.
        shape: f64,
    },
    /// One of these values with equal probability.
    Empirical(Vec<Span>),
    /// One of several laws, each with its weight; the weights are positive and count relative to their sum.
    ///
    /// Small numbers choose the first law: list them from fast to slow, so that a shared part acts in one direction.
    Mixture(Vec<(f64, Self)>),
    /// A law whose chance is partly the same for all draws of a cluster, and of a node.
    Shared {
        /// The law of a single draw; itself not shared.
        law: Box<Self>,
        /// What is shared.
        shares: Shares,
    },
}

/// Shares of the variance (of the normal score) that draws have in common; together at most 1.
///
/// A Gaussian copula: the law of a single draw does not change, and two draws of one node have the correlation
/// `cluster + node`, two draws of different nodes `cluster`
/// (R. B. Nelsen, An Introduction to Copulas, 2nd edition, section 2.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// What all draws of a run have in common, 0 to 1.
    pub cluster: f64,
    /// What all draws on a node have in common besides, 0 to 1.
    pub node: f64,
}

/// The numbers in (0, 1) from which a shared draw is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayeredDraw {
    /// The same for all draws of a run.
    pub cluster: f64,
    /// The same for all draws on a node.
    pub node: f64,
    /// Of this draw alone.
    pub own: f64,
}

/// Why the parameters of a law are invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LawError(&'static str);

impl fmt::Display for LawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for LawError {}

/// The 95% quantile of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_2;

impl Law {
    /// Checks the ranges that the variants state.
    ///
    /// # Errors
    /// Names the parameter that is out of range.
    pub fn check(&self) -> Result<(), LawError> {
        let ok = |holds: bool, text| if holds { Ok(()) } else { Err(LawError(text)) };
        match self {
            Self::Constant(value) => ok(*value >= Span::ZERO, "must not be negative"),
            Self::Uniform { low, high } => {
                ok(*low >= Span::ZERO, "must not be negative")?;
                ok(low <= high, "the lower bound must not exceed the upper bound")
            }
            Self::Lognormal { median, p95 } => {
                ok(*median > Span::ZERO, "`median` must be greater than zero")?;
                ok(median <= p95, "`p95` must not be below `median`")
            }
            Self::Exponential { mean } => ok(*mean > Span::ZERO, "`mean` must be greater than zero"),
            Self::Weibull { scale, shape } => {
                ok(*scale > Span::ZERO, "`scale` must be greater than zero")?;
                ok(shape.is_finite() && *shape > 0.0, "`shape` must be greater than zero")
            }
            Self::Empirical(values) => {
                ok(!values.is_empty(), "at least one value is needed")?;
                ok(values.iter().all(|value| *value >= Span::ZERO), "must not be negative")
            }
            Self::Mixture(parts) => {
                ok(!parts.is_empty(), "at least one law is needed")?;
                let is_weight = |(weight, _): &(f64, Self)| weight.is_finite() && *weight > 0.0;
                ok(parts.iter().all(is_weight), "`weight` must be greater than zero")?;
                parts.iter().try_for_each(|(_, law)| match law {
                    Self::Shared { .. } => {
                        Err(LawError("a part of a mixture cannot be shared: share the mixture"))
                    }
                    law => law.check(),
                })
            }
            Self::Shared { law, shares: Shares { cluster, node } } => {
                ok(!matches!(**law, Self::Shared { .. }), "a law is shared once")?;
                let is_share = |share: f64| (0.0..=1.0).contains(&share);
                ok(is_share(*cluster) && is_share(*node), "a share must be between 0 and 1")?;
                ok(cluster + node <= 1.0, "the shares must not exceed 1 together")?;
                law.check()
            }
        }
    }

    /// The value at `uniform`, a number in (0, 1).
    #[must_use]
    pub fn at(&self, uniform: f64) -> Span {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { low, high } => {
                let width = (*high - *low).as_nanos() as f64;
                *low + Span::from_nanos((width * uniform) as i64)
            }
            Self::Lognormal { median, p95 } => {
                let sigma = libm::log(p95.as_nanos() as f64 / median.as_nanos() as f64) / Z95;
                scaled(*median, libm::exp(sigma * standard_normal(uniform)))
            }
            Self::Exponential { mean } => scaled(*mean, -libm::log1p(-uniform)),
            Self::Weibull { scale, shape } => scaled(*scale, libm::pow(-libm::log1p(-uniform), 1.0 / shape)),
            Self::Empirical(values) => {
                values[((uniform * values.len() as f64) as usize).min(values.len() - 1)]
            }
            Self::Mixture(parts) => of_mixture(parts, uniform),
            Self::Shared { law, .. } => law.at(uniform),
        }
    }

    /// The value of a draw that may have parts in common with others; `draw` is asked only if it has.
    #[must_use]
    pub fn at_layered(&self, own: f64, draw: impl FnOnce() -> LayeredDraw) -> Span {
        match self {
            Self::Shared { law, shares } => law.at(shares.combined(draw())),
            law => law.at(own),
        }
    }
}

impl Shares {
    /// One number in (0, 1) from the numbers of all layers, uniform if they are.
    fn combined(self, draw: LayeredDraw) -> f64 {
        let own = (1.0 - self.cluster - self.node).max(0.0);
        let layers = [(self.cluster, draw.cluster), (self.node, draw.node), (own, draw.own)];
        let score: f64 =
            layers.iter().map(|(share, number)| libm::sqrt(*share) * standard_normal(*number)).sum();
        let uniform = 0.5 * libm::erfc(-score * std::f64::consts::FRAC_1_SQRT_2);
        // Both ends are excluded.
        uniform.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON)
    }
}

/// The part that the number falls into, at its place within that part.
fn of_mixture(parts: &[(f64, Law)], uniform: f64) -> Span {
    let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
    let mut before = 0.0;
    for (weight, law) in parts {
        let width = weight / total;
        if uniform < before + width {
            return law.at(((uniform - before) / width).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON));
        }
        before += width;
    }
    // Rounding may leave a number just below 1 over.
    parts.last().map_or(Span::ZERO, |(_, law)| law.at(1.0 - f64::EPSILON))
}

fn scaled(span: Span, factor: f64) -> Span {
    Span::from_nanos((span.as_nanos() as f64 * factor) as i64)
}

/// The inverse of the standard normal distribution function, to about 1e-16.
///
/// Algorithm AS 241 (PPND16): M. J. Wichura, The Percentage Points of the Normal Distribution, Applied
/// Statistics 37 (1988), 477-484.
fn standard_normal(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(r, &CENTRAL);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let magnitude = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) };
    if q < 0.0 { -magnitude } else { magnitude }
}

/// Numerator and denominator of a rational approximation, constant term first.
type Rational = ([f64; 8], [f64; 8]);

fn ratio(x: f64, (numerator, denominator): &Rational) -> f64 {
    let polynomial = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    polynomial(numerator) / polynomial(denominator)
}

#[rustfmt::skip]
const CENTRAL: Rational = (
    [3.387_132_872_796_366_5, 133.141_667_891_784_38, 1_971.590_950_306_551_3, 13_731.693_765_509_46,
     45_921.953_931_549_87, 67_265.770_927_008_7, 33_430.575_583_588_13, 2_509.080_928_730_122_7],
    [1.0, 42.313_330_701_600_91, 687.187_007_492_057_9, 5_394.196_021_424_751,
     21_213.794_301_586_597, 39_307.895_800_092_71, 28_729.085_735_721_943, 5_226.495_278_852_545],
);
#[rustfmt::skip]
const MIDDLE: Rational = (
    [1.423_437_110_749_683_5, 4.630_337_846_156_546, 5.769_497_221_460_691, 3.647_848_324_763_204_5,
     1.270_458_252_452_368_4, 0.241_780_725_177_450_6, 0.022_723_844_989_269_184, 7.745_450_142_783_414e-4],
    [1.0, 2.053_191_626_637_759, 1.676_384_830_183_803_8, 0.689_767_334_985_1,
     0.148_103_976_427_480_08, 0.015_198_666_563_616_457, 5.475_938_084_995_345e-4, 1.050_750_071_644_416_9e-9],
);
#[rustfmt::skip]
const FAR: Rational = (
    [6.657_904_643_501_103, 5.463_784_911_164_114, 1.784_826_539_917_291_3, 0.296_560_571_828_504_87,
     0.026_532_189_526_576_124, 0.001_242_660_947_388_078_4, 2.711_555_568_743_487_6e-5, 2.010_334_399_292_288_1e-7],
    [1.0, 0.599_832_206_555_887_9, 0.136_929_880_922_735_8, 0.014_875_361_290_850_615,
     7.868_691_311_456_133e-4, 1.846_318_317_510_054_8e-5, 1.421_511_758_316_446e-7, 2.044_263_103_389_939_8e-15],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_quantiles_agree_with_the_tables() {
        // scipy.stats.norm.ppf
        let known = [
            (0.5, 0.0),
            (0.95, Z95),
            (0.975, 1.959_963_984_540_054),
            (0.01, -2.326_347_874_040_840_8),
            (1e-9, -5.997_807_015_007_687),
            (1e-20, -9.262_340_089_798_408),
        ];
        for (p, z) in known {
            assert!((standard_normal(p) - z).abs() < 1e-12, "{p}: {} instead of {z}", standard_normal(p));
        }
    }

    #[test]
    fn laws_hit_the_parameters_they_are_given() {
        let lognormal = Law::Lognormal { median: Span::from_secs(8), p95: Span::from_secs(30) };
        let close = |law: &Law, u: f64, seconds: f64| {
            assert!((law.at(u).as_secs_f64() - seconds).abs() < 1e-6, "{law:?} at {u}: {}", law.at(u));
        };
        close(&lognormal, 0.5, 8.0);
        close(&lognormal, 0.95, 30.0);
        close(&Law::Uniform { low: Span::from_secs(2), high: Span::from_secs(6) }, 0.25, 3.0);
        close(&Law::Exponential { mean: Span::from_secs(10) }, 1.0 - libm::exp(-1.0), 10.0);
        close(&Law::Weibull { scale: Span::from_secs(3), shape: 2.0 }, 1.0 - libm::exp(-1.0), 3.0);
        let empirical = Law::Empirical(vec![Span::from_secs(1), Span::from_secs(2), Span::from_secs(4)]);
        close(&empirical, 0.34, 2.0);
        close(&empirical, 0.999_999, 4.0);
    }

    #[test]
    fn a_mixture_is_its_parts_by_weight() {
        let seconds = |value| Law::Constant(Span::from_secs(value));
        let law = Law::Mixture(vec![(3.0, seconds(1)), (1.0, seconds(9))]);
        for (uniform, expected) in [(0.001, 1), (0.749, 1), (0.751, 9), (0.999, 9)] {
            assert_eq!(law.at(uniform), Span::from_secs(expected));
        }
        let inside = Law::Mixture(vec![(1.0, seconds(1)), (1.0, Law::Exponential { mean: Span::SECOND })]);
        assert_eq!(inside.at(0.75), Law::Exponential { mean: Span::SECOND }.at(0.5));
    }

    /// Draws of three clusters of two nodes, from evenly mixed numbers.
    #[test]
    fn shared_draws_keep_their_law_and_have_the_stated_correlation() {
        let law = Law::Lognormal { median: Span::from_secs(8), p95: Span::from_secs(30) };
        let shares = Shares { cluster: 0.5, node: 0.3 };
        let shared = Law::Shared { law: Box::new(law.clone()), shares };
        let number = |n: u64| crate::engine::to_unit(crate::engine::mix(n));
        let (mut below, mut products) = (0_u32, [0.0; 3]);
        let count = 40_000;
        for k in 0..count {
            let draw = |cluster: u64, node: u64, own: u64| {
                let draw = LayeredDraw { cluster: number(cluster), node: number(node), own: number(own) };
                shared.at_layered(0.0, || draw)
            };
            let base = k * 10;
            let first = draw(base, base + 1, base + 2);
            below += u32::from(first <= Span::from_secs(8));
            let others = [
                draw(base, base + 1, base + 3),
                draw(base, base + 4, base + 5),
                draw(base + 6, base + 7, base + 8),
            ];
            let score = |span: Span| libm::log(span.as_secs_f64() / 8.0) / (libm::log(30.0 / 8.0) / Z95);
            for (sum, other) in products.iter_mut().zip(others) {
                *sum += score(first) * score(other) / count as f64;
            }
        }
        assert!((f64::from(below) / count as f64 - 0.5).abs() < 0.01);
        for (found, expected) in products.into_iter().zip([0.8, 0.5, 0.0]) {
            assert!((found - expected).abs() < 0.03, "{products:?}");
        }
        assert_eq!(law.at_layered(0.95, || unreachable!("nothing is shared")), law.at(0.95));
    }

    #[test]
    fn senseless_parameters_are_refused() {
        let second = Span::SECOND;
        for law in [
            Law::Constant(Span::from_secs(-1)),
            Law::Uniform { low: Span::from_secs(3), high: second },
            Law::Lognormal { median: Span::ZERO, p95: second },
            Law::Lognormal { median: Span::from_secs(2), p95: second },
            Law::Exponential { mean: Span::ZERO },
            Law::Weibull { scale: second, shape: f64::NAN },
            Law::Empirical(vec![]),
            Law::Mixture(vec![]),
            Law::Mixture(vec![(0.0, Law::Constant(second))]),
            Law::Shared { law: Box::new(Law::Constant(second)), shares: Shares { cluster: 0.6, node: 0.6 } },
        ] {
            assert!(law.check().is_err(), "{law:?}");
        }
    }
}
