//! What a batch of runs leaves behind: rows, their summary, and the folder in which they lie.

mod fan;
mod folder;
mod milli;
mod row;
mod summary;

pub use fan::{Fan, FanPoint};
pub(crate) use folder::PROVENANCE;
pub use folder::{FolderError, ResultFolder};
pub use milli::Milli;
pub use row::{Elapsed, Row};
pub use summary::{
    Availability, BatchFacts, Deadline, Distribution, Estimate, Footprint, Objective, Refusals, Rollout,
    Summary, Verdict, WorstRun,
};
