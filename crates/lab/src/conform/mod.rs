//! Replaying recordings of the real components of Kubernetes and comparing our answers with theirs.
//!
//! Recordings come in kinds, each a module that implements [`Kind`]: `control_plane` holds the steps of the
//! Deployment and `ReplicaSet` controllers, `admission` the verdicts of the API server on objects, `hpa` the
//! evaluations of the autoscaler, `endpoints` the writes of the `EndpointSlice` controller, `pdb` the answers
//! of the eviction API and the statuses of budgets. A file says by its content which kind its cases are of, so that a folder may
//! hold all of them.
//!
//! A [case](Case) of the controllers is a script and what the controllers of Kubernetes v1.36.2 did with it.
//! [`replay`] plays the script in the very world that every replication runs in, and [`compare`] holds our
//! steps against the recorded ones.

mod admission;
mod case;
mod compare;
mod control_plane;
mod endpoints;
mod files;
mod hpa;
mod kind;
mod pdb;
mod range;
mod replay;
mod report;
mod run;
mod sides;
mod steps;
mod write;

pub use case::{Case, read_cases};
pub use compare::{Divergence, compare};
pub use files::{CaseFile, ReadError, case_files};
pub use kind::{Difference, KINDS, Kind, Outcome, Wanted};
pub use replay::replay;
pub use report::{json, text};
pub use run::{Replayed, replay_all};
pub use steps::steps_to_json;
pub use write::{check_targets, write_cases};
