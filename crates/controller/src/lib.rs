//! The decisions of the Kubernetes v1.36 Deployment, `ReplicaSet` and `HorizontalPodAutoscaler` controllers as
//! pure functions.
//!
//! Nothing in this crate reads a clock, draws a random number, talks to an API server or keeps a
//! queue. A caller hands over a small view of what the controller's caches hold and the time `now`,
//! and gets back a plan: the writes to try, in order, what a refusal of each of them means, and when
//! to look again. Whoever executes the plan decides how long a write takes and whether it succeeds.
//!
//! * [`deployment::sync`] is one pass over a Deployment; [`deployment::after_refused_create`]
//!   answers the one refusal after which a pass branches.
//! * [`replica_set::plan`] is the first half of a pass over a `ReplicaSet` (which pods to create or
//!   delete), [`replica_set::status`] the second (what to report about it).
//! * [`autoscaler::evaluate`] is one evaluation of an autoscaler, [`autoscaler::Rounds`] says when it takes place.
//! * [`api`] holds the objects, with the words of `apps/v1`.
//!
//! Behaviour was learnt from Kubernetes v1.36.2 (`pkg/controller/deployment`,
//! `pkg/controller/replicaset`, `pkg/controller/podautoscaler`, `pkg/controller/controller_utils.go`) and is checked against
//! recordings of those controllers; the implementation is independent.

pub mod api;
pub mod autoscaler;
pub mod claim;
pub mod deployment;
pub mod replica_set;
mod time;

pub use time::{Span, Timestamp};
