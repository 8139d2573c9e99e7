//! `rollout-lab check`: validates files without running anything.

use super::source::{self, Checked};
use super::{Ending, Stop};
use crate::args::CheckArgs;
use std::io::{self, Write};
use std::path::Path;

/// Says of each file whether it is fine; all errors of all files at once.
///
/// # Errors
/// All that is wrong with the files, or stdout refused.
pub fn execute(args: &CheckArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let mut errors = Vec::new();
    let mut files = Vec::new();
    for path in &args.files {
        if path.is_dir() {
            files.extend(source::find(std::slice::from_ref(path))?);
        } else {
            files.push(path.clone());
        }
    }
    for path in &files {
        match source::check(path) {
            Ok(checked) => fine(out, path, &checked)?,
            Err(Stop::Refused(why)) => errors.push(why),
            Err(other) => return Err(other),
        }
    }
    if errors.is_empty() { Ok(Ending::Fine) } else { Err(Stop::Refused(errors.join("\n"))) }
}

fn fine(out: &mut impl Write, path: &Path, checked: &Checked) -> io::Result<()> {
    writeln!(out, "{}: fine: {}", path.display(), checked.what)?;
    checked.notes.iter().try_for_each(|note| writeln!(out, "  note: {note}"))?;
    checked.warnings.iter().try_for_each(|warning| writeln!(out, "  warning: {warning}"))
}
