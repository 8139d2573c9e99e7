//! `scalings.csv`: a row per `ReplicaSet` and scaling event during a rollout, written and read.

use super::{TableError, open_table};
use csv::StringRecord;
use measures::field::Kind::{Count, Flag, Number, Word};
use measures::field::{Field, field};
use measures::{Milli, Resize};
use scenario::MAX_REPLICAS;
use simulator::record::{Record, ScalingRecord};
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

/// The columns in their order. New ones come at the end.
#[rustfmt::skip]
pub const FIELDS: [Field; 13] = [
    field("run", Count, "number", "the run"),
    field("t_s", Number, "s from t = 0", "when the ReplicaSet was resized"),
    field("replica_set", Word, "name", "`<workload>-<hash>`"),
    field("from", Count, "pods", "its size before"),
    field("to", Count, "pods", "its size after"),
    field("ideal", Number, "pods", "size before x (replicas + surge) / max-replicas annotation before: the exact share, not rounded"),
    field("leftover", Count, "pods", "what the largest ReplicaSet got beyond its own rounded share; 0 for the others"),
    field("replicas_from", Count, "pods", "`spec.replicas` before"),
    field("replicas_to", Count, "pods", "`spec.replicas` after"),
    field("revision", Count, "number", "the ReplicaSet's revision at that moment"),
    field("is_new", Flag, "true or false", "whether its template was the one in force"),
    field("new_share_from", Number, "share", "wanted pods that had the template in force, of those of all ReplicaSets, before the event: new pods are unproven, so this is the risk. The same for all rows of an event"),
    field("new_share_to", Number, "share", "the same after the last resize of the event"),
];

/// Appends rows to `scalings.csv`.
pub struct ScalingWriter<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> ScalingWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn new(out: W) -> csv::Result<Self> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(FIELDS.map(|field| field.name))?;
        Ok(Self { csv })
    }

    /// Continues a file that has a header.
    pub fn continued(out: W) -> Self {
        Self { csv: csv::Writer::from_writer(out) }
    }

    /// Writes rows read from another such file.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn copy(&mut self, rows: &[StringRecord]) -> csv::Result<()> {
        rows.iter().try_for_each(|row| self.csv.write_record(row))
    }

    /// Writes the scaling events of a run.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn append(&mut self, record: &Record) -> csv::Result<()> {
        record.scalings.iter().try_for_each(|scaling| self.csv.write_record(fields(record.run, scaling)))
    }

    /// The sink.
    pub fn sink(&self) -> &W {
        self.csv.get_ref()
    }

    /// Flushes the buffer.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}

fn fields(run: u64, scaling: &ScalingRecord) -> [String; 13] {
    [
        run.to_string(),
        Milli::from(scaling.at).to_string(),
        scaling.replica_set.clone(),
        scaling.from.to_string(),
        scaling.to.to_string(),
        Milli::from_f64(scaling.ideal).to_string(),
        scaling.leftover.to_string(),
        scaling.replicas_from.to_string(),
        scaling.replicas_to.to_string(),
        scaling.revision.to_string(),
        scaling.is_new.to_string(),
        Milli::from_f64(scaling.new_share_from).to_string(),
        Milli::from_f64(scaling.new_share_to).to_string(),
    ]
}

/// A row of the table, as charts and rows of runs use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaling {
    /// The run.
    pub run: u64,
    /// When the `ReplicaSet` was resized, from t = 0.
    pub at: Milli,
    /// Name of the `ReplicaSet`.
    pub replica_set: String,
    /// Its revision, template and sizes.
    pub resize: Resize,
    /// The exact share of the `ReplicaSet`, not rounded.
    pub ideal: Milli,
    /// `spec.replicas` of the Deployment before and after.
    pub replicas: (i64, i64),
}

impl Scaling {
    /// `None` if a cell is not a value of its column.
    fn parse(row: &StringRecord) -> Option<Self> {
        let pods = |column: usize| {
            row.get(column)?.parse::<i64>().ok().filter(|pods| (0..=MAX_REPLICAS).contains(pods))
        };
        Some(Self {
            run: row.get(0)?.parse().ok()?,
            at: Milli::parse_time(row.get(1)?)?,
            replica_set: row.get(2)?.to_owned(),
            resize: Resize {
                from: pods(3)? as i32,
                to: pods(4)? as i32,
                revision: row.get(9)?.parse().ok()?,
                is_new: row.get(10)?.parse().ok()?,
            },
            ideal: Milli::parse_stored(row.get(5)?)?,
            replicas: (pods(7)?, pods(8)?),
        })
    }
}

/// Reads the table row by row.
pub struct ScalingReader {
    csv: csv::Reader<BufReader<File>>,
    path: PathBuf,
    /// The next row, parsed and as it is in the file.
    next: Option<(Scaling, StringRecord)>,
}

impl ScalingReader {
    /// Opens the file and reads its first row.
    ///
    /// # Errors
    /// The file cannot be read, or has other columns.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let csv = open_table(path, &FIELDS.map(|field| field.name))?;
        let mut reader = Self { csv, path: path.to_owned(), next: None };
        reader.advance()?;
        Ok(reader)
    }

    /// Takes the next row, and reads the one after it.
    fn advance(&mut self) -> Result<Option<(Scaling, StringRecord)>, TableError> {
        let mut row = StringRecord::new();
        let is_row = self.csv.read_record(&mut row).map_err(|error| TableError::new(&self.path, error))?;
        let next = if is_row {
            let scaling = Scaling::parse(&row).ok_or_else(|| TableError::of_row(&self.path, &row))?;
            Some((scaling, row))
        } else {
            None
        };
        Ok(std::mem::replace(&mut self.next, next))
    }

    /// The next rows if they are about this run, parsed and as they are in the file.
    ///
    /// # Errors
    /// The file cannot be read, or a cell is not a value of its column.
    pub fn of_run(&mut self, run: u64) -> Result<Vec<(Scaling, StringRecord)>, TableError> {
        let mut rows = Vec::new();
        while self.next.as_ref().is_some_and(|(scaling, _)| scaling.run == run) {
            rows.extend(self.advance()?);
        }
        Ok(rows)
    }

    /// Checks that no row is left.
    ///
    /// # Errors
    /// A row is left: its run is out of order, or has no row in `runs.csv`.
    pub fn finish(self) -> Result<(), TableError> {
        match self.next {
            None => Ok(()),
            Some((Scaling { run, .. }, _)) => {
                let because = format_args!("run {run} is out of order, or has no row in runs.csv");
                Err(TableError::new(&self.path, because))
            }
        }
    }
}

impl Iterator for ScalingReader {
    type Item = Result<Scaling, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().map(|row| row.map(|(scaling, _)| scaling)).transpose()
    }
}
