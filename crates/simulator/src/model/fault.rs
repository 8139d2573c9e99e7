//! What goes wrong.

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

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// Pulls of an image fail.
    ImagePull {
        /// Which image; `None` is every image that is not on the node yet.
        image: Option<String>,
        /// How a pull fails.
        failure: PullFailure,
        /// Probability in [0, 1] that a pull in the window fails.
        fraction: f64,
    },
    /// A quota has no room: its hard limit on pods is lowered, or another tenant uses part of it.
    Quota {
        /// Which quota; one without hard limits is created if none has that name.
        quota: String,
        /// The hard limit on pods while the fault lasts.
        pods: i64,
    },
    /// Readiness probes do not succeed as they should.
    Readiness {
        /// Pods with this image; `None` is all pods of templates that appear in the run.
        image: Option<String>,
        /// How.
        failure: ReadinessFault,
        /// Probability in [0, 1] that a pod is affected.
        fraction: f64,
    },
    /// Pods are deleted, one each time the law has run out.
    DeletePods {
        /// Time between two strikes.
        every: Law,
    },
    /// Pods end in phase Failed (an eviction by their node, for example), one each time.
    FailPods {
        /// Time between two strikes.
        every: Law,
    },
    /// Every creation of a pod is refused, with this text after `pods "<name>" is forbidden: `.
    DenyPods {
        /// The text.
        message: String,
    },
}

/// How a pull fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullFailure {
    /// The registry does not have the image.
    NotFound,
    /// The registry wants credentials.
    Unauthorised,
    /// The registry does not answer.
    RegistryDown,
}

/// How readiness goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadinessFault {
    /// The probe never succeeds while the fault lasts.
    Never,
    /// The application takes so much longer to become ready.
    Late(Law),
    /// The application becomes ready, loses it after `up` and regains it after `down`, again and again.
    Flapping {
        /// Time it stays ready.
        up: Law,
        /// Time it stays not ready.
        down: Law,
    },
}

impl Window {
    /// The whole run.
    pub const ALWAYS: Self = Self { from: Trigger::At(Span::ZERO), duration: None };
}
