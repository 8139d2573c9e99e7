//! The runs of a folder, read back with everything that conclusions need of them.

use crate::results::{ReadError, RowReader};
use crate::tables::scalings::FIELDS;
use csv::StringRecord;
use measures::{Resize, Row};
use scenario::input;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Reads the rows of `runs.csv` and, beside each, those of `scalings.csv`.
pub struct RunReader {
    rows: RowReader<BufReader<File>>,
    path: PathBuf,
    scalings: ScalingReader,
}

/// A run that was read back.
#[derive(Debug)]
pub struct StoredRun {
    /// Its row, as if it had just been run.
    pub row: Row,
    /// Its rows in `scalings.csv`.
    pub scalings: Vec<StringRecord>,
}

impl RunReader {
    /// Opens both files of a folder.
    ///
    /// # Errors
    /// A file cannot be read, or lacks a column.
    pub fn open(folder: &Path) -> Result<Self, ReadError> {
        let path = folder.join("runs.csv");
        let rows = RowReader::open(&path)?;
        Ok(Self { rows, path, scalings: ScalingReader::open(&folder.join("scalings.csv"))? })
    }

    /// The next run, which must have this number; `None` after the last one.
    ///
    /// # Errors
    /// A file cannot be read, or says something else.
    pub fn next(&mut self, number: u64) -> Result<Option<StoredRun>, ReadError> {
        let Some(mut row) = self.rows.next().transpose()? else { return Ok(None) };
        if row.run != number {
            let because = format_args!("it has run {} in place of run {number}", row.run);
            return Err(ReadError::new(&self.path, because));
        }
        let scalings = self.scalings.of_run(number)?;
        row.resizes = scalings.iter().filter_map(resize).collect();
        Ok(Some(StoredRun { row, scalings }))
    }

    /// Whether both files are read to their ends.
    ///
    /// # Errors
    /// There is more in one of them.
    pub fn finish(mut self) -> Result<(), ReadError> {
        if self.rows.next().is_some() {
            return Err(ReadError::new(&self.path, "it has more rows than it should"));
        }
        self.scalings.finish()
    }
}

/// Reads `scalings.csv`, run by run.
struct ScalingReader {
    csv: csv::Reader<BufReader<File>>,
    path: PathBuf,
    /// The first row that was not asked for yet, with its run.
    ahead: Option<(u64, StringRecord)>,
}

impl ScalingReader {
    fn open(path: &Path) -> Result<Self, ReadError> {
        let file = input::open(path).map_err(|why| ReadError::new(path, why))?;
        let mut csv = csv::Reader::from_reader(BufReader::new(file));
        let header = csv.headers().map_err(|why| ReadError::new(path, why))?;
        if !header.iter().eq(FIELDS.iter().map(|field| field.name)) {
            return Err(ReadError::new(path, "its columns are those of another version of rollout-lab"));
        }
        let mut reader = Self { csv, path: path.to_owned(), ahead: None };
        reader.advance()?;
        Ok(reader)
    }

    fn advance(&mut self) -> Result<Option<StringRecord>, ReadError> {
        let mut row = StringRecord::new();
        let next = match self.csv.read_record(&mut row) {
            Err(why) => return Err(ReadError::new(&self.path, why)),
            Ok(false) => None,
            Ok(true) => match row.get(0).map(str::parse) {
                Some(Ok(run)) if resize(&row).is_some() => Some((run, row)),
                _ => {
                    let line = row.position().map_or(0, csv::Position::line);
                    return Err(ReadError::new(&self.path, format_args!("line {line} is no scaling")));
                }
            },
        };
        Ok(std::mem::replace(&mut self.ahead, next).map(|(_, row)| row))
    }

    /// The rows of a run; none if it was not scaled.
    fn of_run(&mut self, run: u64) -> Result<Vec<StringRecord>, ReadError> {
        let mut rows = Vec::new();
        while self.ahead.as_ref().is_some_and(|(next, _)| *next == run) {
            rows.extend(self.advance()?);
        }
        Ok(rows)
    }

    fn finish(self) -> Result<(), ReadError> {
        match self.ahead {
            None => Ok(()),
            Some((run, _)) => {
                Err(ReadError::new(&self.path, format_args!("run {run} is out of order, or has no row")))
            }
        }
    }
}

/// What a row of `scalings.csv` says about sizes.
fn resize(row: &StringRecord) -> Option<Resize> {
    Some(Resize {
        from: row.get(3)?.parse().ok()?,
        to: row.get(4)?.parse().ok()?,
        revision: row.get(9)?.parse().ok()?,
        is_new: row.get(10)?.parse().ok()?,
    })
}
