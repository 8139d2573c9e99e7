//! Results of a batch: rows, their summary, and the folder that contains them.

mod collector;
mod fan;
pub mod files;
mod folder;
pub mod hashed;
mod ledger;
mod lock;
mod order;
mod part;
mod recall;
mod refusals;
mod rows;
mod service;
mod shard;
mod shards;
mod stopping;
mod stored;
mod summary;

pub use collector::Collector;
pub use fan::{Fan, FanPoint};
pub use files::{ResultFile, SHARDS};
pub use folder::{FolderError, ResultFolder};
pub use hashed::Hashed;
pub use ledger::{MeanTime, WhereTimeWent};
pub use order::BatchOrder;
pub use part::{Extent, Part, PartError};
pub use recall::{RunReader, StoredRun};
pub use refusals::Refusals;
pub use rows::Rows;
pub use service::ServiceSummary;
pub use shard::{Shard, ShardError};
pub use shards::{Shards, UnmergedError};
pub use stopping::{Aim, HalfWidth, Monitor, Seen, Stopping};
pub use stored::{Stored, StoredError};
pub use summary::{
    Availability, BatchFacts, Deadline, Distributed, Distribution, Estimate, EvaluatedObjective, ExampleRun,
    Footprint, MeanEstimate, Measures, ObjectiveVerdict, Rollout, Summary, WorstRun,
};
