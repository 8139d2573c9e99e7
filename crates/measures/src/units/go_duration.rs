//! Durations as Go and Kubernetes write them: `300ms`, `1.5h`, `1h30m`.

use simulator::Span;
use simulator::number::Saturate;
use thiserror::Error;

/// The longest duration: ten years.
pub const MAX: Span = Span::from_secs(10 * 365 * 24 * 3600);

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DurationError {
    /// It is below zero.
    #[error("a duration must not be negative")]
    Negative,
    /// There is no text.
    #[error("a duration must not be empty; {SHAPE}")]
    Empty,
    /// A part of it is not a number with a unit.
    #[error("`{text}` is not a duration: {reason}; {SHAPE}")]
    Malformed {
        /// The whole text.
        text: String,
        /// What is wrong with the part.
        reason: PartError,
    },
    /// It is longer than [`MAX`].
    #[error("`{0}` is longer than ten years")]
    TooLong(String),
}

/// A part of a duration that is not a number with a unit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PartError {
    /// There is no number at its start.
    #[error("`{0}` does not begin with a number")]
    NoNumber(String),
    /// A number without a unit.
    #[error("`{0}` has no unit")]
    NoUnit(String),
    /// The unit `d`, which Go does not have.
    #[error("there is no unit for days, write `24h`")]
    Days,
    /// A unit that does not exist.
    #[error("`{0}` is not a unit")]
    UnknownUnit(String),
}

/// The form of a duration, for messages.
const SHAPE: &str = "write a number and a unit, as in `300ms`, `90s`, `1h30m`";

/// Parses a duration: `0`, or one or more numbers each with a unit (ns, us, ms, s, m, h).
///
/// # Errors
/// The reason with the correction.
pub fn parse(text: &str) -> Result<Span, DurationError> {
    if text.starts_with('-') {
        return Err(DurationError::Negative);
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if unsigned == "0" {
        return Ok(Span::ZERO);
    }
    if unsigned.is_empty() {
        return Err(DurationError::Empty);
    }
    let mut rest = unsigned;
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let (part, after) =
            part(rest).map_err(|reason| DurationError::Malformed { text: text.to_owned(), reason })?;
        nanos = nanos.saturating_add(part);
        rest = after;
    }
    if nanos > i128::from(MAX.as_nanos()) {
        return Err(DurationError::TooLong(text.to_owned()));
    }
    Ok(Span::from_nanos(nanos.saturated()))
}

/// Reads one number with its unit from the start; nanoseconds, with fractions of one cut off.
fn part(text: &str) -> Result<(i128, &str), PartError> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits(rest)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(PartError::NoNumber(text.to_owned()));
    }
    let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    let factor: i128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3600 * 1_000_000_000,
        "" => return Err(PartError::NoUnit(whole.to_owned())),
        "d" => return Err(PartError::Days),
        _ => return Err(PartError::UnknownUnit(unit.to_owned())),
    };
    // 18 digits of nanoseconds exceed ten years, and further decimals are below one nanosecond.
    let whole: i128 = if whole.len() > 18 { i128::from(i64::MAX) } else { whole.parse().unwrap_or(0) };
    let fraction = &fraction[..fraction.len().min(15)];
    let decimals: i128 = fraction.parse().unwrap_or(0);
    let scale = 10i128.pow(fraction.len().saturated());
    Ok((whole * factor + decimals * factor / scale, rest))
}

/// A span as this parser reads it: `1h30m`, `1.5s`, `300ms`, `0s`.
pub fn format(span: Span) -> String {
    let nanos = span.as_nanos();
    let (hours, rest) = (nanos / 3_600_000_000_000, nanos % 3_600_000_000_000);
    let (minutes, rest) = (rest / 60_000_000_000, rest % 60_000_000_000);
    let unit = |count: i64, name| {
        if count == 0 { String::new() } else { format!("{count}{name}") }
    };
    let text = unit(hours, "h") + &unit(minutes, "m");
    match rest {
        0 if text.is_empty() => "0s".to_owned(),
        0 => text,
        _ if text.is_empty() && rest < 1_000_000 => format!("{rest}ns"),
        _ if text.is_empty() && rest < 1_000_000_000 => decimal(rest, 1_000_000) + "ms",
        _ => text + &decimal(rest, 1_000_000_000) + "s",
    }
}

/// `value / unit` without trailing zeros.
fn decimal(value: i64, unit: i64) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    let text = format!("{whole}.{rest:0width$}");
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let table = [
            ("0", 0),
            ("0s", 0),
            ("300ms", 300_000_000),
            ("1.5h", 5_400_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("24h", 86_400_000_000_000),
            ("1h0m0.5s", 3_600_500_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("1µs", 1_000),
            ("1us2ns", 1_002),
            ("+3s", 3_000_000_000),
            ("1m1m", 120_000_000_000),
            ("0.0000000001s", 0),
        ];
        for (text, nanos) in table {
            assert_eq!(parse(text), Ok(Span::from_nanos(nanos)), "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_a_reason() {
        let table = [
            (
                "90",
                "`90` is not a duration: `90` has no unit; write a number and a unit, as in `300ms`, `90s`, `1h30m`",
            ),
            ("", "a duration must not be empty; write a number and a unit, as in `300ms`, `90s`, `1h30m`"),
            ("-5s", "a duration must not be negative"),
            (
                "1d",
                "`1d` is not a duration: there is no unit for days, write `24h`; write a number and a unit, as in `300ms`, `90s`, `1h30m`",
            ),
            (
                "1h-5m",
                "`1h-5m` is not a duration: `h-` is not a unit; write a number and a unit, as in `300ms`, `90s`, `1h30m`",
            ),
            (
                "1M",
                "`1M` is not a duration: `M` is not a unit; write a number and a unit, as in `300ms`, `90s`, `1h30m`",
            ),
            (
                "s",
                "`s` is not a duration: `s` does not begin with a number; write a number and a unit, as in `300ms`, `90s`, `1h30m`",
            ),
            ("99999999h", "`99999999h` is longer than ten years"),
            (
                "99999999999999999999999999999999999999999999s",
                "`99999999999999999999999999999999999999999999s` is longer than ten years",
            ),
        ];
        for (text, reason) in table {
            assert_eq!(parse(text).map_err(|error| error.to_string()), Err(reason.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn formatting_is_read_back() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500_000, "1.5ms"),
            (999_999, "999999ns"),
            (1_500_000_000, "1.5s"),
            (5_400_000_000_000, "1h30m"),
            (3_600_500_000_000, "1h0.5s"),
            (61_000_000_000, "1m1s"),
        ] {
            assert_eq!(format(Span::from_nanos(nanos)), text);
            assert_eq!(parse(text), Ok(Span::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused() {
        bolero::check!().with_iterations(5000).with_type::<String>().for_each(|text| {
            let _ = parse(text);
        });
        bolero::check!().with_iterations(5000).with_type::<u32>().for_each(|nanos| {
            let span = Span::from_nanos(i64::from(*nanos) * 70);
            assert_eq!(parse(&format(span)), Ok(span));
        });
    }
}
