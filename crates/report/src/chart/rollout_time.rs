//! Chart: rollout times, and the share of rollouts that ended.

use super::frame::{LegendEntry, Mark, frame};
use super::plot::{Axes, Plot};
use super::step::staircase;
use super::{Chart, Drawn, palette};
use analysis::results::{Distribution, Rows, Summary};
use measures::stats::{Level, Sample};
use measures::units::{count, duration, duration_ceil, runs};
use measures::{Elapsed, Milli, known};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::Color;
use std::collections::BTreeMap;
use std::ops::Range;

/// A histogram above, the share of runs that have ended below, on one time axis. If no rollout ended, the chart
/// shows the times at which the progress deadline fired.
pub struct RolloutTimeChart<'a> {
    summary: &'a Summary,
    of: u64,
    times: Sample<Milli>,
    what: ShownTimes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ShownTimes {
    RolloutTime,
    DeadlineFired,
}

impl<'a> RolloutTimeChart<'a> {
    /// `None` if no run had a rollout, or if no time can be drawn.
    pub fn new(summary: &'a Summary, rows: &Rows) -> Option<Self> {
        let of = summary.rollout.as_ref()?.time.of;
        let finished = Sample::new(rows.iter().filter_map(|row| row.get(known::ROLLOUT_TIME)));
        let (times, what) = if finished.is_empty() {
            (
                Sample::new(rows.iter().filter_map(|row| row.get(known::DEADLINE_FIRST))),
                ShownTimes::DeadlineFired,
            )
        } else {
            (finished, ShownTimes::RolloutTime)
        };
        (!times.is_empty()).then_some(Self { summary, of, times, what })
    }

    fn subtitle(&self) -> String {
        let facts = &self.summary.facts;
        let batch = format!("{}, {}, seed {}.", facts.scenario, runs(self.summary.runs), facts.seed);
        let limit = facts.deadline.map(duration).unwrap_or_default();
        if self.what == ShownTimes::DeadlineFired {
            return format!(
                "{batch} The bars show when the progress deadline ({limit} without progress) fired first."
            );
        }
        let unseen = match self.deadline() {
            Some(_) if self.shown_deadline().is_none() => {
                format!(" The progress deadline ({limit} without progress) is not on the axis.")
            }
            _ => String::new(),
        };
        format!("{batch} {}{unseen}", self.missing())
    }

    /// The rollouts without a bar, in words.
    fn missing(&self) -> String {
        let horizon = duration(self.summary.facts.horizon);
        match self.of - self.times.len() as u64 {
            0 => format!("Every rollout ended within the horizon of {horizon}."),
            1 => format!("1 rollout had not ended after {horizon} and has no bar."),
            many => format!("{} rollouts had not ended after {horizon} and have no bar.", count(many)),
        }
    }

    /// The deadline on an axis of rollout times.
    fn deadline(&self) -> Option<f64> {
        let limit = self.summary.facts.deadline.filter(|_| self.what == ShownTimes::RolloutTime);
        limit.map(Milli::as_f64)
    }

    /// From zero, unless all times are close together. The deadline is shown if it does not compress the
    /// data.
    fn range(&self) -> Range<f64> {
        let seconds = |time: Option<Milli>| time.map_or(0.0, Milli::as_f64);
        let (first, last) = (seconds(self.times.min()), seconds(self.times.max()));
        let from =
            if first > 0.9 * last && first < last { first - (last - first).max(1.0).min(first) } else { 0.0 };
        let usual = seconds(self.times.quantile(Level::P95));
        let reach = last.max(2.5 * usual);
        let shown = self.deadline().filter(|deadline| (from..=reach).contains(deadline));
        let to = shown.unwrap_or(0.0).max(last);
        from..to + (to - from).max(0.001) * 0.06
    }

    /// The deadline, if it is on the axis.
    fn shown_deadline(&self) -> Option<f64> {
        self.deadline().filter(|deadline| self.range().contains(deadline))
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let bars = match self.what {
            ShownTimes::RolloutTime => "rollouts that ended",
            ShownTimes::DeadlineFired => "runs whose deadline fired",
        };
        let mut legend = vec![LegendEntry::new(Mark::Area(self.bar_color().to_rgba()), bars)];
        for (level, at, mark) in self.quantile_marks() {
            legend.push(LegendEntry::new(mark, format!("{level} {}", duration(at))));
        }
        if let Some(deadline) = self.shown_deadline() {
            let limit = duration(Milli::from_f64(deadline));
            legend.push(LegendEntry::new(DEADLINE, format!("progress deadline, {limit} without progress")));
        }
        legend
    }

    fn bar_color(&self) -> plotters::style::RGBColor {
        match self.what {
            ShownTimes::RolloutTime => palette::SKY,
            ShownTimes::DeadlineFired => palette::ORANGE,
        }
    }

    /// Quantiles over all rollouts, ended or not; quantiles beyond the horizon are not on the axis.
    fn quantile_marks(&self) -> Vec<(Level, Milli, Mark)> {
        // For a single rollout the title says the same.
        if self.what == ShownTimes::DeadlineFired || self.of == 1 {
            return Vec::new();
        }
        let time = self.summary.rollout.as_ref().map(|rollout| &rollout.time);
        let at = |level| match time.and_then(|time: &Distribution<Elapsed>| time.at(level)) {
            Some(Elapsed::Within(at)) => Some(at),
            _ => None,
        };
        let marks = [
            (Level::P50, Mark::Line(palette::INK, 4)),
            (Level::P95, Mark::Line(palette::BLUE, 4)),
            (Level::P99, Mark::Dashes(palette::BLUE, 4)),
        ];
        marks.into_iter().filter_map(|(level, mark)| at(level).map(|at| (level, at, mark))).collect()
    }

    /// Equal bins over the data, as (from, to, runs).
    fn bins(&self) -> Vec<(f64, f64, f64)> {
        let (Some(first), Some(last)) = (self.times.min(), self.times.max()) else {
            return Vec::new();
        };
        let (first, last) = (first.thousandths(), last.thousandths());
        let quantile = |level| self.times.quantile(level).map_or(0, Milli::thousandths);
        // Twenty bins for the usual range; a long tail gets more bins, not wider ones.
        let usual = quantile(Level::P95) - quantile(Level::per_mille(50));
        let axis = self.range();
        let slimmest = ((axis.end - axis.start) * 1000.0) as i64 / 150;
        let width = (usual / 20).max(slimmest).max(1);
        let first = if first == last { first - width / 2 } else { first };
        // Only bins with values: a run of days among runs of seconds would have millions of empty bins.
        let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
        for (time, runs) in self.times.counts() {
            *counts.entry((time.thousandths() - first) / width).or_default() += runs;
        }
        let seconds = |index: i64| (first + index * width) as f64 / 1000.0;
        counts.into_iter().map(|(index, runs)| (seconds(index), seconds(index + 1), runs as f64)).collect()
    }

    /// The share of all rollouts that had ended by a time. Many runs are thinned to the resolution of the chart, which
    /// also keeps the file small.
    fn share_over_time(&self) -> Vec<(f64, f64)> {
        const CORNERS: usize = 300;
        let Range { start, end } = self.range();
        let mut reached = 0;
        let corners = self.times.counts().into_iter().map(|(at, runs)| {
            reached += runs;
            (at.as_f64(), reached as f64 / self.of as f64)
        });
        let corners: Vec<(f64, f64)> = std::iter::once((start, 0.0)).chain(corners).collect();
        if self.times.len() <= CORNERS {
            return staircase(corners, end);
        }
        let at = |index: usize| start + (end - start) * index as f64 / CORNERS as f64;
        let share = |at: f64| match corners.partition_point(|&(time, _)| time <= at) {
            0 => 0.0,
            past => corners[past - 1].1,
        };
        (0..=CORNERS).map(|index| (at(index), share(at(index)))).collect()
    }

    fn vertical_marks<D: DrawingBackend>(&self, plot: &mut Plot<'_, D>, top: f64) -> Drawn {
        for (_, at, mark) in self.quantile_marks() {
            plot.line(vec![(at.as_f64(), 0.0), (at.as_f64(), top)], mark)?;
        }
        match self.shown_deadline() {
            Some(deadline) => plot.line(vec![(deadline, 0.0), (deadline, top)], DEADLINE),
            None => Ok(()),
        }
    }
}

const DEADLINE: Mark = Mark::Dashes(palette::VERMILION, 4);

impl Chart for RolloutTimeChart<'_> {
    fn title(&self) -> String {
        let Some(rollout) = &self.summary.rollout else {
            return String::new();
        };
        let (finished, horizon) = (rollout.finished, duration(self.summary.facts.horizon));
        let of = count(finished.of);
        if finished.hits == 0 {
            let fired = self.summary.deadline.fired;
            let (hits, of) = (count(fired.hits), runs(fired.of));
            return format!(
                "No rollout ended within {horizon}; the progress deadline fired in {hits} of {of}"
            );
        }
        let within = |level| match rollout.time.at(level) {
            Some(Elapsed::Within(time)) => Some(duration_ceil(time)),
            _ => None,
        };
        let ended = match (finished.hits == finished.of, finished.of) {
            (true, 1) => {
                return format!("The rollout ended after {}", within(Level::P50).unwrap_or_default());
            }
            (true, _) => format!("All {of} rollouts ended"),
            (false, _) => format!("{} of {of} rollouts ended within {horizon}", count(finished.hits)),
        };
        match (within(Level::P50), within(Level::P95)) {
            (Some(half), Some(most)) if half == most => format!("{ended}, 95% of all within {most}"),
            (Some(half), Some(most)) => format!("{ended}, half of all within {half}, 95% within {most}"),
            (Some(half), None) => format!("{ended}, half of all within {half}"),
            _ => ended,
        }
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let area = frame(canvas, &self.title(), &self.subtitle(), &self.legend())?;
        let (upper, lower) = area.split_vertically(area.dim_in_pixel().1 * 11 / 20);
        let bins = self.bins();
        let top = bins.iter().fold(1.0_f64, |top, &(_, _, runs)| top.max(runs)) * 1.08;
        let (counted, clock) = match self.what {
            ShownTimes::RolloutTime => ("runs", "time since the rollout began"),
            ShownTimes::DeadlineFired => ("runs", "time since t = 0"),
        };
        let axes = Axes { x: self.range(), x_title: "", y: 0.0..top, y_title: counted, is_share: false };
        let mut plot = Plot::new(&upper, axes)?;
        plot.bars(&bins, self.bar_color().to_rgba())?;
        self.vertical_marks(&mut plot, top)?;
        let share = "share of all runs";
        let axes = Axes { x: self.range(), x_title: clock, y: 0.0..1.02, y_title: share, is_share: true };
        let mut plot = Plot::new(&lower, axes)?;
        self.vertical_marks(&mut plot, 1.02)?;
        plot.line(self.share_over_time(), Mark::Line(palette::GREY, 4))
    }
}
