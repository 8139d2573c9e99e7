//! The decisions of the Kubernetes v1.36 Deployment, `ReplicaSet`, `HorizontalPodAutoscaler`, `EndpointSlice` and
//! disruption controllers as pure functions.
//!
//! This crate reads no clock, draws no random numbers, calls no API server and has no queue. A caller passes
//! a small view of the controller's caches and the time `now`, and gets a plan: the writes to make, in order,
//! the effect of a refusal of each, and the time of the next sync. The caller executes the plan and decides
//! how long a write takes and whether it succeeds.
//!
//! * [`deployment::sync`] is one sync of a Deployment; [`deployment::after_refused_create`]
//!   answers the one refusal after which a pass branches.
//! * [`replica_set::plan`] is the first half of a sync of a `ReplicaSet` (which pods to create or
//!   delete), [`replica_set::status`] the second (what to report about it).
//! * [`autoscaler::evaluate`] is one evaluation of an autoscaler, [`autoscaler::Rounds`] says when it takes place.
//! * [`disruption::judge`] answers a request to evict a pod.
//! * [`endpoint_slices::plan`] says which slices one sync of a Service writes.
//! * [`api`] holds the objects, with the words of `apps/v1`.
//!
//! Behaviour was learnt from Kubernetes v1.36.2 (`pkg/controller/deployment`,
//! `pkg/controller/replicaset`, `pkg/controller/podautoscaler`, `pkg/controller/controller_utils.go`) and is checked against
//! recordings of those controllers; the implementation is independent.

pub mod api;
pub mod autoscaler;
pub mod claim;
pub mod deployment;
pub mod disruption;
pub mod endpoint_slices;
pub mod replica_set;
mod time;

pub use time::{Span, Timestamp};
