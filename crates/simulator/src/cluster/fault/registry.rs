//! Pulls that fail.

use crate::cluster::kubelet::slot;
use crate::cluster::pod::PodId;
use crate::cluster::site::ImageId;
use crate::cluster::world::World;
use crate::model::{FaultKind, RegistryFault};
use crate::observe::Observer;

impl<O: Observer> World<O> {
    /// Whether an active fault makes this pull of an image fail.
    pub(in super::super) fn pull_is_hit(&self, id: PodId, image: ImageId) -> bool {
        let Some(site) = &self.site else { return false };
        let name = site.images.name(image);
        let attempt = site.lives[id.index()].bits(slot::FAULT) ^ self.now().as_nanos() as u64;
        site.faults.active(&site.model).any(|(kind, state)| match kind {
            FaultKind::Registry(RegistryFault::Pull { target, .. }) => {
                target.image.as_ref().is_none_or(|image| image == name)
                    && self.target_hits(target, state.seed, id, attempt)
            }
            _ => false,
        })
    }
}
