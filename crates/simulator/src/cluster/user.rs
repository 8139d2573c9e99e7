//! What the user does to the Deployment: each is one change of its spec, as kubectl would make it.

use super::pod::PodId;
use super::world::World;
use crate::observe::{Observation, Observer};
use controller::api::TemplateId;
use controller::deployment::undo;

impl<O: Observer> World<O> {
    /// The template that differs from the current one in the image of `container` (all if `None`).
    pub(super) fn template_with_image(&mut self, container: Option<&str>, image: &str) -> Option<TemplateId> {
        let current = self.api.deployment?.spec.template;
        let mut template = self.templates.get(current).clone();
        let matching = |name: &str| container.is_none_or(|wanted| wanted == name);
        for container in template
            .containers
            .iter_mut()
            .filter(|container| matching(&container.name))
        {
            image.clone_into(&mut container.image);
        }
        Some(self.templates.intern(&template))
    }

    /// `kubectl rollout undo`.
    pub(super) fn undo_rollout(&mut self, to_revision: i64) {
        let Some(deployment) = self.api.deployment else {
            return;
        };
        let replica_sets: Vec<_> = self.api.existing_replica_sets().cloned().collect();
        match undo(&deployment, &replica_sets, to_revision) {
            Ok(target) => {
                let template = target.template;
                self.commit_deployment(|deployment| deployment.spec.template = template);
            }
            Err(refusal) => self.see(Observation::UndoRefused(refusal)),
        }
    }

    /// The pod that a selector means: by position among those that are neither terminating nor Failed, in
    /// order of creation.
    pub(super) fn selected_pod(&self, ordinal: u32, image: Option<&str>) -> Option<PodId> {
        let has_image = |template| {
            let containers = &self.templates.get(template).containers;
            image.is_none_or(|image| containers.iter().any(|container| container.image == image))
        };
        let candidates: Vec<PodId> = (0u32..)
            .zip(&self.api.pods)
            .filter(|(_, pod)| pod.is_active() && has_image(pod.template))
            .map(|(id, _)| PodId(id))
            .collect();
        let index = (ordinal as usize).checked_rem(candidates.len())?;
        Some(candidates[index])
    }
}
