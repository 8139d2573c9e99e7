//! Charts. Each is drawn by one function over any backend, as SVG or as PNG.

mod comparison;
mod deadline;
mod deadline_margin;
mod drift;
mod fan;
mod font;
mod frame;
mod heat_map;
mod label_place;
mod palette;
mod plot;
mod pods;
mod proportional_scaling;
mod replica_sets;
mod rollout_time;
mod stack;
mod step;
mod survival;
mod time_axis;
mod trade_off;
mod where_time_went;

use crate::terminal;
use plotters::coord::Shift;
use plotters::prelude::{BitMapBackend, DrawingArea, DrawingBackend, IntoDrawingArea, SVGBackend};
use std::fmt::Display;
use std::path::Path;

pub use comparison::{ComparisonChart, Side};
pub use deadline::DeadlineChart;
pub use deadline_margin::DeadlineMarginChart;
pub use drift::DriftChart;
pub use fan::FanChart;
pub use heat_map::HeatMap;
pub use pods::PodsChart;
pub use proportional_scaling::ScalingChart;
pub use replica_sets::ReplicaSetChart;
pub use rollout_time::RolloutTimeChart;
pub use survival::SurvivalChart;
pub use trade_off::TradeOffChart;
pub use where_time_went::WhereTimeWentChart;

/// SVG coordinates are whole pixels, so the canvas has twice the size of the display.
const SIZE: (u32, u32) = (1800, 1080);

/// A chart could not be drawn or stored.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw a chart: {0}")]
pub struct ChartError(String);

impl ChartError {
    fn new(cause: impl Display) -> Self {
        Self(cause.to_string())
    }
}

/// The result of a drawing function.
pub(crate) type Drawn = Result<(), ChartError>;

/// A chart.
pub trait Chart {
    /// The finding, in one sentence.
    fn title(&self) -> String;

    /// Width and height in pixels.
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    /// Draws on a white canvas.
    ///
    /// # Errors
    /// The drawing library refuses.
    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn;
}

/// The chart as an SVG document.
///
/// # Errors
/// The drawing library refuses.
pub fn svg(chart: &impl Chart) -> Result<String, ChartError> {
    font::register()?;
    let mut text = String::new();
    {
        let canvas = SVGBackend::with_string(&mut text, chart.size()).into_drawing_area();
        chart.draw(&canvas)?;
        canvas.present().map_err(ChartError::new)?;
    }
    Ok(terminal::escaped(&accessible(&text, &chart.title(), chart.size())).into_owned())
}

/// Writes the chart as a PNG file.
///
/// # Errors
/// The drawing library refuses, or the file cannot be written.
pub fn png(chart: &impl Chart, path: &Path) -> Drawn {
    font::register()?;
    let canvas = BitMapBackend::new(path, chart.size()).into_drawing_area();
    chart.draw(&canvas)?;
    canvas.present().map_err(ChartError::new)
}

/// Adds what plotters leaves out: a title for screen readers, a display size, and fallback fonts of about the
/// same width as the font of the layout.
fn accessible(svg: &str, title: &str, (width, height): (u32, u32)) -> String {
    let head = format!("<svg width=\"{width}\" height=\"{height}\"");
    let better = format!("<svg role=\"img\" aria-label=\"{}\" width=\"{}\"", escaped(title), width / 2);
    let svg = svg.replacen(&head, &better, 1);
    let svg = svg.replacen(">\n", &format!(">\n<title>{}</title>\n", escaped(title)), 1);
    let fonts = format!("font-family=\"{}\"", font::FAMILY);
    svg.replace(&fonts, &format!("font-family=\"{}, Verdana, Helvetica, sans-serif\"", font::FAMILY))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
