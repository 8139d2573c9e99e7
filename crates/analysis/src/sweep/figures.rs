//! The figures of a cell.

use crate::results::BatchFacts;
use measures::stats::{Bounds, Level, Proportion, Sample};
use measures::{Elapsed, Measure, Row, known};

/// A quantile with its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimated {
    /// The quantile of the runs.
    pub value: Elapsed,
    /// Its 95% interval.
    pub bounds: Bounds<Elapsed>,
}

/// The figures of one cell.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Hash of all runs of the cell.
    pub digest: String,
    /// Runs that finished their rollout within the horizon.
    pub complete: Proportion,
    /// Runs in which the progress deadline fired.
    pub deadline_fired: Proportion,
    /// The median rollout time; `None` if no run had a rollout.
    pub rollout_median: Option<Estimated>,
    /// The rollout time that 95 of 100 runs do not exceed.
    pub rollout: Option<Estimated>,
    /// The available pods that 95 of 100 runs never fall below.
    pub available: Estimated,
    /// The pods that 95 of 100 runs never exceed.
    pub peak: Estimated,
    /// Whether the scenario's objectives hold with the confidence asked for.
    pub holds: bool,
    /// The goal's measure by run; empty without a goal.
    pub goal: Vec<Option<Elapsed>>,
}

/// The level that 95 of 100 runs are not below.
const P05: Level = Level::per_mille(50);

impl Figures {
    /// The figures of a cell's rows; `None` without rows.
    pub fn new(rows: &[Row], digest: String, holds: bool, goal: Option<&Measure>) -> Option<Self> {
        let whole = |pods: i64| Some(Elapsed::Within(measures::Milli::from_whole(pods)));
        Some(Self {
            digest,
            complete: Proportion::count(rows, |row| row.get(known::ROLLOUT_TIME).is_some()),
            deadline_fired: Proportion::count(rows, Row::deadline_fired),
            rollout_median: estimated(rows, Row::elapsed, Level::P50),
            rollout: estimated(rows, Row::elapsed, Level::P95),
            available: estimated(rows, |row| whole(row.count(known::AVAILABLE_MIN)), P05)?,
            peak: estimated(rows, |row| whole(row.count(known::PODS_PEAK)), Level::P95)?,
            holds,
            goal: goal.map(|measure| rows.iter().map(|row| measure.of(row)).collect()).unwrap_or_default(),
        })
    }
}

/// The quantile of a number over the runs that have it.
pub(super) fn estimated(
    rows: &[Row],
    number: impl Fn(&Row) -> Option<Elapsed>,
    level: Level,
) -> Option<Estimated> {
    let sample = Sample::new(rows.iter().filter_map(number));
    Some(Estimated { value: sample.quantile(level)?, bounds: sample.quantile_bounds(level) })
}

/// A sweep of the unchanged scenario's facts.
impl super::Sweep {
    /// A sweep that has no outcome yet.
    pub fn of(facts: &BatchFacts, runs: u64, paths: Vec<String>) -> Self {
        Self {
            scenario: facts.scenario.clone(),
            seed: facts.seed,
            runs,
            horizon: facts.horizon,
            paths,
            outcomes: Vec::new(),
            front: Vec::new(),
            best: None,
            fewest_runs: 0,
        }
    }
}
