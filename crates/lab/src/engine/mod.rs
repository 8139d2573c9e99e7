//! Batch engines: programs that start many copies of a command, on one machine or on a cluster.
//!
//! A batch is divided into shards, and each copy runs one of them. [`index`] finds out which one, from the environment
//! that the engine sets; [`allocation`] finds out how many
//! processors this process may use; [`script`] writes what an engine needs to run a batch in shards and to merge them.

pub mod allocation;
pub mod index;
pub mod script;
