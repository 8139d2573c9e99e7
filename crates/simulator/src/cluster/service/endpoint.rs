//! One endpoint of a slice (`staging/src/k8s.io/endpointslice/utils.go`).

use crate::Timestamp;
use crate::cluster::pod::{Pod, PodId};
use controller::api::PodPhase;

/// The conditions under which a pod is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Serving and not terminating; always with `publishNotReadyAddresses`.
    pub ready: bool,
    /// The pod's condition Ready is True.
    pub serving: bool,
    /// The pod has a deletion timestamp.
    pub terminating: bool,
}

/// How a proxy uses an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// It gets requests.
    Ready,
    /// It gets requests while there is no ready one.
    Fallback,
}

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

impl Endpoint {
    /// The endpoint of a stored pod: from phase Running on, which sets its IP, until it is terminal.
    #[must_use]
    pub(crate) fn of(pod: &Pod, publish_not_ready: bool) -> Option<Self> {
        let listed = !pod.removed && pod.node.is_some() && pod.phase == PodPhase::Running;
        let (serving, terminating) = (pod.is_ready(), pod.deletion.is_some());
        let ready = publish_not_ready || serving && !terminating;
        listed.then_some(Self { ready, serving, terminating })
    }

    /// How a proxy uses it.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self { ready: true, .. } => Some(Role::Ready),
            Self { serving: true, terminating: true, .. } => Some(Role::Fallback),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use controller::api::{TemplateId, Uid};

    fn pod(phase: PodPhase, ready: bool, terminating: bool) -> Pod {
        let now = Timestamp::from_secs(100);
        Pod {
            uid: Uid(0),
            owner: None,
            template: TemplateId(0),
            ordinal: 0,
            matches: true,
            created: now,
            node: Some(crate::cluster::NodeId(0)),
            phase,
            ready_since: ready.then_some(now),
            deletion: terminating.then_some(now),
            deletion_cost: 0,
            restarts: 0,
            resource_version: 1,
            removed: false,
        }
    }

    /// Ready, serving, terminating, and the role for a proxy.
    #[test]
    fn conditions_follow_the_table() {
        let table = [
            // phase, Ready, deleted -> ready, serving, terminating, role
            (PodPhase::Running, true, false, Some((true, true, false, Some(Role::Ready)))),
            (PodPhase::Running, false, false, Some((false, false, false, None))),
            (PodPhase::Running, true, true, Some((false, true, true, Some(Role::Fallback)))),
            (PodPhase::Running, false, true, Some((false, false, true, None))),
            (PodPhase::Pending, false, false, None),
            (PodPhase::Succeeded, false, true, None),
            (PodPhase::Failed, false, false, None),
        ];
        for (phase, ready, terminating, expected) in table {
            let listed = Endpoint::of(&pod(phase, ready, terminating), false);
            let seen = listed.map(|e| (e.ready, e.serving, e.terminating, e.role()));
            assert_eq!(seen, expected, "{phase:?}, Ready {ready}, deleted {terminating}");
        }
    }

    #[test]
    fn published_pods_are_ready_whatever_they_are() {
        for (ready, terminating) in [(true, false), (false, false), (true, true), (false, true)] {
            let listed = Endpoint::of(&pod(PodPhase::Running, ready, terminating), true);
            assert_eq!(listed.and_then(Endpoint::role), Some(Role::Ready));
            assert_eq!(listed.map(|endpoint| endpoint.serving), Some(ready));
        }
    }

    #[test]
    fn a_removed_pod_is_not_listed() {
        let gone = Pod { removed: true, ..pod(PodPhase::Running, true, true) };
        assert_eq!(Endpoint::of(&gone, true), None);
        let homeless = Pod { node: None, ..pod(PodPhase::Running, true, false) };
        assert_eq!(Endpoint::of(&homeless, false), None);
    }
}
