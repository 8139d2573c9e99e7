//! Nodes and control plane.

use super::fault::Verb;
use super::pod::{Resources, Taint};
use crate::Span;
use crate::engine::{Law, Stream};

/// The cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Node pools; nodes are numbered through them in order.
    pub pools: Vec<NodePool>,
    /// API server and controllers.
    pub control_plane: ControlPlane,
    /// Image registry and pulls.
    pub registry: Registry,
}

/// Nodes of the same kind.
#[derive(Debug, Clone, PartialEq)]
pub struct NodePool {
    /// Its name; nodes are called `<name>-<n>`.
    pub name: String,
    /// Number of nodes, at least 1.
    pub nodes: u32,
    /// Allocatable resources of each.
    pub allocatable: Resources,
    /// Maximum number of pods on each (110 by default).
    pub max_pods: u32,
    /// Labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// Taints.
    pub taints: Vec<Taint>,
    /// The zone of its nodes.
    pub zone: Option<String>,
    /// Settings for automatic growth, if it is enabled.
    pub autoscale: Option<Autoscale>,
}

/// Growth of a pool. Pools never shrink.
#[derive(Debug, Clone, PartialEq)]
pub struct Autoscale {
    /// Maximum number of nodes.
    pub max: u32,
    /// Time from the decision to add a node until pods can be scheduled on it; drawn for each node.
    pub delay: Law,
}

/// API server, watches and controllers.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlPlane {
    /// Time from sending a request to its commit, for verbs without a law in `verbs`.
    pub request: Latency,
    /// Time from the commit to the answer.
    pub response: Latency,
    /// Time from the commit to the watchers' caches.
    pub watch: Latency,
    /// Requests per second and burst of each controller's client; `None` is unlimited.
    pub client_limit: Option<(f64, u32)>,
    /// Concurrent syncs of each controller (5 by default).
    pub workers: u32,
    /// Time that binding a scheduled pod to its node takes.
    pub scheduling: Latency,
    /// Time from sending a request to its commit, by verb.
    pub verbs: VerbLatencies,
}

/// Laws of single verbs; `None` uses [`ControlPlane::request`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VerbLatencies {
    /// Creations.
    pub create: Option<Latency>,
    /// Updates, status updates included.
    pub update: Option<Latency>,
    /// Patches: claims of pods, statuses that kubelets report.
    pub patch: Option<Latency>,
    /// Deletions.
    pub delete: Option<Latency>,
    /// Reads: of a single object, and the lists with which controllers start.
    pub get: Option<Latency>,
}

impl VerbLatencies {
    /// The law of a verb, if it has one.
    #[must_use]
    pub const fn of(&self, verb: Verb) -> Option<&Latency> {
        match verb {
            Verb::Create => self.create.as_ref(),
            Verb::Update | Verb::Status => self.update.as_ref(),
            Verb::Patch => self.patch.as_ref(),
            Verb::Delete => self.delete.as_ref(),
            Verb::Get => self.get.as_ref(),
        }
    }
}

/// A frequent small delay.
#[derive(Debug, Clone, PartialEq)]
pub enum Latency {
    /// A fixed value.
    Constant(Span),
    /// Drawn from the component's generator.
    Law(Law),
}

impl Latency {
    /// The next delay. Only a law draws.
    pub fn next(&self, stream: &mut Stream) -> Span {
        match self {
            Self::Constant(span) => *span,
            Self::Law(law) => law.at(stream.uniform()),
        }
    }
}

/// Image registry and pulls.
#[derive(Debug, Clone, PartialEq)]
pub struct Registry {
    /// Parallel pulls on one node (1 by default, `serializeImagePulls`).
    pub parallel_pulls: u32,
    /// Pulls per second and burst of each kubelet (5 and 10 by default); a pull beyond them fails. `None` is
    /// unlimited.
    pub qps: Option<(f64, u32)>,
    /// Bandwidth shared by the pulls of all nodes; `None` if pulls are independent.
    pub bandwidth: Option<Bandwidth>,
    /// Pull limit of the registry for the whole cluster.
    pub rate_limit: Option<RateLimit>,
}

/// Bandwidth shared evenly by all pulls in progress, in bytes per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bandwidth {
    /// Total bandwidth of the registry or of the connection to it; positive.
    pub total: f64,
    /// Maximum for one pull; positive.
    pub per_pull: f64,
}

/// A maximum number of pulls in any time span of this length; the registry answers others with 429
/// (`toomanyrequests`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Number of pulls.
    pub pulls: u32,
    /// The length of the span; positive.
    pub per: Span,
    /// Pulls made before `t = 0`, evenly spread over the span; at most `pulls`.
    pub used: u32,
}

impl Registry {
    /// The kubelet's defaults, without shared bandwidth or registry limits.
    pub const DEFAULT: Self =
        Self { parallel_pulls: 1, qps: Some((5.0, 10)), bandwidth: None, rate_limit: None };
}
