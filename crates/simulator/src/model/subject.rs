//! The workload under test and the state it begins in.

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
    /// Annotations of the object, which the controller copies to its `ReplicaSet`s (without the six
    /// that never are copied), sorted by key.
    pub annotations: Vec<(String, String)>,
    /// What makes it a Deployment; `None` for a bare `ReplicaSet`.
    pub deployment: Option<DeploymentFields>,
}

/// The fields that a Deployment has and a `ReplicaSet` has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentFields {
    /// How old pods are replaced by new ones.
    pub strategy: Strategy,
    /// Seconds without progress after which the rollout is reported as failed.
    pub progress_deadline_seconds: Option<i32>,
    /// Old `ReplicaSet`s to keep.
    pub revision_history_limit: Option<i32>,
    /// No rollout while set.
    pub paused: bool,
}

/// The state at t = 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The workload is complete and so old.
    Settled {
        /// Age of the workload and of its pods at t = 0.
        age: Span,
    },
    /// Nothing exists; the subject is created at t = 0.
    Empty,
}

/// Another workload: its pods sit on nodes and count for quotas, and never change.
#[derive(Debug, Clone, PartialEq)]
pub struct Background {
    /// `Kind/name`, for people.
    pub name: String,
    /// Its pods.
    pub pods: i32,
    /// The pools that have one of them on each node, also on nodes that join (a `DaemonSet`); `None` if they are
    /// spread evenly over all nodes.
    pub pools: Option<Vec<usize>>,
    /// What each of them requests.
    pub requests: Resources,
    /// What each of them is limited to.
    pub limits: Resources,
    /// Whether they live in the subject's namespace and so count for its quotas.
    pub same_namespace: bool,
}
