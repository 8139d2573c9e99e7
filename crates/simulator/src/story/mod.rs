//! The story of one run as a value: what `kubectl` would have shown of it, and what happened unseen.
//!
//! A recorder notes what it sees and hears while the run goes on; the narrator then gives everything its
//! name and its words. Nothing of it happens in a run that nobody asks the story of, and a run is the same
//! with and without it.

mod event;
mod foreseen;
mod lexicon;
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
use lexicon::Lexicon;
use narrator::Narrator;
use recorder::Recorder;
use std::sync::Arc;

/// The story of one run. Times count from t = 0; what is older has a negative time.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// The subject's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// It is a Deployment rather than a bare `ReplicaSet`.
    pub is_deployment: bool,
    /// Names of the `ReplicaSet`s, in order of creation; entries refer to them by index.
    pub replica_sets: Vec<String>,
    /// The pods, in order of creation; entries refer to them by index.
    pub pods: Vec<PodIdentity>,
    /// Names of the nodes.
    pub nodes: Vec<String>,
    /// What happened, in order of time. The objects that exist at the start come first, at t = 0.
    pub entries: Vec<Entry>,
    /// How many of the entries tell what exists at the start.
    pub opening: usize,
    /// When pods, by index, became available or no longer were, in order of time: the very turns from which the
    /// measures of availability are taken.
    pub availability: Vec<AvailabilityTurn>,
    /// When the observation ended.
    pub horizon: Span,
}

/// A pod became available, or no longer is: Ready for the `minReadySeconds` of its `ReplicaSet`, counted from the
/// time that its condition states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvailabilityTurn {
    /// When.
    pub at: Span,
    /// Index of the pod.
    pub pod: usize,
    /// It is from now on.
    pub is_available: bool,
}

impl Story {
    /// The story of run number `run` of `seed`, the very run that a [`Simulator`](crate::Simulator) makes of
    /// it.
    #[must_use]
    pub fn of(model: &Model, seed: u64, run: u64) -> Self {
        let mut teller = Teller::new(model);
        teller.run(seed, run);
        teller.story()
    }
}

/// Runs replications of one model as a [`Simulator`](crate::Simulator) does, one after another in one world
/// whose memory is reused, and notes everything that a story needs. The notes are plain values: names and words
/// are found for them when the story is asked for.
pub struct Teller {
    world: World<(Measures, Recorder)>,
    model: Arc<Model>,
    start: Timestamp,
}

impl Teller {
    /// A teller of runs of `model`.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let model = Arc::new(model.clone());
        let observers = (Measures::new(0, &model), Recorder::default());
        Self { world: World::modelled(Arc::clone(&model), observers), model, start: Timestamp::ZERO }
    }

    /// Run number `run` of `seed`. The record is the one that a [`Simulator`](crate::Simulator) makes.
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
        let lexicon = Lexicon::of(&self.world);
        let recorder = self.world.observer_and_api().0.1.clone();
        Narrator::new(&self.model, &lexicon, self.start).tell(recorder)
    }
}
