//! The program `rollout-lab`: its command line, the batch that runs a scenario on all cores, and the replay of
//! recordings.
//!
//! It puts the other crates together and computes nothing itself: `scenario` reads the input, `simulator`
//! runs it, `analysis` concludes, `report` shows.
//!
//! Start with [`args`] (what can be said) and [`command`] (what each command does).

// As `crates/clippy.toml`: only `report::terminal` writes to the terminal.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod args;
pub mod command;
pub mod conform;
pub mod engine;
pub mod experiment;
