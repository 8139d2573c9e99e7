//! What goes wrong.

mod admission;
mod application;
mod control_plane;
mod node;
mod pods;
mod registry;
mod target;

pub use admission::{AdmissionFault, FailurePolicy, Webhook, WebhookMode};
pub use application::{ApplicationFault, Configuration, End, ReadinessFault, Slowness};
pub use control_plane::{
    ApiError, CallLot, CallTarget, ControlPlaneFault, ControllerName, LeaderEnding, Resource, Slower,
    Staleness, Verb,
};
pub use node::{NodeFault, NodeTarget};
pub use pods::PodFault;
pub use registry::{PullFailure, RegistryFault};
pub use target::{Lot, PodTarget, Side};

use super::action::Trigger;
use crate::Span;
use crate::engine::Law;

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Its name, which also names its random stream.
    pub name: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// When.
    pub window: Window,
    /// Probability in [0, 1] that it strikes in a run at all.
    pub probability: f64,
}

/// When a fault is at work.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// From here on.
    pub from: Trigger,
    /// For so long, drawn once in a run; `None` to the end.
    pub duration: Option<Law>,
}

/// What goes wrong, by the part of the cluster in which it does.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// Where images come from.
    Registry(RegistryFault),
    /// In the containers.
    Application(ApplicationFault),
    /// In the admission of new objects.
    Admission(AdmissionFault),
    /// Of API server, watches and controllers.
    ControlPlane(ControlPlaneFault),
    /// To pods that run.
    Pods(PodFault),
    /// To nodes.
    Node(NodeFault),
}

impl FaultKind {
    /// The pods that it hits, if it chooses among them.
    #[must_use]
    pub const fn target(&self) -> Option<&PodTarget> {
        match self {
            Self::Registry(fault) => fault.target(),
            Self::Application(fault) => Some(fault.target()),
            Self::Admission(fault) => fault.target(),
            Self::ControlPlane(_) | Self::Pods(_) | Self::Node(_) => None,
        }
    }

    /// The same, to be changed.
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
