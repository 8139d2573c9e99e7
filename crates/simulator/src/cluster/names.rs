//! Names and texts of a world, for the story of a run.

use super::world::World;
use crate::model::{Model, PodTemplate};
use crate::observe::Observer;
use controller::api::ErrorId;

impl<O: Observer> World<O> {
    /// The model of a modelled world.
    pub(crate) fn model(&self) -> Option<&Model> {
        self.site.as_ref().map(|site| &*site.model)
    }

    /// The pod templates that have appeared, in order.
    pub(crate) fn templates(&self) -> &[PodTemplate] {
        self.templates.all()
    }

    /// `<pool>-<n>` of each node.
    pub(crate) fn node_names(&self) -> Vec<String> {
        let Some(site) = &self.site else { return Vec::new() };
        let pools = &site.model.cluster.pools;
        site.nodes.iter().map(|node| format!("{}-{}", pools[node.pool].name, node.ordinal)).collect()
    }

    /// The texts of the refusals that the controllers received.
    pub(crate) fn error_texts(&self) -> Vec<String> {
        (0..self.errors.len() as u32).map(|id| self.error_text(ErrorId(id))).collect()
    }
}
