//! Faults of the registry.

use super::PodTarget;
use crate::engine::Law;
use crate::model::RateLimit;

/// What goes wrong where images come from.
#[derive(Debug, Clone, PartialEq)]
pub enum RegistryFault {
    /// Pulls fail.
    Pull {
        /// Pulls of which pods; with an image, only pulls of that image. The lot is drawn for each pull.
        target: PodTarget,
        /// How a pull fails.
        failure: PullFailure,
    },
    /// Pulls take longer, those under way as well.
    Slow {
        /// Pulls of which pods; with an image, only pulls of that image. The lot is drawn for each pull.
        target: PodTarget,
        /// How many times as long the transfer takes while the fault lasts; at least 1.
        factor: f64,
        /// Time that passes before the transfer begins, drawn for each pull that begins in the window.
        extra: Option<Law>,
    },
    /// The registry allows the cluster so many pulls from the beginning of the fault on.
    RateLimited(RateLimit),
}

impl RegistryFault {
    /// The pulls that it hits, if it chooses among them.
    #[must_use]
    pub const fn target(&self) -> Option<&PodTarget> {
        match self {
            Self::Pull { target, .. } | Self::Slow { target, .. } => Some(target),
            Self::RateLimited(_) => None,
        }
    }

    /// The same, to be changed.
    pub const fn target_mut(&mut self) -> Option<&mut PodTarget> {
        match self {
            Self::Pull { target, .. } | Self::Slow { target, .. } => Some(target),
            Self::RateLimited(_) => None,
        }
    }
}

/// How a pull fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullFailure {
    /// The registry does not have the image.
    NotFound,
    /// The registry wants credentials.
    Unauthorised,
    /// The registry does not answer: a pull fails when the connection times out.
    RegistryDown,
    /// Nothing listens where the registry should be: a pull fails at once.
    ConnectionRefused,
}
