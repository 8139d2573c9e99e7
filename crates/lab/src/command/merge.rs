//! `rollout-lab merge`: the shards of a batch become the batch.

use super::report::Report;
use super::run::{Batch, Extras, Files, IdleFaults, Interrupt, OnScreen, Progress, Stopped};
use super::source::Source;
use super::{Ending, Stop, error};
use crate::args::MergeArgs;
use analysis::results::{Fan, ResultFolder, Shards, UnmergedError};
use measures::units::{count, runs};
use simulator::Simulator;
use std::io::Write;
use std::num::NonZeroU64;

/// Joins the shards of every batch below the folders, and reports as `run` does.
///
/// # Errors
/// Shards that are missing, broken or of different batches; results that cannot be written; Ctrl-C.
pub fn execute(args: &MergeArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    args.tables.format.check()?;
    let found = match Shards::find(&args.parts, args.shards.map(NonZeroU64::get)) {
        Ok(_) if args.missing => return Ok(Ending::Fine),
        Ok(found) => found,
        Err(unmerged) => return tell_missing(args, &unmerged, out),
    };
    for shards in &found {
        ResultFolder::check(&args.out, &shards.order.scenario).map_err(error)?;
    }
    let interrupt = Interrupt::listen();
    let mut report = Report::new(args.printing.output, args.printing.quiet);
    for shards in &found {
        let source = Source::of_inputs(&shards.order.scenario, &shards.order.inputs)?;
        match merge_one(args, shards, &source, &interrupt) {
            Ok((summary, place)) => report.summary(out, &source, &summary, &place, &IdleFaults::default())?,
            Err(Stopped::Failed(why)) => return Err(error(why)),
            Err(Stopped::Interrupted { finished, of, .. }) => {
                let (joined, of) = (count(finished), runs(of));
                return Err(Stop::Interrupted(format!("interrupted: {joined} of {of} were joined")));
            }
        }
    }
    report.finish(out)
}

/// Prints the shards to run again where they are asked for, and says what is wrong otherwise. A user who states the
/// number of shards waits for them.
fn tell_missing(args: &MergeArgs, unmerged: &UnmergedError, out: &mut impl Write) -> Result<Ending, Stop> {
    let why = unmerged.messages.join("\n");
    match (unmerged.is_only_missing, args.missing, args.shards) {
        (true, true, _) => {
            writeln!(out, "{}", unmerged.numbers())?;
            Ok(Ending::Incomplete)
        }
        (true, false, Some(_)) => Err(Stop::Incomplete(why)),
        _ => Err(Stop::Refused(why)),
    }
}

fn merge_one(
    args: &MergeArgs,
    shards: &Shards,
    source: &Source,
    interrupt: &Interrupt,
) -> Result<(analysis::results::Summary, std::path::PathBuf), Stopped> {
    let order = &shards.order;
    let batch = Batch {
        facts: source.facts(order.seed),
        runs: order.runs,
        until: None,
        grid_points: Fan::GRID_POINTS,
        resolved: source.resolved(),
        shard: None,
        inputs: order.inputs.clone(),
    };
    let folder = ResultFolder::begin(&args.out, &order.scenario)?;
    let files = Files {
        folder,
        earlier: None,
        extras: Extras { png: args.tables.png, parquet: args.tables.format.is_parquet() },
    };
    let progress = Progress::new(&order.scenario, order.runs, args.printing.quiet);
    let watch = OnScreen { progress: &progress, interrupt };
    let mut simulator = Simulator::new(source.model(), batch.grid_points);
    let merged = batch.merge(&shards.parts, files, &mut simulator, source.objective_collector(), &watch);
    progress.finish();
    merged
}
