//! What is left of one replication: plain values, the input of statistics and of files.

mod ledger;

pub use crate::refusals::{ConditionTold, RefusalCounts, RefusalKind, RefusalTold};
pub use ledger::{Cause, Ledger};

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
    /// What the clients of the Service met; `None` without a Service.
    pub service: Option<ServiceRecord>,
    /// Rollouts that were replaced by another template before they ended.
    pub revisions_superseded: u32,
    /// Whether the Deployment went back to an earlier template.
    pub rolled_back: bool,
    /// What `kubectl rollout status` would have said.
    pub rollout_status: RolloutStatusRecord,
    /// `ReplicaSet`s that exist at the end, the history included.
    pub replica_sets_left: u32,
    /// Where the time of the rollout went: adds up to `rollout`, or to the time from its beginning to the
    /// horizon if it did not end; `None` without a rollout.
    pub ledger: Option<Ledger>,
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
    /// The longest time between two progresses (or from the start of the clock to its end), whether or not
    /// the deadline fired in it. Of a rollout that did not end, what it still waits for does not count.
    pub longest_without_progress: Option<Span>,
    /// When a rollout that did not end progressed last, on the rollout clock.
    pub last_progress: Option<Span>,
    /// How long it then waited up to the end of the observation.
    pub stalled: Option<Span>,
}

/// Exit codes of `kubectl rollout status`, without `--timeout`: 0 at the first status that is complete, 1 at
/// the first observed one that reports `ProgressDeadlineExceeded`; `None` if it was still waiting at the
/// end, or if the template never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RolloutStatusRecord {
    /// Started right after the first change of the template.
    pub after_first_change: Option<u8>,
    /// Started right after the last change of the template.
    pub after_last_change: Option<u8>,
}

/// How many pods were available, counted from pod objects over the whole horizon.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AvailabilityRecord {
    /// The fewest at any moment.
    pub min: i32,
    /// The time-weighted mean over the rollout clock; `None` without a rollout.
    pub mean: Option<f64>,
    /// Time with fewer than promised (replicas - maxUnavailable of the spec in force; Recreate promises none).
    pub below_promised: Span,
    /// Missing pods times time, in pod-nanoseconds, measured against the promise.
    pub below_promised_pod_nanos: i128,
    /// Time with fewer than `replicas`.
    pub below_replicas: Span,
    /// Longest stretch with fewer than promised.
    pub longest_below_promised: Span,
    /// Missing pods times time, in pod-nanoseconds, measured against `replicas`.
    pub below_replicas_pod_nanos: i128,
    /// Longest stretch with fewer than `replicas`.
    pub longest_below_replicas: Span,
    /// How many at the end of the observation.
    pub end: i32,
    /// How many the spec in force promises then.
    pub promised_end: i32,
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
    /// Pods beyond `replicas` times time, in pod-nanoseconds; terminating and terminal ones do not count.
    pub surge_pod_nanos: i128,
}

/// What the clients of the Service met over the whole horizon. Requests are expected numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceRecord {
    /// What the slices and the proxies said.
    pub endpoints: EndpointsRecord,
    /// Requests that were sent.
    pub requests_sent: f64,
    /// Those of them that failed.
    pub failed: FailedRequests,
    /// The share of failed ones over the rollout clock, from 0 to 1; `None` without a rollout.
    pub failed_share: Option<f64>,
    /// The largest share of failed ones in any 10 s.
    pub worst_ten_seconds: f64,
}

/// Endpoints of the Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EndpointsRecord {
    /// The fewest ready ones in the slices at any moment.
    pub ready_min: i32,
    /// The fewest serving ones, terminating or not.
    pub serving_min: i32,
    /// Time for which a proxy knew none that it could use, averaged over the proxies.
    pub without: Span,
    /// Time for which a proxy used one that could not answer, averaged over the proxies.
    pub astray: Span,
    /// Longest time from a change of a pod to the last proxy that followed; `None` if nothing changed.
    pub lag_max: Option<Span>,
    /// Mean of these times.
    pub lag_mean: Option<Span>,
}

/// Failed requests by what happened to them, as expected numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FailedRequests {
    /// Sent to a pod that had stopped listening.
    pub refused: f64,
    /// Sent while the proxy knew no endpoint.
    pub no_endpoint: f64,
    /// Not answered when the process ended.
    pub reset: f64,
    /// Sent to a pod that did not listen yet.
    pub not_ready: f64,
    /// Sent to a node that did not answer.
    pub timeout: f64,
}

impl FailedRequests {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> f64 {
        self.refused + self.no_endpoint + self.reset + self.not_ready + self.timeout
    }
}

/// What one scaling event in mid rollout did to one `ReplicaSet`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingRecord {
    /// When the `ReplicaSet`s were resized.
    pub at: Span,
    /// The `ReplicaSet`'s name.
    pub replica_set: String,
    /// Its revision at that moment; 0 if it had none.
    pub revision: i64,
    /// Whether its template was the one in force.
    pub is_new: bool,
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
    /// Share of the wanted pods that had the template in force, of all `ReplicaSet`s, before: new pods are
    /// unproven. The same for all `ReplicaSet`s of an event.
    pub new_share_from: f64,
    /// The same after the last of them was resized.
    pub new_share_to: f64,
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
