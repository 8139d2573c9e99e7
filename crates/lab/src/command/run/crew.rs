//! Who does what when several scenarios are run: the workers replicate one while another is concluded.

use super::batch::Replicated;
use super::{Batch, Extras, IdleFaults, Interrupt, Progress, Screen, Stopped, Watch};
use crate::args::RunArgs;
use crate::command::note;
use crate::command::source::Source;
use crate::experiment::Experiment;
use analysis::results::Summary;
use measures::units::runs;
use simulator::Simulator;
use std::path::PathBuf;

/// A scenario and what is to be run of it.
pub(super) type Job<'a> = (&'a Source, &'a Batch);

/// What the workers tell of a job.
pub(super) enum News<'a> {
    /// They begin, and this is worth a note.
    Begins(Vec<String>),
    /// All runs are in, or those for which there was time.
    Replicated(Box<Replicated<'a>>),
    /// One shard is finished, with its number of runs.
    Shard(u64, PathBuf),
    /// There is nothing to conclude.
    Stopped(Stopped),
}

impl News<'_> {
    /// Whether no further job is to be begun.
    pub(super) fn is_the_end(&self) -> bool {
        match self {
            Self::Begins(_) | Self::Shard(..) => false,
            Self::Replicated(replicated) => replicated.is_interrupted(),
            Self::Stopped(_) => true,
        }
    }
}

/// What came of a batch, and where it lies.
pub(super) enum Done {
    Whole(Box<Summary>, PathBuf, IdleFaults),
    /// One shard, with its number of runs.
    Shard(u64, PathBuf),
}

/// What all jobs share.
pub(super) struct Crew<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) experiment: &'a Experiment,
    pub(super) interrupt: &'a Interrupt,
    pub(super) screen: &'a Screen,
}

impl Crew<'_> {
    /// Tells that the job begins, and returns what came of its runs.
    pub(super) fn replicate<'a>(
        &self,
        (source, batch): Job<'a>,
        tell: impl FnOnce(News<'a>),
    ) -> Result<News<'a>, Stopped> {
        let extras = Extras { png: self.args.tables.png, parquet: self.args.tables.format.is_parquet() };
        let files = batch.files(&self.args.out, self.args.resume, extras)?;
        let goes_on = |runs_done| format!("{} goes on after {}", source.name(), runs(runs_done));
        let earlier = files.earlier.as_ref().map(|part| goes_on(part.runs));
        tell(News::Begins(source.notes().into_iter().chain(earlier).collect()));
        let progress = self.screen.progress(source.name(), batch.own_runs());
        let watch = OnScreen { progress: &progress, interrupt: self.interrupt };
        let simulator = |grid_points| Simulator::new(source.model(), grid_points);
        let news = if batch.shard.is_some() {
            let done = batch.run_shard(self.experiment, files, simulator, &watch);
            done.map(|(runs, place)| News::Shard(runs, place))
        } else {
            let done =
                batch.replications(self.experiment, files, &simulator, source.objective_collector(), &watch);
            done.map(|replicated| News::Replicated(Box::new(replicated)))
        };
        progress.finish();
        news
    }

    /// What is to be told now; `None` if that has to wait.
    pub(super) fn conclude(&self, (source, batch): Job<'_>, news: News<'_>) -> Result<Option<Done>, Stopped> {
        match news {
            News::Begins(notes) => {
                if !self.args.printing.quiet {
                    self.screen.make_room(|| notes.iter().for_each(|text| note(text)));
                }
                Ok(None)
            }
            News::Replicated(replicated) => {
                let mut simulator = Simulator::new(source.model(), batch.grid_points);
                let (summary, place) = batch.conclusions(*replicated, &mut simulator)?;
                let seed = batch.facts.seed;
                let idle = IdleFaults::of(source.model(), seed, summary.runs, self.interrupt);
                Ok(Some(Done::Whole(Box::new(summary), place, idle)))
            }
            News::Shard(runs, place) => Ok(Some(Done::Shard(runs, place))),
            News::Stopped(stopped) => Err(stopped),
        }
    }
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
