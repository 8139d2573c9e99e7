//! Faults that strike pods which run.

use crate::engine::Law;

/// What happens to running pods, one each time the law has run out.
#[derive(Debug, Clone, PartialEq)]
pub enum PodFault {
    /// A pod is deleted.
    Delete {
        /// Time between two strikes.
        every: Law,
    },
    /// A pod ends in phase Failed (an eviction by its node, for example).
    Fail {
        /// Time between two strikes.
        every: Law,
    },
}

impl PodFault {
    /// Time between two strikes.
    #[must_use]
    pub const fn every(&self) -> &Law {
        match self {
            Self::Delete { every } | Self::Fail { every } => every,
        }
    }
}
