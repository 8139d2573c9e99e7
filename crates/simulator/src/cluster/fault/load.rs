//! Pods that fail their readiness probes under too much load, which raises the load of the others.

use super::{Faults, lot};
use crate::cluster::kubelet::slot;
use crate::cluster::pod::{Pod, PodId};
use crate::cluster::world::World;
use crate::engine::mix;
use crate::model::{ApplicationFault, FaultKind, Model, ReadinessFault};
use crate::observe::Observer;

/// The load that a Ready pod can take, if the fault is of this kind.
fn factor(kind: &FaultKind) -> Option<f64> {
    match kind {
        FaultKind::Application(ApplicationFault::Readiness {
            failure: ReadinessFault::UnderLoad { factor, .. },
            ..
        }) => Some(*factor),
        _ => None,
    }
}

/// Whether a pod takes its share of the load.
fn bears_load(pod: &Pod) -> bool {
    pod.is_active() && pod.is_ready() && pod.matches
}

impl Faults {
    /// Whether any fault depends on the load.
    pub(super) fn weigh_load(model: &Model) -> bool {
        model.faults.iter().any(|fault| factor(&fault.kind).is_some())
    }
}

impl<O: Observer> World<O> {
    /// A pod has changed, so the load of others may change.
    pub(in super::super) fn load_may_shift(&mut self, before: &Pod, after: &Pod) {
        let weighs = self.site.as_ref().is_some_and(|site| site.faults.weighs_load);
        if weighs && bears_load(before) != bears_load(after) {
            let Some(site) = &mut self.site else { return };
            site.faults.ready += if bears_load(after) { 1 } else { -1 };
            self.weigh_load();
        }
    }

    /// A pod that failed under its load needs time before it answers again.
    pub(super) fn load_was_too_much(&mut self, id: PodId) {
        let now = self.now();
        let Some(life) = self.life(id) else { return };
        let pod = life.bits(slot::FAULT);
        let parts = self.worker(id).map_or(0, |worker| worker.parts.len());
        for index in 0..parts {
            let Some(image) = self.worker(id).map(|worker| worker.parts[index].image) else { return };
            let recovery = self.application_faults(id, image).find_map(|(fault, state)| match fault {
                ApplicationFault::Readiness {
                    failure: ReadinessFault::UnderLoad { recovery, .. }, ..
                } if state.overloaded => Some(recovery.at(lot(state.seed, pod ^ mix(now.as_nanos() as u64)))),
                _ => None,
            });
            if let (Some(recovery), Some(worker)) = (recovery, self.worker(id)) {
                worker.containers[index].serves_not_before(now + recovery);
            }
        }
    }

    /// Initialises the load for the pods that exist at the start.
    pub(in super::super) fn count_load(&mut self) {
        let ready = self.api.pods.iter().filter(|pod| bears_load(pod)).count() as i32;
        if let Some(site) = &mut self.site {
            site.faults.ready = ready;
        }
    }

    /// Compares the load per Ready pod with the limit of each fault.
    pub(in super::super) fn weigh_load(&mut self) {
        if !self.site.as_ref().is_some_and(|site| site.faults.weighs_load) {
            return;
        }
        let replicas = match &self.api.deployment {
            Some(deployment) => deployment.spec.replicas,
            None => self.api.existing_replica_sets().map(|set| set.replicas).sum(),
        };
        let Some(site) = &mut self.site else { return };
        let load = f64::from(replicas) / f64::from(site.faults.ready.max(1));
        let mut changed = false;
        for (fault, state) in site.model.faults.iter().zip(&mut site.faults.states) {
            if let Some(factor) = factor(&fault.kind) {
                let overloaded = state.active && load > factor;
                changed |= std::mem::replace(&mut state.overloaded, overloaded) != overloaded;
            }
        }
        if changed {
            self.reconsider_applications();
        }
    }
}
