//! `report.html`, from what lies in the folder and two runs that are shown for it.

use super::{Replicator, Stopped};
use analysis::results::{ResultFile, ResultFolder, Rows, Summary};
use measures::Row;
use report::html::{BatchReport, DetailedRun, Drawing};
use std::fs;

/// The charts that the report shows, in its order; those that a batch does not have are left out.
const CHARTS: [ResultFile; 8] = [
    ResultFile::AvailablePodsChart,
    ResultFile::RolloutTimeChart,
    ResultFile::SurvivalChart,
    ResultFile::WhereTheTimeWentChart,
    ResultFile::DeadlineMarginChart,
    ResultFile::ProportionalScalingChart,
    ResultFile::ReplicaSetsChart,
    ResultFile::PodsChart,
];

/// A run of the batch again, with its story if the replicator can tell it.
pub(super) fn replayed(row: Row, seed: u64, simulator: &mut impl Replicator) -> DetailedRun {
    let (_, timeline) = simulator.run_with_timeline(seed, row.run);
    DetailedRun { story: simulator.story(seed, row.run), row, timeline }
}

/// Writes the report next to the charts.
pub(super) fn write(
    folder: &ResultFolder,
    summary: &Summary,
    rows: &Rows,
    median: &DetailedRun,
    resolved: &str,
    simulator: &mut impl Replicator,
) -> Result<(), Stopped> {
    let worst = summary.worst.filter(|worst| worst.run != median.row.run);
    let worst = worst.and_then(|worst| rows.iter().find(|row| row.run == worst.run));
    let worst = worst.map(|row| replayed(row, summary.facts.seed, simulator));
    let mut charts = Vec::new();
    for file in CHARTS {
        let path = folder.path_of(file)?;
        if path.exists() {
            charts.push(Drawing { svg: fs::read_to_string(path)?, is_paper: false });
        }
    }
    let report = BatchReport { summary, charts, median, worst: worst.as_ref(), resolved };
    folder.write(ResultFile::Report, report.html()?.as_bytes())?;
    Ok(())
}
