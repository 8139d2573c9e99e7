//! Pods that lose and regain readiness repeatedly.

use super::lot;
use crate::Span;
use crate::cluster::event::PodEvent;
use crate::cluster::kubelet::slot;
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::engine::{Law, mix};
use crate::model::{ApplicationFault, ReadinessFault};
use crate::observe::Observer;

impl<O: Observer> World<O> {
    /// The API server receives a pod's new readiness.
    pub(in super::super) fn readiness_published(&mut self, id: PodId, ready: bool) {
        if !self.has_application_faults() {
            return;
        }
        if ready {
            self.after_ready(id);
        } else {
            self.after_not_ready(id);
            self.load_was_too_much(id);
        }
        self.plan_probes(id);
    }

    /// Schedules the loss of readiness of a flapping pod ...
    pub(super) fn after_ready(&mut self, id: PodId) {
        if let Some(after) = self.next_flap(id, |up, _| up) {
            self.step_after(id, after, PodEvent::Flaps(false));
        }
    }

    /// ... and its recovery.
    fn after_not_ready(&mut self, id: PodId) {
        if self.life(id).is_some_and(|life| life.is_down)
            && let Some(after) = self.next_flap(id, |_, down| down)
        {
            self.step_after(id, after, PodEvent::Flaps(true));
        }
    }

    /// Changes the pod's readiness, unless the fault is over.
    pub(in super::super) fn flap(&mut self, id: PodId, to_ready: bool) {
        let is_due = self.life(id).is_some_and(|life| life.is_down == to_ready);
        if is_due && self.api.pod(id).is_active() && self.next_flap(id, |up, _| up).is_some() {
            self.force_readiness(id, to_ready);
        }
    }

    /// Time until a flapping pod changes its readiness; `None` if it does not flap.
    fn next_flap(&self, id: PodId, choose: impl for<'l> Fn(&'l Law, &'l Law) -> &'l Law) -> Option<Span> {
        let now = self.now().as_nanos() as u64;
        let site = self.site.as_ref()?;
        let pod = site.lives[id.index()].bits(slot::FAULT);
        // A pod without a readiness probe is Ready as long as it runs.
        let parts = site.blueprint(self.api.pod(id).template).containers.iter();
        let mut flapping = parts.filter(|part| part.readiness.is_some()).flat_map(|part| {
            self.application_faults(id, part.image).filter_map(|(fault, state)| match fault {
                ApplicationFault::Readiness { failure: ReadinessFault::Flapping { up, down }, .. } => {
                    Some((up, down, state.seed))
                }
                _ => None,
            })
        });
        flapping.next().map(|(up, down, seed)| choose(up, down).at(lot(seed, pod ^ mix(now))))
    }
}
