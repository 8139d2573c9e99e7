//! Faults of the registry.

use super::PodTarget;
use crate::engine::Law;
use crate::model::RateLimit;

/// Faults of image pulls.
#[derive(Debug, Clone, PartialEq)]
pub enum RegistryFault {
    /// Pulls fail.
    Pull {
        /// Affected pods; with an image, only pulls of that image. Drawn for each pull.
        target: PodTarget,
        /// Kind of failure.
        failure: PullFailure,
    },
    /// Pulls are slow, those in progress as well.
    Slow {
        /// Affected pods; with an image, only pulls of that image. Drawn for each pull.
        target: PodTarget,
        /// Factor on the transfer time while the fault lasts; at least 1.
        factor: f64,
        /// Extra time before the transfer, drawn for each pull that begins in the window.
        extra: Option<Law>,
    },
    /// The registry limits the pulls of the cluster from the begin of the fault on.
    RateLimited(RateLimit),
}

impl RegistryFault {
    /// The affected pulls, if the fault selects pulls.
    #[must_use]
    pub const fn target(&self) -> Option<&PodTarget> {
        match self {
            Self::Pull { target, .. } | Self::Slow { target, .. } => Some(target),
            Self::RateLimited(_) => None,
        }
    }

    /// The affected pulls, mutably.
    pub const fn target_mut(&mut self) -> Option<&mut PodTarget> {
        match self {
            Self::Pull { target, .. } | Self::Slow { target, .. } => Some(target),
            Self::RateLimited(_) => None,
        }
    }
}

/// Kind of failure of a pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullFailure {
    /// The registry does not have the image.
    NotFound,
    /// The registry requires credentials.
    Unauthorised,
    /// The registry does not answer: a pull fails when the connection times out.
    RegistryDown,
    /// No process listens at the registry's address: a pull fails at once.
    ConnectionRefused,
}
