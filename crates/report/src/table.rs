//! The summary of a batch for a terminal.

use super::where_time_went::MeanTimeTable;
use crate::columns::{Column, Columns};
use crate::compare::DisplayUnit;
use analysis::results::{
    Distributed, Distribution, Estimate, Rollout, Seen, ServiceSummary, Stopping, Summary,
};
use measures::stats::{Bounds, EXACT_VALUES, Level, Proportion};
use measures::text::lines;
use measures::units::{count, duration, elapsed, expected, percent, percent_of, percentage, runs, whole};
use measures::{Elapsed, Measure, Milli, Unit, known};
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
            requests(f, summary, service)?;
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
    measure_lines(f, summary, &DEADLINE)
}

fn availability(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let (availability, facts) = (&summary.availability, &summary.facts);
    let promise = match facts.promised {
        Some(promised) => {
            format!(" (promised {} of {})", whole(promised.into()), whole(facts.replicas.into()))
        }
        None => format!(" ({} wanted)", whole(facts.replicas.into())),
    };
    value_heading(f, &format!("Available pods{promise}"))?;
    level_line(f, "fewest, median", &availability.min, Level::P50, whole)?;
    plain_line(f, "fewest, worst run", &whole(availability.min.min))?;
    if let Some(end) = availability.end.as_ref().filter(|_| availability.ends_below_promised.hits > 0) {
        plain_line(f, "at the end, worst run", &whole(end.min))?;
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
    value_heading(f, "Pods")?;
    measure_lines(f, summary, &PODS)
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
        level_line(f, "  calls in a run, median", &refusals.count, Level::P50, whole)
    })
}

fn requests(f: &mut fmt::Formatter<'_>, summary: &Summary, service: &ServiceSummary) -> fmt::Result {
    value_heading(f, "Service")?;
    measure_lines(f, summary, &SERVICE)?;
    let causes: Vec<MeasureLine<'_>> =
        service.causes.iter().map(|(cause, _)| median(cause.label, cause).if_positive()).collect();
    measure_lines(f, summary, &causes)
}

/// A line about one measure of the register. A measure that applies to no run has no line.
struct MeasureLine<'m> {
    name: &'static str,
    measure: &'m Measure,
    statistic: Statistic,
    /// Whether the line is left out if the measure is zero in every run.
    is_left_out_if_zero: bool,
}

enum Statistic {
    Median,
    Least,
    Most,
}

const fn measure_line<'m>(name: &'static str, measure: &'m Measure, statistic: Statistic) -> MeasureLine<'m> {
    MeasureLine { name, measure, statistic, is_left_out_if_zero: false }
}

const fn median<'m>(name: &'static str, measure: &'m Measure) -> MeasureLine<'m> {
    measure_line(name, measure, Statistic::Median)
}

const fn least<'m>(name: &'static str, measure: &'m Measure) -> MeasureLine<'m> {
    measure_line(name, measure, Statistic::Least)
}

const fn most<'m>(name: &'static str, measure: &'m Measure) -> MeasureLine<'m> {
    measure_line(name, measure, Statistic::Most)
}

impl MeasureLine<'_> {
    const fn if_positive(self) -> Self {
        Self { is_left_out_if_zero: true, ..self }
    }

    fn write<T: Ord + Copy>(
        &self,
        f: &mut fmt::Formatter<'_>,
        values: &Distribution<T>,
        show: impl Fn(T) -> String,
    ) -> fmt::Result {
        match self.statistic {
            Statistic::Median => level_line(f, self.name, values, Level::P50, show),
            Statistic::Least => plain_line(f, self.name, &show(values.min)),
            Statistic::Most => plain_line(f, self.name, &show(values.max)),
        }
    }
}

const DEADLINE: [MeasureLine<'static>; 3] = [
    median("fired first at, median", known::DEADLINE_FIRST),
    median("smallest margin, median", known::DEADLINE_MARGIN),
    least("smallest margin, worst run", known::DEADLINE_MARGIN),
];

const PODS: [MeasureLine<'static>; 5] = [
    median("peak, median", known::PODS_PEAK),
    most("peak, highest", known::PODS_PEAK),
    most("with terminating, highest", known::PODS_PEAK_WITH_TERMINATING),
    most("restarts, highest", known::RESTARTS).if_positive(),
    most("creates refused, highest", known::CREATES_REFUSED).if_positive(),
];

const SERVICE: [MeasureLine<'static>; 7] = [
    median("fewest endpoints, median", known::ENDPOINTS_READY_MIN),
    least("fewest endpoints, worst run", known::ENDPOINTS_READY_MIN),
    median("way to all proxies, longest", known::ENDPOINT_LAG_MAX),
    median("without endpoint, median", known::WITHOUT_ENDPOINT).if_positive(),
    median("failed in rollout, median", known::REQUESTS_FAILED),
    most("failed in rollout, worst", known::REQUESTS_FAILED),
    median("failed in worst 10 s", known::REQUESTS_FAILED_WORST_10S),
];

/// Writes the lines with the formats that the units of their measures have.
fn measure_lines(f: &mut fmt::Formatter<'_>, summary: &Summary, lines: &[MeasureLine<'_>]) -> fmt::Result {
    for line in lines {
        let Some(values) = summary.measures.of(line.measure) else { continue };
        let is_zero = match values {
            Distributed::Counts(counts) => counts.max == 0,
            Distributed::Numbers(numbers) => numbers.max <= Milli::ZERO,
            Distributed::Times(_) => false,
        };
        if line.is_left_out_if_zero && is_zero {
            continue;
        }
        match (values, line.measure.unit) {
            (Distributed::Counts(counts), _) => line.write(f, counts, whole)?,
            (Distributed::Numbers(numbers), Unit::Time) => line.write(f, numbers, duration)?,
            (Distributed::Numbers(numbers), Unit::Percent) => line.write(f, numbers, percentage)?,
            (Distributed::Numbers(numbers), _) => line.write(f, numbers, expected)?,
            (Distributed::Times(times), _) => {
                line.write(f, times, |time| elapsed(time, summary.facts.horizon))?;
            }
        }
    }
    Ok(())
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
