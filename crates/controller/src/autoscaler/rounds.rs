//! When an autoscaler is evaluated (`enqueueHPA`, `processNextWorkItem`, `horizontal.go`; `rate_limiters.go`).

use crate::{Span, Timestamp};

/// The place of one autoscaler in the controller's queue.
///
/// Every addition waits for a period, and a key that waits keeps its earlier time. So nothing brings an
/// evaluation forward, and the period comes in two regimes. A young autoscaler drifts: it is evaluated a period
/// after the end of the evaluation before, or after its own status has come back. Once an evaluation lies across a
/// resync of the informer, which takes place every period from the start of the controller, the resync decides:
/// from then on the autoscaler is evaluated in exactly a period, and so is every one that a controller finds at
/// its start.
///
/// ```
/// use controller::autoscaler::Rounds;
/// use controller::{Span, Timestamp};
///
/// let second = Timestamp::from_secs;
/// let mut rounds = Rounds::new(second(0), Span::from_secs(15));
/// rounds.seen(second(1));
/// assert_eq!(rounds.due(), Some(second(16)));
/// rounds.begin(second(16));
/// rounds.end(second(17));
/// assert_eq!(rounds.due(), Some(second(32)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounds {
    period: Span,
    /// Start of the controller.
    start: Timestamp,
    due: Option<Timestamp>,
    began: Timestamp,
}

impl Rounds {
    /// The period by default (`--horizontal-pod-autoscaler-sync-period`).
    pub const PERIOD: Span = Span::from_secs(15);

    /// The queue of a controller that starts at `start` and has not seen the autoscaler yet. The period is
    /// positive.
    #[must_use]
    pub const fn new(start: Timestamp, period: Span) -> Self {
        Self { period, start, due: None, began: start }
    }

    /// The cache shows the autoscaler for the first time, or a change of it: of its spec or of its status.
    pub fn seen(&mut self, at: Timestamp) {
        let due = at + self.period;
        self.due = Some(self.due.map_or(due, |waiting| waiting.min(due)));
    }

    /// When the next evaluation begins; `None` if the autoscaler was not seen or is being evaluated.
    #[must_use]
    pub const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// An evaluation begins.
    pub const fn begin(&mut self, at: Timestamp) {
        self.due = None;
        self.began = at;
    }

    /// The evaluation ends.
    pub fn end(&mut self, at: Timestamp) {
        // Resyncs between two evaluations find the key waiting for an earlier time.
        let since_start = self.began.since(self.start).as_nanos();
        let period = self.period.as_nanos();
        let resync = self.began + Span::from_nanos((-since_start).rem_euclid(period));
        self.seen(resync.min(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: i64) -> Timestamp {
        Timestamp::ZERO + Span::from_millis(millis)
    }

    /// The beginnings of evaluations that take `length`, of an autoscaler that is seen at `seen`.
    fn begins(seen: i64, length: i64, count: usize) -> Vec<i64> {
        let mut rounds = Rounds::new(Timestamp::ZERO, Rounds::PERIOD);
        rounds.seen(millis(seen));
        let mut begins = Vec::new();
        for _ in 0..count {
            let at = rounds.due().expect("it waits");
            rounds.begin(at);
            rounds.end(at + Span::from_millis(length));
            begins.push(at.as_nanos() / 1_000_000);
        }
        begins
    }

    #[test]
    fn the_phase_drifts_until_an_evaluation_lies_across_a_resync() {
        assert_eq!(begins(1050, 20, 4), [16_050, 31_070, 46_090, 61_110]);
        assert_eq!(begins(14_970, 20, 5), [29_970, 44_990, 60_000, 75_000, 90_000]);
        assert_eq!(begins(0, 20, 3), [15_000, 30_000, 45_000]);
    }

    #[test]
    fn an_earlier_time_stays() {
        let mut rounds = Rounds::new(Timestamp::ZERO, Rounds::PERIOD);
        rounds.seen(millis(1000));
        rounds.seen(millis(9000));
        assert_eq!(rounds.due(), Some(millis(16_000)));
        rounds.begin(millis(16_000));
        assert_eq!(rounds.due(), None);
        // The status comes back before the evaluation ends.
        rounds.seen(millis(16_020));
        rounds.end(millis(16_050));
        assert_eq!(rounds.due(), Some(millis(31_020)));
    }
}
