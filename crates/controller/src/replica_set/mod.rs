//! The `ReplicaSet` controller: keeping the number of pods at the wanted size.
//!
//! A sync has two halves, because the status reports whether the first half failed: [`plan`] returns how many
//! pods to create or delete, and [`status`] what to report after the attempt. Between them are the calls, in
//! the [batches](SlowStart) of slow start, and the [expectations](Expectations), which prevent a repeated
//! action while the cache lags.

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
