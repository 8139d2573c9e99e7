//! Faults of the application in its containers.

use super::PodTarget;
use crate::engine::Law;

/// Faults in the containers of the affected pods. If the target names an image, only containers of this image
/// are affected.
#[derive(Debug, Clone, PartialEq)]
pub enum ApplicationFault {
    /// Readiness probes fail.
    Readiness {
        /// Affected pods.
        target: PodTarget,
        /// Kind of failure.
        failure: ReadinessFault,
    },
    /// Liveness probes fail while the fault lasts.
    Liveness {
        /// Affected pods.
        target: PodTarget,
    },
    /// Containers exit by themselves.
    Crash {
        /// Affected pods.
        target: PodTarget,
        /// Time from the start of a container, or from the begin of the fault if it already runs, to its
        /// exit.
        after: Law,
        /// How they exit.
        end: End,
    },
    /// The application listens on another port: all probes fail while the fault lasts.
    WrongPort {
        /// Affected pods.
        target: PodTarget,
    },
    /// Containers cannot be created, because configuration that their environment refers to is missing.
    MissingConfig {
        /// Affected pods.
        target: PodTarget,
        /// What is missing.
        missing: Configuration,
    },
    /// Containers that start while the fault lasts take longer.
    SlowStart {
        /// Affected pods.
        target: PodTarget,
        /// Extra time.
        slowness: StartSlowdown,
    },
}

/// Kind of readiness failure.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadinessFault {
    /// The probe never succeeds while the fault lasts.
    Never,
    /// The application takes this much longer to become ready.
    Late(Law),
    /// The application repeatedly loses readiness after `up` and regains it after `down`.
    Flapping {
        /// Time it stays ready.
        up: Law,
        /// Time it stays not ready.
        down: Law,
    },
    /// A Ready pod fails its probe while it is overloaded: the load that `replicas` pods share normally is
    /// split among the Ready ones.
    UnderLoad {
        /// Maximum load per Ready pod, as a multiple of its normal share; at least 1.
        factor: f64,
        /// Time from its loss of readiness until it answers again, drawn each time.
        recovery: Law,
    },
}

/// How a container exits by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With an exit code.
    Code(u8),
    /// Killed by the out-of-memory killer.
    OutOfMemory,
}

impl End {
    /// The exit code; 137 is SIGKILL.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::OutOfMemory => 137,
        }
    }
}

/// Configuration that an environment refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configuration {
    /// A `ConfigMap`.
    ConfigMap,
    /// A Secret.
    Secret,
}

/// Extra time for the start of a container.
#[derive(Debug, Clone, PartialEq)]
pub struct StartSlowdown {
    /// Factor on the start time and on the time until the application answers; at least 0.
    pub factor: f64,
    /// Additional time until the application answers, drawn for each start.
    pub extra: Option<Law>,
}

impl ApplicationFault {
    /// The affected pods.
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

    /// The affected pods, mutably.
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
