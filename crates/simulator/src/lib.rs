//! One replication of a rollout: from a checked [`model`] to a [`record::Record`].
//!
//! * [`engine`] is the discrete-event engine, independent of Kubernetes: calendar, delay laws, random
//!   streams.
//! * [`number`] converts between types of numbers.
//! * [`model`] is the input as plain values, already validated.
//! * [`cluster`] simulates the model: API server, watches, queues, controllers, scheduler and nodes.
//! * [`observe`] observes the cluster without changing it and produces the [`record`].
//! * [`story`] describes one run with the objects and Events that Kubernetes shows.
//! * [`Simulator`] runs replications, reusing one world for all of them.

pub mod cluster;
pub mod engine;
pub mod model;
pub mod number;
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
