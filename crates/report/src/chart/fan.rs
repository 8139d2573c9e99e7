//! Chart: available pods over time, over all runs, with the promise.

use super::frame::{LegendEntry, Mark, frame};
use super::plot::{Axes, Plot};
use super::step::{band, staircase};
use super::time_axis::axis_end;
use super::{Chart, Drawn, palette};
use analysis::results::{FanPoint, Summary};
use analysis::tables::timeline::promised_at;
use measures::units::{count, runs};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, RGBAColor};
use simulator::record::Timeline;
use std::ops::Range;

/// A fan of quantiles.
pub struct FanChart<'a> {
    summary: &'a Summary,
    points: &'a [FanPoint],
    promised: Vec<(f64, f64)>,
    end: f64,
}

impl<'a> FanChart<'a> {
    /// `None` without samples.
    pub fn new(summary: &'a Summary, points: &'a [FanPoint], shown: &Timeline) -> Option<Self> {
        let end = end_of_action(summary, points)?;
        let at = |point: &FanPoint| point.at.as_f64();
        let promised = points.iter().zip(promised_at(points, shown));
        let promised = promised.filter_map(|(point, pods)| Some((at(point), f64::from(pods?)))).collect();
        Some(Self { summary, points, promised, end })
    }

    fn curve(&self, value: impl Fn(&FanPoint) -> i32) -> Vec<(f64, f64)> {
        staircase(self.points.iter().map(|point| (point.at.as_f64(), f64::from(value(point)))), self.end)
    }

    fn subtitle(&self) -> String {
        let facts = &self.summary.facts;
        let (batch, seed) = (runs(self.summary.runs), facts.seed);
        let rest = if self.end < facts.horizon.as_f64() {
            " After the end of the axis the bands stay as they are."
        } else {
            ""
        };
        format!("{}, {batch}, seed {seed}, at each moment over all runs.{rest}", facts.scenario)
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let mut legend = vec![
            LegendEntry::new(MEDIAN, "median"),
            LegendEntry::new(Mark::Area(inner()), "middle half of the runs"),
            LegendEntry::new(Mark::Area(outer()), "p05 to p95"),
            LegendEntry::new(LOWEST, "lowest run"),
        ];
        if !self.promised.is_empty() {
            legend.push(LegendEntry::new(PROMISED, "promised (replicas - maxUnavailable)"));
        }
        legend
    }

    /// From zero, unless all values are in the upper half.
    fn pods_range(&self) -> Range<f64> {
        let lows = self.points.iter().map(|point| f64::from(point.min));
        let highs = self.points.iter().map(|point| f64::from(point.max));
        let promised = self.promised.iter().map(|&(_, pods)| pods);
        let low = lows.chain(promised.clone()).fold(f64::INFINITY, f64::min);
        let high = highs.chain(promised).fold(1.0, f64::max);
        let room = ((high - low) * 0.08).max(high * 0.02);
        if low > high / 2.0 && high >= 20.0 { low - room..high + room } else { 0.0..high * 1.06 }
    }
}

/// The time after which the bands do not change; `None` without points. A single run that takes five times as long
/// as all others must not compress the others.
fn end_of_action(summary: &Summary, points: &[FanPoint]) -> Option<f64> {
    let (last, first) = (points.last()?, points.first()?);
    let bands = |point: &FanPoint| (point.p05, point.p25, point.p50, point.p75, point.p95);
    let changed = points.iter().rev().find(|point| bands(point) != bands(last)).unwrap_or(first);
    // If few runs are stuck, the rest of their time would compress the other runs.
    let is_usual = 2 * summary.deadline.fired.hits > summary.deadline.fired.of;
    let fired = summary.deadline.first_fired.as_ref().filter(|_| is_usual).map(|fired| fired.max);
    Some(axis_end(changed.at, fired, last.at))
}

const MEDIAN: Mark = Mark::Line(palette::BLUE, 4);
const LOWEST: Mark = Mark::Line(palette::INK, 2);
const PROMISED: Mark = Mark::Dashes(palette::VERMILION, 4);

fn inner() -> RGBAColor {
    palette::SKY.mix(0.75)
}

fn outer() -> RGBAColor {
    palette::SKY.mix(0.35)
}

impl Chart for FanChart<'_> {
    fn title(&self) -> String {
        let availability = &self.summary.availability;
        let (below, lowest) = (availability.below_promised_runs, availability.min.min);
        let pods = match lowest {
            1 => "1 pod was".to_owned(),
            many => format!("{} pods were", count(many.max(0) as u64)),
        };
        let is_level =
            self.points.iter().all(|point| i64::from(point.max) == lowest && point.min == point.max);
        let worst = if is_level {
            format!("{pods} available all the time")
        } else {
            format!("at worst {pods} available")
        };
        match below.hits {
            0 => format!("Never below the promise in {}; {worst}", runs(below.of)),
            hits => format!("Below the promise in {} of {}; {worst}", count(hits), runs(below.of)),
        }
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let area = frame(canvas, &self.title(), &self.subtitle(), &self.legend())?;
        let axes = Axes {
            x: 0.0..self.end,
            x_title: "time since t = 0",
            y: self.pods_range(),
            y_title: "available pods",
            is_share: false,
        };
        let mut plot = Plot::new(&area, axes)?;
        plot.area(band(&self.curve(|p| p.p05), &self.curve(|p| p.p95)), outer())?;
        plot.area(band(&self.curve(|p| p.p25), &self.curve(|p| p.p75)), inner())?;
        plot.line(self.curve(|p| p.min), LOWEST)?;
        plot.line(self.curve(|p| p.p50), MEDIAN)?;
        plot.line(staircase(self.promised.iter().copied(), self.end), PROMISED)
    }
}
