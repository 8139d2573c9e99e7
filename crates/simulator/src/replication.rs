//! Running replications of one model.

use crate::model::Model;
use crate::record::{Record, Timeline};

/// Runs replications of one model, one after another, reusing its memory.
pub struct Simulator<'m> {
    _model: &'m Model,
}

impl<'m> Simulator<'m> {
    /// A simulator for `model`. Each record samples the available pods at `grid_points` moments spread
    /// evenly over [0, horizon], both ends included; 0 samples nothing.
    pub fn new(model: &'m Model, grid_points: usize) -> Self {
        let _ = grid_points;
        Self { _model: model }
    }

    /// Run number `run` of `seed`. The result depends on the model, the seed and the number only.
    pub fn run(&mut self, seed: u64, run: u64) -> Record {
        let _ = (seed, run);
        todo!("the engine arrives in the next commits")
    }

    /// The same run, told moment by moment.
    pub fn run_with_timeline(&mut self, seed: u64, run: u64) -> (Record, Timeline) {
        (self.run(seed, run), Timeline::default())
    }
}
