//! The time of one rollout by cause, in milliseconds that add up.

use crate::Milli;
use simulator::number::Saturate;
use simulator::record::{Cause, Ledger};

/// Nanoseconds in a millisecond.
const MILLI: i64 = 1_000_000;

/// The time of one rollout by cause, in milliseconds that add up to its time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpent([Milli; Cause::COUNT]);

impl TimeSpent {
    /// From times in the order of [`Cause::ALL`], as a file holds them.
    pub const fn new(times: [Milli; Cause::COUNT]) -> Self {
        Self(times)
    }

    /// The times in the order of [`Cause::ALL`].
    pub const fn times(&self) -> [Milli; Cause::COUNT] {
        self.0
    }

    /// The time booked to a cause.
    pub const fn of(&self, cause: Cause) -> Milli {
        self.0[cause as usize]
    }
}

/// Rounds each entry down, and then rounds the entries with the largest remainders up until the sum is the rounded
/// sum (the method of largest remainders; equal remainders in the order of the causes).
impl From<&Ledger> for TimeSpent {
    fn from(ledger: &Ledger) -> Self {
        let mut spent = Cause::ALL.map(|cause| ledger.of(cause).as_nanos().div_euclid(MILLI));
        let lost = |cause: &Cause| ledger.of(*cause).as_nanos().rem_euclid(MILLI);
        let missing = Milli::from(ledger.total()).thousandths() - spent.iter().sum::<i64>();
        let mut by_loss = Cause::ALL;
        by_loss.sort_by_key(|cause| std::cmp::Reverse(lost(cause)));
        for cause in by_loss.into_iter().take(missing.saturated()) {
            spent[cause as usize] += 1;
        }
        Self(spent.map(Milli::from_thousandths))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulator::Span;

    fn spent(nanos: [i64; 3]) -> [i64; 3] {
        let causes = [Cause::Pull, Cause::Start, Cause::Probe];
        let ledger: Ledger = causes.into_iter().zip(nanos.map(Span::from_nanos)).collect();
        causes.map(|cause| TimeSpent::from(&ledger).of(cause).thousandths())
    }

    #[test]
    fn the_largest_remainders_are_rounded_up() {
        assert_eq!(
            spent([1_400_000, 1_400_000, 1_200_000]),
            [2, 1, 1],
            "4.0 ms: the first of two equal ones"
        );
        assert_eq!(spent([1_600_000, 1_600_000, 1_800_000]), [2, 1, 2], "5.0 ms");
        assert_eq!(spent([1_300_000, 0, 100_000]), [1, 0, 0], "1.4 ms");
    }

    /// The milliseconds add up to the rounded sum, and none is a millisecond or more off.
    #[test]
    fn milliseconds_add_up() {
        for step in 1..2_000_i64 {
            let times = Cause::ALL
                .map(|cause| (cause, Span::from_nanos(step * 7_919_333 * cause as i64 % 90_000_017)));
            let ledger: Ledger = times.into_iter().collect();
            let spent = TimeSpent::from(&ledger);
            let sum: i64 = Cause::ALL.into_iter().map(|cause| spent.of(cause).thousandths()).sum();
            assert_eq!(Milli::from_thousandths(sum), Milli::from(ledger.total()));
            for (cause, time) in times {
                let off = spent.of(cause).thousandths() * MILLI - time.as_nanos();
                assert!(off.abs() < MILLI, "{} is {off} ns off", cause.as_str());
            }
        }
    }
}
