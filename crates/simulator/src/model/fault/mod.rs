//! Faults.

mod admission;
mod application;
mod control_plane;
mod node;
mod pods;
mod registry;
mod target;

pub use admission::{AdmissionFault, FailurePolicy, Webhook, WebhookMode};
pub use application::{ApplicationFault, Configuration, End, ReadinessFault, StartSlowdown};
pub use control_plane::{
    ApiError, CallSelection, CallTarget, ControlPlaneFault, ControllerName, LeaderEnding, Resource, Slowdown,
    Staleness, Verb,
};
pub use node::{NodeFault, NodeTarget};
pub use pods::PodFault;
pub use registry::{PullFailure, RegistryFault};
pub use target::{Lot, PodTarget, Side};

use super::action::Trigger;
use crate::Span;
use crate::engine::Law;

/// A fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Its name, which also names its random stream.
    pub name: String,
    /// Kind of fault.
    pub kind: FaultKind,
    /// When it is active.
    pub window: Window,
    /// Probability in [0, 1] that it occurs in a run.
    pub probability: f64,
}

/// Time window of a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Its begin.
    pub from: Trigger,
    /// Its duration, drawn once per run; `None` lasts to the end.
    pub duration: Option<Law>,
}

/// Kind of fault, by part of the cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// Image pulls.
    Registry(RegistryFault),
    /// Applications in containers.
    Application(ApplicationFault),
    /// Admission of new objects.
    Admission(AdmissionFault),
    /// API server, watches and controllers.
    ControlPlane(ControlPlaneFault),
    /// Running pods.
    Pods(PodFault),
    /// Nodes.
    Node(NodeFault),
}

impl FaultKind {
    /// The affected pods, if the fault selects pods.
    #[must_use]
    pub const fn target(&self) -> Option<&PodTarget> {
        match self {
            Self::Registry(fault) => fault.target(),
            Self::Application(fault) => Some(fault.target()),
            Self::Admission(fault) => fault.target(),
            Self::ControlPlane(_) | Self::Pods(_) | Self::Node(_) => None,
        }
    }

    /// The affected pods, mutably.
    pub const fn target_mut(&mut self) -> Option<&mut PodTarget> {
        match self {
            Self::Registry(fault) => fault.target_mut(),
            Self::Application(fault) => Some(fault.target_mut()),
            Self::Admission(fault) => fault.target_mut(),
            Self::ControlPlane(_) | Self::Pods(_) | Self::Node(_) => None,
        }
    }
}

impl Window {
    /// The whole run.
    pub const ALWAYS: Self = Self { from: Trigger::At(Span::ZERO), duration: None };
}
