//! The Deployment controller: one sync of a Deployment and its `ReplicaSet`s.
//!
//! [`sync`] selects the branch; each branch has its own file. All branches modify a draft of the Deployment,
//! together with the plan so far.

mod decision;
mod history;
mod pass;
mod progress;
mod recreate;
mod revision;
mod rollback;
mod rolling;
mod scale;
mod status;
mod sync;

pub use decision::{
    ApiEvent, CreateRefusal, Decision, DeploymentUpdate, NewReplicaSet, OnRefusal, PlannedWrite,
    ReplicaSetUpdate, Requeue, Write,
};
pub use pass::DeploymentSnapshot;
pub use rollback::{UndoRefusal, undo};
pub use sync::{after_refused_create, sync, sync_in};
