//! Numbers with three decimals.

use crate::stats::Measured;
use serde::{Serialize, Serializer};
use simulator::Span;
use simulator::number::{Float, Saturate};
use std::fmt;

/// A number in thousandths: seconds, pods or pod-seconds as the files hold them.
///
/// Statistics are computed from these and not from the simulator's nanoseconds, so a batch that is read
/// back from its files, or merged from parts, gives the same bytes as the batch itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Milli(i64);

impl Milli {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// The longest time in a file of results: 70 years of seconds. It is longer than every deadline of the API
    /// (2^31 - 1 seconds) and every horizon.
    pub const LONGEST: Self = Self::from_whole(70 * 365 * 24 * 3600);

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
        Self((number * 1000.0).round().saturated())
    }

    /// The nearest millipod-second of an area in pod-nanoseconds.
    pub fn from_pod_nanos(area: i128) -> Self {
        Self((area + 500_000).div_euclid(1_000_000).saturated())
    }

    /// Reads what [`Milli`] prints: digits, a dot and three more.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, size) = text.strip_prefix('-').map_or((1, text), |size| (-1, size));
        let (whole, decimals) = size.split_once('.')?;
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if decimals.len() != 3 || !are_digits(whole) || !are_digits(decimals) {
            return None;
        }
        let (whole, decimals): (i64, i64) = (whole.parse().ok()?, decimals.parse().ok()?);
        Some(Self(sign * whole.checked_mul(1000)?.checked_add(decimals)?))
    }

    /// Reads a number of a file of results; `None` also if it is so large that sums of a row's numbers might
    /// overflow.
    pub fn parse_stored(text: &str) -> Option<Self> {
        Self::parse(text).filter(|number| number.0.unsigned_abs() <= (i64::MAX / 64).unsigned_abs())
    }

    /// Reads a time of a file of results: from 0 to [`Milli::LONGEST`].
    pub fn parse_time(text: &str) -> Option<Self> {
        Self::parse(text).filter(|time| time.is_time())
    }

    /// The number of a JSON file as a time: from 0 to [`Milli::LONGEST`].
    pub fn time_of_json(number: &serde_json::Value) -> Option<Self> {
        number.as_f64().map(Self::from_f64).filter(|time| time.is_time())
    }

    fn is_time(self) -> bool {
        (Self::ZERO..=Self::LONGEST).contains(&self)
    }

    /// In thousandths.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// As a floating-point number.
    pub fn as_f64(self) -> f64 {
        self.0.float() / 1000.0
    }
}

/// Measures are never negative and never infinite.
impl Measured for Milli {
    fn number(self) -> Option<u64> {
        Some(self.0.saturated())
    }

    fn of_number(number: Option<u64>) -> Self {
        Self(number.map_or(i64::MAX, Saturate::saturated))
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
    fn what_is_shown_can_be_read() {
        for number in [0, 5, 1000, 61_250, -5, -1500, i64::MAX].map(Milli::from_thousandths) {
            assert_eq!(Milli::parse(&number.to_string()), Some(number));
        }
        for text in ["", "1", "1.5", "1.5000", "+1.000", "1.00x", ".500", "--1.000", "99999999999999999.000"]
        {
            assert_eq!(Milli::parse(text), None, "{text}");
        }
    }

    #[test]
    fn absurd_numbers_of_files_are_refused() {
        assert_eq!(Milli::parse_stored("-12.000"), Some(Milli::from_whole(-12)));
        assert_eq!(Milli::parse_stored("9000000000000000.000"), None);
        assert_eq!(Milli::parse_time("2147483647.000"), Some(Milli::from_whole(2_147_483_647)));
        for wrong in ["-0.001", "9999999999.000"] {
            assert_eq!(Milli::parse_time(wrong), None, "{wrong}");
        }
        for wrong in ["1e300", "-1", "\"1\"", "1e10"] {
            assert_eq!(Milli::time_of_json(&serde_json::from_str(wrong).unwrap()), None, "{wrong}");
        }
    }

    #[test]
    fn spans_are_rounded_to_the_nearest_millisecond() {
        assert_eq!(Milli::from(Span::from_nanos(1_499_999)), Milli::from_thousandths(1));
        assert_eq!(Milli::from(Span::from_nanos(1_500_000)), Milli::from_thousandths(2));
    }
}
