//! Chart: one run, its pods and the sizes of its `ReplicaSet`s over time.

use super::frame::{Entry, Mark, frame};
use super::plot::{Axes, Plot};
use super::step::{Coarse, coarse};
use super::time_axis::axis_end;
use super::{Chart, Drawn, palette};
use crate::results::{Elapsed, Milli, Row, Summary};
use crate::write::example::ExampleCourse;
use crate::write::example::replica_sets::existing;
use crate::write::words::{count, duration, runs};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};
use simulator::record::{ReplicaSetPoint, Timeline, TimelinePoint};

/// Above: pods that exist and pods that are available, against what is wanted and promised.
/// Below: each `ReplicaSet`'s wanted size and its available pods.
pub struct ReplicaSetChart<'a> {
    summary: &'a Summary,
    row: &'a Row,
    told: &'a Timeline,
    shown: Vec<Shown<'a>>,
    end: f64,
}

/// A `ReplicaSet` that had pods at some time.
struct Shown<'a> {
    name: &'a str,
    revision: i64,
}

impl<'a> ReplicaSetChart<'a> {
    /// `None` without a timeline.
    pub fn new(summary: &'a Summary, row: &'a Row, example: &'a ExampleCourse) -> Option<Self> {
        let told = &example.timeline;
        let last = told.points.last()?.at.into();
        let end = axis_end(last, row.deadline_first, summary.facts.horizon);
        Some(Self { summary, row, told, shown: shown(told), end })
    }

    fn curve(&self, value: impl Fn(&TimelinePoint) -> i32) -> Coarse {
        coarse(self.told.points.iter().map(|point| (seconds(point), f64::from(value(point)))), self.end)
    }

    fn subtitle(&self) -> String {
        let facts = &self.summary.facts;
        let rest = if self.end < facts.horizon.as_f64() {
            " Nothing changes after the end of the axis."
        } else {
            ""
        };
        let of = match self.summary.runs {
            1 => ", the only one".to_owned(),
            many => format!(" of {} in all", runs(many)),
        };
        format!("{}, seed {}, run {}{of}.{rest}", facts.scenario, facts.seed, self.row.run)
    }

    fn legend(&self) -> Vec<Entry> {
        let mut legend = vec![
            Entry::new(EXISTING, "pods that exist"),
            Entry::new(AVAILABLE, "available"),
            Entry::new(WANTED, "wanted"),
            Entry::new(PROMISED, "promised"),
        ];
        if self.row.deadline_fired() {
            legend.push(Entry::new(FIRED, "progress deadline fires"));
        }
        for (index, set) in self.shown.iter().enumerate() {
            let text = format!("{} (revision {})", set.name, set.revision);
            legend.push(Entry::new(Mark::Line(color(index), 5), text));
        }
        legend.push(Entry::new(Mark::Dashes(palette::GREY, 3), "dashed: its available pods"));
        legend
    }

    fn top(&self) -> f64 {
        let most = |point: &TimelinePoint| existing(point).max(point.desired).max(point.available);
        f64::from(self.told.points.iter().map(most).fold(1, i32::max)) * 1.06
    }

    fn axes<'t>(&self, x_title: &'t str, y_title: &'t str) -> Axes<'t> {
        Axes { x: 0.0..self.end, x_title, y: 0.0..self.top(), y_title, is_share: false }
    }

    /// A vertical line where the progress deadline fired first.
    fn mark_deadline<D: DrawingBackend>(&self, plot: &mut Plot<'_, D>) -> Drawn {
        let Some(fired) = self.row.deadline_first.map(Milli::as_f64) else {
            return Ok(());
        };
        plot.line(vec![(fired, 0.0), (fired, self.top())], FIRED)
    }

    fn sizes(&self, name: &str, size: fn(&ReplicaSetPoint) -> i32) -> Coarse {
        self.curve(|point| point.replica_sets.iter().find(|set| set.name == name).map_or(0, size))
    }
}

const EXISTING: Mark = Mark::Line(palette::GREY, 3);
const AVAILABLE: Mark = Mark::Line(palette::INK, 5);
const WANTED: Mark = Mark::Dashes(palette::PURPLE, 3);
const FIRED: Mark = Mark::Dashes(palette::INK, 3);
const PROMISED: Mark = Mark::Dashes(palette::VERMILION, 4);

/// More `ReplicaSet`s than colours would only make a tangle: the latest are shown.
fn shown(told: &Timeline) -> Vec<Shown<'_>> {
    let mut shown: Vec<Shown<'_>> = Vec::new();
    let had_pods = |set: &&ReplicaSetPoint| set.pods > 0 || set.wanted > 0;
    for set in told.points.iter().flat_map(|point| point.replica_sets.iter().filter(had_pods)) {
        match shown.iter_mut().find(|known| known.name == set.name) {
            Some(known) => known.revision = set.revision,
            None => shown.push(Shown { name: &set.name, revision: set.revision }),
        }
    }
    let surplus = shown.len().saturating_sub(palette::SERIES.len());
    shown.drain(..surplus);
    shown
}

fn color(index: usize) -> plotters::style::RGBColor {
    palette::SERIES[index % palette::SERIES.len()]
}

fn seconds(point: &TimelinePoint) -> f64 {
    Milli::from(point.at).as_f64()
}

impl Chart for ReplicaSetChart<'_> {
    fn title(&self) -> String {
        let horizon = duration(self.summary.facts.horizon);
        let rollout = match self.row.elapsed() {
            None => "no rollout".into(),
            Some(Elapsed::Within(time)) => format!("the rollout took {}", duration(time)),
            Some(Elapsed::BeyondHorizon) => format!("the rollout had not ended after {horizon}"),
        };
        let fired = self.row.deadline_first.map(|at| format!(", the deadline fired at {}", duration(at)));
        let (fired, fewest) = (fired.unwrap_or_default(), count(self.row.available_min.max(0) as u64));
        format!("Run {}: {rollout}{fired}, never fewer than {fewest} available", self.row.run)
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let area = frame(canvas, &self.title(), &self.subtitle(), &self.legend())?;
        let (upper, lower) = area.split_vertically(area.dim_in_pixel().1 / 2);
        let mut plot = Plot::new(&upper, self.axes("", "all pods"))?;
        plot.steps(self.curve(existing), EXISTING)?;
        plot.steps(self.curve(|point| point.desired), WANTED)?;
        plot.steps(self.curve(|point| point.available), AVAILABLE)?;
        plot.steps(self.curve(|point| point.promised), PROMISED)?;
        self.mark_deadline(&mut plot)?;
        let mut plot = Plot::new(&lower, self.axes("time since t = 0", "pods by ReplicaSet"))?;
        for (index, set) in self.shown.iter().enumerate() {
            plot.steps(self.sizes(set.name, |set| set.wanted), Mark::Line(color(index), 5))?;
            plot.steps(self.sizes(set.name, |set| set.available), Mark::Dashes(color(index), 3))?;
        }
        self.mark_deadline(&mut plot)
    }
}
