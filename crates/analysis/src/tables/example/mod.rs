//! The example of a batch: the run that is told moment by moment, as tables of bounded size. The charts of
//! that run are drawn from them, so that they can be drawn again without it.

mod lives;
pub mod pods;
pub mod replica_sets;

pub use lives::{Life, Phase};
pub use pods::ExamplePods;
pub use replica_sets::ExampleCourse;

use crate::results::ReadError;
use csv::StringRecord;
use scenario::input;
use std::io::BufReader;
use std::path::Path;

/// The rows of a table with these columns; `None` if there is no such file.
fn rows(path: &Path, columns: &[&str]) -> Result<Option<Vec<StringRecord>>, ReadError> {
    let broken = |why: &dyn std::fmt::Display| ReadError::new(path, why);
    let file = match input::open(path) {
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|why| broken(&why))?,
    };
    let mut csv = csv::Reader::from_reader(BufReader::new(file));
    if !csv.headers().map_err(|why| broken(&why))?.iter().eq(columns.iter().copied()) {
        return Err(broken(&"its columns are those of another version of rollout-lab"));
    }
    let rows = csv.records().collect::<Result<_, _>>().map_err(|why| broken(&why))?;
    Ok(Some(rows))
}

/// A row that cannot be what it should.
fn strange(path: &Path, row: &StringRecord) -> ReadError {
    let line = row.position().map_or(0, csv::Position::line);
    ReadError::new(path, format_args!("line {line} is not what such a table holds"))
}
