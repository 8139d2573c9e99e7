//! One scenario's batch: run(seed, k) -> record -> rows -> statistics -> files.

use super::conclude::{conclude, median_run};
use super::intake::Intake;
use super::page;
use crate::experiment::Experiment;
use analysis::objectives::ObjectiveCollector;
use analysis::results::{
    Aim, BatchFacts, BatchOrder, Part, ResultFile, ResultFolder, SHARDS, Shard, Summary,
};
use analysis::tables::example::ExamplePods;
use analysis::tables::provenance::{Provenance, VERSION};
use measures::stats::{Look, Miss, looks};
use report::html::RunStory;
use report::terminal;
use scenario::Inputs;
use simulator::Simulator;
use simulator::record::{Record, Timeline};
use std::error::Error;
use std::io::Write as _;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

/// Anything that runs replications.
pub trait Replicator: Send {
    /// Run number `run` of `seed`.
    fn run(&mut self, seed: u64, run: u64) -> Record;
    /// The same run, shown moment by moment.
    fn run_with_timeline(&mut self, seed: u64, run: u64) -> (Record, Timeline);
    /// The events of that run; `None` if the replicator cannot tell.
    fn story(&mut self, _seed: u64, _run: u64) -> Option<RunStory> {
        None
    }
}

impl Replicator for Simulator {
    fn run(&mut self, seed: u64, run: u64) -> Record {
        Simulator::run(self, seed, run)
    }

    fn run_with_timeline(&mut self, seed: u64, run: u64) -> (Record, Timeline) {
        Simulator::run_with_timeline(self, seed, run)
    }

    fn story(&mut self, seed: u64, run: u64) -> Option<RunStory> {
        Some(RunStory::of(self.model(), seed, run))
    }
}

/// Observes a batch while it runs. Called from any thread.
pub trait Watch: Sync {
    /// Whether the batch should stop before its next run.
    fn wants_to_stop(&self) -> bool;
    /// One more run is finished.
    fn run_finished(&self);
}

/// What to run.
pub struct Batch {
    /// What is known before.
    pub facts: BatchFacts,
    /// How many runs, from number 0; with an aim, how many at most.
    pub runs: u64,
    /// The interval whose width decides how many runs there are.
    pub until: Option<Aim>,
    /// Moments at which available pods are sampled.
    pub grid_points: usize,
    /// The scenario with everything resolved, for the provenance.
    pub resolved: String,
    /// Which part of the runs; `None` for all of them.
    pub shard: Option<Shard>,
    /// What the scenario was read from.
    pub inputs: Inputs,
}

/// Where the results go.
pub struct Files {
    /// The folder.
    pub folder: ResultFolder,
    /// What an earlier attempt has left in it; `None` for an empty folder.
    pub earlier: Option<Part>,
    /// What else is wanted.
    pub extras: Extras,
}

/// The same results in other formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extras {
    /// The charts as PNG.
    pub png: bool,
    /// The tables as Parquet.
    pub parquet: bool,
}

/// Why there is no summary.
#[derive(Debug)]
pub enum Stopped {
    /// Something could not be written.
    Failed(Box<dyn Error + Send + Sync>),
    /// The user had enough.
    Interrupted {
        /// Runs that are in the partial folder.
        finished: u64,
        /// Runs that were to be there.
        of: u64,
        /// That folder.
        partial: PathBuf,
        /// What the finished runs say; `None` without any, and of a shard.
        summary: Option<Box<Summary>>,
    },
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// How the replications ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    All,
    Interrupted,
}

/// A batch whose runs are in, all of them or as many as there was time for.
pub(super) struct Replicated<'a> {
    folder: ResultFolder,
    extras: Extras,
    intake: Intake<'a>,
    ended: Ended,
}

impl Replicated<'_> {
    /// Whether runs are missing, because the user had enough.
    pub(super) fn is_interrupted(&self) -> bool {
        self.ended == Ended::Interrupted
    }
}

impl Batch {
    /// What decides the bytes of this batch.
    pub fn order(&self) -> BatchOrder {
        BatchOrder {
            version: VERSION.to_owned(),
            scenario: self.facts.scenario.clone(),
            seed: self.facts.seed,
            runs: self.runs,
            until: self.until.map(|aim| aim.to_string()),
            shard: self.shard,
            inputs: self.inputs.clone(),
        }
    }

    /// The folder that contains the folder of results, and the name of the folder of results.
    pub fn place(&self, out: &Path) -> (PathBuf, String) {
        let scenario = &self.facts.scenario;
        match self.shard {
            None => (out.to_owned(), scenario.clone()),
            Some(shard) => (out.join(scenario).join(SHARDS), shard.folder_name()),
        }
    }

    /// How many runs it has itself, at most.
    pub(super) fn own_runs(&self) -> u64 {
        self.shard.map_or(self.runs, |shard| shard.share_of(self.runs))
    }

    /// The number of the run at `position` of its own runs.
    fn run_at(&self, position: u64) -> u64 {
        self.shard.map_or(position, |shard| shard.run_at(position))
    }

    fn provenance(&self) -> Provenance {
        let facts = &self.facts;
        Provenance::new(facts.scenario.clone(), facts.seed, self.runs, self.resolved.clone())
            .of_shard(self.shard)
    }

    /// Runs the batch and moves its files into place.
    ///
    /// # Errors
    /// A file that cannot be written or read back, or the interruption that `watch` asked for.
    pub fn run<R: Replicator>(
        &self,
        experiment: &Experiment,
        files: Files,
        simulator: impl Fn(usize) -> R + Sync,
        objectives: ObjectiveCollector<'_>,
        watch: &impl Watch,
    ) -> Result<(Summary, PathBuf), Stopped> {
        let replicated = self.replications(experiment, files, &simulator, objectives, watch)?;
        self.conclusions(replicated, &mut simulator(self.grid_points))
    }

    /// The first half of [`Batch::run`]: all runs, from which nothing is concluded yet.
    ///
    /// # Errors
    /// A file that cannot be written or read back.
    pub(super) fn replications<'a, R: Replicator>(
        &self,
        experiment: &Experiment,
        files: Files,
        simulator: &(impl Fn(usize) -> R + Sync),
        objectives: ObjectiveCollector<'a>,
        watch: &impl Watch,
    ) -> Result<Replicated<'a>, Stopped> {
        let Files { folder, earlier, extras } = files;
        let (intake, ended) = self.replicate(experiment, &folder, earlier, simulator, objectives, watch)?;
        Ok(Replicated { folder, extras, intake, ended })
    }

    /// The other half: what the runs say. It is the work of one thread, while others may run the next batch.
    ///
    /// # Errors
    /// As [`Batch::run`].
    pub(super) fn conclusions(
        &self,
        replicated: Replicated<'_>,
        simulator: &mut impl Replicator,
    ) -> Result<(Summary, PathBuf), Stopped> {
        let Replicated { folder, extras, intake, ended } = replicated;
        if ended == Ended::All {
            return self.finish(folder, intake, simulator, extras);
        }
        let (finished, partial) = (intake.len(), folder.partial().to_owned());
        let summary = if finished > 0 {
            Some(Box::new(self.conclude(&folder, intake, simulator, extras, ended)?))
        } else {
            None
        };
        Err(Stopped::Interrupted { finished, of: self.runs, partial, summary })
    }

    /// Runs one shard of the batch and moves its files into place; how many runs it has.
    ///
    /// # Errors
    /// As [`Batch::run`].
    pub fn run_shard<R: Replicator>(
        &self,
        experiment: &Experiment,
        files: Files,
        simulator: impl Fn(usize) -> R + Sync,
        watch: &impl Watch,
    ) -> Result<(u64, PathBuf), Stopped> {
        let Files { folder, earlier, .. } = files;
        let (mut intake, ended) =
            self.replicate(experiment, &folder, earlier, &simulator, ObjectiveCollector::default(), watch)?;
        // A shard without runs is a shard all the same.
        intake.save(None)?;
        let runs = intake.len();
        if ended == Ended::Interrupted {
            let partial = folder.partial().to_owned();
            return Err(Stopped::Interrupted { finished: runs, of: self.own_runs(), partial, summary: None });
        }
        let provenance = self.provenance().finished(intake.digest()).to_json();
        folder.write(ResultFile::Provenance, provenance.as_bytes())?;
        intake.save(Some(&provenance))?;
        Ok((runs, folder.finish()?))
    }

    /// Joins the shards that lie in these folders, in order and all of them, and moves the whole into place.
    ///
    /// # Errors
    /// As [`Batch::run`].
    pub fn merge<R: Replicator>(
        &self,
        shards: &[(PathBuf, Part)],
        files: Files,
        simulator: &mut R,
        objectives: ObjectiveCollector<'_>,
        watch: &impl Watch,
    ) -> Result<(Summary, PathBuf), Stopped> {
        let Files { folder, extras, .. } = files;
        folder.write(ResultFile::Provenance, self.provenance().to_json().as_bytes())?;
        let mut intake = Intake::begin(&folder, self, objectives)?;
        if let ControlFlow::Break(stopped) = intake.join(shards, self.runs, watch)? {
            return Err(stopped);
        }
        self.finish(folder, intake, simulator, extras)
    }

    /// Writes what only a finished batch has, and moves the folder into place.
    fn finish(
        &self,
        folder: ResultFolder,
        intake: Intake<'_>,
        simulator: &mut impl Replicator,
        extras: Extras,
    ) -> Result<(Summary, PathBuf), Stopped> {
        let summary = self.conclude(&folder, intake, simulator, extras, Ended::All)?;
        // A batch that aims at an interval may have stopped before its limit.
        let provenance = self.provenance().of_runs(summary.runs).finished(summary.digest.clone());
        folder.write(ResultFile::Provenance, provenance.to_json().as_bytes())?;
        // In this order: a process that is killed in between begins again.
        folder.remove(ResultFile::Part)?;
        folder.remove(ResultFile::Order)?;
        Ok((summary, folder.finish()?))
    }

    /// Draws the conclusions and writes them next to the rows.
    fn conclude(
        &self,
        folder: &ResultFolder,
        intake: Intake<'_>,
        simulator: &mut impl Replicator,
        extras: Extras,
        ended: Ended,
    ) -> Result<Summary, Stopped> {
        let Intake { rows, collector, objectives, fan, digest, stopping, .. } = intake;
        let shown = median_run(&rows, self.facts.seed, simulator)?;
        let promised = shown.timeline.points.first().map(|point| point.promised);
        let facts = BatchFacts { promised, ..self.facts.clone() };
        let summary =
            collector.conclude(facts, digest.finish(), objectives.finish()).ok_or("there are no runs")?;
        let interrupted_of = (ended == Ended::Interrupted).then_some(self.runs);
        let story = shown.story.as_ref().map(|shown| &shown.story);
        let (pods, example) = story.map(|story| ExamplePods::of(story, shown.row.run)).unzip();
        let summary = Summary { example, stopping, interrupted_of, ..summary };
        conclude(folder, &summary, &rows, &fan, &shown, pods.flatten().as_ref(), extras)?;
        page::write(folder, &summary, &rows, &shown, &self.resolved, simulator)?;
        // The rows of a large batch were read from their file.
        rows.check()?;
        Ok(summary)
    }

    /// Runs the replications, all of them or up to the look at which the aim is reached, and takes their
    /// records in. What an earlier attempt has finished is not run again.
    fn replicate<'a, R: Replicator>(
        &self,
        experiment: &Experiment,
        folder: &ResultFolder,
        earlier: Option<Part>,
        simulator: &(impl Fn(usize) -> R + Sync),
        objectives: ObjectiveCollector<'a>,
        watch: &impl Watch,
    ) -> Result<(Intake<'a>, Ended), Stopped> {
        // First of all, so that even a folder without a row is known to be ours, and can be resumed.
        folder.write(ResultFile::Provenance, self.provenance().to_json().as_bytes())?;
        let mut intake = match earlier {
            None => {
                folder.write(ResultFile::Order, self.order().to_json().as_bytes())?;
                Intake::begin(folder, self, objectives)?
            }
            Some(part) => Intake::resume(folder, self, objectives, part)?,
        };
        for look in self.looks() {
            intake.recall(look.runs, |position| self.run_at(position), watch)?;
            let rest = intake.len()..look.runs;
            if self.stretch(rest, experiment, simulator, watch, &mut intake)? == Ended::Interrupted {
                return Ok((intake, Ended::Interrupted));
            }
            if intake.look(look) {
                break;
            }
        }
        Ok((intake, Ended::All))
    }

    /// The runs after which we look; without an aim, and at the limit, the last one.
    fn looks(&self) -> impl Iterator<Item = Look> {
        let (limit, has_aim) = (self.own_runs(), self.until.is_some());
        let capped = move |look: Look| Look { runs: look.runs.min(limit), ..look };
        let mut is_over = false;
        looks(Miss::ONE_IN_TWENTY)
            .map(move |look| if has_aim { capped(look) } else { Look { runs: limit, ..look } })
            .take_while(move |look| !std::mem::replace(&mut is_over, look.runs == limit))
    }

    /// The runs of one stretch, by their positions.
    fn stretch<R: Replicator>(
        &self,
        positions: Range<u64>,
        experiment: &Experiment,
        simulator: &(impl Fn(usize) -> R + Sync),
        watch: &impl Watch,
        intake: &mut Intake<'_>,
    ) -> Result<Ended, Stopped> {
        let seed = self.facts.seed;
        let run = |simulator: &mut R, k| {
            if watch.wants_to_stop() {
                return None;
            }
            let _blame = Blame { seed, run: k };
            let record = simulator.run(seed, k);
            watch.run_finished();
            Some(record)
        };
        let new_simulator = || simulator(self.grid_points);
        let runs = positions.map(|position| self.run_at(position));
        match experiment.replicate(runs, new_simulator, run, |chunk| intake.take(chunk)) {
            ControlFlow::Continue(()) => Ok(Ended::All),
            ControlFlow::Break(None) => Ok(Ended::Interrupted),
            ControlFlow::Break(Some(failure)) => Err(Stopped::Failed(failure)),
        }
    }
}

/// Names the run in which our own code broke.
struct Blame {
    seed: u64,
    run: u64,
}

impl Drop for Blame {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Failing to say so must not turn one panic into two.
            let _ = writeln!(terminal::stderr(), "this happened in run {} of seed {}", self.run, self.seed);
        }
    }
}
