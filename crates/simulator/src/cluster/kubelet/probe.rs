//! Arithmetic of probe workers (`pkg/kubelet/prober/worker.go`): finds the tick that changes a result. Other
//! ticks are not simulated.

use super::container::NEVER;
use crate::model::Probe;
use crate::{Span, Timestamp};

/// The ticks of one worker that probe.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticks {
    /// Time of one tick.
    pub(super) phase: Timestamp,
    pub(super) period: Span,
    /// Earlier ticks do not probe.
    pub(super) from: Timestamp,
}

impl Ticks {
    /// The ticks for a container that runs since `since`. The initial delay counts from the whole second of
    /// the start, so a tick may probe up to a second early.
    pub(super) fn of(probe: &Probe, phase: Timestamp, since: Timestamp) -> Self {
        let period = probe.period.max(Span::from_nanos(1));
        Self { phase, period, from: since.stored() + probe.initial_delay }
    }

    /// The first probing tick at or after `at`.
    pub(super) fn at_or_after(&self, at: Timestamp) -> Timestamp {
        let behind = at.max(self.from).since(self.phase);
        self.phase + times(self.period, periods(behind, self.period))
    }

    /// Number of probing ticks after `after`, up to and including `until`.
    fn between(&self, after: Timestamp, until: Timestamp) -> i64 {
        let first = self.at_or_after(after + NANOSECOND);
        if first > until { 0 } else { until.since(first).as_nanos() / self.period.as_nanos() + 1 }
    }
}

/// Resolution of the clock.
pub(super) const NANOSECOND: Span = Span::from_nanos(1);

/// Response to a probe of an application that has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum ProbeReply {
    /// The probe succeeds.
    Answers,
    /// The probe fails at once: connection refused.
    Refuses,
    /// The probe fails at its timeout.
    Hangs,
}

/// Probe results that a worker has counted so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProbeCount {
    /// Predicted time of the next result change.
    pub(super) due: Timestamp,
    /// Time up to which ticks are counted.
    pub(super) counted: Timestamp,
    /// Number of consecutive equal results.
    run: u16,
    /// The result that these share.
    success: bool,
    /// The application's response once it has started. Before that, it refuses.
    pub(super) reply: ProbeReply,
}

impl ProbeCount {
    /// Nothing has been probed up to `now`.
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { due: NEVER, counted: now, run: 0, success: false, reply: ProbeReply::Answers }
    }

    /// Counts the ticks up to `until`; ticks before `able` fail.
    pub(super) fn count(&mut self, ticks: &Ticks, able: Timestamp, until: Timestamp) {
        self.count_equal(ticks, until.min(able - NANOSECOND), false);
        self.count_equal(ticks, until, self.reply == ProbeReply::Answers);
    }

    fn count_equal(&mut self, ticks: &Ticks, until: Timestamp, success: bool) {
        if until <= self.counted {
            return;
        }
        let new = ticks.between(self.counted, until).min(1 << 14) as u16;
        if new > 0 {
            self.run = if self.success == success { self.run.saturating_add(new).min(1 << 14) } else { new };
            self.success = success;
        }
        self.counted = until;
    }

    /// Resets the count after a result change.
    pub(super) fn decide(&mut self, success: bool, now: Timestamp) {
        (self.success, self.run, self.counted) = (success, 1, now);
    }

    /// Number of further results needed for `threshold` in a row. Less than one if the last of them has been
    /// probed and only its answer is outstanding.
    fn missing(&self, success: bool, threshold: i32) -> i64 {
        let have = if self.success == success { self.run } else { 0 };
        i64::from(threshold) - i64::from(have)
    }

    /// When the probe reaches the failure threshold, unless the application answers first.
    pub(super) fn fails_at(&self, ticks: &Ticks, able: Timestamp, probe: &Probe) -> Option<Timestamp> {
        let first = ticks.at_or_after(self.counted + NANOSECOND);
        let at = first + times(ticks.period, self.missing(false, probe.failure_threshold) - 1);
        match self.reply {
            _ if at < able => Some(at),
            ProbeReply::Answers => None,
            ProbeReply::Refuses => Some(at),
            ProbeReply::Hangs => Some(at + probe.timeout),
        }
    }

    /// The tick that completes `threshold` successes in a row, if the application answers. `future_syncs` are the
    /// times after the last counted one, in order, at which a sync triggers a probe and restarts the period.
    pub(super) fn succeeds_at(
        &self,
        mut ticks: Ticks,
        able: Timestamp,
        threshold: i32,
        mut future_syncs: impl Iterator<Item = Timestamp>,
    ) -> Option<Timestamp> {
        if self.reply != ProbeReply::Answers || able >= NEVER {
            return None;
        }
        let from = ticks.from.max(able).max(self.counted + NANOSECOND);
        let mut missing =
            if self.counted < able { i64::from(threshold) } else { self.missing(true, threshold).max(1) };
        let mut look = future_syncs.next().unwrap_or(NEVER);
        while look < from {
            ticks.phase = look;
            look = future_syncs.next().unwrap_or(NEVER);
        }
        let mut at = ticks.at_or_after(from);
        loop {
            // Ticks before the next triggered probe; a tick at the same time counts as the triggered one.
            let before = periods(look.since(at), ticks.period).max(0);
            if missing <= before {
                return Some(at + times(ticks.period, missing - 1));
            }
            missing -= before + 1;
            if missing == 0 {
                return Some(look);
            }
            at = look + ticks.period;
            look = future_syncs.next().unwrap_or(NEVER);
        }
    }
}

/// Number of periods in a span, rounded up.
fn periods(span: Span, period: Span) -> i64 {
    -(-span.as_nanos()).div_euclid(period.as_nanos())
}

fn times(span: Span, count: i64) -> Span {
    Span::from_nanos(span.as_nanos().saturating_mul(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProbeHandler;
    use proptest::prelude::*;

    fn probe(initial_delay: i64, period: i64) -> Probe {
        Probe {
            handler: ProbeHandler::Http,
            initial_delay: Span::from_secs(initial_delay),
            period: Span::from_secs(period),
            timeout: Span::from_secs(1),
            success_threshold: 1,
            failure_threshold: 3,
            termination_grace: None,
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn the_first_probe_that_counts_is_a_tick_of_the_worker() {
        // Started at 0.4 s, observed at 0.9 s.
        let first = |probe: &Probe, able| {
            let ticks = Ticks::of(probe, at(900), at(400));
            ProbeCount::new(at(400)).succeeds_at(ticks, at(able), 1, std::iter::empty()).unwrap()
        };
        assert_eq!(first(&probe(0, 10), 500), at(900), "no delay: as soon as it is noticed");
        assert_eq!(first(&probe(0, 10), 901), at(10_900), "just missed: a whole period later");
        assert_eq!(first(&probe(5, 10), 500), at(10_900), "a delay of 5 s ends between two ticks");
        assert_eq!(first(&probe(10, 10), 500), at(10_900));
        assert_eq!(first(&probe(12, 10), 500), at(20_900));
    }

    #[test]
    fn a_sync_probes_at_once_and_restarts_the_period() {
        let ticks = Ticks::of(&probe(0, 10), at(0), at(0));
        let future_syncs = || [at(12_000), at(47_000)].into_iter();
        let first =
            |able, threshold| ProbeCount::new(at(0)).succeeds_at(ticks, at(able), threshold, future_syncs());
        assert_eq!(first(11_000, 1), Some(at(12_000)), "the sync comes before the tick at 20 s");
        assert_eq!(first(13_000, 1), Some(at(22_000)), "the sync has moved the ticks to 22, 32, 42 s");
        assert_eq!(first(40_000, 3), Some(at(57_000)), "42 s, the sync at 47 s, 57 s");
    }

    /// A triggered probe while the answer to the last one is outstanding does not add a round.
    #[test]
    fn a_verdict_stands_while_its_answer_is_out() {
        let probe = probe(0, 10);
        let ticks = Ticks::of(&probe, at(0), at(0));
        let mut tally = ProbeCount { reply: ProbeReply::Hangs, ..ProbeCount::new(at(0)) };
        assert_eq!(tally.fails_at(&ticks, at(0), &probe), Some(at(31_000)));
        tally.count(&ticks, at(0), at(30_500));
        assert_eq!(tally.fails_at(&ticks, at(0), &probe), Some(at(31_000)));
    }

    proptest! {
        /// The closed form for successes agrees with a worker that ticks and is triggered.
        #[test]
        fn the_success_that_counts_is_found(
            period in 1i64..12, phase in 0i64..12_000, threshold in 1i32..6, able in 0i64..90_000,
            gaps in prop::collection::vec(1i64..40_000, 0..8),
        ) {
            let ticks = Ticks::of(&probe(0, period), at(phase), at(0));
            let future_syncs: Vec<i64> = gaps.iter().scan(0, |sum, gap| { *sum += gap; Some(*sum) }).collect();
            let (mut tick, mut successes, mut now) = (phase.rem_euclid(period * 1000), 0, 0);
            while successes < threshold {
                let look = future_syncs.iter().copied().find(|look| *look > now).unwrap_or(i64::MAX);
                tick = if tick <= now { tick + period * 1000 } else { tick };
                now = tick.min(look);
                if now == look {
                    tick = look;
                }
                successes += i32::from(now >= able);
            }
            let future_syncs = future_syncs.iter().map(|look| at(*look));
            let found = ProbeCount::new(at(0)).succeeds_at(ticks, at(able), threshold, future_syncs);
            prop_assert_eq!(found, Some(at(now)));
        }

        /// The closed form for failures agrees with a worker that ticks.
        #[test]
        fn the_failure_that_counts_is_found(
            delay in 0i64..30, period in 1i64..12, phase in 0i64..12_000, since in 0i64..5_000,
            threshold in 1i32..5, able in 0i64..90_000,
        ) {
            let ticks = Ticks::of(&probe(delay, period), at(phase), at(since));
            let mut failures = 0;
            let real = (0..200).map(|tick| at(phase) + times(Span::from_secs(period), tick - 20)).find(|tick| {
                let counts = *tick > at(since) && *tick >= ticks.from;
                failures += i32::from(counts);
                counts && (*tick >= at(able) || failures == threshold)
            });
            let expected = real.filter(|tick| *tick < at(able));
            let probe = Probe { failure_threshold: threshold, ..probe(delay, period) };
            prop_assert_eq!(ProbeCount::new(at(since)).fails_at(&ticks, at(able), &probe), expected);
        }

        /// Counting in two steps gives the same result as counting in one.
        #[test]
        fn counting_can_be_interrupted(middle in 0i64..60_000, able in 0i64..60_000, phase in 0i64..7_000) {
            let ticks = Ticks::of(&probe(3, 7), at(phase), at(100));
            let (mut once, mut twice) = (ProbeCount::new(at(100)), ProbeCount::new(at(100)));
            once.count(&ticks, at(able), at(60_000));
            twice.count(&ticks, at(able), at(middle));
            twice.count(&ticks, at(able), at(60_000));
            prop_assert_eq!((once.run, once.success), (twice.run, twice.success));
        }
    }
}
