//! `sweep.csv`: a row for each cell.

use super::value;
use analysis::sweep::{Estimated, Figures, Sweep};
use measures::Elapsed;
use measures::stats::Proportion;
use std::io::Write;

/// The columns after those of the factors, which bear their paths.
const COLUMNS: [&str; 20] = [
    "refused",
    "runs",
    "complete_share",
    "complete_low",
    "complete_high",
    "deadline_fired_share",
    "deadline_fired_low",
    "deadline_fired_high",
    "rollout_p50_s",
    "rollout_p95_s",
    "rollout_p95_low_s",
    "rollout_p95_high_s",
    "available_p05",
    "available_p05_low",
    "available_p05_high",
    "pods_peak_p95",
    "objectives_hold",
    "on_front",
    "is_best",
    "digest",
];

/// Writes the table of a sweep. Censored times are empty, as in `runs.csv`.
///
/// # Errors
/// The writer refuses.
pub fn write_cells(out: impl Write, sweep: &Sweep) -> csv::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let header = ["cell"].into_iter().chain(sweep.paths.iter().map(String::as_str)).chain(COLUMNS);
    writer.write_record(header)?;
    let best = sweep.best.as_ref().and_then(|(_, best)| best.as_ref()).map(|best| best.cell);
    for (index, outcome) in sweep.outcomes.iter().enumerate() {
        let mut fields = vec![index.to_string()];
        fields.extend((0..sweep.paths.len()).map(|factor| value(&outcome.cell, factor).to_owned()));
        match &outcome.result {
            Err(why) => {
                fields.push(why.clone());
                fields.resize(1 + sweep.paths.len() + COLUMNS.len(), String::new());
            }
            Ok(figures) => {
                fields.push(String::new());
                fields.push(sweep.runs.to_string());
                fields.extend(numbers(figures));
                fields.push(figures.holds.to_string());
                fields.push(sweep.front.contains(&index).to_string());
                fields.push((best == Some(index)).to_string());
                fields.push(figures.digest.clone());
            }
        }
        writer.write_record(fields)?;
    }
    writer.flush()?;
    Ok(())
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
    let mut fields = share(figures.complete);
    fields.extend(share(figures.deadline_fired));
    fields.extend([
        time(figures.rollout_median.map(|median| median.value)),
        rollout(|estimate| Some(estimate.value)),
        rollout(|estimate| estimate.bounds.low),
        rollout(|estimate| estimate.bounds.high),
        pods(Some(figures.available.value)),
        pods(figures.available.bounds.low),
        pods(figures.available.bounds.high),
        pods(Some(figures.peak.value)),
    ]);
    fields
}

fn share(share: Proportion) -> Vec<String> {
    let (low, high) = share.interval();
    [share.share(), low, high].map(|number| format!("{number:.6}")).to_vec()
}
