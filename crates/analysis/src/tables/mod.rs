//! The tables and files of a batch. Each module writes one file and reads it back.

pub mod deadline_curve;
pub mod example;
pub mod fields;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod provenance;
pub mod runs;
pub mod scalings;
pub mod summary_json;
pub mod survival;
pub mod sweep_cells;
mod table_error;
pub mod timeline;

pub use table_error::TableError;

use csv::StringRecord;
use scenario::input;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// Opens a table that must have exactly these columns.
fn open_table(path: &Path, columns: &[&str]) -> Result<csv::Reader<BufReader<File>>, TableError> {
    let file = input::open(path).map_err(|error| TableError::new(path, error))?;
    with_header(file, path, columns)
}

/// The rows of a table that must have exactly these columns; `None` if the file does not exist.
fn read_table(path: &Path, columns: &[&str]) -> Result<Option<Vec<StringRecord>>, TableError> {
    let file = match input::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| TableError::new(path, error))?,
    };
    let rows = with_header(file, path, columns)?.into_records().collect::<Result<_, _>>();
    rows.map(Some).map_err(|error| TableError::new(path, error))
}

fn with_header(
    file: File,
    path: &Path,
    columns: &[&str],
) -> Result<csv::Reader<BufReader<File>>, TableError> {
    let mut csv = csv::Reader::from_reader(BufReader::new(file));
    let header = csv.headers().map_err(|error| TableError::new(path, error))?;
    if header.iter().eq(columns.iter().copied()) {
        Ok(csv)
    } else {
        Err(TableError::new(path, "its columns are those of another version of rollout-lab"))
    }
}
