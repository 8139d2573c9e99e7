//! One plot: axes in the common style, and the kinds of series that the charts need.

use super::frame::{LABEL_SIZE, Mark, text_style};
use super::step::Coarse;
use super::time_axis::{time_label, time_ticks, whole_label, whole_ticks};
use super::{ChartError, Drawn, palette};
use measures::units::whole_percent;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::element::{Circle, Polygon, Rectangle};
use plotters::prelude::{Cartesian2d, DrawingArea, DrawingBackend};
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::{Color, RGBAColor};
use std::ops::Range;

/// A linear axis with given ticks.
struct Axis {
    range: Range<f64>,
    ticks: Vec<f64>,
}

impl Ranged for Axis {
    type ValueType = f64;
    type FormatOption = DefaultFormatting;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        from + (share * f64::from(to - from)).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, _: H) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

/// The ranges and titles of the axes.
pub(crate) struct Axes<'t> {
    /// Seconds.
    pub x: Range<f64>,
    pub x_title: &'t str,
    pub y: Range<f64>,
    pub y_title: &'t str,
    /// Whether y is a share from 0 to 1 rather than a count.
    pub is_share: bool,
}

/// A plot with its axes drawn.
pub(crate) struct Plot<'a, D: DrawingBackend> {
    chart: ChartContext<'a, D, Cartesian2d<Axis, Axis>>,
}

impl<'a, D: DrawingBackend> Plot<'a, D> {
    /// Draws the axes.
    pub(crate) fn new(area: &'a DrawingArea<D, Shift>, axes: Axes<'_>) -> Result<Self, ChartError> {
        let x_ticks = time_ticks(axes.x.start, axes.x.end);
        let y_ticks = if axes.is_share { quarters() } else { whole_ticks(axes.y.start, axes.y.end) };
        let (x, y) = (Axis { range: axes.x, ticks: x_ticks }, Axis { range: axes.y, ticks: y_ticks });
        let y_label = if axes.is_share { whole_percent } else { whole_label };
        let mut chart = ChartBuilder::on(area)
            .margin_left(20)
            .margin_right(60)
            .margin_bottom(16)
            .margin_top(12)
            .x_label_area_size(if axes.x_title.is_empty() { 46 } else { 82 })
            .y_label_area_size(110)
            .build_cartesian_2d(x, y)
            .map_err(ChartError::new)?;
        chart
            .configure_mesh()
            .label_style(text_style(LABEL_SIZE - 2, palette::INK))
            .axis_desc_style(text_style(LABEL_SIZE, palette::INK))
            .axis_style(palette::GREY)
            .bold_line_style(palette::FAINT)
            .light_line_style(palette::FAINT.mix(0.0))
            .x_label_formatter(&|seconds| time_label(*seconds))
            .y_label_formatter(&|number| y_label(*number))
            .x_desc(axes.x_title)
            .y_desc(axes.y_title)
            .draw()
            .map_err(ChartError::new)?;
        Ok(Self { chart })
    }

    /// A line through points.
    pub(crate) fn line(&mut self, points: Vec<(f64, f64)>, mark: Mark) -> Drawn {
        match mark {
            Mark::Line(color, width) => {
                let line = LineSeries::new(points, color.stroke_width(width));
                self.chart.draw_series(line).map_err(ChartError::new)?;
            }
            Mark::Dashes(color, width) => {
                let line = DashedLineSeries::new(points, 14, 8, color.stroke_width(width));
                self.chart.draw_series(line).map_err(ChartError::new)?;
            }
            Mark::Area(color) => return self.area(points, color),
        }
        Ok(())
    }

    /// A line that is constant between changes.
    pub(crate) fn steps(&mut self, steps: Coarse, mark: Mark) -> Drawn {
        self.line(steps.corners, mark)?;
        steps.spikes.into_iter().try_for_each(|spike| self.line(spike, mark))
    }

    /// A round mark, its radius in pixels.
    pub(crate) fn dot(&mut self, at: (f64, f64), radius: i32, color: RGBAColor) -> Drawn {
        let mark = std::iter::once(Circle::new(at, radius, color.filled()));
        self.chart.draw_series(mark).map_err(ChartError::new)?;
        Ok(())
    }

    /// The pixel of a point on the canvas.
    pub(crate) fn pixel(&self, at: (f64, f64)) -> (i32, i32) {
        self.chart.backend_coord(&at)
    }

    /// A filled outline.
    pub(crate) fn area(&mut self, outline: Vec<(f64, f64)>, color: RGBAColor) -> Drawn {
        if outline.is_empty() {
            return Ok(());
        }
        let shape = std::iter::once(Polygon::new(outline, color.filled()));
        self.chart.draw_series(shape).map_err(ChartError::new)?;
        Ok(())
    }

    /// Bars as (from, to, height).
    pub(crate) fn bars(&mut self, bars: &[(f64, f64, f64)], color: RGBAColor) -> Drawn {
        let bars = bars.iter().map(|&(from, to, height)| {
            let mut bar = Rectangle::new([(from, 0.0), (to, height)], color.filled());
            bar.set_margin(0, 0, 1, 1);
            bar
        });
        self.chart.draw_series(bars).map_err(ChartError::new)?;
        Ok(())
    }
}

fn quarters() -> Vec<f64> {
    vec![0.0, 0.25, 0.5, 0.75, 1.0]
}
