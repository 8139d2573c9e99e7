//! The columns of `runs.csv`: how their cells are written and read back.

use crate::field::{Field, Kind};
use crate::measure::{Measure, Negative};
use crate::{Milli, Row};
use simulator::number::Saturate;
use simulator::record::{Outcome, RefusalCounts};
use std::fmt;

/// A column of `runs.csv`.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// A fact that identifies or describes the run.
    Fact(Field, Fact),
    /// A measure.
    Measure(Measure),
}

/// What a row keeps of a run in addition to its measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Its number.
    Run,
    /// Its digest.
    Digest,
    /// How it ended.
    Outcome,
    /// Refused calls of the controllers by reason.
    Refusals,
}

impl Column {
    /// Its entry in the reference.
    pub const fn field(&self) -> &Field {
        match self {
            Self::Fact(field, _) => field,
            Self::Measure(measure) => &measure.field,
        }
    }

    /// Its name in the header.
    pub const fn name(&self) -> &'static str {
        self.field().name
    }

    /// Its measure; `None` if it holds a fact.
    pub const fn measure(&self) -> Option<&Measure> {
        match self {
            Self::Fact(..) => None,
            Self::Measure(measure) => Some(measure),
        }
    }

    /// Its cell in a row.
    pub fn cell(&self, row: &Row) -> Cell {
        let measure = match self {
            Self::Measure(measure) => measure,
            Self::Fact(_, fact) => return fact.cell(row),
        };
        match (row.raw(measure.index()), measure.field.kind) {
            (None, _) => Cell::Empty,
            (Some(raw), Kind::Number) => Cell::Number(Milli::from_thousandths(raw)),
            (Some(raw), Kind::Flag) => Cell::Flag(raw != 0),
            (Some(raw), Kind::Count | Kind::Word) => Cell::Count(raw),
        }
    }

    /// Reads a cell that [`Cell`] has written into `row`.
    ///
    /// # Errors
    /// The expected form of the text.
    pub(crate) fn parse(&self, text: &str, row: &mut Row) -> Result<(), &'static str> {
        let measure = match self {
            Self::Measure(measure) => measure,
            Self::Fact(_, fact) => return fact.parse(text, row),
        };
        let (raw, shape) = match measure.field.kind {
            Kind::Number => {
                (Milli::parse_stored(text).map(Milli::thousandths), "a number with three decimals")
            }
            Kind::Flag => (text.parse().ok().map(<i64 as From<bool>>::from), "true or false"),
            Kind::Count | Kind::Word => {
                let count = text.parse().ok().filter(|count| is_countable(*count, measure));
                (count, "a whole number")
            }
        };
        match (raw, text.is_empty()) {
            (Some(raw), _) => row.set_raw(measure.index(), Some(raw)),
            // Whether a cell may be empty depends on other cells: `Row::check` decides.
            (None, true) => row.set_raw(measure.index(), None),
            (None, false) => return Err(shape),
        }
        Ok(())
    }

    /// The form of its cells, for error messages.
    pub(crate) const fn shape(&self) -> &'static str {
        match self.field().kind {
            Kind::Number => "a number with three decimals",
            Kind::Flag => "true or false",
            Kind::Count | Kind::Word => "a whole number",
        }
    }
}

/// Counts become thousandths on their way to statistics; larger ones might overflow there, see
/// [`Milli::parse_stored`].
const fn is_countable(count: i64, measure: &Measure) -> bool {
    let can_be_negative = !matches!(measure.negative, Negative::Kept);
    count.unsigned_abs() <= i64::MAX.unsigned_abs() / 64 / 1000 && (count >= 0 || can_be_negative)
}

impl Fact {
    fn cell(self, row: &Row) -> Cell {
        match self {
            Self::Run => Cell::Count(row.run.saturated()),
            Self::Digest => Cell::Digest(row.digest),
            Self::Outcome => Cell::Word(row.outcome.as_str()),
            Self::Refusals if row.refusals.iter().next().is_none() => Cell::Empty,
            Self::Refusals => Cell::Refusals(row.refusals),
        }
    }

    fn parse(self, text: &str, row: &mut Row) -> Result<(), &'static str> {
        match self {
            Self::Run => row.run = text.parse().map_err(|_| "a whole number")?,
            Self::Digest => row.digest = u64::from_str_radix(text, 16).map_err(|_| "a digest")?,
            Self::Outcome => {
                let found = Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == text);
                row.outcome = found.ok_or("an outcome")?;
            }
            Self::Refusals => {
                row.refusals = RefusalCounts::parse(text).ok_or("reasons with their numbers")?;
            }
        }
        Ok(())
    }
}

/// The value of one field of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// The measure does not apply, or the time is censored.
    Empty,
    /// A count.
    Count(i64),
    /// Seconds, pods or pod-seconds with three decimals.
    Number(Milli),
    /// A word.
    Word(&'static str),
    /// `true` or `false`.
    Flag(bool),
    /// A hash in hexadecimal.
    Digest(u64),
    /// Reasons with their numbers, separated by spaces; empty if there are none.
    Refusals(RefusalCounts),
}

impl Cell {
    /// The number that a row keeps of a measure: a count, thousandths, or 1 for `true`.
    pub(crate) fn raw(self) -> Option<i64> {
        match self {
            Self::Count(count) => Some(count),
            Self::Number(number) => Some(number.thousandths()),
            Self::Flag(flag) => Some(flag.into()),
            Self::Empty | Self::Word(_) | Self::Digest(_) | Self::Refusals(_) => None,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Count(count) => count.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Word(word) => f.write_str(word),
            Self::Flag(flag) => flag.fmt(f),
            Self::Digest(digest) => write!(f, "{digest:016x}"),
            Self::Refusals(counts) => counts.fmt(f),
        }
    }
}

impl From<Milli> for Cell {
    fn from(number: Milli) -> Self {
        Self::Number(number)
    }
}

impl From<simulator::Span> for Cell {
    fn from(time: simulator::Span) -> Self {
        Self::Number(time.into())
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i32> for Cell {
    fn from(count: i32) -> Self {
        Self::Count(count.into())
    }
}

impl From<u32> for Cell {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<u8> for Cell {
    fn from(count: u8) -> Self {
        Self::Count(count.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}
