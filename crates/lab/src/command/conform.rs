//! `rollout-lab conform`: replays recordings of the real controllers.

use super::{Ending, Stop, error};
use crate::args::{ConformArgs, OutputFormat};
use crate::conform::{Replayed, Wanted, case_files, check_targets, json, replay_all, text, write_cases};
use std::fmt::Display;
use std::io::Write;

/// Replays the cases, prints what differs, and writes our answers where asked to.
///
/// # Errors
/// All files and cases that cannot be read, a case that does not exist, or an unwritable folder.
pub fn execute(args: &ConformArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let files = case_files(&args.cases).map_err(|errors| refused(&errors))?;
    if let Some(folder) = &args.write {
        check_targets(folder, &files).map_err(error)?;
    }
    let wanted = Wanted { timeline: args.verbose, written: args.write.is_some(), paths: args.paths };
    let name = args.case.as_deref();
    let replayed = replay_all(&files, name, wanted).map_err(|errors| refused(&errors))?;
    if let (Some(name), true) = (name, replayed.is_empty()) {
        return Err(Stop::refused(format!("error: no case is called `{name}`")));
    }
    if let Some(folder) = &args.write {
        let why = |error| Stop::refused(format!("error: cannot write to {}: {error}", folder.display()));
        write_cases(folder, &replayed).map_err(why)?;
    }
    match args.output {
        OutputFormat::Table => out.write_all(text(&replayed, args.verbose, args.summary).as_bytes())?,
        OutputFormat::Json => writeln!(out, "{:#}", json(&replayed))?,
    }
    let all_match = replayed.iter().all(|case: &Replayed| case.outcome.matches());
    Ok(if all_match { Ending::Fine } else { Ending::Finding })
}

fn refused<E: Display>(errors: &[E]) -> Stop {
    let lines: Vec<String> = errors.iter().map(|error| format!("error: {error}")).collect();
    Stop::refused(lines.join("\n"))
}
