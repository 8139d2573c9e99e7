//! A comparison for a terminal.

use super::Replay;
use crate::columns::{Column, Columns};
use analysis::compare::{Answer, Comparison, Estimate, Extreme, Verdict};
use measures::question::Question;
use measures::text::lines;
use measures::units::{count, duration, elapsed, percent, percentage};
use measures::{Elapsed, Milli};
use std::fmt::{self, Display};

/// Prints a [`Comparison`] for people.
pub struct ComparisonTable<'a> {
    /// The comparison.
    pub comparison: &'a Comparison,
    /// The commands that show a run.
    pub replay: &'a Replay<'a>,
}

impl Display for ComparisonTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comparison = self.comparison;
        heading(f, comparison)?;
        for verdict in Verdict::ALL {
            section(f, comparison, verdict, ["A", "B", "B - A"])?;
        }
        let runs = RunsThatDiffer { comparison, replay: self.replay };
        write!(f, "{runs}")
    }
}

fn heading(f: &mut fmt::Formatter<'_>, comparison: &Comparison) -> fmt::Result {
    let Comparison { names: [a, b], pairs, alike, seed, horizon, .. } = comparison;
    lines(f, "A  ", a)?;
    lines(f, "B  ", b)?;
    let weather = format!("seed {seed}, horizon {}", duration(*horizon));
    lines(f, "", &format!("{} pairs of runs, {}; {weather}", count(*pairs), alike_words(*alike, *pairs)))
}

fn alike_words(alike: u64, pairs: u64) -> String {
    match alike {
        0 => "no two alike".into(),
        _ if alike == pairs => "all alike".into(),
        _ => format!("{} of them alike", count(alike)),
    }
}

/// A verdict in words.
pub(crate) fn title(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Worse => "Worse",
        Verdict::Better => "Better",
        Verdict::Different => "Different",
        Verdict::PerhapsSmall => "Real, perhaps too small to care",
        Verdict::Small => "Real, but too small to care",
        Verdict::Suspected => "Too few pairs, and beyond the margin",
        Verdict::Undecided => "Undecided: more runs needed",
        Verdict::Alike => "No difference to care about",
        Verdict::Identical => "The same in every pair",
        Verdict::Hidden => "Beyond the horizon in both",
        Verdict::DoesNotApply => "Does not apply",
    }
}

/// Measure, both values, their difference and its interval.
const DIFFERENCES: Columns<[Column; 5]> = Columns([
    Column::left(29),
    Column::right(8),
    Column::right(8),
    Column::right(9),
    Column::rest().after(2),
]);

/// The measures of one verdict; `titles` are the titles of the two values and of their difference.
pub(crate) fn section(
    f: &mut fmt::Formatter<'_>,
    comparison: &Comparison,
    verdict: Verdict,
    [a, b, difference]: [&str; 3],
) -> fmt::Result {
    let answers: Vec<&Answer> =
        comparison.answers.iter().filter(|answer| answer.verdict == verdict).collect();
    if answers.is_empty() {
        return Ok(());
    }
    writeln!(f)?;
    let title = title(verdict);
    if matches!(verdict, Verdict::Identical | Verdict::Hidden | Verdict::DoesNotApply) {
        writeln!(f, "{title}")?;
        let names: Vec<String> = answers.iter().map(|answer| answer.question.name()).collect();
        return lines(f, "  ", &names.join(", "));
    }
    DIFFERENCES.heading(f, &[title, a, b, difference, "95% interval"])?;
    answers.into_iter().try_for_each(|answer| line(f, answer, comparison.horizon))
}

fn line(f: &mut fmt::Formatter<'_>, answer: &Answer, horizon: Milli) -> fmt::Result {
    let Some([a, b, difference, interval]) = figures(answer, horizon) else { return Ok(()) };
    DIFFERENCES.row(f, &[&answer.question.name(), &a, &b, &difference, &interval])
}

/// The two values, their difference and its interval; `None` if the question applies to no pair.
pub(crate) fn figures(answer: &Answer, horizon: Milli) -> Option<[String; 4]> {
    let estimate = answer.estimate.as_ref()?;
    let unit = DisplayUnit::of(&answer.question);
    let value = |value: Option<f64>| match value {
        Some(value) => unit.value(value),
        None => elapsed(Elapsed::BeyondHorizon, horizon),
    };
    let [a, b] = estimate.values.map(value);
    let difference = estimate.difference.map_or("?".into(), |difference| unit.difference(difference));
    Some([a, b, difference, interval(estimate, unit)])
}

fn interval(estimate: &Estimate, unit: DisplayUnit) -> String {
    let (low, high) = estimate.bounds;
    let [low_words, high_words] = [low, high].map(|end| unit.difference(end));
    match (low.is_finite(), high.is_finite()) {
        (true, true) if low_words == high_words => low_words,
        (true, true) => format!("{low_words} to {high_words}"),
        (true, false) => format!("at least {low_words}"),
        (false, true) => format!("at most {high_words}"),
        (false, false) if low > 0.0 => "longer than any".into(),
        (false, false) if high < 0.0 => "shorter than any".into(),
        (false, false) => "not bounded".into(),
    }
}

/// The unit and format of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisplayUnit {
    Seconds,
    Count,
    Share,
    Percent,
}

impl DisplayUnit {
    pub(crate) const fn of(question: &Question) -> Self {
        match question.unit() {
            measures::Unit::Flag => Self::Share,
            // Half an hour of a missing pod is more readable than 1800.
            measures::Unit::Time | measures::Unit::PodSeconds => Self::Seconds,
            measures::Unit::Count | measures::Unit::Pods => Self::Count,
            measures::Unit::Percent => Self::Percent,
        }
    }

    pub(crate) fn value(self, number: f64) -> String {
        match self {
            Self::Seconds => duration(Milli::from_f64(number)),
            Self::Share => percent(number),
            Self::Percent => percentage(Milli::from_f64(number)),
            Self::Count if number.fract().abs() < 1e-9 => format!("{number:.0}"),
            Self::Count => format!("{number:.2}"),
        }
    }

    /// With its sign.
    pub(crate) fn difference(self, number: f64) -> String {
        if number.is_infinite() {
            return if number > 0.0 { "longer".into() } else { "shorter".into() };
        }
        let size = self.value(number.abs());
        // A value rounded to zero has no sign.
        let is_nothing = size.chars().all(|c| !c.is_ascii_digit() || c == '0');
        match number {
            _ if is_nothing => size,
            _ if number < 0.0 => format!("-{size}"),
            _ => format!("+{size}"),
        }
    }
}

/// The section of the runs that differ most.
struct RunsThatDiffer<'a> {
    comparison: &'a Comparison,
    replay: &'a Replay<'a>,
}

impl Display for RunsThatDiffer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.comparison.extremes.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nRuns that differ most")?;
        for extreme in &self.comparison.extremes {
            lines(f, "  ", &shown(extreme, self.comparison.horizon))?;
            let [a, b] = (self.replay)(extreme.run);
            // Not wrapped, for copying.
            writeln!(f, "    A  {a}\n    B  {b}")?;
        }
        Ok(())
    }
}

fn shown(extreme: &Extreme, horizon: Milli) -> String {
    let value = |value: Elapsed| match (value, DisplayUnit::of(&extreme.question)) {
        (Elapsed::Within(number), unit) => unit.value(number.as_f64()),
        (Elapsed::BeyondHorizon, _) => elapsed(value, horizon),
    };
    let [a, b] = extreme.values.map(value);
    let ending = match extreme.outcomes {
        [one, other] if one == other => String::new(),
        [one, other] => format!(", {} -> {}", one.as_str(), other.as_str()),
    };
    format!("run {}: {} {a} -> {b}{ending}", extreme.run, extreme.question.key)
}
