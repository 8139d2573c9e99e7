//! Periodic faults of running pods.

use super::lot;
use crate::cluster::event::Event;
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::engine::Law;
use crate::model::{FaultKind, PodFault};
use crate::observe::Observer;
use controller::api::PodPhase;

impl<O: Observer> World<O> {
    /// Schedules the next occurrence.
    pub(super) fn next_strike(&mut self, index: u32, every: &Law) {
        let Some(site) = &mut self.site else { return };
        let state = &mut site.faults.states[index as usize];
        let after = every.at(lot(state.seed, state.count));
        state.count += 1;
        self.calendar.schedule(after, Event::FaultStrikes(index));
    }

    /// Deletes a pod, or moves it to phase Failed.
    pub(in super::super) fn fault_strikes(&mut self, index: u32) {
        let Some(site) = &self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        let state = site.faults.states[index as usize];
        if !state.active {
            return;
        }
        let FaultKind::Pods(fault) = &model.faults[index as usize].kind else { return };
        let running =
            |id: &PodId| self.api.pod(*id).is_active() && self.api.pod(*id).phase == PodPhase::Running;
        let candidates: Vec<PodId> = (0..self.api.pods.len() as u32).map(PodId).filter(running).collect();
        let place = (lot(state.seed, !state.count) * candidates.len() as f64) as usize;
        let victim = candidates.get(place).copied();
        match (fault, victim) {
            (PodFault::Delete { .. }, Some(id)) => drop(self.commit_pod_deletion(id)),
            (PodFault::Fail { .. }, Some(id)) => self.fail_pod(id),
            (_, None) => {}
        }
        self.next_strike(index, fault.every());
    }

    /// Moves a pod to phase Failed: its `ReplicaSet` replaces it, its object remains.
    pub(in super::super) fn fail_pod(&mut self, id: PodId) {
        self.commit_pod(id, |pod| {
            pod.phase = PodPhase::Failed;
            pod.ready_since = None;
        });
    }
}
