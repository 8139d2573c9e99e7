//! Begin and end of control-plane faults.

use crate::Span;
use crate::cluster::control_plane::{Disturbance, Effect, StaleWatch};
use crate::cluster::world::World;
use crate::model::{CallTarget, ControlPlaneFault};
use crate::observe::Observer;

impl<O: Observer> World<O> {
    pub(super) fn control_plane_fault_begins(&mut self, index: u32, fault: &ControlPlaneFault) {
        let Some(site) = &self.site else { return };
        let seed = site.faults.numbers_of(index).0;
        let mut disturb = |target, effect| {
            self.calls.disturb(Disturbance::of_fault(index, target, effect, seed));
        };
        match fault {
            ControlPlaneFault::ApiErrors { target, lot, error } => {
                disturb(*target, Effect::Fail(*lot, error.clone()));
            }
            ControlPlaneFault::ApiLatency { target, fraction, slower } => {
                disturb(*target, Effect::Slow { fraction: *fraction, slower: slower.clone() });
            }
            ControlPlaneFault::LeaderChange { ending, after_writes: 0 } => self.leader_ends(index, ending),
            ControlPlaneFault::LeaderChange { ending, after_writes } => {
                let effect = Effect::EndLeader { after_writes: *after_writes, ending: ending.clone() };
                disturb(CallTarget::default(), effect);
            }
            ControlPlaneFault::StaleWatch { resource, staleness } => {
                let end = site.start + site.model.horizon + Span::SECOND;
                let until = site.faults.end_of(index).unwrap_or(end);
                let (resource, staleness) = (*resource, staleness.clone());
                self.calls.fall_behind(StaleWatch {
                    fault: index,
                    resource,
                    staleness,
                    until,
                    seed,
                    seen: 0,
                });
            }
            ControlPlaneFault::SlowController { .. } => self.apply_slow_controllers(),
        }
    }

    pub(super) fn control_plane_fault_ends(&mut self, index: u32, fault: &ControlPlaneFault) {
        self.calls.remove_fault(index);
        if let ControlPlaneFault::SlowController { .. } = fault {
            self.apply_slow_controllers();
        }
    }
}
