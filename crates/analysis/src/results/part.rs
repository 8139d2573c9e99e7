//! The state of an unfinished batch or of a shard, beyond its rows.

use super::{Fan, hashed};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// Runs that are finished and completely in the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Number of runs.
    pub runs: u64,
    /// The extent of `runs.csv` with these runs.
    pub rows: Extent,
    /// The extent of `scalings.csv` with these runs.
    pub scalings: Extent,
    /// The hash of `batch.json`.
    pub order: String,
    /// The hash of `provenance.json`, once the shard is finished.
    pub provenance: Option<String>,
    /// Available pods over time, over these runs; rows do not hold it.
    pub available: Fan,
}

/// The valid length of a file, and the hash of its bytes up to there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extent {
    /// Number of bytes.
    pub bytes: u64,
    /// `sha256:` and their hash.
    pub sha256: String,
}

/// The state of a batch does not describe its files.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// A file cannot be read.
    #[error("{name} cannot be read: {cause}")]
    Unreadable {
        /// Name of the file.
        name: String,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// A file is shorter than the state says.
    #[error("{name} has lost rows: {bytes} bytes were written")]
    TooShort {
        /// Name of the file.
        name: String,
        /// The length that it had.
        bytes: u64,
    },
    /// A file does not have the hash that the state says.
    #[error("{name} was changed after it was written")]
    Changed {
        /// Name of the file.
        name: String,
    },
    /// The state is not valid JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The state does not have its own hash.
    #[error("it was changed after it was written")]
    ChangedItself,
}

/// The text of a file with its own hash in it.
#[derive(Deserialize)]
struct HashedPart {
    part: Part,
}

impl Extent {
    /// Checks that a file begins with these bytes.
    ///
    /// # Errors
    /// The file cannot be read, is too short, or was changed.
    pub fn check(&self, path: &Path) -> Result<(), PartError> {
        let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let found = hashed::beginning(path, self.bytes)
            .map_err(|cause| PartError::Unreadable { name: name(), cause })?;
        if found.bytes() < self.bytes {
            return Err(PartError::TooShort { name: name(), bytes: self.bytes });
        }
        if found.sha256() != self.sha256 {
            return Err(PartError::Changed { name: name() });
        }
        Ok(())
    }
}

impl Part {
    /// As JSON text, in one line, with its own hash.
    pub fn to_json(&self) -> String {
        // Numbers and texts only, so this cannot fail.
        let part = serde_json::to_string(self).unwrap_or_default();
        format!("{{\"sha256\":\"{}\",\"part\":{part}}}\n", hashed::sha256(part.as_bytes()))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// The text is not valid, or was changed after it was written.
    pub fn read(text: &[u8]) -> Result<Self, PartError> {
        let HashedPart { part } = serde_json::from_slice(text)?;
        if part.to_json().as_bytes() == text { Ok(part) } else { Err(PartError::ChangedItself) }
    }

    /// Whether the counts of available pods add up to the number of runs, at every moment.
    pub fn is_sound(&self, grid_points: usize) -> bool {
        self.available.is_of(self.runs, grid_points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_byte_is_found() {
        let extent = Extent { bytes: 12, sha256: hashed::sha256(b"run\n") };
        let mut available = Fan::default();
        available.add(&[3, 4, 4]);
        let part = Part {
            runs: 1,
            rows: extent.clone(),
            scalings: extent,
            order: hashed::sha256(b"{}"),
            provenance: None,
            available,
        };
        let text = part.to_json();
        assert_eq!(Part::read(text.as_bytes()).unwrap(), part);
        for at in 0..text.len() {
            for change in [1, 2, 32] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= change;
                assert!(Part::read(&bytes).is_err(), "byte {at}: {}", String::from_utf8_lossy(&bytes));
            }
        }
        assert!(Part::read(format!("{text}\n").as_bytes()).is_err());
        assert!(Part::read(&text.as_bytes()[..text.len() - 1]).is_err());
    }
}
