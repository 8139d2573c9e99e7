//! A forecast for a terminal.

use super::Replay;
use super::cluster::cluster;
use crate::columns::{Column, Columns};
use crate::compare::DisplayUnit;
use crate::left_out::LeftOutWarnings;
use crate::table::interval;
use analysis::plan::{Advice, Effect, Plan, Severity, Warning, Weather};
use analysis::results::{Distribution, Summary};
use measures::question::View;
use measures::stats::Level;
use measures::text::lines;
use measures::units::{count, duration, elapsed, percent, percent_of, percentage, whole_percent};
use measures::{Elapsed, Milli};
use scenario::notes_and_warnings;
use std::fmt::{self, Display};
use std::iter;

/// Prints a [`Plan`] for people.
pub struct PlanTable<'a> {
    /// The forecast.
    pub plan: &'a Plan,
    /// The command that shows a run.
    pub replay: &'a Replay<'a>,
}

impl Display for PlanTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        heading(f, self.plan)?;
        forecast(f, self.plan)?;
        cluster(f, &self.plan.cluster)?;
        outlooks(f, self.plan)?;
        advice(f, self.plan)?;
        warnings(f, self.plan, self.replay)?;
        write!(f, "{}", LeftOutWarnings(&notes_and_warnings(&self.plan.left_out).1))?;
        objectives(f, &self.plan.summary)?;
        assumptions(f, self.plan.weather)
    }
}

fn heading(f: &mut fmt::Formatter<'_>, plan: &Plan) -> fmt::Result {
    let (weather, runs) = (plan.weather.as_str(), count(plan.summary.runs));
    let weather =
        format!("The weather is assumed: {weather} ({runs} runs, seed {}).", plan.summary.facts.seed);
    lines(f, "", &weather)?;
    lines(f, "", &format!("{}: {}", plan.subject, plan.change))?;
    plan.remarks.iter().try_for_each(|remark| lines(f, "! ", &remark.text))
}

/// The share of rollouts that end within the horizon.
pub(super) fn ended(summary: &Summary) -> String {
    summary.rollout.as_ref().map_or("-".to_owned(), |rollout| percent_of(rollout.finished))
}

fn forecast(f: &mut fmt::Formatter<'_>, plan: &Plan) -> fmt::Result {
    let (summary, facts) = (&plan.summary, &plan.summary.facts);
    writeln!(f)?;
    FORECAST.heading(f, &["Forecast", "value", "95% interval"])?;
    let Some(rollout) = &summary.rollout else {
        return lines(
            f,
            "  ",
            "No run has a rollout: the change does not touch the pod template, or it is paused.",
        );
    };
    let share = |f: &mut fmt::Formatter<'_>, name: &str, share: measures::stats::Proportion| {
        let (low, high) = share.interval();
        row(f, name, &percent_of(share), &format!("{} to {}", percent(low), percent(high)))
    };
    let horizon = facts.horizon;
    share(f, &format!("completes within {}", duration(horizon)), rollout.finished)?;
    let time = |time| elapsed(time, horizon);
    quantile(f, "takes, median", &rollout.time, Level::P50, time)?;
    quantile(f, "takes, 95% of runs within", &rollout.time, Level::P95, time)?;
    if let Some(deadline) = facts.deadline {
        share(f, &format!("deadline of {} fires", duration(deadline)), summary.deadline.fired)?;
    }
    available(f, summary)?;
    peak(f, plan)?;
    where_time_goes(f, summary)
}

/// The causes with the largest shares of the mean rollout time.
fn where_time_goes(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let Some(time) = &summary.time else { return Ok(()) };
    let causes = time.all.causes();
    let shares = causes.iter().take(4).filter(|cause| time.all.share(**cause) >= 0.01);
    let shares: Vec<String> =
        shares.map(|cause| format!("{} {}", cause.as_str(), whole_percent(time.all.share(*cause)))).collect();
    lines(f, "  ", &format!("where the time goes: {}", shares.join(", ")))
}

fn available(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    let (availability, facts) = (&summary.availability, &summary.facts);
    let promise = facts.promised.map_or(String::new(), |promised| match promised {
        0 => "none is promised".to_owned(),
        promised => format!("{promised} are promised"),
    });
    let name = format!("fewest available of {}, ever", facts.replicas);
    row(f, &name, &availability.min.min.to_string(), &promise)?;
    if let Some(end) = &availability.end {
        let below = availability.ends_below_promised;
        let note = if below.hits > 0 {
            format!("{} of runs end below the promise", percent_of(below))
        } else {
            String::new()
        };
        row(f, &format!("available after {}, fewest", duration(facts.horizon)), &end.min.to_string(), &note)?;
    }
    let below = &availability.below_replicas;
    quantile(f, &format!("below {} for, median", facts.replicas), below, Level::P50, duration)
}

fn peak(f: &mut fmt::Formatter<'_>, plan: &Plan) -> fmt::Result {
    let footprint = &plan.summary.footprint;
    let most = footprint.pods_peak_with_terminating.max;
    let peak = format!("with terminating ones: {most}");
    row(f, "most pods at once", &footprint.pods_peak.max.to_string(), &peak)?;
    for room in &plan.quotas {
        // Terminating pods are charged too.
        let verdict = match &room.refusal {
            Some(_) => "and refuses all, see below".to_owned(),
            None if room.is_enough(most) => "enough for the peak".to_owned(),
            None if room.asked > room.pods => format!("too few: the strategy asks for {}", room.asked),
            None => "too few for the peak".to_owned(),
        };
        row(f, &format!("quota {} has room for", room.quota), &room.pods.to_string(), &verdict)?;
    }
    Ok(())
}

/// Name, value, and interval or remark.
const FORECAST: Columns<[Column; 3]> =
    Columns([Column::left(32), Column::right(12), Column::rest().after(4)]);

/// Name and change of an effect, after its direction.
const EFFECTS: Columns<[Column; 3]> =
    Columns([Column::left(7).after(4), Column::left(42), Column::right(20)]);

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: &str, interval: &str) -> fmt::Result {
    FORECAST.row(f, &[name, value, interval])
}

fn quantile<T: measures::stats::Measured>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    values: &Distribution<T>,
    level: Level,
    show: impl Fn(T) -> String,
) -> fmt::Result {
    let Some(estimate) = values.quantiles.iter().find(|estimate| estimate.level == level) else {
        return Ok(());
    };
    row(f, name, &show(estimate.value), &interval(&estimate.bounds, &show))
}

/// The same measures in all weathers, and the share of chance.
fn outlooks(f: &mut fmt::Formatter<'_>, plan: &Plan) -> fmt::Result {
    let weathers = plan.outlooks.iter().map(|(weather, summary)| (weather.as_str().to_owned(), summary));
    let fewer = plan.cluster.fewer.iter().map(|(nodes, summary)| {
        (if *nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") }, summary)
    });
    let columns: Vec<(String, &Summary)> = weathers.chain(fewer).collect();
    let values = iter::repeat_n(Column::right(12), columns.len());
    let table = Columns(iter::once(Column::left(32)).chain(values).collect::<Vec<_>>());
    let line = |f: &mut fmt::Formatter<'_>, name: &str, show: &dyn Fn(&Summary) -> String| {
        let values: Vec<String> = columns.iter().map(|(_, summary)| show(summary)).collect();
        let cells: Vec<&str> = iter::once(name).chain(values.iter().map(String::as_str)).collect();
        table.row(f, &cells)
    };
    writeln!(f)?;
    let names = columns.iter().map(|(name, _)| name.as_str());
    let heading: Vec<&str> = iter::once("Chance, or the assumption?").chain(names).collect();
    table.heading(f, &heading)?;
    line(f, "completes", &|summary| ended(summary))?;
    let at = |summary: &Summary, level| {
        let time = summary.rollout.as_ref().and_then(|rollout| rollout.time.at(level));
        time.map_or("-".to_owned(), |time: Elapsed| elapsed(time, summary.facts.horizon))
    };
    line(f, "takes, median", &|summary| at(summary, Level::P50))?;
    line(f, "takes, 95% of runs within", &|summary| at(summary, Level::P95))?;
    line(f, "deadline fires", &|summary| percent_of(summary.deadline.fired))?;
    let Some(chance) = plan.chance else { return Ok(()) };
    let (chance, assumed) = (percent(chance), percent(1.0 - chance));
    let assumption = if plan.cluster.decides() { "weathers and clusters" } else { "weathers" };
    let text = format!(
        "{chance} of the variance of the rollout time is chance; {assumed} is which of these {assumption} one \
         assumes."
    );
    lines(f, "  ", &text)
}

fn advice(f: &mut fmt::Formatter<'_>, plan: &Plan) -> fmt::Result {
    writeln!(f, "\nSettings that would change most ({} paired runs each)", plan.pairs)?;
    if plan.advice.is_empty() {
        return lines(f, "  ", "no setting that was tried improves a measure by more than its margin");
    }
    plan.advice.iter().try_for_each(|advice| one_advice(f, advice, plan.summary.facts.horizon))
}

fn one_advice(f: &mut fmt::Formatter<'_>, advice: &Advice, horizon: Milli) -> fmt::Result {
    let candidate = &advice.candidate;
    lines(f, "  ", &format!("{}: {} instead of {}", candidate.setting, candidate.tried, candidate.now))?;
    advice.effects.iter().try_for_each(|effect| one_effect(f, effect, horizon))
}

fn one_effect(f: &mut fmt::Formatter<'_>, effect: &Effect, horizon: Milli) -> fmt::Result {
    let unit = DisplayUnit::of(&effect.question);
    let value = |value: Option<f64>| match (value, unit) {
        (Some(value), _) => unit.value(value),
        (None, DisplayUnit::Count) => "?".to_owned(),
        (None, _) => elapsed(Elapsed::BeyondHorizon, horizon),
    };
    let mark = match effect.is_better {
        Some(true) => "better",
        Some(false) => "worse",
        None => "",
    };
    let [now, then] = effect.values.map(value);
    let change = format!("{now} -> {then}");
    let meaning = match effect.question.view {
        // The forecast shows the extremes of all runs.
        View::Mean => format!("{}, mean", effect.question.meaning()),
        View::Share(_) | View::Quantile(_) => effect.question.meaning(),
    };
    EFFECTS.heading(f, &[mark, &meaning, &change])
}

fn warnings(f: &mut fmt::Formatter<'_>, plan: &Plan, replay: &Replay<'_>) -> fmt::Result {
    if plan.warnings.is_empty() {
        return Ok(());
    }
    writeln!(f, "\nWarnings, each with the run to look at")?;
    plan.warnings.iter().try_for_each(|warning| one_warning(f, warning, replay))
}

fn one_warning(f: &mut fmt::Formatter<'_>, warning: &Warning, replay: &Replay<'_>) -> fmt::Result {
    let (low, high) = warning.share.interval();
    let interval = format!("{} to {}", percent(low), percent(high));
    let worst = match warning.worst {
        Severity::Plain => String::new(),
        Severity::Seconds(time) => format!(", for {} in the worst", duration(time)),
        Severity::Percent(share) => format!(", {} in the worst", percentage(share)),
        Severity::Count(times) => format!(", {times} in the worst"),
    };
    let share = percent_of(warning.share);
    lines(f, "  ! ", &format!("{share} of runs ({interval}): {}{worst}", warning.text))?;
    warning.said.iter().try_for_each(|text| lines(f, "      ", text))?;
    // Not wrapped, for copying.
    writeln!(f, "      {}", replay(warning.run))
}

fn objectives(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    if summary.objectives.is_empty() {
        return Ok(());
    }
    writeln!(f, "\nObjectives")?;
    summary.objectives.iter().try_for_each(|objective| {
        lines(f, "  ", &format!("{}: {} ({})", objective.verdict.as_str(), objective.text, objective.seen))
    })
}

fn assumptions(f: &mut fmt::Formatter<'_>, weather: Weather) -> fmt::Result {
    writeln!(f, "\nAssumed (other guesses: --weather; your own laws: --save FILE)")?;
    weather.assumptions().iter().try_for_each(|assumption| {
        let law = law_in_words(assumption.law);
        let what =
            if law.is_empty() { assumption.what.to_owned() } else { format!("{} {law}", assumption.what) };
        lines(f, "  ", &format!("{what}: {}", assumption.why))
    })
}

/// `{lognormal: {median: 8s, p95: 30s}}` as `~8s, p95 30s`.
fn law_in_words(law: &str) -> String {
    let law = law.replace(['{', '}'], "").replace("lognormal: median: ", "~").replace("p95: ", "p95 ");
    law.replace("uniform: ", "")
}
