//! The checked model: everything one replication needs to know, as plain values.
//!
//! Whoever builds a model has validated it: counts are within the API's ranges, references resolve, laws
//! have sensible parameters. Nothing in here names a file or a line.

mod action;
mod cluster;
mod fault;
mod image;
mod pod;
mod policy;
mod subject;

pub use action::{Action, Change, PodSelector, Trigger};
pub use cluster::{Cluster, ControlPlane, Latency, NodePool, Registry, VerbLatencies};
pub use fault::{
    AdmissionFault, ApiError, ApplicationFault, CallLot, CallTarget, ControlPlaneFault, ControllerName,
    FailurePolicy, Fault, FaultKind, LeaderEnding, Lot, PodFault, PodTarget, PullFailure, ReadinessFault,
    RegistryFault, Resource, Side, Slower, Staleness, Verb, Webhook, WebhookMode, Window,
};
pub use image::{ImageBehaviour, Images};
pub use pod::{
    BarePod, Container, PodTemplate, Probe, ProbeHandler, PullPolicy, Resources, Taint, TaintEffect,
    Toleration,
};
pub use policy::{Amounts, Counted, LimitRange, LimitRangeItem, Quota, Unit};
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
    /// How pods of each image behave.
    pub images: Images,
    /// What the user does, in order of writing.
    pub actions: Vec<Action>,
    /// What goes wrong, in order of writing.
    pub faults: Vec<Fault>,
    /// End of the observation, counted from t = 0.
    pub horizon: Span,
}
