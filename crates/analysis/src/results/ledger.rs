//! Mean time of the rollouts of a batch by cause.

use measures::TimeSpent;
use simulator::record::{Cause, Outcome};

/// Time of the rollouts of a batch by cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhereTimeWent {
    /// Over all runs that had a rollout.
    pub all: MeanTime,
    /// Over the runs of each outcome that occurred, in the order of [`Outcome::ALL`].
    pub by_outcome: Vec<(Outcome, MeanTime)>,
}

/// Takes in the time of rollouts by cause, run by run.
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
    /// Number of runs.
    pub runs: u64,
    /// Milliseconds of all runs together, by cause.
    sums: [i64; Cause::COUNT],
}

impl MeanTime {
    fn add(&mut self, time: &TimeSpent) {
        self.runs += 1;
        for (sum, time) in self.sums.iter_mut().zip(time.times()) {
            *sum += time.thousandths();
        }
    }

    fn join(&mut self, other: &Self) {
        self.runs += other.runs;
        for (sum, time) in self.sums.iter_mut().zip(other.sums) {
            *sum += time;
        }
    }

    /// Mean seconds of a cause.
    pub fn of(&self, cause: Cause) -> f64 {
        self.sums[cause as usize] as f64 / 1000.0 / self.runs as f64
    }

    /// Mean seconds of all causes together: the mean time of the rollouts.
    pub fn total(&self) -> f64 {
        self.sums.iter().sum::<i64>() as f64 / 1000.0 / self.runs as f64
    }

    /// The share of a cause in the time; zero if the time is zero.
    pub fn share(&self, cause: Cause) -> f64 {
        let total = self.sums.iter().sum::<i64>().max(1);
        self.sums[cause as usize] as f64 / total as f64
    }

    /// The causes with any time, the largest first.
    pub fn causes(&self) -> Vec<Cause> {
        let mut causes: Vec<Cause> =
            Cause::ALL.into_iter().filter(|cause| self.sums[*cause as usize] > 0).collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(self.sums[*cause as usize]));
        causes
    }
}
