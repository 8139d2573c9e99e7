//! Which quantile.

use simulator::number::Saturate;
use std::fmt;

/// The level of a quantile in millionths: whole numbers, so that ranks come out exact
/// (`0.07 * 100.0` is 7.000000000000001 in floating point, and its ceiling is one rank too high).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u32);

impl Level {
    /// The median.
    pub const P50: Self = Self(500_000);
    /// Nine in ten.
    pub const P90: Self = Self(900_000);
    /// Nineteen in twenty.
    pub const P95: Self = Self(950_000);
    /// Ninety-nine in a hundred.
    pub const P99: Self = Self(990_000);

    /// A level in thousandths; more than 1000 counts as 1000.
    pub const fn per_mille(thousandths: u16) -> Self {
        let capped = if thousandths > 1000 { 1000 } else { thousandths };
        Self(capped as u32 * 1000)
    }

    /// The millionth that is nearest to a fraction between 0 and 1.
    pub fn nearest(fraction: f64) -> Self {
        Self((fraction.clamp(0.0, 1.0) * 1e6).round().saturated())
    }

    /// Reads `p50` or `p99.9`: more than 0 and less than 100, up to four decimals.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.strip_prefix('p')?.split_once('.').unwrap_or((&text[1..], ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > 2
            || decimals.len() > 4
            || !are_digits(whole)
            || !are_digits(decimals)
        {
            return None;
        }
        let level: u32 = format!("{whole}{decimals:0<4}").parse().ok()?;
        (level > 0).then_some(Self(level))
    }

    /// The level as a fraction.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    /// The rank, counted from 0, of this quantile in a sorted sample of `size` values: the smallest value
    /// that at least this share of the sample does not exceed. `size` must not be 0.
    pub fn rank(self, size: usize) -> usize {
        let at_least = (size as u128 * u128::from(self.0)).div_ceil(1_000_000) as usize;
        at_least.max(1) - 1
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (percent, rest) = (self.0 / 10_000, self.0 % 10_000);
        let decimals = format!("{rest:04}");
        match decimals.trim_end_matches('0') {
            "" => write!(f, "p{percent:02}"),
            decimals => write!(f, "p{percent:02}.{decimals}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_exact() {
        assert_eq!(Level::per_mille(70).rank(100), 6);
        assert_eq!(Level::P50.rank(1), 0);
        assert_eq!(Level::P50.rank(10), 4);
        assert_eq!(Level::P95.rank(200), 189);
        assert_eq!(Level::per_mille(0).rank(5), 0);
        assert_eq!(Level::per_mille(1000).rank(5), 4);
    }

    #[test]
    fn names_are_the_usual_ones() {
        let names = [5, 50, 500, 999].map(|level| Level::per_mille(level).to_string());
        assert_eq!(names, ["p00.5", "p05", "p50", "p99.9"]);
        assert_eq!(Level::nearest(0.9999).to_string(), "p99.99");
        for name in ["p00.5", "p05", "p50", "p99.99"] {
            assert_eq!(Level::parse(name).unwrap().to_string(), name);
        }
        for wrong in ["", "p", "50", "p0", "p100", "p5O", "p1.00001", "p-5", "pä"] {
            assert_eq!(Level::parse(wrong), None, "{wrong}");
        }
    }
}
