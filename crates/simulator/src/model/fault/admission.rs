//! Faults in the admission of new objects.

use super::PodTarget;
use super::control_plane::CallTarget;
use crate::Span;
use crate::engine::Law;
use crate::model::policy::{Amounts, LimitRangeItem};

/// Faults that prevent the API server from storing new objects.
#[derive(Debug, Clone, PartialEq)]
pub enum AdmissionFault {
    /// A quota has less room: its hard limits are lowered, or another tenant uses part of it.
    Quota {
        /// Name of the quota; a quota without hard limits is created if none has that name.
        quota: String,
        /// Hard limits that replace the quota's own while the fault lasts.
        hard: Amounts,
        /// Usage of another tenant while the fault lasts, up to the limits.
        used: Amounts,
    },
    /// A limit range is added. It only refuses: its defaults change no pod.
    LimitRange(LimitRangeItem),
    /// The controllers lose a permission.
    PermissionDenied(CallTarget),
    /// A service account is missing.
    ServiceAccountMissing {
        /// Its name; pods of other accounts are not affected. `None` is the account of each pod.
        name: Option<String>,
    },
    /// The namespace enforces a Pod Security Standard that pods violate.
    PodSecurity {
        /// Affected pods: by image and side.
        target: PodTarget,
        /// The level and its version, as in `restricted:latest`.
        level: String,
        /// Description of the violation.
        details: String,
    },
    /// A webhook reviews new pods.
    Webhook(Webhook),
    /// The namespace is being deleted: its pods are deleted first, and new objects are refused.
    NamespaceTerminating,
    /// Every creation of a pod is refused, with this text after `pods "<name>" is forbidden: `.
    Deny {
        /// The text.
        message: String,
    },
}

impl AdmissionFault {
    /// The affected pods, if the fault selects pods.
    #[must_use]
    pub const fn target(&self) -> Option<&PodTarget> {
        match self {
            Self::PodSecurity { target, .. } | Self::Webhook(Webhook { target, .. }) => Some(target),
            _ => None,
        }
    }

    /// The affected pods, mutably.
    pub const fn target_mut(&mut self) -> Option<&mut PodTarget> {
        match self {
            Self::PodSecurity { target, .. } | Self::Webhook(Webhook { target, .. }) => Some(target),
            _ => None,
        }
    }
}

/// A faulty admission webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Its name, as in the messages.
    pub name: String,
    /// New pods that it reviews: by image and side.
    pub target: PodTarget,
    /// Its behaviour.
    pub mode: WebhookMode,
    /// Effect of a failed call.
    pub failure_policy: FailurePolicy,
    /// Time after which the API server gives up, 1 to 30 s (`timeoutSeconds`, 10 by default).
    pub timeout: Span,
    /// Time until it answers, or until a failure to connect shows.
    pub latency: Law,
}

/// Behaviour of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookMode {
    /// It denies every pod, with this text.
    Deny(String),
    /// It is slow and allows.
    Slow,
    /// It cannot be reached.
    Unavailable,
}

/// `failurePolicy` of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailurePolicy {
    /// The pod is refused.
    Fail,
    /// The pod is admitted.
    Ignore,
}
