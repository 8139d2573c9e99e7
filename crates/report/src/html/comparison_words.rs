//! The text of a comparison. Every sentence contains its figures and is left out without them.

use super::difference::Differing;
use super::words::{Figure, Sentence, capital, first_of, listed};
use crate::compare::{DisplayUnit, figures as numbers};
use analysis::compare::{Answer, Comparison, Verdict};
use measures::question::Question;
use measures::units::{count, duration, elapsed};
use measures::{Elapsed, Milli};

/// A question about a change, and the measure that answers it.
struct Topic {
    about: &'static str,
    measure: &'static str,
    /// The words before and after the figure of A, then before and after the figure of B.
    words: [&'static str; 4],
}

const fn topic(about: &'static str, measure: &'static str, words: [&'static str; 4]) -> Topic {
    Topic { about, measure, words }
}

const TOPICS: [Topic; 9] = [
    topic("Does it finish?", "ended", ["", " of the rollouts end", "", ""]),
    topic("How long does it take?", "rolloutTime:p50", ["the median rollout takes ", "", "", ""]),
    topic("How long at worst?", "rolloutTime:p95", ["the 95th of 100 rollouts takes ", "", "", ""]),
    topic("Does the deadline fire?", "deadlineFired", ["it fires in ", " of the runs", "in ", ""]),
    topic(
        "Do users notice?",
        "availableMin",
        ["at the worst moment ", " pods are available", "", ", on average over the runs"],
    ),
    topic(
        "Is the promise kept?",
        "everBelowPromised",
        ["it is broken at some moment in ", " of the runs", "in ", ""],
    ),
    topic(
        "Do requests fail?",
        "requestsFailed",
        ["of the requests during the rollout ", " fail", "", ", on average over the runs"],
    ),
    topic(
        "What does it cost?",
        "podsPeak",
        ["at the peak ", " pods exist", "", ", on average over the runs"],
    ),
    topic("Do containers restart?", "restarts", ["", " times", "", ", on average over the runs"]),
];

/// The sentences, the most important first.
pub(super) fn story(comparison: &Comparison, differing: &[Differing], lines: usize) -> Vec<Sentence> {
    let changed = ("What is different?", changed(differing, lines));
    let judged = ("Is B worse?", Some(judged(comparison)));
    let topics = TOPICS.iter().map(|topic| (topic.about, answered(comparison, topic)));
    let extreme = ("Which run shows it best?", extreme(comparison));
    let all = [changed, judged].into_iter().chain(topics).chain([extreme]);
    all.filter_map(|(about, text)| Some(Sentence { about, text: text? })).collect()
}

/// The settings that differ, or their number if there are many.
fn changed(differing: &[Differing], lines: usize) -> Option<String> {
    let phrase =
        |one: &Differing| format!("{} is {} in A and {} in B", one.path, one.values[0], one.values[1]);
    // A setting of both scenarios has two lines.
    let rest = lines.saturating_sub(2 * differing.len());
    match (differing.len(), rest) {
        (0, 0) => None,
        (1..=3, 0) => Some(format!("{}.", listed(&differing.iter().map(phrase).collect::<Vec<_>>()))),
        (0, _) => Some(format!("{}; they are listed below.", capital(&lines_of_one(rest)))),
        (1..=2, _) => {
            let phrase = listed(&differing.iter().map(phrase).collect::<Vec<_>>());
            Some(format!("{phrase}, and {}; they are listed below.", lines_of_one(rest)))
        }
        (settings, 0) => Some(format!("{settings} settings; they are listed below.")),
        (settings, _) => {
            Some(format!("{settings} settings, and {}; they are listed below.", lines_of_one(rest)))
        }
    }
}

fn lines_of_one(lines: usize) -> String {
    match lines {
        1 => "1 line is in one of the resolved scenarios only".to_owned(),
        _ => format!("{lines} lines are in one of the resolved scenarios only"),
    }
}

fn having(comparison: &Comparison, verdict: Verdict) -> Vec<&Answer> {
    comparison.answers.iter().filter(|answer| answer.verdict == verdict).collect()
}

fn judged(comparison: &Comparison) -> String {
    let applying = comparison.answers.iter().filter(|answer| answer.verdict != Verdict::DoesNotApply).count();
    let pairs = count(comparison.pairs);
    if comparison.alike == comparison.pairs {
        return format!(
            "Nothing differs: in each of the {pairs} pairs of runs every write and every pod change is the same."
        );
    }
    let named = |verdict| {
        let names: Vec<String> = having(comparison, verdict).iter().map(|a| a.question.meaning()).collect();
        match names.len() {
            0 => "none".to_owned(),
            all => format!("{all} ({})", first_of(&names, 4, "; ")),
        }
    };
    let moved = format!(
        "Of the {applying} measures that apply to these {pairs} pairs of runs, B is worse in {} and better in {}",
        named(Verdict::Worse),
        named(Verdict::Better)
    );
    let different = having(comparison, Verdict::Different).len();
    let open = having(comparison, Verdict::Undecided).len() + having(comparison, Verdict::PerhapsSmall).len();
    let neither = match different {
        0 => String::new(),
        _ => format!(", and different without being either in {different}"),
    };
    let undecided = match open {
        0 => String::new(),
        _ => format!(" For {open} of them more runs would be needed to tell."),
    };
    format!("{moved}{neither}.{undecided}")
}

/// The answer to one question of a topic; `None` if it applies to no pair.
fn answered(comparison: &Comparison, topic: &Topic) -> Option<String> {
    let answer = comparison.answers.iter().find(|answer| answer.question.name() == topic.measure)?;
    let estimate = answer.estimate.as_ref()?;
    // A measure that is zero in both is not worth a line.
    if topic.measure == "restarts" && estimate.values == [Some(0.0), Some(0.0)] {
        return None;
    }
    let [_, _, difference, interval] = numbers(answer, comparison.horizon)?;
    let pairs = count(answer.pairs);
    let both = topic.both(answer, comparison.horizon);
    Some(match answer.verdict {
        Verdict::Identical => format!("{both}: the same in each of {pairs} pairs."),
        Verdict::Hidden => format!("{both}: the difference of two times beyond the horizon is not known."),
        // If one side is beyond the horizon, the size of the difference is not known.
        verdict if estimate.difference.is_some_and(f64::is_infinite) => {
            format!("{both}. {}", meant(answer, verdict))
        }
        verdict => format!("{both} (difference {difference}, {interval}). {}", meant(answer, verdict)),
    })
}

impl Topic {
    /// The figures of A and B in words.
    fn both(&self, answer: &Answer, horizon: Milli) -> String {
        let unit = DisplayUnit::of(&answer.question);
        let show = |value: Option<f64>| match (value, unit) {
            (None, _) => format!("longer than {}", duration(horizon)),
            (Some(value), DisplayUnit::Share) if value <= 0.0 => "none".to_owned(),
            (Some(value), DisplayUnit::Share) if value >= 1.0 => "all".to_owned(),
            (Some(value), _) => unit.value(value),
        };
        let [before, after, before_b, end] = self.words;
        let [a, b] = answer.estimate.map_or([None, None], |estimate| estimate.values).map(show);
        let phrase = if a == b {
            format!("{before}{a}{after} in A and in B alike{end}")
        } else {
            format!("{before}{a}{after} in A and {before_b}{b} in B{end}")
        };
        capital(&phrase)
    }
}

/// The verdict on a difference in words.
fn meant(answer: &Answer, verdict: Verdict) -> String {
    let margin = DisplayUnit::of(&answer.question).value(answer.margin);
    match verdict {
        Verdict::Worse => format!("That is worse, by more than the margin of {margin}."),
        Verdict::Better => format!("That is better, by more than the margin of {margin}."),
        Verdict::Different => format!("That is more than the margin of {margin}."),
        Verdict::PerhapsSmall => format!("That is real, but perhaps less than the margin of {margin}."),
        Verdict::Small => format!("That is real, but less than the margin of {margin}."),
        Verdict::Suspected | Verdict::Undecided => format!(
            "That may be chance, or more than the margin of {margin}: more than {} pairs are needed to tell.",
            count(answer.pairs)
        ),
        _ => format!("That may be chance, and is less than the margin of {margin}."),
    }
}

/// The pair that differs most, by the measure that differs most in it.
fn extreme(comparison: &Comparison) -> Option<String> {
    let most = comparison.extremes.first()?;
    let unit = DisplayUnit::of(&most.question);
    let value = |value: Elapsed| match value {
        Elapsed::Within(number) => unit.value(number.as_f64()),
        Elapsed::BeyondHorizon => elapsed(value, comparison.horizon),
    };
    let words = most.question.measure.label;
    let [a, b] = most.values.map(value);
    let ending = match most.outcomes {
        [one, other] if one == other => String::new(),
        [one, other] => format!(" Its outcome is {} in A and {} in B.", one.as_str(), other.as_str()),
    };
    Some(format!("Run {}: {words} {a} in A and {b} in B.{ending}", count(most.run)))
}

/// The class of a verdict in the page.
pub(super) const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Worse => "missed",
        Verdict::Better => "met",
        Verdict::Different | Verdict::PerhapsSmall | Verdict::Undecided => "undecided",
        _ => "calm",
    }
}

/// The verdict of the comparison: its class and its words.
pub(super) fn verdict(comparison: &Comparison) -> (&'static str, String) {
    let of = |verdict| having(comparison, verdict).len();
    let measures = |number: usize| match number {
        1 => "1 measure".to_owned(),
        _ => format!("{number} measures"),
    };
    match (of(Verdict::Worse), of(Verdict::Better), of(Verdict::Different), of(Verdict::Undecided)) {
        (0, 0, 0, 0) => ("met", "No difference to care about".to_owned()),
        (0, 0, 0, open) => ("undecided", format!("No difference shown; {} undecided", measures(open))),
        (0, 0, moved, _) => ("undecided", format!("B is different in {}, worse in none", measures(moved))),
        (0, better, ..) => ("met", format!("B is better in {}, worse in none", measures(better))),
        (worse, 0, ..) => ("missed", format!("B is worse in {}", measures(worse))),
        (worse, better, ..) => ("missed", format!("B is worse in {}, better in {better}", measures(worse))),
    }
}

/// The figures at the top, if they apply.
pub(super) fn figures(comparison: &Comparison) -> Vec<Figure> {
    let asked = [
        ("rolloutTime:p50", "median rollout time"),
        ("rolloutTime:p95", "rollout time, 95 of 100"),
        ("availableMin", "fewest available pods, mean"),
        ("ended", "rollouts that end"),
    ];
    let figure = |(name, label): (&str, &str)| {
        let is_asked = |question: &Question| question.name() == name;
        let answer = comparison.answers.iter().find(|answer| is_asked(&answer.question))?;
        let [a, b, difference, _] = numbers(answer, comparison.horizon)?;
        let (value, detail) = if a == b {
            (a, "the same in A and B".to_owned())
        } else {
            (arrow(&a, &b), format!("B - A: {difference}"))
        };
        Some(Figure { value, label: label.to_owned(), detail })
    };
    asked.into_iter().filter_map(figure).collect()
}

/// From one figure to another, with a line break before the arrow only.
fn arrow(a: &str, b: &str) -> String {
    let whole = |figure: &str| figure.replace(' ', "\u{a0}");
    format!("{} →\u{a0}{}", whole(a), whole(b))
}
