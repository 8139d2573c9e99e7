//! Units, words, statistics, and what is measured of a run.
//!
//! This crate holds what all later crates say numbers with: [`Milli`] (thousandths, exact), [`words`]
//! (durations, counts and shares as people read them), [`stats`] (intervals and tests, plain numbers in and
//! out), the [`Row`] of a run, and the [`Register`] of the measures: one row says all that is known of a
//! measure, and everything that lists measures is a loop over it.
//!
//! It does not know scenario files, Kubernetes objects, result folders, charts or terminals. From the
//! simulator it uses the record of a run and nothing else.
//!
//! Start with the [`Register`] and with [`Row`]: one run, as precise as `runs.csv` keeps it.
//!
//! # How to add a measure
//!
//! 1. The simulator records it: an observer in `simulator::observe`, and a field of `simulator::record::Record`.
//! 2. One row at the end of `register/table.rs`: its column, key, label, unit and group, how it is read from the
//!    record, and what is not usual (when its cell is empty, which way is better and by how much, the views that
//!    are compared, its path in `summary.json`).
//!
//! That is all. Header and parser of `runs.csv`, the row, the collector, `summary.json`, the table of the report,
//! objectives, `compare`, `baseline`, `sweep`, `--of`, `--margin` and the schema are loops over the register. The
//! reference in the documentation is written by
//! `WRITE_REFERENCE=1 cargo test -p rollout-lab --test runner reference`.
//!
//! A sentence of the report that is about one measure names it by [`known`].

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
pub use milli::Milli;
pub use register::{Register, known};
pub use row::{Elapsed, Resize, Row, Values};
pub use time_spent::TimeSpent;
