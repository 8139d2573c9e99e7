//! The garbage collector: deletes what a deleted object leaves behind (`pkg/controller/garbagecollector`).

use super::control_plane::ControlPlaneEvent;
use super::event::Event;
use super::pod::PodId;
use super::rate::TokenBucket;
use super::world::World;
use crate::model::ControlPlane;
use crate::observe::Observer;
use controller::api::ReplicaSetId;

/// What the collector has in hand.
#[derive(Debug, Clone)]
pub(super) struct GarbageCollector {
    /// Twice the limit of the other controllers (`startGarbageCollectorController`,
    /// `cmd/kube-controller-manager/app/core.go`).
    client: Option<TokenBucket>,
    /// Owners that went while nobody collected.
    left: Vec<ReplicaSetId>,
    /// Owners whose pods are to be orphaned once the collector runs again.
    to_orphan: Vec<ReplicaSetId>,
}

impl GarbageCollector {
    pub(super) fn new(settings: &ControlPlane) -> Self {
        let bucket = |(rate, burst): (f64, u32)| TokenBucket::new(2.0 * rate, burst.saturating_mul(2));
        Self { client: settings.client_limit.map(bucket), left: Vec::new(), to_orphan: Vec::new() }
    }

    pub(super) fn reset(&mut self) {
        self.left.clear();
        self.to_orphan.clear();
        if let Some(client) = &mut self.client {
            client.refill();
        }
    }
}

impl<O: Observer> World<O> {
    /// Deletes what a `ReplicaSet` leaves behind: pods that ended in phase Failed, say.
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

    /// Takes the pods of a `ReplicaSet` from it, and then its finalizer (`orphanDependents`,
    /// `pkg/controller/garbagecollector/garbagecollector.go`): one patch for each pod, all at once as far as the
    /// client's limit lets them.
    pub(super) fn orphan_pods(&mut self, owner: ReplicaSetId) {
        let now = self.now();
        let controllers_running = self.controllers_running;
        let Some(site) = &mut self.site else { return };
        if !controllers_running {
            return site.collector.to_orphan.push(owner);
        }
        let mine = |(index, pod): (u32, &super::pod::Pod)| {
            (pod.owner == Some(owner) && !pod.removed).then_some(PodId(index))
        };
        let pods: Vec<PodId> = (0u32..).zip(&self.api.pods).filter_map(mine).collect();
        let mut last = now;
        for pod in pods {
            let delay = self.request_delay();
            let Some(site) = &mut self.site else { return };
            let sent = site.collector.client.as_mut().map_or(now, |client| client.reserve(now));
            let arrives = sent + delay;
            last = last.max(arrives);
            let event = ControlPlaneEvent::Orphaned(pod, owner);
            self.calendar.schedule_at(arrives, Event::ControlPlane(event));
        }
        let back_and_forth = self.response_delay() + self.request_delay();
        let event = ControlPlaneEvent::OrphaningEnds(owner);
        self.calendar.schedule_at(last + back_and_forth, Event::ControlPlane(event));
    }

    pub(super) fn collect_dependent(&mut self, id: PodId) {
        // It may be gone already.
        let _ = self.commit_pod_deletion(id);
    }

    /// A new collector finds what its predecessor has left.
    pub(super) fn collect_what_is_left(&mut self) {
        let Some(site) = &mut self.site else { return };
        for owner in std::mem::take(&mut site.collector.left) {
            self.collect_pods(owner);
        }
        let Some(site) = &mut self.site else { return };
        for owner in std::mem::take(&mut site.collector.to_orphan) {
            self.orphan_pods(owner);
        }
    }
}
