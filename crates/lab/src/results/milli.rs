//! Numbers with three decimals.

use serde::{Serialize, Serializer};
use simulator::Span;
use std::fmt;

/// A number in thousandths: seconds, pods or pod-seconds as the files hold them.
///
/// Statistics are computed from these and not from the simulator's nanoseconds, so a batch that is read
/// back from its files, or merged from parts, gives the same bytes as the batch itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Milli(i64);

impl Milli {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A number of thousandths.
    pub const fn from_thousandths(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// A whole number.
    pub const fn from_whole(whole: i64) -> Self {
        Self(whole * 1000)
    }

    /// The nearest thousandth of a number.
    pub fn from_f64(number: f64) -> Self {
        Self((number * 1000.0).round() as i64)
    }

    /// The nearest millipod-second of an area in pod-nanoseconds.
    pub fn from_pod_nanos(area: i128) -> Self {
        Self(((area + 500_000).div_euclid(1_000_000)) as i64)
    }

    /// In thousandths.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// As a floating-point number.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// The nearest millisecond.
impl From<Span> for Milli {
    fn from(span: Span) -> Self {
        Self::from_pod_nanos(i128::from(span.as_nanos()))
    }
}

/// Always three decimals, as in the CSV files.
impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:03}", size / 1000, size % 1000)
    }
}

impl Serialize for Milli {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_decimals_always() {
        let shown = [0, 5, 1000, 61_250, -5, -1500].map(|n| Milli::from_thousandths(n).to_string());
        assert_eq!(shown, ["0.000", "0.005", "1.000", "61.250", "-0.005", "-1.500"]);
    }

    #[test]
    fn spans_are_rounded_to_the_nearest_millisecond() {
        assert_eq!(Milli::from(Span::from_nanos(1_499_999)), Milli::from_thousandths(1));
        assert_eq!(Milli::from(Span::from_nanos(1_500_000)), Milli::from_thousandths(2));
    }
}
