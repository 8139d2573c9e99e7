//! `rollout-lab run`: the main job.

mod batch;
mod conclude;
mod crew;
mod idle;
mod intake;
mod interrupt;
mod page;
mod progress;
mod resume;

pub(crate) use crew::OnScreen;
pub(in crate::command) use idle::IdleFaults;
pub(crate) use interrupt::Interrupt;
pub(crate) use progress::{Progress, Screen};

pub use batch::{Batch, Extras, Files, Replicator, Stopped, Watch};

use super::report::Report;
use super::source::{self, Source};
use super::{Ending, Stop, error};
use crate::args::RunArgs;
use crate::experiment::Experiment;
use analysis::results::{Aim, Fan, ResultFolder, Shard};
use crew::{Crew, Done, Job, News};
use measures::units::{count, runs};
use std::io::Write;
use std::ops::ControlFlow;

/// Runs each scenario and reports. While conclusions are drawn from one, which is the work of one thread, the
/// workers run the next.
///
/// # Errors
/// Wrong scenarios, results that cannot be written, what cannot be resumed, or Ctrl-C.
pub fn execute(args: &RunArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    args.tables.format.check()?;
    let sources = source::load_all(&args.scenarios, &source::variant(&args.set)?)?;
    let shard = shard(args)?;
    let batches: Vec<Batch> = sources.iter().map(|source| batch(args, source, shard)).collect();
    check_places(args, &batches)?;
    let experiment = Experiment::new(args.workers.threads).map_err(error)?;
    let interrupt = Interrupt::listen();
    let screen = Screen::new(args.printing.quiet);
    let crew = Crew { args, experiment: &experiment, interrupt: &interrupt, screen: &screen };
    let mut report = Report::new(args.printing.output, args.printing.quiet);
    let mut is_over = false;
    let make = |job, tell: &mut dyn FnMut(_)| {
        if is_over {
            return;
        }
        let news = crew.replicate(job, |begins| tell((job, begins))).unwrap_or_else(News::Stopped);
        is_over = news.is_the_end();
        tell((job, news));
    };
    let jobs: Vec<Job<'_>> = sources.iter().zip(&batches).collect();
    let ended = experiment.one_ahead(jobs, make, |(job, news)| {
        let done = crew.conclude(job, news);
        match screen.make_room(|| tell(&mut report, out, job, done)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(stop) => {
                // The batch that is under way is of no use any more.
                interrupt.press();
                ControlFlow::Break(stop)
            }
        }
    });
    match ended {
        ControlFlow::Continue(()) => report.finish(out),
        ControlFlow::Break(stop) => Err(stop),
    }
}

/// Says what came of a job.
fn tell(
    report: &mut Report,
    out: &mut impl Write,
    (source, batch): Job<'_>,
    done: Result<Option<Done>, Stopped>,
) -> Result<(), Stop> {
    match done {
        Ok(None) => Ok(()),
        Ok(Some(Done::Whole(summary, place, idle))) => report.summary(out, source, &summary, &place, &idle),
        Ok(Some(Done::Shard(runs, place))) => report.shard(out, batch, runs, &place),
        Err(Stopped::Failed(why)) => Err(error(why)),
        Err(Stopped::Interrupted { finished, of, partial, summary }) => {
            if let Some(summary) = &summary {
                report.summary(out, source, summary, &partial, &IdleFaults::default())?;
            }
            report.finish(out)?;
            Err(Stop::Interrupted(format!(
                "interrupted: {} of {} are in {}\nThe same command with --resume goes on",
                count(finished),
                runs(of),
                partial.display()
            )))
        }
    }
}

/// All places are looked at before the first run.
fn check_places(args: &RunArgs, batches: &[Batch]) -> Result<(), Stop> {
    let mut errors = Vec::new();
    for batch in batches {
        // A shard is not put next to files of others either.
        ResultFolder::check(&args.out, &batch.facts.scenario).map_err(error)?;
        if args.resume {
            errors.extend(batch.earlier(&args.out).err().map(|why| format!("error: {why}")));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Stop::Refused(errors.join("\n"))) }
}

/// Where a batch that runs until an interval is narrow gives up, unless `--runs` says otherwise.
const MOST_RUNS_UNASKED: u64 = 1_000_000;

/// The shard that is asked for; the batch engine may state its number in the environment.
fn shard(args: &RunArgs) -> Result<Option<Shard>, Stop> {
    args.shard.map(|choice| choice.shard(|variable| std::env::var(variable).ok()).map_err(error)).transpose()
}

fn batch(args: &RunArgs, source: &Source, shard: Option<Shard>) -> Batch {
    let until = args.until_half_width.map(|half_width| Aim { question: args.of, half_width });
    let default_runs = if until.is_some() { MOST_RUNS_UNASKED } else { source.runs() };
    Batch {
        facts: source.facts(args.sampling.seed.unwrap_or(source.seed())),
        runs: args.sampling.runs.map_or(default_runs, std::num::NonZero::get),
        until,
        grid_points: Fan::GRID_POINTS,
        resolved: source.resolved(),
        shard,
        inputs: source.inputs().clone(),
    }
}
