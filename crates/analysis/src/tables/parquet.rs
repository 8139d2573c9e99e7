//! A table as a Parquet file: the values of its CSV, with types.

use csv::StringRecord;
use measures::field::{Field, Kind};
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::error::Error;
use std::io::{Read, Write};
use std::sync::Arc;

/// Rows in memory before they are written: about 10 MB of `runs.csv`.
const ROWS_IN_GROUP: usize = 16_384;

/// Reads a CSV with these columns and writes it as Parquet: whole numbers as INT64, numbers with decimals as
/// DOUBLE, words as strings; an empty cell is null.
///
/// # Errors
/// The source cannot be read or is not of these columns, or the sink refuses.
pub fn write_parquet(
    csv: impl Read,
    name: &str,
    fields: &[Field],
    out: impl Write + Send,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let schema = Arc::new(parse_message_type(&schema(name, fields))?);
    // The creator without the version of the library, so that the bytes depend on the version of rollout-lab only.
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("rollout-lab version {}", super::provenance::VERSION))
        .build();
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    let mut csv = csv::Reader::from_reader(csv);
    let mut columns: Vec<Buffer> = fields.iter().map(|field| Buffer::new(field.kind)).collect();
    let mut row = StringRecord::new();
    loop {
        let is_over = !csv.read_record(&mut row)?;
        if is_over || columns.first().is_some_and(|column| column.levels.len() == ROWS_IN_GROUP) {
            if columns.first().is_some_and(|column| !column.levels.is_empty()) {
                write_group(file.next_row_group()?, &mut columns)?;
            }
            if is_over {
                file.close()?;
                return Ok(());
            }
        }
        for ((column, field), text) in columns.iter_mut().zip(fields).zip(&row) {
            column.push(text).ok_or_else(|| format!("`{}` is `{text}`, which it cannot be", field.name))?;
        }
    }
}

/// The schema in the language of Parquet.
fn schema(name: &str, fields: &[Field]) -> String {
    let column = |field: &Field| {
        let (kind, annotation) = match field.kind {
            Kind::Count => ("INT64", ""),
            Kind::Number => ("DOUBLE", ""),
            Kind::Flag => ("BOOLEAN", ""),
            Kind::Word => ("BYTE_ARRAY", " (STRING)"),
        };
        format!("OPTIONAL {kind} {}{annotation};", field.name)
    };
    // A hyphen would end the name.
    let name = name.replace('-', "_");
    format!("message {name} {{ {} }}", fields.iter().map(column).collect::<Vec<_>>().join(" "))
}

/// The cells of one column that are not yet written.
struct Buffer {
    values: ColumnValues,
    /// 1 for each row with a value and 0 for each empty cell.
    levels: Vec<i16>,
}

enum ColumnValues {
    Count(Vec<i64>),
    Number(Vec<f64>),
    Flag(Vec<bool>),
    Word(Vec<ByteArray>),
}

impl Buffer {
    fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Count => ColumnValues::Count(Vec::new()),
            Kind::Number => ColumnValues::Number(Vec::new()),
            Kind::Flag => ColumnValues::Flag(Vec::new()),
            Kind::Word => ColumnValues::Word(Vec::new()),
        };
        Self { values, levels: Vec::new() }
    }

    /// `None` if the text is not a value of this column.
    fn push(&mut self, text: &str) -> Option<()> {
        self.levels.push(i16::from(!text.is_empty()));
        if text.is_empty() {
            return Some(());
        }
        match &mut self.values {
            ColumnValues::Count(values) => values.push(text.parse().ok()?),
            ColumnValues::Number(values) => values.push(text.parse().ok()?),
            ColumnValues::Flag(values) => values.push(text.parse().ok()?),
            ColumnValues::Word(values) => values.push(text.into()),
        }
        Some(())
    }

    fn write(&mut self, writer: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(self.levels.as_slice());
        match (&mut self.values, writer) {
            (ColumnValues::Count(values), ColumnWriter::Int64ColumnWriter(writer)) => {
                writer.write_batch(values, levels, None)?;
                values.clear();
            }
            (ColumnValues::Number(values), ColumnWriter::DoubleColumnWriter(writer)) => {
                writer.write_batch(values, levels, None)?;
                values.clear();
            }
            (ColumnValues::Flag(values), ColumnWriter::BoolColumnWriter(writer)) => {
                writer.write_batch(values, levels, None)?;
                values.clear();
            }
            (ColumnValues::Word(values), ColumnWriter::ByteArrayColumnWriter(writer)) => {
                writer.write_batch(values, levels, None)?;
                values.clear();
            }
            _ => return Err(ParquetError::General("a column of another type than its schema".to_owned())),
        }
        self.levels.clear();
        Ok(())
    }
}

fn write_group(
    mut group: SerializedRowGroupWriter<'_, impl Write + Send>,
    columns: &mut [Buffer],
) -> Result<(), ParquetError> {
    for column in columns {
        let Some(mut writer) = group.next_column()? else { break };
        column.write(writer.untyped())?;
        writer.close()?;
    }
    group.close().map(|_| ())
}
