//! Sweeps: many variants of one scenario on common random numbers.
//!
//! ```text
//! factors -> design (cells) -> a batch of runs for each cell -> figures -> front, best -> table, files
//! ```

mod best;
mod design;
mod figures;
mod front;
mod hold;
mod range;
mod sweep_error;

pub use best::{Best, CellChoice, Direction, Goal};
pub use design::{Design, Factors, SweepCell};
pub use figures::{Estimated, Figures};
pub use front::front;
pub use hold::{fewest_runs, holds};
pub use sweep_error::SweepError;

use measures::Elapsed;

/// A variant and its result.
#[derive(Debug, Clone)]
pub struct CellOutcome {
    /// The variant.
    pub cell: SweepCell,
    /// Its figures, or the first line of the error of the API server or of the scenario.
    pub result: Result<Figures, String>,
}

/// A whole sweep.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of all cells.
    pub seed: u64,
    /// Runs of each cell.
    pub runs: u64,
    /// End of the observation.
    pub horizon: measures::Milli,
    /// The paths that vary.
    pub paths: Vec<String>,
    /// The cells, in the order of the design.
    pub outcomes: Vec<CellOutcome>,
    /// Cells on the Pareto front, by number.
    pub front: Vec<usize>,
    /// The goal and the best cell; `None` if no goal was given.
    pub best: Option<(Goal, Option<Best>)>,
    /// The fewest runs per cell that can show that its objectives hold.
    pub fewest_runs: u64,
}

impl Sweep {
    /// The cells that ran, with their numbers.
    pub fn ran(&self) -> impl Iterator<Item = (usize, &Figures)> {
        let outcomes = self.outcomes.iter().enumerate();
        outcomes.filter_map(|(index, outcome)| Some((index, outcome.result.as_ref().ok()?)))
    }

    /// Whether a cell is the best one.
    pub fn is_best(&self, index: usize) -> bool {
        let best = self.best.as_ref().and_then(|(_, best)| best.as_ref());
        best.is_some_and(|best| best.cell == index)
    }

    /// The cell to show first, and why: the best one, otherwise the fastest; `None` if no rollout ends.
    pub fn outstanding(&self) -> Option<(&'static str, usize)> {
        if let Some((_, Some(best))) = &self.best {
            return Some(("best", best.cell));
        }
        let time = |(index, outcome): (usize, &CellOutcome)| {
            let time = outcome.result.as_ref().ok()?.rollout?.value;
            (time != Elapsed::BeyondHorizon).then_some((time, index))
        };
        self.outcomes.iter().enumerate().filter_map(time).min().map(|(_, index)| ("fastest", index))
    }
}
