//! Chart: the sizes of each `ReplicaSet` before and after proportional scaling, with the exact shares.

use super::frame::{LABEL_SIZE, LegendEntry, Mark, draw_text, frame, text_style};
use super::time_axis::{whole_label, whole_ticks};
use super::{Chart, ChartError, Drawn, palette};
use analysis::tables::scalings::Scaling;
use measures::Milli;
use measures::units::{count, duration, runs};
use plotters::coord::Shift;
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::Color;

/// The events of one run, a pair of bars for each `ReplicaSet`.
pub struct ScalingChart {
    scenario: String,
    seed: u64,
    /// Runs of the batch, and runs with a scaling event.
    runs: (u64, u64),
    run: u64,
    events: Vec<ScalingEvent>,
    /// Events of the run that are not shown.
    more: usize,
}

struct ScalingEvent {
    at: Milli,
    replicas: (i64, i64),
    scalings: Vec<Scaling>,
}

/// Groups of bars that fit.
const MOST_EVENTS: usize = 4;
const MOST_BARS: usize = 12;
/// Milliseconds after which the same sizes belong to another event.
const APART: i64 = 5_000;
/// Space left of the bars, right of them, and below.
const LEFT: i32 = 140;
const RIGHT: i32 = 60;
const BELOW: i32 = 150;

impl ScalingChart {
    /// The events of `run`, or of the first run with an event; `None` if there is none. `rows` are the rows of the
    /// batch, in order of run.
    pub fn new(
        rows: Vec<Scaling>,
        (scenario, seed, all): (&str, u64, u64),
        run: Option<u64>,
    ) -> Option<Self> {
        let with = rows.chunk_by(|one, next| one.run == next.run).count() as u64;
        let first = rows.iter().find(|row| Some(row.run) == run).or(rows.first())?.run;
        let mut events: Vec<ScalingEvent> = Vec::new();
        for row in rows.into_iter().filter(|row| row.run == first) {
            let is_same = |event: &&mut ScalingEvent| {
                event.replicas == row.replicas && row.at.thousandths() - event.at.thousandths() < APART
            };
            match events.last_mut().filter(is_same) {
                Some(event) => event.scalings.push(row),
                None => events.push(ScalingEvent { at: row.at, replicas: row.replicas, scalings: vec![row] }),
            }
        }
        let all_events = events.len();
        let mut bars = 0;
        events.truncate(MOST_EVENTS);
        events.retain(|event| {
            bars += event.scalings.len();
            bars <= MOST_BARS
        });
        let more = all_events - events.len();
        let chart = Self { scenario: scenario.to_owned(), seed, runs: (all, with), run: first, events, more };
        Some(chart).filter(|chart| !chart.events.is_empty())
    }

    fn subtitle(&self) -> String {
        let (all, with) = self.runs;
        let more = match self.more {
            0 => String::new(),
            more => format!(" {} more events of this run are not shown.", count(more as u64)),
        };
        format!(
            "{}, seed {}, run {}. Scaled during the rollout: {} of {}.{more}",
            self.scenario,
            self.seed,
            self.run,
            count(with),
            runs(all)
        )
    }

    fn top(&self) -> f64 {
        let sizes = self.events.iter().flat_map(|event| &event.scalings);
        sizes
            .map(|size| f64::from(size.resize.from.max(size.resize.to)).max(size.ideal.as_f64()))
            .fold(1.0, f64::max)
            * 1.12
    }
}

fn exact(share: Milli) -> String {
    format!("{:.2}", share.as_f64())
}

impl Chart for ScalingChart {
    fn title(&self) -> String {
        let Some(event) = self.events.first() else { return String::new() };
        let of = |size: &Scaling| {
            format!(
                "revision {} {} -> {} (exactly {})",
                size.resize.revision,
                size.resize.from,
                size.resize.to,
                exact(size.ideal)
            )
        };
        let sizes: Vec<String> = event.scalings.iter().map(of).collect();
        let (from, to) = event.replicas;
        format!("Scaled from {from} to {to} replicas during the rollout: {}", sizes.join(", "))
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let legend = [
            LegendEntry::new(Mark::Area(palette::SKY.to_rgba()), "size before"),
            LegendEntry::new(Mark::Area(palette::BLUE.to_rgba()), "size after"),
            LegendEntry::new(Mark::Line(palette::VERMILION, 5), "exact share, not rounded"),
        ];
        let area = frame(canvas, &self.title(), &self.subtitle(), &legend)?;
        let (width, height) = area.dim_in_pixel();
        let (bottom, top) = (height as i32 - BELOW, self.top());
        let y = |pods: f64| bottom - (pods / top * f64::from(bottom - 10)).round() as i32;
        let small = text_style(LABEL_SIZE - 2, palette::INK);
        for pods in whole_ticks(0.0, top) {
            let line = vec![(LEFT, y(pods)), (width as i32 - RIGHT, y(pods))];
            area.draw(&PathElement::new(line, palette::FAINT.stroke_width(2))).map_err(ChartError::new)?;
            draw_text(&area, &whole_label(pods), &small, (LEFT - 70, y(pods) - 12))?;
        }
        let groups: usize = self.events.iter().map(|event| event.scalings.len() + 1).sum();
        let slot = (width as i32 - LEFT - RIGHT) / groups.max(1) as i32;
        let mut x = LEFT + slot / 2;
        for event in &self.events {
            let (from, to) = event.replicas;
            let heading = format!("at {}: {from} -> {to} replicas", duration(event.at));
            draw_text(&area, &heading, &small, (x, bottom + 76))?;
            for size in &event.scalings {
                pair(&area, size, (x, slot), (bottom, &y))?;
                x += slot;
            }
            x += slot;
        }
        draw_text(&area, "pods", &text_style(LABEL_SIZE, palette::INK), (20, 0))
    }
}

/// Two bars, their sizes, the exact share, and the name of the `ReplicaSet`.
fn pair<D: DrawingBackend>(
    area: &DrawingArea<D, Shift>,
    size: &Scaling,
    (x, slot): (i32, i32),
    (bottom, y): (i32, &impl Fn(f64) -> i32),
) -> Drawn {
    let small = text_style(LABEL_SIZE - 2, palette::INK);
    let (bar, half) = (slot * 9 / 10, slot * 45 / 100);
    for (from, pods, color) in
        [(x, size.resize.from, palette::SKY), (x + half, size.resize.to, palette::BLUE)]
    {
        let shape = Rectangle::new([(from, y(f64::from(pods))), (from + half - 4, bottom)], color.filled());
        area.draw(&shape).map_err(ChartError::new)?;
        draw_text(area, &pods.to_string(), &small, (from + half / 2 - 14, y(f64::from(pods)) - 30))?;
    }
    let ideal = y(size.ideal.as_f64());
    let line = PathElement::new(vec![(x, ideal), (x + bar, ideal)], palette::VERMILION.stroke_width(5));
    area.draw(&line).map_err(ChartError::new)?;
    let label = if slot >= 330 {
        format!("{} (revision {})", size.replica_set, size.resize.revision)
    } else {
        format!("rev. {}", size.resize.revision)
    };
    draw_text(area, &label, &small, (x, bottom + 14))?;
    draw_text(area, &exact(size.ideal), &text_style(LABEL_SIZE - 4, palette::VERMILION), (x, bottom + 46))
}
