//! Chart: the pods of one run, each with what it waits for, by `ReplicaSet`.

use super::frame::{Entry, LABEL_SIZE, Mark, draw_text, frame, text_style};
use super::lives::{Life, Phase, lives};
use super::time_axis::{axis_end, time_label, time_ticks};
use super::{Chart, ChartError, Drawn, SIZE, palette};
use crate::results::{Milli, Row, Summary};
use crate::write::words::{count, duration};
use plotters::coord::Shift;
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, RGBColor};
use simulator::story::Story;

/// A row per pod; of very many pods every n-th.
pub struct PodsChart<'a> {
    summary: &'a Summary,
    row: &'a Row,
    story: &'a Story,
    /// All of them.
    pods: usize,
    /// Those that are shown, by `ReplicaSet`.
    groups: Vec<(String, Vec<Life>)>,
    /// From creation to available, of the pods that were created in the run; `None` for never.
    waits: Vec<Option<i64>>,
    end: f64,
}

/// Space left of the rows, for the names of their `ReplicaSet`s, and right of them.
const LEFT: i32 = 330;
const RIGHT: i32 = 60;
/// Room for title, subtitle and legend above the rows, and for the axis below.
const ABOVE_AND_BELOW: i32 = 380;
/// Space between two `ReplicaSet`s.
const GAP: i32 = 26;
/// Rows that can be told apart on the screen.
const MOST_ROWS: usize = 150;
/// Height of all rows together, and of one at most and at least.
const ROWS: i32 = 720;
const TALLEST: i32 = 34;
const SLIMMEST: i32 = 5;

impl<'a> PodsChart<'a> {
    /// `None` without pods.
    pub fn new(summary: &'a Summary, row: &'a Row, story: &'a Story) -> Option<Self> {
        let lives = lives(story);
        let last = lives.iter().filter_map(|life| life.phases.last()).map(|&(at, _)| at).max()?;
        let end = axis_end(Milli::from_thousandths(last), row.deadline_first, summary.facts.horizon);
        let waits = lives.iter().filter(|life| life.created() > 0).map(Life::until_available).collect();
        let pods = lives.len();
        Some(Self { summary, row, story, pods, groups: groups(&lives, story), waits, end })
    }

    fn is_thinned(&self) -> bool {
        self.shown() < self.pods
    }

    fn shown(&self) -> usize {
        self.groups.iter().map(|(_, lives)| lives.len()).sum()
    }

    fn row_height(&self) -> i32 {
        (ROWS / self.shown().max(1) as i32).clamp(SLIMMEST, TALLEST)
    }

    fn subtitle(&self) -> String {
        let facts = &self.summary.facts;
        let all = count(self.pods as u64);
        let which = if self.is_thinned() {
            format!("{} of {all} pods, evenly chosen", count(self.shown() as u64))
        } else {
            format!("all {all} pods")
        };
        format!("{}, seed {}, run {}: {which}, a row each.", facts.scenario, facts.seed, self.row.run)
    }

    fn legend(&self) -> Vec<Entry> {
        let all = self.groups.iter().flat_map(|(_, lives)| lives).flat_map(|life| &life.phases);
        let is_seen = |phase: &Phase| all.clone().any(|(_, seen)| seen == phase);
        let entry = |phase: Phase| Entry::new(Mark::Area(color(phase).to_rgba()), phase.as_str());
        let mut legend: Vec<Entry> = Phase::ALL.into_iter().filter(is_seen).map(entry).collect();
        if self.row.deadline_fired() {
            legend.push(Entry::new(Mark::Line(palette::INK, 3), "progress deadline fires"));
        }
        legend
    }
}

/// By `ReplicaSet` in order of creation, thinned where there are too many.
fn groups(lives: &[Life], story: &Story) -> Vec<(String, Vec<Life>)> {
    let every = lives.len().div_ceil(MOST_ROWS).max(1);
    let mut groups: Vec<(String, Vec<Life>)> = Vec::new();
    let sets = story.replica_sets.iter().map(String::as_str).enumerate();
    let owners = std::iter::once((None, "bare pods")).chain(sets.map(|(index, name)| (Some(index), name)));
    for (owner, name) in owners {
        let own = lives.iter().filter(|life| life.replica_set == owner);
        let shown: Vec<Life> = own.step_by(every).cloned().collect();
        if !shown.is_empty() {
            groups.push((name.to_owned(), shown));
        }
    }
    groups
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
        let mut waits: Vec<i64> = self.waits.iter().copied().flatten().collect();
        waits.sort_unstable();
        let (run, created) = (self.row.run, self.waits.len());
        let pods = |number: usize| match number {
            1 => "1 pod".to_owned(),
            many => format!("{} pods", count(many as u64)),
        };
        let time = |millis: i64| duration(Milli::from_thousandths(millis));
        match (created, waits.as_slice()) {
            (0, _) => format!("Run {run}: no pod is created"),
            (_, []) => format!("Run {run}: of {} created none becomes available", pods(created)),
            (_, [first, .., last]) => {
                let never = match created - waits.len() {
                    0 => String::new(),
                    never => format!(", {} never", count(never as u64)),
                };
                let middle = time(waits[(waits.len() - 1) / 2]);
                format!(
                    "Run {run}: {} created, available after {} to {} (median {middle}){never}",
                    pods(created),
                    time(*first),
                    time(*last)
                )
            }
            (_, [only]) => {
                format!("Run {run}: {} created, one of them available after {}", pods(created), time(*only))
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
        for (name, lives) in &self.groups {
            self.group(&area, name, lives, y, &x)?;
            y += self.row_height() * lives.len() as i32 + GAP;
        }
        self.row.deadline_first.map_or(Ok(()), |at| line(at.as_f64(), palette::INK, 3))
    }
}

impl PodsChart<'_> {
    fn group<D: DrawingBackend>(
        &self,
        area: &DrawingArea<D, Shift>,
        name: &str,
        lives: &[Life],
        top: i32,
        x: &impl Fn(f64) -> i32,
    ) -> Drawn {
        let (ink, grey) =
            (text_style(LABEL_SIZE - 2, palette::INK), text_style(LABEL_SIZE - 4, palette::GREY));
        draw_text(area, name, &ink, (36, top))?;
        let of = self.story.pods.iter().filter(|pod| owner(pod, self.story) == name).count();
        let pods = if of == 1 { "1 pod".to_owned() } else { format!("{} pods", count(of as u64)) };
        // The second line of the label belongs to the next group where there is a single slim row.
        if self.row_height() * lives.len() as i32 + GAP >= 54 {
            draw_text(area, &pods, &grey, (36, top + 28))?;
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

fn owner<'s>(pod: &simulator::story::PodIdentity, story: &'s Story) -> &'s str {
    pod.replica_set.and_then(|index| story.replica_sets.get(index)).map_or("bare pods", String::as_str)
}
