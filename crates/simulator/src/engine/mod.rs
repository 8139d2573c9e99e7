//! The engine of a discrete-event simulation, without a Kubernetes word.

mod law;

pub use law::{Law, LawError};
