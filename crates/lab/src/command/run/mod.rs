//! `rollout-lab run`: the main job.

mod batch;
mod interrupt;
pub mod judge;
mod progress;

pub use batch::{Batch, Files, Replicator, Stopped, Watch};

use super::source::{self, Source};
use super::{Ending, Stop};
use crate::args::{OutputFormat, RunArgs};
use crate::experiment::Experiment;
use crate::results::{Aim, ResultFolder, Summary};
use crate::write::summary_json::{pretty, summary_json};
use crate::write::table::Table;
use interrupt::Interrupt;
use progress::Progress;
use serde_json::{Value, json};
use simulator::Simulator;
use std::io::{self, Write};
use std::path::Path;

/// Runs each scenario and reports.
///
/// # Errors
/// Wrong scenarios, results that cannot be written, or Ctrl-C.
pub fn execute(args: &RunArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let sources = load_all(args)?;
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

/// All scenarios are read before the first one runs: a typing error in the last costs no minutes.
fn load_all(args: &RunArgs) -> Result<Vec<Source>, Stop> {
    let (mut sources, mut errors) = (Vec::<Source>::new(), Vec::new());
    for path in source::find(&args.scenarios)? {
        match Source::load(&path) {
            Ok(source) => sources.push(source),
            Err(Stop::Refused(why)) => errors.push(why),
            Err(other) => return Err(other),
        }
    }
    if errors.is_empty() { Ok(sources) } else { Err(Stop::Refused(errors.join("\n"))) }
}

/// Where a batch that runs until an interval is narrow gives up, unless `--runs` says otherwise.
const MOST_RUNS_UNASKED: u64 = 1_000_000;

fn run_one(
    args: &RunArgs,
    source: &Source,
    experiment: &Experiment,
    interrupt: &Interrupt,
) -> Result<(Summary, String), Stop> {
    let until = args.until_half_width.map(|half_width| Aim { measure: args.of, half_width });
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
    let done = batch.run(
        experiment,
        files,
        simulator,
        |rows| source.judge(rows),
        &OnScreen { progress: &progress, interrupt },
    );
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
    let run = summary.worst?.run;
    Some(format!("rollout-lab show {} --seed {} --run {run}", quoted(&source.path), summary.facts.seed))
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
