//! Faults of the application in its containers.

use super::PodTarget;
use crate::engine::Law;

/// What goes wrong in the containers.
#[derive(Debug, Clone, PartialEq)]
pub enum ApplicationFault {
    /// Readiness probes do not succeed as they should.
    Readiness {
        /// Which pods.
        target: PodTarget,
        /// How.
        failure: ReadinessFault,
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
}
