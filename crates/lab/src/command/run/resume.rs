//! Going on with a batch that was interrupted or killed.

use super::{Batch, Extras, Files};
use analysis::results::{BatchOrder, FolderError, Part, PartError, ResultFile, ResultFolder, hashed};
use scenario::input;
use serde::de::DeserializeOwned;
use std::io::{self, ErrorKind};
use std::path::Path;

/// What an unfinished batch needs to go on; everything else is written again.
const KEPT_FILES: [ResultFile; 5] =
    [ResultFile::Provenance, ResultFile::Order, ResultFile::Part, ResultFile::Runs, ResultFile::Scalings];

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
            Some(_) => ResultFolder::resume(&parent, &name, &KEPT_FILES),
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
        let Some(order) = read::<BatchOrder>(&partial.join(ResultFile::Order))? else { return Ok(None) };
        let differences = order.differences(&self.order(), "there", "here");
        if !differences.is_empty() {
            return Err(format!(
                "{} was left by another batch and cannot go on:\n  {}\n{START_OVER}",
                partial.display(),
                differences.join("\n  ")
            ));
        }
        let path = partial.join(ResultFile::Part);
        let Some(text) = bytes(&path)? else { return Ok(None) };
        let damaged = |why: PartError| format!("{} is damaged: {why}\n{START_OVER}", path.display());
        let part = Part::read(&text).map_err(damaged)?;
        let cannot = |damage| format!("{} cannot go on: {damage}\n{START_OVER}", partial.display());
        self.check(&partial, &part).map_err(cannot)?;
        Ok(Some(part))
    }

    /// Whether the files still hold what was written to them; beyond that they may be torn.
    fn check(&self, partial: &Path, part: &Part) -> Result<(), String> {
        if part.runs > self.own_runs() || !part.is_sound(self.grid_points) {
            return Err(format!("{} is damaged", ResultFile::Part));
        }
        if bytes(&partial.join(ResultFile::Order))?.is_none_or(|text| hashed::sha256(&text) != part.order) {
            return Err(format!("{} was changed after it was written", ResultFile::Order));
        }
        let in_words = |error: PartError| error.to_string();
        part.rows.check(&partial.join(ResultFile::Runs)).map_err(in_words)?;
        part.scalings.check(&partial.join(ResultFile::Scalings)).map_err(in_words)
    }
}

const START_OVER: &str = "Ask for the same batch again, or leave --resume out to start over";

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
            ErrorKind::InvalidData => Err(format!("{} is damaged: {error}\n{START_OVER}", path.display())),
            _ => Err(format!("cannot read {}: {error}", path.display())),
        },
    }
}
