//! Units, words, statistics, and what is measured of a run.
//!
//! This crate holds what all later crates say numbers with: [`Milli`] (thousandths, exact), [`words`]
//! (durations, counts and shares as people read them), [`stats`] (intervals and tests, plain numbers in and
//! out), the [`Row`] of a run, and the measures that are read from it: [`MEASURES`] for objectives and
//! sweeps, [`question::QUESTIONS`] for comparisons, [`column::COLUMNS`] for `runs.csv`.
//!
//! It does not know scenario files, Kubernetes objects, result folders, charts or terminals. From the
//! simulator it uses the record of a run and nothing else.
//!
//! Start with [`Row`]: one run, as precise as `runs.csv` keeps it.

// As `crates/clippy.toml`: only `report::terminal` writes to the terminal.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod column;
pub mod digest;
pub mod field;
pub mod measure;
mod milli;
pub mod question;
pub mod register;
mod row;
pub mod stats;
pub mod testing;
mod time_spent;
pub mod words;

pub use measure::{Measure, Range, Unit};
pub use register::{Register, known};
pub use milli::Milli;
pub use row::{Elapsed, Resize, Row, Values};
pub use time_spent::TimeSpent;
