//! Chart: how close each run came to its progress deadline.

use super::frame::{LegendEntry, Mark, frame};
use super::plot::{Axes, Plot};
use super::{Chart, Drawn, palette};
use analysis::results::{Rows, Summary};
use measures::stats::Level;
use measures::units::{count, duration, percent_of, runs};
use measures::{Milli, known};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::Color;
use std::collections::BTreeMap;

/// A histogram of the least time left on the deadline's clock; runs in which it fired are at zero.
pub struct DeadlineMarginChart<'a> {
    summary: &'a Summary,
    margins: Vec<i64>,
    limit: Milli,
}

/// Bins from zero to the deadline.
const BINS: i64 = 100;

impl<'a> DeadlineMarginChart<'a> {
    /// `None` without a deadline, if its clock never ran, or if it fired in every run.
    pub fn new(summary: &'a Summary, rows: &Rows) -> Option<Self> {
        let limit = summary.facts.deadline?;
        let left =
            rows.iter().filter(|row| !row.deadline_fired()).filter_map(|row| row.get(known::DEADLINE_MARGIN));
        let margins: Vec<i64> = left.map(Milli::thousandths).collect();
        (!margins.is_empty()).then_some(Self { summary, margins, limit })
    }

    /// The end of the axis, in milliseconds: an action can lengthen the deadline.
    fn end(&self) -> i64 {
        let longest = self.margins.iter().copied().max().unwrap_or_default();
        self.limit.thousandths().max(longest).max(1)
    }

    /// Bars as (from, to, runs), in seconds.
    fn bins(&self) -> Vec<(f64, f64, f64)> {
        let width = (self.end() / BINS).max(1);
        let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
        for margin in &self.margins {
            *counts.entry(margin / width).or_default() += 1;
        }
        let at = |index: i64| index as f64 * width as f64 / 1000.0;
        counts.into_iter().map(|(index, runs)| (at(index), at(index + 1), runs as f64)).collect()
    }

    fn fired(&self) -> u64 {
        self.summary.deadline.fired.hits
    }
}

impl Chart for DeadlineMarginChart<'_> {
    fn title(&self) -> String {
        let least = duration(Milli::from_thousandths(self.margins.iter().copied().min().unwrap_or_default()));
        let (fired, limit) = (self.summary.deadline.fired, duration(self.limit));
        match fired.hits {
            0 => {
                format!("Never closer than {least} to the progress deadline of {limit} in {}", runs(fired.of))
            }
            hits => format!(
                "The progress deadline of {limit} fires in {} of {} ({}); in the others at least {least} is left",
                count(hits),
                runs(fired.of),
                percent_of(fired)
            ),
        }
    }

    fn draw<D: DrawingBackend>(&self, canvas: &DrawingArea<D, Shift>) -> Drawn {
        let facts = &self.summary.facts;
        let margin = self.summary.deadline.margin.as_ref();
        let median = margin.and_then(|margin| margin.at(Level::P50)).filter(|_| self.fired() == 0);
        let mut legend =
            vec![LegendEntry::new(Mark::Area(palette::SKY.to_rgba()), "runs in which it does not fire")];
        if self.fired() > 0 {
            legend.push(LegendEntry::new(
                Mark::Area(palette::VERMILION.to_rgba()),
                "runs in which it fires, at 0",
            ));
        }
        if let Some(median) = median {
            legend
                .push(LegendEntry::new(Mark::Line(palette::INK, 4), format!("median {}", duration(median))));
        }
        let subtitle = format!(
            "{}, {}, seed {}. The clock restarts at every progress; the chart shows the least time left on it.",
            facts.scenario,
            runs(self.summary.runs),
            facts.seed
        );
        let area = frame(canvas, &self.title(), &subtitle, &legend)?;
        let (bins, end) = (self.bins(), self.end() as f64 / 1000.0);
        let top = bins.iter().map(|&(.., runs)| runs).fold(self.fired() as f64, f64::max) * 1.06;
        let axes = Axes {
            x: 0.0..end * 1.01,
            x_title: "least time left on the progress deadline's clock",
            y: 0.0..top,
            y_title: "runs",
            is_share: false,
        };
        let mut plot = Plot::new(&area, axes)?;
        plot.bars(&bins, palette::SKY.to_rgba())?;
        if self.fired() > 0 {
            plot.bars(&[(0.0, end / BINS as f64, self.fired() as f64)], palette::VERMILION.to_rgba())?;
        }
        match median.map(Milli::as_f64) {
            Some(at) => plot.line(vec![(at, 0.0), (at, top)], Mark::Line(palette::INK, 4)),
            None => Ok(()),
        }
    }
}
