//! Which run of a batch is worth a look.

use crate::args::Interesting;
use crate::command::compare::rows;
use crate::command::run::{Interrupt, Progress};
use crate::command::source::Source;
use crate::command::{Stop, error};
use crate::experiment::Experiment;
use analysis::results::WorstRun;
use measures::units::{duration, elapsed, runs};
use measures::{Elapsed, Milli, Row, known};

/// Runs the scenario's batch and chooses. Returns the number of the run, and why it was chosen.
pub(super) fn choose(which: Interesting, source: &Source, seed: u64) -> Result<(u64, String), Stop> {
    let experiment = Experiment::new(None).map_err(error)?;
    let interrupt = Interrupt::listen();
    let progress = Progress::new(source.name(), source.runs(), false);
    let rows = rows(source.model(), seed, source.runs(), &experiment, &interrupt, &progress);
    progress.finish();
    let rows = rows?;
    let chosen = match which {
        Interesting::Worst => worst(&rows),
        Interesting::Median => median(&rows, source.model().horizon.into()),
        Interesting::Deadline => deadline(&rows),
        Interesting::LongestUnavailable => longest_unavailable(&rows),
    };
    let (row, why) = chosen.ok_or_else(|| Stop::refused(nothing(which)))?;
    Ok((row.run, format!("{why} of {}", runs(rows.len() as u64))))
}

fn nothing(which: Interesting) -> String {
    let why = match which {
        Interesting::Median => "no run has a rollout",
        Interesting::Deadline => "the progress deadline never ran",
        Interesting::Worst | Interesting::LongestUnavailable => "there are no runs",
    };
    format!("error: no run to show: {why}")
}

/// The first of those that hurt most, as in the summary of a batch.
fn worst(rows: &[Row]) -> Option<(&Row, String)> {
    let row = rows.iter().reduce(|worst, row| if WorstRun::is_worse(row, worst) { row } else { worst })?;
    let below = match row.sum(known::BELOW_PROMISED) {
        Milli::ZERO => String::new(),
        time => format!(", {} below the promise", duration(time)),
    };
    Some((row, format!("the worst ({}{below})", row.outcome.as_str())))
}

/// The first run with the median rollout time.
fn median(rows: &[Row], horizon: Milli) -> Option<(&Row, String)> {
    let mut with_rollout: Vec<(Elapsed, &Row)> =
        rows.iter().filter_map(|row| Some((row.elapsed()?, row))).collect();
    with_rollout.sort_by_key(|(time, row)| (*time, row.run));
    let (time, _) = with_rollout.get(with_rollout.len().checked_sub(1)? / 2)?;
    let (_, row) = with_rollout.iter().find(|(other, _)| other == time)?;
    Some((row, format!("the median rollout time ({})", elapsed(*time, horizon))))
}

/// The run in which the deadline fired first, else the one with the smallest margin.
fn deadline(rows: &[Row]) -> Option<(&Row, String)> {
    let fired = rows.iter().filter_map(|row| Some((row.get(known::DEADLINE_FIRST)?, row)));
    if let Some((at, row)) = fired.min_by_key(|(at, row)| (*at, row.run)) {
        return Some((row, format!("the first to miss its deadline (at {})", duration(at))));
    }
    let margins = rows.iter().filter_map(|row| Some((row.get(known::DEADLINE_MARGIN)?, row)));
    let (left, row) = margins.min_by_key(|(left, row)| (*left, row.run))?;
    Some((row, format!("the closest to its deadline ({} left)", duration(left))))
}

fn longest_unavailable(rows: &[Row]) -> Option<(&Row, String)> {
    let longest = rows.iter().map(|row| row.sum(known::LONGEST_BELOW_PROMISED)).max()?;
    let row = rows.iter().find(|row| row.sum(known::LONGEST_BELOW_PROMISED) == longest)?;
    Some((row, format!("the longest stretch below the promise ({})", duration(longest))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(run: u64, seconds: i64) -> Row {
        let time = Milli::from_whole(seconds);
        Row { run, ..Row::example() }
            .with(known::ROLLOUT_TIME, time)
            .with(known::DEADLINE_MARGIN, Milli::from_whole(600 - seconds))
            .with(known::LONGEST_BELOW_PROMISED, Milli::from_whole(seconds % 7))
    }

    #[test]
    fn each_word_finds_its_run() {
        let rows: Vec<Row> =
            [30, 90, 60, 61, 20].into_iter().zip(0..).map(|(time, run)| row(run, time)).collect();
        let horizon = Milli::from_whole(1800);
        assert_eq!(median(&rows, horizon).map(|(row, _)| row.run), Some(2));
        assert_eq!(deadline(&rows).map(|(row, _)| row.run), Some(1));
        assert_eq!(longest_unavailable(&rows).map(|(row, _)| row.run), Some(1));
        assert_eq!(worst(&rows).map(|(row, _)| row.run), Some(1));
        assert_eq!(
            median(&rows, horizon).map(|(_, why)| why).as_deref(),
            Some("the median rollout time (1m)")
        );
    }

    #[test]
    fn a_deadline_that_fired_comes_before_any_margin() {
        let fired = row(9, 1000)
            .with(known::DEADLINE_FIRST, Milli::from_whole(610))
            .with(known::DEADLINE_MARGIN, Milli::ZERO);
        let rows = [row(0, 599), fired];
        assert_eq!(deadline(&rows).map(|(row, _)| row.run), Some(9));
    }
}
