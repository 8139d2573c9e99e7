//! The report of a comparison: `compare --out`.

use super::comparison_words::{class, figures, story, verdict};
use super::page::{Drawing, MORE_STYLE, Page, Replay, charts};
use super::{DetailedRun, course, difference};
use crate::compare::{DisplayUnit, figures as numbers, title};
use analysis::compare::{Answer, Comparison, Verdict};
use measures::Register;
use measures::units::{count, duration, runs};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

/// One of the two batches.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The name of the scenario.
    pub scenario: String,
    /// Its name in the comparison.
    pub name: String,
    /// The resolved scenario.
    pub resolved: String,
}

/// The content of the report of a comparison.
pub struct ComparisonReport<'a> {
    /// The conclusions.
    pub comparison: &'a Comparison,
    /// A and B.
    pub sides: [Compared; 2],
    /// The charts.
    pub charts: Vec<Drawing>,
    /// The pair of runs that differs most, in detail; `None` if it cannot be simulated again.
    pub detailed: Option<[DetailedRun; 2]>,
    /// Command lines to copy.
    pub replays: Vec<Replay>,
    /// The hash of all runs of both batches.
    pub digest: String,
}

/// The length of the bar on each side, in margins.
const MARGINS: f64 = 4.0;

impl ComparisonReport<'_> {
    /// The page.
    ///
    /// # Errors
    /// A template refers to a missing value: a bug of rollout-lab.
    pub fn html(&self) -> Result<String, minijinja::Error> {
        let comparison = self.comparison;
        let [a, b] = &self.sides;
        let changes = difference::changes(&a.resolved, &b.resolved);
        let page = Page {
            title: format!("{} against {}: a comparison", b.name, a.name),
            name: self.heading(),
            description: format!("A is {}. B is {}.", a.name, b.name),
            batch: format!(
                "{} of each in the same weather, seed {}, horizon {}",
                runs(comparison.pairs),
                comparison.seed,
                duration(comparison.horizon)
            ),
            verdict: Some(verdict(comparison)),
            figures: figures(comparison),
            story: story(comparison, &difference::differing(&changes), changes.len()),
            note: "Run K of A is compared with run K of B. Ranges are 95% intervals of the difference, B minus A. A \
                   rollout that has not ended counts as longer than the horizon; none is dropped.",
            digest: self.digest.clone(),
            style: MORE_STYLE,
        };
        let body = context! {
            changes => Serde(changes),
            scenario => "",
            charts => charts(&self.charts),
            asked => Register::standard().questions().len(),
            groups => Serde(groups(comparison)),
            lists => Serde(lists(comparison)),
            courses_title => "The runs that differ most, moment by moment",
            courses => self.courses(),
            replays => Serde(&self.replays),
            sides => self.sides_in_full(),
        };
        page.html("comparison.html", body)
    }

    /// Both scenarios, or the changed one.
    fn heading(&self) -> String {
        let [a, b] = &self.sides;
        if a.scenario == b.scenario {
            return format!("{}: A against B", a.scenario);
        }
        format!("{} against {}", a.scenario, b.scenario)
    }

    fn courses(&self) -> Vec<Value> {
        let Some([a, b]) = &self.detailed else { return Vec::new() };
        let name = |letter, detailed: &DetailedRun| format!("Run {} in {letter}", count(detailed.row.run));
        let (in_a, in_b) = (name('A', a), name('B', b));
        course::template_runs(&[("a", &in_a, a), ("b", &in_b, b)], self.comparison.horizon)
    }

    fn sides_in_full(&self) -> Vec<Value> {
        let side = |(letter, side): (&str, &Compared)| {
            context! { letter => letter, name => side.name.clone(), resolved => side.resolved.clone() }
        };
        ["A", "B"].into_iter().zip(&self.sides).map(side).collect()
    }
}

/// The measures of one verdict.
#[derive(Debug, Clone, Serialize)]
struct MeasureGroup {
    title: &'static str,
    class: &'static str,
    rows: Vec<MeasureRow>,
}

#[derive(Debug, Clone, Serialize)]
struct MeasureRow {
    name: String,
    meaning: String,
    a: String,
    b: String,
    difference: String,
    interval: String,
    margin: String,
    bar: Option<IntervalBar>,
}

/// An interval in percent of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct IntervalBar {
    left: f64,
    width: f64,
    /// The difference itself, if it is known.
    at: Option<f64>,
}

/// Measures shown by name only.
#[derive(Debug, Clone, Serialize)]
struct Names {
    title: &'static str,
    names: Vec<String>,
}

const NAMED_ONLY: [Verdict; 3] = [Verdict::Identical, Verdict::Hidden, Verdict::DoesNotApply];

fn having(comparison: &Comparison, verdict: Verdict) -> impl Iterator<Item = &Answer> {
    comparison.answers.iter().filter(move |answer| answer.verdict == verdict)
}

fn groups(comparison: &Comparison) -> Vec<MeasureGroup> {
    let open = Verdict::ALL.into_iter().filter(|verdict| !NAMED_ONLY.contains(verdict));
    let group = |verdict| {
        let rows = having(comparison, verdict).filter_map(|answer| row(answer, comparison));
        MeasureGroup { title: title(verdict), class: class(verdict), rows: rows.collect() }
    };
    open.map(group).filter(|group| !group.rows.is_empty()).collect()
}

fn lists(comparison: &Comparison) -> Vec<Names> {
    let list = |verdict| {
        let names = having(comparison, verdict).map(|answer| answer.question.meaning());
        Names { title: title(verdict), names: names.collect() }
    };
    NAMED_ONLY.into_iter().map(list).filter(|list| !list.names.is_empty()).collect()
}

fn row(answer: &Answer, comparison: &Comparison) -> Option<MeasureRow> {
    let [a, b, difference, interval] = numbers(answer, comparison.horizon)?;
    Some(MeasureRow {
        name: answer.question.name(),
        meaning: answer.question.meaning(),
        a,
        b,
        difference,
        interval,
        margin: DisplayUnit::of(&answer.question).value(answer.margin),
        bar: bar(answer),
    })
}

/// The position of an interval on a bar of [`MARGINS`] margins on each side.
fn bar(answer: &Answer) -> Option<IntervalBar> {
    let estimate = answer.estimate.as_ref()?;
    let margin = answer.margin.max(0.001);
    let place = |difference: f64| {
        let margins = (difference / margin).clamp(-MARGINS, MARGINS);
        ((margins + MARGINS) / (2.0 * MARGINS) * 1000.0).round() / 10.0
    };
    let (low, high) = (place(estimate.bounds.0), place(estimate.bounds.1));
    let width = ((high - low) * 10.0).round() / 10.0;
    Some(IntervalBar { left: low, width, at: estimate.difference.map(place) })
}
