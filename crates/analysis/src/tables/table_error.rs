//! The error of every reader of tables.

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// A table cannot be read: the file system refuses, or the content is not what rollout-lab writes.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {because}", path.display())]
pub struct TableError {
    path: PathBuf,
    because: String,
}

impl TableError {
    pub(crate) fn new(path: &Path, because: impl Display) -> Self {
        Self { path: path.to_owned(), because: because.to_string() }
    }

    /// A row whose cells are not values of the table's columns.
    pub(crate) fn of_row(path: &Path, row: &csv::StringRecord) -> Self {
        let line = row.position().map_or(0, csv::Position::line);
        Self::new(path, format_args!("line {line} has a cell that is not a value of its column"))
    }
}
