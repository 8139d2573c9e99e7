//! What a batch of runs leaves behind: rows, their summary, and the folder in which they lie.

mod collector;
mod fan;
mod folder;
pub(crate) mod hashed;
mod ledger;
mod lock;
mod measure;
mod milli;
mod order;
mod part;
pub mod question;
mod recall;
mod refusals;
mod row;
mod rows;
mod service;
mod shard;
mod shards;
mod stopping;
mod stored;
mod summary;

pub use collector::Collector;
pub use fan::{Fan, FanPoint};
pub use folder::{FolderError, ResultFolder};
pub(crate) use folder::{PROVENANCE, SHARDS};
pub(crate) use hashed::Hashed;
pub use ledger::{MeanTime, TimeSpent, WhereTimeWent};
pub use measure::{MEASURES, Measure, Range, Unit};
pub use milli::Milli;
pub use order::BatchOrder;
pub(crate) use order::ORDER;
pub use part::{Extent, Part};
pub(crate) use part::{PART, PART_IN_WRITING};
pub use recall::{RunReader, StoredRun};
pub use refusals::Refusals;
pub use row::{Elapsed, Resize, Row};
pub use rows::{ReadError, RowReader, Rows, parse_row};
pub use service::{ServiceRow, ServiceSummary};
pub use shard::Shard;
pub use shards::Shards;
pub use stopping::{Aim, HalfWidth, Monitor, Seen, Stopping};
pub use stored::{Stored, StoredError};
pub use summary::{
    Availability, BatchFacts, Deadline, Distribution, Estimate, ExampleRun, Footprint, MeanEstimate,
    Objective, Rollout, Scaling, Summary, Verdict, WorstRun,
};
