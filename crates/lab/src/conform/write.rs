//! Our steps in the recordings' own format, for anyone to compare with a program of their own.

use super::{Case, Verdict};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Refuses to write where a file of the user's would be lost: nothing that exists is ever replaced.
///
/// # Errors
/// A file that exists already, or two inputs that would be written to one file.
pub fn check_targets(folder: &Path, inputs: &[PathBuf]) -> Result<(), String> {
    let mut seen: BTreeMap<String, &Path> = BTreeMap::new();
    for input in inputs {
        let name = format!("{}.jsonl", bare_name(input));
        let target = folder.join(&name);
        if target.exists() {
            return Err(format!("{} exists already; nothing is overwritten", target.display()));
        }
        if let Some(other) = seen.insert(name, input) {
            let (one, two) = (other.display(), input.display());
            return Err(format!("{one} and {two} would both be written to {}", target.display()));
        }
    }
    Ok(())
}

/// The name of a file of cases without its endings.
pub(super) fn bare_name(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.strip_suffix(".jsonl").unwrap_or(name).to_owned()
}

/// Writes `<file>.jsonl` for every file the cases were read from: each case as recorded, with our steps in
/// place of the recorded ones.
///
/// # Errors
/// What cannot be written.
pub fn write_cases(folder: &Path, cases: &[Case], verdicts: &[Verdict]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for (case, verdict) in cases.iter().zip(verdicts) {
        let mut written = case.script.clone();
        if let Some(object) = written.as_object_mut() {
            object.insert("steps".to_owned(), Value::Array(verdict.ours.clone()));
        }
        let lines = files.entry(&case.file).or_default();
        serde_json::to_writer(&mut *lines, &written)?;
        lines.push(b'\n');
    }
    for (name, lines) in files {
        fs::File::create(folder.join(format!("{name}.jsonl")))?.write_all(&lines)?;
    }
    Ok(())
}
