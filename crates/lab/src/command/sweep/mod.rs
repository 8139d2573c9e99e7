//! `rollout-lab sweep`: the same weather in many variants of one scenario.

mod files;

use super::compare::rows_of_runs;
use super::run::{Interrupt, Progress};
use super::source::Source;
use super::{Ending, Stop, error, held, note};
use crate::args::{OutputFormat, SweepArgs};
use crate::experiment::Experiment;
use analysis::results::{ResultFile, ResultFolder};
use analysis::sweep::{
    self, Best, CellChoice, CellOutcome, Design, Factors, Figures, Goal, Sweep, SweepCell,
};
use analysis::tables::provenance::Provenance;
use analysis::tables::summary_json::pretty;
use measures::Row;
use measures::digest::BatchDigest;
use measures::stats::Miss;
use report::html::SweepReport;
use report::sweep::{SweepTable, sweep_json};
use scenario::input;
use scenario::{Factor, MAX_BYTES, Variant, text_of};
use simulator::Simulator;
use std::fmt::Display;
use std::io::Write;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::Path;

/// More cells than anyone reads.
const MOST_CELLS: usize = 10_000;

/// Runs every cell and reports.
///
/// # Errors
/// A wrong scenario or setting, a sweep without a cell that can run, results that cannot be written, Ctrl-C.
pub fn execute(args: &SweepArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let source = Source::load(&args.scenario)?;
    let seed = args.sampling.seed.unwrap_or(source.seed());
    let design = design(args, seed)?;
    let goal = args.objective.as_deref().map(Goal::parse).transpose().map_err(error)?;
    let cells = Cells::load(&args.scenario, &source, design)?;
    let name = format!("{}.sweep", source.name());
    ResultFolder::check(&args.out, &name).map_err(error)?;
    let experiment = Experiment::new(args.workers.threads).map_err(error)?;
    let runs = held(args.sampling.runs.map_or(source.runs(), NonZero::get))?;
    let asked = Asked { seed, runs, goal, miss: Miss::new((1.0 - args.confidence) / cells.len() as f64) };

    // Before the folder exists: an interruption leaves none.
    let interrupt = Interrupt::listen();
    let folder = ResultFolder::begin(&args.out, &name).map_err(error)?;
    let provenance = Provenance::new(source.name().to_owned(), seed, runs, cells.resolved(&source));
    folder.write(ResultFile::Provenance, provenance.to_json().as_bytes()).map_err(error)?;
    if !args.printing.quiet {
        source.notes().iter().chain(&source.warnings()).for_each(|text| note(text));
    }
    let sweep = match run(&source, cells, &asked, &experiment, &interrupt, args.printing.quiet) {
        Ok(sweep) => sweep,
        Err(stop) => {
            folder.abandon().unwrap_or_else(|left| note(&left.to_string()));
            return Err(stop);
        }
    };
    let digest = digest(&sweep);
    let charts = files::write_all(&folder, &sweep, args.png).map_err(error)?;
    let report = SweepReport {
        sweep: &sweep,
        description: source.description(),
        objectives: source.objectives().iter().map(ToString::to_string).collect(),
        confidence: args.confidence,
        charts,
        resolved: provenance.resolved(),
        replays: files::replays(args, &sweep, source.name()),
        digest: digest.clone(),
    };
    folder.write(ResultFile::Report, report.html().map_err(error)?.as_bytes()).map_err(error)?;
    folder.write(ResultFile::Provenance, provenance.finished(digest).to_json().as_bytes()).map_err(error)?;
    let place = folder.finish().map_err(error)?.display().to_string();
    match args.printing.output {
        OutputFormat::Json => {
            let mut answer = sweep_json(&sweep);
            answer["files"] = place.into();
            out.write_all(pretty(&answer).as_bytes())?;
        }
        OutputFormat::Table if args.printing.quiet => {}
        OutputFormat::Table => write!(out, "{}\nFiles   {place}/\n", SweepTable(&sweep))?,
    }
    let nothing_holds = matches!(sweep.best, Some((_, None)));
    Ok(if nothing_holds { Ending::Finding } else { Ending::Fine })
}

/// What is asked of every cell.
struct Asked {
    seed: u64,
    runs: u64,
    goal: Option<Goal>,
    /// The miss of one cell: all cells share the one that was asked for.
    miss: Miss,
}

/// The cells that the arguments ask for.
fn design(args: &SweepArgs, seed: u64) -> Result<Design, Stop> {
    let design = match &args.list {
        Some(path) => {
            let in_file = |why: &dyn Display| error(format_args!("{}: {why}", path.display()));
            let table = input::read(path, MAX_BYTES + 1)
                .map_err(|why| error(format_args!("{} cannot be read: {why}", path.display())))?;
            let table = text_of(&path.display().to_string(), table).map_err(error)?;
            Design::list(&table, MOST_CELLS).map_err(|why| in_file(&why))?
        }
        None => of_factors(args, seed)?,
    };
    match design.cells.len() {
        0 => Err(error("the sweep has no cells")),
        1..=MOST_CELLS => Ok(design),
        many => Err(error(format_args!("{many} cells are more than {MOST_CELLS}; try --latin-hypercube N"))),
    }
}

fn of_factors(args: &SweepArgs, seed: u64) -> Result<Design, Stop> {
    let (mut factors, mut errors) = (Vec::new(), Vec::new());
    for argument in &args.set {
        match Factor::parse(argument) {
            Ok(factor) => factors.push(factor),
            Err(why) => errors.push(why.to_string()),
        }
    }
    if !errors.is_empty() {
        return Err(Stop::Refused(errors.join("\n")));
    }
    let factors = Factors(factors);
    match args.latin_hypercube {
        // Before any cell is made: a design of billions would not fit into memory.
        Some(count) if count.get() > MOST_CELLS => {
            Err(error(format_args!("--latin-hypercube {count} asks for more than {MOST_CELLS} cells")))
        }
        Some(count) => Design::latin_hypercube(&factors, count.get(), seed).map_err(error),
        None if Design::grid_size(&factors) > MOST_CELLS => {
            let size = Design::grid_size(&factors);
            Err(error(format_args!(
                "the grid has {size} cells, more than {MOST_CELLS}; try --latin-hypercube N"
            )))
        }
        None => Ok(Design::grid(&factors)),
    }
}

/// The variants, each ready to run or refused.
struct Cells {
    paths: Vec<String>,
    all: Vec<(SweepCell, Result<Source, String>)>,
}

impl Cells {
    /// A variant that the API server would refuse is part of the answer; that none can run is an error.
    fn load(path: &Path, source: &Source, design: Design) -> Result<Self, Stop> {
        let mut all = Vec::with_capacity(design.cells.len());
        let mut first_refusal = None;
        for cell in design.cells {
            let variant = Variant::new(cell.assignments.iter().flatten().cloned());
            let loaded = match Source::load_variant(path, &variant) {
                Ok(variant) if variant.name() == source.name() => Ok(variant),
                Ok(_) => return Err(error("a sweep cannot change the name of its scenario")),
                Err(Stop::Refused(why)) => {
                    let short = in_short(&why);
                    first_refusal.get_or_insert(why);
                    Err(short)
                }
                Err(other) => return Err(other),
            };
            all.push((cell, loaded));
        }
        match first_refusal {
            Some(why) if all.iter().all(|(_, loaded)| loaded.is_err()) => Err(Stop::Refused(why)),
            _ => Ok(Self { paths: design.paths, all }),
        }
    }

    fn len(&self) -> usize {
        self.all.len()
    }

    /// Everything that decides the results.
    fn resolved(&self, source: &Source) -> String {
        let cell = |(cell, loaded): &(SweepCell, Result<Source, String>)| {
            let refused = loaded.as_ref().err().map(|why| format!("  # refused: {why}"));
            let words: Vec<_> = cell.assignments.iter().flatten().map(ToString::to_string).collect();
            format!("  {}{}\n", words.join(" "), refused.unwrap_or_default())
        };
        let cells: String = self.all.iter().map(cell).collect();
        format!("{}\ncells\n{cells}", source.resolved().trim_end())
    }
}

/// The first line of a refusal, without the object that the whole sweep is about.
fn in_short(why: &str) -> String {
    let line = why.lines().next().unwrap_or_default().trim_start_matches("error: ");
    line.split_once(" is invalid: ").map_or(line, |(_, reason)| reason).to_owned()
}

fn run(
    source: &Source,
    cells: Cells,
    asked: &Asked,
    experiment: &Experiment,
    interrupt: &Interrupt,
    quiet: bool,
) -> Result<Sweep, Stop> {
    let open = cells.all.iter().filter(|(_, loaded)| loaded.is_ok()).count() as u64;
    let progress = Progress::new(source.name(), open * asked.runs, quiet);
    let mut sweep = Sweep::of(&source.facts(asked.seed), asked.runs, cells.paths);
    let mut variants = Vec::with_capacity(cells.all.len());
    for (cell, loaded) in cells.all {
        let result = match &loaded {
            Ok(variant) => Ok(run_cell(variant, asked, experiment, interrupt, &progress)?),
            Err(why) => Err(why.clone()),
        };
        sweep.outcomes.push(CellOutcome { cell, result });
        variants.push(loaded.ok());
    }
    progress.finish();
    sweep.front = sweep::front(&sweep.outcomes);
    if let Some(goal) = asked.goal {
        let choice = goal.choose(&sweep.outcomes);
        let best =
            choice.map(|choice| confirmed(goal, &choice, &variants, asked, (experiment, interrupt, quiet)));
        sweep.best = Some((goal, best.transpose()?.flatten()));
    }
    sweep.fewest_runs = sweep::fewest_runs(source.objectives(), asked.miss);
    Ok(sweep)
}

/// The best cell on fresh runs: as many as chose it, and none of them.
fn confirmed(
    goal: Goal,
    choice: &CellChoice,
    variants: &[Option<Source>],
    asked: &Asked,
    (experiment, interrupt, quiet): (&Experiment, &Interrupt, bool),
) -> Result<Option<Best>, Stop> {
    let runs = asked.runs..asked.runs.saturating_mul(2);
    let progress = Progress::new("fresh runs", choice.candidates.len() as u64 * asked.runs, quiet);
    let candidates = choice.candidates.iter().filter_map(|&cell| variants[cell].as_ref());
    let fresh = candidates.map(|variant| {
        let rows = rows_of_runs(variant.model(), asked.seed, runs.clone(), experiment, interrupt, &progress)?;
        Ok(rows.iter().map(|row| goal.measure.of(row)).collect())
    });
    let fresh: Result<Vec<_>, Stop> = fresh.collect();
    progress.finish();
    Ok(goal.confirm(choice, &fresh?))
}

fn run_cell(
    variant: &Source,
    asked: &Asked,
    experiment: &Experiment,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Figures, Stop> {
    let (mut rows, mut digest) = (Vec::new(), BatchDigest::default());
    let replicate = |simulator: &mut Simulator, k| {
        if interrupt.is_pressed() {
            return None;
        }
        let row = Row::from(&simulator.run(asked.seed, k));
        progress.tick();
        Some(row)
    };
    let done = experiment.replicate(
        0..asked.runs,
        || Simulator::new(variant.model(), 0),
        replicate,
        |chunk| {
            for row in chunk {
                let Some(row) = row else { return ControlFlow::Break(()) };
                digest.add(row.digest);
                rows.push(row);
            }
            ControlFlow::Continue(())
        },
    );
    if done.is_break() {
        progress.finish();
        return Err(Stop::Interrupted("interrupted: a sweep writes nothing before its end".to_owned()));
    }
    let holds = sweep::holds(variant.objectives(), &rows, variant.model().horizon.into(), asked.miss);
    let measure = asked.goal.map(|goal| goal.measure);
    Figures::new(&rows, digest.finish(), holds, measure).ok_or_else(|| error("there are no runs"))
}

fn digest(sweep: &Sweep) -> String {
    let mut all = BatchDigest::default();
    for figures in sweep.outcomes.iter().filter_map(|outcome| outcome.result.as_ref().ok()) {
        all.add_text(&figures.digest);
    }
    all.finish()
}
