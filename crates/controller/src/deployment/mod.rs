//! The Deployment controller: one pass over a Deployment and its `ReplicaSet`s.
//!
//! [`sync`] chooses the branch; each branch is a file of its own. All of them work on a `Pass`, a
//! draft of the Deployment as the pass would leave it together with the plan made so far.

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
    ApiEvent, CreateRefusal, Decision, DeploymentUpdate, NewReplicaSet, OnRefusal, ReplicaSetUpdate, Requeue,
    Step, Write,
};
pub use pass::DeploymentView;
pub use rollback::{UndoRefusal, undo};
pub use sync::{after_refused_create, sync, sync_in};
