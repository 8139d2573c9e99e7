//! Running replications of one model.

use crate::cluster::World;
use crate::model::Model;
use crate::observe::Measures;
use crate::record::{Record, Timeline};
use std::sync::Arc;

/// Runs replications of one model, one after another, in one world whose memory is reused.
pub struct Simulator {
    world: World<Measures>,
    model: Arc<Model>,
}

impl Simulator {
    /// A simulator for `model`. Each record samples the available pods at `grid_points` moments spread
    /// evenly over [0, horizon], both ends included; 0 samples nothing.
    #[must_use]
    pub fn new(model: &Model, grid_points: usize) -> Self {
        let model = Arc::new(model.clone());
        let measures = Measures::new(grid_points, model.horizon, &model.subject.name);
        Self { world: World::modelled(Arc::clone(&model), measures), model }
    }

    /// Run number `run` of `seed`. The result depends on the model, the seed and the number only.
    pub fn run(&mut self, seed: u64, run: u64) -> Record {
        let start = self.world.begin(seed, run);
        let end = start + self.model.horizon;
        self.world.run_until(end);
        self.world.record(run, end)
    }

    /// The same run, told moment by moment.
    pub fn run_with_timeline(&mut self, seed: u64, run: u64) -> (Record, Timeline) {
        self.world.observer_mut().keep_timeline();
        let record = self.run(seed, run);
        (record, self.world.observer_mut().take_timeline())
    }
}
