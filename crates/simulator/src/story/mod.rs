//! The story of one run: the objects and Events that `kubectl` would show, and the faults and actions behind
//! them.
//!
//! A recorder stores observations and reports during the run; the narrator then adds names and texts. Runs
//! without a story do none of this, and a run is the same with and without it.

mod event;
mod foreseen;
mod names;
mod narrator;
mod pod;
mod pull;
mod recorder;
mod view;

pub use event::{Component, Event, EventKind, Involved};
pub use view::{
    ConditionView, DeploymentView, Entry, PodIdentity, PodView, Refused, ReplicaSetView, What,
    percent_or_number,
};

use crate::cluster::World;
use crate::model::Model;
use crate::observe::Measures;
use crate::record::Record;
use crate::{Span, Timestamp};
use names::NameTable;
use narrator::StoryBuilder;
use recorder::NoteRecorder;
use std::sync::Arc;

/// The story of one run. Times count from t = 0; earlier times are negative.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// The subject's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Whether it is a Deployment; otherwise a bare `ReplicaSet`.
    pub is_deployment: bool,
    /// Names of the `ReplicaSet`s, in order of creation; entries refer to them by index.
    pub replica_sets: Vec<String>,
    /// The pods, in order of creation; entries refer to them by index.
    pub pods: Vec<PodIdentity>,
    /// Names of the nodes.
    pub nodes: Vec<String>,
    /// The entries, in order of time. Objects that exist at the start come first, at t = 0.
    pub entries: Vec<Entry>,
    /// Number of entries for objects that exist at the start.
    pub opening: usize,
    /// Availability changes of pods, by index, in order of time: the ones from which the availability
    /// measures are computed.
    pub availability: Vec<AvailabilityChange>,
    /// End of the observation.
    pub horizon: Span,
}

/// A pod became available or stopped being available: Ready for the `minReadySeconds` of its `ReplicaSet`,
/// counted from the time in its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvailabilityChange {
    /// When.
    pub at: Span,
    /// Index of the pod.
    pub pod: usize,
    /// Whether it is available from now on.
    pub is_available: bool,
}

impl Story {
    /// The story of run number `run` of `seed`, identical to the run of a [`Simulator`](crate::Simulator).
    #[must_use]
    pub fn of(model: &Model, seed: u64, run: u64) -> Self {
        let mut recorder = StoryRecorder::new(model);
        recorder.run(seed, run);
        recorder.story()
    }
}

/// Runs replications of one model like a [`Simulator`](crate::Simulator), reuses the memory, and records what
/// a story needs. Names and texts are added when the story is requested.
pub struct StoryRecorder {
    world: World<(Measures, NoteRecorder)>,
    model: Arc<Model>,
    start: Timestamp,
}

impl StoryRecorder {
    /// A recorder for runs of `model`.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let model = Arc::new(model.clone());
        let observers = (Measures::new(0, &model), NoteRecorder::default());
        Self { world: World::modelled(Arc::clone(&model), observers), model, start: Timestamp::ZERO }
    }

    /// Run number `run` of `seed`. The record is identical to the one of a [`Simulator`](crate::Simulator).
    pub fn run(&mut self, seed: u64, run: u64) -> Record {
        self.start = self.world.begin(seed, run);
        let end = self.start + self.model.horizon;
        self.world.run_until(end);
        let ((measures, recorder), api) = self.world.observer_and_api();
        recorder.advance(end);
        measures.finish(run, end, api)
    }

    /// The story of the last run.
    #[must_use]
    pub fn story(&mut self) -> Story {
        let names = NameTable::of(&self.world);
        let recorder = self.world.observer_and_api().0.1.clone();
        StoryBuilder::new(&self.model, &names, self.start).tell(recorder)
    }
}
