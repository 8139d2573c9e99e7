//! Periodic loops whose iterations are computed instead of simulated.

use crate::{Span, Timestamp};

/// A loop with a phase and a period.
#[derive(Debug, Clone, Copy)]
pub(super) struct PeriodicLoop {
    phase: Timestamp,
    period: Span,
}

impl PeriodicLoop {
    pub(super) const fn new(phase: Timestamp, period: Span) -> Self {
        Self { phase, period }
    }

    /// The first iteration at or after `time`.
    pub(super) fn at_or_after(self, time: Timestamp) -> Timestamp {
        let period = self.period.as_nanos().max(1);
        let behind = time.since(self.phase).as_nanos();
        self.phase + Span::from_nanos(-(-behind).div_euclid(period) * period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_whole_periods_apart_on_both_sides_of_the_phase() {
        let at = Timestamp::from_secs;
        let clock = PeriodicLoop::new(at(3), Span::from_secs(5));
        for (time, turn) in [(3, 3), (4, 8), (8, 8), (9, 13), (-2, -2), (-1, 3), (-7, -7)] {
            assert_eq!(clock.at_or_after(at(time)), at(turn), "at {time} s");
        }
    }
}
