//! Chart: the share of rollouts that are not complete yet, over time.

use super::frame::{LABEL_SIZE, LegendEntry, Mark, draw_text, frame, text_style, text_width};
use super::plot::{Axes, Plot};
use super::step::{band, staircase};
use super::time_axis::time_ticks;
use super::{Chart, ChartError, Drawn, palette};
use analysis::results::{Rollout, Summary};
use measures::Milli;
use measures::stats::{Proportion, SurvivalStep};
use measures::units::{count, duration, duration_ceil, percent_of, runs};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, RGBAColor};

/// The Kaplan-Meier curve with its band, and below the axis the number of rollouts at risk.
pub struct SurvivalChart<'a> {
    summary: &'a Summary,
    rollout: &'a Rollout,
    from: f64,
    end: f64,
}

/// Corners of the curve at most: more are not distinguishable and enlarge the file.
const CORNERS: usize = 600;
/// Space for the numbers below the axis.
const AT_RISK: i32 = 78;

impl<'a> SurvivalChart<'a> {
    /// `None` if no run had a rollout.
    pub fn new(summary: &'a Summary) -> Option<Self> {
        let rollout = summary.rollout.as_ref()?;
        let (from, end) = axis(summary, rollout);
        Some(Self { summary, rollout, from, end })
    }

    fn curve(&self) -> &[SurvivalStep<Milli>] {
        &self.rollout.survival
    }

    /// A single rollout has no band.
    fn has_band(&self) -> bool {
        !self.curve().is_empty() && self.rollout.finished.of > 1
    }

    /// Rollouts that were not complete at the horizon.
    fn censored(&self) -> u64 {
        self.rollout.finished.of - self.rollout.finished.hits
    }

    /// Rollouts that were not complete after a time.
    fn left_after(&self, time: Milli) -> Proportion {
        let of = self.rollout.finished.of;
        let step = self.curve().iter().rev().find(|step| step.at <= time);
        Proportion { hits: step.map_or(of, |step| step.at_risk - step.ended), of }
    }

    /// The deadline, if it is on the axis.
    fn deadline(&self) -> Option<Milli> {
        self.summary.facts.deadline.filter(|deadline| (self.from..=self.end).contains(&deadline.as_f64()))
    }

    /// A line over time. Of very many steps the chart has the values at evenly spaced times.
    fn line(&self, value: fn(&SurvivalStep<Milli>) -> f64) -> Vec<(f64, f64)> {
        let steps = self.curve().iter().map(|step| (step.at.as_f64(), value(step)));
        let steps: Vec<(f64, f64)> = std::iter::once((self.from, 1.0)).chain(steps).collect();
        if steps.len() <= CORNERS {
            return staircase(steps, self.end);
        }
        let at = |corner: usize| self.from + (self.end - self.from) * corner as f64 / CORNERS as f64;
        let held = |time: f64| steps[steps.partition_point(|&(from, _)| from <= time).max(1) - 1].1;
        (0..=CORNERS).map(|corner| (at(corner), held(at(corner)))).collect()
    }

    fn subtitle(&self) -> String {
        let facts = &self.summary.facts;
        let batch = format!("{}, {}, seed {}.", facts.scenario, runs(self.summary.runs), facts.seed);
        let rest = match (self.censored(), self.end < facts.horizon.as_f64()) {
            (0, _) => String::new(),
            (_, false) => " The observation ends at the horizon.".to_owned(),
            (_, true) => {
                format!(" Up to the horizon of {} the curve stays where it is.", duration(facts.horizon))
            }
        };
        format!("{batch} Kaplan-Meier estimate on the rollout clock.{rest}")
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let mut legend = vec![LegendEntry::new(CURVE, "not complete yet")];
        if self.has_band() {
            legend.push(LegendEntry::new(Mark::Area(shade()), "95% band, point by point"));
        }
        if let Some(deadline) = self.deadline() {
            let limit = duration(deadline);
            legend.push(LegendEntry::new(DEADLINE, format!("progress deadline, {limit} without progress")));
        }
        if self.censored() > 0 {
            let (censored, horizon) = (count(self.censored()), duration(self.summary.facts.horizon));
            legend.push(LegendEntry::new(
                CENSORED,
                format!("{censored} not complete at the horizon, {horizon}"),
            ));
        }
        legend
    }

    fn draw_plot<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>) -> Drawn {
        let axes = Axes {
            x: self.from..self.end,
            x_title: "time on the rollout clock",
            y: 0.0..1.0,
            y_title: "rollouts not complete yet",
            is_share: true,
        };
        let (upper, lower) = area.split_vertically(area.dim_in_pixel().1 as i32 - AT_RISK);
        let mut plot = Plot::new(&upper, axes)?;
        if self.has_band() {
            plot.area(band(&self.line(|step| step.low), &self.line(|step| step.high)), shade())?;
        }
        if let Some(deadline) = self.deadline().map(Milli::as_f64) {
            plot.line(vec![(deadline, 0.0), (deadline, 1.0)], DEADLINE)?;
        }
        plot.line(self.line(|step| step.survival), CURVE)?;
        if self.censored() > 0 {
            let left = self.left_after(self.summary.facts.horizon).share();
            // Censored rollouts, at the end of the curve.
            let (from, to) = ((left - 0.03).max(0.0), (left + 0.03).min(1.0));
            plot.line(vec![(self.end, from), (self.end, to)], CENSORED)?;
        }
        self.at_risk(&lower, &plot)
    }

    /// The rollouts that were not complete just after each tick.
    fn at_risk<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>, plot: &Plot<'_, D>) -> Drawn {
        let (ink, grey) =
            (text_style(LABEL_SIZE - 2, palette::INK), text_style(LABEL_SIZE - 2, palette::GREY));
        draw_text(area, "rollouts not complete yet", &grey, (36, 0)).map_err(ChartError::new)?;
        for seconds in time_ticks(self.from, self.end) {
            let left = count(self.left_after(Milli::from_f64(seconds)).hits);
            let x = plot.pixel((seconds, 0.0)).0 - text_width(area, &left, &ink)? / 2;
            draw_text(area, &left, &ink, (x, 34))?;
        }
        Ok(())
    }
}

const CURVE: Mark = Mark::Line(palette::BLUE, 5);
const DEADLINE: Mark = Mark::Dashes(palette::VERMILION, 4);
const CENSORED: Mark = Mark::Line(palette::INK, 7);

fn shade() -> RGBAColor {
    palette::SKY.mix(0.4)
}

/// From zero, unless all rollouts end at nearly the same time, to shortly after the last one that ended, and after
/// the deadline unless it would compress the curve. Rollouts that have not ended by then stay so up to the horizon,
/// which is not shown.
fn axis(summary: &Summary, rollout: &Rollout) -> (f64, f64) {
    let horizon = summary.facts.horizon.as_f64();
    let seconds = |step: Option<&SurvivalStep<Milli>>| step.map(|step| step.at.as_f64());
    let (Some(first), Some(last)) = (seconds(rollout.survival.first()), seconds(rollout.survival.last()))
    else {
        return (0.0, horizon);
    };
    let is_censored = rollout.finished.hits < rollout.finished.of;
    let deadline = summary.facts.deadline.map(Milli::as_f64);
    let deadline = deadline.filter(|deadline| is_censored || *deadline <= 2.5 * last);
    let is_close = first > 0.9 * last && first < last && deadline.is_none();
    let from = if is_close { first - (last - first).max(1.0).min(first) } else { 0.0 };
    let last = last.max(deadline.unwrap_or_default());
    let room = if is_censored { 0.15 } else { 0.06 };
    (from, (last + (last - from) * room).min(horizon).max(0.001))
}

impl Chart for SurvivalChart<'_> {
    fn title(&self) -> String {
        let facts = &self.summary.facts;
        let (horizon, of) = (duration(facts.horizon), self.rollout.finished.of);
        // A percentage of few rollouts would look too precise.
        let take_longer = |share: Proportion| match (share.hits, share.of) {
            (1, 1) => "The rollout takes longer than".to_owned(),
            (hits, of) if hits == of => format!("All {} rollouts take longer than", count(of)),
            (1, of) if of < 20 => format!("1 of {of} rollouts takes longer than"),
            (hits, of) if of < 20 => format!("{hits} of {of} rollouts take longer than"),
            _ => format!("{} of the rollouts take longer than", percent_of(share)),
        };
        let (at_deadline, at_horizon) =
            (facts.deadline.map(|deadline| self.left_after(deadline)), self.left_after(facts.horizon));
        match (self.curve(), facts.deadline, at_deadline) {
            ([], ..) if of == 1 => format!("The rollout is not complete after {horizon}"),
            ([], ..) => format!("None of {} rollouts is complete after {horizon}", count(of)),
            ([only], ..) if of == 1 => format!("The rollout is complete after {}", duration(only.at)),
            (_, Some(deadline), Some(left)) if left.hits > at_horizon.hits && deadline < facts.horizon => {
                let later = match at_horizon.hits {
                    0 => String::new(),
                    hits if of < 20 => format!(", {hits} longer than {horizon}"),
                    _ => format!(", {} longer than {horizon}", percent_of(at_horizon)),
                };
                let (left, limit) = (take_longer(left), duration(deadline));
                format!("{left} the {limit} of the progress deadline{later}")
            }
            ([.., last], ..) if at_horizon.hits == 0 => {
                let tenth = self.curve().iter().find(|step| step.survival <= 0.1).unwrap_or(last);
                let (tenth, last) = (duration_ceil(tenth.at), duration_ceil(last.at));
                format!("Nine in ten rollouts are complete after {tenth}, all after {last}")
            }
            _ => format!("{} {horizon}", take_longer(at_horizon)),
        }
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let area = frame(canvas, &self.title(), &self.subtitle(), &self.legend())?;
        self.draw_plot(&area)
    }
}
