//! Whether a fault's target includes a pod.

use super::lot;
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::engine::mix;
use crate::model::{Lot, PodTarget, Side};
use crate::observe::Observer;

/// Separates the draws of nodes and zones from each other and from the draws of pods.
pub(super) const OF_NODE: u64 = 1 << 62;
pub(super) const OF_ZONE: u64 = 1 << 63;

impl<O: Observer> World<O> {
    /// Whether a fault selects a pod, or an operation of the pod identified by `thing`. `seed` is the fault's
    /// own.
    pub(in super::super) fn target_hits(&self, target: &PodTarget, seed: u64, id: PodId, thing: u64) -> bool {
        self.target_includes(target, id) && {
            let thing = match target.lot {
                Lot::Each => thing,
                Lot::Node => OF_NODE | self.node_number(id),
                Lot::Zone => OF_ZONE | self.zone_number(id),
            };
            lot(seed, thing) < target.fraction
        }
    }

    fn target_includes(&self, target: &PodTarget, id: PodId) -> bool {
        let pod = self.api.pod(id);
        let template = || self.templates.get(pod.template);
        let has = |image: &String| {
            let template = template();
            let mut all = template.containers.iter().chain(&template.init_containers);
            all.any(|container| container.image == *image)
        };
        target.image.as_ref().is_none_or(has)
            && target.side.is_none_or(|side| side == self.side_of(id))
            && target.node.is_none_or(|node| pod.node.is_some_and(|place| place.0 == node))
            && target.zone.as_deref().is_none_or(|zone| self.zone_of(id) == Some(zone))
    }

    /// Without a Deployment all pods are on the new side.
    fn side_of(&self, id: PodId) -> Side {
        let in_force = self.api.deployment.as_ref().map(|deployment| deployment.spec.template);
        if in_force.is_none_or(|in_force| in_force == self.api.pod(id).template) {
            Side::New
        } else {
            Side::Old
        }
    }

    fn node_number(&self, id: PodId) -> u64 {
        self.api.pod(id).node.map_or(u64::from(u32::MAX), |node| node.0.into())
    }

    fn zone_of(&self, id: PodId) -> Option<&str> {
        let site = self.site.as_ref()?;
        let node = self.api.pod(id).node?;
        site.model.cluster.pools[site.nodes[node.index()].pool].zone.as_deref()
    }

    fn zone_number(&self, id: PodId) -> u64 {
        number_of_zone(self.zone_of(id))
    }
}

/// Zones are identified by the hash of their names, independent of the order of the pools.
pub(super) fn number_of_zone(zone: Option<&str>) -> u64 {
    zone.map_or(0, |zone| zone.bytes().fold(1, |hash, byte| mix(hash ^ u64::from(byte)))) >> 2
}
