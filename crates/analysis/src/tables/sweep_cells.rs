//! `sweep.csv`: a row per cell.

use crate::sweep::{Estimated, Figures, Sweep};
use measures::Elapsed;
use measures::field::Kind::{Count, Flag, Number, Word};
use measures::field::{Field, field};
use measures::stats::Proportion;
use measures::units::share_cell;
use std::io::Write;

/// The first column; the columns of the factors follow, named by their paths.
pub const CELL: Field =
    field("cell", Count, "number, from 0", "the cell; the values of its paths follow, as written");

/// The columns after those of the factors, in their order. New ones come at the end.
#[rustfmt::skip]
pub const FIELDS: [Field; 20] = [
    field("refused", Word, "text", "why the cell could not run; the rest of the row is empty then"),
    field("runs", Count, "runs", "runs of the cell"),
    field("complete_share", Number, "share", "runs that complete their rollout within the horizon"),
    field("complete_low", Number, "share", "lower end of its 95% Wilson interval"),
    field("complete_high", Number, "share", "upper end"),
    field("deadline_fired_share", Number, "share", "runs in which the progress deadline fires"),
    field("deadline_fired_low", Number, "share", "lower end of its 95% Wilson interval"),
    field("deadline_fired_high", Number, "share", "upper end"),
    field("rollout_p50_s", Number, "s", "median rollout time; empty if it is beyond the horizon"),
    field("rollout_p95_s", Number, "s", "95% quantile of the rollout time"),
    field("rollout_p95_low_s", Number, "s", "lower end of its distribution-free 95% interval"),
    field("rollout_p95_high_s", Number, "s", "upper end"),
    field("available_p05", Count, "pods", "available pods that 95% of the runs never fall below"),
    field("available_p05_low", Count, "pods", "lower end of its 95% interval"),
    field("available_p05_high", Count, "pods", "upper end"),
    field("pods_peak_p95", Count, "pods", "pods that 95% of the runs never exceed"),
    field("objectives_hold", Flag, "true or false", "whether all objectives of the scenario hold with the confidence asked for"),
    field("on_front", Flag, "true or false", "whether no other cell is at least as good in `rollout_p95_s`, `available_p05` and `pods_peak_p95`, and better in one"),
    field("is_best", Flag, "true or false", "whether `--objective` chooses this cell"),
    field("digest", Word, "16 hexadecimal digits", "hash of all runs of the cell"),
];

/// Writes the table of a sweep. Times beyond the horizon are empty, as in `runs.csv`.
///
/// # Errors
/// The sink refuses.
pub fn write_cells(out: impl Write, sweep: &Sweep) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let paths = sweep.paths.iter().map(String::as_str);
    csv.write_record([CELL.name].into_iter().chain(paths).chain(FIELDS.map(|field| field.name)))?;
    for (index, outcome) in sweep.outcomes.iter().enumerate() {
        let mut cells = vec![index.to_string()];
        cells.extend((0..sweep.paths.len()).map(|factor| outcome.cell.value(factor).to_owned()));
        match &outcome.result {
            Err(why) => {
                cells.push(why.clone());
                cells.resize(1 + sweep.paths.len() + FIELDS.len(), String::new());
            }
            Ok(figures) => {
                cells.push(String::new());
                cells.push(sweep.runs.to_string());
                cells.extend(numbers(figures));
                cells.push(figures.holds.to_string());
                cells.push(sweep.front.contains(&index).to_string());
                cells.push(sweep.is_best(index).to_string());
                cells.push(figures.digest.clone());
            }
        }
        csv.write_record(cells)?;
    }
    Ok(csv.flush()?)
}

fn numbers(figures: &Figures) -> Vec<String> {
    let time = |time: Option<Elapsed>| match time {
        Some(Elapsed::Within(seconds)) => seconds.to_string(),
        Some(Elapsed::BeyondHorizon) | None => String::new(),
    };
    let pods = |count: Option<Elapsed>| match count {
        Some(Elapsed::Within(count)) => (count.thousandths() / 1000).to_string(),
        Some(Elapsed::BeyondHorizon) | None => String::new(),
    };
    let rollout = |end: fn(&Estimated) -> Option<Elapsed>| time(figures.rollout.as_ref().and_then(end));
    let mut cells = share(figures.complete);
    cells.extend(share(figures.deadline_fired));
    cells.extend([
        time(figures.rollout_median.map(|median| median.value)),
        rollout(|estimate| Some(estimate.value)),
        rollout(|estimate| estimate.bounds.low),
        rollout(|estimate| estimate.bounds.high),
        pods(Some(figures.available.value)),
        pods(figures.available.bounds.low),
        pods(figures.available.bounds.high),
        pods(Some(figures.peak.value)),
    ]);
    cells
}

fn share(share: Proportion) -> Vec<String> {
    let (low, high) = share.interval();
    [share.share(), low, high].map(share_cell).to_vec()
}
