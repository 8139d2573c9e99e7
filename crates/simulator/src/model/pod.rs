//! Pod templates, as far as a simulated cluster can tell them apart.

use super::placement::Placement;
use crate::Span;

/// A pod template. Two are the same template exactly if they are equal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PodTemplate {
    /// Everything of the template that the fields below do not say (environment, volumes, ...), in a
    /// canonical text: semantically equal templates have equal texts. Images are left out of it.
    pub rest: String,
    /// Labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// Annotation `kubectl.kubernetes.io/restartedAt`, in whole seconds of the API server's clock; set by
    /// `kubectl rollout restart`.
    pub restarted_at: Option<i64>,
    /// Init containers in order; sidecars (restart policy Always) among them.
    pub init_containers: Vec<Container>,
    /// Containers in order; at least one.
    pub containers: Vec<Container>,
    /// Time a pod gets to stop.
    pub termination_grace: Span,
    /// Labels a node must have, sorted by key.
    pub node_selector: Vec<(String, String)>,
    /// Taints that are tolerated.
    pub tolerations: Vec<Toleration>,
    /// Affinity and spread.
    pub placement: Placement,
    /// Priority; higher ones are scheduled first.
    pub priority: i32,
    /// The name of the service account.
    pub service_account: String,
    /// Annotation `controller.kubernetes.io/pod-deletion-cost`, with which its pods are created; 0 if it is absent or
    /// no number.
    pub deletion_cost: i32,
}

/// One container of a template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// When the registry is asked.
    pub pull_policy: PullPolicy,
    /// What it requests.
    pub requests: Resources,
    /// What it is limited to.
    pub limits: Resources,
    /// Whether it is an init container that keeps running (a sidecar).
    pub sidecar: bool,
    /// Tells when the container has started.
    pub startup: Option<Probe>,
    /// Tells whether it can serve.
    pub readiness: Option<Probe>,
    /// Tells whether it must be restarted.
    pub liveness: Option<Probe>,
    /// Time that a preStop hook takes, where it can be read off the manifest (a sleep).
    pub pre_stop: Span,
}

/// When the registry is asked for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PullPolicy {
    /// Every time.
    Always,
    /// If the node does not have it.
    #[default]
    IfNotPresent,
    /// Never.
    Never,
}

/// A probe with the API's defaults applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// What it does.
    pub handler: ProbeHandler,
    /// Time after the start of the container before which nothing is probed.
    pub initial_delay: Span,
    /// Time between two rounds.
    pub period: Span,
    /// Time after which a round has failed.
    pub timeout: Span,
    /// Rounds in a row that make a success.
    pub success_threshold: i32,
    /// Rounds in a row that make a failure.
    pub failure_threshold: i32,
    /// Grace for the kill that follows a failure, where it differs from the pod's.
    pub termination_grace: Option<Span>,
}

/// What a probe does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeHandler {
    /// An HTTP request.
    Http,
    /// A TCP connection.
    Tcp,
    /// A command in the container.
    Exec,
    /// A gRPC health request.
    Grpc,
}

/// Amounts of the resources that scheduling and quotas know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// CPU in thousandths of a core; `None` if not stated.
    pub cpu_milli: Option<i64>,
    /// Memory in bytes.
    pub memory_bytes: Option<i64>,
    /// Ephemeral storage in bytes.
    pub ephemeral_bytes: Option<i64>,
}

/// A taint of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What it does to pods that do not tolerate it.
    pub effect: TaintEffect,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaintEffect {
    /// No new pods.
    NoSchedule,
    /// New pods only if there is no other place.
    PreferNoSchedule,
    /// No new pods, and running ones go.
    NoExecute,
}

/// A taint that a pod tolerates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toleration {
    /// The key; `None` tolerates every key.
    pub key: Option<String>,
    /// The value; `None` tolerates every value (operator Exists).
    pub value: Option<String>,
    /// The effect; `None` tolerates every effect.
    pub effect: Option<TaintEffect>,
    /// How long a `NoExecute` taint is tolerated; `None` for ever.
    pub seconds: Option<i64>,
}

/// A pod without a controller.
#[derive(Debug, Clone, PartialEq)]
pub struct BarePod {
    /// Its name.
    pub name: String,
    /// The subject's selector matches its labels, so the subject's `ReplicaSet` adopts it.
    pub matches_subject: bool,
    /// What it is made of.
    pub template: PodTemplate,
}

impl Resources {
    /// The sum, where a missing amount counts as nothing.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            cpu_milli: sum(self.cpu_milli, other.cpu_milli),
            memory_bytes: sum(self.memory_bytes, other.memory_bytes),
            ephemeral_bytes: sum(self.ephemeral_bytes, other.ephemeral_bytes),
        }
    }

    /// The larger amount of each resource.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            cpu_milli: self.cpu_milli.max(other.cpu_milli),
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
            ephemeral_bytes: self.ephemeral_bytes.max(other.ephemeral_bytes),
        }
    }
}

fn sum(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (None, None) => None,
        _ => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
    }
}

impl PodTemplate {
    /// What a pod requests: the larger of all containers and sidecars together and of each init
    /// container with the sidecars started before it.
    #[must_use]
    pub fn requests(&self) -> Resources {
        self.effective(|container| container.requests)
    }

    /// What a pod is limited to, computed like [`requests`](Self::requests).
    #[must_use]
    pub fn limits(&self) -> Resources {
        self.effective(|container| container.limits)
    }

    fn effective(&self, amount: fn(&Container) -> Resources) -> Resources {
        let mut sidecars = Resources::default();
        let mut peak = Resources::default();
        for container in &self.init_containers {
            if container.sidecar {
                sidecars = sidecars.plus(amount(container));
                peak = peak.max(sidecars);
            } else {
                peak = peak.max(sidecars.plus(amount(container)));
            }
        }
        let together = self.containers.iter().map(amount).fold(sidecars, Resources::plus);
        peak.max(together)
    }
}
