//! `runs.csv`: a row per run.

use crate::results::{Milli, Row};
use simulator::record::{Cause, RefusalCounts};
use std::fmt;
use std::io::Write;

/// A column of `runs.csv`.
pub struct Column {
    /// Its name in the header row.
    pub name: &'static str,
    /// What it means, for the reference.
    pub meaning: &'static str,
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

const fn column(name: &'static str, meaning: &'static str, cell: fn(&Row) -> Cell) -> Column {
    Column { name, meaning, cell }
}

/// What a cause owns of the time of a rollout, if there was one.
fn spent(row: &Row, cause: Cause) -> Cell {
    row.time.map(|time| time.of(cause)).into()
}

/// The columns in their order. New ones come at the end, so that readers by position keep working.
#[rustfmt::skip]
pub const COLUMNS: [Column; 56] = [
    column("run", "number of the run, from 0", |row| Cell::Count(row.run as i64)),
    column("digest", "hash of every API write and pod change with its time", |row| Cell::Digest(row.digest)),
    column("outcome", "how the run ended", |row| Cell::Word(row.outcome.as_str())),
    column("rollout_s", "how long the rollout took; empty if it did not end within the horizon, or if there was none", |row| row.rollout.into()),
    column("deadline_fired", "whether the progress deadline was reported as exceeded", |row| Cell::Flag(row.deadline_fired())),
    column("deadline_first_s", "when that was reported first, from t = 0", |row| row.deadline_first.into()),
    column("deadline_recovered", "how often progress was reported again after that", |row| row.deadline_recovered.into()),
    column("deadline_margin_s", "the smallest time that was left on the progress clock; empty if it never ran", |row| row.deadline_margin.into()),
    column("available_min", "fewest available pods at any moment", |row| row.available_min.into()),
    column("available_mean", "available pods, averaged over the rollout; empty without a rollout", |row| row.available_mean.into()),
    column("below_promised_s", "time with fewer available pods than replicas - maxUnavailable", |row| row.below_promised.into()),
    column("below_promised_pod_s", "missing pods times time, measured against that promise", |row| row.below_promised_pod.into()),
    column("below_replicas_s", "time with fewer available pods than replicas", |row| row.below_replicas.into()),
    column("longest_below_promised_s", "longest stretch below the promise", |row| row.longest_below_promised.into()),
    column("pods_peak", "most pods at a moment, without terminating ones", |row| row.pods_peak.into()),
    column("pods_peak_with_terminating", "most pods at a moment, with terminating ones", |row| row.pods_peak_with_terminating.into()),
    column("pods_created", "pods created", |row| row.pods_created.into()),
    column("restarts", "container restarts", |row| row.restarts.into()),
    column("creates_refused", "refused creations of pods", |row| row.creates_refused.into()),
    column("revisions_superseded", "rollouts replaced by another template before they ended", |row| row.revisions_superseded.into()),
    column("rolled_back", "whether the Deployment went back to an earlier template", |row| Cell::Flag(row.rolled_back)),
    column("rollout_status_exit", "exit code of a `kubectl rollout status` since the first change of the template; empty if it still waited at the end", |row| row.rollout_status_exit.into()),
    column("rollout_status_exit_last", "the same, started at the last change of the template", |row| row.rollout_status_exit_last.into()),
    column("replica_sets_left", "ReplicaSets at the end, with the history", |row| row.replica_sets_left.into()),
    column("endpoints_ready_min", "fewest ready endpoints in the slices at any moment; this and all up to requests_failed_timeout empty without a Service", |row| row.service.map(|service| service.endpoints_ready_min).into()),
    column("endpoints_serving_min", "fewest serving endpoints, terminating ones included", |row| row.service.map(|service| service.endpoints_serving_min).into()),
    column("without_endpoint_s", "time without any endpoint, averaged over the proxies", |row| row.service.map(|service| service.without_endpoint).into()),
    column("endpoint_astray_s", "time with an endpoint that cannot answer, averaged over the proxies", |row| row.service.map(|service| service.endpoint_astray).into()),
    column("endpoint_lag_max_s", "longest time from a pod that becomes or ceases to be ready to the last proxy", |row| row.service.and_then(|service| service.endpoint_lag_max).into()),
    column("endpoint_lag_mean_s", "mean of these times", |row| row.service.and_then(|service| service.endpoint_lag_mean).into()),
    column("requests_sent", "requests sent", |row| row.service.map(|service| service.requests_sent).into()),
    column("requests_failed_percent", "failed requests over the rollout, in percent; empty without a rollout", |row| row.service.and_then(|service| service.failed_percent).into()),
    column("requests_failed_worst_10s_percent", "failed requests of the worst 10 s, in percent", |row| row.service.map(|service| service.failed_percent_worst_10s).into()),
    column("requests_failed_refused", "expected requests to pods that had stopped listening", |row| row.service.map(|service| service.refused).into()),
    column("requests_failed_no_endpoint", "expected requests for which there was no endpoint", |row| row.service.map(|service| service.no_endpoint).into()),
    column("requests_failed_reset", "expected requests not answered when the process ended", |row| row.service.map(|service| service.reset).into()),
    column("requests_failed_not_ready", "expected requests to pods that did not listen yet", |row| row.service.map(|service| service.not_ready).into()),
    column("requests_failed_timeout", "expected requests to nodes that did not answer", |row| row.service.map(|service| service.timeout).into()),
    column("time_scheduling_s", "time of the rollout spent on: waiting for a node; this and all that follows empty without a rollout", |row| spent(row, Cause::Scheduling)),
    column("time_pull_s", "time of the rollout spent on: waiting for an image", |row| spent(row, Cause::Pull)),
    column("time_pull_back_off_s", "time of the rollout spent on: waiting to try a failed pull again", |row| spent(row, Cause::PullBackOff)),
    column("time_start_s", "time of the rollout spent on: starting containers", |row| spent(row, Cause::Start)),
    column("time_probe_s", "time of the rollout spent on: waiting for a probe that succeeds", |row| spent(row, Cause::Probe)),
    column("time_min_ready_s", "time of the rollout spent on: Ready, but not yet for minReadySeconds", |row| spent(row, Cause::MinReady)),
    column("time_quota_wait_s", "time of the rollout spent on: creation refused, and the cause still stood", |row| spent(row, Cause::QuotaWait)),
    column("time_retry_tail_s", "time of the rollout spent on: creation refused, the cause gone, not tried again yet", |row| spent(row, Cause::RetryTail)),
    column("time_crash_loop_s", "time of the rollout spent on: waiting to start a container again that had ended", |row| spent(row, Cause::CrashLoop)),
    column("time_terminating_s", "time of the rollout spent on: waiting for terminating pods to go", |row| spent(row, Cause::Terminating)),
    column("time_paused_s", "time of the rollout spent on: paused", |row| spent(row, Cause::Paused)),
    column("time_control_plane_s", "time of the rollout spent on: calls, watches, queues and client limits, and lost nodes not given up yet", |row| spent(row, Cause::ControlPlane)),
    column("time_human_s", "time of the rollout spent on: waiting for a person to act", |row| spent(row, Cause::Human)),
    column("time_nothing_left_s", "time of the rollout spent on: done, waiting for a later change of the template", |row| spent(row, Cause::NothingLeft)),
    column("refusals", "refused calls of the controllers by reason, as in `quota-exceeded:12 timeout:1`; empty without any", |row| refusals(row.refusals)),
    column("longest_without_progress_s", "longest time between two progresses on the progress clock, whether or not the deadline fired in it", |row| row.longest_without_progress.into()),
    column("last_progress_s", "when a rollout that did not end progressed last, on the rollout clock", |row| row.last_progress.into()),
    column("stalled_s", "how long it then waited up to the horizon", |row| row.stalled.into()),
];

/// Appends rows to `runs.csv`.
pub struct RowWriter<W: Write> {
    csv: csv::Writer<W>,
    field: String,
}

impl<W: Write> RowWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn new(out: W) -> csv::Result<Self> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(COLUMNS.iter().map(|column| column.name))?;
        Ok(Self { csv, field: String::new() })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn append(&mut self, row: &Row) -> csv::Result<()> {
        use fmt::Write as _;
        for column in &COLUMNS {
            self.field.clear();
            // Writing to a string cannot fail.
            let _ = write!(self.field, "{}", (column.cell)(row));
            self.csv.write_field(&self.field)?;
        }
        self.csv.write_record(None::<&[u8]>)
    }

    /// Hands everything to the operating system, so that the file ends with a whole row.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}
