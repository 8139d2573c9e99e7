//! The value of a plain (unquoted) YAML scalar.
//!
//! The rules are those of the YAML library of Kubernetes: YAML 1.1 booleans, octal numbers with a leading zero,
//! underscores in numbers. Scenarios follow the same rules as manifests.

/// The value of a plain scalar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    /// `null`, or no text.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number, with its text.
    Float(f64, String),
    /// A text.
    Str,
}

/// The value of the plain scalar `text`.
pub(crate) fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN, text.to_owned()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            Scalar::Float(f64::INFINITY, text.to_owned())
        }
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY, text.to_owned()),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => number(text),
        _ => Scalar::Str,
    }
}

fn number(text: &str) -> Scalar {
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    if let Some(value) = integer(&plain) {
        return Scalar::Int(value);
    }
    if is_float(&plain)
        && let Ok(value) = plain.parse()
    {
        return Scalar::Float(value, plain);
    }
    Scalar::Str
}

/// A whole number in one of the four notations, if it fits.
fn integer(plain: &str) -> Option<i64> {
    let (negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// Digits with at most one point, at least one digit, and perhaps an exponent.
fn is_float(plain: &str) -> bool {
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_ok = exponent.is_none_or(|text| {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        !unsigned.is_empty() && digits(unsigned)
    });
    digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0 && exponent_ok
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_kubernetes_reads() {
        let float = |value: f64, text: &str| Scalar::Float(value, text.to_owned());
        let table = [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("yes", Scalar::Bool(true)),
            ("NO", Scalar::Bool(false)),
            ("on", Scalar::Bool(true)),
            ("0", Scalar::Int(0)),
            ("-12", Scalar::Int(-12)),
            ("+3", Scalar::Int(3)),
            ("0644", Scalar::Int(420)),
            ("0o17", Scalar::Int(15)),
            ("0x1F", Scalar::Int(31)),
            ("0b101", Scalar::Int(5)),
            ("1_000", Scalar::Int(1000)),
            ("9223372036854775807", Scalar::Int(i64::MAX)),
            ("9223372036854775808", float(9_223_372_036_854_775_808.0, "9223372036854775808")),
            ("0.5", float(0.5, "0.5")),
            (".5", float(0.5, ".5")),
            ("1e3", float(1000.0, "1e3")),
            ("089", float(89.0, "089")),
            ("1.2.3", Scalar::Str),
            ("100m", Scalar::Str),
            ("25%", Scalar::Str),
            ("-", Scalar::Str),
            (".", Scalar::Str),
            ("--5", Scalar::Str),
            ("1e", Scalar::Str),
            ("2026-01-01", Scalar::Str),
            ("nginx:1.27", Scalar::Str),
            ("Infinity", Scalar::Str),
        ];
        for (text, meaning) in table {
            assert_eq!(resolve(text), meaning, "{text:?}");
        }
    }
}
