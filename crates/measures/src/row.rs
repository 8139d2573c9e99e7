//! One run as its row in `runs.csv`.

use super::{Milli, ServiceRow, TimeSpent};
use crate::stats::Measured;
use simulator::record::{Cause, Outcome, Record, RefusalCounts, ScalingRecord};

/// What is kept of a run: the measures of `runs.csv`, as precise as the file holds them, and what the
/// objectives ask of `scalings.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub rollout_status_exit: Option<u8>,
    pub rollout_status_exit_last: Option<u8>,
    pub replica_sets_left: u32,
    pub service: Option<ServiceRow>,
    pub time: Option<TimeSpent>,
    pub below_replicas_pod: Milli,
    pub longest_below_replicas: Milli,
    pub surge_pod: Milli,
    pub api_writes: u64,
    pub scalings: u32,
    pub scaling_leftover_max: Option<i32>,
    pub scaling_new_share_rise: Option<Milli>,
    pub longest_without_progress: Option<Milli>,
    pub last_progress: Option<Milli>,
    pub stalled: Option<Milli>,
    pub available_end: Option<i32>,
    pub promised_end: Option<i32>,
    pub resizes: Vec<Resize>,
}

/// What one scaling event in mid rollout did to one `ReplicaSet`: part of a row in `scalings.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resize {
    /// Its revision.
    pub revision: i64,
    /// Whether its template was the one in force.
    pub is_new: bool,
    /// Its size before.
    pub from: i32,
    /// Its size after.
    pub to: i32,
}

impl From<&ScalingRecord> for Resize {
    fn from(record: &ScalingRecord) -> Self {
        let &ScalingRecord { revision, is_new, from, to, .. } = record;
        Self { revision, is_new, from, to }
    }
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

impl Measured for Elapsed {
    fn number(self) -> Option<u64> {
        match self {
            Self::Within(time) => time.number(),
            Self::BeyondHorizon => None,
        }
    }

    fn of_number(number: Option<u64>) -> Self {
        number.map_or(Self::BeyondHorizon, |number| Self::Within(Milli::of_number(Some(number))))
    }
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

    /// The time of the rollout that is booked to a cause, up to the horizon; `None` without a rollout.
    pub fn booked(&self, cause: Cause) -> Option<Elapsed> {
        self.time.map(|time| Elapsed::Within(time.of(cause)))
    }

    /// Whether fewer pods are available at the horizon than the spec in force promises; `None` if the row is
    /// from a version that did not measure it.
    pub fn ends_below_promised(&self) -> Option<bool> {
        Some(self.available_end? < self.promised_end?)
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
            rollout_status_exit: record.rollout_status.after_first_change,
            rollout_status_exit_last: record.rollout_status.after_last_change,
            replica_sets_left: record.replica_sets_left,
            service: record.service.as_ref().map(ServiceRow::from),
            time: record.ledger.as_ref().map(TimeSpent::from),
            below_replicas_pod: Milli::from_pod_nanos(availability.below_replicas_pod_nanos),
            longest_below_replicas: availability.longest_below_replicas.into(),
            surge_pod: Milli::from_pod_nanos(footprint.surge_pod_nanos),
            api_writes: footprint.api_writes,
            scalings: events(&record.scalings),
            scaling_leftover_max: record
                .scalings
                .iter()
                .map(|scaling| scaling.leftover)
                .max_by_key(|l| l.abs()),
            scaling_new_share_rise: record.scalings.iter().map(new_share_rise).max(),
            longest_without_progress: deadline.longest_without_progress.map(Milli::from),
            last_progress: deadline.last_progress.map(Milli::from),
            stalled: deadline.stalled.map(Milli::from),
            available_end: Some(availability.end),
            promised_end: Some(availability.promised_end),
            resizes: record.scalings.iter().map(Resize::from).collect(),
        }
    }
}

/// How many scaling events there were: each has another target than the one before.
fn events(scalings: &[ScalingRecord]) -> u32 {
    let event = |scaling: &ScalingRecord| (scaling.replicas_from, scaling.replicas_to);
    scalings.chunk_by(|one, other| event(one) == event(other)).count() as u32
}

/// In percentage points.
fn new_share_rise(scaling: &ScalingRecord) -> Milli {
    Milli::from_f64((scaling.new_share_to - scaling.new_share_from) * 100.0)
}

impl Row {
    /// A rollout of ten pods that took a minute and stayed above its promise: where tests begin.
    #[must_use]
    pub fn example() -> Self {
        Self {
            run: 0,
            digest: 0,
            outcome: Outcome::Complete,
            rollout: Some(Milli::from_whole(60)),
            deadline_first: None,
            deadline_recovered: 0,
            deadline_margin: Some(Milli::from_whole(580)),
            available_min: 8,
            available_mean: Some(Milli::from_whole(9)),
            below_promised: Milli::ZERO,
            below_promised_pod: Milli::ZERO,
            below_replicas: Milli::from_whole(50),
            longest_below_promised: Milli::ZERO,
            pods_peak: 13,
            pods_peak_with_terminating: 15,
            pods_created: 10,
            restarts: 0,
            creates_refused: 0,
            refusals: RefusalCounts::default(),
            revisions_superseded: 0,
            rolled_back: false,
            rollout_status_exit: Some(0),
            rollout_status_exit_last: Some(0),
            replica_sets_left: 2,
            service: None,
            time: None,
            below_replicas_pod: Milli::from_whole(100),
            longest_below_replicas: Milli::from_whole(50),
            surge_pod: Milli::from_whole(120),
            api_writes: 90,
            scalings: 0,
            scaling_leftover_max: None,
            scaling_new_share_rise: None,
            longest_without_progress: Some(Milli::from_whole(20)),
            last_progress: None,
            stalled: None,
            available_end: Some(10),
            promised_end: Some(8),
            resizes: Vec::new(),
        }
    }
}
