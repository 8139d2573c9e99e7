//! Decisions of the disruption controller (`pkg/controller/disruption/disruption.go`) and of the eviction API
//! (`pkg/registry/core/pod/storage/eviction.go`).
//!
//! [`BudgetSpec::status`] is one sync of the controller; [`judge`] answers a request to evict a pod.

mod budget;
mod eviction;

pub use budget::{BudgetCounts, BudgetSpec, BudgetStatus, DELETION_TIMEOUT, lapses_at};
pub use eviction::{
    EvictedPod, Judged, SEVERAL_BUDGETS, UNOBSERVED_RETRY, VIOLATES, Verdict, judge, violation_cause,
};
