//! `rollout-lab chart`: draws charts again from the files of a batch, without a run.

use super::{Ending, Stop, error, folder};
use crate::args::{ChartArgs, ChartKind};
use analysis::results::{BatchFacts, Collector, ResultFile, Rows, Stored, Summary};
use analysis::tables::example::{ExampleCourse, ExamplePods};
use analysis::tables::scalings::ScalingReader;
use analysis::tables::summary_json::read_example;
use analysis::tables::timeline::read_timeline;
use measures::{Elapsed, Row};
use report::chart::{
    self, Chart, ChartError, ComparisonChart, DeadlineMarginChart, FanChart, PodsChart, ReplicaSetChart,
    RolloutTimeChart, ScalingChart, Side, SurvivalChart, WhereTimeWentChart,
};
use scenario::MAX_REPLICAS;
use scenario::input;
use serde_json::Value;
use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Draws, and says where.
///
/// # Errors
/// Folders that are no results; a chart with nothing to show, if it was asked for by name.
pub fn execute(args: &ChartArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let place = args.out.clone().unwrap_or_else(|| args.results.join("charts"));
    let easel = Easel { place, png: args.png };
    let drawn = match (&args.other, args.kind.is_empty()) {
        (Some(other), true) => vec![comparison(&args.results, other, &easel)?],
        (Some(other), false) if args.kind.iter().all(|kind| *kind == ChartKind::Comparison) => {
            vec![comparison(&args.results, other, &easel)?]
        }
        (Some(_), false) => {
            return Err(Stop::refused("error: two folders make one kind of chart: `comparison`"));
        }
        (None, _) => of_batch(args, &easel)?,
    };
    for path in drawn {
        writeln!(out, "{}", path.display())?;
    }
    Ok(Ending::Fine)
}

/// Puts charts where they are wanted.
struct Easel {
    place: PathBuf,
    png: bool,
}

impl Easel {
    fn draw(&self, name: &str, chart: &impl Chart) -> Result<PathBuf, Stop> {
        folder(&self.place)?;
        let path = self.place.join(format!("{name}.svg"));
        let svg = chart::svg(chart).map_err(|why: ChartError| error(why))?;
        fs::write(&path, svg).map_err(|why| error(format!("cannot write {}: {why}", path.display())))?;
        if self.png {
            chart::png(chart, &path.with_extension("png")).map_err(error)?;
        }
        Ok(path)
    }
}

/// The kinds that were asked for, or all that have something to show.
fn of_batch(args: &ChartArgs, easel: &Easel) -> Result<Vec<PathBuf>, Stop> {
    let batch = StoredBatch::open(&args.results)?;
    let kinds = if args.kind.is_empty() { &ChartKind::OF_BATCH } else { args.kind.as_slice() };
    let mut drawn = Vec::new();
    for &kind in kinds {
        match batch.draw(kind, easel)? {
            Some(path) => drawn.push(path),
            None if args.kind.is_empty() => {}
            None => {
                let why =
                    format!("error: {} has nothing to show in `{}`", batch.folder.display(), kind.as_str());
                return Err(Stop::Refused(why));
            }
        }
    }
    Ok(drawn)
}

/// A batch, read back.
struct StoredBatch {
    folder: PathBuf,
    rows: Rows,
    summary: Summary,
}

impl StoredBatch {
    fn open(folder: &Path) -> Result<Self, Stop> {
        let stored = Stored::open(folder).map_err(error)?;
        let summary_path = folder.join(ResultFile::Summary);
        let known: Value = input::json(&summary_path).map_err(|why| in_file(&summary_path, why))?;
        let path = folder.join(ResultFile::Runs);
        let (mut rows, mut collector) = (Rows::new(path.clone()), Collector::default());
        for row in stored.reader().map_err(error)? {
            let row: Row = row.map_err(error)?;
            collector.add(&row);
            rows.push(row);
        }
        let digest = known["digest"].as_str().unwrap_or_default().to_owned();
        let facts = facts(&stored, &known).map_err(|why| in_file(&summary_path, why))?;
        let summary = collector.conclude(facts, digest, Vec::new());
        let summary = summary.ok_or_else(|| error(format!("{} has no runs", path.display())))?;
        let summary = Summary { example: read_example(&known["exampleRun"]), ..summary };
        Ok(Self { folder: folder.to_owned(), rows, summary })
    }

    fn draw(&self, kind: ChartKind, easel: &Easel) -> Result<Option<PathBuf>, Stop> {
        let (summary, name) = (&self.summary, kind.as_str());
        match kind {
            ChartKind::RolloutTime => drawn(easel, name, RolloutTimeChart::new(summary, &self.rows)),
            ChartKind::Survival => drawn(easel, name, SurvivalChart::new(summary)),
            ChartKind::WhereTheTimeWent => drawn(easel, name, WhereTimeWentChart::new(summary)),
            ChartKind::DeadlineMargin => drawn(easel, name, DeadlineMarginChart::new(summary, &self.rows)),
            ChartKind::AvailablePods => {
                let (points, told) = read_timeline(&self.folder.join(ResultFile::Timeline)).map_err(error)?;
                drawn(easel, name, FanChart::new(summary, &points, &told))
            }
            ChartKind::ProportionalScaling => {
                let scalings = ScalingReader::open(&self.folder.join(ResultFile::Scalings)).map_err(error)?;
                let scalings = scalings.collect::<Result<_, _>>().map_err(error)?;
                let batch = (summary.facts.scenario.as_str(), summary.facts.seed, summary.runs);
                let run = summary.example.as_ref().map(|told| told.run);
                drawn(easel, name, ScalingChart::new(scalings, batch, run))
            }
            ChartKind::ReplicaSets => {
                let path = self.folder.join(ResultFile::ExampleReplicaSets);
                let Some(course) = ExampleCourse::read(&path).map_err(error)? else { return Ok(None) };
                let row = self.row(course.run, &path)?;
                drawn(easel, name, ReplicaSetChart::new(summary, &row, &course))
            }
            ChartKind::Pods => {
                let path = self.folder.join(ResultFile::ExamplePods);
                let Some(pods) = ExamplePods::read(&path).map_err(error)? else { return Ok(None) };
                let row = self.row(pods.run, &path)?;
                drawn(easel, name, PodsChart::new(summary, &row, &pods))
            }
            ChartKind::Comparison => Err(Stop::refused("error: `comparison` needs two folders of results")),
        }
    }

    /// The row of a run that a table tells of.
    fn row(&self, run: u64, path: &Path) -> Result<Row, Stop> {
        let row = self.rows.iter().find(|row| row.run == run);
        row.ok_or_else(|| error(format!("{} is about run {run}, which has no row", path.display())))
    }
}

fn drawn(easel: &Easel, name: &str, chart: Option<impl Chart>) -> Result<Option<PathBuf>, Stop> {
    chart.map(|chart| easel.draw(name, &chart)).transpose()
}

/// What the charts need in addition to the rows.
///
/// # Errors
/// A number of pods that no batch can have.
fn facts(stored: &Stored, known: &Value) -> Result<BatchFacts, String> {
    let pods = |key: &str| match &known["availability"][key] {
        Value::Null => Ok(None),
        stated => match stated.as_u64().filter(|pods| *pods <= MAX_REPLICAS as u64) {
            Some(pods) => Ok(Some(pods as i32)),
            None => Err(format!("`availability.{key}` is no number of pods")),
        },
    };
    Ok(BatchFacts {
        scenario: stored.scenario.clone(),
        description: String::new(),
        seed: stored.seed,
        horizon: stored.horizon,
        deadline: stored.deadline,
        replicas: pods("replicas")?.unwrap_or_default(),
        promised: pods("promised")?,
        variant: Vec::new(),
    })
}

fn in_file(path: &Path, why: impl Display) -> Stop {
    error(format_args!("{}: {why}", path.display()))
}

/// Two batches in one picture.
fn comparison(a: &Path, b: &Path, easel: &Easel) -> Result<PathBuf, Stop> {
    let side = |folder: &Path| -> Result<Side, Stop> {
        let stored = Stored::open(folder).map_err(error)?;
        let rows = stored.reader().map_err(error)?;
        let times: Result<Vec<Option<Elapsed>>, _> = rows.map(|row| row.map(|row| row.elapsed())).collect();
        let times = times.map_err(error)?.into_iter().flatten().collect();
        Ok(Side { name: stored.scenario, times, horizon: stored.horizon })
    };
    let mut sides = [side(a)?, side(b)?];
    if sides[0].name == sides[1].name {
        // Two batches of one scenario are told apart by where they lie.
        for (side, folder) in sides.iter_mut().zip([a, b]) {
            side.name = folder.display().to_string();
        }
    }
    let chart = ComparisonChart::new(sides);
    let chart = chart.ok_or_else(|| Stop::refused("error: no rollout of these batches has ended"))?;
    easel.draw(ChartKind::Comparison.as_str(), &chart)
}
