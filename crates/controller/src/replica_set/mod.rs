//! The `ReplicaSet` controller: keeping the number of pods at the wanted size.
//!
//! A pass has two halves, because the status reports whether the first half failed:
//! [`plan`] says how many pods to create or delete, and [`status`] what to report once that was tried.
//! Between them lie the calls themselves, in the [batches](SlowStart) that slow start allows, and the
//! [expectations](Expectations) that keep a pass from acting twice on what its cache has not seen yet.

mod deletion_rank;
mod expectations;
mod plan;
mod slow_start;
mod status;

pub use deletion_rank::{RankedPod, age_bucket, compare, rank};
pub use expectations::Expectations;
pub use plan::{BURST_REPLICAS, Plan, plan};
pub use slow_start::SlowStart;
pub use status::{PodCounts, availability_requeue, needs_write, status};
