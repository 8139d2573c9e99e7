//! The summary of a batch for a terminal.

use super::where_time_went::MeanTimeTable;
use crate::columns::{Column, Columns};
use crate::compare::DisplayUnit;
use analysis::results::{Distribution, Estimate, Rollout, Seen, ServiceSummary, Stopping, Summary};
use measures::stats::{Bounds, EXACT_VALUES, Level, Proportion};
use measures::words::{count, duration, elapsed, expected, lines, percent, percent_of, percentage, runs};
use measures::{Elapsed, Milli};
use std::fmt::{self, Display};

/// Prints a [`Summary`] for people.
pub struct SummaryTable<'a>(pub &'a Summary);

impl Display for SummaryTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = self.0;
        heading(f, summary)?;
        outcomes(f, summary)?;
        if let Some(rollout) = &summary.rollout {
            rollout_time(f, rollout, summary.facts.horizon)?;
        }
        if let Some(time) = &summary.time {
            write!(f, "{}", MeanTimeTable(&time.all))?;
        }
        deadline(f, summary)?;
        availability(f, summary)?;
        footprint(f, summary)?;
        refusals(f, summary)?;
        if let Some(service) = &summary.service {
            requests(f, service)?;
        }
        objectives(f, summary)?;
        stopping(f, summary)?;
        sketches(f, summary)
    }
}

fn heading(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let facts = &summary.facts;
    let horizon = duration(facts.horizon);
    let batch = format!("{}, seed {}, horizon {horizon}", runs(summary.runs), facts.seed);
    lines(f, "", &format!("{}: {batch}", facts.scenario))?;
    if let Some(of) = summary.interrupted_of {
        let finished = count(summary.runs);
        lines(f, "  ", &format!("Interrupted: {finished} of {} are finished", runs(of)))?;
    }
    lines(f, "  ", &facts.description)
}

fn outcomes(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    share_heading(f, "Outcome")?;
    let mut seen = summary.outcomes.iter().filter(|(_, share)| share.hits > 0);
    seen.try_for_each(|(outcome, share)| share_line(f, outcome.as_str(), *share))?;
    if summary.rolled_back.hits > 0 {
        share_line(f, "(rolled back)", summary.rolled_back)?;
    }
    Ok(())
}

fn rollout_time(f: &mut fmt::Formatter<'_>, rollout: &Rollout, horizon: Milli) -> fmt::Result {
    value_heading(f, "Rollout time")?;
    for estimate in &rollout.time.quantiles {
        quantile_line(f, &estimate.level.to_string(), estimate, |time: Elapsed| elapsed(time, horizon))?;
    }
    Ok(())
}

fn deadline(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let deadline = &summary.deadline;
    let Some(limit) = summary.facts.deadline else {
        return Ok(());
    };
    share_heading(f, &format!("Progress deadline ({})", duration(limit)))?;
    share_line(f, "fired", deadline.fired)?;
    if deadline.recovered.hits > 0 {
        share_line(f, "fired, then progress again", deadline.recovered)?;
    }
    if let Some(first) = &deadline.first_fired {
        median_line(f, "fired first at, median", first, duration)?;
    }
    if let Some(margin) = &deadline.margin {
        median_line(f, "smallest margin, median", margin, duration)?;
        plain_line(f, "smallest margin, worst run", &duration(margin.min))?;
    }
    Ok(())
}

fn availability(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let (availability, facts) = (&summary.availability, &summary.facts);
    let promise = match facts.promised {
        Some(promised) => {
            format!(" (promised {} of {})", number(promised.into()), number(facts.replicas.into()))
        }
        None => format!(" ({} wanted)", number(facts.replicas.into())),
    };
    value_heading(f, &format!("Available pods{promise}"))?;
    median_line(f, "fewest, median", &availability.min, number)?;
    plain_line(f, "fewest, worst run", &number(availability.min.min))?;
    if let Some(end) = availability.end.as_ref().filter(|_| availability.ends_below_promised.hits > 0) {
        plain_line(f, "at the end, worst run", &number(end.min))?;
        share_line(f, "runs below it at the end", availability.ends_below_promised)?;
    }
    if availability.below_promised_runs.hits == 0 {
        return share_line(f, "runs below the promise", availability.below_promised_runs);
    }
    share_line(f, "runs below the promise", availability.below_promised_runs)?;
    let below = &availability.below_promised;
    level_line(f, "time below it, p95", below, Level::P95, duration)?;
    plain_line(f, "time below it, worst run", &duration(below.max))
}

fn footprint(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let footprint = &summary.footprint;
    value_heading(f, "Pods")?;
    median_line(f, "peak, median", &footprint.pods_peak, number)?;
    plain_line(f, "peak, highest", &number(footprint.pods_peak.max))?;
    plain_line(f, "with terminating, highest", &number(footprint.pods_peak_with_terminating.max))?;
    for (name, counts) in
        [("restarts, highest", &footprint.restarts), ("creates refused, highest", &footprint.creates_refused)]
    {
        if counts.max > 0 {
            plain_line(f, name, &number(counts.max))?;
        }
    }
    Ok(())
}

/// The reasons of refused calls, if there are any.
fn refusals(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let all = &summary.footprint.refusals;
    if all.is_empty() {
        return Ok(());
    }
    share_heading(f, "Refused calls")?;
    all.iter().try_for_each(|refusals| {
        share_line(f, refusals.kind.as_str(), refusals.runs)?;
        median_line(f, "  calls in a run, median", &refusals.count, number)
    })
}

fn requests(f: &mut fmt::Formatter<'_>, service: &ServiceSummary) -> fmt::Result {
    value_heading(f, "Service")?;
    median_line(f, "fewest endpoints, median", &service.ready_min, number)?;
    plain_line(f, "fewest endpoints, worst run", &number(service.ready_min.min))?;
    if let Some(lag) = &service.lag_max {
        median_line(f, "way to all proxies, longest", lag, duration)?;
    }
    if service.without_endpoint.max > Milli::ZERO {
        median_line(f, "without endpoint, median", &service.without_endpoint, duration)?;
    }
    if let Some(failed) = &service.failed_percent {
        median_line(f, "failed in rollout, median", failed, percentage)?;
        plain_line(f, "failed in rollout, worst", &percentage(failed.max))?;
    }
    median_line(f, "failed in worst 10 s", &service.failed_percent_worst_10s, percentage)?;
    for (cause, requests) in &service.causes {
        if requests.max > Milli::ZERO {
            median_line(f, cause.label, requests, expected)?;
        }
    }
    Ok(())
}

fn number(pods: i64) -> String {
    count(pods.max(0) as u64)
}

fn objectives(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    if summary.objectives.is_empty() {
        return Ok(());
    }
    writeln!(f, "\nObjectives")?;
    for objective in &summary.objectives {
        let verdict = objective.verdict.as_str();
        let more = objective.more_runs.map(|more| format!("; about {} more would decide", runs(more)));
        let more = more.unwrap_or_default();
        lines(f, "  ", &format!("{verdict}: {} ({}{more})", objective.text, objective.seen))?;
    }
    Ok(())
}

/// Why the batch has this number of runs.
fn stopping(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let Some(Stopping { aim, seen, is_reached, .. }) = summary.stopping else { return Ok(()) };
    let show = |number: Elapsed| match DisplayUnit::of(&aim.question) {
        DisplayUnit::Count => plain(number),
        DisplayUnit::Percent => match number {
            Elapsed::Within(number) => percentage(number),
            Elapsed::BeyondHorizon => "?".into(),
        },
        DisplayUnit::Seconds | DisplayUnit::Share => elapsed(number, summary.facts.horizon),
    };
    let interval = match seen {
        Seen::Share { bounds: (low, high), .. } => format!("{} to {}", percent(low), percent(high)),
        Seen::Quantile { bounds, .. } => interval(&bounds, show),
    };
    let half_width = seen.half_width_percent().map(|half| format!(", half-width {half:.2}%"));
    let verdict = if is_reached { "narrow enough" } else { "not narrow enough" };
    writeln!(f, "\nStopping")?;
    let (name, half_width) = (aim.question.name(), half_width.unwrap_or_default());
    lines(f, "  ", &format!("{verdict}: {name} {interval}{half_width}, 95% at any number of runs"))
}

/// A number of pods or events.
fn plain(number: Elapsed) -> String {
    match number {
        Elapsed::Within(number) if number.thousandths() % 1000 == 0 => {
            (number.thousandths() / 1000).to_string()
        }
        Elapsed::Within(number) => number.to_string(),
        Elapsed::BeyondHorizon => "?".into(),
    }
}

/// The precision of quantiles of very many runs.
fn sketches(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let error = summary.availability.below_replicas.error;
    if error > 0.0 {
        let most = count(EXACT_VALUES as u64);
        let error = error * 100.0;
        writeln!(f)?;
        lines(
            f,
            "",
            &format!("Of more than {most} runs, quantiles are known to {error:.1}% of themselves."),
        )?;
    }
    Ok(())
}

/// Name, runs, share and interval.
const SHARES: Columns<[Column; 4]> =
    Columns([Column::left(28), Column::right(9), Column::right(9), Column::rest().after(4)]);

/// Name, value and interval.
const VALUES: Columns<[Column; 3]> = Columns([Column::left(28), Column::right(18), Column::rest().after(4)]);

fn share_heading(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    writeln!(f)?;
    SHARES.heading(f, &[name, "runs", "share", "95% interval"])
}

fn share_line(f: &mut fmt::Formatter<'_>, name: &str, share: Proportion) -> fmt::Result {
    let (low, high) = share.interval();
    let interval = format!("{} to {}", percent(low), percent(high));
    SHARES.row(f, &[name, &count(share.hits), &percent_of(share), &interval])
}

fn value_heading(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    writeln!(f)?;
    VALUES.heading(f, &[name, "value", "95% interval"])
}

fn plain_line(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    VALUES.row(f, &[name, value])
}

fn median_line<T: Ord + Copy>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    values: &Distribution<T>,
    show: impl Fn(T) -> String,
) -> fmt::Result {
    level_line(f, name, values, Level::P50, show)
}

fn level_line<T: Ord + Copy>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    values: &Distribution<T>,
    level: Level,
    show: impl Fn(T) -> String,
) -> fmt::Result {
    let found = values.quantiles.iter().find(|estimate| estimate.level == level);
    found.map_or(Ok(()), |estimate| quantile_line(f, name, estimate, show))
}

fn quantile_line<T: PartialEq + Copy>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    estimate: &Estimate<T>,
    show: impl Fn(T) -> String,
) -> fmt::Result {
    VALUES.row(f, &[name, &show(estimate.value), &interval(&estimate.bounds, &show)])
}

pub(super) fn interval<T: PartialEq + Copy>(bounds: &Bounds<T>, show: impl Fn(T) -> String) -> String {
    match (bounds.low, bounds.high) {
        (Some(low), Some(high)) if low == high => show(low),
        (Some(low), Some(high)) => format!("{} to {}", show(low), show(high)),
        (Some(low), None) => match show(low) {
            beyond if beyond.starts_with('>') => beyond,
            low => format!("at least {low}"),
        },
        (None, Some(high)) => format!("at most {}", show(high)),
        (None, None) => "too few runs".into(),
    }
}
