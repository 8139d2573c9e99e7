//! Settings that decide the outcome alone.

use super::demand::after_change;
use simulator::model::{Change, Container, Model, PodTemplate, PullPolicy};

/// A setting that decides the outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// A short name for programs.
    pub kind: &'static str,
    /// The setting, its consequence, and the correction.
    pub text: String,
}

/// Remarks on the settings of the workload. `dumped` are remarks on Deployments that were dumped during a
/// rollout.
pub fn remarks(model: &Model, dumped: &[String]) -> Vec<Remark> {
    let dumped = dumped.iter().map(|text| Remark { kind: "mid-rollout", text: text.clone() });
    dumped.chain(paused(model)).chain(never_pulled(model)).collect()
}

fn paused(model: &Model) -> Option<Remark> {
    let (_, fields) = after_change(model);
    let name = &model.subject.name;
    fields.is_some_and(|fields| fields.paused).then(|| Remark {
        kind: "paused",
        text: format!(
            "Deployment {name} is paused: the change is stored, and nothing rolls out until `kubectl rollout \
             resume deployment/{name}`. For the forecast of the resumed rollout: --set deployment.spec.paused=false"
        ),
    })
}

/// A container with an image that no kubelet pulls and no node has.
fn never_pulled(model: &Model) -> Option<Remark> {
    let is_cached = |image: &str| model.images.by_name.get(image).unwrap_or(&model.images.default).cached;
    // The image at the start is on the nodes: pods run with it.
    let is_missing = |container: &&ContainerAfterChange<'_>| {
        container.policy == PullPolicy::Never && !is_cached(container.image) && container.is_new
    };
    let after = containers_after_change(model);
    let ContainerAfterChange { name, image, .. } = after.iter().find(is_missing)?;
    Some(Remark {
        kind: "never-pulled",
        text: format!(
            "container {name} has `imagePullPolicy: Never`, and no node is known to have {image}: its pods wait \
             with ErrImageNeverPull. Set `imagePullPolicy: IfNotPresent`, or put the image on every node first"
        ),
    })
}

/// A container after all actions.
struct ContainerAfterChange<'m> {
    name: &'m str,
    policy: PullPolicy,
    image: &'m str,
    /// Whether the image differs from the image at the start.
    is_new: bool,
}

fn containers_after_change(model: &Model) -> Vec<ContainerAfterChange<'_>> {
    fn all(template: &PodTemplate) -> Vec<&Container> {
        template.init_containers.iter().chain(&template.containers).collect()
    }
    let before = all(&model.subject.template);
    let mut after = before.clone();
    let mut images: Vec<(&str, &str)> = Vec::new();
    for action in &model.actions {
        match &action.change {
            Change::SetImage(changes) => {
                images = changes.iter().map(|(name, image)| (name.as_str(), image.as_str())).collect();
            }
            Change::Apply(apply) => (after, images) = (all(&apply.foreseen.template), Vec::new()),
            _ => {}
        }
    }
    let after = after.into_iter().map(|container| {
        let name = container.name.as_str();
        let set = images.iter().find(|(changed, _)| *changed == name).map(|(_, image)| *image);
        let image = set.unwrap_or(&container.image);
        let is_new = before.iter().all(|old| old.name != name || old.image != image);
        ContainerAfterChange { name, policy: container.pull_policy, image, is_new }
    });
    after.collect()
}
