//! From many runs to conclusions.
//!
//! [`results`] takes in runs one by one, sums them up and keeps them in a folder; [`tables`] are the files in
//! it. On top of them stand the questions that people ask: [`judge`] (objectives), [`compare`], [`sweep`],
//! [`plan`], [`deadline`] and [`baseline`].
//!
//! It does not know terminals, charts or HTML, and it runs no simulation: rows come in, conclusions go out.
//!
//! Start with [`results::Collector`] and [`results::Summary`].

// As `crates/clippy.toml`: only `report::terminal` writes to the terminal.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod baseline;
pub mod compare;
pub mod deadline;
pub mod judge;
pub mod plan;
pub mod results;
pub mod sweep;
pub mod tables;
