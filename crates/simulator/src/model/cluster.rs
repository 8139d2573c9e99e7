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
}
