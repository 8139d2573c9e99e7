//! Faults of image pulls: failures and slow downloads.

use super::{FaultState, lot};
use crate::cluster::kubelet::slot;
use crate::cluster::pod::PodId;
use crate::cluster::site::ImageId;
use crate::cluster::world::World;
use crate::engine::mix;
use crate::model::{FaultKind, PodTarget, PullFailure, RegistryFault};
use crate::observe::Observer;
use crate::{Span, Timestamp};

/// Separates the draw of the extra time from the draw that decides whether a pull is slow.
const EXTRA: u64 = 0x5eed_0001;

impl<O: Observer> World<O> {
    pub(super) fn registry_fault_begins(&mut self, index: u32, fault: &RegistryFault) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        match fault {
            RegistryFault::RateLimited(limit) => site.pulls.limits.begin(index, *limit, now),
            RegistryFault::Slow { .. } => self.pulls_change_pace(),
            // Pulls check this fault when they begin.
            RegistryFault::Pull { .. } => {}
        }
    }

    pub(super) fn registry_fault_ends(&mut self, index: u32, fault: &RegistryFault) {
        let Some(site) = &mut self.site else { return };
        match fault {
            RegistryFault::RateLimited(_) => site.pulls.limits.end(index),
            RegistryFault::Slow { .. } => self.pulls_change_pace(),
            RegistryFault::Pull { .. } => {}
        }
    }

    /// How this pull of an image fails, if an active fault makes it fail.
    pub(in super::super) fn pull_is_hit(&self, id: PodId, image: ImageId) -> Option<PullFailure> {
        let now = self.now();
        let hit = |(fault, state): (&RegistryFault, &FaultState)| match fault {
            RegistryFault::Pull { target, failure } => {
                self.pull_is_meant(target, state, id, image, now).then_some(*failure)
            }
            _ => None,
        };
        self.active_registry_faults().find_map(hit)
    }

    /// Factor on the duration of a download that began at `begun`.
    pub(in super::super) fn slowing_factor(&self, id: PodId, image: ImageId, begun: Timestamp) -> f64 {
        self.slow_faults(id, image, begun).map(|(fault, _)| fault.0).product()
    }

    /// Extra time of active faults for a download that begins now.
    pub(in super::super) fn pull_delay(&self, id: PodId, image: ImageId) -> Span {
        let now = self.now();
        let extra = self.slow_faults(id, image, now).filter_map(|((_, extra), state)| {
            let thing = self.attempt(id, now);
            Some(extra?.at(lot(state.seed ^ mix(EXTRA), thing)))
        });
        extra.fold(Span::ZERO, |sum, delay| sum + delay)
    }

    fn active_registry_faults(&self) -> impl Iterator<Item = (&RegistryFault, &FaultState)> {
        let active = self.site.iter().flat_map(|site| site.faults.active(&site.model));
        active.filter_map(|(kind, state)| match kind {
            FaultKind::Registry(fault) => Some((fault, state)),
            _ => None,
        })
    }

    /// The active faults that slow a download: factor, extra time, and the state of the fault.
    fn slow_faults(
        &self,
        id: PodId,
        image: ImageId,
        begun: Timestamp,
    ) -> impl Iterator<Item = ((f64, Option<&crate::engine::Law>), &FaultState)> {
        self.active_registry_faults().filter_map(move |(fault, state)| match fault {
            RegistryFault::Slow { target, factor, extra }
                if self.pull_is_meant(target, state, id, image, begun) =>
            {
                Some(((*factor, extra.as_ref()), state))
            }
            _ => None,
        })
    }

    /// Whether a fault's target includes a pull that began at `begun`.
    fn pull_is_meant(
        &self,
        target: &PodTarget,
        state: &FaultState,
        id: PodId,
        image: ImageId,
        begun: Timestamp,
    ) -> bool {
        let Some(site) = &self.site else { return false };
        let name = site.images.name(image);
        target.image.as_ref().is_none_or(|image| image == name)
            && self.target_hits(target, state.seed, id, self.attempt(id, begun))
    }

    /// A number that identifies a pull.
    fn attempt(&self, id: PodId, begun: Timestamp) -> u64 {
        let born = self.life(id).map_or(0, |life| life.bits(slot::FAULT));
        born ^ begun.as_nanos() as u64
    }
}
