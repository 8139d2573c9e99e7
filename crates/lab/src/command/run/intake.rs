//! Takes runs in, in order: from the workers, from an earlier attempt, or from shards.

use super::{Batch, Stopped, Watch};
use analysis::objectives::ObjectiveCollector;
use analysis::results::{
    Collector, Extent, Fan, Hashed, Monitor, Part, ResultFile, ResultFolder, Rows, RunReader, Stopping,
    StoredRun, hashed,
};
use analysis::tables::runs::RowWriter;
use analysis::tables::scalings::ScalingWriter;
use measures::Row;
use measures::digest::BatchDigest;
use measures::stats::Look;
use simulator::record::Record;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Where rows are written.
type Sink = BufWriter<Hashed<File>>;

/// Takes records in, in order of run: rows to their file at once, everything else into few numbers.
pub(super) struct Intake<'a> {
    runs: RowWriter<Sink>,
    scalings: ScalingWriter<Sink>,
    partial: PathBuf,
    /// The hash of the order.
    order: String,
    /// Runs that are in the files already, and how many of them there are.
    stored: Option<(RunReader, u64)>,
    pub(super) rows: Rows,
    pub(super) collector: Collector,
    pub(super) objectives: ObjectiveCollector<'a>,
    pub(super) fan: Fan,
    pub(super) digest: BatchDigest,
    monitor: Option<Monitor>,
    pub(super) stopping: Option<Stopping>,
}

/// Why no more chunks are wanted: a file refuses, or (`None`) a run was not finished.
type Failure = Option<Box<dyn Error + Send + Sync>>;

impl<'a> Intake<'a> {
    /// Begins new files.
    pub(super) fn begin(
        folder: &ResultFolder,
        batch: &Batch,
        objectives: ObjectiveCollector<'a>,
    ) -> Result<Self, Stopped> {
        let runs = RowWriter::new(BufWriter::new(Hashed::new(folder.create(ResultFile::Runs)?)))?;
        let scalings = ScalingWriter::new(BufWriter::new(Hashed::new(folder.create(ResultFile::Scalings)?)))?;
        Self::new(folder, batch, objectives, (runs, scalings))
    }

    /// Goes on with files in which an earlier attempt has left runs: what is torn is cut off.
    pub(super) fn resume(
        folder: &ResultFolder,
        batch: &Batch,
        objectives: ObjectiveCollector<'a>,
        part: Part,
    ) -> Result<Self, Stopped> {
        let continued = |name: ResultFile, bytes| -> Result<Sink, Stopped> {
            let before = hashed::beginning(&folder.partial().join(name), bytes)?;
            Ok(BufWriter::new(Hashed::continued(folder.cut(name, bytes)?, before)))
        };
        let runs = RowWriter::continued(continued(ResultFile::Runs, part.rows.bytes)?);
        let scalings = ScalingWriter::continued(continued(ResultFile::Scalings, part.scalings.bytes)?);
        let reader = RunReader::open(folder.partial())?;
        let intake = Self::new(folder, batch, objectives, (runs, scalings))?;
        Ok(Self { stored: Some((reader, part.runs)), fan: part.available, ..intake })
    }

    fn new(
        folder: &ResultFolder,
        batch: &Batch,
        objectives: ObjectiveCollector<'a>,
        (runs, scalings): (RowWriter<Sink>, ScalingWriter<Sink>),
    ) -> Result<Self, Stopped> {
        Ok(Self {
            runs,
            scalings,
            partial: folder.partial().to_owned(),
            order: hashed::sha256(batch.order().to_json().as_bytes()),
            stored: None,
            rows: Rows::new(folder.path_of(ResultFile::Runs)?),
            collector: Collector::default(),
            objectives,
            fan: Fan::default(),
            digest: BatchDigest::default(),
            monitor: batch.until.map(Monitor::new),
            stopping: None,
        })
    }

    /// Runs that are in.
    pub(super) fn len(&self) -> u64 {
        self.rows.len()
    }

    /// The hash of the runs that are in.
    pub(super) fn digest(&self) -> String {
        self.digest.clone().finish()
    }

    /// Takes in what an earlier attempt has finished of the first `runs` runs; `number` gives the number of the run
    /// at a position.
    pub(super) fn recall(
        &mut self,
        runs: u64,
        number: impl Fn(u64) -> u64,
        watch: &impl Watch,
    ) -> Result<(), Stopped> {
        let Some((mut reader, stored)) = self.stored.take() else { return Ok(()) };
        while self.rows.len() < runs.min(stored) {
            let run = number(self.rows.len());
            let StoredRun { row, .. } = reader.next(run)?.ok_or_else(|| format!("run {run} is missing"))?;
            self.note(row);
            watch.run_finished();
        }
        // While some are left, nothing new is written: the reader meets only what was there.
        self.stored = (self.rows.len() < stored).then_some((reader, stored));
        Ok(())
    }

    /// Takes in the runs of shards, which lie in these folders in their order.
    pub(super) fn join(
        &mut self,
        shards: &[(PathBuf, Part)],
        runs: u64,
        watch: &impl Watch,
    ) -> Result<ControlFlow<Stopped>, Stopped> {
        let mut readers =
            shards.iter().map(|(folder, _)| RunReader::open(folder)).collect::<Result<Vec<_>, _>>()?;
        for run in 0..runs {
            if watch.wants_to_stop() {
                let partial = self.partial.clone();
                let stopped = Stopped::Interrupted { finished: run, of: runs, partial, summary: None };
                return Ok(ControlFlow::Break(stopped));
            }
            let shard = (run % shards.len() as u64) as usize;
            let stored = readers[shard].next(run)?;
            let stored = stored.ok_or_else(|| format!("run {run} is missing in shard {}", shard + 1))?;
            self.runs.append(&stored.row)?;
            self.scalings.copy(&stored.scalings)?;
            self.note(stored.row);
            watch.run_finished();
        }
        for (_, part) in shards {
            self.fan.merge(&part.available);
        }
        self.flush()?;
        Ok(ControlFlow::Continue(()))
    }

    /// Breaks with `None` at the first run that was not finished, with an error if a file refuses.
    pub(super) fn take(&mut self, chunk: Vec<Option<Record>>) -> ControlFlow<Failure> {
        let is_whole = chunk.iter().all(Option::is_some);
        let mut finished = chunk.into_iter().map_while(|record| record);
        let stored = finished.try_for_each(|record| self.store(&record)).and_then(|()| Ok(self.save(None)?));
        match stored {
            Err(failure) => ControlFlow::Break(Some(failure.into())),
            Ok(()) if is_whole => ControlFlow::Continue(()),
            Ok(()) => ControlFlow::Break(None),
        }
    }

    fn store(&mut self, record: &Record) -> csv::Result<()> {
        let row = Row::from(record);
        self.runs.append(&row)?;
        self.scalings.append(record)?;
        self.fan.add(&record.available_on_grid);
        self.note(row);
        Ok(())
    }

    /// Everything that is concluded from rows alone, wherever they come from.
    fn note(&mut self, row: Row) {
        self.digest.add(row.digest);
        self.collector.add(&row);
        self.objectives.add(&row);
        if let Some(monitor) = &mut self.monitor {
            monitor.add(&row);
        }
        self.rows.push(row);
    }

    /// Whether the aim is reached.
    pub(super) fn look(&mut self, look: Look) -> bool {
        self.stopping = self.monitor.as_mut().map(|monitor| monitor.look(look));
        self.stopping.is_some_and(|stopping| stopping.is_reached)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.runs.flush()?;
        self.scalings.flush()
    }

    /// After each chunk: the files end with whole rows, and then it is noted how far they are good. Whoever
    /// is killed in between finds the note of the chunk before. `provenance` is the text of a shard that has ended.
    pub(super) fn save(&mut self, provenance: Option<&str>) -> io::Result<()> {
        self.flush()?;
        let extent = |sink: &Sink| Extent { bytes: sink.get_ref().bytes(), sha256: sink.get_ref().sha256() };
        let part = Part {
            runs: self.rows.len(),
            rows: extent(self.runs.sink()),
            scalings: extent(self.scalings.sink()),
            order: self.order.clone(),
            provenance: provenance.map(|text| hashed::sha256(text.as_bytes())),
            available: self.fan.clone(),
        };
        let in_writing = self.partial.join(ResultFile::NewPart);
        fs::write(&in_writing, part.to_json())?;
        fs::rename(in_writing, self.partial.join(ResultFile::Part))
    }
}
