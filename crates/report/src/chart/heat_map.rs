//! Chart: the rollout time of each cell of a grid.

use super::frame::{draw_text, frame, text_style};
use super::{Chart, ChartError, Drawn, palette};
use crate::sweep::{levels, short_names};
use analysis::sweep::{CellOutcome, Figures, Sweep};
use measures::Elapsed;
use measures::units::{duration, elapsed, runs};
use plotters::coord::Shift;
use plotters::element::Rectangle;
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor, TextStyle, WHITE};

/// More rows or columns are not readable.
const MOST: usize = 16;

/// Space for the names of the values, in pixels.
const LEFT: i32 = 260;
const TOP: i32 = 90;
const EDGE: i32 = 36;

/// A coloured table: one factor to the right, one downward (or none).
pub struct HeatMap<'a> {
    sweep: &'a Sweep,
    names: Vec<String>,
    columns: Vec<&'a str>,
    rows: Vec<&'a str>,
}

impl<'a> HeatMap<'a> {
    /// `None` unless one or two factors vary, each over at most 16 values, and every combination was
    /// tried.
    pub fn new(sweep: &'a Sweep) -> Option<Self> {
        let levels = |factor| levels(sweep, factor);
        let (columns, rows) = match sweep.paths.len() {
            1 => (levels(0), vec![""]),
            2 => (levels(1), levels(0)),
            _ => return None,
        };
        let is_whole = columns.len() * rows.len() == sweep.outcomes.len();
        let is_readable = columns.len() <= MOST && rows.len() <= MOST;
        let has_times = sweep.outcomes.iter().any(|outcome| p95(outcome).is_some());
        let map = Self { sweep, names: short_names(&sweep.paths), columns, rows };
        (is_whole && is_readable && has_times).then_some(map)
    }

    /// The last factor of a grid changes fastest.
    fn outcome(&self, row: usize, column: usize) -> &CellOutcome {
        &self.sweep.outcomes[row * self.columns.len() + column]
    }

    /// The shortest and the longest time of cells that end.
    fn ends(&self) -> Option<(f64, f64)> {
        let times = self.sweep.outcomes.iter().filter_map(|outcome| match p95(outcome)? {
            Elapsed::Within(time) => Some(time.as_f64()),
            Elapsed::BeyondHorizon => None,
        });
        times.fold(None, |ends, time| match ends {
            None => Some((time, time)),
            Some((least, most)) => Some((f64::min(least, time), f64::max(most, time))),
        })
    }

    fn color(&self, time: Elapsed) -> RGBColor {
        let (Elapsed::Within(time), Some((least, most))) = (time, self.ends()) else {
            return palette::VERMILION;
        };
        let share = if most > least { (time.as_f64() - least) / (most - least) } else { 0.0 };
        let blend = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share) as u8;
        RGBColor(blend(229, 0), blend(243, 84), blend(250, 130))
    }

    fn draw_cell<D: DrawingBackend>(
        &self,
        area: &DrawingArea<D, Shift>,
        corners: [(i32, i32); 2],
        outcome: &CellOutcome,
    ) -> Drawn {
        let [(left, top), (right, bottom)] = corners;
        let middle = (i32::midpoint(left, right), i32::midpoint(top, bottom));
        let inner = [(left + 2, top + 2), (right - 2, bottom - 2)];
        let Some((figures, time)) = outcome.result.as_ref().ok().zip(p95(outcome)) else {
            let word = if outcome.result.is_ok() { "no rollout" } else { "refused" };
            fill(area, inner, palette::FAINT)?;
            return draw_text(area, word, &centred(24, palette::GREY), middle);
        };
        let color = self.color(time);
        fill(area, inner, color)?;
        let ink = if is_dark(color) { WHITE } else { palette::INK };
        let horizon = self.sweep.horizon;
        draw_text(area, &elapsed(time, horizon), &centred(28, ink), (middle.0, middle.1 - 18))?;
        draw_text(area, &pods(figures), &centred(21, ink), (middle.0, middle.1 + 18))
    }
}

fn p95(outcome: &CellOutcome) -> Option<Elapsed> {
    Some(outcome.result.as_ref().ok()?.rollout?.value)
}

fn pods(figures: &Figures) -> String {
    let whole = |value: Elapsed| match value {
        Elapsed::Within(pods) => (pods.thousandths() / 1000).to_string(),
        Elapsed::BeyondHorizon => "-".to_owned(),
    };
    format!("{} to {} pods", whole(figures.available.value), whole(figures.peak.value))
}

fn is_dark(color: RGBColor) -> bool {
    u32::from(color.0) * 3 + u32::from(color.1) * 6 + u32::from(color.2) < 1300
}

fn fill<D: DrawingBackend>(area: &DrawingArea<D, Shift>, corners: [(i32, i32); 2], color: RGBColor) -> Drawn {
    area.draw(&Rectangle::new(corners, color.filled())).map_err(ChartError::new)
}

fn centred(size: i32, color: RGBColor) -> TextStyle<'static> {
    text_style(size, color).pos(Pos::new(HPos::Center, VPos::Center))
}

impl Chart for HeatMap<'_> {
    fn title(&self) -> String {
        let tried = self.sweep.outcomes.iter().enumerate();
        let fastest = tried.filter_map(|(index, outcome)| Some((p95(outcome)?, index))).min();
        match fastest {
            Some((Elapsed::Within(time), index)) => {
                let cell = &self.sweep.outcomes[index].cell;
                let set = |factor: usize| format!("{} {}", self.names[factor], cell.value(factor));
                let set: Vec<String> = (0..self.names.len()).map(set).collect();
                format!("Fastest with {}: 95% of the rollouts end within {}", set.join(", "), duration(time))
            }
            _ => "No variant lets 95% of the rollouts end within the horizon".to_owned(),
        }
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let batch =
            format!("{}, {} each, seed {}.", self.sweep.scenario, runs(self.sweep.runs), self.sweep.seed);
        let subtitle = format!(
            "{batch} Colour and first line: rollout time, p95 (light is short). Second line: available pods that \
             95% of the runs never fall below, and pods that 95% never exceed."
        );
        let area = frame(canvas, &self.title(), &subtitle, &[])?;
        let (width, height) = area.dim_in_pixel();
        let (columns, rows) = (self.columns.len() as i32, self.rows.len() as i32);
        let step = ((width as i32 - LEFT - EDGE) / columns, ((height as i32 - TOP - EDGE) / rows).min(220));
        let (across, down) = match self.names.as_slice() {
            [one] => (one.as_str(), ""),
            [down, across, ..] => (across.as_str(), down.as_str()),
            [] => ("", ""),
        };
        let middle = LEFT + columns * step.0 / 2;
        draw_text(&area, across, &centred(26, palette::INK), (middle, 18))?;
        draw_text(&area, down, &text_style(26, palette::INK), (EDGE, TOP - 36))?;
        for (column, name) in (0..).zip(&self.columns) {
            let x = LEFT + column * step.0 + step.0 / 2;
            draw_text(&area, name, &centred(24, palette::INK), (x, TOP - 24))?;
        }
        for (row, name) in (0..).zip(&self.rows) {
            let y = TOP + row * step.1;
            draw_text(&area, name, &text_style(24, palette::INK), (EDGE, y + step.1 / 2 - 12))?;
            for column in 0..columns {
                let x = LEFT + column * step.0;
                let corners = [(x, y), (x + step.0, y + step.1)];
                self.draw_cell(&area, corners, self.outcome(row as usize, column as usize))?;
            }
        }
        Ok(())
    }
}
