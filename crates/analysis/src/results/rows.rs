//! The rows of a batch: in memory up to a limit, then only in their file.

use crate::tables::TableError;
use crate::tables::runs::RowReader;
use measures::Row;
use measures::stats::EXACT_VALUES;
use std::cell::RefCell;
use std::path::PathBuf;

/// The rows of a batch in order of run. Up to 100,000 rows are in memory; the rows of a larger batch are read from its
/// `runs.csv` one by one.
#[derive(Debug)]
pub struct Rows {
    held: Vec<Row>,
    count: u64,
    file: PathBuf,
    failure: RefCell<Option<TableError>>,
}

impl Rows {
    /// No rows yet; the caller also writes each row to `file`, the `runs.csv`.
    pub fn new(file: PathBuf) -> Self {
        Self { held: Vec::new(), count: 0, file, failure: RefCell::default() }
    }

    /// Adds the next row.
    pub fn push(&mut self, row: Row) {
        self.count += 1;
        if self.count <= EXACT_VALUES as u64 {
            self.held.push(row);
        } else {
            self.held = Vec::new();
        }
    }

    /// How many there are.
    pub const fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The rows in order. If the file cannot be read, the iterator ends early, and [`Rows::check`] returns the error.
    pub fn iter(&self) -> impl Iterator<Item = Row> + '_ {
        let filed = (self.held.len() as u64) < self.count;
        let reader = filed.then(|| RowReader::open(&self.file).map_err(|error| self.note(error)).ok());
        let filed = reader.flatten().into_iter().flatten();
        let filed = filed.map_while(|row| row.map_err(|error| self.note(error)).ok());
        self.held.iter().cloned().chain(filed)
    }

    fn note(&self, error: TableError) {
        self.failure.borrow_mut().get_or_insert(error);
    }

    /// Checks that no row was missing.
    ///
    /// # Errors
    /// `runs.csv` could not be read.
    pub fn check(&self) -> Result<(), TableError> {
        self.failure.borrow_mut().take().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::runs::RowWriter;
    use measures::testing;

    #[test]
    fn many_rows_are_read_from_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.csv");
        let all = testing::rows(EXACT_VALUES as u64 + 1);
        let mut writer = RowWriter::new(std::fs::File::create(&path).unwrap()).unwrap();
        all.iter().for_each(|row| writer.append(row).unwrap());
        writer.flush().unwrap();
        let mut rows = Rows::new(path.clone());
        for row in &all {
            rows.push(row.clone());
        }
        assert!(rows.held.is_empty() && rows.iter().eq(all));
        assert!(rows.check().is_ok());
        std::fs::remove_file(path).unwrap();
        assert_eq!(rows.iter().count(), 0);
        assert!(rows.check().is_err());
    }
}
