//! `runs.csv`: a row per run, written and read.

use super::TableError;
use measures::column::Column;
use measures::{Register, Row};
use scenario::input;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// Appends rows to `runs.csv`.
pub struct RowWriter<W: Write> {
    register: &'static Register,
    csv: csv::Writer<W>,
    field: String,
}

impl<W: Write> RowWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn new(out: W) -> csv::Result<Self> {
        Self::of(Register::standard(), out)
    }

    /// The same with the columns of another register.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn of(register: &'static Register, out: W) -> csv::Result<Self> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(register.columns().iter().map(Column::name))?;
        Ok(Self { register, csv, field: String::new() })
    }

    /// Continues a file that has a header.
    pub fn continued(out: W) -> Self {
        let register = Register::standard();
        Self { register, csv: csv::Writer::from_writer(out), field: String::new() }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn append(&mut self, row: &Row) -> csv::Result<()> {
        use fmt::Write as _;
        for column in self.register.columns() {
            self.field.clear();
            // Writing to a string cannot fail.
            let _ = write!(self.field, "{}", column.cell(row));
            self.csv.write_field(&self.field)?;
        }
        self.csv.write_record(None::<&[u8]>)
    }

    /// The sink.
    pub fn sink(&self) -> &W {
        self.csv.get_ref()
    }

    /// Flushes the buffer, so that the file ends with a complete row.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}

/// Reads the rows of a `runs.csv`.
pub struct RowReader<R> {
    register: &'static Register,
    csv: csv::Reader<R>,
    record: csv::StringRecord,
    path: PathBuf,
}

impl RowReader<BufReader<File>> {
    /// Opens a file and checks its header.
    ///
    /// # Errors
    /// The file cannot be read, or lacks a column.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let file = input::open(path).map_err(|error| TableError::new(path, error))?;
        Self::new(BufReader::new(file), path)
    }
}

impl<R: Read> RowReader<R> {
    /// Checks the header. Additional columns at the end, from a later version, are ignored.
    ///
    /// # Errors
    /// The source cannot be read, or lacks a column. `path` is for messages.
    pub fn new(source: R, path: &Path) -> Result<Self, TableError> {
        Self::of(Register::standard(), source, path)
    }

    /// The same for the columns of another register.
    ///
    /// # Errors
    /// The source cannot be read, or lacks a column.
    pub fn of(register: &'static Register, source: R, path: &Path) -> Result<Self, TableError> {
        let mut csv = csv::Reader::from_reader(source);
        let error = |because: String| TableError::new(path, because);
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

    fn read(&mut self) -> Result<Option<Row>, TableError> {
        let error = |because: String| TableError::new(&self.path, because);
        match self.csv.read_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let line = self.record.position().map_or(0, csv::Position::line);
                let row = Row::parse(self.register, self.record.iter());
                row.map(Some).map_err(|wrong| error(format!("line {line}: {wrong}")))
            }
            Err(broken) => Err(error(broken.to_string())),
        }
    }
}

impl<R: Read> Iterator for RowReader<R> {
    type Item = Result<Row, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
