//! `apps/v1` `ReplicaSet`.

use super::annotation::{Number, RevisionHistory};
use super::condition::ErrorId;
use crate::Timestamp;
use std::cmp::Ordering;

/// Identity of a pod template. Two templates have the same id if and only if they are semantically equal
/// (ignoring the hash label).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateId(pub u32);

/// Identity of one `ReplicaSet` over its lifetime (its UID).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaSetId(pub u32);

/// The name of a `ReplicaSet` of a Deployment: the Deployment's name and a hash of the template and the
/// number of name collisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplicaSetName {
    /// The template that was hashed.
    pub template: TemplateId,
    /// The hash; only its order and its identity matter.
    pub hash: u32,
}

impl ReplicaSetName {
    /// The name for a template and its hash.
    #[must_use]
    pub const fn new(template: TemplateId, hash: u32) -> Self {
        Self { template, hash }
    }

    /// The hash as the suffix of the name: its decimal digits in an alphabet without vowels
    /// (`SafeEncodeString` in `staging/src/k8s.io/apimachinery/pkg/util/rand`).
    #[must_use]
    pub fn suffix(self) -> String {
        self.hash
            .to_string()
            .bytes()
            .map(|digit| char::from(b"456789bcdf"[usize::from(digit - b'0')]))
            .collect()
    }
}

impl Ord for ReplicaSetName {
    /// Compares as text. The alphabet of the suffix ascends with the digits.
    fn cmp(&self, other: &Self) -> Ordering {
        if self.hash == other.hash {
            return self.template.cmp(&other.template);
        }
        self.hash.to_string().cmp(&other.hash.to_string())
    }
}

impl PartialOrd for ReplicaSetName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The fields of a `ReplicaSet` that affect the two controllers' decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSet {
    /// Identity.
    pub id: ReplicaSetId,
    /// Name.
    pub name: ReplicaSetName,
    /// When it was created, in whole seconds.
    pub created: Timestamp,
    /// Set while a foreground or orphaning deletion is under way.
    pub deletion: Option<Timestamp>,
    /// Grows by one with every change of the spec.
    pub generation: i64,
    /// Version of the stored object; a write that carries an older one is refused.
    pub resource_version: u64,
    /// The pod template.
    pub template: TemplateId,
    /// Desired pods (`spec.replicas`).
    pub replicas: i32,
    /// Seconds a pod must have been Ready to count as available.
    pub min_ready_seconds: i32,
    /// Annotations of the Deployment controller.
    pub annotations: RolloutAnnotations,
    /// Whether it has all annotations of its Deployment that must be copied.
    pub has_deployment_annotations: bool,
    /// Last reported state.
    pub status: ReplicaSetStatus,
}

impl ReplicaSet {
    /// Whether its desired size is positive; the status does not matter.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.replicas > 0
    }

    /// Oldest first, and by name within a second (`ReplicaSetsByCreationTimestamp`).
    #[must_use]
    pub fn by_age(&self, other: &Self) -> Ordering {
        self.created.cmp(&other.created).then_with(|| self.name.cmp(&other.name))
    }
}

/// The annotations of a `ReplicaSet` that belong to the Deployment controller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RolloutAnnotations {
    /// `deployment.kubernetes.io/revision`
    pub revision: Number,
    /// `deployment.kubernetes.io/revision-history`
    pub revision_history: RevisionHistory,
    /// `deployment.kubernetes.io/desired-replicas`: the Deployment's replicas when this one was last
    /// created or resized by the controller.
    pub desired: Number,
    /// `deployment.kubernetes.io/max-replicas`: desired replicas plus surge at that time.
    pub max: Number,
}

/// What the `ReplicaSet` controller reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplicaSetStatus {
    /// Active pods.
    pub replicas: i32,
    /// Pods with all labels of the template.
    pub fully_labeled: i32,
    /// Ready pods.
    pub ready: i32,
    /// Pods that have been Ready for `minReadySeconds`.
    pub available: i32,
    /// Pods that are terminating; absent until the first status was written.
    pub terminating: Option<i32>,
    /// The generation this status describes.
    pub observed_generation: i64,
    /// The condition `ReplicaFailure`, whose status is always True.
    pub failure: Option<ReplicaFailure>,
}

/// Condition `ReplicaFailure` of a `ReplicaSet`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplicaFailure {
    /// What failed.
    pub reason: FailureReason,
    /// The error of the first failure; later ones do not replace it.
    pub error: ErrorId,
    /// When the condition appeared, in whole seconds.
    pub last_transition: Timestamp,
}

/// Operation that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureReason {
    /// Create pods.
    FailedCreate,
    /// Delete pods.
    FailedDelete,
}

impl FailureReason {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FailedCreate => "FailedCreate",
            Self::FailedDelete => "FailedDelete",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_order_as_their_text_does() {
        let name = |hash| ReplicaSetName::new(TemplateId(0), hash);
        assert_eq!(name(1_234_567_890).suffix(), "56789bcdf4");
        for (a, b) in [(9, 10), (10, 9), (123, 124), (4_294_967_295, 5)] {
            assert_eq!(name(a).cmp(&name(b)), name(a).suffix().cmp(&name(b).suffix()), "{a} and {b}");
            assert_eq!(name(a).partial_cmp(&name(b)), Some(name(a).cmp(&name(b))));
        }
    }
}
