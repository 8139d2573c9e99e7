//! Going on with a batch that was interrupted or killed.

use super::intake::{RUNS, SCALINGS};
use super::{Batch, Extras, Files};
use analysis::results::{BatchOrder, FolderError, ORDER, PART, PROVENANCE, Part, ResultFolder, hashed};
use scenario::input;
use serde::de::DeserializeOwned;
use std::io::{self, ErrorKind};
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
        let path = partial.join(PART);
        let Some(text) = bytes(&path)? else { return Ok(None) };
        let damaged = |why| format!("{} is damaged: {why}\n{BEGIN_ANEW}", path.display());
        let part = Part::read(&text).map_err(damaged)?;
        let cannot = |damage| format!("{} cannot go on: {damage}\n{BEGIN_ANEW}", partial.display());
        self.check(&partial, &part).map_err(cannot)?;
        Ok(Some(part))
    }

    /// Whether the files still hold what was written to them; beyond that they may be torn.
    fn check(&self, partial: &Path, part: &Part) -> Result<(), String> {
        if part.runs > self.own_runs() || !part.is_sound(self.grid_points) {
            return Err(format!("{PART} is damaged"));
        }
        if bytes(&partial.join(ORDER))?.is_none_or(|text| hashed::sha256(&text) != part.order) {
            return Err(format!("{ORDER} was changed after it was written"));
        }
        part.rows.check(&partial.join(RUNS))?;
        part.scalings.check(&partial.join(SCALINGS))
    }
}

const BEGIN_ANEW: &str = "Ask for the same batch again, or leave --resume out to begin anew";

/// Reads a file of ours; `None` if there is none.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    found(path, input::json(path))
}

/// The bytes of a file of ours; `None` if there is none.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, String> {
    found(path, input::json_text(path))
}

fn found<T>(path: &Path, read: io::Result<T>) -> Result<Option<T>, String> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(None),
            ErrorKind::InvalidData => Err(format!("{} is damaged: {error}\n{BEGIN_ANEW}", path.display())),
            _ => Err(format!("cannot read {}: {error}", path.display())),
        },
    }
}
