//! Chart: the pods of one run with their phases, by `ReplicaSet`.

use super::frame::{LABEL_SIZE, LegendEntry, Mark, draw_text, frame, text_style};
use super::time_axis::{axis_end, time_label, time_ticks};
use super::{Chart, ChartError, Drawn, SIZE, palette};
use analysis::results::{ExampleRun, Summary};
use analysis::tables::example::{ExamplePods, Life, Phase};
use measures::units::{count, duration};
use measures::{Milli, Row, known};
use plotters::coord::Shift;
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, RGBColor};

/// A row per pod; of very many pods every n-th.
pub struct PodsChart<'a> {
    summary: &'a Summary,
    row: &'a Row,
    example: &'a ExampleRun,
    /// Number of pods of the run.
    pods: usize,
    /// The pods shown, by `ReplicaSet`.
    groups: Vec<PodGroup<'a>>,
    end: f64,
}

/// A `ReplicaSet`.
struct PodGroup<'a> {
    name: &'a str,
    /// Number of its pods.
    pods: usize,
    /// Its pods that are shown.
    lives: Vec<&'a Life>,
}

/// Space left of the rows for the names of their `ReplicaSet`s, and right of them.
const LEFT: i32 = 330;
const RIGHT: i32 = 60;
/// Space for title, subtitle and legend above the rows, and for the axis below.
const ABOVE_AND_BELOW: i32 = 380;
/// Space between two `ReplicaSet`s.
const GAP: i32 = 26;
/// Rows that are distinguishable on the screen.
const MOST_ROWS: usize = 150;
/// Height of all rows together, and of one row at most and at least.
const ROWS: i32 = 720;
const TALLEST: i32 = 34;
const SLIMMEST: i32 = 5;

impl<'a> PodsChart<'a> {
    /// `None` without pods.
    pub fn new(summary: &'a Summary, row: &'a Row, pods: &'a ExamplePods) -> Option<Self> {
        let lives = pods.sets.iter().flat_map(|set| &set.lives);
        let last = lives.filter_map(|life| life.phases.last()).map(|&(at, _)| at).max()?;
        let end =
            axis_end(Milli::from_thousandths(last), row.get(known::DEADLINE_FIRST), summary.facts.horizon);
        let example = summary.example.as_ref()?;
        let all = pods.sets.iter().map(|set| set.pods).sum();
        Some(Self { summary, row, example, pods: all, groups: groups(pods), end })
    }

    fn is_thinned(&self) -> bool {
        self.shown() < self.pods
    }

    fn shown(&self) -> usize {
        self.groups.iter().map(|group| group.lives.len()).sum()
    }

    fn row_height(&self) -> i32 {
        (ROWS / self.shown().max(1) as i32).clamp(SLIMMEST, TALLEST)
    }

    fn subtitle(&self) -> String {
        let facts = &self.summary.facts;
        let all = count(self.pods as u64);
        let which = match self.pods {
            _ if self.is_thinned() => format!("{} of {all} pods, evenly chosen", count(self.shown() as u64)),
            1 => "its one pod".to_owned(),
            2 => "both pods".to_owned(),
            _ => format!("all {all} pods"),
        };
        format!("{}, seed {}, run {}: {which}, a row each.", facts.scenario, facts.seed, self.row.run)
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let all = self.groups.iter().flat_map(|group| &group.lives).flat_map(|life| &life.phases);
        let is_seen = |phase: &Phase| all.clone().any(|(_, seen)| seen == phase);
        let entry = |phase: Phase| LegendEntry::new(Mark::Area(color(phase).to_rgba()), phase.as_str());
        let mut legend: Vec<LegendEntry> = Phase::ALL.into_iter().filter(is_seen).map(entry).collect();
        if self.row.deadline_fired() {
            legend.push(LegendEntry::new(Mark::Line(palette::INK, 3), "progress deadline fires"));
        }
        legend
    }
}

/// By `ReplicaSet` in order of creation, a selection if there are too many.
fn groups(pods: &ExamplePods) -> Vec<PodGroup<'_>> {
    let known: usize = pods.sets.iter().map(|set| set.lives.len()).sum();
    let every = known.div_ceil(MOST_ROWS).max(1);
    pods.sets
        .iter()
        .map(|set| PodGroup {
            name: if set.name.is_empty() { "bare pods" } else { &set.name },
            pods: set.pods,
            lives: set.lives.iter().step_by(every).collect(),
        })
        .collect()
}

const fn color(phase: Phase) -> RGBColor {
    match phase {
        Phase::Waiting => RGBColor(190, 190, 190),
        Phase::Pulling => palette::SKY,
        Phase::PullBackOff => palette::BLUE,
        Phase::Starting => palette::PURPLE,
        Phase::NotReady => palette::ORANGE,
        Phase::CrashLoop => palette::VERMILION,
        Phase::Ready => RGBColor(160, 215, 195),
        Phase::Available => palette::GREEN,
        Phase::Terminating => palette::GREY,
        Phase::Gone => palette::FAINT,
    }
}

impl Chart for PodsChart<'_> {
    fn title(&self) -> String {
        let ExampleRun { run, created, available, until_available } = *self.example;
        let Some([first, middle, last]) = until_available.map(|times| times.map(duration)) else {
            return match created {
                0 => format!("Run {run}: no pod is created"),
                1 => format!("Run {run}: 1 pod is created and never becomes available"),
                _ => format!("Run {run}: of {} created none becomes available", pods(created)),
            };
        };
        match (created, available) {
            (1, _) => format!("Run {run}: 1 pod is created and is available after {first}"),
            (_, 1) => format!("Run {run}: {} created, one of them available after {first}", pods(created)),
            (2, _) => format!("Run {run}: 2 pods created, available after {first} and {last}"),
            _ => {
                let never = match created - available {
                    0 => String::new(),
                    never => format!(", {} never", count(never)),
                };
                let created = pods(created);
                format!(
                    "Run {run}: {created} created, available after {first} to {last} (median {middle}){never}"
                )
            }
        }
    }

    fn size(&self) -> (u32, u32) {
        let rows = self.row_height() * self.shown() as i32 + GAP * self.groups.len() as i32;
        (SIZE.0, (ABOVE_AND_BELOW + rows.max(120)) as u32)
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let area = frame(canvas, &self.title(), &self.subtitle(), &self.legend())?;
        let (width, height) = area.dim_in_pixel();
        let bottom = height as i32 - 110;
        let per_second = f64::from(width as i32 - LEFT - RIGHT) / self.end;
        let x = |seconds: f64| LEFT + (seconds.min(self.end) * per_second).round() as i32;
        let line = |at: f64, color: RGBColor, width: u32| {
            let line = PathElement::new(vec![(x(at), 0), (x(at), bottom)], color.stroke_width(width));
            area.draw(&line).map_err(ChartError::new)
        };
        let style = text_style(LABEL_SIZE - 2, palette::INK);
        for seconds in time_ticks(0.0, self.end) {
            line(seconds, palette::FAINT, 2)?;
            draw_text(&area, &time_label(seconds), &style, (x(seconds) - 14, bottom + 12))?;
        }
        draw_text(&area, "time since t = 0", &text_style(LABEL_SIZE, palette::INK), (LEFT, bottom + 52))?;
        let mut y = 10;
        for group in &self.groups {
            self.group(&area, group, y, &x)?;
            y += self.row_height() * group.lives.len() as i32 + GAP;
        }
        self.row.get(known::DEADLINE_FIRST).map_or(Ok(()), |at| line(at.as_f64(), palette::INK, 3))
    }
}

impl PodsChart<'_> {
    fn group<D: DrawingBackend>(
        &self,
        area: &DrawingArea<D, Shift>,
        PodGroup { name, pods: of, lives }: &PodGroup<'_>,
        top: i32,
        x: &impl Fn(f64) -> i32,
    ) -> Drawn {
        let (ink, grey) =
            (text_style(LABEL_SIZE - 2, palette::INK), text_style(LABEL_SIZE - 4, palette::GREY));
        draw_text(area, name, &ink, (36, top))?;
        // If there is only one slim row, the second line of the label overlaps the next group.
        if self.row_height() * lives.len() as i32 + GAP >= 54 {
            draw_text(area, &pods(*of as u64), &grey, (36, top + 28))?;
        }
        let height = self.row_height();
        for (life, index) in lives.iter().zip(0..) {
            let y = top + index * height;
            let ends = life.phases.iter().skip(1).map(|&(at, _)| at as f64 / 1000.0).chain([self.end]);
            for (&(from, phase), to) in life.phases.iter().zip(ends) {
                let (from, to) = (x(from as f64 / 1000.0), x(to));
                if phase == Phase::Gone || from == to {
                    continue;
                }
                let shape = Rectangle::new([(from, y), (to, y + (height - 2).max(3))], color(phase).filled());
                area.draw(&shape).map_err(ChartError::new)?;
            }
        }
        Ok(())
    }
}

fn pods(number: u64) -> String {
    if number == 1 { "1 pod".to_owned() } else { format!("{} pods", count(number)) }
}
