//! `scalings.csv`: a row per `ReplicaSet` and scaling event in mid rollout.

use measures::Milli;
use measures::field::Kind::{Count, Flag, Number, Word};
use measures::field::{Field, field};
use simulator::record::{Record, ScalingRecord};
use std::io::Write;

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

    /// Where it writes to.
    pub fn sink(&self) -> &W {
        self.csv.get_ref()
    }

    /// Hands everything to the operating system.
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
