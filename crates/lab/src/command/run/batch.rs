//! One scenario's batch: run(seed, k) -> record -> rows -> statistics -> files.

use super::judge::Jury;
use crate::experiment::Experiment;
use crate::results::{
    Aim, BatchFacts, Collector, Fan, Monitor, PROVENANCE, ResultFolder, Row, Rows, Stopping, Summary,
};
use crate::stats::{Level, Look, Measured, Miss, Sample, looks};
use crate::write::chart::{self, Chart, FanChart, ReplicaSetChart, RolloutTimeChart, WhereTimeWentChart};
use crate::write::provenance::{BatchDigest, Provenance};
use crate::write::rows::RowWriter;
use crate::write::scalings::ScalingWriter;
use crate::write::summary_json::{pretty, summary_json};
use crate::write::survival::write_survival;
use crate::write::timeline::write_timeline;
use simulator::Simulator;
use simulator::record::{Record, Timeline};
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;

/// Anything that runs replications.
pub trait Replicator: Send {
    /// Run number `run` of `seed`.
    fn run(&mut self, seed: u64, run: u64) -> Record;
    /// The same run, told moment by moment.
    fn run_with_timeline(&mut self, seed: u64, run: u64) -> (Record, Timeline);
}

impl Replicator for Simulator {
    fn run(&mut self, seed: u64, run: u64) -> Record {
        Simulator::run(self, seed, run)
    }

    fn run_with_timeline(&mut self, seed: u64, run: u64) -> (Record, Timeline) {
        Simulator::run_with_timeline(self, seed, run)
    }
}

/// Whoever looks on while a batch runs. Asked and told from any thread.
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
}

/// Where the results go.
pub struct Files {
    /// The folder.
    pub folder: ResultFolder,
    /// Whether charts are also wanted as PNG.
    pub png: bool,
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
        /// That folder.
        partial: PathBuf,
    },
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Batch {
    /// Runs the batch and moves its files into place.
    ///
    /// # Errors
    /// A file that cannot be written, or the interruption that `watch` asked for.
    pub fn run<R: Replicator>(
        &self,
        experiment: &Experiment,
        files: Files,
        simulator: impl Fn(usize) -> R + Sync,
        jury: Jury<'_>,
        watch: &impl Watch,
    ) -> Result<(Summary, PathBuf), Stopped> {
        let Files { folder, png } = files;
        let (facts, seed) = (self.facts.clone(), self.facts.seed);
        let provenance = Provenance::new(facts.scenario.clone(), seed, self.runs, self.resolved.clone());
        // First of all, so that even a folder without a row is known to be ours.
        folder.write(PROVENANCE, provenance.to_json().as_bytes())?;
        let Intake { rows, collector, jury, fan, digest, stopping, .. } =
            self.replicate(experiment, &folder, &simulator, jury, watch)?;
        let digest = digest.finish();
        let told = Told::new(&rows, seed, &mut simulator(self.grid_points))?;
        let promised = told.timeline.points.first().map(|point| point.promised);
        let facts = BatchFacts { promised, ..facts };
        let summary = collector.conclude(facts, digest.clone(), jury.judge());
        let summary = Summary { stopping, ..summary.ok_or("there are no runs")? };
        conclude(&folder, &summary, &rows, &fan, &told, png)?;
        // Whoever asked for the rows of a large batch had them from their file.
        rows.check()?;
        // A batch that aims at an interval may have stopped before its limit.
        let provenance = provenance.of_runs(summary.runs).finished(digest);
        folder.write(PROVENANCE, provenance.to_json().as_bytes())?;
        Ok((summary, folder.finish()?))
    }

    /// Runs the replications, all of them or up to the look at which the aim is reached, and takes their
    /// records in.
    fn replicate<'a, R: Replicator>(
        &self,
        experiment: &Experiment,
        folder: &ResultFolder,
        simulator: &(impl Fn(usize) -> R + Sync),
        jury: Jury<'a>,
        watch: &impl Watch,
    ) -> Result<Intake<'a>, Stopped> {
        let mut intake = Intake::new(folder, self, jury)?;
        let mut next = 0;
        for look in self.looks() {
            self.stretch(next..look.runs, experiment, simulator, watch, &mut intake)?;
            next = look.runs;
            if intake.look(look) {
                break;
            }
        }
        Ok(intake)
    }

    /// The runs after which we look; without an aim, and at the limit, the last one.
    fn looks(&self) -> impl Iterator<Item = Look> {
        let (limit, has_aim) = (self.runs, self.until.is_some());
        let capped = move |look: Look| Look { runs: look.runs.min(limit), ..look };
        let mut is_over = false;
        looks(Miss::ONE_IN_TWENTY)
            .map(move |look| if has_aim { capped(look) } else { Look { runs: limit, ..look } })
            .take_while(move |look| !std::mem::replace(&mut is_over, look.runs == limit))
    }

    /// The runs of one stretch.
    fn stretch<R: Replicator>(
        &self,
        runs: Range<u64>,
        experiment: &Experiment,
        simulator: &(impl Fn(usize) -> R + Sync),
        watch: &impl Watch,
        intake: &mut Intake<'_>,
    ) -> Result<(), Stopped> {
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
        match experiment.replicate(runs, new_simulator, run, |chunk| intake.take(chunk)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(Some(failure)) => Err(Stopped::Failed(failure)),
            ControlFlow::Break(None) => {
                Err(Stopped::Interrupted { finished: intake.rows.len(), partial: intake.partial.clone() })
            }
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
            let _ = writeln!(io::stderr(), "this happened in run {} of seed {}", self.run, self.seed);
        }
    }
}

/// Takes records in, in order of run: rows to their file at once, everything else into few numbers.
struct Intake<'a> {
    runs: RowWriter<BufWriter<File>>,
    scalings: ScalingWriter<BufWriter<File>>,
    partial: PathBuf,
    rows: Rows,
    collector: Collector,
    jury: Jury<'a>,
    fan: Fan,
    digest: BatchDigest,
    monitor: Option<Monitor>,
    stopping: Option<Stopping>,
}

impl<'a> Intake<'a> {
    fn new(folder: &ResultFolder, batch: &Batch, jury: Jury<'a>) -> Result<Self, Stopped> {
        Ok(Self {
            runs: RowWriter::new(BufWriter::new(folder.create("runs.csv")?))?,
            scalings: ScalingWriter::new(BufWriter::new(folder.create("scalings.csv")?))?,
            partial: folder.partial().to_owned(),
            rows: Rows::new(folder.path_of("runs.csv")?),
            collector: Collector::default(),
            jury,
            fan: Fan::new(batch.facts.horizon),
            digest: BatchDigest::default(),
            monitor: batch.until.map(Monitor::new),
            stopping: None,
        })
    }

    /// Breaks with `None` at the first run that was not finished, with an error if a file refuses.
    fn take(&mut self, chunk: Vec<Option<Record>>) -> ControlFlow<Option<Box<dyn Error + Send + Sync>>> {
        let is_whole = chunk.iter().all(Option::is_some);
        let mut finished = chunk.into_iter().map_while(|record| record);
        let stored = finished.try_for_each(|record| self.store(&record)).and_then(|()| Ok(self.flush()?));
        match stored {
            Err(failure) => ControlFlow::Break(Some(failure.into())),
            Ok(()) if is_whole => ControlFlow::Continue(()),
            Ok(()) => ControlFlow::Break(None),
        }
    }

    fn store(&mut self, record: &Record) -> csv::Result<()> {
        let row = Row::from(record);
        self.runs.append(&row)?;
        self.scalings.append(record)?;
        self.fan.add(&record.available_on_grid);
        self.digest.add(row.digest);
        self.collector.add(&row);
        self.jury.hear(&row);
        if let Some(monitor) = &mut self.monitor {
            monitor.add(&row);
        }
        self.rows.push(row);
        Ok(())
    }

    /// Whether the aim is reached.
    fn look(&mut self, look: Look) -> bool {
        self.stopping = self.monitor.as_mut().map(|monitor| monitor.look(look));
        self.stopping.is_some_and(|stopping| stopping.is_reached)
    }

    /// After each chunk, so that the files of an interrupted batch end with whole rows.
    fn flush(&mut self) -> io::Result<()> {
        self.runs.flush()?;
        self.scalings.flush()
    }
}

/// The run that is told moment by moment: the first with the median rollout time.
struct Told {
    row: Row,
    timeline: Timeline,
}

impl Told {
    fn new(rows: &Rows, seed: u64, simulator: &mut impl Replicator) -> Result<Self, Stopped> {
        let place = |row: &Row| row.elapsed().map_or(0, |time| time.number().map_or(u64::MAX, |at| at + 1));
        let middle = Sample::new(rows.iter().map(|row| Place(place(&row)))).quantile(Level::P50);
        let Place(middle) = middle.ok_or("there are no runs")?;
        // The median of very many runs is known to a tenth of a percent only: the nearest run has to do.
        let nearest = rows.iter().min_by_key(|row| place(row).abs_diff(middle));
        let row = nearest.ok_or("there are no runs")?;
        let (_, timeline) = simulator.run_with_timeline(seed, row.run);
        Ok(Self { row, timeline })
    }
}

/// Where a run stands in order of rollout time: first those without a rollout, last those that never end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u64);

impl Measured for Place {
    fn number(self) -> Option<u64> {
        (self.0 < u64::MAX).then_some(self.0)
    }

    fn of_number(number: Option<u64>) -> Self {
        Self(number.unwrap_or(u64::MAX))
    }
}

/// Everything that is written when the last run is in.
fn conclude(
    folder: &ResultFolder,
    summary: &Summary,
    rows: &Rows,
    fan: &Fan,
    told: &Told,
    png: bool,
) -> Result<(), Stopped> {
    let points = fan.points();
    write_timeline(BufWriter::new(folder.create("timeline.csv")?), &points, &told.timeline)?;
    if let Some(rollout) = &summary.rollout {
        write_survival(BufWriter::new(folder.create("survival.csv")?), &rollout.survival)?;
    }
    folder.write("summary.json", pretty(&summary_json(summary)).as_bytes())?;
    let draw = Draw { folder, png };
    draw.chart("rollout-time", RolloutTimeChart::new(summary, rows))?;
    draw.chart("where-the-time-went", WhereTimeWentChart::new(summary))?;
    draw.chart("available-pods", FanChart::new(summary, &points, &told.timeline))?;
    draw.chart("replica-sets", ReplicaSetChart::new(summary, &told.row, &told.timeline))
}

/// Puts charts into the folder.
struct Draw<'a> {
    folder: &'a ResultFolder,
    png: bool,
}

impl Draw<'_> {
    /// A chart that has nothing to show is not written.
    fn chart(&self, name: &str, chart: Option<impl Chart>) -> Result<(), Stopped> {
        let Some(chart) = chart else { return Ok(()) };
        self.folder.write(&format!("charts/{name}.svg"), chart::svg(&chart)?.as_bytes())?;
        if self.png {
            chart::png(&chart, &self.folder.path_of(&format!("charts/{name}.png"))?)?;
        }
        Ok(())
    }
}
