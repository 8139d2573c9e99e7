//! `rollout-lab list`: the scenario catalogue.

use super::source::{self, Source};
use super::{Ending, Stop};
use crate::args::ListArgs;
use std::io::Write;

/// One line for each scenario; those that cannot be read are told at the end.
///
/// # Errors
/// All that is wrong with the files, or stdout refused.
pub fn execute(args: &ListArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let (mut sources, mut errors) = (Vec::new(), Vec::new());
    for path in source::find(&args.scenarios)? {
        match Source::load(&path) {
            Ok(source) => sources.push(source),
            Err(Stop::Refused(why)) => errors.push(why),
            Err(other) => return Err(other),
        }
    }
    let width = sources.iter().map(|source| source.name().len()).max().unwrap_or(0);
    for source in &sources {
        writeln!(out, "{:<width$}  {}", source.name(), first_line(source.description()))?;
    }
    if errors.is_empty() { Ok(Ending::Fine) } else { Err(Stop::Refused(errors.join("\n"))) }
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}
