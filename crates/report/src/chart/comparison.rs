//! Chart: rollout times of two batches on one axis.

use super::frame::{LegendEntry, Mark, frame};
use super::plot::{Axes, Plot};
use super::step::staircase;
use super::{Chart, Drawn, palette};
use measures::stats::{Level, Sample};
use measures::units::{count, duration, elapsed, percent};
use measures::{Elapsed, Milli};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

/// One batch of a comparison.
pub struct Side {
    /// Its name.
    pub name: String,
    /// The time of every run that had a rollout.
    pub times: Vec<Elapsed>,
    /// End of the observation.
    pub horizon: Milli,
}

/// The share of rollouts that have ended, over time, of A and B.
pub struct ComparisonChart {
    sides: [Side; 2],
    end: f64,
}

const MARKS: [Mark; 2] = [Mark::Line(palette::ORANGE, 6), Mark::Line(palette::BLUE, 6)];

impl ComparisonChart {
    /// `None` if one batch had no rollout, or if no rollout ended.
    pub fn new(sides: [Side; 2]) -> Option<Self> {
        let ended = |time: &Elapsed| match time {
            Elapsed::Within(time) => Some(*time),
            Elapsed::BeyondHorizon => None,
        };
        let last = sides.iter().flat_map(|side| &side.times).filter_map(ended).max()?;
        let is_there = sides.iter().all(|side| !side.times.is_empty());
        is_there.then_some(Self { sides, end: (last.as_f64() * 1.05).max(0.001) })
    }

    fn at(side: &Side, level: Level) -> String {
        let time = Sample::new(side.times.iter().copied()).quantile(level);
        time.map(|time| elapsed(time, side.horizon)).unwrap_or_default()
    }

    fn subtitle(&self) -> String {
        let shown = |(letter, side): (&str, &Side)| {
            let ended = side.times.iter().filter(|time| **time != Elapsed::BeyondHorizon).count();
            let (all, share) = (side.times.len(), ended as f64 / side.times.len() as f64);
            let (all, share) = (count(all as u64), percent(share));
            format!(
                "{letter} is {}: {share} of {all} rollouts ended within {}.",
                side.name,
                duration(side.horizon)
            )
        };
        ["A", "B"].into_iter().zip(&self.sides).map(shown).collect::<Vec<_>>().join(" ")
    }

    fn curve(&self, side: &Side) -> Vec<(f64, f64)> {
        let (of, mut ended) = (side.times.len() as f64, 0.0);
        let counts = Sample::new(side.times.iter().copied()).counts();
        let steps = counts.into_iter().filter_map(|(time, runs)| match time {
            Elapsed::Within(time) => {
                ended += runs as f64;
                Some((time.as_f64(), ended / of))
            }
            Elapsed::BeyondHorizon => None,
        });
        staircase(std::iter::once((0.0, 0.0)).chain(steps.collect::<Vec<_>>()), self.end)
    }
}

impl Chart for ComparisonChart {
    fn title(&self) -> String {
        let [a, b] = &self.sides;
        let at = |level| (Self::at(a, level), Self::at(b, level));
        let ((middle, other), (slow, other_slow)) = (at(Level::P50), at(Level::P95));
        format!("Median rollout time {middle} in A and {other} in B; 95% within {slow} and {other_slow}")
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let entry = |((letter, side), mark): ((&str, &Side), Mark)| {
            LegendEntry::new(mark, format!("{letter}: {}, median {}", side.name, Self::at(side, Level::P50)))
        };
        let legend: Vec<LegendEntry> =
            ["A", "B"].into_iter().zip(&self.sides).zip(MARKS).map(entry).collect();
        let area = frame(canvas, &self.title(), &self.subtitle(), &legend)?;
        let axes = Axes {
            x: 0.0..self.end,
            x_title: "time since the rollout began",
            y: 0.0..1.02,
            y_title: "share of all rollouts that have ended",
            is_share: true,
        };
        let mut plot = Plot::new(&area, axes)?;
        self.sides.iter().zip(MARKS).try_for_each(|(side, mark)| plot.line(self.curve(side), mark))
    }
}
