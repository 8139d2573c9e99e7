//! What a pass wants done: writes in order, what a refusal of each means, and when to look again.

use crate::api::{
    DeploymentStatus, ErrorId, Number, ReplicaSet, ReplicaSetId, ReplicaSetName, RolloutAnnotations,
    TemplateId,
};
use crate::{Span, Timestamp};

/// The plan of one pass.
///
/// Writes are tried one after another, each after the answer to the one before. A plan that runs to
/// its end is followed by `requeue`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// The writes, in order.
    pub steps: Vec<Step>,
    /// What to do instead of the remaining steps once one marked [`OnRefusal::Fallback`] was refused.
    pub fallback: Vec<Step>,
    /// When to look again if the plan ran to its end and nothing else happens first.
    pub requeue: Requeue,
}

impl Decision {
    /// Nothing to do, in the memory that this decision took.
    #[must_use]
    pub(super) fn emptied(mut self) -> Self {
        self.steps.clear();
        self.fallback.clear();
        self.requeue = Requeue::No;
        self
    }
}

/// One write of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The write.
    pub write: Write,
    /// What a refusal means for the rest of the plan.
    pub on_refusal: OnRefusal,
    /// Reported on the Deployment: after the write succeeded, or before it where the write itself
    /// reports a failure.
    pub event: Option<ApiEvent>,
}

/// What a refused write means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRefusal {
    /// The pass ends with the error and is retried with back-off.
    Fail,
    /// "Not found" is forgiven, any other refusal fails the pass.
    FailUnlessNotFound,
    /// The pass goes on as if the write had succeeded.
    Ignore,
    /// The rest of the plan is replaced by [`Decision::fallback`].
    Fallback,
    /// The rest of the plan is dropped, and [`after_refused_create`](super::after_refused_create)
    /// says how the pass goes on.
    AskAgain,
}

/// Why the new `ReplicaSet` could not be created.
#[derive(Debug, Clone, Copy)]
pub enum CreateRefusal<'a> {
    /// An object of that name exists.
    AlreadyExists {
        /// What the cache has under that name, if it is controlled by this Deployment.
        own: Option<&'a ReplicaSet>,
        /// Whether the cache has an object of that name at all.
        cached: bool,
    },
    /// The namespace is being deleted.
    NamespaceTerminating,
    /// Anything else.
    Other(ErrorId),
}

/// A write to the API server. Every one that changes an object carries the resource version that the
/// view had, so the second write to one object in a pass is always a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Replace the Deployment's status and revision annotation through the status endpoint, which
    /// accepts annotations and does not bump the generation.
    DeploymentStatus {
        /// `deployment.kubernetes.io/revision`
        revision: Number,
        /// The new status.
        status: DeploymentStatus,
    },
    /// Change the Deployment through its main endpoint (rollback by annotation).
    Deployment(DeploymentUpdate),
    /// Create the new `ReplicaSet`.
    CreateReplicaSet(NewReplicaSet),
    /// Replace size, `minReadySeconds` and annotations of a `ReplicaSet`.
    ReplicaSet(ReplicaSetUpdate),
    /// Delete a `ReplicaSet`.
    DeleteReplicaSet(ReplicaSetId),
}

/// A rollback by annotation: the annotation is removed and, if `template` is set, the template and
/// the annotations of that revision return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentUpdate {
    /// The `ReplicaSet` whose template and annotations to restore.
    pub restore: Option<ReplicaSetId>,
}

/// The new `ReplicaSet` of a Deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReplicaSet {
    /// The template.
    pub template: TemplateId,
    /// Wanted pods.
    pub replicas: i32,
    /// Copied from the Deployment.
    pub min_ready_seconds: i32,
    /// Revision, desired and max replicas; the Deployment's other annotations are copied as well.
    pub annotations: RolloutAnnotations,
}

/// The new state of a `ReplicaSet`'s spec and annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSetUpdate {
    /// Which one.
    pub id: ReplicaSetId,
    /// The version the write carries; `None` stands for the one that this pass's own last write to
    /// the object returned.
    pub resource_version: Option<u64>,
    /// Wanted pods.
    pub replicas: i32,
    /// Seconds a pod must have been Ready to count as available.
    pub min_ready_seconds: i32,
    /// The controller's annotations.
    pub annotations: RolloutAnnotations,
    /// Also copy the Deployment's own annotations.
    pub copy_annotations: bool,
}

/// When to look again after a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Requeue {
    /// The pass succeeded; look again only when something changes.
    #[default]
    No,
    /// The pass failed although its last write did not; retry with back-off.
    Backoff,
    /// After this time.
    After(Span),
    /// Upstream polls here, every 5 ms until its token bucket is empty and then ten times a second,
    /// until something changes. The polls decide nothing before `until`, if they ever do.
    Poll {
        /// The first moment at which a poll can decide something.
        until: Option<Timestamp>,
    },
}

/// A Kubernetes Event to report on the Deployment (component `deployment-controller`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiEvent {
    /// `ScalingReplicaSet`
    Scaled {
        /// The `ReplicaSet`.
        name: ReplicaSetName,
        /// Its size before.
        from: i32,
        /// Its size after.
        to: i32,
    },
    /// `ReplicaSetCreateError`
    CreateFailed {
        /// The `ReplicaSet`.
        name: ReplicaSetName,
        /// The error.
        error: ErrorId,
    },
    /// `DeploymentRollback`
    RolledBack {
        /// To this revision.
        revision: i64,
    },
    /// `DeploymentRollbackTemplateUnchanged`
    RollbackTemplateUnchanged {
        /// The revision asked for.
        revision: i64,
    },
    /// `DeploymentRollbackRevisionNotFound`
    RollbackRevisionNotFound {
        /// The previous revision was asked for, not a numbered one.
        last: bool,
    },
}

impl ApiEvent {
    /// The event's reason.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Scaled { .. } => "ScalingReplicaSet",
            Self::CreateFailed { .. } => "ReplicaSetCreateError",
            Self::RolledBack { .. } => "DeploymentRollback",
            Self::RollbackTemplateUnchanged { .. } => "DeploymentRollbackTemplateUnchanged",
            Self::RollbackRevisionNotFound { .. } => "DeploymentRollbackRevisionNotFound",
        }
    }

    /// Whether it is a Warning rather than Normal.
    #[must_use]
    pub const fn is_warning(self) -> bool {
        !matches!(self, Self::Scaled { .. } | Self::RolledBack { .. })
    }

    /// The event's message.
    #[must_use]
    pub fn text(
        self,
        deployment: &str,
        replica_set: impl Fn(ReplicaSetName) -> String,
        error: impl Fn(ErrorId) -> String,
    ) -> String {
        match self {
            Self::Scaled { name, from, to } => {
                let direction = if to > from { "up" } else { "down" };
                format!("Scaled {direction} replica set {} from {from} to {to}", replica_set(name))
            }
            Self::CreateFailed { name, error: id } => {
                format!("Failed to create new replica set \"{}\": {}", replica_set(name), error(id))
            }
            Self::RolledBack { revision } => {
                format!("Rolled back deployment \"{deployment}\" to revision {revision}")
            }
            Self::RollbackTemplateUnchanged { revision } => format!(
                "The rollback revision contains the same template as current deployment \"{deployment}\" (revision {revision})"
            ),
            Self::RollbackRevisionNotFound { last: true } => "Unable to find last revision.".to_owned(),
            Self::RollbackRevisionNotFound { last: false } => {
                "Unable to find the revision to rollback to.".to_owned()
            }
        }
    }
}
