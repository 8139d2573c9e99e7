//! Quantities of resources as Kubernetes writes them: `100m`, `1.5Gi`, `1e3`.

use simulator::number::Saturate;
use thiserror::Error;

/// A quantity in billionths, the smallest step of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Quantity(i128);

const NANO: i128 = 1_000_000_000;
/// The largest magnitude, as in the API: 2^63 - 1 whole units. Larger ones are capped.
const CAP: i128 = i64::MAX as i128 * NANO;

/// A text that is not a quantity, with the API's message (`ErrFormatWrong` and `ErrSuffix` in
/// `staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QuantityError {
    /// It has no number.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// Its suffix is not known.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

impl Quantity {
    /// Parses a quantity, rounding away from zero to a billionth.
    ///
    /// # Errors
    /// The text is not a quantity.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            None => return Err(QuantityError::Format),
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            Some(_) => (false, text),
        };
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, rest) = unsigned.split_at(digits(unsigned));
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(digits(rest)),
            None => ("", rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(QuantityError::Format);
        }
        let unit = Suffix::parse(suffix).ok_or(QuantityError::Suffix)?;
        let magnitude = magnitude(whole, fraction, unit).min(CAP);
        Ok(Self(if negative { -magnitude } else { magnitude }))
    }

    /// In whole units, rounded up.
    pub fn value(self) -> i64 {
        self.rounded_up(NANO)
    }

    /// In thousandths, rounded up.
    pub fn milli(self) -> i64 {
        self.rounded_up(NANO / 1000)
    }

    /// In billionths.
    pub fn nano(self) -> i64 {
        self.rounded_up(1)
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    fn rounded_up(self, step: i128) -> i64 {
        let (quotient, rest) = (self.0.div_euclid(step), self.0.rem_euclid(step));
        let rounded = quotient + i128::from(rest > 0);
        i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
    }

    /// A text that is the same for equal quantities: billionths.
    pub fn canonical(self) -> String {
        format!("{}n", self.0)
    }
}

/// The text that the API server prints: the number in the largest unit, of the written family of units, in which it
/// is whole.
///
/// # Errors
/// As [`Quantity::parse`].
pub fn printed(text: &str) -> Result<String, QuantityError> {
    let amount = Quantity::parse(text)?.0;
    let suffix = text.trim_start_matches(|c: char| c.is_ascii_digit() || ['+', '-', '.'].contains(&c));
    if suffix.ends_with('i') && amount.abs() >= 1024 * NANO {
        let whole = amount / NANO + i128::from(amount % NANO > 0);
        let mut power = 0;
        while power < 6 && whole % (1024i128 << (10 * power)) == 0 {
            power += 1;
        }
        let unit = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power];
        return Ok(format!("{}{unit}", whole >> (10 * power)));
    }
    if amount == 0 {
        return Ok("0".to_owned());
    }
    let mut power = -9;
    let mut number = amount;
    while power < 18 && number % 1000 == 0 {
        number /= 1000;
        power += 3;
    }
    let is_exponent = suffix.len() > 1 && suffix.starts_with(['e', 'E']) && !suffix.ends_with('i');
    if is_exponent {
        return Ok(if power == 0 { number.to_string() } else { format!("{number}e{power}") });
    }
    let unit =
        ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][Saturate::<usize>::saturated((power + 9) / 3)];
    Ok(format!("{number}{unit}"))
}

/// The factor of a suffix.
#[derive(Debug, Clone, Copy)]
enum Suffix {
    /// 10 to this power.
    Ten(i64),
    /// 2 to this power.
    Two(u32),
}

impl Suffix {
    fn parse(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "n" => Self::Ten(-9),
            "u" => Self::Ten(-6),
            "m" => Self::Ten(-3),
            "" => Self::Ten(0),
            "k" => Self::Ten(3),
            "M" => Self::Ten(6),
            "G" => Self::Ten(9),
            "T" => Self::Ten(12),
            "P" => Self::Ten(15),
            "E" => Self::Ten(18),
            "Ki" => Self::Two(10),
            "Mi" => Self::Two(20),
            "Gi" => Self::Two(30),
            "Ti" => Self::Two(40),
            "Pi" => Self::Two(50),
            "Ei" => Self::Two(60),
            _ => return Self::exponent(suffix),
        })
    }

    /// `e3`, `E-2`, `e+1`.
    fn exponent(suffix: &str) -> Option<Self> {
        let exponent = suffix.strip_prefix(['e', 'E'])?;
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        // Go parses the exponent into 64 bits; all exponents beyond the cap or below a billionth give the same result.
        let value: i64 = exponent.parse().ok()?;
        Some(Self::Ten(value))
    }
}

/// `whole.fraction` times the unit in billionths, rounded up, at most slightly above the cap.
fn magnitude(whole: &str, fraction: &str, unit: Suffix) -> i128 {
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return 0;
    }
    let (power, factor) = match unit {
        Suffix::Ten(power) => (power, 1i128),
        Suffix::Two(power) => (0, 1i128 << power),
    };
    // digits x factor x 10^shift billionths
    let shift = power.saturating_add(9).saturating_sub(fraction.len().saturated());
    let significant: i64 = digits.len().saturated();
    if shift.saturating_add(significant) > 40 {
        return CAP;
    }
    if shift.saturating_add(significant) < -30 {
        return 1;
    }
    // Digits beyond the precision are cut off; a nonzero one among them rounds up.
    let keep = digits.len().min(36);
    let dropped: i64 = (digits.len() - keep).saturated();
    let cut_off = digits[keep..].bytes().any(|b| b != b'0');
    let number: i128 = digits[..keep].parse().unwrap_or(i128::MAX);
    scaled(number, factor, shift + dropped, cut_off)
}

/// `number x factor x 10^shift`, rounded up.
fn scaled(number: i128, factor: i128, shift: i64, cut_off: bool) -> i128 {
    if shift >= 0 {
        let power = 10i128.checked_pow(shift.min(60).saturated());
        let product = power.and_then(|power| number.checked_mul(factor)?.checked_mul(power));
        return product.map_or(CAP, |product| product + i128::from(cut_off));
    }
    let Some(divisor) = 10i128.checked_pow((-shift).min(60).saturated()) else {
        return 1;
    };
    // In two steps, so that a long decimal with a binary unit does not overflow.
    let (quotient, rest) = (number / divisor, number % divisor);
    let Some(high) = quotient.checked_mul(factor) else {
        return CAP;
    };
    let (low, exact) = match rest.checked_mul(factor) {
        Some(product) => (product / divisor, product % divisor == 0),
        None => ((rest / factor.max(1)) * factor / (divisor / factor.max(1)).max(1), false),
    };
    high.saturating_add(low).saturating_add(i128::from(cut_off || !exact))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(text: &str) -> Result<i128, QuantityError> {
        Quantity::parse(text).map(|quantity| quantity.0)
    }

    #[test]
    fn quantities_are_read_as_the_api_reads_them() {
        let table = [
            ("0", 0),
            ("1", NANO),
            ("-1", -NANO),
            ("+1", NANO),
            ("100m", NANO / 10),
            ("0.5", NANO / 2),
            (".5", NANO / 2),
            ("5.", 5 * NANO),
            ("1e3", 1000 * NANO),
            ("1E3", 1000 * NANO),
            ("1e-3", NANO / 1000),
            ("1E+1", 10 * NANO),
            ("1k", 1000 * NANO),
            ("1Ki", 1024 * NANO),
            ("1.5Gi", 1_610_612_736 * NANO),
            ("0.1Ki", 1024 * NANO / 10),
            ("1E", 1_000_000_000_000_000_000 * NANO),
            ("1Ei", (1i128 << 60) * NANO),
            ("1n", 1),
            ("0.1n", 1),
            ("-0.1n", -1),
            ("1.0000000001", NANO + 1),
            ("9223372036854775807", CAP),
            ("9223372036854775808", CAP),
            ("1e999999999", CAP),
            ("1e-999999999", 1),
            ("0e999999999", 0),
            ("0.000000000000000000000000000000000000000000000001Ei", 1),
            ("000000000000000000000000000000000000000000000000000001", NANO),
            ("1.10", 11 * NANO / 10),
        ];
        for (text, expected) in table {
            assert_eq!(nanos(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "", "-", ".", "m", "1ki", "1mi", "1KI", "1 ", " 1", "1e", "1 Gi", "1GiB", "1K", "0x10", "1,5",
            "1e1.5", "--1", "1..2", "ü",
        ] {
            assert!(nanos(text).is_err(), "{text:?}");
        }
        // Not an exponent, but the suffix for 10^18.
        assert_eq!(nanos("1E"), nanos("1e18"));
    }

    #[test]
    fn amounts_round_up() {
        let quantity = |text| Quantity::parse(text).unwrap();
        assert_eq!(quantity("100.1m").milli(), 101);
        assert_eq!(quantity("1.5").value(), 2);
        assert_eq!(quantity("-1.5").value(), -1);
        assert_eq!(quantity("128Mi").value(), 134_217_728);
        assert_eq!(quantity("1e30").milli(), i64::MAX);
        assert_eq!(quantity("1000m").canonical(), quantity("1").canonical());
    }

    #[test]
    fn amounts_are_printed_as_the_api_prints_them() {
        let table = [
            ("0", "0"),
            ("1000m", "1"),
            ("1024Ki", "1Mi"),
            ("1024", "1024"),
            ("2147483648", "2147483648"),
            ("1000", "1k"),
            ("0.5Gi", "512Mi"),
            ("0.5Ki", "512"),
            ("1e3", "1e3"),
            ("10e-1", "1"),
            ("1.5", "1500m"),
            ("-1", "-1"),
            ("1E", "1E"),
        ];
        for (text, expected) in table {
            assert_eq!(printed(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused() {
        bolero::check!().with_iterations(5000).with_type::<String>().for_each(|text| {
            let _ = Quantity::parse(text).map(|quantity| (quantity.value(), quantity.milli()));
            let _ = printed(text);
        });
        bolero::check!().with_iterations(5000).with_type::<(u64, u8, i8)>().for_each(|(n, unit, power)| {
            let units = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
            let unit = units[usize::from(*unit) % units.len()];
            assert!(nanos(&format!("{n}{unit}")).is_ok());
            assert!(nanos(&format!("0.{n}{unit}")).is_ok());
            assert!(nanos(&format!("{n}.{n}e{power}")).is_ok());
        });
    }
}
