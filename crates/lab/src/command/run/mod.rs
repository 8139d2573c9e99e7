//! `rollout-lab run`: the main job.

mod batch;
mod interrupt;
pub mod judge;
mod progress;

pub(crate) use interrupt::Interrupt;
pub(crate) use progress::Progress;

pub use batch::{Batch, Files, Replicator, Stopped, Watch};

use super::source::{self, Source};
use super::{Ending, Stop};
use crate::args::{OutputFormat, RunArgs};
use crate::experiment::Experiment;
use crate::results::{Aim, ResultFolder, Summary};
use crate::write::summary_json::{pretty, summary_json};
use crate::write::table::Table;
use serde_json::{Value, json};
use simulator::Simulator;
use std::io::{self, Write};

/// Runs each scenario and reports.
///
/// # Errors
/// Wrong scenarios, results that cannot be written, or Ctrl-C.
pub fn execute(args: &RunArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let sources = source::load_all(&args.scenarios, &source::variant(&args.set)?)?;
    for source in &sources {
        ResultFolder::check(&args.out, source.name()).map_err(error)?;
    }
    let experiment = Experiment::new(args.threads).map_err(error)?;
    let interrupt = Interrupt::listen();
    let (mut ending, mut answers) = (Ending::Fine, Vec::new());
    for (index, source) in sources.iter().enumerate() {
        let (summary, place) = run_one(args, source, &experiment, &interrupt)?;
        match args.output {
            OutputFormat::Table => print_table(out, index, args, source, &summary, &place)?,
            OutputFormat::Json => answers.push(answer(source, &summary, &place)),
        }
        if summary.has_missed_objective() {
            ending = Ending::Finding;
        }
    }
    if args.output == OutputFormat::Json {
        out.write_all(pretty(&json!({ "scenarios": answers })).as_bytes())?;
    }
    Ok(ending)
}

/// Where a batch that runs until an interval is narrow gives up, unless `--runs` says otherwise.
const MOST_RUNS_UNASKED: u64 = 1_000_000;

fn run_one(
    args: &RunArgs,
    source: &Source,
    experiment: &Experiment,
    interrupt: &Interrupt,
) -> Result<(Summary, String), Stop> {
    let until = args.until_half_width.map(|half_width| Aim { question: args.of, half_width });
    let default_runs = if until.is_some() { MOST_RUNS_UNASKED } else { source.runs() };
    let batch = Batch {
        facts: source.facts(args.seed.unwrap_or(source.seed())),
        runs: args.runs.map_or(default_runs, std::num::NonZero::get),
        until,
        grid_points: crate::results::Fan::GRID_POINTS,
        resolved: source.resolved(),
    };
    if !args.quiet {
        // Notes are a service: a closed stderr is no reason to stop.
        source.notes().iter().for_each(|note| drop(writeln!(io::stderr(), "note: {note}")));
    }
    let files =
        Files { folder: ResultFolder::begin(&args.out, source.name()).map_err(error)?, png: args.png };
    let progress = Progress::new(source.name(), batch.runs, args.quiet);
    let simulator = |grid_points| Simulator::new(source.model(), grid_points);
    let done =
        batch.run(experiment, files, simulator, source.jury(), &OnScreen { progress: &progress, interrupt });
    progress.finish();
    match done {
        Ok((summary, place)) => Ok((summary, place.display().to_string())),
        Err(Stopped::Failed(why)) => Err(error(why)),
        Err(Stopped::Interrupted { finished, partial }) => Err(Stop::Interrupted(format!(
            "interrupted: {finished} of {} runs are in {}",
            batch.runs,
            partial.display()
        ))),
    }
}

/// A batch that a person watches.
struct OnScreen<'a> {
    progress: &'a Progress,
    interrupt: &'a Interrupt,
}

impl Watch for OnScreen<'_> {
    fn wants_to_stop(&self) -> bool {
        self.interrupt.is_pressed()
    }

    fn run_finished(&self) {
        self.progress.tick();
    }
}

fn error(why: impl std::fmt::Display) -> Stop {
    Stop::refused(format!("error: {why}"))
}

fn print_table(
    out: &mut impl Write,
    index: usize,
    args: &RunArgs,
    source: &Source,
    summary: &Summary,
    place: &str,
) -> Result<(), Stop> {
    if args.quiet {
        return Ok(());
    }
    if index > 0 {
        writeln!(out)?;
    }
    write!(out, "{}", Table(summary))?;
    writeln!(out, "\nFiles   {place}/")?;
    if let Some(replay) = replay(source, summary) {
        writeln!(out, "Replay  the worst run: {replay}")?;
    }
    Ok(())
}

/// The summary, and what no file of results may contain: paths.
fn answer(source: &Source, summary: &Summary, place: &str) -> Value {
    let mut answer = summary_json(summary);
    answer["files"] = place.into();
    answer["replay"] = replay(source, summary).into();
    answer
}

/// The line that replays the worst run.
fn replay(source: &Source, summary: &Summary) -> Option<String> {
    summary.worst.map(|worst| source.replay(summary.facts.seed, worst.run))
}
