//! The table of measures: shares with intervals, and the distribution of each number.

use crate::table::interval;
use analysis::results::{Distribution, Summary};
use measures::stats::{Level, Measured, Proportion};
use measures::words::{count, duration, elapsed, expected, percent, percent_of, percentage};
use measures::{Elapsed, Milli};
use serde::Serialize;

/// How often something happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ShareRow {
    name: String,
    hits: String,
    of: String,
    share: String,
    interval: String,
    /// The interval in percent of a bar: where it begins, how long it is, and where the share lies.
    bar: (f64, f64, f64),
}

/// How large something was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ValueRow {
    name: &'static str,
    runs: String,
    min: String,
    median: String,
    median_interval: String,
    p95: String,
    p95_interval: String,
    max: String,
}

/// Every share that is not the plain consequence of another.
pub(super) fn shares(summary: &Summary) -> Vec<ShareRow> {
    let outcomes = summary.outcomes.iter().filter(|(_, seen)| seen.hits > 0);
    let mut rows: Vec<ShareRow> =
        outcomes.map(|(outcome, seen)| share(format!("outcome: {}", outcome.as_str()), *seen)).collect();
    if summary.rolled_back.hits > 0 {
        rows.push(share("rolled back".into(), summary.rolled_back));
    }
    if summary.facts.deadline.is_some() {
        rows.push(share("the progress deadline fired".into(), summary.deadline.fired));
        if summary.deadline.recovered.hits > 0 {
            rows.push(share("it fired, then there was progress again".into(), summary.deadline.recovered));
        }
    }
    rows.push(share("below the promise at some moment".into(), summary.availability.below_promised_runs));
    if summary.availability.ends_below_promised.hits > 0 {
        rows.push(share("below the promise at the end".into(), summary.availability.ends_below_promised));
    }
    if let Some(service) = &summary.service {
        rows.push(share("requests failed".into(), service.failing_runs));
    }
    let refused = summary.footprint.refusals.iter();
    rows.extend(refused.map(|refused| share(format!("refused: {}", refused.kind.as_str()), refused.runs)));
    rows
}

fn share(name: String, seen: Proportion) -> ShareRow {
    let (low, high) = seen.interval();
    let tenths = |share: f64| (share * 1000.0).round() / 10.0;
    ShareRow {
        name,
        hits: count(seen.hits),
        of: count(seen.of),
        share: percent_of(seen),
        interval: format!("{} to {}", percent(low), percent(high)),
        bar: (tenths(low), tenths(high - low), tenths(seen.share())),
    }
}

/// The distribution of each measure.
pub(super) fn values(summary: &Summary) -> Vec<ValueRow> {
    let mut rows = Vec::new();
    let horizon = summary.facts.horizon;
    if let Some(rollout) = &summary.rollout {
        rows.extend(row("rollout time", &rollout.time, |time: Elapsed| elapsed(time, horizon)));
    }
    if let Some(first) = &summary.deadline.first_fired {
        rows.extend(row("deadline fired first at", first, duration));
    }
    if let Some(margin) = &summary.deadline.margin {
        rows.extend(row("least time left on the deadline's clock", margin, duration));
    }
    availability(summary, &mut rows);
    footprint(summary, &mut rows);
    service(summary, &mut rows);
    rows
}

fn availability(summary: &Summary, rows: &mut Vec<ValueRow>) {
    let seen = &summary.availability;
    rows.extend(row("fewest available pods", &seen.min, number));
    if let Some(end) = &seen.end {
        rows.extend(row("available pods at the end", end, number));
    }
    if let Some(mean) = &seen.mean {
        rows.extend(row("available pods, mean over the rollout", mean, decimal));
    }
    rows.extend(row("time below the promise", &seen.below_promised, duration));
    rows.extend(row("longest stretch below the promise", &seen.longest_below_promised, duration));
    rows.extend(row("missing pods x seconds, against the promise", &seen.below_promised_pod, decimal));
    rows.extend(row("time with fewer pods than replicas", &seen.below_replicas, duration));
}

fn footprint(summary: &Summary, rows: &mut Vec<ValueRow>) {
    let seen = &summary.footprint;
    rows.extend(row("most pods at a time", &seen.pods_peak, number));
    rows.extend(row("the same with terminating ones", &seen.pods_peak_with_terminating, number));
    rows.extend(row("pods created", &seen.pods_created, number));
    rows.extend(row("container restarts", &seen.restarts, number));
    rows.extend(row("refused creations of pods", &seen.creates_refused, number));
}

fn service(summary: &Summary, rows: &mut Vec<ValueRow>) {
    let Some(seen) = &summary.service else { return };
    rows.extend(row("fewest ready endpoints", &seen.ready_min, number));
    rows.extend(row("time without any endpoint", &seen.without_endpoint, duration));
    if let Some(lag) = &seen.lag_max {
        rows.extend(row("longest way of a change to all proxies", lag, duration));
    }
    rows.extend(row("failed requests", &seen.failed, expected));
    if let Some(failed) = &seen.failed_percent {
        rows.extend(row("failed requests over the rollout", failed, percentage));
    }
    rows.extend(row("failed requests in the worst 10 s", &seen.failed_percent_worst_10s, percentage));
}

fn row<T: Measured>(
    name: &'static str,
    values: &Distribution<T>,
    show: impl Fn(T) -> String,
) -> Option<ValueRow> {
    let at = |level: Level| {
        let found = values.quantiles.iter().find(|estimate| estimate.level == level)?;
        Some((show(found.value), interval(&found.bounds, &show)))
    };
    let (median, median_interval) = at(Level::P50)?;
    let (p95, p95_interval) = at(Level::P95)?;
    let (min, max) = (show(values.min), show(values.max));
    Some(ValueRow { name, runs: count(values.of), min, median, median_interval, p95, p95_interval, max })
}

fn number(pods: i64) -> String {
    count(pods.max(0) as u64)
}

fn decimal(number: Milli) -> String {
    format!("{:.1}", number.as_f64())
}
