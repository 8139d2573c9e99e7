//! Amounts as the API prints them
//! (`staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go`, `CanonicalizeBytes`).

use crate::model::Unit;

/// An amount in its canonical form: the largest suffix that leaves a whole number.
#[must_use]
pub fn quantity(amount: i64, unit: Unit) -> String {
    match unit {
        Unit::Pieces => count(amount.saturating_mul(1000)),
        Unit::MilliCores => count(amount),
        Unit::Bytes => suffixed(amount, 1024, &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]),
    }
}

/// Thousandths, as a decimal number.
#[must_use]
pub fn count(thousandths: i64) -> String {
    suffixed(thousandths, 1000, &["m", "", "k", "M", "G", "T", "P", "E"])
}

fn suffixed(amount: i64, step: i64, suffixes: &[&str]) -> String {
    if amount == 0 {
        return "0".to_owned();
    }
    let (mut amount, mut power) = (amount, 0);
    while amount % step == 0 && power + 1 < suffixes.len() {
        amount /= step;
        power += 1;
    }
    format!("{amount}{}", suffixes[power])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_suffix_that_leaves_a_whole_number() {
        let table = [
            (13, Unit::Pieces, "13"),
            (2000, Unit::Pieces, "2k"),
            (0, Unit::Pieces, "0"),
            (500, Unit::MilliCores, "500m"),
            (8000, Unit::MilliCores, "8"),
            (1500, Unit::MilliCores, "1500m"),
            (512 << 20, Unit::Bytes, "512Mi"),
            (8 << 30, Unit::Bytes, "8Gi"),
            (1_000_000, Unit::Bytes, "1000000"),
        ];
        for (amount, unit, text) in table {
            assert_eq!(quantity(amount, unit), text);
        }
    }
}
