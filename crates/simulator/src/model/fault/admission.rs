//! Faults in the admission of new pods.

/// What keeps the API server from storing new pods.
#[derive(Debug, Clone, PartialEq)]
pub enum AdmissionFault {
    /// A quota has no room: its hard limit on pods is lowered, or another tenant uses part of it.
    Quota {
        /// Which quota; one without hard limits is created if none has that name.
        quota: String,
        /// The hard limit on pods while the fault lasts.
        pods: i64,
    },
    /// Every creation of a pod is refused, with this text after `pods "<name>" is forbidden: `.
    Deny {
        /// The text.
        message: String,
    },
}
