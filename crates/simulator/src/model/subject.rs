//! The workload under test and its initial state.

use super::pod::{PodTemplate, Resources};
use crate::Span;
use controller::api::Strategy;

/// The workload under test.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Desired number of pods.
    pub replicas: i32,
    /// Seconds a pod must have been Ready to count as available.
    pub min_ready_seconds: i32,
    /// The pod template.
    pub template: PodTemplate,
    /// Annotations of the object, which the controller copies to its `ReplicaSet`s (without the six that it
    /// never copies), sorted by key.
    pub annotations: Vec<(String, String)>,
    /// The fields of a Deployment; `None` for a bare `ReplicaSet`.
    pub deployment: Option<DeploymentFields>,
}

/// The fields that only a Deployment has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentFields {
    /// Strategy.
    pub strategy: Strategy,
    /// Seconds without progress after which the rollout is reported as failed.
    pub progress_deadline_seconds: Option<i32>,
    /// Number of old `ReplicaSet`s to keep.
    pub revision_history_limit: Option<i32>,
    /// Whether rollouts are paused.
    pub paused: bool,
}

/// The state at t = 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The workload is complete.
    Settled {
        /// Age of the workload and of its pods at t = 0.
        age: Span,
    },
    /// Nothing exists; the subject is created at t = 0.
    Empty,
}

/// Another workload: its pods use nodes and quotas, and never change.
#[derive(Debug, Clone, PartialEq)]
pub struct Background {
    /// `Kind/name`, for display.
    pub name: String,
    /// Number of its pods.
    pub pods: i32,
    /// The pools with one of these pods on each node, new nodes included (a `DaemonSet`); `None` if the pods
    /// are spread evenly over all nodes.
    pub pools: Option<Vec<usize>>,
    /// Requests of each pod.
    pub requests: Resources,
    /// Limits of each pod.
    pub limits: Resources,
    /// Whether its pods are in the subject's namespace and count for its quotas.
    pub same_namespace: bool,
}
