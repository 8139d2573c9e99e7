//! `rollout-lab explain`: a scenario with every default that applies to it.

use super::source::{self, Source};
use super::{Ending, Stop};
use crate::args::ExplainArgs;
use std::io::Write;

/// Prints the resolved scenario.
///
/// # Errors
/// All that is wrong with the scenario, or stdout refused.
pub fn execute(args: &ExplainArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let source = Source::load_variant(&args.scenario, &source::variant(&args.set)?)?;
    writeln!(out, "{}", source.resolved().trim_end())?;
    Ok(Ending::Fine)
}
