//! Our steps in the recordings' own format, for anyone to compare with a program of their own.

use super::{Case, Verdict};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

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
