//! Why the API server refuses a request, and what it says.
//!
//! On the way of an event a refusal is a few numbers. The text is made when somebody wants to read it: the
//! condition `ReplicaFailure`, the event `FailedCreate`, `rollout-lab show`.

mod text;

pub use text::call_name;

use super::world::World;
use crate::Timestamp;
use crate::model::{ApiError, Counted, Resource, Verb};
use crate::observe::Observer;
use crate::record::RefusalKind;
use controller::api::{ErrorId, ReplicaSetId, ReplicaSetName, TemplateId};

/// Why the API server refuses a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 409: the object has changed since it was read.
    Conflict,
    /// 404
    NotFound,
    /// 409: an object of that name exists.
    AlreadyExists,
    /// 403: a quota is used up.
    QuotaExceeded {
        /// Index of the quota.
        quota: u32,
        /// Index of what was exceeded.
        shortage: u32,
        /// Pods that there is room for, 0 or less; none if it is not, or not only, their number that is limited.
        room: Option<i64>,
    },
    /// 403: a container does not state what a quota limits.
    QuotaUnspecified {
        /// Index of the quota.
        quota: u32,
    },
    /// 403: the quota is so new that its usage has not been computed.
    QuotaStatusUnknown {
        /// Index of the quota.
        quota: u32,
    },
    /// 403: a limit range does not allow the template's requests or limits.
    LimitRange {
        /// The fault that brought the range; none for one of the manifests.
        fault: Option<u32>,
    },
    /// 403: the client may not do this; index of the fault.
    PermissionDenied {
        /// Index of the fault.
        fault: u32,
    },
    /// 403: the pod's service account does not exist.
    ServiceAccountMissing,
    /// 403: the pod violates the namespace's Pod Security Standard.
    PodSecurity {
        /// Index of the fault.
        fault: u32,
    },
    /// 403: a webhook denies it.
    WebhookDenied {
        /// Index of the fault.
        fault: u32,
    },
    /// 500: a webhook with failure policy Fail could not be asked.
    WebhookFailed {
        /// Index of the fault.
        fault: u32,
    },
    /// 403: the namespace is being deleted.
    NamespaceTerminating,
    /// 403: an admission plugin denies it.
    Denied {
        /// Index of the fault, or none for a script's.
        fault: Option<u32>,
    },
    /// 429, once the client has given up trying again.
    TooManyRequests,
    /// 500
    Internal,
    /// 503
    Unavailable,
    /// 504
    Timeout,
}

impl Refusal {
    /// What a client is told by an error of the API server.
    pub(super) const fn of_error(error: &ApiError) -> Self {
        match error {
            ApiError::Conflict => Self::Conflict,
            ApiError::TooManyRequests { .. } => Self::TooManyRequests,
            ApiError::Internal => Self::Internal,
            ApiError::Unavailable => Self::Unavailable,
            ApiError::TimeoutBeforeCommit { .. } | ApiError::TimeoutAfterCommit { .. } => Self::Timeout,
        }
    }

    /// What is counted in records; `None` for what happens in every cluster and is simply tried again.
    #[must_use]
    pub const fn kind(self) -> Option<RefusalKind> {
        Some(match self {
            Self::Conflict | Self::NotFound | Self::AlreadyExists => return None,
            Self::QuotaExceeded { .. } => RefusalKind::QuotaExceeded,
            Self::QuotaUnspecified { .. } | Self::QuotaStatusUnknown { .. } => RefusalKind::QuotaUndecided,
            Self::LimitRange { .. } => RefusalKind::LimitRange,
            Self::PermissionDenied { .. } => RefusalKind::PermissionDenied,
            Self::ServiceAccountMissing => RefusalKind::ServiceAccountMissing,
            Self::PodSecurity { .. } => RefusalKind::PodSecurity,
            Self::WebhookDenied { .. } => RefusalKind::WebhookDenied,
            Self::WebhookFailed { .. } => RefusalKind::WebhookFailed,
            Self::NamespaceTerminating => RefusalKind::NamespaceTerminating,
            Self::Denied { .. } => RefusalKind::Denied,
            Self::TooManyRequests => RefusalKind::TooManyRequests,
            Self::Internal | Self::Unavailable => RefusalKind::ServerError,
            Self::Timeout => RefusalKind::Timeout,
        })
    }
}

impl Refusal {
    /// What is counted of a refused creation of a pod: a conflict as well, which no healthy cluster answers to it.
    #[must_use]
    pub const fn kind_of_creation(self) -> RefusalKind {
        match self.kind() {
            Some(kind) => kind,
            None => RefusalKind::Conflict,
        }
    }
}

/// What a quota had no room for: counted thing, requested, used, hard limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shortage {
    pub(super) exceeded: Vec<(Counted, i64, i64, i64)>,
}

impl Shortage {
    /// Pods that there is room for, if nothing but their number is exceeded.
    pub(super) fn room(&self) -> Option<i64> {
        let counts_pods = |counted| matches!(counted, Counted::Pods | Counted::CountPods);
        let only_pods = self.exceeded.iter().all(|(counted, ..)| counts_pods(*counted));
        let room = self.exceeded.iter().map(|(_, _, used, hard)| hard - used).min();
        room.filter(|_| only_pods)
    }
}

/// What a refused request was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A new pod of this `ReplicaSet`.
    NewPod(ReplicaSetId, TemplateId),
    /// A pod of this `ReplicaSet` that was to be deleted or patched, with the verb.
    Pod(ReplicaSetId, Verb),
    /// A new `ReplicaSet`.
    NewReplicaSet(ReplicaSetName),
    /// A `ReplicaSet` that was to be changed, with the verb.
    ReplicaSet(ReplicaSetId, Verb),
    /// The Deployment, with the verb.
    Deployment(Verb),
}

impl About {
    const fn template(self) -> Option<TemplateId> {
        match self {
            Self::NewPod(_, template) => Some(template),
            _ => None,
        }
    }

    const fn call(self) -> (Resource, Verb) {
        match self {
            Self::NewPod(..) => (Resource::Pods, Verb::Create),
            Self::Pod(_, verb) => (Resource::Pods, verb),
            Self::NewReplicaSet(_) => (Resource::ReplicaSets, Verb::Create),
            Self::ReplicaSet(_, verb) => (Resource::ReplicaSets, verb),
            Self::Deployment(verb) => (Resource::Deployments, verb),
        }
    }
}

/// A refusal that somebody may want to read about later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub refusal: Refusal,
    /// Of what.
    pub about: About,
}

impl<O: Observer> World<O> {
    /// Notes a refusal and returns a handle on its text.
    pub(super) fn note_error(&mut self, refusal: Refusal, about: About) -> ErrorId {
        self.errors.push(Noted { at: self.calendar.now(), refusal, about });
        ErrorId(self.errors.len() as u32 - 1)
    }

    /// The refusals that the controllers were told of, in order.
    pub fn refusals(&self) -> &[Noted] {
        &self.errors
    }
}
