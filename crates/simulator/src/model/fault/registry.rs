//! Faults of the registry.

use super::PodTarget;

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
