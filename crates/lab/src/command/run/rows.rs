//! The rows of a batch without files: for commands that only conclude from them.

use super::{Interrupt, Progress};
use crate::experiment::Experiment;
use crate::results::Row;
use simulator::Simulator;
use simulator::model::Model;
use std::ops::ControlFlow;

/// Where rows are computed, and who watches.
pub(crate) struct Bench<'a> {
    pub(crate) experiment: &'a Experiment,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) progress: &'a Progress,
}

impl Bench<'_> {
    /// The first `runs` rows of `seed` in order; `None` if the user pressed Ctrl-C.
    pub(crate) fn rows(&self, model: &Model, seed: u64, runs: u64) -> Option<Vec<Row>> {
        let mut rows = Vec::new();
        let replicate = |simulator: &mut Simulator, k| {
            if self.interrupt.is_pressed() {
                return None;
            }
            let row = Row::from(&simulator.run(seed, k));
            self.progress.tick();
            Some(row)
        };
        let take = |chunk: Vec<Option<Row>>| {
            for row in chunk {
                let Some(row) = row else { return ControlFlow::Break(()) };
                rows.push(row);
            }
            ControlFlow::Continue(())
        };
        let done = self.experiment.replicate(0..runs, || Simulator::new(model, 0), replicate, take);
        done.is_continue().then_some(rows)
    }
}
