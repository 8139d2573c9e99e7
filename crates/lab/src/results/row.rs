//! One run as its row in `runs.csv`.

use super::Milli;
use simulator::record::{Outcome, Record, RefusalCounts};

/// What is kept of a run: the measures of `runs.csv`, as precise as the file holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of runs.csv explain each field")]
pub struct Row {
    pub run: u64,
    pub digest: u64,
    pub outcome: Outcome,
    pub rollout: Option<Milli>,
    pub deadline_first: Option<Milli>,
    pub deadline_recovered: u32,
    pub deadline_margin: Option<Milli>,
    pub available_min: i32,
    pub available_mean: Option<Milli>,
    pub below_promised: Milli,
    pub below_promised_pod: Milli,
    pub below_replicas: Milli,
    pub longest_below_promised: Milli,
    pub pods_peak: i32,
    pub pods_peak_with_terminating: i32,
    pub pods_created: u32,
    pub restarts: u32,
    pub creates_refused: u32,
    pub refusals: RefusalCounts,
    pub revisions_superseded: u32,
    pub rolled_back: bool,
}

/// How long something took, if it ended while we watched. What did not end counts as longer than
/// anything that did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Elapsed {
    /// It ended after so many seconds.
    Within(Milli),
    /// It had not ended at the horizon.
    BeyondHorizon,
}

impl Row {
    /// How long the rollout took; `None` if there was none.
    pub fn elapsed(&self) -> Option<Elapsed> {
        match (self.outcome, self.rollout) {
            (Outcome::NoRollout, _) => None,
            (_, Some(time)) => Some(Elapsed::Within(time)),
            (_, None) => Some(Elapsed::BeyondHorizon),
        }
    }

    /// Whether the progress deadline fired.
    pub fn deadline_fired(&self) -> bool {
        self.deadline_first.is_some()
    }
}

impl From<&Record> for Row {
    fn from(record: &Record) -> Self {
        let Record { deadline, availability, footprint, .. } = record;
        Self {
            run: record.run,
            digest: record.digest,
            outcome: record.outcome,
            rollout: record.rollout.map(Milli::from),
            deadline_first: deadline.first_fired.map(Milli::from),
            deadline_recovered: deadline.recovered,
            deadline_margin: deadline.margin.map(Milli::from),
            available_min: availability.min,
            available_mean: availability.mean.map(Milli::from_f64),
            below_promised: availability.below_promised.into(),
            below_promised_pod: Milli::from_pod_nanos(availability.below_promised_pod_nanos),
            below_replicas: availability.below_replicas.into(),
            longest_below_promised: availability.longest_below_promised.into(),
            pods_peak: footprint.pods_peak,
            pods_peak_with_terminating: footprint.pods_peak_with_terminating,
            pods_created: footprint.pods_created,
            restarts: footprint.restarts,
            creates_refused: footprint.creates_refused,
            refusals: footprint.refusals,
            revisions_superseded: record.revisions_superseded,
            rolled_back: record.rolled_back,
        }
    }
}
