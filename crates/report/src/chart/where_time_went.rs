//! Chart: time by cause, as a stacked bar for all runs and one for each outcome.

use super::frame::{LABEL_SIZE, LegendEntry, Mark, draw_text, frame, text_style};
use super::time_axis::{time_label, time_ticks};
use super::{Chart, ChartError, Drawn, SIZE, palette};
use analysis::results::{MeanTime, Summary, WhereTimeWent};
use measures::Milli;
use measures::units::{duration, percent, runs};
use plotters::coord::Shift;
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, RGBColor};
use simulator::record::Cause;

/// Mean time by cause.
pub struct WhereTimeWentChart<'a> {
    summary: &'a Summary,
    time: &'a WhereTimeWent,
}

/// Space left of the bars for their names, and right of them.
const LEFT: i32 = 330;
const RIGHT: i32 = 60;
/// The height of a bar, and the distance between two bars.
const BAR: i32 = 110;
const PITCH: i32 = 165;
/// Space for title, subtitle and legend above the bars, and for the axis below.
const ABOVE_AND_BELOW: i32 = 370;
/// The smallest width of a piece with its time as text.
const ROOM_FOR_TEXT: i32 = 110;
/// The smallest share of a cause in any bar for an entry in the legend.
const IN_LEGEND: f64 = 0.005;

/// One bar.
struct OutcomeBar<'a> {
    name: &'a str,
    mean: &'a MeanTime,
}

impl<'a> WhereTimeWentChart<'a> {
    /// `None` if no run had a rollout, or if none took any time.
    pub fn new(summary: &'a Summary) -> Option<Self> {
        let time = summary.time.as_ref().filter(|time| time.all.total() > 0.0)?;
        Some(Self { summary, time })
    }

    /// All runs, and each outcome if there are several.
    fn bars(&self) -> Vec<OutcomeBar<'_>> {
        let outcomes =
            self.time.by_outcome.iter().map(|(outcome, mean)| OutcomeBar { name: outcome.as_str(), mean });
        let all = OutcomeBar { name: "all runs", mean: &self.time.all };
        if self.time.by_outcome.len() > 1 {
            std::iter::once(all).chain(outcomes).collect()
        } else {
            vec![all]
        }
    }

    fn subtitle(&self) -> String {
        let facts = &self.summary.facts;
        let batch = format!("{}, {}, seed {}.", facts.scenario, runs(self.summary.runs), facts.seed);
        let unfinished =
            self.summary.rollout.as_ref().is_some_and(|rollout| rollout.finished.hits < rollout.finished.of);
        let horizon = if unfinished { " A rollout that did not end counts up to the horizon." } else { "" };
        let time = if self.summary.runs == 1 { "Time" } else { "Mean time" };
        format!("{batch} {time} by cause along the critical path.{horizon}")
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let bars = self.bars();
        let is_visible = |cause: &Cause| bars.iter().any(|bar| bar.mean.share(*cause) >= IN_LEGEND);
        let entry = |cause: Cause| LegendEntry::new(Mark::Area(color(cause).to_rgba()), cause.as_str());
        Cause::ALL.into_iter().filter(is_visible).map(entry).collect()
    }

    /// The end of the time axis, in seconds.
    fn end(&self) -> f64 {
        self.bars().iter().map(|bar| bar.mean.total()).fold(0.001, f64::max)
    }
}

/// Related causes have related colours: images blue, containers green, refusals orange.
const fn color(cause: Cause) -> RGBColor {
    match cause {
        Cause::Scheduling => RGBColor(170, 200, 220),
        Cause::Pull => palette::SKY,
        Cause::PullBackOff => palette::BLUE,
        Cause::Start => RGBColor(160, 215, 195),
        Cause::Probe => palette::GREEN,
        Cause::MinReady => RGBColor(0, 90, 66),
        Cause::QuotaWait => palette::ORANGE,
        Cause::RetryTail => palette::VERMILION,
        Cause::CrashLoop => RGBColor(125, 50, 0),
        Cause::Terminating => palette::PURPLE,
        Cause::Paused => RGBColor(235, 205, 222),
        Cause::ControlPlane => palette::GREY,
        Cause::Human => RGBColor(84, 78, 110),
        Cause::NothingLeft => RGBColor(205, 205, 205),
    }
}

/// Black or white, the one with the higher contrast.
fn text_on(RGBColor(red, green, blue): RGBColor) -> RGBColor {
    let light = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    if light > 140_000 { RGBColor(0, 0, 0) } else { RGBColor(255, 255, 255) }
}

/// The position of the bars on the canvas.
struct BarArea<'a, D: DrawingBackend> {
    area: &'a DrawingArea<D, Shift>,
    pixels_per_second: f64,
    bottom: i32,
}

impl<D: DrawingBackend> BarArea<'_, D> {
    fn x(&self, seconds: f64) -> i32 {
        LEFT + (seconds * self.pixels_per_second).round() as i32
    }

    fn axis(&self, end: f64) -> Drawn {
        let style = text_style(LABEL_SIZE - 2, palette::INK);
        for seconds in time_ticks(0.0, end) {
            let x = self.x(seconds);
            let line = PathElement::new(vec![(x, 0), (x, self.bottom)], palette::FAINT.stroke_width(2));
            self.area.draw(&line).map_err(ChartError::new)?;
            draw_text(self.area, &time_label(seconds), &style, (x - 14, self.bottom + 12))?;
        }
        let style = text_style(LABEL_SIZE, palette::INK);
        draw_text(self.area, "mean time on the rollout clock", &style, (LEFT, self.bottom + 52))
    }

    fn bar(&self, bar: &OutcomeBar<'_>, top: i32) -> Drawn {
        let (ink, grey) = (text_style(LABEL_SIZE, palette::INK), text_style(LABEL_SIZE - 2, palette::GREY));
        let total = duration(Milli::from_f64(bar.mean.total()));
        draw_text(self.area, bar.name, &ink, (36, top + 24))?;
        draw_text(self.area, &format!("{}, {total}", runs(bar.mean.runs)), &grey, (36, top + 58))?;
        let mut seconds = 0.0;
        for cause in Cause::ALL {
            let from = self.x(seconds);
            seconds += bar.mean.of(cause);
            self.piece(cause, bar.mean.of(cause), (from, self.x(seconds)), top)?;
        }
        Ok(())
    }

    fn piece(&self, cause: Cause, seconds: f64, (from, to): (i32, i32), top: i32) -> Drawn {
        if from == to {
            return Ok(());
        }
        let shape = Rectangle::new([(from, top), (to, top + BAR)], color(cause).filled());
        self.area.draw(&shape).map_err(ChartError::new)?;
        if to - from < ROOM_FOR_TEXT {
            return Ok(());
        }
        let style = text_style(LABEL_SIZE - 2, text_on(color(cause)));
        draw_text(self.area, &duration(Milli::from_f64(seconds)), &style, (from + 12, top + BAR / 2 - 12))
    }
}

impl Chart for WhereTimeWentChart<'_> {
    fn title(&self) -> String {
        let mean = &self.time.all;
        let total = duration(Milli::from_f64(mean.total()));
        let largest = mean.causes().into_iter().filter(|cause| mean.share(*cause) >= 0.1).take(3);
        let named = |cause: Cause| format!("{} {}", cause.as_str(), percent(mean.share(cause)));
        let named = largest.map(named).collect::<Vec<_>>().join(", ");
        match self.summary.runs {
            1 => format!("Of {total}: {named}"),
            _ => format!("Of {total} on average: {named}"),
        }
    }

    /// The height depends on the number of bars.
    fn size(&self) -> (u32, u32) {
        (SIZE.0, (ABOVE_AND_BELOW + PITCH * self.bars().len() as i32) as u32)
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let area = frame(canvas, &self.title(), &self.subtitle(), &self.legend())?;
        let (bars, end) = (self.bars(), self.end());
        let width = area.dim_in_pixel().0 as i32 - LEFT - RIGHT;
        let bottom = 20 + PITCH * bars.len() as i32;
        let place = BarArea { area: &area, pixels_per_second: f64::from(width) / end, bottom };
        place.axis(end)?;
        bars.iter().zip(0..).try_for_each(|(bar, index)| place.bar(bar, 30 + PITCH * index))
    }
}
