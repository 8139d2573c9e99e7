//! The rows of a batch: in memory as long as they are few, in their file as soon as they are many.

use measures::stats::EXACT_VALUES;
use measures::{Register, Row};
use scenario::input;
use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The rows of a batch in order of run. Up to 100,000 of them are held; of a larger batch only the place of
/// its `runs.csv` is known, and whoever asks for the rows gets them read from there, one by one.
#[derive(Debug)]
pub struct Rows {
    held: Vec<Row>,
    count: u64,
    file: PathBuf,
    failure: RefCell<Option<ReadError>>,
}

impl Rows {
    /// No rows yet; `file` is the `runs.csv` to which they are also written.
    pub fn new(file: PathBuf) -> Self {
        Self { held: Vec::new(), count: 0, file, failure: RefCell::default() }
    }

    /// Notes the next row.
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

    /// The rows in order. If their file cannot be read, they end early, and [`Rows::check`] says why.
    pub fn iter(&self) -> impl Iterator<Item = Row> + '_ {
        let filed = (self.held.len() as u64) < self.count;
        let reader = filed.then(|| RowReader::open(&self.file).map_err(|error| self.note(error)).ok());
        let filed = reader.flatten().into_iter().flatten();
        let filed = filed.map_while(|row| row.map_err(|error| self.note(error)).ok());
        self.held.iter().cloned().chain(filed)
    }

    fn note(&self, error: ReadError) {
        self.failure.borrow_mut().get_or_insert(error);
    }

    /// Why rows are missing, if they are.
    ///
    /// # Errors
    /// `runs.csv` could not be read back.
    pub fn check(&self) -> Result<(), ReadError> {
        self.failure.borrow_mut().take().map_or(Ok(()), Err)
    }
}

/// Why a table cannot be understood.
#[derive(Debug)]
pub struct ReadError {
    path: PathBuf,
    because: String,
}

impl ReadError {
    pub(crate) fn new(path: &Path, because: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), because: because.to_string() }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.because)
    }
}

impl std::error::Error for ReadError {}

/// Reads the rows of a `runs.csv`.
pub struct RowReader<R> {
    register: &'static Register,
    csv: csv::Reader<R>,
    record: csv::StringRecord,
    path: PathBuf,
}

impl RowReader<io::BufReader<File>> {
    /// Opens a file and checks its header.
    ///
    /// # Errors
    /// The file cannot be read, or lacks a column.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let file = input::open(path)
            .map_err(|error| ReadError { path: path.to_owned(), because: error.to_string() })?;
        Self::new(io::BufReader::new(file), path)
    }
}

impl<R: Read> RowReader<R> {
    /// Checks the header. Columns beyond those we know are ignored: new ones come at the end only.
    ///
    /// # Errors
    /// The source cannot be read, or lacks a column. `path` is its name.
    pub fn new(source: R, path: &Path) -> Result<Self, ReadError> {
        Self::of(Register::standard(), source, path)
    }

    /// The same with the columns of another register.
    ///
    /// # Errors
    /// The source cannot be read, or lacks a column.
    pub fn of(register: &'static Register, source: R, path: &Path) -> Result<Self, ReadError> {
        let mut csv = csv::Reader::from_reader(source);
        let error = |because: String| ReadError { path: path.to_owned(), because };
        let header = csv.headers().map_err(|broken| error(broken.to_string()))?;
        for (index, column) in register.columns().iter().enumerate() {
            match header.get(index) {
                Some(name) if name == column.name() => {}
                Some(other) => {
                    let wanted = format!("column {} is `{other}` instead of `{}`", index + 1, column.name());
                    return Err(error(format!("{wanted}: another version of rollout-lab wrote it")));
                }
                None => return Err(error(format!("the column `{}` is missing", column.name()))),
            }
        }
        Ok(Self { register, csv, record: csv::StringRecord::new(), path: path.to_owned() })
    }

    fn read(&mut self) -> Result<Option<Row>, ReadError> {
        let error = |because: String| ReadError { path: self.path.clone(), because };
        match self.csv.read_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line);
                let row = Row::parse(self.register, self.record.iter());
                row.map(Some).map_err(|because| error(format!("line {line}: {because}")))
            }
            Err(broken) => Err(error(broken.to_string())),
        }
    }
}

impl<R: Read> Iterator for RowReader<R> {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::rows::RowWriter;
    use measures::testing;

    fn written(rows: &[Row]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = RowWriter::new(&mut bytes).unwrap();
        for row in rows {
            writer.append(row).unwrap();
        }
        writer.flush().unwrap();
        drop(writer);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Row>, String> {
        let reader = RowReader::new(bytes, Path::new("runs.csv")).map_err(|error| error.to_string())?;
        reader.collect::<Result<_, _>>().map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_written_is_read_back() {
        let rows = testing::rows(20);
        assert_eq!(read(&written(&rows)), Ok(rows));
    }

    #[test]
    fn later_columns_are_ignored_and_missing_ones_refused() {
        let text = String::from_utf8(written(&[testing::row(3)])).unwrap();
        let more = text.replace('\n', ",x\n");
        assert_eq!(read(more.as_bytes()), Ok(vec![testing::row(3)]));
        let last = Register::standard().columns().last().unwrap().name();
        let without = text.replace(&format!(",{last}"), "");
        assert!(read(without.as_bytes()).unwrap_err().contains(&format!("`{last}` is missing")));
        let renamed = text.replace("outcome", "ending");
        assert!(read(renamed.as_bytes()).unwrap_err().contains("column 3 is `ending`"));
    }

    #[test]
    fn a_broken_cell_is_named() {
        let text = String::from_utf8(written(&[testing::row(0), testing::row(1)])).unwrap();
        let broken = text.replace("81.235", "soon");
        let expected =
            "cannot read runs.csv: line 3: `rollout_s` is `soon`, which is not a number with three decimals";
        assert_eq!(read(broken.as_bytes()), Err(expected.to_owned()));
        let (cut_short, _) = text.trim_end().rsplit_once(',').unwrap();
        assert!(read(cut_short.as_bytes()).is_err());
    }

    #[test]
    fn many_rows_are_read_from_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.csv");
        let all = testing::rows(EXACT_VALUES as u64 + 1);
        std::fs::write(&path, written(&all)).unwrap();
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
