//! Faults of the application in its containers.

use super::PodTarget;
use crate::engine::Law;

/// What goes wrong in the containers of the pods that are hit. Where the target names an image, containers of
/// other images stay as they are.
#[derive(Debug, Clone, PartialEq)]
pub enum ApplicationFault {
    /// Readiness probes do not succeed as they should.
    Readiness {
        /// Which pods.
        target: PodTarget,
        /// How.
        failure: ReadinessFault,
    },
    /// Liveness probes fail while the fault lasts.
    Liveness {
        /// Which pods.
        target: PodTarget,
    },
    /// Containers end by themselves.
    Crash {
        /// Which pods.
        target: PodTarget,
        /// Time from the start of a container, or from the beginning of the fault if it ran then, to its end.
        after: Law,
        /// How they end.
        end: End,
    },
    /// The application listens where no probe looks for it: none is answered while the fault lasts.
    WrongPort {
        /// Which pods.
        target: PodTarget,
    },
    /// Containers cannot be created, because something that their environment refers to does not exist.
    MissingConfig {
        /// Which pods.
        target: PodTarget,
        /// What is missing.
        missing: Configuration,
    },
    /// Containers that start while the fault lasts take longer.
    SlowStart {
        /// Which pods.
        target: PodTarget,
        /// How much longer.
        slowness: Slowness,
    },
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
    /// A Ready pod fails its probe while it has to bear more than its share: the load that `replicas` pods
    /// share when all is well falls on those that are Ready.
    UnderLoad {
        /// The load per Ready pod that it still bears, as a multiple of its usual share; at least 1.
        factor: f64,
        /// Time from its loss of readiness until it answers again, drawn anew each time.
        recovery: Law,
    },
}

/// How a container ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With an exit code.
    Code(u8),
    /// Killed for want of memory.
    OutOfMemory,
}

impl End {
    /// The exit code; 137 stands for SIGKILL.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::OutOfMemory => 137,
        }
    }
}

/// What an environment refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configuration {
    /// A `ConfigMap`.
    ConfigMap,
    /// A Secret.
    Secret,
}

/// How much longer the start of a container takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Slowness {
    /// Starting it, and the way to an application that answers, take so many times as long; at least 0.
    pub factor: f64,
    /// Besides, the application needs so much longer, drawn anew for each start.
    pub extra: Option<Law>,
}

impl ApplicationFault {
    /// The pods that it hits.
    #[must_use]
    pub const fn target(&self) -> &PodTarget {
        match self {
            Self::Readiness { target, .. }
            | Self::Liveness { target }
            | Self::Crash { target, .. }
            | Self::WrongPort { target }
            | Self::MissingConfig { target, .. }
            | Self::SlowStart { target, .. } => target,
        }
    }

    /// The same, to be changed.
    pub const fn target_mut(&mut self) -> &mut PodTarget {
        match self {
            Self::Readiness { target, .. }
            | Self::Liveness { target }
            | Self::Crash { target, .. }
            | Self::WrongPort { target }
            | Self::MissingConfig { target, .. }
            | Self::SlowStart { target, .. } => target,
        }
    }
}
