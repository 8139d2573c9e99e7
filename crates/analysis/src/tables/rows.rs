//! `runs.csv`: a row per run.

use measures::column::Column;
use measures::{Register, Row};
use std::fmt;
use std::io::Write;

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

    /// Goes on with a file that has a header.
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
