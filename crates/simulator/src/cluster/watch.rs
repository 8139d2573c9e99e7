//! From a commit to the controllers: caches, and the handlers that put keys into queues
//! (`addDeployment` ... in `deployment_controller.go`, `addRS`, `addPod` ... in `replica_set.go`).

use super::event::{Controller, Event, Watch};
use super::informer::{Change, ChangeKind};
use super::pod::{Pod, PodId};
use super::world::World;
use crate::model::Resource;
use crate::observe::Observer;
use crate::{Span, Timestamp};
use controller::api::{Deployment, ReplicaSet, ReplicaSetId, Strategy};

impl<O: Observer> World<O> {
    /// When a change that is committed now comes to the controllers.
    fn delivery_of(&mut self, resource: Resource) -> Timestamp {
        let due = self.now() + self.settings.watch.next(&mut self.latency.watch);
        self.calls.delivery(resource, due)
    }

    /// Sends a change of the Deployment on its way.
    pub(super) fn publish_deployment(&mut self, kind: ChangeKind) {
        let Some(deployment) = self.api.deployment else {
            return;
        };
        let due = self.delivery_of(Resource::Deployments);
        let version = self.api.version();
        if let Some(wake) = self.watches.deployments.send(due, kind, deployment, version) {
            self.calendar.schedule_at(wake, Event::WatchDelivers(Watch::Deployments));
        }
    }

    /// Sends a change of a `ReplicaSet` on its way.
    pub(super) fn publish_replica_set(&mut self, kind: ChangeKind, replica_set: ReplicaSet) {
        let due = self.delivery_of(Resource::ReplicaSets);
        let version = self.api.version();
        if let Some(wake) = self.watches.replica_sets.send(due, kind, replica_set, version) {
            self.calendar.schedule_at(wake, Event::WatchDelivers(Watch::ReplicaSets));
        }
    }

    /// Sends a change of a pod on its way.
    pub(super) fn publish_pod(&mut self, kind: ChangeKind, id: PodId) {
        let due = self.delivery_of(Resource::Pods);
        let version = self.api.version();
        let pod = *self.api.pod(id);
        if let Some(wake) = self.watches.pods.send(due, kind, (id, pod), version) {
            self.calendar.schedule_at(wake, Event::WatchDelivers(Watch::Pods));
        }
    }

    /// A watch has something to deliver. While the controllers are down nobody listens.
    pub(super) fn deliver(&mut self, watch: Watch) {
        let next = match watch {
            Watch::Deployments => {
                self.deliver_deployments();
                self.watches.deployments.next_due()
            }
            Watch::ReplicaSets => {
                self.deliver_replica_sets();
                self.watches.replica_sets.next_due()
            }
            Watch::Pods => {
                self.deliver_pods();
                self.watches.pods.next_due()
            }
        };
        if let Some(due) = next {
            self.calendar.schedule_at(due, Event::WatchDelivers(watch));
        }
    }

    fn deliver_deployments(&mut self) {
        let now = self.now();
        while let Some(change) = self.watches.deployments.take(now, None) {
            let Change { kind, object, .. } = change;
            if self.controllers_running {
                self.caches.deployment = (kind != ChangeKind::Removed).then_some::<Deployment>(object);
                self.enqueue_deployment();
            }
        }
    }

    fn deliver_replica_sets(&mut self) {
        let now = self.now();
        let mut like = None;
        while let Some(change) = self.watches.replica_sets.take(now, like) {
            like = Some(change.kind);
            if !self.controllers_running {
                continue;
            }
            let id = change.object.id;
            self.caches.replica_sets_version = change.version;
            self.cache_replica_set(change.kind, change.object);
            if change.kind == ChangeKind::Removed {
                self.replica_set_controller.forget(id);
            }
            self.enqueue_deployment();
            self.enqueue_replica_set(id);
        }
    }

    fn cache_replica_set(&mut self, kind: ChangeKind, replica_set: ReplicaSet) {
        let cached = &mut self.caches.replica_sets;
        let place = cached.iter().position(|known| known.id == replica_set.id);
        match (place, kind) {
            (Some(place), ChangeKind::Removed) => {
                cached.remove(place);
            }
            (None, ChangeKind::Removed) => {}
            (Some(place), _) => cached[place] = replica_set,
            (None, _) => {
                let place = cached.partition_point(|known| known.by_age(&replica_set).is_lt());
                cached.insert(place, replica_set);
            }
        }
    }

    /// All changes of one kind that are due come to the cache before the first handler runs.
    fn deliver_pods(&mut self) {
        let now = self.now();
        let mut taken = std::mem::take(&mut self.replica_set_controller.delivery);
        while let Some(change) = self.watches.pods.take(now, taken.last().map(|(kind, ..)| *kind)) {
            let (id, pod) = change.object;
            if !self.controllers_running {
                continue;
            }
            self.caches.pods.version = change.version;
            let before = self.caches.pods.take_in(id, pod);
            taken.push((change.kind, id, pod, before));
        }
        for (kind, id, pod, before) in taken.drain(..) {
            self.endpoints_see(id, &pod);
            self.handle_pod(kind, id, &pod, before.as_ref());
        }
        self.replica_set_controller.delivery = taken;
    }

    fn handle_pod(&mut self, kind: ChangeKind, id: PodId, pod: &Pod, before: Option<&Pod>) {
        let previous_owner = before.and_then(|before| before.owner);
        if kind != ChangeKind::Added && previous_owner.is_some() && previous_owner != pod.owner {
            self.enqueue_owner(previous_owner);
        }
        let Some(owner) = pod.owner else {
            return self.handle_orphan(kind, pod);
        };
        if self.caches.replica_set(owner).is_none() {
            return;
        }
        match kind {
            ChangeKind::Added if pod.deletion.is_none() => {
                self.replica_set_controller.observe_creation(owner);
            }
            ChangeKind::Updated | ChangeKind::Worsened if pod.deletion.is_none() => {
                self.note_availability_timer(owner, pod, before);
            }
            _ => self.replica_set_controller.observe_deletion(owner, id),
        }
        self.enqueue_replica_set(owner);
        if kind == ChangeKind::Removed {
            self.wake_recreate();
        }
    }

    /// A pod that turned Ready becomes available after `minReadySeconds`; nothing else would wake its
    /// `ReplicaSet` then.
    fn note_availability_timer(&mut self, owner: ReplicaSetId, pod: &Pod, before: Option<&Pod>) {
        let turned_ready = pod.is_ready() && before.is_some_and(|before| !before.is_ready());
        let min_ready = self.caches.replica_set(owner).map_or(0, |owner| owner.min_ready_seconds);
        if turned_ready && min_ready > 0 {
            // Upstream adds to the queue first and after the delay second; the order cannot matter, as
            // both are separate additions of one key.
            self.enqueue_after(Controller::ReplicaSet, owner.0, Span::from_secs(min_ready.into()));
        }
    }

    fn handle_orphan(&mut self, kind: ChangeKind, pod: &Pod) {
        if kind == ChangeKind::Removed || !pod.matches {
            return;
        }
        let is_bare = self.caches.deployment.is_none();
        let mut sets = self.caches.replica_sets.iter();
        let selecting = sets.find(|candidate| is_bare || candidate.template == pod.template);
        if let Some(id) = selecting.map(|candidate| candidate.id) {
            self.enqueue_replica_set(id);
        }
    }

    /// A Deployment with strategy Recreate is woken by the removal of its last pod.
    fn wake_recreate(&mut self) {
        let recreates = |deployment: &Deployment| deployment.spec.strategy == Strategy::Recreate;
        if self.caches.deployment.as_ref().is_some_and(recreates) && self.caches.pods.owned() == 0 {
            self.enqueue_deployment();
        }
    }

    fn enqueue_owner(&mut self, owner: Option<ReplicaSetId>) {
        if let Some(owner) = owner.filter(|owner| self.caches.replica_set(*owner).is_some()) {
            self.enqueue_replica_set(owner);
        }
    }
}
