//! Changes of the endpoints of a Service, as proxies and observers see them.

use crate::Timestamp;
use crate::cluster::pod::{Pod, PodId};
use ::controller::api::PodPhase;
use ::controller::endpoint_slices::PodState;

pub use ::controller::endpoint_slices::{Endpoint, Role};

/// A change of one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointChange {
    /// The pod.
    pub pod: PodId,
    /// Its endpoint before; `None` if it was not listed.
    pub before: Option<Endpoint>,
    /// Its endpoint after; `None` if it is not listed any more.
    pub after: Option<Endpoint>,
    /// When the pod changed in the API server; `None` for the state at the start.
    pub since: Option<Timestamp>,
}

/// What the `EndpointSlice` controller reads of a stored pod. A pod gets its IP with phase Running.
pub(super) fn pod_state(pod: &Pod, selected: bool) -> PodState {
    PodState {
        selected,
        has_address: pod.node.is_some() && pod.phase != PodPhase::Pending,
        terminal: pod.phase.is_terminal(),
        ready: pod.is_ready(),
        terminating: pod.deletion.is_some(),
    }
}
