//! Our answers in the recordings' own format, for anyone to compare with a program of their own.

use super::files::CaseFile;
use super::run::Replayed;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Refuses to write where a file of the user's would be lost: nothing that exists is ever replaced.
///
/// # Errors
/// A file that exists already, or two inputs that would be written to one file.
pub fn check_targets(folder: &Path, inputs: &[CaseFile]) -> Result<(), String> {
    let mut seen: BTreeMap<&Path, &Path> = BTreeMap::new();
    for CaseFile { path, target } in inputs {
        let written = folder.join(target);
        if written.exists() {
            return Err(format!("{} exists already; nothing is overwritten", written.display()));
        }
        if let Some(other) = seen.insert(target, path) {
            let (one, two) = (other.display(), path.display());
            return Err(format!("{one} and {two} would both be written to {}", written.display()));
        }
    }
    Ok(())
}

/// Writes a file for every file the cases were read from: each case as recorded, with our answer in place of
/// the recorded one.
///
/// # Errors
/// What cannot be written.
pub fn write_cases(folder: &Path, replayed: &[Replayed]) -> io::Result<()> {
    let mut files: BTreeMap<&Path, Vec<u8>> = BTreeMap::new();
    for case in replayed {
        if let Some(written) = &case.outcome.written {
            let lines = files.entry(case.target.as_path()).or_default();
            serde_json::to_writer(&mut *lines, written)?;
            lines.push(b'\n');
        }
    }
    for (target, lines) in files {
        let path = folder.join(target);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, lines)?;
    }
    Ok(())
}
