//! What a batch of runs leaves behind: rows, their summary, and the folder in which they lie.

mod fan;
mod folder;
mod measure;
mod milli;
mod row;
mod service;
mod summary;

pub use fan::{Fan, FanPoint};
pub(crate) use folder::PROVENANCE;
pub use folder::{FolderError, ResultFolder};
pub use measure::{MEASURES, Measure, Range, Unit};
pub use milli::Milli;
pub use row::{Elapsed, Resize, Row};
pub use service::{ServiceRow, ServiceSummary};
pub use summary::{
    Availability, BatchFacts, Deadline, Distribution, Estimate, Footprint, Objective, Rollout, Summary,
    Verdict, WorstRun,
};
