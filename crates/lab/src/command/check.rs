//! `rollout-lab check`: validates files without running anything.

use super::{Ending, Stop, source};
use crate::args::CheckArgs;
use std::io::Write;

/// Says of each file whether it is fine; all errors of all files at once.
///
/// # Errors
/// All that is wrong with the files, or stdout refused.
pub fn execute(args: &CheckArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let mut errors = Vec::new();
    for path in &args.files {
        match source::check(path) {
            Ok(what) => writeln!(out, "{}: {what}, fine", path.display())?,
            Err(Stop::Refused(why)) => errors.push(why),
            Err(other) => return Err(other),
        }
    }
    if errors.is_empty() {
        Ok(Ending::Fine)
    } else {
        Err(Stop::Refused(errors.join("\n")))
    }
}
