//! Chart: false alarms against the time to detect, over the progress deadline.

use super::frame::{LegendEntry, Mark, frame};
use super::plot::{Axes, Plot};
use super::step::{band, staircase};
use super::{Chart, Drawn, palette};
use analysis::deadline::{DeadlineAdvice, DeadlinePoint};
use analysis::tables::deadline_curve::MOST_POINTS;
use measures::units::{count, duration, percent};
use measures::{Elapsed, Milli};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, RGBColor};

/// False alarms above, time to detect below, the deadline to the right.
pub struct DeadlineChart<'a> {
    advice: &'a DeadlineAdvice,
    points: Vec<DeadlinePoint>,
}

const ALARMS: RGBColor = palette::VERMILION;
const DETECTED: RGBColor = palette::BLUE;
const CHOSEN: RGBColor = palette::GREEN;

impl<'a> DeadlineChart<'a> {
    /// `None` if no rollout ends: then no alarm is known to be false.
    pub fn new(advice: &'a DeadlineAdvice) -> Option<Self> {
        (advice.ended() > 0).then(|| Self { advice, points: advice.curve(MOST_POINTS) })
    }

    /// The axis ends shortly after the last alarm: a longer deadline only detects later.
    fn end(&self) -> f64 {
        let last = self.advice.stretches().max().map_or(1.0, Milli::as_f64);
        let advised = self.advice.smallest().and_then(|found| found.high).unwrap_or(1);
        (last.max(advised as f64) * 1.3).max(10.0)
    }

    fn subtitle(&self) -> String {
        let simulated =
            self.advice.facts.simulated.map(|deadline| format!(" Simulated with {}.", duration(deadline)));
        format!(
            "{}, {} rollouts that end and {} that do not, seed {}. A false alarm: the deadline fires in a rollout \
             that ends.{}",
            self.advice.facts.scenario,
            count(self.advice.ended()),
            count(self.advice.stuck()),
            self.advice.facts.seed,
            simulated.unwrap_or_default()
        )
    }

    fn within(&self) -> impl Iterator<Item = &DeadlinePoint> {
        let end = self.end();
        self.points.iter().filter(move |point| point.deadline as f64 <= end)
    }

    fn draw_alarms<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>, x_title: &str) -> Drawn {
        let axes = Axes { x: 0.0..self.end(), x_title, y: 0.0..1.0, y_title: "false alarms", is_share: true };
        let mut plot = Plot::new(area, axes)?;
        let line = |share: &dyn Fn(&DeadlinePoint) -> f64| {
            let points = self.within().map(|point| (point.deadline as f64, share(point)));
            staircase(std::iter::once((0.0, 1.0)).chain(points), self.end())
        };
        let [low, high] = [0, 1].map(|end| {
            line(&move |point| {
                let (low, high) = point.false_alarms.interval();
                if end == 0 { low } else { high }
            })
        });
        plot.area(band(&low, &high), ALARMS.mix(0.2))?;
        plot.line(line(&|point| point.false_alarms.share()), Mark::Line(ALARMS, 4))?;
        match self.advice.smallest().and_then(|found| found.high) {
            Some(high) => plot.line(vec![(high as f64, 0.0), (high as f64, 1.0)], Mark::Dashes(CHOSEN, 4)),
            None => Ok(()),
        }
    }

    fn draw_detected<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>, x_title: &str) -> Drawn {
        let points: Vec<(f64, f64)> =
            (0..=100).map(|k| f64::from(k) / 100.0 * self.end()).filter_map(|x| self.median(x)).collect();
        let top = points.iter().map(|point| point.1).fold(1.0, f64::max) * 1.15;
        let axes = Axes {
            x: 0.0..self.end(),
            x_title,
            y: 0.0..top,
            y_title: "seconds to detect, p50",
            is_share: false,
        };
        let mut plot = Plot::new(area, axes)?;
        plot.line(points, Mark::Line(DETECTED, 4))
    }

    fn median(&self, deadline: f64) -> Option<(f64, f64)> {
        match self.advice.point(deadline as i64).detected?.median.0 {
            Elapsed::Within(time) => Some((deadline.floor(), time.as_f64())),
            Elapsed::BeyondHorizon => None,
        }
    }
}

impl Chart for DeadlineChart<'_> {
    fn title(&self) -> String {
        let rate = percent(self.advice.facts.rate);
        match self.advice.smallest() {
            Some(found) => match found.high {
                Some(high) => format!("A progress deadline of {high}s keeps false alarms at {rate} or less"),
                None => {
                    format!("{}s kept false alarms at {rate} here; too few runs to be sure of it", found.here)
                }
            },
            None => "No rollout ends: it is not known which alarms are false".to_owned(),
        }
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let has_stuck = self.advice.stuck() > 0;
        let mut legend =
            vec![LegendEntry::new(Mark::Line(ALARMS, 4), "rollouts with a false alarm, 95% band")];
        if self.advice.smallest().is_some_and(|found| found.high.is_some()) {
            legend.push(LegendEntry::new(Mark::Dashes(CHOSEN, 4), "the advice (97.5% confidence)"));
        }
        if has_stuck {
            legend.push(LegendEntry::new(
                Mark::Line(DETECTED, 4),
                "from the change to the alarm, where it ends in none",
            ));
        }
        let area = frame(canvas, &self.title(), &self.subtitle(), &legend)?;
        let title = "progressDeadlineSeconds";
        if !has_stuck {
            return self.draw_alarms(&area, title);
        }
        let (_, height) = area.dim_in_pixel();
        let (upper, lower) = area.split_vertically(height * 11 / 20);
        self.draw_alarms(&upper, "")?;
        self.draw_detected(&lower, title)
    }
}
