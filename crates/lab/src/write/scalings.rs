//! `scalings.csv`: a row per `ReplicaSet` and scaling event in mid rollout.

use crate::results::Milli;
use simulator::record::{Record, ScalingRecord};
use std::io::Write;

/// New columns come at the end.
pub(crate) const HEADER: [&str; 11] = [
    "run",
    "t_s",
    "replica_set",
    "from",
    "to",
    "ideal",
    "leftover",
    "replicas_from",
    "replicas_to",
    "revision",
    "is_new",
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
        csv.write_record(HEADER)?;
        Ok(Self { csv })
    }

    /// Goes on with a file that has a header.
    pub fn continued(out: W) -> Self {
        Self { csv: csv::Writer::from_writer(out) }
    }

    /// Writes rows that were read from another such file.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn copy(&mut self, rows: &[csv::StringRecord]) -> csv::Result<()> {
        rows.iter().try_for_each(|row| self.csv.write_record(row))
    }

    /// Writes the scaling events of a run.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn append(&mut self, record: &Record) -> csv::Result<()> {
        record.scalings.iter().try_for_each(|scaling| self.csv.write_record(fields(record.run, scaling)))
    }

    /// Hands everything to the operating system.
    ///
    /// # Errors
    /// The sink refuses.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}

fn fields(run: u64, scaling: &ScalingRecord) -> [String; 11] {
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
    ]
}
