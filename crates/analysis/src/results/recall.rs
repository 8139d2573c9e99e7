//! Reads the runs of a folder with everything that a summary needs.

use super::ResultFile;
use crate::tables::TableError;
use crate::tables::runs::RowReader;
use crate::tables::scalings::ScalingReader;
use csv::StringRecord;
use measures::Row;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Reads the rows of `runs.csv`, and for each run its rows of `scalings.csv`.
pub struct RunReader {
    rows: RowReader<BufReader<File>>,
    path: PathBuf,
    scalings: ScalingReader,
}

/// A run read from files.
#[derive(Debug)]
pub struct StoredRun {
    /// Its row, equal to the row of the simulation.
    pub row: Row,
    /// Its rows in `scalings.csv`.
    pub scalings: Vec<StringRecord>,
}

impl RunReader {
    /// Opens both files of a folder.
    ///
    /// # Errors
    /// A file cannot be read, or lacks a column.
    pub fn open(folder: &Path) -> Result<Self, TableError> {
        let path = folder.join(ResultFile::Runs);
        let rows = RowReader::open(&path)?;
        Ok(Self { rows, path, scalings: ScalingReader::open(&folder.join(ResultFile::Scalings))? })
    }

    /// The next run, which must have this number; `None` after the last one.
    ///
    /// # Errors
    /// A file cannot be read, or its next run has another number.
    pub fn next(&mut self, number: u64) -> Result<Option<StoredRun>, TableError> {
        let Some(mut row) = self.rows.next().transpose()? else { return Ok(None) };
        if row.run != number {
            let because = format_args!("it has run {} in place of run {number}", row.run);
            return Err(TableError::new(&self.path, because));
        }
        let scalings = self.scalings.of_run(number)?;
        row.resizes = scalings.iter().map(|(scaling, _)| scaling.resize).collect();
        Ok(Some(StoredRun { row, scalings: scalings.into_iter().map(|(_, cells)| cells).collect() }))
    }

    /// Checks that both files are at their end.
    ///
    /// # Errors
    /// A file has more rows.
    pub fn finish(mut self) -> Result<(), TableError> {
        if self.rows.next().is_some() {
            return Err(TableError::new(&self.path, "it has more rows than it should"));
        }
        self.scalings.finish()
    }
}
