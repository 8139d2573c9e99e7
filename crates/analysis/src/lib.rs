//! From many runs to conclusions.
//!
//! [`results`] takes in the rows of runs, summarizes them and keeps them in a folder; [`tables`] writes and reads the
//! files in it. The other modules answer questions about batches: [`objectives`], [`compare`], [`sweep`], [`plan`],
//! [`deadline`] and [`baseline`].
//!
//! It does not know terminals, charts or HTML, and it runs no simulation: it turns rows into conclusions.
//!
//! Start with [`results::Collector`] and [`results::Summary`].

// As `crates/clippy.toml`: only `report::terminal` writes to the terminal.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod baseline;
pub mod compare;
pub mod deadline;
pub mod objectives;
pub mod plan;
pub mod results;
pub mod sweep;
pub mod tables;
