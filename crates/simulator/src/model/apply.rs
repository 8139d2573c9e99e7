//! `kubectl apply`: a three-way merge of what was applied last, what is applied now and what is stored.

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
    /// The rest of a Deployment's spec; `None` for a bare `ReplicaSet`.
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

/// Merges manifests (JSON texts): the one applied last, the one applied now, and the stored spec.
///
/// # Errors
/// The API server's message, if it refuses the merged object.
pub type MergeFn = fn(last: &str, now: &str, live: &WorkloadSpec) -> Result<WorkloadSpec, String>;

/// `kubectl apply` of a manifest.
///
/// The simulator does not know the format of manifests: the reader of manifests provides the merge.
#[derive(Clone)]
pub struct Apply {
    /// The manifest, as the annotation `kubectl.kubernetes.io/last-applied-configuration` keeps it.
    pub manifest: Arc<str>,
    /// The manifest with which the workload was created.
    pub created_with: Arc<str>,
    /// The result, if the workload is as it was created and nothing else has been applied.
    pub foreseen: WorkloadSpec,
    /// The merge.
    pub merge: MergeFn,
}

impl Apply {
    /// What the stored spec becomes. `last` is the manifest applied last, if that is not the one with which the
    /// workload was created.
    ///
    /// # Errors
    /// The API server's message, if it refuses the merged object.
    pub fn merge_into(&self, last: Option<&str>, live: &WorkloadSpec) -> Result<WorkloadSpec, String> {
        (self.merge)(last.unwrap_or(&self.created_with), &self.manifest, live)
    }
}

/// Without the function: its address differs from build to build.
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
