//! Objectives, judged on intervals.

use crate::results::{Elapsed, Milli, Objective, Row, Rows, Verdict};
use crate::stats::{Bounds, Level, Proportion, Sample};
use crate::write::{count, elapsed, percent, runs};

/// How many of the runs something must be true of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Demand {
    /// All runs of the batch.
    Every,
    /// No run of the batch.
    None,
    /// The probability is at least this.
    AtLeast(f64),
    /// The probability is at most this.
    AtMost(f64),
}

/// Judges how often something was true of a run.
pub fn share(text: String, share: Proportion, demand: Demand) -> Objective {
    let (low, high) = share.interval();
    let decided = |met: bool| if met { Verdict::Met } else { Verdict::Missed };
    let verdict = match demand {
        Demand::Every => decided(share.hits == share.of),
        Demand::None => decided(share.hits == 0),
        Demand::AtLeast(bound) => between(low >= bound, high < bound),
        Demand::AtMost(bound) => between(high <= bound, low > bound),
    };
    let of = format!("{} of {}", count(share.hits), runs(share.of));
    let seen = match demand {
        Demand::Every | Demand::None => of,
        Demand::AtLeast(_) | Demand::AtMost(_) => format!("{of}, {} to {}", percent(low), percent(high)),
    };
    Objective { text, seen, verdict }
}

/// Judges a quantile of the rollout time.
pub fn rollout_time(text: String, rows: &Rows, level: Level, limit: Milli, horizon: Milli) -> Objective {
    let sample = Sample::new(rows.iter().filter_map(|row| Row::elapsed(&row)));
    let Some(value) = sample.quantile(level) else {
        return Objective { text, seen: "no run had a rollout".into(), verdict: Verdict::Undecided };
    };
    let Bounds { low, high } = sample.quantile_bounds(level);
    let is_within = |time: Elapsed| time <= Elapsed::Within(limit);
    // Of a time beyond the horizon nobody knows whether it is within a limit that lies there as well.
    let is_beyond = |time: Elapsed| !is_within(time) && (time != Elapsed::BeyondHorizon || limit <= horizon);
    let verdict = between(high.is_some_and(is_within), low.is_some_and(is_beyond));
    let show = |time| elapsed(time, horizon);
    let end = |end: Option<Elapsed>| end.map_or("unknown".into(), show);
    let seen = format!("{level} {}, {} to {}", show(value), end(low), end(high));
    Objective { text, seen, verdict }
}

fn between(is_met: bool, is_missed: bool) -> Verdict {
    match (is_met, is_missed) {
        (true, _) => Verdict::Met,
        (false, true) => Verdict::Missed,
        (false, false) => Verdict::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(hits: u64, of: u64, demand: Demand) -> Verdict {
        share(String::new(), Proportion { hits, of }, demand).verdict
    }

    #[test]
    fn shares_are_judged_on_the_interval() {
        assert_eq!(verdict(1000, 1000, Demand::AtLeast(0.99)), Verdict::Met);
        assert_eq!(verdict(995, 1000, Demand::AtLeast(0.99)), Verdict::Undecided);
        assert_eq!(verdict(900, 1000, Demand::AtLeast(0.99)), Verdict::Missed);
        assert_eq!(verdict(0, 1000, Demand::AtMost(0.01)), Verdict::Met);
        assert_eq!(verdict(0, 10, Demand::AtMost(0.01)), Verdict::Undecided);
        assert_eq!(verdict(100, 1000, Demand::AtMost(0.01)), Verdict::Missed);
    }

    #[test]
    fn every_and_none_are_about_the_batch_itself() {
        assert_eq!(verdict(10, 10, Demand::Every), Verdict::Met);
        assert_eq!(verdict(9, 10, Demand::Every), Verdict::Missed);
        assert_eq!(verdict(0, 10, Demand::None), Verdict::Met);
        assert_eq!(verdict(1, 10, Demand::None), Verdict::Missed);
    }

    #[test]
    fn what_was_seen_is_said() {
        let judged =
            share("deadline fired".into(), Proportion { hits: 995, of: 1000 }, Demand::AtLeast(0.99));
        assert_eq!(judged.seen, "995 of 1,000 runs, 98.8% to 99.8%");
    }
}
