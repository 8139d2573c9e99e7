//! Chart: the pods of one run, stacked by `ReplicaSet` over time.

use super::frame::{LABEL_SIZE, LegendEntry, Mark, draw_text, frame, text_style, text_width};
use super::label_place::{Piece, label_place};
use super::plot::{Axes, Plot};
use super::stack::{Layer, LayerSlice, Outline, Stack};
use super::step::{Coarse, coarse};
use super::time_axis::axis_end;
use super::{Chart, ChartError, Drawn, palette};
use analysis::results::Summary;
use analysis::tables::example::ExampleCourse;
use analysis::tables::example::replica_sets::existing;
use measures::units::{count, duration, runs};
use measures::{Elapsed, Milli, Row, known};
use plotters::coord::Shift;
use plotters::element::Rectangle;
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, RGBAColor, RGBColor, WHITE};
use simulator::record::{Timeline, TimelinePoint};

/// Areas of the existing pods, each `ReplicaSet` on top of the older ones, strong for available pods; lines of all
/// available pods, of the wanted size and of the promise.
pub struct ReplicaSetChart<'a> {
    summary: &'a Summary,
    row: &'a Row,
    shown: &'a Timeline,
    stack: Stack<'a>,
    end: f64,
}

impl<'a> ReplicaSetChart<'a> {
    /// `None` without a timeline.
    pub fn new(summary: &'a Summary, row: &'a Row, example: &'a ExampleCourse) -> Option<Self> {
        let shown = &example.timeline;
        let last = shown.points.last()?.at.into();
        let end = axis_end(last, row.get(known::DEADLINE_FIRST), summary.facts.horizon);
        Some(Self { summary, row, shown, stack: Stack::new(shown, end), end })
    }

    fn curve(&self, value: impl Fn(&TimelinePoint) -> i32) -> Coarse {
        let seconds = |point: &TimelinePoint| Milli::from(point.at).as_f64();
        coarse(self.shown.points.iter().map(|point| (seconds(point), f64::from(value(point)))), self.end)
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

    /// The lines over the areas, the upper ones last. If no pod may be unavailable, one line shows the wanted size and
    /// the promise. A promise of zero has no line.
    fn lines(&self) -> Vec<PodLine> {
        let points = || self.shown.points.iter();
        let mut lines = vec![PodLine(AVAILABLE, "available", |point| point.available)];
        if points().all(|point| point.promised == point.desired) {
            lines.push(PodLine(PROMISED, "wanted and promised", |point| point.promised));
            return lines;
        }
        lines.push(PodLine(WANTED, "wanted", |point| point.desired));
        if points().any(|point| point.promised > 0) {
            lines.push(PodLine(PROMISED, "promised", |point| point.promised));
        }
        lines
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let mut legend: Vec<LegendEntry> =
            self.lines().iter().map(|PodLine(mark, name, _)| LegendEntry::new(*mark, *name)).collect();
        if self.row.deadline_fired() {
            legend.push(LegendEntry::new(FIRED, "progress deadline fires"));
        }
        for layer in &self.stack.layers {
            legend.push(LegendEntry::new(Mark::Area(strong(layer.color)), layer.title()));
        }
        let mut slices = self.stack.layers.iter().flat_map(|layer| &layer.slices);
        if slices.any(|slice| slice.available < slice.to) {
            legend.push(LegendEntry::new(Mark::Area(pale(palette::GREY)), "pale: not available"));
        }
        if !self.stack.lacking().is_empty() {
            legend
                .push(LegendEntry::new(LACKING, "sizes of the ReplicaSets together, where pods are missing"));
        }
        legend
    }

    /// Slightly above the largest number of pods.
    fn top(&self) -> f64 {
        let most = |point: &TimelinePoint| existing(point).max(point.desired).max(point.available);
        let most = f64::from(self.shown.points.iter().map(most).fold(1, i32::max));
        self.stack.lacking().iter().map(Outline::top).fold(most, f64::max) * 1.06
    }

    /// The `ReplicaSet`s, each with a line along its upper edge, and on top the missing pods.
    fn areas<D: DrawingBackend>(&self, plot: &mut Plot<'_, D>) -> Drawn {
        let stack = &self.stack;
        for layer in &stack.layers {
            let levels = |from: fn(&LayerSlice) -> i32, to: fn(&LayerSlice) -> i32| {
                let levels: Vec<(i32, i32)> =
                    layer.slices.iter().map(|slice| (from(slice), to(slice))).collect();
                stack.outlines(&levels)
            };
            for available in levels(|slice| slice.from, |slice| slice.available) {
                plot.area(available.shape, strong(layer.color))?;
            }
            for rest in levels(|slice| slice.available, |slice| slice.to) {
                plot.area(rest.shape, pale(layer.color))?;
            }
            for whole in levels(|slice| slice.from, |slice| slice.to) {
                let edge = Mark::Line(layer.color, 4);
                plot.line(whole.upper.clone(), rim(edge))?;
                plot.line(whole.upper, edge)?;
            }
        }
        stack.lacking().into_iter().try_for_each(|lacking| plot.line(lacking.upper, LACKING))
    }

    /// The lines with a pale border, so that they contrast with any area.
    fn draw_lines<D: DrawingBackend>(&self, plot: &mut Plot<'_, D>) -> Drawn {
        for PodLine(mark, _, value) in self.lines() {
            plot.steps(self.curve(value), rim(mark))?;
        }
        self.lines().into_iter().try_for_each(|PodLine(mark, _, value)| plot.steps(self.curve(value), mark))
    }

    /// A vertical line at the first time the progress deadline fired.
    fn mark_deadline<D: DrawingBackend>(&self, plot: &mut Plot<'_, D>) -> Drawn {
        let Some(fired) = self.row.get(known::DEADLINE_FIRST).map(Milli::as_f64) else {
            return Ok(());
        };
        let line = || vec![(fired, 0.0), (fired, self.top())];
        plot.line(line(), rim(FIRED))?;
        plot.line(line(), FIRED)
    }

    /// The revision of each area, inside the area if there is space.
    fn labels<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>, plot: &Plot<'_, D>) -> Drawn {
        let style = text_style(LABEL_SIZE, palette::INK);
        let barrier = self.row.get(known::DEADLINE_FIRST).map(|fired| plot.pixel((fired.as_f64(), 0.0)).0);
        let lines: Vec<Vec<(f64, f64)>> = self.lines().iter().map(|line| self.reach(line)).collect();
        for layer in &self.stack.layers {
            for (revision, pieces) in self.pieces(layer, plot, &lines) {
                let text = layer.label(revision);
                let (width, height) = (text_width(canvas, &text, &style)?, LABEL_SIZE);
                let Some((x, y)) = label_place(&pieces, (width + 2 * PAD, height + PAD), barrier) else {
                    continue;
                };
                let plate = [(x, y), (x + width + 2 * PAD, y + height + PAD)];
                let plate = Rectangle::new(plate, WHITE.mix(0.85).filled());
                canvas.draw(&plate).map_err(ChartError::new)?;
                draw_text(canvas, &text, &style, (x + PAD, y + 5))?;
            }
        }
        Ok(())
    }

    /// The lowest and highest pixel of a line in each column: they differ at a spike.
    fn reach(&self, PodLine(_, _, value): &PodLine) -> Vec<(f64, f64)> {
        let spikes = self.curve(value).spikes;
        let reach = |&(from, point): &(f64, &TimelinePoint)| {
            let held = f64::from(value(point));
            let ends = spikes.iter().flatten().filter(|&&(at, _)| at.total_cmp(&from).is_eq());
            ends.fold((held, held), |(low, high), &(_, pods)| (low.min(pods), high.max(pods)))
        };
        self.stack.columns.iter().map(reach).collect()
    }

    /// The pieces of a layer, grouped by revision.
    fn pieces<D: DrawingBackend>(
        &self,
        layer: &Layer<'_>,
        plot: &Plot<'_, D>,
        lines: &[Vec<(f64, f64)>],
    ) -> Vec<(i64, Vec<Piece>)> {
        let slices: Vec<(usize, &LayerSlice)> = layer.slices.iter().enumerate().collect();
        let held = |slice: &LayerSlice| slice.revision.filter(|_| slice.from < slice.to);
        let stretches = slices.chunk_by(|one, next| held(one.1) == held(next.1));
        let piece = |&(column, slice): &(usize, &LayerSlice)| {
            let x = |at: f64| plot.pixel((at, 0.0)).0;
            let y = |pods: f64| plot.pixel((0.0, pods)).1;
            Piece {
                x: (x(self.stack.columns[column].0), x(self.stack.until(column))),
                y: (y(slice.to.into()), y(slice.from.into())),
                lines: lines.iter().map(|line| line[column]).map(|(low, high)| (y(high), y(low))).collect(),
            }
        };
        let stretches = stretches
            .filter_map(|stretch| Some((held(stretch[0].1)?, stretch.iter().map(piece).collect::<Vec<_>>())));
        // One label per revision, at its widest stretch.
        let mut widest: Vec<(i64, Vec<Piece>)> = Vec::new();
        for (revision, pieces) in stretches {
            match widest.iter_mut().find(|known| known.0 == revision) {
                Some(known) if width(&known.1) >= width(&pieces) => {}
                Some(known) => known.1 = pieces,
                None => widest.push((revision, pieces)),
            }
        }
        widest
    }
}

/// Its appearance, its name in the legend, and its value.
struct PodLine(Mark, &'static str, fn(&TimelinePoint) -> i32);

const AVAILABLE: Mark = Mark::Line(palette::INK, 5);
const WANTED: Mark = Mark::Dashes(palette::PURPLE, 4);
const PROMISED: Mark = Mark::Dashes(palette::VERMILION, 4);
const FIRED: Mark = Mark::Dashes(palette::INK, 3);
const LACKING: Mark = Mark::Dashes(palette::GREY, 3);
/// Space left and right of a label on its background.
const PAD: i32 = 8;

/// Pods that are available.
fn strong(color: RGBColor) -> RGBAColor {
    color.mix(0.75)
}

/// Pods that are not available.
fn pale(color: RGBColor) -> RGBAColor {
    color.mix(0.3)
}

/// The same line in white and slightly wider.
fn rim(mark: Mark) -> Mark {
    match mark {
        Mark::Line(_, width) => Mark::Line(WHITE, width + 4),
        Mark::Dashes(_, width) => Mark::Dashes(WHITE, width + 4),
        Mark::Area(_) => mark,
    }
}

fn width(pieces: &[Piece]) -> i32 {
    let edges = pieces.first().zip(pieces.last());
    edges.map_or(0, |(first, last)| last.x.1 - first.x.0)
}

impl Chart for ReplicaSetChart<'_> {
    fn title(&self) -> String {
        let horizon = duration(self.summary.facts.horizon);
        let rollout = match self.row.elapsed() {
            None => "no rollout".into(),
            Some(Elapsed::Within(time)) => format!("the rollout took {}", duration(time)),
            Some(Elapsed::BeyondHorizon) => format!("the rollout had not ended after {horizon}"),
        };
        let fired =
            self.row.get(known::DEADLINE_FIRST).map(|at| format!(", the deadline fired at {}", duration(at)));
        let (fired, fewest) =
            (fired.unwrap_or_default(), count(self.row.count(known::AVAILABLE_MIN).max(0) as u64));
        format!("Run {}: {rollout}{fired}, never fewer than {fewest} available", self.row.run)
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let area = frame(canvas, &self.title(), &self.subtitle(), &self.legend())?;
        let axes = Axes {
            x: 0.0..self.end,
            x_title: "time since t = 0",
            y: 0.0..self.top(),
            y_title: "pods that exist, by ReplicaSet",
            is_share: false,
        };
        let mut plot = Plot::new(&area, axes)?;
        self.areas(&mut plot)?;
        self.draw_lines(&mut plot)?;
        self.mark_deadline(&mut plot)?;
        self.labels(canvas, &plot)
    }
}
