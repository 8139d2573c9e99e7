//! `kubectl apply`: a three-way merge of the last applied manifest, the new manifest and the stored spec.

use super::pod::PodTemplate;
use super::subject::{DeploymentFields, Subject};
use std::fmt;
use std::sync::Arc;

/// The fields of a workload's spec that users change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadSpec {
    /// Desired number of pods.
    pub replicas: i32,
    /// Seconds a pod must have been Ready to count as available.
    pub min_ready_seconds: i32,
    /// The pod template.
    pub template: PodTemplate,
    /// The remaining fields of a Deployment's spec; `None` for a bare `ReplicaSet`.
    pub deployment: Option<DeploymentFields>,
}

impl WorkloadSpec {
    /// The spec with which the subject is created.
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        Self {
            replicas: subject.replicas,
            min_ready_seconds: subject.min_ready_seconds,
            template: subject.template.clone(),
            deployment: subject.deployment,
        }
    }
}

/// Merges manifests (JSON texts): the last applied one, the new one, and the stored spec.
///
/// # Errors
/// The API server's message, if it refuses the merged object.
pub type MergeFn = fn(last: &str, now: &str, live: &WorkloadSpec) -> Result<WorkloadSpec, String>;

/// `kubectl apply` of a manifest.
///
/// The simulator does not know the format of manifests: the crate that parses manifests provides the merge.
#[derive(Clone)]
pub struct Apply {
    /// The manifest, as in the annotation `kubectl.kubernetes.io/last-applied-configuration`.
    pub manifest: Arc<str>,
    /// The manifest that created the workload.
    pub created_with: Arc<str>,
    /// The result, if the workload is unchanged since its creation and no other manifest was applied.
    pub foreseen: WorkloadSpec,
    /// The merge function.
    pub merge: MergeFn,
}

impl Apply {
    /// The new stored spec. `last` is the last applied manifest, unless it is the one that created the
    /// workload.
    ///
    /// # Errors
    /// The API server's message, if it refuses the merged object.
    pub fn merge_into(&self, last: Option<&str>, live: &WorkloadSpec) -> Result<WorkloadSpec, String> {
        (self.merge)(last.unwrap_or(&self.created_with), &self.manifest, live)
    }
}

/// Skips the function, whose address differs between builds.
impl fmt::Debug for Apply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apply")
            .field("manifest", &self.manifest)
            .field("created_with", &self.created_with)
            .field("foreseen", &self.foreseen)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Apply {
    fn eq(&self, other: &Self) -> bool {
        self.manifest == other.manifest
            && self.created_with == other.created_with
            && self.foreseen == other.foreseen
    }
}
