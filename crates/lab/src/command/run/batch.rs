//! One scenario's batch: run(seed, k) -> record -> rows -> statistics -> files.

use crate::experiment::Experiment;
use crate::results::{BatchFacts, Fan, Objective, PROVENANCE, ResultFolder, Row, Summary};
use crate::write::chart::{self, Chart, FanChart, ReplicaSetChart, RolloutTimeChart, WhereTimeWentChart};
use crate::write::provenance::{BatchDigest, Provenance};
use crate::write::rows::RowWriter;
use crate::write::scalings::ScalingWriter;
use crate::write::summary_json::{pretty, summary_json};
use crate::write::timeline::write_timeline;
use simulator::Simulator;
use simulator::record::{Record, Timeline};
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::ops::ControlFlow;
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
    /// How many runs, from number 0.
    pub runs: u64,
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
        judge: impl FnOnce(&[Row]) -> Vec<Objective>,
        watch: &impl Watch,
    ) -> Result<(Summary, PathBuf), Stopped> {
        let Files { folder, png } = files;
        let (facts, seed) = (self.facts.clone(), self.facts.seed);
        let provenance = Provenance::new(facts.scenario.clone(), seed, self.runs, self.resolved.clone());
        // First of all, so that even a folder without a row is known to be ours.
        folder.write(PROVENANCE, provenance.to_json().as_bytes())?;
        let Intake { rows, fan, digest, .. } = self.replicate(experiment, &folder, &simulator, watch)?;
        let digest = digest.finish();
        let told = Told::new(&rows, seed, &mut simulator(self.grid_points))?;
        let promised = told.timeline.points.first().map(|point| point.promised);
        let objectives = judge(&rows);
        let summary = Summary::new(BatchFacts { promised, ..facts }, digest.clone(), &rows, objectives);
        let summary = summary.ok_or("there are no runs")?;
        conclude(&folder, &summary, &rows, &fan, &told, png)?;
        folder.write(PROVENANCE, provenance.finished(digest).to_json().as_bytes())?;
        Ok((summary, folder.finish()?))
    }

    /// Runs all replications and takes their records in.
    fn replicate<R: Replicator>(
        &self,
        experiment: &Experiment,
        folder: &ResultFolder,
        simulator: &(impl Fn(usize) -> R + Sync),
        watch: &impl Watch,
    ) -> Result<Intake, Stopped> {
        let mut intake = Intake::new(folder, &self.facts)?;
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
        match experiment.replicate(0..self.runs, new_simulator, run, |chunk| intake.take(chunk)) {
            ControlFlow::Continue(()) => Ok(intake),
            ControlFlow::Break(Some(failure)) => Err(Stopped::Failed(failure)),
            ControlFlow::Break(None) => {
                let (finished, partial) = (intake.rows.len() as u64, folder.partial().to_owned());
                Err(Stopped::Interrupted { finished, partial })
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
struct Intake {
    runs: RowWriter<BufWriter<File>>,
    scalings: ScalingWriter<BufWriter<File>>,
    rows: Vec<Row>,
    fan: Fan,
    digest: BatchDigest,
}

impl Intake {
    fn new(folder: &ResultFolder, facts: &BatchFacts) -> Result<Self, Stopped> {
        Ok(Self {
            runs: RowWriter::new(BufWriter::new(folder.create("runs.csv")?))?,
            scalings: ScalingWriter::new(BufWriter::new(folder.create("scalings.csv")?))?,
            rows: Vec::new(),
            fan: Fan::new(facts.horizon),
            digest: BatchDigest::default(),
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
        self.rows.push(row);
        Ok(())
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
    fn new(rows: &[Row], seed: u64, simulator: &mut impl Replicator) -> Result<Self, Stopped> {
        let mut by_time: Vec<&Row> = rows.iter().collect();
        by_time.sort_by_key(|row| row.elapsed());
        let middle = by_time.get(rows.len().saturating_sub(1) / 2).ok_or("there are no runs")?;
        let row = *rows.iter().find(|row| row.elapsed() == middle.elapsed()).unwrap_or(middle);
        let (_, timeline) = simulator.run_with_timeline(seed, row.run);
        Ok(Self { row, timeline })
    }
}

/// Everything that is written when the last run is in.
fn conclude(
    folder: &ResultFolder,
    summary: &Summary,
    rows: &[Row],
    fan: &Fan,
    told: &Told,
    png: bool,
) -> Result<(), Stopped> {
    let points = fan.points();
    write_timeline(BufWriter::new(folder.create("timeline.csv")?), &points, &told.timeline)?;
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
