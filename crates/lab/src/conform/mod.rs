//! Replaying recordings of the real controllers, step by step.
//!
//! A [case](Case) is a script and what the controllers of Kubernetes v1.36.2 did with it. [`replay`] plays
//! the script in the very world that every replication runs in, and [`compare`] holds our steps against
//! the recorded ones.

mod case;
mod compare;
mod range;
mod replay;
mod report;
mod steps;
mod write;

pub use case::{Case, ReadError, case_files, read_cases};
pub use compare::{Divergence, compare};
pub use replay::replay;
pub use report::{Verdict, json, text};
pub use steps::steps_to_json;
pub use write::{check_targets, write_cases};
