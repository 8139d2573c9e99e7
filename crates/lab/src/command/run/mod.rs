//! `rollout-lab run`: the main job.

mod batch;
mod conclude;
mod intake;
mod interrupt;
mod page;
mod progress;
mod resume;

pub(crate) use interrupt::Interrupt;
pub(crate) use progress::Progress;

pub use batch::{Batch, Extras, Files, Replicator, Stopped, Watch};

use super::report::Report;
use super::source::{self, Source};
use super::{Ending, Stop, error, note};
use crate::args::RunArgs;
use crate::experiment::Experiment;
use crate::results::{Aim, Fan, ResultFolder, Summary};
use crate::write::{count, runs};
use simulator::Simulator;
use std::io::Write;
use std::path::PathBuf;

/// Runs each scenario and reports.
///
/// # Errors
/// Wrong scenarios, results that cannot be written, what cannot be resumed, or Ctrl-C.
pub fn execute(args: &RunArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    args.format.check()?;
    let sources = source::load_all(&args.scenarios, &source::variant(&args.set)?)?;
    let batches: Vec<Batch> = sources.iter().map(|source| batch(args, source)).collect();
    check_places(args, &batches)?;
    let experiment = Experiment::new(args.threads).map_err(error)?;
    let interrupt = Interrupt::listen();
    let mut report = Report::new(args.output, args.quiet);
    for (source, batch) in sources.iter().zip(&batches) {
        let done = run_one(args, source, batch, &experiment, &interrupt);
        match done {
            Ok(Done::Whole(summary, place)) => report.summary(out, source, &summary, &place)?,
            Ok(Done::Shard(runs, place)) => report.shard(out, batch, runs, &place)?,
            Err(Stopped::Failed(why)) => return Err(error(why)),
            Err(Stopped::Interrupted { finished, of, partial, summary }) => {
                if let Some(summary) = &summary {
                    report.summary(out, source, summary, &partial)?;
                }
                report.finish(out)?;
                return Err(Stop::Interrupted(format!(
                    "interrupted: {} of {} are in {}\nThe same command with --resume goes on",
                    count(finished),
                    runs(of),
                    partial.display()
                )));
            }
        }
    }
    report.finish(out)
}

/// All places are looked at before the first run.
fn check_places(args: &RunArgs, batches: &[Batch]) -> Result<(), Stop> {
    let mut errors = Vec::new();
    for batch in batches {
        // A shard does not lie beside others' files either.
        ResultFolder::check(&args.out, &batch.facts.scenario).map_err(error)?;
        if args.resume {
            errors.extend(batch.earlier(&args.out).err().map(|why| format!("error: {why}")));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Stop::Refused(errors.join("\n"))) }
}

/// Where a batch that runs until an interval is narrow gives up, unless `--runs` says otherwise.
const MOST_RUNS_UNASKED: u64 = 1_000_000;

fn batch(args: &RunArgs, source: &Source) -> Batch {
    let until = args.until_half_width.map(|half_width| Aim { question: args.of, half_width });
    let default_runs = if until.is_some() { MOST_RUNS_UNASKED } else { source.runs() };
    Batch {
        facts: source.facts(args.seed.unwrap_or(source.seed())),
        runs: args.runs.map_or(default_runs, std::num::NonZero::get),
        until,
        grid_points: Fan::GRID_POINTS,
        resolved: source.resolved(),
        shard: args.shard,
        inputs: source.inputs().clone(),
    }
}

/// What came of a batch, and where it lies.
enum Done {
    Whole(Box<Summary>, PathBuf),
    /// One shard, with so many runs.
    Shard(u64, PathBuf),
}

fn run_one(
    args: &RunArgs,
    source: &Source,
    batch: &Batch,
    experiment: &Experiment,
    interrupt: &Interrupt,
) -> Result<Done, Stopped> {
    let files =
        batch.files(&args.out, args.resume, Extras { png: args.png, parquet: args.format.is_parquet() })?;
    if !args.quiet {
        source.notes().iter().for_each(|text| note(text));
        if let Some(part) = &files.earlier {
            let done = runs(part.runs);
            note(&format!("{} goes on after {done}", source.name()));
        }
    }
    let progress = Progress::new(source.name(), batch.own_runs(), args.quiet);
    let watch = OnScreen { progress: &progress, interrupt };
    let simulator = |grid_points| Simulator::new(source.model(), grid_points);
    let done = if batch.shard.is_some() {
        let done = batch.run_shard(experiment, files, simulator, &watch);
        done.map(|(runs, place)| Done::Shard(runs, place))
    } else {
        let done = batch.run(experiment, files, simulator, source.jury(), &watch);
        done.map(|(summary, place)| Done::Whole(Box::new(summary), place))
    };
    progress.finish();
    done
}

/// A batch that a person watches.
pub(crate) struct OnScreen<'a> {
    pub(crate) progress: &'a Progress,
    pub(crate) interrupt: &'a Interrupt,
}

impl Watch for OnScreen<'_> {
    fn wants_to_stop(&self) -> bool {
        self.interrupt.is_pressed()
    }

    fn run_finished(&self) {
        self.progress.tick();
    }
}
