//! Many replications: scenario files, experiments, statistics, charts and results.

// As `crates/clippy.toml`: only `write::terminal` writes to the terminal.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod args;
pub mod baseline;
pub mod command;
pub mod compare;
pub mod conform;
pub mod deadline;
pub mod diagnostic;
pub mod experiment;
pub mod input;
pub mod judge;
pub mod plan;
pub mod results;
pub mod scenario;
pub mod stats;
pub mod sweep;
pub mod write;
