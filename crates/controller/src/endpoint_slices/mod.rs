//! Decisions of the `EndpointSlice` controller (`pkg/controller/endpointslice`, `staging/src/k8s.io/endpointslice`).
//!
//! [`Endpoint::of`] says whether and how a pod is listed, [`wakes`] whether a change of a pod makes the
//! controller look again, [`plan`] which slices one sync writes, and [`Tracker`] whether the cache shows the
//! controller's own writes.

mod endpoint;
mod plan;
mod tracker;

pub use endpoint::{Endpoint, PodState, Role, wakes};
pub use plan::{CachedSlice, Difference, MOST_ENDPOINTS, Operation, PlannedWrite, SliceId, plan};
pub use tracker::Tracker;
