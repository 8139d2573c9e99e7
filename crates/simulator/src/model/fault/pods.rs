//! Periodic faults of running pods.

use crate::engine::Law;

/// Affects one running pod each time the law's delay expires.
#[derive(Debug, Clone, PartialEq)]
pub enum PodFault {
    /// A pod is deleted.
    Delete {
        /// Time between two deletions.
        every: Law,
    },
    /// A pod moves to phase Failed (for example an eviction by its node).
    Fail {
        /// Time between two failures.
        every: Law,
    },
}

impl PodFault {
    /// Time between two occurrences.
    #[must_use]
    pub const fn every(&self) -> &Law {
        match self {
            Self::Delete { every } | Self::Fail { every } => every,
        }
    }
}
