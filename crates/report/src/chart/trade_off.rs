//! Chart: rollout time, availability and pods of each variant, with the Pareto front.

use super::frame::{LABEL_SIZE, LegendEntry, Mark, draw_text, frame, text_style, text_width};
use super::plot::{Axes, Plot};
use super::{Chart, Drawn, palette};
use analysis::sweep::{Figures, Sweep};
use measures::Elapsed;
use measures::units::{count, runs};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, RGBColor};

/// Rollout time to the right, fewest available pods upward, a mark per variant.
pub struct TradeOffChart<'a> {
    sweep: &'a Sweep,
    points: Vec<TradeOffPoint>,
}

struct TradeOffPoint {
    cell: usize,
    seconds: f64,
    available: f64,
    peak: f64,
    on_front: bool,
}

impl<'a> TradeOffChart<'a> {
    /// `None` with fewer than two variants whose rollouts end.
    pub fn new(sweep: &'a Sweep) -> Option<Self> {
        let point = |(cell, figures): (usize, &Figures)| {
            let (seconds, available, peak) = numbers(figures)?;
            Some(TradeOffPoint { cell, seconds, available, peak, on_front: sweep.front.contains(&cell) })
        };
        let points: Vec<TradeOffPoint> = sweep.ran().filter_map(point).collect();
        (points.len() > 1).then_some(Self { sweep, points })
    }

    fn subtitle(&self) -> String {
        let hidden = self.sweep.outcomes.len() - self.points.len();
        let hidden = match hidden {
            0 => String::new(),
            1 => " 1 variant was refused or does not end within the horizon, and has no mark.".to_owned(),
            many => {
                format!(" {many} variants were refused or do not end within the horizon, and have no mark.")
            }
        };
        let (least, most) = self.peaks();
        let [fewest, highest] = [least, most].map(|pods| count(pods as u64));
        let size = if least < most {
            format!("the larger a mark, the more pods at once ({fewest} to {highest})")
        } else {
            format!("at most {highest} pods at once in all of them")
        };
        let Sweep { scenario, seed, .. } = self.sweep;
        let each = runs(self.sweep.runs);
        format!("{scenario}, {each} each, seed {seed}. Numbers are cells of the table; {size}.{hidden}")
    }

    fn peaks(&self) -> (f64, f64) {
        let fold = |pick: fn(f64, f64) -> f64, start| self.points.iter().map(|p| p.peak).fold(start, pick);
        (fold(f64::min, f64::INFINITY), fold(f64::max, 0.0))
    }

    /// Half the side of a mark in pixels.
    fn size(&self, peak: f64) -> i32 {
        let (least, most) = self.peaks();
        let share = if most > least { (peak - least) / (most - least) } else { 0.5 };
        (9.0 + 12.0 * share) as i32
    }
}

fn numbers(figures: &Figures) -> Option<(f64, f64, f64)> {
    let number = |value: Elapsed| match value {
        Elapsed::Within(number) => Some(number.as_f64()),
        Elapsed::BeyondHorizon => None,
    };
    Some((number(figures.rollout?.value)?, number(figures.available.value)?, number(figures.peak.value)?))
}

const FRONT: RGBColor = palette::BLUE;

impl Chart for TradeOffChart<'_> {
    fn title(&self) -> String {
        let of = count(self.sweep.ran().count() as u64);
        match self.sweep.front.len() as u64 {
            1 => format!("One of {of} variants beats all others in time, availability and pods"),
            many => format!(
                "{} of {of} variants are beaten by no other in time, availability and pods",
                count(many)
            ),
        }
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let beaten = palette::GREY.mix(0.45);
        let legend = [
            LegendEntry::new(Mark::Area(FRONT.to_rgba()), "beaten by none (the front)"),
            LegendEntry::new(Mark::Area(beaten), "beaten by another variant"),
        ];
        let area = frame(canvas, &self.title(), &self.subtitle(), &legend)?;
        let most = |number: fn(&TradeOffPoint) -> f64| self.points.iter().map(number).fold(0.0, f64::max);
        let axes = Axes {
            x: 0.0..most(|point| point.seconds) * 1.08 + 1.0,
            x_title: "rollout time, p95 (short is better)",
            y: 0.0..most(|point| point.available) * 1.12 + 1.0,
            y_title: "fewest available pods, p05",
            is_share: false,
        };
        let mut plot = Plot::new(&area, axes)?;
        for of_front in [false, true] {
            let color = if of_front { FRONT.to_rgba() } else { beaten };
            for point in self.points.iter().filter(|point| point.on_front == of_front) {
                plot.dot((point.seconds, point.available), self.size(point.peak), color)?;
            }
        }
        self.numbers(canvas, &plot)
    }
}

/// Marks closer than this have one label, in pixels.
const NEAR: i32 = 14;
/// Numbers in such a label at most.
const MOST_NUMBERS: usize = 8;

impl TradeOffChart<'_> {
    /// The numbers next to the marks.
    fn numbers<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>, plot: &Plot<'_, D>) -> Drawn {
        let style = text_style(LABEL_SIZE - 2, palette::INK);
        let mut labels: Vec<Label> = Vec::new();
        for point in self.points.iter().filter(|point| point.on_front || self.points.len() <= 24) {
            let at = plot.pixel((point.seconds, point.available));
            let is_near = |label: &&mut Label| {
                label.on_front == point.on_front
                    && (label.at.0 - at.0).abs().max((label.at.1 - at.1).abs()) <= NEAR
            };
            let size = self.size(point.peak);
            match labels.iter_mut().find(is_near) {
                Some(label) => {
                    label.cells.push(point.cell);
                    label.size = label.size.max(size);
                }
                None => labels.push(Label { at, size, on_front: point.on_front, cells: vec![point.cell] }),
            }
        }
        let right = canvas.dim_in_pixel().0 as i32;
        for label in labels {
            let (text, shift) = (label.text(), label.size + 6);
            let width = text_width(canvas, &text, &style)?;
            let is_room = label.at.0 + shift + width < right;
            let x = if is_room { label.at.0 + shift } else { label.at.0 - shift - width };
            // Marks may overlap; the numbers of dominated variants are below.
            let below = if label.on_front { -26 } else { 8 };
            draw_text(canvas, &text, &style, (x, label.at.1 + below))?;
        }
        Ok(())
    }
}

/// The numbers of marks that are close together.
struct Label {
    at: (i32, i32),
    size: i32,
    on_front: bool,
    cells: Vec<usize>,
}

impl Label {
    /// `1, 2, 5`; only the first ones of very many.
    fn text(&self) -> String {
        let shown = self.cells.iter().take(MOST_NUMBERS).map(usize::to_string);
        let shown = shown.collect::<Vec<_>>().join(", ");
        match self.cells.len().saturating_sub(MOST_NUMBERS) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn very_many_numbers_are_not_listed() {
        let text = |cells: std::ops::Range<usize>| {
            Label { at: (0, 0), size: 9, on_front: true, cells: cells.collect() }.text()
        };
        assert_eq!(text(3..4), "3");
        assert_eq!(text(0..8), "0, 1, 2, 3, 4, 5, 6, 7");
        assert_eq!(text(0..30), "0, 1, 2, 3, 4, 5, 6, 7 and 22 more");
    }
}
