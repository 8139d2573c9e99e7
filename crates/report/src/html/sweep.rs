//! The report of a sweep.

use super::page::{Drawing, MORE_STYLE, Page, Replay, charts};
use super::sweep_words::{figures, story, verdict};
use super::words::first_of;
use crate::sweep::{levels, short_names};
use analysis::sweep::{CellOutcome, Estimated, Figures, Sweep};
use measures::units::{count, duration, elapsed, percent, percent_of, percentage, runs};
use measures::{Elapsed, Milli};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

/// Rows shown at most; the others are in `sweep.csv`.
const MOST_ROWS: usize = 300;
/// Values of a setting that are listed at most.
const MOST_VALUES: usize = 24;

/// The content of the report of a sweep.
pub struct SweepReport<'a> {
    /// The conclusions.
    pub sweep: &'a Sweep,
    /// The description of the scenario; may be empty.
    pub description: &'a str,
    /// The objectives, in words.
    pub objectives: Vec<String>,
    /// The confidence that the objectives hold, over all cells together.
    pub confidence: f64,
    /// The charts.
    pub charts: Vec<Drawing>,
    /// The resolved scenario, and the cells.
    pub resolved: &'a str,
    /// Command lines to copy.
    pub replays: Vec<Replay>,
    /// The hash of all runs of all cells.
    pub digest: String,
}

impl SweepReport<'_> {
    /// The page.
    ///
    /// # Errors
    /// A template refers to a missing value: a bug of rollout-lab.
    pub fn html(&self) -> Result<String, minijinja::Error> {
        let sweep = self.sweep;
        let cells = count(sweep.outcomes.len() as u64);
        let page = Page {
            title: format!("{}: a sweep over {cells} cells", sweep.scenario),
            name: sweep.scenario.clone(),
            description: self.description.to_owned(),
            batch: format!(
                "{cells} cells of {}, all in the same weather, seed {}, horizon {}",
                runs(sweep.runs),
                sweep.seed,
                duration(sweep.horizon)
            ),
            verdict: verdict(sweep, self.objectives.len()),
            figures: figures(sweep),
            story: story(sweep, self.objectives.len(), self.confidence),
            note: "Ranges are 95% intervals. A rollout that has not ended counts as longer than the horizon; none \
                   is dropped.",
            digest: self.digest.clone(),
            style: MORE_STYLE,
        };
        page.html("sweep.html", self.body())
    }

    fn body(&self) -> Value {
        let sweep = self.sweep;
        let all = 0..sweep.outcomes.len();
        let shown =
            |index: &usize| *index < MOST_ROWS || sweep.front.contains(index) || sweep.is_best(*index);
        let judges = !self.objectives.is_empty();
        let cells: Vec<CellRow> = all.filter(shown).map(|index| cell(sweep, index, judges)).collect();
        context! {
            scenario => sweep.scenario.clone(),
            objectives => self.objectives.clone(),
            objectives_note => format!(
                "A cell holds them if they are all shown to hold, with {} confidence over all cells together.",
                percentage(Milli::from_f64(100.0 * self.confidence))
            ),
            charts => charts(&self.charts),
            settings => Serde(settings(sweep)),
            names => short_names(&sweep.paths).iter().map(|name| words_in(name)).collect::<Vec<_>>(),
            is_cut => cells.len() < sweep.outcomes.len(),
            columns => 6 + usize::from(judges),
            cells => Serde(cells),
            replays => Serde(&self.replays),
            resolved => self.resolved,
        }
    }
}

/// The words of a setting's name: a heading may break before each word except the first. `max`, `Unavailable`.
fn words_in(name: &str) -> Vec<String> {
    let (mut words, mut before) = (Vec::<String>::new(), ' ');
    for c in name.chars() {
        let begins = "[.".contains(c) || (before.is_ascii_lowercase() && c.is_ascii_uppercase());
        match words.last_mut() {
            Some(word) if !begins => word.push(c),
            _ => words.push(c.to_string()),
        }
        before = c;
    }
    words
}

/// A path with its values.
#[derive(Debug, Clone, Serialize)]
struct SweptSetting {
    path: String,
    values: String,
}

fn settings(sweep: &Sweep) -> Vec<SweptSetting> {
    let setting = |(factor, path): (usize, &String)| {
        let values = levels(sweep, factor);
        let named = |value: &&str| if value.is_empty() { "as written" } else { value }.to_owned();
        let named: Vec<String> = values.iter().map(named).collect();
        SweptSetting { path: path.clone(), values: first_of(&named, MOST_VALUES, ", ") }
    };
    sweep.paths.iter().enumerate().map(setting).collect()
}

#[derive(Debug, Clone, Serialize)]
struct CellRow {
    number: usize,
    values: Vec<String>,
    refused: Option<String>,
    /// Each figure with its 95% interval, which may be empty.
    figures: Vec<(String, String)>,
    is_best: bool,
}

fn cell(sweep: &Sweep, index: usize, judges: bool) -> CellRow {
    let CellOutcome { cell, result } = &sweep.outcomes[index];
    let values = (0..sweep.paths.len()).map(|factor| cell.value(factor).to_owned()).collect();
    let mut row =
        CellRow { number: index, values, refused: None, figures: Vec::new(), is_best: sweep.is_best(index) };
    match result {
        Err(why) => row.refused = Some(why.clone()),
        Ok(figures) => {
            let mark = |is: bool| plain(if is { "yes" } else { "-" }.to_owned());
            row.figures = numbers(figures, sweep.horizon);
            row.figures.push(mark(sweep.front.contains(&index)));
            row.figures.extend(judges.then(|| mark(figures.holds)));
        }
    }
    row
}

fn numbers(figures: &Figures, horizon: Milli) -> Vec<(String, String)> {
    let show = |time| elapsed(time, horizon);
    let complete = match figures.rollout {
        Some(_) => {
            let (low, high) = figures.complete.interval();
            (percent_of(figures.complete), format!("{} to {}", percent(low), percent(high)))
        }
        None => plain("-".to_owned()),
    };
    let time = |time: Option<Estimated>| match time {
        Some(time) => (show(time.value), range(&time, show)),
        None => plain("-".to_owned()),
    };
    vec![
        complete,
        time(figures.rollout_median),
        time(figures.rollout),
        (pods(figures.available.value), range(&figures.available, pods)),
        (pods(figures.peak.value), range(&figures.peak, pods)),
    ]
}

/// A figure without an interval.
fn plain(figure: String) -> (String, String) {
    (figure, String::new())
}

/// The 95% interval of a quantile.
pub(super) fn range(estimated: &Estimated, show: impl Fn(Elapsed) -> String) -> String {
    let end = |end: Option<Elapsed>| end.map(&show);
    match (end(estimated.bounds.low), end(estimated.bounds.high)) {
        (Some(low), Some(high)) if low == high => low,
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(low), None) => format!("at least {low}"),
        (None, Some(high)) => format!("at most {high}"),
        (None, None) => "not bounded".to_owned(),
    }
}

pub(super) fn pods(pods: Elapsed) -> String {
    match pods {
        Elapsed::Within(pods) => count((pods.thousandths() / 1000).max(0) as u64),
        Elapsed::BeyondHorizon => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::words_in;

    #[test]
    fn a_heading_breaks_between_words_only() {
        assert_eq!(words_in("maxUnavailable"), ["max", "Unavailable"]);
        assert_eq!(words_in("progressDeadlineSeconds"), ["progress", "Deadline", "Seconds"]);
        assert_eq!(words_in("x.pull"), ["x", ".pull"]);
        assert_eq!(words_in("faults[name=leave].at"), ["faults", "[name=leave]", ".at"]);
        assert_eq!(words_in("nodes"), ["nodes"]);
    }
}
