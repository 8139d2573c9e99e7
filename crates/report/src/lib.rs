//! Results for people: tables for terminals, charts, HTML pages, and the story of a run.
//!
//! The crate turns values into text or pictures and returns them. It opens no files and decides nothing:
//! conclusions come from the crate `analysis`.
//!
//! Start with [`table::SummaryTable`] (the output of `run`), [`chart`] (one module per chart) and [`html`].

// As `crates/clippy.toml`: only `report::terminal` writes to the terminal.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod baseline;
pub mod chart;
pub mod columns;
pub mod compare;
pub mod deadline;
pub mod html;
pub mod left_out;
pub mod plan;
pub mod shell;
pub mod story;
pub mod sweep;
pub mod table;
pub mod terminal;
pub mod where_time_went;
