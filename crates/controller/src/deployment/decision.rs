//! The result of a sync: writes in order, the effect of refusals, and the time of the next sync.

use crate::api::{
    DeploymentStatus, ErrorId, Number, ReplicaSet, ReplicaSetId, ReplicaSetName, RolloutAnnotations,
    TemplateId,
};
use crate::{Span, Timestamp};

/// The plan of one sync.
///
/// Writes are made one after another, each after the answer to the previous one. `requeue` applies if all of
/// them are made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// The writes, in order.
    pub steps: Vec<PlannedWrite>,
    /// Replaces the remaining steps after a step with [`OnRefusal::Fallback`] was refused.
    pub fallback: Vec<PlannedWrite>,
    /// The next sync if all steps are made and nothing changes before.
    pub requeue: Requeue,
}

impl Decision {
    /// An empty decision that reuses the allocations.
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
pub struct PlannedWrite {
    /// The write.
    pub write: Write,
    /// Effect of a refusal on the rest of the plan.
    pub on_refusal: OnRefusal,
    /// Reported on the Deployment: after the write has succeeded, or before it if the write itself reports a
    /// failure.
    pub event: Option<ApiEvent>,
}

/// Effect of a refused write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRefusal {
    /// The sync ends with the error and is retried with back-off.
    Fail,
    /// "Not found" is ignored, any other refusal fails the sync.
    FailUnlessNotFound,
    /// The sync continues as if the write had succeeded.
    Ignore,
    /// The rest of the plan is replaced by [`Decision::fallback`].
    Fallback,
    /// The rest of the plan is dropped; [`after_refused_create`](super::after_refused_create) computes the
    /// new plan.
    AskAgain,
}

/// Why the new `ReplicaSet` could not be created.
#[derive(Debug, Clone, Copy)]
pub enum CreateRefusal<'a> {
    /// An object of that name exists.
    AlreadyExists {
        /// The cached object of that name, if this Deployment controls it.
        own: Option<&'a ReplicaSet>,
        /// Whether the cache has an object of that name.
        cached: bool,
    },
    /// The namespace is being deleted.
    NamespaceTerminating,
    /// Anything else.
    Other(ErrorId),
}

/// A write to the API server. A write that changes an object carries the resource version of the view, so a
/// second write to one object in a sync is always a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Replace the Deployment's status and revision annotation through the status endpoint, which accepts
    /// annotations and does not increase the generation.
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

/// A rollback by annotation: removes the annotation and, if `restore` is set, restores the template and
/// annotations of that revision.
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
    /// Desired pods.
    pub replicas: i32,
    /// Copied from the Deployment.
    pub min_ready_seconds: i32,
    /// Revision, desired and max replicas; the Deployment's other annotations are copied too.
    pub annotations: RolloutAnnotations,
}

/// The new state of a `ReplicaSet`'s spec and annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSetUpdate {
    /// Which one.
    pub id: ReplicaSetId,
    /// The version the write carries; `None` is the version returned by this sync's own last write to the
    /// object.
    pub resource_version: Option<u64>,
    /// Desired pods.
    pub replicas: i32,
    /// Seconds a pod must have been Ready to count as available.
    pub min_ready_seconds: i32,
    /// The controller's annotations.
    pub annotations: RolloutAnnotations,
    /// Also copy the Deployment's own annotations.
    pub copy_annotations: bool,
}

/// The next sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Requeue {
    /// The sync succeeded; the next one follows a change.
    #[default]
    No,
    /// The sync failed although its last write did not; retry with back-off.
    Backoff,
    /// After this time.
    After(Span),
    /// Upstream polls here, every 5 ms until its token bucket is empty and then ten times per second, until
    /// something changes. The polls decide nothing before `until`.
    Poll {
        /// The first time at which a poll can decide something; `None` if there is none.
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
