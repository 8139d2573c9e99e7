//! Advice on `progressDeadlineSeconds`: false alarms against time to detect, from one batch.
//!
//! One batch answers for every deadline. The deadline only reports: when it fires, one condition of the
//! Deployment changes, and the controllers continue as before. So a run is the same with another deadline, and
//! the stretches without progress tell what that deadline would have reported.

use measures::stats::{Bounds, Level, Miss, Proportion, Sample, clopper_pearson};
use measures::{Elapsed, Milli, Row, known};
use simulator::record::Outcome;

/// The batch, before its rows are read.
#[derive(Debug, Clone)]
pub struct DeadlineFacts {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of all runs.
    pub seed: u64,
    /// The deadline that was simulated, if known.
    pub simulated: Option<Milli>,
    /// The share of rollouts that may raise a false alarm, in (0, 1).
    pub rate: f64,
}

/// The advice.
#[derive(Debug, Clone)]
pub struct DeadlineAdvice {
    /// The batch.
    pub facts: DeadlineFacts,
    /// Runs of the batch.
    pub runs: u64,
    /// Longest stretches without progress of the rollouts that end, shortest first.
    stretches: Vec<Milli>,
    /// Rollouts that do not end.
    stuck: Vec<Stuck>,
    /// Runs without a rollout, or without a progress clock. They are in none of the other counts.
    pub silent: u64,
}

/// A rollout that does not end.
#[derive(Debug, Clone, Copy)]
struct Stuck {
    /// Its last progress, on the rollout clock.
    last_progress: Milli,
    /// Its time without progress from then to the horizon.
    stalled: Milli,
}

/// What a deadline would have reported.
#[derive(Debug, Clone)]
pub struct DeadlinePoint {
    /// `progressDeadlineSeconds`.
    pub deadline: i64,
    /// Rollouts that end and raise an alarm before.
    pub false_alarms: Proportion,
    /// From the change of the template to the alarm that stays, over the rollouts that do not end; `None`
    /// if all end.
    pub detected: Option<Detected>,
}

/// Quantiles of the time to detect. A rollout without an alarm within the horizon takes longer than any.
#[derive(Debug, Clone)]
pub struct Detected {
    /// The median and its 95% interval.
    pub median: (Elapsed, Bounds<Elapsed>),
    /// The 95% quantile and its interval.
    pub p95: (Elapsed, Bounds<Elapsed>),
    /// Rollouts that raise an alarm within the horizon.
    pub within: Proportion,
}

/// The smallest deadline whose false alarms stay within the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Smallest {
    /// In this batch.
    pub here: i64,
    /// The lower end of the 95% interval.
    pub low: i64,
    /// The upper end of that interval; `None` with too few runs.
    pub high: Option<i64>,
}

impl DeadlineAdvice {
    /// Reads the rows of a batch.
    pub fn new(facts: DeadlineFacts, rows: impl IntoIterator<Item = Row>) -> Self {
        let mut advice = Self { facts, runs: 0, stretches: Vec::new(), stuck: Vec::new(), silent: 0 };
        for row in rows {
            advice.runs += 1;
            advice.add(&row);
        }
        advice.stretches.sort_unstable();
        advice
    }

    fn add(&mut self, row: &Row) {
        let ends = matches!(row.outcome, Outcome::Complete | Outcome::CompleteAfterDeadline);
        let stretch = row.get(known::LONGEST_WITHOUT_PROGRESS);
        match (ends, stretch, row.get(known::LAST_PROGRESS), row.get(known::STALLED)) {
            (true, Some(stretch), ..) => self.stretches.push(stretch),
            (false, _, Some(last_progress), Some(stalled)) => {
                self.stuck.push(Stuck { last_progress, stalled });
            }
            _ => self.silent += 1,
        }
    }

    /// Rollouts that end.
    pub const fn ended(&self) -> u64 {
        self.stretches.len() as u64
    }

    /// Rollouts that do not end.
    pub const fn stuck(&self) -> u64 {
        self.stuck.len() as u64
    }

    /// The longest stretches without progress of the rollouts that end.
    pub fn stretches(&self) -> Sample<Milli> {
        Sample::new(self.stretches.iter().copied())
    }

    /// What a deadline of `deadline` seconds would have reported.
    pub fn point(&self, deadline: i64) -> DeadlinePoint {
        let false_alarms = Proportion { hits: self.alarms(deadline), of: self.ended() };
        DeadlinePoint { deadline, false_alarms, detected: self.detected(Milli::from_whole(deadline)) }
    }

    /// Rollouts that end and have a stretch longer than `deadline` seconds.
    fn alarms(&self, deadline: i64) -> u64 {
        let limit = Milli::from_whole(deadline);
        (self.stretches.len() - self.stretches.partition_point(|&stretch| stretch <= limit)) as u64
    }

    fn detected(&self, deadline: Milli) -> Option<Detected> {
        let time = |stuck: &Stuck| {
            let alarm = stuck.last_progress.thousandths() + deadline.thousandths();
            let is_seen = stuck.stalled > deadline;
            if is_seen { Elapsed::Within(Milli::from_thousandths(alarm)) } else { Elapsed::BeyondHorizon }
        };
        let times: Vec<Elapsed> = self.stuck.iter().map(time).collect();
        let within = Proportion::count(&times, |time| *time != Elapsed::BeyondHorizon);
        let sample = Sample::new(times);
        let quantile = |level| Some((sample.quantile(level)?, sample.quantile_bounds(level)));
        Some(Detected { median: quantile(Level::P50)?, p95: quantile(Level::P95)?, within })
    }

    /// The smallest deadline whose false alarms stay within the rate; `None` if no rollout ends.
    pub fn smallest(&self) -> Option<Smallest> {
        let of = self.ended();
        if of == 0 {
            return None;
        }
        let rate = self.facts.rate;
        let share = |hits: u64| hits as f64 / of as f64;
        // More alarms make each of the three values larger, so a binary search finds the largest count allowed.
        let here = most(of, |hits| share(hits) <= rate)?;
        let low = most(of, |hits| clopper_pearson(hits, of, Miss::ONE_IN_TWENTY).0 <= rate)?;
        let high = most(of, |hits| clopper_pearson(hits, of, Miss::ONE_IN_TWENTY).1 <= rate);
        Some(Smallest {
            here: self.smallest_with(here),
            low: self.smallest_with(low),
            high: high.map(|hits| self.smallest_with(hits)),
        })
    }

    /// The smallest whole number of seconds that at most `alarms` stretches exceed.
    fn smallest_with(&self, alarms: u64) -> i64 {
        let kept = self.stretches.len() - (alarms as usize).min(self.stretches.len());
        let longest = kept.checked_sub(1).map_or(0, |last| self.stretches[last].thousandths());
        // The API server accepts no deadline below one second.
        (longest + 999).div_euclid(1000).max(1)
    }

    /// Rollouts that must end without an alarm before the upper end of the interval reaches the rate.
    pub fn runs_needed(&self) -> u64 {
        let miss = Miss::ONE_IN_TWENTY.tail();
        (miss.ln() / (-self.facts.rate).ln_1p()).ceil() as u64
    }

    /// The curve in ascending order: at most `most` points of the stretches, and the advice and the simulated
    /// deadline. Between two points only the time to detect changes, by the difference of the deadlines.
    pub fn curve(&self, most: usize) -> Vec<DeadlinePoint> {
        let mut deadlines: Vec<i64> = self
            .stretches
            .iter()
            .map(|stretch| (stretch.thousandths() + 999).div_euclid(1000).max(1))
            .collect();
        deadlines.dedup();
        let step = deadlines.len().div_ceil(most.max(1)).max(1);
        // From the longest stretch, because rare alarms are of interest.
        let mut chosen: Vec<i64> = deadlines.iter().rev().step_by(step).copied().collect();
        let smallest = self.smallest().map(|found| [Some(found.here), Some(found.low), found.high]);
        chosen.extend(smallest.into_iter().flatten().flatten());
        chosen.extend(self.facts.simulated.map(|deadline| deadline.thousandths() / 1000));
        chosen.push(1);
        if self.stretches.is_empty() {
            chosen.extend(USUAL);
        }
        chosen.sort_unstable();
        chosen.dedup();
        chosen.into_iter().map(|deadline| self.point(deadline)).collect()
    }
}

/// Deadlines to show if no rollout ends, in seconds.
const USUAL: [i64; 5] = [60, 120, 300, 600, 1200];

/// The largest number of hits for which `is_fine` holds, if it holds for every smaller number too.
fn most(of: u64, is_fine: impl Fn(u64) -> bool) -> Option<u64> {
    if !is_fine(0) {
        return None;
    }
    let (mut low, mut high) = (0, of);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if is_fine(middle) { low = middle } else { high = middle - 1 }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rollouts whose longest stretches are 1 s, 2 s and so on, and `stuck` rollouts without progress from 5 s on.
    fn advice(ended: i64, stuck: u64, rate: f64) -> DeadlineAdvice {
        let facts =
            DeadlineFacts { scenario: "test".into(), seed: 1, simulated: Some(Milli::from_whole(600)), rate };
        let end = |k| Row::example().with(known::LONGEST_WITHOUT_PROGRESS, Milli::from_whole(k));
        let never_ends = |_| {
            Row { outcome: Outcome::DeadlineExceeded, ..Row::example() }
                .with(known::LAST_PROGRESS, Milli::from_whole(5))
                .with(known::STALLED, Milli::from_whole(1000))
        };
        DeadlineAdvice::new(facts, (1..=ended).map(end).chain((0..stuck).map(never_ends)))
    }

    #[test]
    fn a_deadline_alarms_for_longer_stretches_only() {
        let advice = advice(100, 0, 0.01);
        let alarms = [0, 1, 99, 100].map(|deadline| advice.point(deadline).false_alarms.hits);
        assert_eq!(alarms, [100, 99, 1, 0]);
        assert!(advice.point(50).detected.is_none());
    }

    /// Golden values: Clopper and Pearson's upper end is 1% at most with 0 of 368 and with 4 of 1,024 hits, its
    /// lower end with 3 of 100 and 17 of 1,024 (summed binomial probabilities).
    #[test]
    fn the_smallest_deadline_comes_with_its_interval() {
        assert_eq!(advice(100, 0, 0.01).smallest(), Some(Smallest { here: 99, low: 97, high: None }));
        assert_eq!(advice(367, 0, 0.01).smallest().unwrap().high, None);
        assert_eq!(advice(368, 0, 0.01).smallest().unwrap().high, Some(368));
        assert_eq!(advice(368, 0, 0.01).runs_needed(), 368);
        let many = advice(1024, 0, 0.01).smallest().unwrap();
        assert_eq!((many.low, many.here, many.high), (1007, 1014, Some(1020)));
        assert_eq!(advice(0, 3, 0.01).smallest(), None);
    }

    #[test]
    fn the_time_to_detect_grows_with_the_deadline() {
        let advice = advice(10, 7, 0.01);
        let median = |deadline| advice.point(deadline).detected.unwrap().median.0;
        assert_eq!(median(30), Elapsed::Within(Milli::from_whole(35)));
        assert_eq!(median(999), Elapsed::Within(Milli::from_whole(1004)));
        assert_eq!(median(1000), Elapsed::BeyondHorizon);
        assert_eq!(advice.point(1000).detected.unwrap().within, Proportion { hits: 0, of: 7 });
    }

    #[test]
    fn the_curve_has_the_points_that_matter() {
        let curve = advice(1000, 5, 0.01).curve(20);
        assert!(curve.len() <= 25 && curve.is_sorted_by(|one, next| one.deadline < next.deadline));
        let hits: Vec<u64> = curve.iter().map(|point| point.false_alarms.hits).collect();
        assert!(hits.is_sorted_by(|one, next| one > next || next == &0), "{hits:?}");
        assert!([1, 600, 990, 1000].iter().all(|wanted| curve.iter().any(|point| point.deadline == *wanted)));
    }
}
