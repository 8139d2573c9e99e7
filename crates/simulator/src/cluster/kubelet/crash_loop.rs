//! The restart back-off of containers (`pkg/kubelet/kuberuntime`, client-go `util/flowcontrol/backoff.go`).

use crate::{Span, Timestamp};

/// First window of the restart back-off; doubles up to [`LONGEST_WINDOW`] (`pkg/kubelet/kubelet.go`,
/// `MaxCrashLoopBackOff`).
const FIRST_WINDOW: Span = Span::from_secs(10);
const LONGEST_WINDOW: Span = Span::from_secs(300);

/// An exit this long after the previous restart decision begins a new series. Housekeeping removes a series
/// whose last decision is this old (twice the longest window).
const FORGOTTEN_AFTER: Span = Span::from_secs(600);

/// The back-off of one container of one pod.
#[derive(Debug, Clone, Copy)]
pub(super) struct CrashLoop {
    /// Restart decisions in the current series, up to the one that reaches the longest window.
    decisions: u8,
    /// Time of the last decision.
    decided: Timestamp,
}

impl CrashLoop {
    /// Number of decisions at which the window stops growing.
    const LONGEST: u8 = 6;

    /// No exit so far.
    pub(super) const fn new() -> Self {
        Self { decisions: 0, decided: Timestamp::ZERO }
    }

    /// The window that an exit opens: none before the first decision, then 10, 20, 40, 80, 160, 300 s.
    fn window(self) -> Span {
        match self.decisions {
            0 => Span::ZERO,
            decisions => Span::from_nanos(FIRST_WINDOW.as_nanos() << (decisions - 1)).min(LONGEST_WINDOW),
        }
    }

    /// End of the wait that the kubelet reports, if the container ended at `finished`.
    pub(super) fn announced(self, finished: Timestamp) -> Timestamp {
        if self.is_over(finished) { finished } else { finished + self.window() }
    }

    /// Earliest time at which a sync restarts a container that ended at `finished`.
    pub(super) fn open_from(self, finished: Timestamp) -> Timestamp {
        self.announced(finished).min(self.decided + FORGOTTEN_AFTER).max(finished)
    }

    /// Records a decision to restart a container that ended at `finished`.
    pub(super) fn decide(&mut self, finished: Timestamp, now: Timestamp) {
        let restarts = self.is_over(finished) || now.since(self.decided) >= FORGOTTEN_AFTER;
        self.decisions = if restarts { 1 } else { (self.decisions + 1).min(Self::LONGEST) };
        self.decided = now;
    }

    fn is_over(self, finished: Timestamp) -> bool {
        self.decisions == 0 || finished.since(self.decided) > FORGOTTEN_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds waited after each exit of a container that runs for `ran` each time.
    fn waits(ran: i64, exits: usize) -> Vec<i64> {
        let (mut series, mut now) = (CrashLoop::new(), Timestamp::from_secs(1000));
        let wait = || {
            now += Span::from_secs(ran);
            let restart = series.open_from(now);
            series.decide(now, restart);
            let waited = restart.since(now);
            now = restart;
            waited.as_nanos() / 1_000_000_000
        };
        std::iter::repeat_with(wait).take(exits).collect()
    }

    #[test]
    fn windows_double_up_to_five_minutes() {
        assert_eq!(waits(1, 9), [0, 10, 20, 40, 80, 160, 300, 300, 300]);
    }

    #[test]
    fn a_container_that_ran_for_ten_minutes_begins_a_new_series() {
        assert_eq!(waits(601, 4), [0, 0, 0, 0]);
    }

    /// Housekeeping drops the entry 600 s after the last decision, even if a window is open.
    #[test]
    fn a_long_run_shortens_the_wait() {
        assert_eq!(waits(400, 9), [0, 10, 20, 40, 80, 160, 200, 10, 20]);
    }
}
