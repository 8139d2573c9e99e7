//! The binary `rollout-lab`.

use clap::Parser;
use rollout_lab::args::Args;
use rollout_lab::command;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let ending = command::execute(&args);
    ExitCode::from(ending as u8)
}
