//! Running replications of one model.

use crate::Timestamp;
use crate::cluster::{Load, World};
use crate::model::Model;
use crate::observe::{Measures, Moment, MomentRecorder, RecordedStep, StepRecorder};
use crate::record::{ConditionSummary, Record, RefusalSummary, Timeline};
use controller::api::TemplateId;
use std::sync::Arc;

/// Runs replications of one model one after another and reuses the memory.
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

    /// Run number `run` of `seed`. The result depends only on the model, the seed and the number.
    pub fn run(&mut self, seed: u64, run: u64) -> Record {
        let start = self.world.begin(seed, run);
        let end = start + self.model.horizon;
        self.load = self.world.run_until(end);
        let (measures, api) = self.world.observer_and_api();
        measures.finish(run, end, api)
    }

    /// Amount of work of the last run.
    #[must_use]
    pub const fn load(&self) -> Load {
        self.load
    }

    /// The refusals of the last run, merged by kind of call, in order of the first.
    #[must_use]
    pub fn refusals(&self) -> Vec<RefusalSummary> {
        self.world.refusal_summaries()
    }

    /// The conditions at the end of the last run.
    #[must_use]
    pub fn conditions(&self) -> Vec<ConditionSummary> {
        self.world.condition_summaries()
    }

    /// The simulated model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The same run, with its timeline.
    pub fn run_with_timeline(&mut self, seed: u64, run: u64) -> (Record, Timeline) {
        self.world.observer_and_api().0.keep_timeline();
        let record = self.run(seed, run);
        (record, self.world.observer_and_api().0.take_timeline())
    }
}

/// Number of pods without a node at the start, because of resources, labels or taints.
#[must_use]
pub fn pods_without_room(model: &Model) -> usize {
    let mut world = World::modelled(Arc::new(model.clone()), ());
    world.begin(0, 0);
    world.api().pods.iter().filter(|pod| pod.node.is_none()).count()
}

/// A run in the format of the recordings.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// Bursts of writes and the state after each. Times are on the API server's clock.
    pub steps: Vec<RecordedStep>,
    /// t = 0 on that clock, less than a second after its zero.
    pub start: Timestamp,
    /// Templates in the order in which they got their first `ReplicaSet`.
    pub first_used: Vec<TemplateId>,
    /// The first container's image of each template.
    pub images: Vec<String>,
}

impl Steps {
    /// Run number `run` of `seed`, identical to the run of a [`Simulator`].
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

/// The digest after each moment of run number `run` of `seed`, identical to the run of a [`Simulator`].
#[must_use]
pub fn moments(model: &Model, seed: u64, run: u64) -> Vec<Moment> {
    let mut world = World::modelled(Arc::new(model.clone()), MomentRecorder::default());
    let start = world.begin(seed, run);
    world.run_until(start + model.horizon);
    world.into_parts().0.finish()
}
