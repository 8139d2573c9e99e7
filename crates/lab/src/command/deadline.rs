//! `rollout-lab deadline`: which progressDeadlineSeconds?

use super::compare::rows;
use super::run::{Interrupt, Progress};
use super::source::Source;
use super::{Ending, Stop, error, held, note};
use crate::args::{DeadlineArgs, OutputFormat};
use crate::experiment::Experiment;
use analysis::deadline::{DeadlineAdvice, DeadlineFacts};
use analysis::results::Stored;
use analysis::tables::deadline_curve::write_curve;
use analysis::tables::summary_json::pretty;
use measures::Row;
use report::chart::{self, DeadlineChart};
use report::deadline::{AdviceTable, advice_json};
use simulator::model::Trigger;
use std::fs;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::Path;

/// More rows than this add nothing, and no more are held in memory.
const MOST_ROWS: usize = 1_000_000;

/// Reads a batch, or runs one, and gives advice.
///
/// # Errors
/// A wrong scenario or folder, a batch that cannot tell, files that cannot be written, or Ctrl-C.
pub fn execute(args: &DeadlineArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let (facts, rows) = if Stored::is_folder(&args.batch) { of_folder(args)? } else { of_scenario(args)? };
    let advice = DeadlineAdvice::new(facts, rows);
    if advice.ended() + advice.stuck() == 0 {
        let why = "no run has both a rollout and a progress clock: there is no progressDeadlineSeconds, or no change";
        return Err(error(why));
    }
    if let Some(path) = &args.csv {
        let mut bytes = Vec::new();
        write_curve(&mut bytes, &advice).map_err(error)?;
        file(path, &bytes)?;
    }
    if let Some(path) = &args.svg {
        match DeadlineChart::new(&advice) {
            Some(drawn) => file(path, chart::svg(&drawn).map_err(error)?.as_bytes())?,
            None => note("no rollout ends, so there is nothing to draw"),
        }
    }
    match args.printing.output {
        OutputFormat::Table => write!(out, "{}", AdviceTable(&advice))?,
        OutputFormat::Json => out.write_all(pretty(&advice_json(&advice)).as_bytes())?,
    }
    Ok(Ending::Fine)
}

fn file(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let wrong = |cause: io::Error| error(format_args!("cannot write {}: {cause}", path.display()));
    fs::write(path, bytes).map_err(wrong)
}

/// An action waits for the deadline: with another deadline the run would be another one.
const SOMEBODY_ACTS: &str = "an action or a fault of this scenario waits for the progress deadline, so the deadline \
                             decides what happens; take it out and run it again";

fn of_scenario(args: &DeadlineArgs) -> Result<(DeadlineFacts, Vec<Row>), Stop> {
    let source = Source::load(&args.batch)?;
    let waits = |trigger: &Trigger| matches!(trigger, Trigger::DeadlineExceeded { .. });
    let model = source.model();
    let actions = model.actions.iter().map(|action| &action.trigger);
    let faults = model.faults.iter().map(|fault| &fault.window.from);
    if actions.chain(faults).any(waits) {
        return Err(error(SOMEBODY_ACTS));
    }
    let seed = args.sampling.seed.unwrap_or(source.seed());
    let runs = held(args.sampling.runs.map_or(source.runs(), NonZero::get))?;
    let experiment = Experiment::new(args.workers.threads).map_err(error)?;
    let progress = Progress::new(source.name(), runs, args.printing.quiet);
    let rows = rows(source.model(), seed, runs, &experiment, &Interrupt::listen(), &progress);
    progress.finish();
    let simulated = source.facts(seed).deadline;
    Ok((
        DeadlineFacts { scenario: source.name().to_owned(), seed, simulated, rate: args.false_alarms },
        rows?,
    ))
}

fn of_folder(args: &DeadlineArgs) -> Result<(DeadlineFacts, Vec<Row>), Stop> {
    if args.sampling.runs.is_some() || args.sampling.seed.is_some() {
        return Err(error("--runs and --seed are for scenarios; a folder of results holds what it holds"));
    }
    let stored = Stored::open(&args.batch).map_err(error)?;
    if stored.waits_for_deadline {
        return Err(error(SOMEBODY_ACTS));
    }
    let rows = stored.rows(MOST_ROWS).map_err(error)?;
    let facts = DeadlineFacts {
        scenario: stored.scenario,
        seed: stored.seed,
        simulated: stored.deadline,
        rate: args.false_alarms,
    };
    Ok((facts, rows))
}
