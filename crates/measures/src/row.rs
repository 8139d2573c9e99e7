//! One run as its row in `runs.csv`.

use crate::column::Column;
use crate::measure::{MeasureInput, Presence};
use crate::register::{Register, known};
use crate::stats::Measured;
use crate::{Measure, Milli, TimeSpent};
use simulator::record::{Cause, Outcome, Record, RefusalCounts, ScalingRecord};
use thiserror::Error;

/// One run: the measures of `runs.csv`, as precise as the file holds them, and the columns of `scalings.csv`
/// that objectives use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub run: u64,
    /// Hash of every API write and pod change with its time.
    pub digest: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Refused calls of the controllers by reason.
    pub refusals: RefusalCounts,
    /// Resizes of `ReplicaSet`s by scaling during the rollout. They are stored in `scalings.csv`.
    pub resizes: Vec<Resize>,
    /// The measures.
    pub values: Values,
}

/// The measures of a run by the number of their column; columns with facts stay empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values(Box<[i64]>);

/// The value of an empty cell. No measure can have it.
const EMPTY: i64 = i64::MIN;

/// The change of one `ReplicaSet` in one scaling event during a rollout: part of a row in `scalings.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resize {
    /// Its revision.
    pub revision: i64,
    /// Whether its template was the current one.
    pub is_new: bool,
    /// Its size before.
    pub from: i32,
    /// Its size after.
    pub to: i32,
}

impl From<&ScalingRecord> for Resize {
    fn from(record: &ScalingRecord) -> Self {
        let &ScalingRecord { revision, is_new, from, to, .. } = record;
        Self { revision, is_new, from, to }
    }
}

/// A row of a file that is not the row of a run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RowError {
    /// A cell that its column does not allow.
    #[error("`{column}` is `{text}`, which is not {expected}")]
    Cell {
        /// The name of the column.
        column: &'static str,
        /// The text of the cell.
        text: String,
        /// The form that the column expects.
        expected: &'static str,
    },
    /// A cell with a value although another cell of its group is empty.
    #[error("`{column}` has a value, but `{empty}` is empty")]
    Lone {
        /// The name of the column.
        column: &'static str,
        /// The name of the first column of the group.
        empty: &'static str,
    },
}

/// A duration that the horizon may cut off. What did not end before the horizon counts as longer than every
/// duration that did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Elapsed {
    /// It ended after this number of seconds.
    Within(Milli),
    /// It had not ended at the horizon.
    BeyondHorizon,
}

impl Elapsed {
    /// In thousandths; an unfinished duration is far greater than every other number.
    pub fn swappable(self) -> i64 {
        match self {
            Self::Within(time) => time.thousandths(),
            Self::BeyondHorizon => i64::MAX / 4,
        }
    }
}

impl Measured for Elapsed {
    fn number(self) -> Option<u64> {
        match self {
            Self::Within(time) => time.number(),
            Self::BeyondHorizon => None,
        }
    }

    fn of_number(number: Option<u64>) -> Self {
        number.map_or(Self::BeyondHorizon, |number| Self::Within(Milli::of_number(Some(number))))
    }
}

/// Access to single measures.
impl Row {
    /// A measure in its cell; `None` if the cell is empty.
    pub fn get(&self, measure: &Measure) -> Option<Milli> {
        measure.number(self)
    }

    /// A measure that is a whole number; 0 if its cell is empty.
    pub fn count(&self, measure: &Measure) -> i64 {
        self.raw(measure.index()).unwrap_or_default()
    }

    /// A time or an area that every run has; 0 if its cell is empty.
    pub fn sum(&self, measure: &Measure) -> Milli {
        self.get(measure).unwrap_or_default()
    }

    /// How long the rollout took; `None` if there was none.
    pub fn elapsed(&self) -> Option<Elapsed> {
        known::ROLLOUT_TIME.of(self)
    }

    /// The time of the rollout by cause, up to the horizon; `None` without a rollout.
    pub fn time_spent(&self) -> Option<TimeSpent> {
        let times = Cause::ALL.map(|cause| self.get(known::time_of(cause)));
        times[0].is_some().then(|| TimeSpent::new(times.map(Option::unwrap_or_default)))
    }

    /// Failed requests of all causes; `None` without a Service.
    pub fn requests_failed(&self) -> Option<Milli> {
        let causes = [
            known::REQUESTS_FAILED_REFUSED,
            known::REQUESTS_FAILED_NO_ENDPOINT,
            known::REQUESTS_FAILED_RESET,
            known::REQUESTS_FAILED_NOT_READY,
            known::REQUESTS_FAILED_TIMEOUT,
        ];
        let failed: Option<i64> = causes.iter().map(|cause| self.get(cause).map(Milli::thousandths)).sum();
        failed.map(Milli::from_thousandths)
    }

    /// Whether fewer pods are available at the horizon than the current spec promises; `None` if the row comes
    /// from a version that did not measure it.
    pub fn ends_below_promised(&self) -> Option<bool> {
        Some(self.get(known::AVAILABLE_END)? < self.get(known::PROMISED_END)?)
    }

    /// Whether the progress deadline fired.
    pub fn deadline_fired(&self) -> bool {
        self.raw(known::DEADLINE_FIRST.index()).is_some()
    }

    /// The row with empty cells for the additional columns of a longer register.
    pub(crate) fn widened(mut self, register: &Register) -> Self {
        let mut values = self.values.0.into_vec();
        values.resize(register.columns().len(), EMPTY);
        self.values = Values(values.into_boxed_slice());
        self
    }

    /// The same run with another value of a measure, for tests.
    #[must_use]
    pub fn with(mut self, measure: &Measure, value: impl Into<crate::column::Cell>) -> Self {
        self.set(measure, value);
        self
    }

    /// Replaces the value of a measure, for tests.
    pub fn set(&mut self, measure: &Measure, value: impl Into<crate::column::Cell>) {
        self.set_raw(measure.index(), value.into().raw());
    }
}

impl Row {
    /// A run with empty cells.
    pub(crate) fn empty(register: &Register) -> Self {
        Self {
            run: 0,
            digest: 0,
            outcome: Outcome::NoRollout,
            refusals: RefusalCounts::default(),
            resizes: Vec::new(),
            values: Values(vec![EMPTY; register.columns().len()].into_boxed_slice()),
        }
    }

    /// The row of a record, with the measures of a register.
    pub fn of(register: &Register, record: &Record) -> Self {
        let mut row = Self {
            run: record.run,
            digest: record.digest,
            outcome: record.outcome,
            refusals: record.footprint.refusals,
            resizes: record.scalings.iter().map(Resize::from).collect(),
            ..Self::empty(register)
        };
        let source = MeasureInput::new(record);
        for measure in register.measures() {
            row.set_raw(measure.index(), measure.read(&source).raw());
        }
        row
    }

    /// A row from the text of its cells in the order of the columns. The resizes are in another file.
    ///
    /// # Errors
    /// The first cell that cannot be read, or that is empty although its measure must be present.
    pub fn parse<'t>(
        register: &Register,
        mut cells: impl Iterator<Item = &'t str>,
    ) -> Result<Self, RowError> {
        let mut row = Self::empty(register);
        for column in register.columns() {
            let text = cells.next().unwrap_or_default();
            column.parse(text, &mut row).map_err(|shape| wrong(column, text, shape))?;
        }
        row.check(register)?;
        Ok(row)
    }

    /// Cells are empty only where the register allows it. All measures of a Service are empty together, and so are
    /// all measures of a rollout.
    fn check(&self, register: &Register) -> Result<(), RowError> {
        let mut groups = [(Presence::WithService, None), (Presence::WithRollout, None)];
        for column in register.columns() {
            let Some(measure) = column.measure() else { continue };
            let is_there = self.raw(measure.index()).is_some();
            match (measure.presence, groups.iter_mut().find(|(presence, _)| *presence == measure.presence)) {
                (Presence::Sometimes, _) => {}
                (_, Some((_, first))) => {
                    let (wanted, leader) = *first.get_or_insert((is_there, column.name()));
                    if wanted && !is_there {
                        return Err(wrong(column, "", column.shape()));
                    }
                    if is_there && !wanted {
                        return Err(RowError::Lone { column: column.name(), empty: leader });
                    }
                }
                (_, None) if is_there => {}
                (_, None) => return Err(wrong(column, "", column.shape())),
            }
        }
        Ok(())
    }

    /// What the cell of a column holds; `None` if it is empty.
    pub(crate) fn raw(&self, index: usize) -> Option<i64> {
        self.values.0.get(index).copied().filter(|raw| *raw != EMPTY)
    }

    pub(crate) fn set_raw(&mut self, index: usize, raw: Option<i64>) {
        if let Some(value) = self.values.0.get_mut(index) {
            *value = raw.unwrap_or(EMPTY);
        }
    }
}

fn wrong(column: &Column, text: &str, expected: &'static str) -> RowError {
    RowError::Cell { column: column.name(), text: text.to_owned(), expected }
}

impl From<&Record> for Row {
    fn from(record: &Record) -> Self {
        Self::of(Register::standard(), record)
    }
}

impl Row {
    /// A rollout of ten pods that took a minute and stayed above its promise, as a start for tests.
    #[must_use]
    pub fn example() -> Self {
        let mut row = Self::empty(Register::standard());
        row.outcome = Outcome::Complete;
        let zero = |measure: &Measure| measure.presence == Presence::Always;
        for measure in Register::standard().measures().filter(|measure| zero(measure)) {
            row.set_raw(measure.index(), Some(0));
        }
        row.with(known::ROLLOUT_TIME, Milli::from_whole(60))
            .with(known::DEADLINE_MARGIN, Milli::from_whole(580))
            .with(known::AVAILABLE_MIN, 8)
            .with(known::AVAILABLE_MEAN, Milli::from_whole(9))
            .with(known::BELOW_REPLICAS, Milli::from_whole(50))
            .with(known::PODS_PEAK, 13)
            .with(known::PODS_PEAK_WITH_TERMINATING, 15)
            .with(known::PODS_CREATED, 10)
            .with(known::ROLLOUT_STATUS_EXIT, 0)
            .with(known::ROLLOUT_STATUS_EXIT_LAST, 0)
            .with(known::REPLICA_SETS_LEFT, 2)
            .with(known::BELOW_REPLICAS_POD, Milli::from_whole(100))
            .with(known::LONGEST_BELOW_REPLICAS, Milli::from_whole(50))
            .with(known::SURGE_POD, Milli::from_whole(120))
            .with(known::API_WRITES, 90)
            .with(known::LONGEST_WITHOUT_PROGRESS, Milli::from_whole(20))
            .with(known::AVAILABLE_END, 10)
            .with(known::PROMISED_END, 8)
    }
}
