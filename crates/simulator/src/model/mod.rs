//! The checked model: everything one replication needs to know, as plain values.
//!
//! Whoever builds a model has validated it: counts are within the API's ranges, references resolve, laws
//! have sensible parameters. Nothing in here names a file or a line.

mod action;
mod apply;
mod cluster;
mod disruption;
mod fault;
mod image;
mod node;
mod placement;
mod pod;
mod policy;
mod service;
mod subject;

pub use action::{Action, Cascade, Change, NodeChange, PodSelector, ReplicaSetSelector, Trigger};
pub use apply::{Apply, MergeFn, WorkloadSpec};
pub use cluster::{
    Autoscale, Bandwidth, Cluster, ControlPlane, Latency, NodePool, RateLimit, Registry, VerbLatencies,
};
pub use disruption::{DisruptionBudget, LabelRequirement, LabelSelector};
pub use fault::{
    AdmissionFault, ApiError, ApplicationFault, CallLot, CallTarget, Configuration, ControlPlaneFault,
    ControllerName, End, FailurePolicy, Fault, FaultKind, LeaderEnding, Lot, NodeFault, NodeTarget, PodFault,
    PodTarget, PullFailure, ReadinessFault, RegistryFault, Resource, Side, Slower, Slowness, Staleness, Verb,
    Webhook, WebhookMode, Window,
};
pub use image::{ImageBehaviour, Images, Memory};
pub use node::NodeSet;
pub use placement::{AntiAffinity, NodeTerm, Operator, Placement, PodLabels, Requirement, SpreadConstraint};
pub use pod::{
    BarePod, Container, PodTemplate, Probe, ProbeHandler, PullPolicy, Resources, Taint, TaintEffect,
    Toleration,
};
pub use policy::{Amounts, Counted, LimitRange, LimitRangeItem, Quota, Unit};
pub use service::{Connections, OnShutdown, Proxies, Service, Traffic};
pub use subject::{Background, DeploymentFields, Start, Subject};

use crate::Span;

/// Everything one replication needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The workload under test.
    pub subject: Subject,
    /// Earlier templates of the subject, oldest first; the current one is in the subject.
    pub history: Vec<PodTemplate>,
    /// Pods without a controller that exist at the start.
    pub bare_pods: Vec<BarePod>,
    /// Other workloads: settled load on the nodes and the quotas.
    pub background: Vec<Background>,
    /// The state at t = 0.
    pub start: Start,
    /// Nodes and control plane.
    pub cluster: Cluster,
    /// Quotas of the subject's namespace.
    pub quotas: Vec<Quota>,
    /// Limit ranges of the subject's namespace.
    pub limit_ranges: Vec<LimitRange>,
    /// Disruption budgets of the subject's namespace.
    pub disruption_budgets: Vec<DisruptionBudget>,
    /// The Service in front of the subject, if there is one.
    pub service: Option<Service>,
    /// How pods of each image behave.
    pub images: Images,
    /// What the user does, in order of writing.
    pub actions: Vec<Action>,
    /// What goes wrong, in order of writing.
    pub faults: Vec<Fault>,
    /// End of the observation, counted from t = 0.
    pub horizon: Span,
}

impl Model {
    /// Whether anything happens to nodes in it: only then is anybody to look after them.
    #[must_use]
    pub fn touches_nodes(&self) -> bool {
        self.faults.iter().any(|fault| matches!(fault.kind, FaultKind::Node(_)))
            || self.actions.iter().any(|action| matches!(action.change, Change::Node(_)))
    }
}
