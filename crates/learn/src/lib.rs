//! What a real cluster does, learned from what it records.
//!
//! A [`dump`] is read object by object; [`observe`] finds the delays in it, which Kubernetes records in whole seconds;
//! [`family`] and [`layers`] are the laws that are fitted to them.
//!
//! It knows nothing of the simulator: what it learns is a text that a scenario takes.

pub mod dump;
pub mod family;
pub mod fit;
pub mod layers;
pub mod numeric;
pub mod observe;
pub mod population;
pub mod weather;
