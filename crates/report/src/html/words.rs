//! The text of a batch. Every sentence contains its figures and is left out without them.

use crate::table::interval;
use analysis::results::{Distribution, ObjectiveVerdict, Summary};
use measures::stats::{Level, Proportion};
use measures::units::{
    count, duration, duration_ceil, elapsed, expected, percent, percent_of, percentage, runs, whole,
};
use measures::{Elapsed, Milli};
use serde::Serialize;
use simulator::record::Outcome;

/// A sentence with the question that it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Sentence {
    pub about: &'static str,
    pub text: String,
}

/// The sentences, the most important first.
pub(super) fn story(summary: &Summary) -> Vec<Sentence> {
    let sentences = [
        ("Does it finish?", finish(summary)),
        ("How long does it take?", time(summary)),
        ("Where does the time go?", time_by_cause(summary)),
        ("Does the deadline fire?", deadline(summary)),
        ("Do users notice?", Some(availability(summary))),
        ("Do requests fail?", requests(summary)),
        ("What does it cost?", Some(footprint(summary))),
        ("What was refused?", refusals(summary)),
        ("Which run is the worst?", worst(summary)),
    ];
    let sentences = sentences.into_iter().filter_map(|(about, text)| text.map(|text| (about, text)));
    sentences.map(|(about, text)| Sentence { about, text }).collect()
}

/// `54.0% of the runs (540 of 1,000 runs; 50.9% to 57.1%)`: the range is the 95% interval.
pub(super) fn share(share: Proportion) -> String {
    let (low, high) = share.interval();
    let (hits, of) = (count(share.hits), runs(share.of));
    format!("{} of the runs ({hits} of {of}; {} to {})", percent_of(share), percent(low), percent(high))
}

/// All runs, with the confidence that their number gives.
fn every(of: u64) -> String {
    let (low, _) = Proportion { hits: of, of }.interval();
    match of {
        1 => "the only run".to_owned(),
        _ => format!("every one of {} (so in at least {} of all)", runs(of), percent(low)),
    }
}

/// No run, with the confidence that their number gives.
fn none(of: u64) -> String {
    let (_, high) = Proportion { hits: 0, of }.interval();
    match of {
        1 => "not in the only run".to_owned(),
        _ => format!("in none of {} (so in at most {} of all)", runs(of), percent(high)),
    }
}

/// `once`, `50 times`.
fn times(number: i64) -> String {
    match number {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        _ => format!("{} times", whole(number)),
    }
}

fn finish(summary: &Summary) -> Option<String> {
    let horizon = duration(summary.facts.horizon);
    let phrase = |&(outcome, seen): &(Outcome, Proportion)| {
        let what = match outcome {
            Outcome::Complete => "completes".to_owned(),
            Outcome::CompleteAfterDeadline => {
                "completes, but only after the progress deadline has fired".to_owned()
            }
            Outcome::DeadlineExceeded => {
                format!("runs into its progress deadline and has not ended after {horizon}")
            }
            Outcome::Unfinished => format!("has neither ended nor timed out after {horizon}"),
            Outcome::NoRollout => {
                return match (seen.hits == seen.of, seen.of) {
                    (true, 1) => {
                        "The pod template never changes in the only run: there is no rollout.".into()
                    }
                    (true, of) => format!("The pod template changes {}: there is no rollout.", none(of)),
                    (false, _) => format!("In {} the pod template never changes.", share(seen)),
                };
            }
        };
        let whom = if seen.hits == seen.of { every(seen.of) } else { share(seen) };
        format!("The rollout {what} in {whom}.")
    };
    let mut phrase: Vec<String> =
        summary.outcomes.iter().filter(|(_, seen)| seen.hits > 0).map(phrase).collect();
    if summary.rolled_back.hits > 0 {
        phrase.push(format!("It goes back to an earlier template in {}.", share(summary.rolled_back)));
    }
    (!phrase.is_empty()).then(|| phrase.join(" "))
}

fn time(summary: &Summary) -> Option<String> {
    let times = &summary.rollout.as_ref()?.time;
    let horizon = summary.facts.horizon;
    let show = |time: Elapsed| elapsed(time, horizon);
    let between = |level: Level| {
        let found = times.quantiles.iter().find(|estimate| estimate.level == level)?;
        Some(interval(&found.bounds, show))
    };
    let (median, p95) = (times.at(Level::P50)?, times.at(Level::P95)?);
    let Elapsed::Within(middle) = median else {
        let fastest = match times.min {
            Elapsed::Within(fastest) => format!(" The fastest takes {}.", duration(fastest)),
            Elapsed::BeyondHorizon => String::new(),
        };
        return Some(format!(
            "At least half of the rollouts take longer than {}.{fastest}",
            duration(horizon)
        ));
    };
    let middle = format!("Half of the rollouts take at most {}", duration_ceil(middle));
    let most = match p95 {
        Elapsed::Within(time) => {
            let range = between(Level::P95)?;
            format!("95 of 100 take at most {} (95% interval {range})", duration_ceil(time))
        }
        Elapsed::BeyondHorizon => format!("more than 5 of 100 take longer than {}", duration(horizon)),
    };
    let extremes = format!("the fastest {}, the slowest {}", show(times.min), show(times.max));
    Some(format!("{middle} (95% interval {}); {most}; {extremes}.", between(Level::P50)?))
}

fn time_by_cause(summary: &Summary) -> Option<String> {
    let mean = summary.time.as_ref().map(|time| time.all).filter(|mean| mean.total() > 0.0)?;
    let parts: Vec<String> = mean
        .causes()
        .into_iter()
        .filter(|cause| mean.share(*cause) >= 0.05)
        .take(3)
        .map(|cause| {
            let time = duration(Milli::from_f64(mean.of(cause)));
            format!("{} is {} ({time})", percent(mean.share(cause)), cause.as_str())
        })
        .collect();
    let total = duration(Milli::from_f64(mean.total()));
    (!parts.is_empty()).then(|| format!("Of {total} on average, {}.", listed(&parts)))
}

pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// The first parts, at most `most`, and the number of others: `1, 2, and 5 more`.
pub(super) fn first_of(parts: &[String], most: usize, between: &str) -> String {
    let shown = parts.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(between);
    match parts.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown}{between}and {more} more"),
    }
}

/// With a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn deadline(summary: &Summary) -> Option<String> {
    let (deadline, limit) = (&summary.deadline, duration(summary.facts.deadline?));
    let fired = deadline.fired;
    if fired.hits == 0 {
        let margin = deadline.margin.as_ref().map(|margin| {
            let (least, median) = (duration(margin.min), duration(margin.at(Level::P50).unwrap_or_default()));
            format!(" The least that was left on its clock is {least} (median of the runs {median}).")
        });
        return Some(format!(
            "The progress deadline ({limit} without progress) fires {}.{}",
            none(fired.of),
            margin.unwrap_or_default()
        ));
    }
    let whom = if fired.hits == fired.of { every(fired.of) } else { share(fired) };
    let first = deadline.first_fired.as_ref().and_then(|first| first.at(Level::P50)).map(duration);
    let first = first.map_or(String::new(), |at| format!(", for the first time at {at} (median)"));
    let recovered = match deadline.recovered {
        Proportion { hits: 0, .. } => String::new(),
        recovered => format!(" Progress comes back afterwards in {}.", share(recovered)),
    };
    Some(format!("The progress deadline ({limit} without progress) fires in {whom}{first}.{recovered}"))
}

fn availability(summary: &Summary) -> String {
    let (seen, facts) = (&summary.availability, &summary.facts);
    let lowest = whole(seen.min.min);
    let Some(promised) = facts.promised else {
        return format!(
            "Of {} wanted pods at least {lowest} are available at any moment of any run.",
            whole(facts.replicas.into())
        );
    };
    let promise = format!("{} of {}", whole(promised.into()), whole(facts.replicas.into()));
    let below = seen.below_promised_runs;
    if below.hits == 0 {
        return format!(
            "Fewer pods than promised ({promise} at the start) are available {}; the fewest are {lowest}.",
            none(below.of)
        );
    }
    let whom = if below.hits == below.of { every(below.of) } else { share(below) };
    let p95 = duration(seen.below_promised.at(Level::P95).unwrap_or_default());
    let longest = duration(seen.longest_below_promised.max);
    let median = whole(seen.min.at(Level::P50).unwrap_or_default());
    format!(
        "Fewer pods than promised ({promise} at the start) are available at some moment in {whom}: for at \
         most {p95} in 95 of 100 runs, for {longest} at a stretch at worst. The fewest available pods are \
         {median} in the median run and {lowest} in the worst."
    )
}

fn requests(summary: &Summary) -> Option<String> {
    let service = summary.service.as_ref()?;
    let failing = service.failing_runs;
    if failing.hits == 0 {
        return Some(format!("Requests to the Service fail {}.", none(failing.of)));
    }
    let whom = if failing.hits == failing.of { every(failing.of) } else { share(failing) };
    let worst = percentage(service.failed_percent_worst_10s.max);
    let during = service.failed_percent.as_ref().and_then(|failed| failed.at(Level::P50));
    let during = during.map_or(String::new(), |failed| {
        format!(" Over the rollout {} of them fail in the median run.", percentage(failed))
    });
    let median = expected(service.failed.at(Level::P50).unwrap_or_default());
    Some(format!(
        "Requests to the Service fail in {whom}: {median} of them in the median run.{during} In the worst \
         10 s of any run {worst} fail."
    ))
}

fn footprint(summary: &Summary) -> String {
    let seen = &summary.footprint;
    let (peak, with) = (seen.pods_peak.max, seen.pods_peak_with_terminating.max);
    let terminating = if peak == with {
        "terminating ones included".into()
    } else {
        format!("{} with terminating ones", whole(with))
    };
    let peak = format!("At most {} pods exist at a time, {terminating}.", whole(peak));
    let restarts = match seen.restarts.max {
        0 => String::new(),
        most => {
            let median = times(seen.restarts.at(Level::P50).unwrap_or_default());
            format!(" Containers restart {median} in the median run, at most {}.", times(most))
        }
    };
    format!("{peak}{restarts}")
}

fn refusals(summary: &Summary) -> Option<String> {
    let phrase = |refusals: &analysis::results::Refusals| {
        let median = whole(refusals.count.at(Level::P50).unwrap_or_default());
        let kind = refusals.kind.as_str();
        format!("{kind} in {}, {median} calls in the median run", share(refusals.runs))
    };
    let phrase: Vec<String> = summary.footprint.refusals.iter().map(phrase).collect();
    (!phrase.is_empty()).then(|| format!("Calls of the controllers are refused: {}.", phrase.join("; ")))
}

fn worst(summary: &Summary) -> Option<String> {
    let worst = summary.worst?;
    let time = worst.rollout.map(|time| match time {
        Elapsed::Within(time) => format!("takes {}", duration(time)),
        Elapsed::BeyondHorizon => format!("has not ended after {}", duration(summary.facts.horizon)),
    });
    let time = time.map_or(String::new(), |time| format!(" its rollout {time};"));
    let (run, fewest) = (worst.run, whole(worst.available_min));
    Some(format!(
        "Run {run}:{time} its outcome is {}, and it never has fewer than {fewest} available pods.",
        worst.outcome.as_str()
    ))
}

/// A figure at the top of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Figure {
    pub value: String,
    pub label: String,
    pub detail: String,
}

/// The four main figures.
pub(super) fn figures(summary: &Summary) -> Vec<Figure> {
    let figure = |value: String, label: &str, detail: String| Figure { value, label: label.into(), detail };
    let interval_of = |share: Proportion| {
        let (low, high) = share.interval();
        format!("{} to {}", percent(low), percent(high))
    };
    let mut figures = Vec::new();
    if let Some(rollout) = &summary.rollout {
        let ended = rollout.finished;
        figures.push(figure(percent_of(ended), "of the rollouts end", interval_of(ended)));
        figures.extend(median_time(&rollout.time, summary.facts.horizon));
    }
    if summary.facts.deadline.is_some() {
        let fired = summary.deadline.fired;
        figures.push(figure(percent_of(fired), "runs in which the deadline fires", interval_of(fired)));
    }
    let lowest = &summary.availability.min;
    let of = match summary.facts.promised {
        Some(promised) => format!("{} promised", whole(promised.into())),
        None => format!("{} wanted", whole(summary.facts.replicas.into())),
    };
    figures.push(figure(whole(lowest.min), "available pods at worst", of));
    figures
}

fn median_time(times: &Distribution<Elapsed>, horizon: Milli) -> Option<Figure> {
    let (median, p95) = (times.at(Level::P50)?, times.at(Level::P95)?);
    Some(Figure {
        value: elapsed(median, horizon),
        label: "median rollout time".into(),
        detail: format!("95%: {}", elapsed(p95, horizon)),
    })
}

/// The verdict of the objectives: its class and its words.
pub(super) fn verdict(summary: &Summary) -> Option<(&'static str, String)> {
    let of = summary.objectives.len();
    let having =
        |verdict: ObjectiveVerdict| summary.objectives.iter().filter(|o| o.verdict == verdict).count();
    let (missed, undecided) = (having(ObjectiveVerdict::Missed), having(ObjectiveVerdict::Undecided));
    let objectives = if of == 1 { "objective" } else { "objectives" };
    match (of, missed, undecided) {
        (0, ..) => None,
        (_, 0, 0) if of == 1 => Some(("met", "The objective is met".to_owned())),
        (_, 0, 0) => Some(("met", format!("All {of} objectives are met"))),
        (_, 0, _) => Some(("undecided", format!("{undecided} of {of} {objectives} undecided"))),
        _ => Some(("missed", format!("{missed} of {of} {objectives} missed"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_only_the_first_are_listed() {
        let parts = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(first_of(&parts[..2], 2, ", "), "a, b");
        assert_eq!(first_of(&parts, 2, ", "), "a, b, and 2 more");
        assert_eq!(first_of(&parts, 3, "; "), "a; b; c; and 1 more");
        assert_eq!(first_of(&[], 3, ", "), "");
    }
}
