//! Advice on the progress deadline for a terminal.

use crate::columns::{Column, Columns};
use analysis::deadline::{DeadlineAdvice, DeadlinePoint};
use measures::stats::Level;
use measures::text::lines;
use measures::units::{count, duration, percent, percent_of, runs};
use measures::{Elapsed, Milli};
use std::fmt::{self, Display};

/// Prints an [`DeadlineAdvice`] for people.
pub struct AdviceTable<'a>(pub &'a DeadlineAdvice);

/// Lines of the curve.
const LINES: usize = 9;

impl Display for AdviceTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let advice = self.0;
        writeln!(f, "{}   {}, seed {}", advice.facts.scenario, runs(advice.runs), advice.facts.seed)?;
        rollouts(f, advice)?;
        if advice.ended() + advice.stuck() > 0 {
            curve(f, advice)?;
        }
        writeln!(f)?;
        lines(f, "Advice   ", &words(advice))
    }
}

fn rollouts(f: &mut fmt::Formatter<'_>, advice: &DeadlineAdvice) -> fmt::Result {
    let stretches = advice.stretches();
    let at = |level| stretches.quantile(level).map_or_else(|| "-".to_owned(), duration);
    if advice.ended() > 0 {
        let longest = stretches.max().map_or_else(|| "-".to_owned(), duration);
        let text = format!(
            "{} end; their longest stretch without progress: p50 {}, p95 {}, at most {longest}",
            count(advice.ended()),
            at(Level::P50),
            at(Level::P95)
        );
        lines(f, "Rollouts ", &text)?;
    }
    if advice.stuck() > 0 {
        lines(f, "         ", &format!("{} do not end within the horizon", count(advice.stuck())))?;
    }
    if advice.silent > 0 {
        lines(f, "         ", &format!("{} have no rollout or no progress clock", count(advice.silent)))?;
    }
    Ok(())
}

fn curve(f: &mut fmt::Formatter<'_>, advice: &DeadlineAdvice) -> fmt::Result {
    writeln!(f)?;
    let head = ["deadline", "false alarms", "95% interval", "detected", "after p50", "after p95"];
    CURVE.heading(f, &head)?;
    let smallest = advice.smallest();
    for point in advice.curve(LINES) {
        let is_advice = smallest.is_some_and(|found| found.high == Some(point.deadline));
        let is_simulated = advice.facts.simulated == Some(Milli::from_whole(point.deadline));
        let mark = if is_advice {
            "advice"
        } else if is_simulated {
            "now"
        } else {
            ""
        };
        line(f, &point, mark)?;
    }
    Ok(())
}

fn line(f: &mut fmt::Formatter<'_>, point: &DeadlinePoint, mark: &str) -> fmt::Result {
    let alarms = point.false_alarms;
    let (share, interval) = if alarms.of == 0 {
        ("-".to_owned(), "-".to_owned())
    } else {
        let (low, high) = alarms.interval();
        (percent_of(alarms), format!("{} to {}", percent(low), percent(high)))
    };
    let time = |time: Elapsed| match time {
        Elapsed::Within(time) => duration(time),
        Elapsed::BeyondHorizon => "not in time".to_owned(),
    };
    let [detected, median, p95] = match &point.detected {
        Some(detected) => [percent_of(detected.within), time(detected.median.0), time(detected.p95.0)],
        None => ["-"; 3].map(str::to_owned),
    };
    let deadline = format!("{}s", point.deadline);
    CURVE.heading(f, &[&deadline, &share, &interval, &detected, &median, &p95, mark])
}

/// Deadline, false alarms and their interval, detected rollouts, quantiles of the time to detect, and a mark.
const CURVE: Columns<[Column; 7]> = Columns([
    Column::right(8),
    Column::right(12).after(2),
    Column::left(15).after(2),
    Column::right(9),
    Column::right(12),
    Column::right(12),
    Column::left(6).after(2),
]);

/// The advice in sentences.
pub(super) fn words(advice: &DeadlineAdvice) -> String {
    let rate = percent(advice.facts.rate);
    let Some(found) = advice.smallest() else {
        return "No rollout ends, so it is not known which alarms are false. Run a batch in which some end."
            .to_owned();
    };
    match found.high {
        Some(high) => format!(
            "progressDeadlineSeconds: {high} is the smallest that keeps false alarms at {rate} or less, with \
             97.5% confidence. In this batch {} is enough; with 95% confidence the smallest is between {} and \
             {high}.",
            found.here, found.low
        ),
        None => format!(
            "In this batch progressDeadlineSeconds: {} keeps false alarms at {rate} or less. With {} this is \
             not certain: at least {} that end are needed.",
            found.here,
            runs(advice.ended()),
            count(advice.runs_needed())
        ),
    }
}
