//! Faults in the admission of new objects.

use super::PodTarget;
use super::control_plane::CallTarget;
use crate::Span;
use crate::engine::Law;
use crate::model::policy::{Amounts, LimitRangeItem};

/// What keeps the API server from storing new objects.
#[derive(Debug, Clone, PartialEq)]
pub enum AdmissionFault {
    /// A quota has no room: its hard limits are lowered, or another tenant uses part of it.
    Quota {
        /// Which quota; one without hard limits is created if none has that name.
        quota: String,
        /// The hard limits that replace those of the quota while the fault lasts.
        hard: Amounts,
        /// What another tenant takes while the fault lasts, as far as there is room.
        used: Amounts,
    },
    /// A limit range appears. It only refuses: its defaults change no pod.
    LimitRange(LimitRangeItem),
    /// The controllers lose a permission.
    PermissionDenied(CallTarget),
    /// A service account is gone.
    ServiceAccountMissing {
        /// Its name; pods of other accounts are not concerned. `None` is that of each pod.
        name: Option<String>,
    },
    /// The namespace enforces a Pod Security Standard that pods violate.
    PodSecurity {
        /// Which pods: by image and side.
        target: PodTarget,
        /// The level and its version, as in `restricted:latest`.
        level: String,
        /// In what way they violate it.
        details: String,
    },
    /// A webhook looks at new pods.
    Webhook(Webhook),
    /// The namespace is being deleted: its pods go first, and nothing new may come.
    NamespaceTerminating,
    /// Every creation of a pod is refused, with this text after `pods "<name>" is forbidden: `.
    Deny {
        /// The text.
        message: String,
    },
}

impl AdmissionFault {
    /// Which pods it hits, if it chooses among them.
    #[must_use]
    pub const fn target(&self) -> Option<&PodTarget> {
        match self {
            Self::PodSecurity { target, .. } | Self::Webhook(Webhook { target, .. }) => Some(target),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub const fn target_mut(&mut self) -> Option<&mut PodTarget> {
        match self {
            Self::PodSecurity { target, .. } | Self::Webhook(Webhook { target, .. }) => Some(target),
            _ => None,
        }
    }
}

/// An admission webhook that does not do its work as it should.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Its name, as the messages give it.
    pub name: String,
    /// New pods that it looks at: by image and side.
    pub target: PodTarget,
    /// What it does.
    pub mode: WebhookMode,
    /// What its failure means.
    pub failure_policy: FailurePolicy,
    /// Time after which the API server gives up, 1 to 30 s (`timeoutSeconds`, 10 by default).
    pub timeout: Span,
    /// Time until it answers, or until a failure to connect shows.
    pub latency: Law,
}

/// What a webhook does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookMode {
    /// It denies every pod, with this text.
    Deny(String),
    /// It takes its time and allows.
    Slow,
    /// Nobody is there.
    Unavailable,
}

/// `failurePolicy` of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailurePolicy {
    /// A pod that the webhook could not judge is refused.
    Fail,
    /// It is let in.
    Ignore,
}
