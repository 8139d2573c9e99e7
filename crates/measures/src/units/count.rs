//! Counts and expected numbers as text.

use crate::Milli;

/// `1,000`: a count with its thousands grouped.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count of an API object, which is never negative; a negative number counts as 0.
pub fn whole(number: i64) -> String {
    count(u64::try_from(number).unwrap_or(0))
}

/// `1 run`, `1,000 runs`.
pub fn runs(number: u64) -> String {
    format!("{} {}", count(number), if number == 1 { "run" } else { "runs" })
}

/// An expected number: `0`, `< 0.1`, `3.2`, `1,031`.
pub fn expected(number: Milli) -> String {
    match number.thousandths() {
        0 => "0".into(),
        ..50 => "< 0.1".into(),
        50..99_950 => format!("{:.1}", number.as_f64()),
        thousandths => count(((thousandths + 500) / 1000).unsigned_abs()),
    }
}

/// `0.038`, `12.5`, `0`: a number, no longer than it must be.
pub fn plain(number: Milli) -> String {
    let text = number.to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn expected_numbers_are_short() {
        let shown = [0, 4, 60, 3249, 99_949, 99_950, 1_030_599].map(|n| expected(Milli::from_thousandths(n)));
        assert_eq!(shown, ["0", "< 0.1", "0.1", "3.2", "99.9", "100", "1,031"]);
    }
}
