//! Numbers as people write them, and lines as long as people read them.

use crate::stats::Proportion;
use crate::{Elapsed, Milli};
use std::fmt;

/// Columns of a screen.
pub const WIDTH: usize = 80;

/// The words of a text in lines of at most `width` columns; a longer word has a line of its own.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The words of a text in lines of at most [`WIDTH`] columns: the first begins with `lead`, the others below
/// its end.
///
/// # Errors
/// The formatter refuses.
pub fn lines(f: &mut fmt::Formatter<'_>, lead: &str, text: &str) -> fmt::Result {
    let next = " ".repeat(lead.len());
    for (index, line) in wrap(text, WIDTH - lead.len()).iter().enumerate() {
        writeln!(f, "{}{line}", if index == 0 { lead } else { &next })?;
    }
    Ok(())
}

/// `340ms`, `12.3s`, `1m 23s`, `30m`, `1h 2m`: rounded to the nearest of its last unit.
pub fn duration(seconds: Milli) -> String {
    rounded(seconds, |value, unit| (value + unit / 2) / unit * unit)
}

/// The same, rounded up: for "within …", which must not promise too much.
pub fn duration_ceil(seconds: Milli) -> String {
    rounded(seconds, |value, unit| value.div_euclid(unit) * unit + if value % unit > 0 { unit } else { 0 })
}

/// A time, or `> 30m` for one that had not ended at the horizon.
pub fn elapsed(time: Elapsed, horizon: Milli) -> String {
    match time {
        Elapsed::Within(seconds) => duration(seconds),
        Elapsed::BeyondHorizon => format!("> {}", duration(horizon)),
    }
}

/// `1,000`.
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

/// `1 run`, `1,000 runs`.
pub fn runs(number: u64) -> String {
    format!("{} {}", count(number), if number == 1 { "run" } else { "runs" })
}

/// The share in percent, never rounded to a certainty that is none: 1 of 10,000 runs is `< 0.1%`.
pub fn percent_of(share: Proportion) -> String {
    let text = percent(share.share());
    match text.as_str() {
        "0.0%" if share.hits > 0 => "< 0.1%".into(),
        "100.0%" if share.hits < share.of => "> 99.9%".into(),
        _ => text,
    }
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

/// `0.038%`, `12.5%`, `0%`: a number of percent, no longer than it must be.
pub fn percentage(percent: Milli) -> String {
    format!("{}%", plain(percent))
}

/// `12.3%`.
pub fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// Rounds before the unit is chosen, so that 59.96 s is `1m` and never `60s`.
fn rounded(seconds: Milli, round: impl Fn(i64, i64) -> i64) -> String {
    let millis = seconds.thousandths();
    if millis < 0 {
        return format!("-{}", duration(Milli::from_thousandths(-millis)));
    }
    let (tenths, whole, minutes) = (round(millis, 100), round(millis, 1000), round(millis, 60_000));
    if millis == 0 {
        "0s".into()
    } else if millis < 1000 {
        format!("{millis}ms")
    } else if tenths < 60_000 {
        with_tenths(tenths)
    } else if whole < 3_600_000 {
        two_units(whole / 60_000, "m", whole / 1000 % 60, "s")
    } else {
        two_units(minutes / 3_600_000, "h", minutes / 60_000 % 60, "m")
    }
}

fn with_tenths(millis: i64) -> String {
    match (millis / 1000, millis / 100 % 10) {
        (whole, 0) => format!("{whole}s"),
        (whole, tenth) => format!("{whole}.{tenth}s"),
    }
}

fn two_units(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large}{large_unit}")
    } else {
        format!("{large}{large_unit} {small}{small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_speech() {
        let table = [
            (0, "0s"),
            (340, "340ms"),
            (999, "999ms"),
            (1000, "1s"),
            (12_340, "12.3s"),
            (59_949, "59.9s"),
            (59_950, "1m"),
            (83_400, "1m 23s"),
            (1_800_000, "30m"),
            (3_599_600, "1h"),
            (3_720_000, "1h 2m"),
            (-2500, "-2.5s"),
        ];
        for (millis, text) in table {
            assert_eq!(duration(Milli::from_thousandths(millis)), text);
        }
    }

    #[test]
    fn within_rounds_up() {
        for (millis, text) in [(12_310, "12.4s"), (60_001, "1m 1s"), (59_901, "1m"), (60_000, "1m")] {
            assert_eq!(duration_ceil(Milli::from_thousandths(millis)), text);
        }
    }

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap(" a bc\n def  ghijkl m", 6), ["a bc", "def", "ghijkl", "m"]);
        assert_eq!(wrap("unbreakable word", 4), ["unbreakable", "word"]);
        assert!(wrap("", 10).is_empty());
    }

    #[test]
    fn percentages_and_expected_numbers_are_short() {
        let shown = [0, 38, 12_500, 100_000].map(|n| percentage(Milli::from_thousandths(n)));
        assert_eq!(shown, ["0%", "0.038%", "12.5%", "100%"]);
        let shown = [0, 4, 60, 3249, 99_949, 99_950, 1_030_599].map(|n| expected(Milli::from_thousandths(n)));
        assert_eq!(shown, ["0", "< 0.1", "0.1", "3.2", "99.9", "100", "1,031"]);
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
