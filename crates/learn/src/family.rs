//! Families of laws, and how likely they make a delay that is known only in whole seconds.

use crate::numeric::normal_cdf;
use statrs::function::gamma::{gamma_lr, ln_gamma};

/// The law of a delay in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Family {
    /// By the mean and the standard deviation of the logarithm.
    Lognormal {
        /// Mean of the logarithm of the delay in seconds.
        mu: f64,
        /// Its standard deviation; positive.
        sigma: f64,
    },
    /// By its mean in seconds.
    Exponential {
        /// Positive.
        mean: f64,
    },
    /// By scale in seconds and shape.
    Weibull {
        /// 63.2 % of the delays are below; positive.
        scale: f64,
        /// Positive; 1 is the exponential law.
        shape: f64,
    },
}

impl Family {
    /// The probability of a delay of at most `x` seconds.
    #[must_use]
    pub fn cdf(self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        match self {
            Self::Lognormal { mu, sigma } => normal_cdf((libm::log(x) - mu) / sigma),
            Self::Exponential { mean } => -libm::expm1(-x / mean),
            Self::Weibull { scale, shape } => -libm::expm1(-libm::pow(x / scale, shape)),
        }
    }

    /// The integral of [`Family::cdf`] from 0 to `x`: x F(x) minus the part of the mean that lies below x.
    #[must_use]
    pub fn integrated_cdf(self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        match self {
            Self::Lognormal { mu, sigma } => {
                let z = (libm::log(x) - mu) / sigma;
                x * normal_cdf(z) - libm::exp(mu + 0.5 * sigma * sigma) * normal_cdf(z - sigma)
            }
            Self::Exponential { mean } => x + mean * libm::expm1(-x / mean),
            Self::Weibull { scale, shape } => {
                let order = 1.0 / shape;
                let below = gamma_lr(order, libm::pow(x / scale, shape)) * libm::exp(ln_gamma(order));
                x - scale / shape * below
            }
        }
    }

    /// The mean in seconds.
    #[must_use]
    pub fn mean(self) -> f64 {
        match self {
            Self::Lognormal { mu, sigma } => libm::exp(mu + 0.5 * sigma * sigma),
            Self::Exponential { mean } => mean,
            Self::Weibull { scale, shape } => scale * libm::exp(ln_gamma(1.0 + 1.0 / shape)),
        }
    }

    /// The median in seconds.
    #[must_use]
    pub fn median(self) -> f64 {
        match self {
            Self::Lognormal { mu, .. } => libm::exp(mu),
            Self::Exponential { mean } => mean * std::f64::consts::LN_2,
            Self::Weibull { scale, shape } => scale * libm::pow(std::f64::consts::LN_2, 1.0 / shape),
        }
    }

    /// The law by two numbers of any size: the logarithm of its scale and of its shape. An exponential law has no
    /// shape.
    #[must_use]
    pub fn coordinates(self) -> [f64; 2] {
        match self {
            Self::Lognormal { mu, sigma } => [mu, libm::log(sigma)],
            Self::Exponential { mean } => [libm::log(mean), 0.0],
            Self::Weibull { scale, shape } => [libm::log(scale), libm::log(shape)],
        }
    }

    /// The law of the same family with other numbers.
    #[must_use]
    pub fn at(self, [scale, shape]: [f64; 2]) -> Self {
        match self {
            Self::Lognormal { .. } => Self::Lognormal { mu: scale, sigma: libm::exp(shape) },
            Self::Exponential { .. } => Self::Exponential { mean: libm::exp(scale) },
            Self::Weibull { .. } => Self::Weibull { scale: libm::exp(scale), shape: libm::exp(shape) },
        }
    }

    /// How many numbers were fitted.
    #[must_use]
    pub const fn parameters(self) -> u32 {
        match self {
            Self::Exponential { .. } => 1,
            Self::Lognormal { .. } | Self::Weibull { .. } => 2,
        }
    }

    /// The probability that the delay `offset` + T shows as `seconds`, if both of its ends are cut to whole seconds and
    /// the phase of the clock is uniform: E max(0, 1 - |offset + T - seconds|), the second difference of the
    /// integrated distribution function.
    #[must_use]
    pub fn whole_seconds(self, offset: f64, seconds: u32) -> f64 {
        let at = f64::from(seconds) - offset;
        let integrated = |x| self.integrated_cdf(x);
        // Far in the tail the difference of large numbers may be a little below 0.
        (integrated(at + 1.0) - 2.0 * integrated(at) + integrated(at - 1.0)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Family; 3] = [
        Family::Lognormal { mu: 0.3, sigma: 0.6 },
        Family::Exponential { mean: 2.5 },
        Family::Weibull { scale: 3.0, shape: 1.7 },
    ];

    #[test]
    fn integrals_agree_with_sums() {
        for family in ALL {
            let mut sum = 0.0;
            for k in 0..400_000 {
                sum += family.cdf((f64::from(k) + 0.5) * 1e-5) * 1e-5;
            }
            assert!((sum - family.integrated_cdf(4.0)).abs() < 1e-8, "{family:?}");
            let far = 400.0;
            assert!((far - family.integrated_cdf(far) - family.mean()).abs() < 1e-6, "{family:?}");
        }
    }

    #[test]
    fn whole_seconds_are_a_distribution_with_the_mean_of_the_delay() {
        for family in ALL {
            for offset in [0.0, 0.3] {
                let probability = |d| family.whole_seconds(offset, d);
                let total: f64 = (0..200).map(probability).sum();
                let mean: f64 = (0..200).map(|d| f64::from(d) * probability(d)).sum();
                assert!((total - 1.0).abs() < 1e-9, "{family:?}");
                assert!((mean - family.mean() - offset).abs() < 1e-6, "{family:?}");
            }
        }
    }
}
