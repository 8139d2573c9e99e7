//! Running replications of one model.

use crate::Timestamp;
use crate::cluster::{Load, World};
use crate::model::Model;
use crate::observe::{Measures, Moment, MomentRecorder, Step, StepRecorder};
use crate::record::{ConditionTold, Record, RefusalTold, Timeline};
use controller::api::TemplateId;
use std::sync::Arc;

/// Runs replications of one model, one after another, in one world whose memory is reused.
pub struct Simulator {
    world: World<Measures>,
    model: Arc<Model>,
    load: Load,
}

impl Simulator {
    /// A simulator for `model`. Each record samples the available pods at `grid_points` moments spread
    /// evenly over [0, horizon], both ends included; 0 samples nothing.
    #[must_use]
    pub fn new(model: &Model, grid_points: usize) -> Self {
        let model = Arc::new(model.clone());
        let measures = Measures::new(grid_points, &model);
        Self { world: World::modelled(Arc::clone(&model), measures), model, load: Load::default() }
    }

    /// Run number `run` of `seed`. The result depends on the model, the seed and the number only.
    pub fn run(&mut self, seed: u64, run: u64) -> Record {
        let start = self.world.begin(seed, run);
        let end = start + self.model.horizon;
        self.load = self.world.run_until(end);
        let (measures, api) = self.world.observer_and_api();
        measures.finish(run, end, api)
    }

    /// How much there was to do in the last run.
    #[must_use]
    pub const fn load(&self) -> Load {
        self.load
    }

    /// The refusals of the last run that are worth telling, each kind of call once, in order of the first.
    #[must_use]
    pub fn refusals(&self) -> Vec<RefusalTold> {
        self.world.refusals_told()
    }

    /// The conditions at the end of the last run.
    #[must_use]
    pub fn conditions(&self) -> Vec<ConditionTold> {
        self.world.conditions_told()
    }

    /// What is simulated.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The same run, told moment by moment.
    pub fn run_with_timeline(&mut self, seed: u64, run: u64) -> (Record, Timeline) {
        self.world.observer_and_api().0.keep_timeline();
        let record = self.run(seed, run);
        (record, self.world.observer_and_api().0.take_timeline())
    }
}

/// How many pods find no node at the start, for want of room or because labels and taints keep them out.
#[must_use]
pub fn pods_without_room(model: &Model) -> usize {
    let mut world = World::modelled(Arc::new(model.clone()), ());
    world.begin(0, 0);
    world.api().pods.iter().filter(|pod| pod.node.is_none()).count()
}

/// A run in the terms of the recordings.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// Bursts of writes and the state after each. Times are on the API server's clock.
    pub steps: Vec<Step>,
    /// t = 0 on that clock, less than a second after its zero.
    pub start: Timestamp,
    /// Templates in the order in which they got their first `ReplicaSet`.
    pub first_used: Vec<TemplateId>,
    /// The first container's image of each template.
    pub images: Vec<String>,
}

impl Steps {
    /// Run number `run` of `seed`, the very run that a [`Simulator`] makes of it.
    #[must_use]
    pub fn of(model: &Model, seed: u64, run: u64) -> Self {
        let mut world = World::modelled(Arc::new(model.clone()), StepRecorder::default());
        let start = world.begin(seed, run);
        world.run_until(start + model.horizon);
        let images = world.template_images();
        let (recorder, api) = world.into_parts();
        let (steps, first_used) = recorder.finish(&api);
        Self { steps, start, first_used, images }
    }
}

/// The digest after each moment of a run: run number `run` of `seed`, the very run that a
/// [`Simulator`] makes of it.
#[must_use]
pub fn moments(model: &Model, seed: u64, run: u64) -> Vec<Moment> {
    let mut world = World::modelled(Arc::new(model.clone()), MomentRecorder::default());
    let start = world.begin(seed, run);
    world.run_until(start + model.horizon);
    world.into_parts().0.finish()
}
