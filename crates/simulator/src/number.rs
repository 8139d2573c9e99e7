//! Conversions between types of numbers that can lose something: the only place for such casts.
//!
//! A number outside the range of the target becomes the nearest number inside it. Sizes of a model are bounded far
//! below these ranges when its files are read.

/// Conversion to the nearest double; exact up to 2^53.
pub trait Float {
    /// The nearest double.
    fn float(self) -> f64;
}

/// Conversion to the nearest number that a type can hold. Fractions are cut off; a NaN becomes 0.
pub trait Saturate<T> {
    /// The nearest number of the target type.
    fn saturated(self) -> T;
}

macro_rules! float {
    ($($from:ty),+) => {
        $(impl Float for $from {
            #[inline]
            #[allow(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
            fn float(self) -> f64 {
                self as f64
            }
        })+
    };
}

macro_rules! whole {
    ($($from:ty => $($to:ty),+;)+) => {
        $($(impl Saturate<$to> for $from {
            #[inline]
            fn saturated(self) -> $to {
                // Below the smallest number only if negative.
                <$to>::try_from(self).unwrap_or(if self > 0 { <$to>::MAX } else { <$to>::MIN })
            }
        })+)+
    };
}

macro_rules! cut {
    ($($to:ty),+) => {
        $(impl Saturate<$to> for f64 {
            #[inline]
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "casts from floating point saturate"
            )]
            fn saturated(self) -> $to {
                self as $to
            }
        })+
    };
}

float!(i64, u64, usize, i128, u128);
whole! {
    usize => u8, u16, u32, i32, i64;
    u32 => u8, u16, i32;
    u64 => u16, u32, i32, i64, usize;
    u128 => u32, u64, i64, usize;
    i32 => u8, u32, u64, usize;
    i64 => u16, u32, i32, u64, usize;
    i128 => i64, u64;
}
cut!(u32, i32, u64, i64, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_become_the_nearest() {
        let whole: [u32; 3] = [-7_i64, 7, i64::MAX].map(Saturate::saturated);
        assert_eq!(whole, [0, 7, u32::MAX]);
        let signed: [i64; 2] = [7_u64, u64::MAX].map(Saturate::saturated);
        assert_eq!(signed, [7, i64::MAX]);
        let low: [i64; 2] = [i128::MIN, i128::MAX].map(Saturate::saturated);
        assert_eq!(low, [i64::MIN, i64::MAX]);
        let cut: [u64; 4] = [-1.5, 1.99, 1e30, f64::NAN].map(Saturate::saturated);
        assert_eq!(cut, [0, 1, u64::MAX, 0]);
        assert!((3_u64.float() - 3.0).abs() < f64::EPSILON);
    }
}
