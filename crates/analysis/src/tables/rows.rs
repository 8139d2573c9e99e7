//! `runs.csv`: a row per run.

use measures::Row;
use measures::column::COLUMNS;
use std::fmt;
use std::io::Write;

/// Appends rows to `runs.csv`.
pub struct RowWriter<W: Write> {
    csv: csv::Writer<W>,
    field: String,
}

impl<W: Write> RowWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn new(out: W) -> csv::Result<Self> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(COLUMNS.iter().map(|column| column.field.name))?;
        Ok(Self { csv, field: String::new() })
    }

    /// Goes on with a file that has a header.
    pub fn continued(out: W) -> Self {
        Self { csv: csv::Writer::from_writer(out), field: String::new() }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn append(&mut self, row: &Row) -> csv::Result<()> {
        use fmt::Write as _;
        for column in &COLUMNS {
            self.field.clear();
            // Writing to a string cannot fail.
            let _ = write!(self.field, "{}", (column.cell)(row));
            self.csv.write_field(&self.field)?;
        }
        self.csv.write_record(None::<&[u8]>)
    }

    /// Where it writes to.
    pub fn sink(&self) -> &W {
        self.csv.get_ref()
    }

    /// Hands everything to the operating system, so that the file ends with a whole row.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}
