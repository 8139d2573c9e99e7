//! What is written when the last run is in.

use super::{Extras, Replicator, Stopped};
use analysis::results::{Fan, ResultFile, ResultFolder, Rows, Summary};
use analysis::tables::example::{ExampleCourse, ExamplePods};
use analysis::tables::scalings::ScalingReader;
use analysis::tables::summary_json::{pretty, summary_json};
use analysis::tables::survival::write_survival;
use analysis::tables::timeline::write_timeline;
#[cfg(feature = "parquet")]
use analysis::tables::{fields::tables, parquet::write_parquet};
use measures::Row;
use measures::stats::{Level, Measured, Sample};
use report::chart::{
    self, Chart, DeadlineMarginChart, FanChart, PodsChart, ReplicaSetChart, RolloutTimeChart, ScalingChart,
    SurvivalChart, WhereTimeWentChart,
};
use report::html::DetailedRun;
#[cfg(feature = "parquet")]
use std::fs::File;
#[cfg(feature = "parquet")]
use std::io::BufReader;
use std::io::BufWriter;

/// The run that is shown moment by moment: the first with the median rollout time.
pub(super) fn median_run(
    rows: &Rows,
    seed: u64,
    simulator: &mut impl Replicator,
) -> Result<DetailedRun, Stopped> {
    let place = |row: &Row| row.elapsed().map_or(0, |time| time.number().map_or(u64::MAX, |at| at + 1));
    let middle = Sample::new(rows.iter().map(|row| Place(place(&row)))).quantile(Level::P50);
    let Place(middle) = middle.ok_or("there are no runs")?;
    // The median of very many runs is known to a tenth of a percent only: the nearest run has to do.
    let nearest = rows.iter().min_by_key(|row| place(row).abs_diff(middle));
    Ok(super::page::replayed(nearest.ok_or("there are no runs")?, seed, simulator))
}

/// The place of a run in order of rollout time: first runs without a rollout, last those that never end.
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
pub(super) fn conclude(
    folder: &ResultFolder,
    summary: &Summary,
    rows: &Rows,
    fan: &Fan,
    shown: &DetailedRun,
    pods: Option<&ExamplePods>,
    extras: Extras,
) -> Result<(), Stopped> {
    let points = fan.points(summary.facts.horizon);
    write_timeline(BufWriter::new(folder.create(ResultFile::Timeline)?), &points, &shown.timeline)?;
    if let Some(rollout) = &summary.rollout {
        write_survival(BufWriter::new(folder.create(ResultFile::Survival)?), &rollout.survival)?;
    }
    let course = ExampleCourse::of(shown.row.run, &shown.timeline);
    if let Some(course) = &course {
        course.write(BufWriter::new(folder.create(ResultFile::ExampleReplicaSets)?))?;
    }
    if let Some(pods) = pods {
        pods.write(BufWriter::new(folder.create(ResultFile::ExamplePods)?))?;
    }
    folder.write(ResultFile::Summary, pretty(&summary_json(summary)).as_bytes())?;
    if extras.parquet {
        tables_as_parquet(folder)?;
    }
    let draw = Draw { folder, png: extras.png };
    draw.chart(ResultFile::RolloutTimeChart, RolloutTimeChart::new(summary, rows))?;
    draw.chart(ResultFile::SurvivalChart, SurvivalChart::new(summary))?;
    draw.chart(ResultFile::WhereTheTimeWentChart, WhereTimeWentChart::new(summary))?;
    draw.chart(ResultFile::AvailablePodsChart, FanChart::new(summary, &points, &shown.timeline))?;
    let course = course.as_ref().and_then(|course| ReplicaSetChart::new(summary, &shown.row, course));
    draw.chart(ResultFile::ReplicaSetsChart, course)?;
    draw.chart(ResultFile::PodsChart, pods.and_then(|pods| PodsChart::new(summary, &shown.row, pods)))?;
    draw.chart(ResultFile::DeadlineMarginChart, DeadlineMarginChart::new(summary, rows))?;
    let batch = (summary.facts.scenario.as_str(), summary.facts.seed, summary.runs);
    let scalings = ScalingReader::open(&folder.path_of(ResultFile::Scalings)?)?.collect::<Result<_, _>>()?;
    draw.chart(ResultFile::ProportionalScalingChart, ScalingChart::new(scalings, batch, Some(shown.row.run)))
}

/// Writes each existing table again.
#[cfg(feature = "parquet")]
fn tables_as_parquet(folder: &ResultFolder) -> Result<(), Stopped> {
    for (name, fields) in tables() {
        let csv = folder.path_of(&format!("{name}.csv"))?;
        if csv.exists() {
            let out = BufWriter::new(folder.create(&format!("{name}.parquet"))?);
            write_parquet(BufReader::new(File::open(csv)?), name, &fields, out)?;
        }
    }
    Ok(())
}

/// Never called: the option is refused before the first run.
#[cfg(not(feature = "parquet"))]
fn tables_as_parquet(_: &ResultFolder) -> Result<(), Stopped> {
    Err("this rollout-lab was built without Parquet".into())
}

/// Puts charts into the folder.
struct Draw<'a> {
    folder: &'a ResultFolder,
    png: bool,
}

impl Draw<'_> {
    /// A chart that has nothing to show is not written.
    fn chart(&self, file: ResultFile, chart: Option<impl Chart>) -> Result<(), Stopped> {
        let Some(chart) = chart else { return Ok(()) };
        self.folder.write(file, chart::svg(&chart)?.as_bytes())?;
        if self.png {
            chart::png(&chart, &self.folder.path_of(file)?.with_extension("png"))?;
        }
        Ok(())
    }
}
