//! The result of one replication as plain values: the input of statistics and of result files.

mod ledger;

pub use crate::refusals::{ConditionSummary, RefusalCounts, RefusalKind, RefusalSummary};
pub use ledger::{Cause, Ledger};

use crate::Span;

/// The record of one replication. Times count from t = 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Number of the run, from 0.
    pub run: u64,
    /// Hash of every API write and pod change with its time.
    pub digest: u64,
    /// Outcome of the run.
    pub outcome: Outcome,
    /// Duration of the rollout; `None` if it did not end within the horizon, or if there was none.
    pub rollout: Option<Span>,
    /// Progress deadline.
    pub deadline: DeadlineRecord,
    /// Availability.
    pub availability: AvailabilityRecord,
    /// Resource use.
    pub footprint: FootprintRecord,
    /// Service; `None` without one.
    pub service: Option<ServiceRecord>,
    /// Rollouts that were replaced by another template before they ended.
    pub revisions_superseded: u32,
    /// Whether the Deployment went back to an earlier template.
    pub rolled_back: bool,
    /// Exit codes of `kubectl rollout status`.
    pub rollout_status: RolloutStatusRecord,
    /// How `helm upgrade --wait` ended.
    pub helm_wait: HelmWaitRecord,
    /// Number of `ReplicaSet`s at the end, including the history.
    pub replica_sets_left: u32,
    /// Rollout time by cause. Adds up to `rollout`, or to the time from the start to the horizon if it did
    /// not end; `None` without a rollout.
    pub ledger: Option<Ledger>,
    /// Scaling events in mid rollout.
    pub scalings: Vec<ScalingRecord>,
    /// Available pods at the moments of the simulator's grid.
    pub available_on_grid: Vec<i32>,
}

/// Outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The rollout completed, and the deadline was never exceeded.
    Complete,
    /// The rollout completed after the deadline was exceeded.
    CompleteAfterDeadline,
    /// The rollout did not complete, and the deadline was exceeded.
    DeadlineExceeded,
    /// The rollout neither completed nor timed out within the horizon.
    Unfinished,
    /// The template never changed.
    NoRollout,
}

impl Outcome {
    /// All outcomes, in reporting order.
    pub const ALL: [Self; 5] = [
        Self::Complete,
        Self::CompleteAfterDeadline,
        Self::DeadlineExceeded,
        Self::Unfinished,
        Self::NoRollout,
    ];

    /// The name used in tables and files.
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

/// Results of the progress deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeadlineRecord {
    /// When the Deployment first reported it as exceeded.
    pub first_fired: Option<Span>,
    /// How often the Deployment reported progress again afterwards.
    pub recovered: u32,
    /// The smallest time left on the deadline; zero once it was exceeded; `None` if it never ran.
    pub margin: Option<Span>,
    /// The longest time between two progresses (or from the start of the clock to its end), whether or not
    /// the deadline was exceeded. The final wait of an unfinished rollout does not count.
    pub longest_without_progress: Option<Span>,
    /// Last progress of an unfinished rollout, on the rollout clock.
    pub last_progress: Option<Span>,
    /// Time from there to the end of the observation.
    pub stalled: Option<Span>,
}

/// Exit codes of `kubectl rollout status` without `--timeout`: 0 at the first complete status, 1 at the first
/// observed status that reports `ProgressDeadlineExceeded`; `None` if it was still waiting at the end, or if
/// the template never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RolloutStatusRecord {
    /// Started at the first change of the template.
    pub after_first_change: Option<u8>,
    /// Started at the last change of the template.
    pub after_last_change: Option<u8>,
}

/// How `helm upgrade --wait` ended that makes the first change of the template. Both are `None` if it was still waiting
/// at the end, or if the template never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HelmWaitRecord {
    /// When, from the change.
    pub after: Option<Span>,
    /// Its exit code: 1 once the timeout of five minutes has passed.
    pub exit: Option<u8>,
}

/// Availability of pods, counted from pod objects over the whole horizon.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AvailabilityRecord {
    /// The minimum at any time.
    pub min: i32,
    /// The time-weighted mean over the rollout clock; `None` without a rollout.
    pub mean: Option<f64>,
    /// Time with fewer than the minimum (replicas - maxUnavailable of the spec in force; Recreate has none).
    pub below_promised: Span,
    /// Missing pods times time, in pod-nanoseconds, against that minimum.
    pub below_promised_pod_nanos: i128,
    /// Time with fewer than `replicas`.
    pub below_replicas: Span,
    /// Longest time with fewer than the minimum.
    pub longest_below_promised: Span,
    /// Missing pods times time, in pod-nanoseconds, against `replicas`.
    pub below_replicas_pod_nanos: i128,
    /// Longest time with fewer than `replicas`.
    pub longest_below_replicas: Span,
    /// Available pods at the end of the observation.
    pub end: i32,
    /// The minimum of the spec in force at that time.
    pub promised_end: i32,
}

/// Resource use of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FootprintRecord {
    /// Maximum number of pods that are neither terminating nor terminal.
    pub pods_peak: i32,
    /// Maximum number of pods, terminating ones included.
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

/// Measures of the Service over the whole horizon. Requests are expected numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceRecord {
    /// Endpoints in the slices and proxies.
    pub endpoints: EndpointsRecord,
    /// Requests that were sent.
    pub requests_sent: f64,
    /// Failed requests.
    pub failed: FailedRequests,
    /// Share of failed requests over the rollout clock, from 0 to 1; `None` without a rollout.
    pub failed_share: Option<f64>,
    /// The largest share of failed requests in any 10 s.
    pub worst_ten_seconds: f64,
}

/// Endpoints of the Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EndpointsRecord {
    /// The minimum number of ready ones in the slices.
    pub ready_min: i32,
    /// The minimum number of serving ones, terminating or not.
    pub serving_min: i32,
    /// Time for which a proxy had no usable endpoint, averaged over the proxies.
    pub without: Span,
    /// Time for which a proxy used one that could not answer, averaged over the proxies.
    pub astray: Span,
    /// Longest time from a change of a pod to the last proxy that applied it; `None` without changes.
    pub lag_max: Option<Span>,
    /// Mean of these times.
    pub lag_mean: Option<Span>,
}

/// Failed requests by cause, as expected numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FailedRequests {
    /// Sent to a pod that no longer listened.
    pub refused: f64,
    /// Sent while the proxy had no endpoint.
    pub no_endpoint: f64,
    /// Unanswered when the process exited.
    pub reset: f64,
    /// Sent to a pod that did not listen yet.
    pub not_ready: f64,
    /// Sent to a node that did not answer.
    pub timeout: f64,
}

impl FailedRequests {
    /// The sum.
    #[must_use]
    pub const fn total(&self) -> f64 {
        self.refused + self.no_endpoint + self.reset + self.not_ready + self.timeout
    }
}

/// One scaling event in mid rollout, for one `ReplicaSet`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingRecord {
    /// When the `ReplicaSet`s were resized.
    pub at: Span,
    /// The `ReplicaSet`'s name.
    pub replica_set: String,
    /// Its revision at that time; 0 without one.
    pub revision: i64,
    /// Whether its template was the one in force.
    pub is_new: bool,
    /// Its size before.
    pub from: i32,
    /// Its size after.
    pub to: i32,
    /// The exactly proportional size, not rounded.
    pub ideal: f64,
    /// Remainder of rounding, given to the largest one; zero at all others.
    pub leftover: i32,
    /// `spec.replicas` of the Deployment before.
    pub replicas_from: i32,
    /// `spec.replicas` of the Deployment after.
    pub replicas_to: i32,
    /// Share of the desired pods of all `ReplicaSet`s with the template in force, before. The same for all
    /// `ReplicaSet`s of an event.
    pub new_share_from: f64,
    /// The share after the last of them was resized.
    pub new_share_to: f64,
}

/// The state of one replication over time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// One point for each time at which a number changed, in order; valid until the next point.
    pub points: Vec<TimelinePoint>,
}

/// The state until the next point.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelinePoint {
    /// Begin of the state.
    pub at: Span,
    /// Available pods.
    pub available: i32,
    /// Minimum of available pods of the spec in force.
    pub promised: i32,
    /// Desired pods of the spec in force.
    pub desired: i32,
    /// The `ReplicaSet`s, in order of creation.
    pub replica_sets: Vec<ReplicaSetPoint>,
}

/// One `ReplicaSet` at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSetPoint {
    /// Its name.
    pub name: String,
    /// Its revision at that time.
    pub revision: i64,
    /// Desired pods.
    pub wanted: i32,
    /// Pods that are neither terminating nor terminal.
    pub pods: i32,
    /// Available pods.
    pub available: i32,
}
