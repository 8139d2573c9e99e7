//! One endpoint of a slice (`staging/src/k8s.io/endpointslice/utils.go`).

/// What the controller reads of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a pod")]
pub struct PodState {
    /// The Service selects it.
    pub selected: bool,
    /// It has an IP.
    pub has_address: bool,
    /// Its phase is Succeeded or Failed.
    pub terminal: bool,
    /// Its condition Ready is True.
    pub ready: bool,
    /// It has a deletion timestamp.
    pub terminating: bool,
}

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

impl Endpoint {
    /// The endpoint of a pod: one with an IP, until it is terminal (`ShouldPodBeInEndpoints`, `podToEndpoint`).
    #[must_use]
    pub const fn of(pod: PodState, publish_not_ready: bool) -> Option<Self> {
        if !pod.selected || !pod.has_address || pod.terminal {
            return None;
        }
        let ready = publish_not_ready || pod.ready && !pod.terminating;
        Some(Self { ready, serving: pod.ready, terminating: pod.terminating })
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

/// Whether an update of a pod queues the Service (`podEndpointsChanged`,
/// `staging/src/k8s.io/endpointslice/util/controller_utils.go`). A phase alone does not; any update of a
/// terminating pod does, because deletion timestamps are compared by address.
#[must_use]
pub const fn wakes(before: PodState, after: PodState) -> bool {
    if !before.selected && !after.selected {
        return false;
    }
    before.selected != after.selected
        || after.terminating
        || before.ready != after.ready
        || before.has_address != after.has_address
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: PodState =
        PodState { selected: true, has_address: true, terminal: false, ready: true, terminating: false };

    /// Ready, serving, terminating, and the role for a proxy.
    #[test]
    fn conditions_follow_the_table() {
        let table = [
            // Ready, deleted -> ready, serving, terminating, role; with publishNotReadyAddresses ready
            (true, false, (true, true, false, Some(Role::Ready))),
            (false, false, (false, false, false, None)),
            (true, true, (false, true, true, Some(Role::Fallback))),
            (false, true, (false, false, true, None)),
        ];
        for (ready, terminating, expected) in table {
            let pod = PodState { ready, terminating, ..RUNNING };
            let seen = Endpoint::of(pod, false).map(|e| (e.ready, e.serving, e.terminating, e.role()));
            assert_eq!(seen, Some(expected), "{pod:?}");
            let published = Endpoint::of(pod, true);
            assert_eq!(published.and_then(Endpoint::role), Some(Role::Ready), "{pod:?}");
            assert_eq!(published.map(|endpoint| endpoint.serving), Some(ready), "{pod:?}");
        }
    }

    #[test]
    fn pods_without_address_and_finished_ones_are_not_listed() {
        for pod in [
            PodState { has_address: false, ..RUNNING },
            PodState { terminal: true, ..RUNNING },
            PodState { selected: false, ..RUNNING },
            PodState::default(),
        ] {
            assert_eq!(Endpoint::of(pod, true), None, "{pod:?}");
        }
    }

    #[test]
    fn a_phase_alone_does_not_wake_the_controller() {
        let failed = PodState { terminal: true, ..RUNNING };
        assert!(!wakes(RUNNING, failed));
        assert!(wakes(RUNNING, PodState { ready: false, ..failed }));
        let terminating = PodState { terminating: true, ..RUNNING };
        assert!(wakes(RUNNING, terminating));
        assert!(wakes(terminating, terminating), "any update of a terminating pod does");
        let other = PodState { selected: false, ..RUNNING };
        assert!(
            wakes(RUNNING, other)
                && wakes(other, RUNNING)
                && !wakes(other, PodState { ready: false, ..other })
        );
    }
}
