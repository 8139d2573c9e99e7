//! `rollout-lab conform`: replays recordings of the real controllers.

use super::{Ending, Stop, error};
use crate::args::{ConformArgs, OutputFormat};
use crate::conform::{Case, Verdict, case_files, check_targets, json, read_cases, text, write_cases};
use std::fmt::Display;
use std::io::Write;

/// Replays the cases, prints what diverges, and writes our steps where asked to.
///
/// # Errors
/// All files and scripts that cannot be read, a case that does not exist, or an unwritable folder.
pub fn execute(args: &ConformArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let mut cases = read_cases(&args.cases).map_err(|errors| refused(&errors))?;
    if let Some(name) = &args.case {
        cases.retain(|case: &Case| case.name == *name);
        if cases.is_empty() {
            return Err(Stop::refused(format!("error: no case is called `{name}`")));
        }
    }
    if let Some(folder) = &args.write {
        let inputs = case_files(&args.cases)?;
        check_targets(folder, &inputs).map_err(error)?;
    }
    let scripts = cases.clone();
    let verdicts = Verdict::of_all(cases).map_err(|errors| refused(&errors))?;
    if let Some(folder) = &args.write {
        let why = |error| Stop::refused(format!("error: cannot write to {}: {error}", folder.display()));
        write_cases(folder, &scripts, &verdicts).map_err(why)?;
    }
    match args.output {
        OutputFormat::Table => out.write_all(text(&verdicts, args.verbose, args.summary).as_bytes())?,
        OutputFormat::Json => writeln!(out, "{:#}", json(&verdicts))?,
    }
    let all_match = verdicts.iter().all(Verdict::matches);
    Ok(if all_match { Ending::Fine } else { Ending::Finding })
}

fn refused<E: Display>(errors: &[E]) -> Stop {
    let lines: Vec<String> = errors.iter().map(|error| format!("error: {error}")).collect();
    Stop::refused(lines.join("\n"))
}
