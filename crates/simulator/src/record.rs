//! What is left of one replication: plain values, the input of statistics and of files.

pub use crate::refusals::{ConditionTold, RefusalCounts, RefusalKind, RefusalTold};

use crate::Span;

/// The record of one replication. Times count from t = 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Number of the run, from 0.
    pub run: u64,
    /// Hash of every API write and pod change with its time.
    pub digest: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// How long the rollout took; `None` if it did not end within the horizon, or if there was none.
    pub rollout: Option<Span>,
    /// What the progress deadline did.
    pub deadline: DeadlineRecord,
    /// How many pods were available.
    pub availability: AvailabilityRecord,
    /// What it cost.
    pub footprint: FootprintRecord,
    /// Rollouts that were replaced by another template before they ended.
    pub revisions_superseded: u32,
    /// Whether the Deployment went back to an earlier template.
    pub rolled_back: bool,
    /// Scaling events in mid rollout.
    pub scalings: Vec<ScalingRecord>,
    /// Available pods at the moments of the simulator's grid.
    pub available_on_grid: Vec<i32>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The rollout completed, and the deadline never fired.
    Complete,
    /// The rollout completed after the deadline had fired.
    CompleteAfterDeadline,
    /// The rollout did not complete, and the deadline has fired.
    DeadlineExceeded,
    /// The rollout neither completed nor timed out within the horizon.
    Unfinished,
    /// The template never changed.
    NoRollout,
}

impl Outcome {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 5] = [
        Self::Complete,
        Self::CompleteAfterDeadline,
        Self::DeadlineExceeded,
        Self::Unfinished,
        Self::NoRollout,
    ];

    /// The word used in tables and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::CompleteAfterDeadline => "complete-after-deadline",
            Self::DeadlineExceeded => "deadline-exceeded",
            Self::Unfinished => "unfinished",
            Self::NoRollout => "no-rollout",
        }
    }
}

/// What the progress deadline did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeadlineRecord {
    /// When the Deployment first reported that it was exceeded.
    pub first_fired: Option<Span>,
    /// How often it then reported progress again.
    pub recovered: u32,
    /// The smallest time that was left on the clock; zero once it has fired; `None` if it never ran.
    pub margin: Option<Span>,
}

/// How many pods were available, counted from pod objects over the whole horizon.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AvailabilityRecord {
    /// The fewest at any moment.
    pub min: i32,
    /// The time-weighted mean over the rollout clock; `None` without a rollout.
    pub mean: Option<f64>,
    /// Time with fewer than promised (replicas - maxUnavailable of the spec in force).
    pub below_promised: Span,
    /// Missing pods times time, in pod-nanoseconds, measured against the promise.
    pub below_promised_pod_nanos: i128,
    /// Time with fewer than `replicas`.
    pub below_replicas: Span,
    /// Longest stretch with fewer than promised.
    pub longest_below_promised: Span,
}

/// What the run cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FootprintRecord {
    /// Most pods at a moment that were neither terminating nor terminal.
    pub pods_peak: i32,
    /// Most pods at a moment, terminating ones included.
    pub pods_peak_with_terminating: i32,
    /// Pods created.
    pub pods_created: u32,
    /// Container restarts.
    pub restarts: u32,
    /// Refused creations of pods.
    pub creates_refused: u32,
    /// Refused calls of the controllers, by reason.
    pub refusals: RefusalCounts,
    /// Writes that the API server committed.
    pub api_writes: u64,
}

/// What one scaling event in mid rollout did to one `ReplicaSet`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingRecord {
    /// When the `ReplicaSet`s were resized.
    pub at: Span,
    /// The `ReplicaSet`'s name.
    pub replica_set: String,
    /// Its size before.
    pub from: i32,
    /// Its size after.
    pub to: i32,
    /// The size that exact proportions would give it, not rounded.
    pub ideal: f64,
    /// What rounding left over for the largest one; stated at that one only, zero elsewhere.
    pub leftover: i32,
    /// `spec.replicas` of the Deployment before.
    pub replicas_from: i32,
    /// `spec.replicas` of the Deployment after.
    pub replicas_to: i32,
}

/// The course of one replication, for people who want to see it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// A point for every moment at which a number changed, in order of time; holds until the next.
    pub points: Vec<TimelinePoint>,
}

/// The state from one moment to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelinePoint {
    /// Since when.
    pub at: Span,
    /// Pods available.
    pub available: i32,
    /// Pods the spec in force promises.
    pub promised: i32,
    /// Pods the spec in force wants.
    pub desired: i32,
    /// By `ReplicaSet`, in order of creation: its name, wanted pods, pods and available pods.
    pub replica_sets: Vec<ReplicaSetPoint>,
}

/// One `ReplicaSet` at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSetPoint {
    /// Its name.
    pub name: String,
    /// Its revision at that moment.
    pub revision: i64,
    /// Wanted pods.
    pub wanted: i32,
    /// Pods that exist and are neither terminating nor terminal.
    pub pods: i32,
    /// Those that are available.
    pub available: i32,
}
