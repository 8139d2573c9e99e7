//! The summary on a screen of 80 columns.

use super::words::{count, duration, elapsed, percent, percent_of, runs};
use crate::results::{Distribution, Elapsed, Estimate, Milli, Rollout, Summary};
use crate::stats::{Bounds, Level, Proportion};
use std::fmt::{self, Display};

/// Widest line.
const WIDTH: usize = 80;

/// Prints a [`Summary`] for people.
pub struct Table<'a>(pub &'a Summary);

impl Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = self.0;
        heading(f, summary)?;
        outcomes(f, summary)?;
        if let Some(rollout) = &summary.rollout {
            rollout_time(f, rollout, summary.facts.horizon)?;
        }
        deadline(f, summary)?;
        availability(f, summary)?;
        footprint(f, summary)?;
        refusals(f, summary)?;
        objectives(f, summary)
    }
}

fn heading(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let facts = &summary.facts;
    let horizon = duration(facts.horizon);
    let batch = format!("{}, seed {}, horizon {horizon}", runs(summary.runs), facts.seed);
    wrapped(f, "", &format!("{}: {batch}", facts.scenario))?;
    wrapped(f, "  ", &facts.description)
}

fn outcomes(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    writeln!(f, "\n{:<28}{:>9}{:>9}    95% interval", "Outcome", "runs", "share")?;
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

/// Why calls of the controllers were refused, if any were.
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
        wrapped(f, "  ", &format!("{verdict}: {} ({})", objective.text, objective.seen))?;
    }
    Ok(())
}

fn share_heading(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    writeln!(f, "\n{name:<28}{:>9}{:>9}    95% interval", "runs", "share")
}

fn share_line(f: &mut fmt::Formatter<'_>, name: &str, share: Proportion) -> fmt::Result {
    let (low, high) = share.interval();
    let interval = format!("{} to {}", percent(low), percent(high));
    let runs = count(share.hits);
    writeln!(f, "  {name:<26}{runs:>9}{:>9}    {interval}", percent_of(share))
}

fn value_heading(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let room = 46_usize.saturating_sub(name.chars().count());
    writeln!(f, "\n{name}{:>room$}    95% interval", "value")
}

fn plain_line(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "  {name:<26}{value:>18}")
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
    let value = show(estimate.value);
    writeln!(f, "  {name:<26}{value:>18}    {}", interval(&estimate.bounds, &show))
}

fn interval<T: PartialEq + Copy>(bounds: &Bounds<T>, show: impl Fn(T) -> String) -> String {
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

/// Words in lines of at most [`WIDTH`] columns.
fn wrapped(f: &mut fmt::Formatter<'_>, indent: &str, text: &str) -> fmt::Result {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent.len() + line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(f, "{indent}{line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.is_empty() { Ok(()) } else { writeln!(f, "{indent}{line}") }
}
