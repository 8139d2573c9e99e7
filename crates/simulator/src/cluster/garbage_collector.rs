//! The garbage collector: deletes the dependents of deleted objects (`pkg/controller/garbagecollector`).

use super::control_plane::ControlPlaneEvent;
use super::event::Event;
use super::pod::PodId;
use super::rate::TokenBucket;
use super::world::World;
use crate::model::ControlPlane;
use crate::observe::Observer;
use controller::api::ReplicaSetId;

/// State of the collector.
#[derive(Debug, Clone)]
pub(super) struct GarbageCollector {
    /// Twice the limit of the other controllers (`startGarbageCollectorController`,
    /// `cmd/kube-controller-manager/app/core.go`).
    client: Option<TokenBucket>,
    /// Owners that were deleted while the collector was down.
    left: Vec<ReplicaSetId>,
}

impl GarbageCollector {
    pub(super) fn new(settings: &ControlPlane) -> Self {
        let bucket = |(rate, burst): (f64, u32)| TokenBucket::new(2.0 * rate, burst.saturating_mul(2));
        Self { client: settings.client_limit.map(bucket), left: Vec::new() }
    }

    pub(super) fn reset(&mut self) {
        self.left.clear();
        if let Some(client) = &mut self.client {
            client.refill();
        }
    }
}

impl<O: Observer> World<O> {
    /// Deletes the remaining pods of a deleted `ReplicaSet`, for example pods in phase Failed.
    pub(super) fn collect_pods(&mut self, owner: ReplicaSetId) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        if !self.controllers_running {
            return site.collector.left.push(owner);
        }
        for (index, pod) in self.api.pods.iter().enumerate() {
            if pod.owner == Some(owner) && !pod.removed {
                let sent = site.collector.client.as_mut().map_or(now, |client| client.reserve(now));
                let event = ControlPlaneEvent::Collected(PodId(index as u32));
                self.calendar.schedule_at(sent, Event::ControlPlane(event));
            }
        }
    }

    pub(super) fn collect_dependent(&mut self, id: PodId) {
        // The pod may be deleted already.
        let _ = self.commit_pod_deletion(id);
    }

    /// A restarted collector handles the owners that were deleted meanwhile.
    pub(super) fn collect_what_is_left(&mut self) {
        let Some(site) = &mut self.site else { return };
        for owner in std::mem::take(&mut site.collector.left) {
            self.collect_pods(owner);
        }
    }
}
