//! Where the time of rollouts went: of one run in milliseconds that add up, of a batch as means.

use super::Milli;
use simulator::record::{Cause, Ledger, Outcome};

/// Nanoseconds in a millisecond.
const MILLI: i64 = 1_000_000;

/// The time of one rollout by cause, in milliseconds that add up to its time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpent([Milli; Cause::COUNT]);

impl TimeSpent {
    /// What was written, read back: the times in the order of [`Cause::ALL`].
    pub(super) const fn new(times: [Milli; Cause::COUNT]) -> Self {
        Self(times)
    }

    /// What a cause owns.
    pub const fn of(&self, cause: Cause) -> Milli {
        self.0[cause as usize]
    }
}

/// Rounds each entry down, and then those up that lost most, until the sum is the rounded sum (the method of
/// largest remainders; of equal remainders the first in the order of the causes).
impl From<&Ledger> for TimeSpent {
    fn from(ledger: &Ledger) -> Self {
        let mut spent = Cause::ALL.map(|cause| ledger.of(cause).as_nanos().div_euclid(MILLI));
        let lost = |cause: &Cause| ledger.of(*cause).as_nanos().rem_euclid(MILLI);
        let missing = Milli::from(ledger.total()).thousandths() - spent.iter().sum::<i64>();
        let mut by_loss = Cause::ALL;
        by_loss.sort_by_key(|cause| std::cmp::Reverse(lost(cause)));
        for cause in by_loss.into_iter().take(missing.max(0) as usize) {
            spent[cause as usize] += 1;
        }
        Self(spent.map(Milli::from_thousandths))
    }
}

/// Where the time of a batch of rollouts went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhereTimeWent {
    /// Over all runs that had a rollout.
    pub all: MeanTime,
    /// Over those of each outcome that occurred, in the order of [`Outcome::ALL`].
    pub by_outcome: Vec<(Outcome, MeanTime)>,
}

/// Takes in where the time of the rollouts went, run by run.
#[derive(Debug, Clone, Default)]
pub(super) struct LedgerCollector {
    by_outcome: [MeanTime; Outcome::ALL.len()],
}

impl LedgerCollector {
    /// Takes in the next run that had a rollout.
    pub(super) fn add(&mut self, outcome: Outcome, time: &TimeSpent) {
        self.by_outcome[outcome as usize].add(time);
    }

    /// All conclusions; `None` if no run had a rollout.
    pub(super) fn finish(self) -> Option<WhereTimeWent> {
        let mut all = MeanTime::default();
        self.by_outcome.iter().for_each(|mean| all.join(mean));
        let by_outcome = Outcome::ALL.map(|outcome| (outcome, self.by_outcome[outcome as usize]));
        let by_outcome = by_outcome.into_iter().filter(|(_, mean)| mean.runs > 0).collect();
        (all.runs > 0).then_some(WhereTimeWent { all, by_outcome })
    }
}

/// The mean time by cause over some runs. A rollout that did not end counts up to the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeanTime {
    /// Over how many.
    pub runs: u64,
    /// The milliseconds of all of them by cause.
    sums: [i64; Cause::COUNT],
}

impl MeanTime {
    fn add(&mut self, time: &TimeSpent) {
        self.runs += 1;
        for (sum, time) in self.sums.iter_mut().zip(time.0) {
            *sum += time.thousandths();
        }
    }

    fn join(&mut self, other: &Self) {
        self.runs += other.runs;
        for (sum, time) in self.sums.iter_mut().zip(other.sums) {
            *sum += time;
        }
    }

    /// Mean seconds that a cause owns.
    pub fn of(&self, cause: Cause) -> f64 {
        self.sums[cause as usize] as f64 / 1000.0 / self.runs as f64
    }

    /// Mean seconds of all causes together: the mean time of the rollouts.
    pub fn total(&self) -> f64 {
        self.sums.iter().sum::<i64>() as f64 / 1000.0 / self.runs as f64
    }

    /// The share of the time that a cause owns; zero if there was no time to share.
    pub fn share(&self, cause: Cause) -> f64 {
        let total = self.sums.iter().sum::<i64>().max(1);
        self.sums[cause as usize] as f64 / total as f64
    }

    /// The causes that own anything, the largest first.
    pub fn causes(&self) -> Vec<Cause> {
        let mut causes: Vec<Cause> =
            Cause::ALL.into_iter().filter(|cause| self.sums[*cause as usize] > 0).collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(self.sums[*cause as usize]));
        causes
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
