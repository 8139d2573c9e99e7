//! Units, statistics, the row of a run, and the register of measures.
//!
//! All later crates use this vocabulary of numbers: [`Milli`] (exact thousandths), [`units`] (durations, counts,
//! shares and quantities as text), [`stats`] (intervals and tests on plain numbers), the [`Row`] of a run, and the
//! [`Register`] of the measures. One row of the register defines a measure, and everything that lists measures
//! is a loop over the register.
//!
//! It does not know scenario files, Kubernetes objects, result folders, charts or terminals. From the
//! simulator it uses only the record of a run.
//!
//! Start with the [`Register`] and with [`Row`]: one run, as precise as `runs.csv` keeps it.
//!
//! # How to add a measure
//!
//! 1. The simulator records it: an observer in `simulator::observe`, and a field of `simulator::record::Record`.
//! 2. One row at the end of `register/table.rs`: its column, key, label, unit and group, how it is read from the
//!    record, and where it differs from the defaults (when its cell is empty, which direction is better and by
//!    how much, the views that are compared, its path in `summary.json`).
//!
//! Nothing else changes: header and parser of `runs.csv`, the row, the collector, `summary.json`, the table of the report,
//! objectives, `compare`, `baseline`, `sweep`, `--of`, `--margin` and the schema are loops over the register. The
//! reference in the documentation is written by
//! `WRITE_REFERENCE=1 cargo test -p rollout-lab --test runner reference`.
//!
//! Code that needs one measure, for a sentence of the report, takes it from [`known`].

// As `crates/clippy.toml`: only `report::terminal` writes to the terminal.
#![warn(clippy::print_stdout, clippy::print_stderr)]
// `simulator::number` has the conversions.
#![cfg_attr(
    not(test),
    deny(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss
    )
)]

pub mod column;
pub mod digest;
pub mod field;
pub mod measure;
pub mod question;
pub mod register;
mod row;
pub mod stats;
pub mod testing;
pub mod text;
mod time_spent;
pub mod units;

pub use measure::{Measure, Range, Unit};
pub use register::{Register, known};
pub use row::{Elapsed, Resize, Row, RowError, Values};
pub use time_spent::TimeSpent;
pub use units::Milli;
