//! `rollout-lab completions`: a script for a shell.

use super::{Ending, Stop};
use crate::args::{Args, CompletionsArgs};
use clap::CommandFactory;
use std::io::Write;

/// Prints the script.
///
/// # Errors
/// Stdout refused.
pub fn execute(args: &CompletionsArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "rollout-lab", &mut script);
    out.write_all(&script)?;
    Ok(Ending::Fine)
}
