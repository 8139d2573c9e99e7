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

/// Nodes that are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct NodePool {
    /// Its name; nodes are called `<name>-<n>`.
    pub name: String,
    /// How many nodes, at least 1.
    pub nodes: u32,
    /// What pods may request on each.
    pub allocatable: Resources,
    /// Pods that fit on each (110 by default).
    pub max_pods: u32,
    /// Labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// Taints.
    pub taints: Vec<Taint>,
    /// The zone of its nodes.
    pub zone: Option<String>,
    /// Whether nodes are added when pods find no place.
    pub autoscale: Option<Autoscale>,
}

/// A pool that grows. It never shrinks.
#[derive(Debug, Clone, PartialEq)]
pub struct Autoscale {
    /// The most nodes it may have.
    pub max: u32,
    /// Time from the decision to add a node until pods can be scheduled on it; drawn for each node.
    pub delay: Law,
}

/// API server, watches and controllers.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlPlane {
    /// Time from sending a request to its commit, where its verb has no law of its own.
    pub request: Latency,
    /// Time from the commit to the answer.
    pub response: Latency,
    /// Time from the commit to the watchers' caches.
    pub watch: Latency,
    /// Requests per second and burst that each controller's client allows itself; `None` is unlimited.
    pub client_limit: Option<(f64, u32)>,
    /// Syncs that each controller runs side by side (5 by default).
    pub workers: u32,
    /// Time that binding a scheduled pod to its node takes.
    pub scheduling: Latency,
    /// Time from sending a request to its commit, by verb.
    pub verbs: VerbLatencies,
}

/// Laws of single verbs; `None` stands for [`ControlPlane::request`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VerbLatencies {
    /// Creations.
    pub create: Option<Latency>,
    /// Updates, of the status as well.
    pub update: Option<Latency>,
    /// Patches: claims of pods, statuses that kubelets report.
    pub patch: Option<Latency>,
    /// Deletions.
    pub delete: Option<Latency>,
    /// Reads: of a single object, and the lists with which controllers start.
    pub get: Option<Latency>,
}

impl VerbLatencies {
    /// The law of a verb, if it has one of its own.
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
    /// Always the same.
    Constant(Span),
    /// Drawn each time from the component's running generator.
    Law(Law),
}

impl Latency {
    /// The next delay; only a law draws.
    pub fn next(&self, stream: &mut Stream) -> Span {
        match self {
            Self::Constant(span) => *span,
            Self::Law(law) => law.at(stream.uniform()),
        }
    }
}

/// How images come to the nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Registry {
    /// Pulls that run side by side on one node; 1 is the default (`serializeImagePulls`).
    pub parallel_pulls: u32,
    /// Pulls per second and burst that each kubelet allows itself (5 and 10 by default); a pull beyond
    /// them fails. `None` is unlimited.
    pub qps: Option<(f64, u32)>,
    /// What the pulls of all nodes share; `None` if no pull slows another one down.
    pub bandwidth: Option<Bandwidth>,
    /// Pulls that the registry allows the whole cluster.
    pub rate_limit: Option<RateLimit>,
}

/// What all pulls that are under way share evenly, in bytes per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bandwidth {
    /// Of the registry, or of the cluster's way to it; positive.
    pub total: f64,
    /// The most that one pull gets; positive.
    pub per_pull: f64,
}

/// So many pulls in any span of this length; the registry answers others with 429 (`toomanyrequests`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many pulls.
    pub pulls: u32,
    /// The length of the span; positive.
    pub per: Span,
    /// How many of them have been made before t = 0, evenly spread over the span; at most `pulls`.
    pub used: u32,
}

impl Registry {
    /// As the kubelet's defaults have it, with nothing shared and nothing limited by the registry.
    pub const DEFAULT: Self =
        Self { parallel_pulls: 1, qps: Some((5.0, 10)), bandwidth: None, rate_limit: None };
}
