//! The columns of `runs.csv`, and how each is read from a run.

use crate::field::Field;
use crate::field::Kind::{self, Count, Flag, Number, Word};
use crate::{Milli, Row};
use simulator::record::{Cause, RefusalCounts};
use std::fmt;

/// A column of `runs.csv`.
pub struct Column {
    /// What the reference says about it.
    pub field: Field,
    /// Its value in a row.
    pub cell: fn(&Row) -> Cell,
}

/// What stands between two commas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Does not apply, or censored.
    Empty,
    /// A count.
    Count(i64),
    /// Seconds, pods or pod-seconds with three decimals.
    Number(Milli),
    /// A word.
    Word(&'static str),
    /// `true` or `false`.
    Flag(bool),
    /// A hash in hexadecimal.
    Digest(u64),
    /// Reasons with their numbers, separated by spaces; empty if there are none.
    Refusals(RefusalCounts),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Count(count) => count.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Word(word) => f.write_str(word),
            Self::Flag(flag) => flag.fmt(f),
            Self::Digest(digest) => write!(f, "{digest:016x}"),
            Self::Refusals(counts) => counts.fmt(f),
        }
    }
}

impl From<Milli> for Cell {
    fn from(number: Milli) -> Self {
        Self::Number(number)
    }
}

impl From<Option<Milli>> for Cell {
    fn from(number: Option<Milli>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }
}

impl From<Option<u8>> for Cell {
    fn from(code: Option<u8>) -> Self {
        code.map_or(Self::Empty, |code| Self::Count(code.into()))
    }
}

impl From<Option<i32>> for Cell {
    fn from(count: Option<i32>) -> Self {
        count.map_or(Self::Empty, |count| Self::Count(count.into()))
    }
}

impl From<i32> for Cell {
    fn from(count: i32) -> Self {
        Self::Count(count.into())
    }
}

impl From<u32> for Cell {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

fn refusals(counts: RefusalCounts) -> Cell {
    if counts.iter().next().is_some() { Cell::Refusals(counts) } else { Cell::Empty }
}

const fn column(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
    cell: fn(&Row) -> Cell,
) -> Column {
    Column { field: Field { name, kind, unit, meaning }, cell }
}

/// What a cause owns of the time of a rollout, if there was one.
fn spent(row: &Row, cause: Cause) -> Cell {
    row.time.map(|time| time.of(cause)).into()
}

/// The columns in their order. New ones come at the end, so that readers by position keep working.
#[rustfmt::skip]
pub const COLUMNS: [Column; 65] = [
    column("run", Count, "number, from 0", "the run; `show --run` replays it", |row| Cell::Count(row.run as i64)),
    column("digest", Word, "16 hexadecimal digits", "hash of every API write and pod change with its time", |row| Cell::Digest(row.digest)),
    column("outcome", Word, "word", "how the run ended", |row| Cell::Word(row.outcome.as_str())),
    column("rollout_s", Number, "s", "how long the rollout took, on the rollout clock; empty if it did not end within the horizon, or if there was none", |row| row.rollout.into()),
    column("deadline_fired", Flag, "true or false", "the Deployment reported `ProgressDeadlineExceeded` at least once", |row| Cell::Flag(row.deadline_fired())),
    column("deadline_first_s", Number, "s from t = 0", "when it reported it first; empty if never", |row| row.deadline_first.into()),
    column("deadline_recovered", Count, "count", "how often another reason followed: progress, completion, or the ReplicaSet of a new template", |row| row.deadline_recovered.into()),
    column("deadline_margin_s", Number, "s", "the smallest time that was left on the progress clock when it was reset or stopped, or at the end of the run; 0.000 once it has fired; empty if it never ran", |row| row.deadline_margin.into()),
    column("available_min", Count, "pods", "fewest available pods at any moment of [0, horizon]", |row| row.available_min.into()),
    column("available_mean", Number, "pods", "available pods, averaged over the time of the rollout clock; empty without a rollout", |row| row.available_mean.into()),
    column("below_promised_s", Number, "s", "time with fewer available pods than promised, over [0, horizon]", |row| row.below_promised.into()),
    column("below_promised_pod_s", Number, "pod-seconds", "the pods that were missing, times the time for which they were", |row| row.below_promised_pod.into()),
    column("below_replicas_s", Number, "s", "time with fewer available pods than `replicas`", |row| row.below_replicas.into()),
    column("longest_below_promised_s", Number, "s", "longest uninterrupted stretch below the promise", |row| row.longest_below_promised.into()),
    column("pods_peak", Count, "pods", "most pods at a moment, without terminating and terminal ones. May exceed replicas + surge for milliseconds: the ReplicaSets are synced side by side", |row| row.pods_peak.into()),
    column("pods_peak_with_terminating", Count, "pods", "the same with terminating ones", |row| row.pods_peak_with_terminating.into()),
    column("pods_created", Count, "pods", "pods that controllers created in the run", |row| row.pods_created.into()),
    column("restarts", Count, "count", "container restarts", |row| row.restarts.into()),
    column("creates_refused", Count, "count", "creations of pods that were refused", |row| row.creates_refused.into()),
    column("revisions_superseded", Count, "count", "rollouts that another template replaced before they ended", |row| row.revisions_superseded.into()),
    column("rolled_back", Flag, "true or false", "an `undo` brought an earlier template back", |row| Cell::Flag(row.rolled_back)),
    column("rollout_status_exit", Count, "0 or 1", "exit code of a `kubectl rollout status` that was started right after the first change of the template: 0 at the first status that is complete, 1 at the first observed one that reports `ProgressDeadlineExceeded`; empty if it still waited at the horizon, or without a rollout", |row| row.rollout_status_exit.into()),
    column("rollout_status_exit_last", Count, "0 or 1", "the same, started right after the last change of the template", |row| row.rollout_status_exit_last.into()),
    column("replica_sets_left", Count, "count", "ReplicaSets that exist at the end, the history included", |row| row.replica_sets_left.into()),
    column("endpoints_ready_min", Count, "endpoints", "fewest ready endpoints in the EndpointSlices at any moment of [0, horizon]. This column and all below up to `requests_failed_timeout` are empty without a Service", |row| row.service.map(|service| service.endpoints_ready_min).into()),
    column("endpoints_serving_min", Count, "endpoints", "the same for serving ones: pods that are Ready, terminating or not", |row| row.service.map(|service| service.endpoints_serving_min).into()),
    column("without_endpoint_s", Number, "s", "time for which a proxy knew no endpoint that it could use, averaged over the proxies", |row| row.service.map(|service| service.without_endpoint).into()),
    column("endpoint_astray_s", Number, "s", "time for which a proxy used an endpoint that could not answer a new connection, averaged over the proxies", |row| row.service.map(|service| service.endpoint_astray).into()),
    column("endpoint_lag_max_s", Number, "s", "longest time from the change of a pod in the API server by which it becomes or ceases to be a ready endpoint until the last proxy follows; empty if there was no such change", |row| row.service.and_then(|service| service.endpoint_lag_max).into()),
    column("endpoint_lag_mean_s", Number, "s", "mean of these times", |row| row.service.and_then(|service| service.endpoint_lag_mean).into()),
    column("requests_sent", Number, "requests", "requests over [0, horizon]", |row| row.service.map(|service| service.requests_sent).into()),
    column("requests_failed_percent", Number, "%", "failed requests over the time of the rollout clock; empty without a rollout", |row| row.service.and_then(|service| service.failed_percent).into()),
    column("requests_failed_worst_10s_percent", Number, "%", "failed requests of the worst 10 s of [0, horizon]", |row| row.service.map(|service| service.failed_percent_worst_10s).into()),
    column("requests_failed_refused", Number, "requests", "sent to a pod that had stopped listening", |row| row.service.map(|service| service.refused).into()),
    column("requests_failed_no_endpoint", Number, "requests", "sent when there was no endpoint", |row| row.service.map(|service| service.no_endpoint).into()),
    column("requests_failed_reset", Number, "requests", "in flight when the process ended", |row| row.service.map(|service| service.reset).into()),
    column("requests_failed_not_ready", Number, "requests", "sent to a pod that did not listen yet", |row| row.service.map(|service| service.not_ready).into()),
    column("requests_failed_timeout", Number, "requests", "sent to a node that did not answer", |row| row.service.map(|service| service.timeout).into()),
    column("time_scheduling_s", Number, "s", "time of the rollout spent on: waiting for a node; this and the 13 that follow are empty without a rollout", |row| spent(row, Cause::Scheduling)),
    column("time_pull_s", Number, "s", "time of the rollout spent on: waiting for an image", |row| spent(row, Cause::Pull)),
    column("time_pull_back_off_s", Number, "s", "time of the rollout spent on: waiting to try a failed pull again", |row| spent(row, Cause::PullBackOff)),
    column("time_start_s", Number, "s", "time of the rollout spent on: starting containers", |row| spent(row, Cause::Start)),
    column("time_probe_s", Number, "s", "time of the rollout spent on: waiting for a probe that succeeds", |row| spent(row, Cause::Probe)),
    column("time_min_ready_s", Number, "s", "time of the rollout spent on: Ready, but not yet for minReadySeconds", |row| spent(row, Cause::MinReady)),
    column("time_quota_wait_s", Number, "s", "time of the rollout spent on: creation refused, and the cause still stood", |row| spent(row, Cause::QuotaWait)),
    column("time_retry_tail_s", Number, "s", "time of the rollout spent on: creation refused, the cause gone, not tried again yet", |row| spent(row, Cause::RetryTail)),
    column("time_crash_loop_s", Number, "s", "time of the rollout spent on: waiting to start a container again that had ended", |row| spent(row, Cause::CrashLoop)),
    column("time_terminating_s", Number, "s", "time of the rollout spent on: waiting for terminating pods to go", |row| spent(row, Cause::Terminating)),
    column("time_paused_s", Number, "s", "time of the rollout spent on: paused", |row| spent(row, Cause::Paused)),
    column("time_control_plane_s", Number, "s", "time of the rollout spent on: calls, watches, queues and client limits, and lost nodes not given up yet", |row| spent(row, Cause::ControlPlane)),
    column("time_human_s", Number, "s", "time of the rollout spent on: waiting for a person to act", |row| spent(row, Cause::Human)),
    column("time_nothing_left_s", Number, "s", "time of the rollout spent on: done, waiting for a later change of the template", |row| spent(row, Cause::NothingLeft)),
    column("refusals", Word, "words with counts", "refused calls of the controllers by reason, as in `quota-exceeded:12 timeout:1`; empty without any. Not counted is what happens in every cluster and is simply tried again: conflicts, objects that are there already or gone", |row| refusals(row.refusals)),
    column("below_replicas_pod_s", Number, "pod-seconds", "available pods that were missing against `replicas`, times the time for which they were, over [0, horizon]", |row| row.below_replicas_pod.into()),
    column("longest_below_replicas_s", Number, "s", "longest uninterrupted stretch with fewer available pods than `replicas`", |row| row.longest_below_replicas.into()),
    column("surge_pod_s", Number, "pod-seconds", "pods beyond `replicas`, times the time for which they were there, over [0, horizon]; terminating and terminal ones do not count", |row| row.surge_pod.into()),
    column("api_writes", Count, "count", "writes of Deployments, ReplicaSets and pods that the API server committed", |row| Cell::Count(row.api_writes as i64)),
    column("scalings", Count, "count", "scaling events in the middle of a rollout, those of `scalings.csv`", |row| row.scalings.into()),
    column("scaling_leftover_max", Count, "pods", "the largest `leftover` of them, more or less; empty without such an event", |row| row.scaling_leftover_max.into()),
    column("scaling_new_share_rise_percent", Number, "percentage points", "by how much the share of new, unproven pods rose most in one such event (`new_share_to` - `new_share_from`); below 0 if it always fell; empty without such an event", |row| row.scaling_new_share_rise.into()),
    column("longest_without_progress_s", Number, "s", "longest time between two progresses on the progress clock, or from its start to its end, whether or not the deadline fired in it; what a rollout that did not end still waits for does not count; empty if the clock never ran", |row| row.longest_without_progress.into()),
    column("last_progress_s", Number, "s on the rollout clock", "when a rollout that did not end progressed last, cut to a whole second of the API server as the progress clock is", |row| row.last_progress.into()),
    column("stalled_s", Number, "s", "how long it then waited up to the horizon", |row| row.stalled.into()),
    column("available_end", Count, "pods", "available pods at the horizon", |row| row.available_end.into()),
    column("promised_end", Count, "pods", "pods that the spec in force at the horizon promises", |row| row.promised_end.into()),
];
