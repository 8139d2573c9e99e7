//! One replication of a rollout: a checked [`model`] goes in, a [`record::Record`] comes out.
//!
//! * [`engine`] lets time pass: calendar, delay laws and random streams, without a Kubernetes word.
//! * [`model`] is the world to simulate, as plain values that a reader of files has checked.
//! * [`cluster`] is the world at work: API server, watches, queues, controllers, scheduler and nodes.
//! * [`observe`] looks at it without touching it and writes the [`record`].
//! * [`story`] tells one run in Kubernetes' words, for people who want to see it.
//! * [`Simulator`] runs replications, reusing one world for all of them.

pub mod cluster;
pub mod engine;
pub mod model;
pub mod observe;
pub mod record;
mod refusals;
mod replication;
pub mod story;

#[cfg(test)]
extern crate self as simulator;

pub use cluster::admits;
pub use controller::{Span, Timestamp};
pub use replication::{Simulator, Steps, moments, pods_without_room};
