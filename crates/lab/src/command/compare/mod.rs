//! `rollout-lab compare`: is B different from A, and does it matter?

mod files;

use super::run::{Interrupt, Progress};
use super::source::{self, Source};
use super::{Ending, Stop, error, note};
use crate::args::{CompareArgs, OutputFormat};
use crate::experiment::Experiment;
use analysis::compare::{Comparison, ComparisonFacts, MOST_PAIRS, Pairs, compare};
use analysis::results::Stored;
use analysis::tables::summary_json::pretty;
use files::{Files, Side};
use measures::units::duration;
use measures::{Milli, Row};
use report::compare::{ComparisonTable, comparison_json};
use scenario;
use simulator::Simulator;
use simulator::model::Model;
use std::io::Write;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::path::Path;

/// Compares two scenarios, or two folders of results, and reports.
///
/// # Errors
/// Wrong scenarios or folders, two that cannot be compared, or Ctrl-C.
pub fn execute(args: &CompareArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let b = args.b.as_deref().unwrap_or(&args.a);
    match (Stored::is_folder(&args.a), Stored::is_folder(b)) {
        (true, true) => of_folders(args, b, out),
        (false, false) => of_scenarios(args, b, out),
        _ => Err(error("one of them is a folder of results and the other is not; run the scenario first")),
    }
}

fn of_scenarios(args: &CompareArgs, b: &Path, out: &mut impl Write) -> Result<Ending, Stop> {
    if args.b.is_none() && args.set.is_empty() {
        return Err(error("nothing to compare: name a second scenario, or say with --set what is different"));
    }
    let sides = [Source::load(&args.a)?, Source::load_variant(b, &source::variant(&args.set)?)?];
    let facts = facts_of_scenarios(args, &sides)?;
    let runs = args.sampling.runs.map_or(sides[0].runs().min(sides[1].runs()), NonZero::get);
    if runs > MOST_PAIRS as u64 {
        return Err(error(format_args!("more than {MOST_PAIRS} pairs add nothing; take fewer --runs")));
    }
    if !args.printing.quiet {
        let [old, new] = [0, 1].map(|side| [sides[side].notes(), sides[side].warnings()].concat());
        for text in &old {
            note(text);
        }
        new.iter().filter(|text| !old.contains(text)).for_each(|text| note(text));
    }
    let seed = facts.seed;
    let shares_name = share_name(&sides);
    let described = |side: &Source, letter| Side::of_scenario(side, letter, shares_name);
    let described = [described(&sides[0], 'A'), described(&sides[1], 'B')];
    // Before the folder exists: an interruption leaves none.
    let interrupt = Interrupt::listen();
    let files = Files::begin(args, seed, runs, described)?;
    let [a, b] = match run_both(args, &sides, seed, runs, &interrupt) {
        Ok(both) => both,
        Err(stop) => {
            files.map_or(Ok(()), Files::abandon).unwrap_or_else(|left| note(&left.to_string()));
            return Err(stop);
        }
    };
    let pairs = Pairs::matched(a, b);
    let comparison = compare(facts, &pairs, &args.margin);
    let place = files.map(|files| files.finish(&comparison, &pairs, Some(&sides))).transpose()?;
    let replay = |run| [0, 1].map(|side: usize| sides[side].replay(seed, run));
    report(args, &comparison, &replay, place.as_deref(), out)
}

fn facts_of_scenarios(args: &CompareArgs, sides: &[Source; 2]) -> Result<ComparisonFacts, Stop> {
    let [a, b] = sides;
    let horizons = [a, b].map(|side| Milli::from(side.model().horizon));
    let horizon = same_horizon(horizons)?;
    let seed = match (args.sampling.seed, a.seed(), b.seed()) {
        (Some(seed), ..) => seed,
        (None, one, other) if one == other => one,
        (None, one, other) => {
            return Err(error(format_args!("their seeds are {one} and {other}; choose one with --seed")));
        }
    };
    let set = if args.set.is_empty() { String::new() } else { format!(" with {}", args.set.join(", ")) };
    let shares_name = share_name(sides);
    let name = |side: &Source| match (side.name(), scenario::called(&side.path)) {
        (name, _) if !shares_name => name.to_owned(),
        (name, place) if place == name => format!("{name} (of the catalogue)"),
        (name, place) => format!("{name} ({place})"),
    };
    Ok(ComparisonFacts { names: [name(a), format!("{}{set}", name(b))], seed, horizon })
}

/// Whether two different files call their scenarios the same.
fn share_name([a, b]: &[Source; 2]) -> bool {
    a.name() == b.name() && a.text_digest() != b.text_digest()
}

/// Areas and minima are taken over the whole horizon: over two different ones they are not comparable.
fn same_horizon([a, b]: [Milli; 2]) -> Result<Milli, Stop> {
    if a == b {
        return Ok(a);
    }
    let (a, b) = (duration(a), duration(b));
    Err(error(format_args!("their horizons are {a} and {b}; only batches with the same can be compared")))
}

fn run_both(
    args: &CompareArgs,
    sides: &[Source; 2],
    seed: u64,
    runs: u64,
    interrupt: &Interrupt,
) -> Result<[Vec<Row>; 2], Stop> {
    let experiment = Experiment::new(args.workers.threads).map_err(error)?;
    let progress = Progress::new("compare", 2 * runs, args.printing.quiet);
    let rows = |side: &Source| rows(side.model(), seed, runs, &experiment, interrupt, &progress);
    let both = rows(&sides[0]).and_then(|a| Ok([a, rows(&sides[1])?]));
    progress.finish();
    both
}

/// The rows of a batch that is only compared, held in memory.
///
/// # Errors
/// Ctrl-C.
pub(super) fn rows(
    model: &Model,
    seed: u64,
    runs: u64,
    experiment: &Experiment,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Vec<Row>, Stop> {
    rows_of_runs(model, seed, 0..runs, experiment, interrupt, progress)
}

/// The rows of some of its runs.
///
/// # Errors
/// Ctrl-C.
pub(super) fn rows_of_runs(
    model: &Model,
    seed: u64,
    runs: Range<u64>,
    experiment: &Experiment,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Vec<Row>, Stop> {
    let mut rows = Vec::new();
    let replicate = |simulator: &mut Simulator, k| {
        if interrupt.is_pressed() {
            return None;
        }
        let row = Row::from(&simulator.run(seed, k));
        progress.tick();
        Some(row)
    };
    let take = |chunk: Vec<Option<Row>>| {
        for row in chunk {
            let Some(row) = row else { return ControlFlow::Break(()) };
            rows.push(row);
        }
        ControlFlow::Continue(())
    };
    match experiment.replicate(runs, || Simulator::new(model, 0), replicate, take) {
        ControlFlow::Continue(()) => Ok(rows),
        ControlFlow::Break(()) => Err(Stop::Interrupted("interrupted: nothing was compared".to_owned())),
    }
}

fn of_folders(args: &CompareArgs, b: &Path, out: &mut impl Write) -> Result<Ending, Stop> {
    if !args.set.is_empty() || args.sampling.seed.is_some() {
        return Err(error("--set and --seed are for scenarios; folders of results hold what they hold"));
    }
    let [a, b] = [&args.a, b].map(|folder| Stored::open(folder).map_err(error));
    let sides = [a?, b?];
    let facts = facts_of_folders(args, &sides)?;
    let most = args.sampling.runs.map_or(MOST_PAIRS, |runs| MOST_PAIRS.min(runs.get() as usize));
    let [a, b] = [0, 1].map(|side: usize| sides[side].rows(most).map_err(error));
    let (a, b) = (a?, b?);
    let (of_a, of_b, pairs) = (a.len(), b.len(), Pairs::matched(a, b));
    if pairs.is_empty() {
        return Err(error("they have no run in common"));
    }
    if !args.printing.quiet && (of_a as u64, of_b as u64) != (pairs.len(), pairs.len()) {
        note(&format!("A has {of_a} runs and B {of_b}; {} in common are compared", pairs.len()));
    }
    let seed = facts.seed;
    let described = [Side::of_folder(&sides[0], 'A'), Side::of_folder(&sides[1], 'B')];
    let files = Files::begin(args, seed, pairs.len(), described)?;
    let comparison = compare(facts, &pairs, &args.margin);
    let place = files.map(|files| files.finish(&comparison, &pairs, None)).transpose()?;
    let replay = |run| sides.each_ref().map(|side| replay_of_folder(side, seed, run));
    report(args, &comparison, &replay, place.as_deref(), out)
}

/// Results do not know where the scenario lies.
fn replay_of_folder(side: &Stored, seed: u64, run: u64) -> String {
    format!("rollout-lab show <scenario {}> --seed {seed} --run {run}", side.scenario)
}

fn facts_of_folders(args: &CompareArgs, [a, b]: &[Stored; 2]) -> Result<ComparisonFacts, Stop> {
    if a.seed != b.seed {
        let (a, b) = (a.seed, b.seed);
        return Err(error(format_args!(
            "their seeds are {a} and {b}: their runs did not meet the same weather"
        )));
    }
    if a.version != b.version && !args.printing.quiet {
        note(&format!("A was run by rollout-lab {} and B by {}", a.version, b.version));
    }
    let horizon = same_horizon([a.horizon, b.horizon])?;
    let name = |side: &Stored| format!("{} ({})", side.scenario, side.folder.display());
    Ok(ComparisonFacts { names: [name(a), name(b)], seed: a.seed, horizon })
}

fn report(
    args: &CompareArgs,
    comparison: &Comparison,
    replay: &dyn Fn(u64) -> [String; 2],
    place: Option<&Path>,
    out: &mut impl Write,
) -> Result<Ending, Stop> {
    match args.printing.output {
        OutputFormat::Json => {
            let mut answer = comparison_json(comparison, replay);
            if let Some(place) = place {
                answer["files"] = place.display().to_string().into();
            }
            out.write_all(pretty(&answer).as_bytes())?;
        }
        OutputFormat::Table if args.printing.quiet => {}
        OutputFormat::Table => {
            write!(out, "{}", ComparisonTable { comparison, replay })?;
            if let Some(place) = place {
                writeln!(out, "\nFiles   {}/", place.display())?;
            }
        }
    }
    Ok(if comparison.is_worse() { Ending::Finding } else { Ending::Fine })
}
