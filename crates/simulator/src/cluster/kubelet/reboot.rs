//! A kubelet whose node was down, or that was cut off from the API server.

use super::container::{ContainerState, NEVER};
use super::slot;
use crate::Span;
use crate::cluster::event::PodEvent;
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::observe::Observer;

impl ContainerState {
    /// After a boot only the number of starts of the container remains.
    fn reboot(&mut self, now: crate::Timestamp) {
        *self = Self { ran: self.ran, starts: self.starts, ..Self::new(now) };
    }
}

impl<O: Observer> World<O> {
    /// The kubelet of a rebooted node finds a pod: all of its containers start again, init containers first,
    /// without back-off. Their images are still present.
    pub(in super::super) fn start_again(&mut self, id: PodId) {
        let now = self.now();
        if !self.api.pod(id).is_active() {
            return;
        }
        let Some(worker) = self.worker(id) else { return };
        for container in worker.containers.iter_mut() {
            container.reboot(now);
        }
        let life = &mut *worker.life;
        (life.busy, life.again, life.worked, life.failed) = (false, false, false, false);
        (life.due, life.synced, life.workers_since) = (NEVER, now, now);
        life.status.is_queued = false;
        self.sync(id);
    }

    /// A pod that was terminating on a node that was down: nothing of it runs, and its object is removed.
    pub(in super::super) fn end_stopped_pod(&mut self, id: PodId, noticed: Span) {
        let Some(life) = self.life(id) else { return };
        let removed = Span::from_secs_f64(0.5 + 1.5 * life.slots.uniform(slot::REMOVAL));
        self.step_after(id, noticed + removed, PodEvent::Removed);
    }

    /// Sends a status again that did not reach the API server.
    pub(in super::super) fn send_status_again(&mut self, id: PodId) {
        if let Some(life) = self.life_mut(id) {
            life.status.is_queued = false;
        }
        self.send_status(id);
    }

    /// Fixes the kubelet's status of a pod before another client changes the object.
    pub(in super::super) fn hold_status(&mut self, id: PodId) {
        let _ = self.worker(id);
    }
}
