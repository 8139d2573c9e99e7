//! `maxSurge` and `maxUnavailable`: a count or a percentage of the replicas.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A number of pods, or a percentage of the desired replicas (`intstr.IntOrString`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntOrPercent {
    /// An absolute number of pods.
    Int(i32),
    /// A percentage of the desired replicas; 25 means 25%.
    Percent(i32),
}

impl IntOrPercent {
    /// The number of pods for `replicas`, fractions rounded up: 25% of 10 is 3.
    #[must_use]
    pub fn rounded_up(self, replicas: i32) -> i32 {
        self.of_hundredths(replicas, |hundredths| (hundredths + 99).div_euclid(100))
    }

    /// The number of pods for `replicas`, fractions rounded down: 25% of 10 is 2.
    #[must_use]
    pub fn rounded_down(self, replicas: i32) -> i32 {
        self.of_hundredths(replicas, |hundredths| hundredths.div_euclid(100))
    }

    /// In whole numbers. `GetScaledValueFromIntOrPercent` in
    /// `staging/src/k8s.io/apimachinery/pkg/util/intstr` computes in doubles with the same result: up to 2^31
    /// pods, the spacing of doubles is below 0.01, the smallest distance of a quotient from a whole number.
    fn of_hundredths(self, replicas: i32, whole: fn(i64) -> i64) -> i32 {
        match self {
            Self::Int(count) => count,
            Self::Percent(percent) => {
                let pods = whole(i64::from(percent) * i64::from(replicas));
                pods.clamp(i32::MIN.into(), i32::MAX.into()) as i32
            }
        }
    }
}

/// As a manifest writes it: `3` or `25%`.
impl fmt::Display for IntOrPercent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl FromStr for IntOrPercent {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        match text.strip_suffix('%') {
            Some(digits) => digits.parse().map(Self::Percent),
            None => text.parse().map(Self::Int),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::IntOrPercent::{self, Int, Percent};

    #[test]
    fn texts_are_counts_or_percentages() {
        for (text, value) in [("3", Int(3)), ("25%", Percent(25)), ("-1", Int(-1)), ("0%", Percent(0))] {
            assert_eq!(text.parse(), Ok(value));
            assert_eq!(value.to_string(), text);
        }
        assert!(["", "%", "2.5%", "3 %", "many"].iter().all(|text| text.parse::<IntOrPercent>().is_err()));
    }

    #[test]
    fn surge_rounds_up_and_unavailability_rounds_down() {
        for (replicas, up, down) in [(0, 0, 0), (1, 1, 0), (3, 1, 0), (4, 1, 1), (10, 3, 2), (20, 5, 5)] {
            assert_eq!(Percent(25).rounded_up(replicas), up, "25% of {replicas} up");
            assert_eq!(Percent(25).rounded_down(replicas), down, "25% of {replicas} down");
        }
        assert_eq!(Percent(150).rounded_up(10), 15);
        assert_eq!(Percent(100).rounded_up(2_147_483_647), 2_147_483_647);
        assert_eq!(Int(7).rounded_up(3), 7);
    }

    #[test]
    fn whole_numbers_agree_with_doubles() {
        let replicas = [0, 1, 3, 7, 99, 100, 101, 12_345, 65_537, 99_999_999, i32::MAX - 1, i32::MAX];
        let percents = [0, 1, 25, 33, 50, 67, 99, 100, 101, 150, 1_000, 999_999, i32::MAX, -1, -33];
        for (replicas, percent) in replicas.iter().flat_map(|r| percents.map(|p| (*r, p))) {
            let pods = f64::from(percent) * f64::from(replicas) / 100.0;
            assert_eq!(Percent(percent).rounded_up(replicas), pods.ceil() as i32, "{percent}% of {replicas}");
            assert_eq!(
                Percent(percent).rounded_down(replicas),
                pods.floor() as i32,
                "{percent}% of {replicas}"
            );
        }
    }
}
