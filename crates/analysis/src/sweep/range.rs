//! Ranges of a Latin hypercube: `5..60`, `0%..50%`, `1s..2m`.

use measures::units::go_duration;
use simulator::Span;

/// A range between two values of one kind, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum FactorRange {
    /// Whole numbers.
    Whole(i64, i64),
    /// Numbers.
    Number(f64, f64),
    /// Percentages.
    Percent(i64, i64),
    /// Durations.
    Duration(Span, Span),
}

impl FactorRange {
    /// Parses `LOW..HIGH`; `None` if it is not a range, or if it is empty.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (low, high) = text.split_once("..")?;
        let (low, high) = (low.trim(), high.trim());
        let whole = |text: &str| text.parse::<i64>().ok();
        let percent = |text: &str| text.strip_suffix('%').and_then(whole);
        let range = if let (Some(low), Some(high)) = (whole(low), whole(high)) {
            Self::Whole(low, high)
        } else if let (Some(low), Some(high)) = (percent(low), percent(high)) {
            Self::Percent(low, high)
        } else if let (Ok(low), Ok(high)) = (low.parse(), high.parse()) {
            Self::Number(low, high)
        } else {
            Self::Duration(go_duration::parse(low).ok()?, go_duration::parse(high).ok()?)
        };
        range.has_inside().then_some(range)
    }

    fn has_inside(self) -> bool {
        match self {
            Self::Whole(low, high) | Self::Percent(low, high) => low < high,
            Self::Number(low, high) => low < high && low.is_finite() && high.is_finite(),
            Self::Duration(low, high) => low < high,
        }
    }

    /// The value at the fraction `at` in [0, 1), as a scenario writes it.
    ///
    /// Each whole number has the same share of the fraction: of 1 to 4, each has a quarter.
    pub(super) fn value(self, at: f64) -> String {
        // In 128 bits, because the ends may be as far apart as `i64` allows.
        let whole = |low: i64, high: i64| {
            let wide = i128::from(high) - i128::from(low) + 1;
            (i128::from(low) + (at * wide as f64) as i128).min(high.into()) as i64
        };
        match self {
            Self::Whole(low, high) => whole(low, high).to_string(),
            Self::Percent(low, high) => format!("{}%", whole(low, high)),
            Self::Number(low, high) => format!("{:.4}", low + at * (high - low)),
            Self::Duration(low, high) => {
                let (low, high) = (low.as_nanos(), high.as_nanos());
                let unit = if low % SECOND == 0 && high % SECOND == 0 { SECOND } else { SECOND / 1000 };
                let nanos = whole(low / unit, high / unit) * unit;
                go_duration::format(Span::from_nanos(nanos))
            }
        }
    }
}

const SECOND: i64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_the_units_of_their_ends() {
        let values =
            |text: &str| FactorRange::parse(text).map(|range| [0.0, 0.5, 0.999].map(|at| range.value(at)));
        assert_eq!(values("1..4").unwrap(), ["1", "3", "4"]);
        assert_eq!(values("0%..100%").unwrap(), ["0%", "50%", "100%"]);
        assert_eq!(values("5s..1m").unwrap(), ["5s", "33s", "1m"]);
        assert_eq!(values("0.5..1.5").unwrap(), ["0.5000", "1.0000", "1.4990"]);
        let widest = format!("{}..{}", i64::MIN, i64::MAX);
        assert_eq!(values(&widest).unwrap()[0], i64::MIN.to_string());
        for wrong in ["5", "5..", "5..5", "9..3", "1s..3", "a..b"] {
            assert_eq!(FactorRange::parse(wrong), None, "{wrong}");
        }
    }
}
