//! One replication of a rollout: a checked [`model`] goes in, a [`record::Record`] comes out.

pub mod engine;
pub mod model;
pub mod record;
mod replication;

pub use controller::{Span, Timestamp};
pub use replication::Simulator;
