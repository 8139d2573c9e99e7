//! The API objects the controllers read and write, reduced to the fields that affect decisions.

mod annotation;
mod condition;
mod deployment;
mod int_or_percent;
mod pod;
mod replica_set;

pub use annotation::{Number, RevisionHistory};
pub use condition::{Condition, ConditionStatus, ConditionType, Conditions, ErrorId, Message, Reason};
pub use deployment::{Deployment, DeploymentSpec, DeploymentStatus, RollingUpdate, Strategy, UNLIMITED};
pub use int_or_percent::IntOrPercent;
pub use pod::{PodPhase, Uid};
pub use replica_set::{
    FailureReason, ReplicaFailure, ReplicaSet, ReplicaSetId, ReplicaSetName, ReplicaSetStatus,
    RolloutAnnotations, TemplateId,
};
