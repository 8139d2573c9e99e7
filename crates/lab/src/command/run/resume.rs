//! Going on with a batch that was interrupted or killed.

use super::intake::{RUNS, SCALINGS};
use super::{Batch, Extras, Files};
use analysis::results::{BatchOrder, FolderError, ORDER, PART, PROVENANCE, Part, ResultFolder};
use serde::de::DeserializeOwned;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

impl Batch {
    /// The folder for the results below `out`: an empty one, or with `resume` what an earlier attempt at the
    /// same batch has left.
    ///
    /// # Errors
    /// The file system refuses, or (in words) what was left is of another batch.
    pub fn files(&self, out: &Path, resume: bool, extras: Extras) -> Result<Files, String> {
        let (parent, name) = self.place(out);
        let earlier = if resume { self.earlier(out)? } else { None };
        let folder = match earlier {
            None => ResultFolder::begin(&parent, &name),
            Some(_) => ResultFolder::resume(&parent, &name, &[PROVENANCE, ORDER, PART, RUNS, SCALINGS]),
        };
        Ok(Files { folder: folder.map_err(|error: FolderError| error.to_string())?, earlier, extras })
    }

    /// What an earlier attempt at this very batch has finished; `None` if there was none, or if it had not
    /// finished a run. Nothing is changed.
    ///
    /// # Errors
    /// What was left is of another batch, or damaged; says how to go on.
    pub fn earlier(&self, out: &Path) -> Result<Option<Part>, String> {
        let (parent, name) = self.place(out);
        let (_, partial) = ResultFolder::paths(&parent, &name);
        let Some(order) = read::<BatchOrder>(&partial.join(ORDER))? else { return Ok(None) };
        let differences = order.differences(&self.order(), "there", "here");
        if !differences.is_empty() {
            return Err(format!(
                "{} was left by another batch and cannot go on:\n  {}\n{BEGIN_ANEW}",
                partial.display(),
                differences.join("\n  ")
            ));
        }
        let Some(part) = read::<Part>(&partial.join(PART))? else { return Ok(None) };
        match self.damage(&partial, &part) {
            None => Ok(Some(part)),
            Some(damage) => Err(format!("{} cannot go on: {damage}\n{BEGIN_ANEW}", partial.display())),
        }
    }

    /// What is wrong with files that should hold so much.
    fn damage(&self, partial: &Path, part: &Part) -> Option<String> {
        let length = |name: &str| fs::metadata(partial.join(name)).map_or(0, |file| file.len());
        let lacks = |name: &str, bytes: u64| {
            (length(name) < bytes).then(|| format!("{name} has lost rows: {bytes} bytes were written"))
        };
        if part.runs > self.own_runs() || !part.is_sound(self.grid_points) {
            return Some(format!("{PART} is damaged"));
        }
        lacks(RUNS, part.runs_bytes).or_else(|| lacks(SCALINGS, part.scalings_bytes))
    }
}

const BEGIN_ANEW: &str = "Ask for the same batch again, or leave --resume out to begin anew";

/// Reads a file of ours; `None` if there is none.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    let text = match fs::read(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        Ok(text) => text,
    };
    let read = serde_json::from_slice(&text);
    read.map(Some).map_err(|why| format!("{} is damaged: {why}\n{BEGIN_ANEW}", path.display()))
}
