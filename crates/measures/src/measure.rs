//! A measure: its definition in one place, and how it is read from a run.

use crate::column::Cell;
use crate::field::{Field, Kind};
use crate::question::{Better, Margin, View};
use crate::{Elapsed, Milli, Row, TimeSpent, units};
use simulator::record::{Cause, Outcome, Record, ServiceRecord};
use std::fmt;

/// A measure of a run: one row of the register.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Its column in `runs.csv`.
    pub field: Field,
    /// The key of objectives, comparisons, sweeps, `--of` and `--margin`.
    pub key: &'static str,
    /// Its name in every output. A bound can follow: "pods created at most 12".
    pub label: &'static str,
    /// The unit of its values.
    pub unit: Unit,
    /// Its place in tables and comparisons.
    pub group: Group,
    /// When its cell is empty.
    pub presence: Presence,
    /// What an empty cell means.
    pub absent: Absent,
    /// How a value below zero is treated.
    pub negative: Negative,
    /// Which direction is better.
    pub better: Better,
    /// The smallest difference that matters.
    pub margin: Margin,
    /// Whether a sweep that improves it looks for larger values.
    pub is_raised: bool,
    /// The views in which two batches are compared.
    pub views: &'static [View],
    /// Its place in `summary.json`.
    pub summary: Option<Summarized>,
    read: fn(&MeasureInput<'_>) -> Cell,
    /// Its column, from 0. The register sets it.
    index: usize,
}

/// The unit of a measure. It decides how values are written and how a bound is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Yes or no.
    Flag,
    /// A whole number, or an expected number of requests.
    Count,
    /// A duration.
    Time,
    /// A percentage.
    Percent,
    /// Pods on average, with decimals.
    Pods,
    /// Pods times seconds.
    PodSeconds,
}

/// Measures that belong together, in the order in which tables and comparisons list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// How long the rollout took.
    Rollout,
    /// The progress deadline.
    Deadline,
    /// How many pods were available.
    Availability,
    /// Pods that were missing against the promise.
    Promise,
    /// Pods that were missing against `replicas`.
    Replicas,
    /// The cost of the run.
    Footprint,
    /// Templates, `ReplicaSet`s and the exit codes of `kubectl rollout status`.
    Revisions,
    /// Endpoints and requests of the Service.
    Service,
    /// The time of the rollout by cause.
    Time,
    /// Scaling during a rollout.
    Scaling,
}

/// When the cell of a measure is empty. The parser refuses other empty cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Never.
    Always,
    /// In any run.
    Sometimes,
    /// In a run without a Service, together with all other measures of this presence.
    WithService,
    /// In a run without a rollout, together with all other measures of this presence.
    WithRollout,
}

/// What an empty cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The measure does not apply to the run.
    DoesNotApply,
    /// The event did not happen before the horizon. Bounds and comparisons count it as later than every time; the
    /// distribution of a batch covers only the runs in which it happened.
    NotYet,
    /// The rollout did not end before the horizon, which counts as later than every time; without a rollout the
    /// measure does not apply.
    Unfinished,
}

/// How bounds, comparisons and distributions treat a value below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Negative {
    /// It is used unchanged, or cannot occur.
    Kept,
    /// Its absolute value counts.
    Size,
    /// It counts as zero.
    Zero,
}

/// The place of a measure's distribution in `summary.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summarized {
    /// Keys separated by dots.
    pub path: &'static str,
    /// Whether it covers only the runs with a value above zero.
    pub positive_only: bool,
}

/// What a measure is read from.
pub struct MeasureInput<'a> {
    /// What the simulator recorded.
    pub record: &'a Record,
    /// The time of the rollout by cause, in milliseconds that add up; `None` without a rollout.
    pub time: Option<TimeSpent>,
}

impl<'a> MeasureInput<'a> {
    /// The source for one record.
    pub fn new(record: &'a Record) -> Self {
        Self { record, time: record.ledger.as_ref().map(TimeSpent::from) }
    }

    /// A number of the Service; empty without one.
    pub(crate) fn service<T>(&self, read: impl FnOnce(&'a ServiceRecord) -> T) -> Cell
    where
        Option<T>: Into<Cell>,
    {
        self.record.service.as_ref().map(read).into()
    }

    /// A number of the Service that a run with a Service may lack.
    pub(crate) fn service_maybe(&self, read: impl FnOnce(&'a ServiceRecord) -> Option<Milli>) -> Cell {
        self.record.service.as_ref().and_then(read).into()
    }

    /// The part of the rollout time booked to a cause; empty without a rollout.
    pub(crate) fn spent(&self, cause: Cause) -> Cell {
        self.time.map(|time| time.of(cause)).into()
    }
}

/// Setters for the parts that have a default. [`Measure::new`] sets the defaults.
impl Measure {
    /// A measure that every run has, is compared by its mean, and is better neither high nor low.
    pub const fn new(
        field: Field,
        key: &'static str,
        label: &'static str,
        (group, unit): (Group, Unit),
        read: fn(&MeasureInput<'_>) -> Cell,
    ) -> Self {
        Self {
            field,
            key,
            label,
            unit,
            group,
            presence: Presence::Always,
            absent: Absent::DoesNotApply,
            negative: Negative::Kept,
            better: Better::Neither,
            margin: Margin::Relative(0.05),
            is_raised: false,
            views: &[View::Mean],
            summary: None,
            read,
            index: 0,
        }
    }

    /// When its cell is empty.
    #[must_use]
    pub const fn present(mut self, presence: Presence) -> Self {
        self.presence = presence;
        self
    }

    /// What an empty cell means.
    #[must_use]
    pub const fn absent(mut self, absent: Absent) -> Self {
        self.presence = Presence::Sometimes;
        self.absent = absent;
        self
    }

    /// How a value below zero is treated.
    #[must_use]
    pub const fn negative(mut self, negative: Negative) -> Self {
        self.negative = negative;
        self
    }

    /// Which direction is better, and the smallest difference that matters.
    #[must_use]
    pub const fn better(mut self, better: Better, margin: Margin) -> Self {
        self.better = better;
        self.margin = margin;
        self.is_raised = matches!(better, Better::Higher);
        self
    }

    /// A sweep looks for larger values, although a comparison prefers neither direction.
    #[must_use]
    pub const fn raised(mut self) -> Self {
        self.is_raised = true;
        self
    }

    /// The views in which two batches are compared.
    #[must_use]
    pub const fn compared_by(mut self, views: &'static [View]) -> Self {
        self.views = views;
        self
    }

    /// `summary.json` has its distribution.
    #[must_use]
    pub const fn summarized(mut self, path: &'static str) -> Self {
        self.summary = Some(Summarized { path, positive_only: false });
        self
    }

    /// The same over the runs in which it is above zero.
    #[must_use]
    pub const fn summarized_if_positive(mut self, path: &'static str) -> Self {
        self.summary = Some(Summarized { path, positive_only: true });
        self
    }

    pub(crate) const fn at(mut self, index: usize) -> Self {
        self.index = index;
        self
    }
}

impl Measure {
    /// The number of its column, from 0.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Whether it is a number; otherwise it is yes or no.
    pub const fn is_number(&self) -> bool {
        !matches!(self.unit, Unit::Flag)
    }

    /// Its value in the record of a run.
    pub fn read(&self, source: &MeasureInput<'_>) -> Cell {
        (self.read)(source)
    }

    /// The number in its cell, with [`Negative`] applied; `None` if the cell is empty. A count is a whole number, a
    /// flag is 0 or 1.
    pub fn number(&self, row: &Row) -> Option<Milli> {
        let number = match self.field.kind {
            Kind::Number => Milli::from_thousandths(row.raw(self.index)?),
            _ => Milli::from_whole(row.raw(self.index)?),
        };
        Some(match self.negative {
            Negative::Kept => number,
            Negative::Size => Milli::from_thousandths(number.thousandths().abs()),
            Negative::Zero => number.max(Milli::ZERO),
        })
    }

    /// Its value in a run; `None` if it does not apply. An event that did not happen is beyond the horizon.
    pub fn of(&self, row: &Row) -> Option<Elapsed> {
        let number = self.number(row).map(Elapsed::Within);
        match self.absent {
            Absent::DoesNotApply => number,
            Absent::Unfinished if row.outcome == Outcome::NoRollout => None,
            Absent::NotYet | Absent::Unfinished => Some(number.unwrap_or(Elapsed::BeyondHorizon)),
        }
    }

    /// A value as text, in the unit of the measure.
    pub fn show(&self, value: Elapsed, horizon: Milli) -> String {
        match (self.unit, value) {
            (Unit::Count, Elapsed::Within(number)) => {
                units::count(number.thousandths().unsigned_abs() / 1000)
            }
            (Unit::Pods | Unit::PodSeconds, Elapsed::Within(number)) => units::plain(number),
            (Unit::Percent, Elapsed::Within(number)) => units::percentage(number),
            (Unit::Flag, Elapsed::Within(number)) => if number > Milli::ZERO { "yes" } else { "no" }.into(),
            _ => units::elapsed(value, horizon),
        }
    }
}

impl PartialEq for Measure {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// The range in which a number must lie, both ends included. At least one end is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The lower end.
    pub low: Option<Milli>,
    /// The upper end.
    pub high: Option<Milli>,
}

impl Range {
    /// Whether a value certainly lies in it.
    pub fn holds(&self, value: Elapsed, horizon: Milli) -> bool {
        self.low_holds(value, horizon) && self.high_holds(value)
    }

    /// Whether a value certainly is not below its lower end.
    pub fn low_holds(&self, value: Elapsed, horizon: Milli) -> bool {
        // How far beyond the horizon an unfinished rollout ends is unknown.
        self.low.is_none_or(|low| match value {
            Elapsed::Within(value) => value >= low,
            Elapsed::BeyondHorizon => low <= horizon,
        })
    }

    /// Whether a value certainly is not above its upper end.
    pub fn high_holds(&self, value: Elapsed) -> bool {
        self.high.is_none_or(|high| value <= Elapsed::Within(high))
    }

    /// Whether the whole range certainly lies above a value.
    pub fn is_above(&self, value: Elapsed) -> bool {
        self.low.is_some_and(|low| value < Elapsed::Within(low))
    }

    /// Whether the whole range certainly lies below a value.
    pub fn is_below(&self, value: Elapsed, horizon: Milli) -> bool {
        self.high.is_some_and(|high| match value {
            Elapsed::Within(value) => value > high,
            Elapsed::BeyondHorizon => high <= horizon,
        })
    }

    /// `at least 8`, `exactly 3`, `10m to 11m`, with its ends written by `show`.
    pub fn describe<T: fmt::Display>(&self, show: impl Fn(Milli) -> T) -> String {
        match (self.low, self.high) {
            (Some(low), Some(high)) if low == high => format!("exactly {}", show(low)),
            (Some(low), Some(high)) => format!("{} to {}", show(low), show(high)),
            (Some(low), None) => format!("at least {}", show(low)),
            (None, Some(high)) => format!("at most {}", show(high)),
            (None, None) => "of any size".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Elapsed::{BeyondHorizon, Within};

    const HORIZON: Milli = Milli::from_whole(1800);

    fn seconds(seconds: i64) -> Milli {
        Milli::from_whole(seconds)
    }

    #[test]
    fn both_ends_belong_to_a_range() {
        let range = Range { low: Some(seconds(10)), high: Some(seconds(20)) };
        let held = [9, 10, 20, 21].map(|value| range.holds(Within(seconds(value)), HORIZON));
        assert_eq!(held, [false, true, true, false]);
        assert!(!range.holds(BeyondHorizon, HORIZON));
    }

    #[test]
    fn what_lies_beyond_the_horizon_is_known_only_up_to_it() {
        let at_least = |low| Range { low: Some(seconds(low)), high: None };
        assert!(at_least(1800).holds(BeyondHorizon, HORIZON));
        assert!(!at_least(1801).holds(BeyondHorizon, HORIZON));
        assert!(!at_least(1801).is_above(BeyondHorizon), "it may be longer than 1801 s");
        let at_most = |high| Range { low: None, high: Some(seconds(high)) };
        assert!(at_most(1800).is_below(BeyondHorizon, HORIZON));
        assert!(!at_most(1801).is_below(BeyondHorizon, HORIZON), "it may be shorter than 1801 s");
        assert!(!at_most(1801).holds(BeyondHorizon, HORIZON));
    }
}
