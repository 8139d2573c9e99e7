//! A sweep for a terminal.

use super::short_names;
use crate::columns::{Column, Columns};
use crate::shell::quoted;
use analysis::sweep::{CellOutcome, Direction, Figures, Sweep};
use measures::Elapsed;
use measures::text::{WIDTH, lines};
use measures::units::{count, duration, elapsed, percent_of, runs};
use std::fmt::{self, Display};

/// Rows shown at most; of more cells only the front and the best one are shown.
const MOST_ROWS: usize = 60;

/// The largest width of a factor's column.
const WIDEST: usize = 22;

/// The width of the columns of figures.
const WIDTH_OF_FIGURES: usize = 54;

const BEST: &str = "Best    ";
const BESIDE: &str = "        ";

/// Prints a [`Sweep`] for people.
pub struct SweepTable<'a>(pub &'a Sweep);

impl Display for SweepTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sweep = self.0;
        let cells = format!("{} cells of {}", count(sweep.outcomes.len() as u64), runs(sweep.runs));
        let heading =
            format!("{}: {cells}, seed {}, horizon {}", sweep.scenario, sweep.seed, duration(sweep.horizon));
        lines(f, "", &heading)?;
        writeln!(f)?;
        let SettingColumns { heads, widths, key } = settings(sweep);
        if let Some(key) = key {
            lines(f, "", &key)?;
            writeln!(f)?;
        }
        let heads = heads.iter().map(|head| cut(head));
        let heads = [vec!["cell".to_owned()], heads.collect(), FIGURES.map(str::to_owned).to_vec()].concat();
        let layouts = Layouts::new(&widths);
        layouts.figures.heading(f, &as_cells(&heads))?;
        let is_shown = |index: &usize| sweep.outcomes.len() <= MOST_ROWS || is_marked(sweep, *index);
        for index in (0..sweep.outcomes.len()).filter(is_shown) {
            row(f, sweep, index, &layouts)?;
        }
        if sweep.outcomes.len() > MOST_ROWS {
            writeln!(f, "(the front and the best; all cells are in sweep.csv)")?;
        }
        writeln!(f)?;
        let legend = "p50, p95: rollout time. fewest: available pods that 95% of the runs never fall below. \
                      peak: pods that 95% never exceed. front: no cell beats it in p95, fewest and peak. \
                      holds: the scenario's objectives, with the confidence asked for over all cells.";
        lines(f, "", legend)?;
        best(f, sweep)
    }
}

fn is_marked(sweep: &Sweep, index: usize) -> bool {
    sweep.front.contains(&index) || sweep.is_best(index)
}

/// The columns of the settings.
struct SettingColumns {
    heads: Vec<String>,
    widths: Vec<usize>,
    /// The meaning of the heads if they are letters.
    key: Option<String>,
}

/// The columns are named by the settings, or by letters if the names are too wide for a terminal.
fn settings(sweep: &Sweep) -> SettingColumns {
    let names = short_names(&sweep.paths);
    let widths = |heads: &[String]| -> Vec<usize> {
        heads.iter().enumerate().map(|(factor, head)| width(sweep, factor, head)).collect()
    };
    let by_name = widths(&names);
    if WIDTH_OF_FIGURES + by_name.iter().map(|width| width + 2).sum::<usize>() <= WIDTH || names.len() > 26 {
        return SettingColumns { heads: names, widths: by_name, key: None };
    }
    let letters: Vec<String> = ('A'..='Z').take(names.len()).map(String::from).collect();
    let key: Vec<String> =
        letters.iter().zip(&names).map(|(letter, name)| format!("{letter}: {name}")).collect();
    SettingColumns { widths: widths(&letters), heads: letters, key: Some(key.join(", ")) }
}

fn width(sweep: &Sweep, factor: usize, head: &str) -> usize {
    let values = sweep.outcomes.iter().map(|outcome| outcome.cell.value(factor).chars().count());
    values.max().unwrap_or(0).max(head.chars().count()).min(WIDEST)
}

/// Long values are shortened in the middle: paths and laws differ at their ends.
fn cut(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= WIDEST {
        return text.to_owned();
    }
    let (head, tail) = (WIDEST / 2, WIDEST - WIDEST / 2 - 1);
    let (head, tail) = (&chars[..head], &chars[chars.len() - tail..]);
    format!("{}…{}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}

/// The heads of the figures.
const FIGURES: [&str; 7] = ["complete", "p50", "p95", "fewest", "peak", "front", "holds"];

/// The tables of cells that ran and of cells that were refused.
struct Layouts {
    figures: Columns<Vec<Column>>,
    refused: Columns<Vec<Column>>,
}

impl Layouts {
    fn new(widths: &[usize]) -> Self {
        let settings = widths.iter().map(|width| Column::left(*width).after(2));
        let cell: Vec<Column> = [Column::right(4)].into_iter().chain(settings).collect();
        let figures = [10, 8, 8, 7, 5, 6, 6].map(Column::right);
        let refused = [Column::rest().after(2)];
        Self {
            figures: Columns([&cell[..], &figures].concat()),
            refused: Columns([&cell[..], &refused].concat()),
        }
    }
}

fn as_cells(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn row(f: &mut fmt::Formatter<'_>, sweep: &Sweep, index: usize, layouts: &Layouts) -> fmt::Result {
    let CellOutcome { cell, result } = &sweep.outcomes[index];
    let mut cells = vec![index.to_string()];
    cells.extend((0..sweep.paths.len()).map(|factor| cut(cell.value(factor))));
    match result {
        Ok(figures) => {
            let mark = |is: bool| if is { "yes" } else { "-" }.to_owned();
            cells.extend(self::figures(figures, sweep));
            cells.extend([mark(sweep.front.contains(&index)), mark(figures.holds)]);
            layouts.figures.heading(f, &as_cells(&cells))
        }
        Err(why) => {
            cells.push(format!("refused: {why}"));
            layouts.refused.heading(f, &as_cells(&cells))
        }
    }
}

fn figures(figures: &Figures, sweep: &Sweep) -> [String; 5] {
    let time = |time: Option<Elapsed>| time.map_or("-".to_owned(), |time| elapsed(time, sweep.horizon));
    let pods = |pods: Elapsed| match pods {
        Elapsed::Within(pods) => count((pods.thousandths() / 1000).max(0) as u64),
        Elapsed::BeyondHorizon => "-".to_owned(),
    };
    [
        figures.rollout.map_or("-".to_owned(), |_| percent_of(figures.complete)),
        time(figures.rollout_median.map(|median| median.value)),
        time(figures.rollout.map(|p95| p95.value)),
        pods(figures.available.value),
        pods(figures.peak.value),
    ]
}

fn best(f: &mut fmt::Formatter<'_>, sweep: &Sweep) -> fmt::Result {
    let Some((goal, best)) = &sweep.best else { return Ok(()) };
    let wish = match goal.direction {
        Direction::Down => "least",
        Direction::Up => "most",
    };
    let what = format!("{wish} {} ({})", goal.measure.label, goal.level);
    writeln!(f)?;
    let Some(best) = best else {
        let hint = match sweep.fewest_runs {
            fewest if fewest > sweep.runs => format!("; that takes at least {} of each", runs(fewest)),
            _ => String::new(),
        };
        let none = format!("none: no cell is sure to hold all objectives ({what} was asked for){hint}");
        return lines(f, BEST, &none);
    };
    let show = |value| goal.measure.show(value, sweep.horizon);
    let end = |end: Option<Elapsed>| end.map_or("unknown".to_owned(), show);
    let (low, high) = (end(best.value.bounds.low), end(best.value.bounds.high));
    let value = show(best.value.value);
    let fresh = format!("{value} on {} fresh runs (95% interval {low} to {high})", count(best.runs));
    lines(f, BEST, &format!("cell {}: {what} is {fresh}", best.cell))?;
    for assignment in sweep.outcomes[best.cell].cell.assignments.iter().flatten() {
        writeln!(f, "{BESIDE}--set {}", quoted(&assignment.to_string()))?;
    }
    if best.as_good.is_empty() {
        return Ok(());
    }
    let others: Vec<String> = best.as_good.iter().map(ToString::to_string).collect();
    lines(f, BESIDE, &format!("the fresh runs cannot tell it from cells {}", others.join(", ")))
}
