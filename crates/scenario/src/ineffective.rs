//! Faults that cannot have an effect in any run.

use simulator::model::{
    ApplicationFault, Change, Container, Fault, FaultKind, ImageBehaviour, Model, PodTarget, PodTemplate,
    PullPolicy, RegistryFault,
};

/// A note with the reason for each fault that certainly has no effect. A fault without a note can still have no
/// effect in a batch.
pub(crate) fn notes(model: &Model) -> Vec<String> {
    let note = |fault: &Fault| {
        let why = why_never(fault, model)?;
        Some(format!("fault {} never has an effect: {why}", fault.name))
    };
    model.faults.iter().filter_map(note).collect()
}

fn why_never(fault: &Fault, model: &Model) -> Option<String> {
    if fault.probability == 0.0 {
        return Some("its probability is 0".to_owned());
    }
    let target = fault.kind.target();
    if target.is_some_and(|target| target.fraction == 0.0) {
        return Some("its fraction is 0".to_owned());
    }
    match &fault.kind {
        FaultKind::Registry(RegistryFault::RateLimited(_)) => nothing_is_pulled(None, model),
        FaultKind::Registry(_) => nothing_is_pulled(target, model),
        // The requests of a Service depend on the application also without a probe.
        FaultKind::Application(ApplicationFault::Readiness { target, .. }) if model.service.is_none() => {
            no_probe(target, model, "readiness", |container| container.readiness.is_none())
        }
        FaultKind::Application(ApplicationFault::Liveness { target }) => {
            no_probe(target, model, "liveness", |container| container.liveness.is_none())
        }
        _ => None,
    }
}

/// Whether every image of the fault's target is on the nodes or never pulled; the reason.
fn nothing_is_pulled(target: Option<&PodTarget>, model: &Model) -> Option<String> {
    // A node that is added later has no images.
    if model.cluster.pools.iter().any(|pool| pool.autoscale.is_some()) {
        return None;
    }
    let behaviour =
        |image: &str| -> &ImageBehaviour { model.images.by_name.get(image).unwrap_or(&model.images.default) };
    let meant =
        |image: &str| target.and_then(|target| target.image.as_deref()).is_none_or(|wanted| wanted == image);
    let pairs = pulls(model).into_iter().filter(|(_, image)| meant(image)).collect::<Vec<_>>();
    let stays = |(policy, image): &(PullPolicy, &str)| match policy {
        PullPolicy::Always => false,
        PullPolicy::Never => true,
        PullPolicy::IfNotPresent => behaviour(image).cached,
    };
    let why = "every image of its target is on the nodes (`images`: `cached: true`) or never pulled";
    (!pairs.is_empty() && pairs.iter().all(stays)).then(|| why.to_owned())
}

/// Each pull policy with an image of a container that has it.
fn pulls(model: &Model) -> Vec<(PullPolicy, &str)> {
    let containers: Vec<&Container> = templates(model).into_iter().flat_map(containers).collect();
    let mut pulls: Vec<(PullPolicy, &str)> =
        containers.iter().map(|container| (container.pull_policy, container.image.as_str())).collect();
    for (name, image) in model.actions.iter().flat_map(|action| images_set(&action.change)) {
        let named = containers.iter().filter(|container| container.name == *name);
        pulls.extend(named.map(|container| (container.pull_policy, image.as_str())));
    }
    pulls
}

/// The images that an action sets, by container.
fn images_set(change: &Change) -> &[(String, String)] {
    match change {
        Change::SetImage(images) => images,
        // An edit sets images at most once.
        Change::Edit(changes) => {
            changes.iter().map(images_set).find(|set| !set.is_empty()).unwrap_or_default()
        }
        _ => &[],
    }
}

/// Whether no container of the fault's target has such a probe; the reason.
fn no_probe(
    target: &PodTarget,
    model: &Model,
    probe: &str,
    lacks_it: fn(&Container) -> bool,
) -> Option<String> {
    // An action can set an image later, so every container can be meant.
    let meant = |container: &&Container| {
        let set_later = target.image.as_deref().is_some_and(|image| {
            templates(model).into_iter().flat_map(containers).all(|known| known.image != image)
        });
        set_later || target.image.as_deref().is_none_or(|image| image == container.image)
    };
    let mut about = templates(model).into_iter().flat_map(containers).filter(meant);
    about.all(lacks_it).then(|| format!("no container of its target has a {probe} probe"))
}

/// All templates that pods can have in a run.
fn templates(model: &Model) -> Vec<&PodTemplate> {
    let applied = model.actions.iter().filter_map(|action| match &action.change {
        Change::Apply(apply) => Some(&apply.foreseen.template),
        _ => None,
    });
    let bare = model.bare_pods.iter().map(|pod| &pod.template);
    [&model.subject.template].into_iter().chain(&model.history).chain(applied).chain(bare).collect()
}

fn containers(template: &PodTemplate) -> impl Iterator<Item = &Container> {
    template.init_containers.iter().chain(&template.containers)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn notes(container: &str, images: &str, fault: &str) -> Vec<String> {
        let text = format!(
            "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: a}}\nspec:\n  manifests:\n    \
             - apiVersion: apps/v1\n      kind: Deployment\n      metadata: {{name: w}}\n      spec: {{selector: \
             {{matchLabels: {{a: w}}}}, template: {{metadata: {{labels: {{a: w}}}}, spec: {{containers: [{{name: \
             w, image: 'w:1'{container}}}]}}}}}}\n  images: {images}\n  actions: [{{at: 10s, setImage: {{w: 'w:2'}}}}]\n  \
             faults: [{{name: bad, {fault}}}]\n"
        );
        let scenario = crate::load_str("a.yaml", &text, Path::new(""));
        let notes = scenario.unwrap_or_else(|errors| panic!("{errors}")).notes;
        notes.into_iter().filter(|note| note.contains("never has an effect")).collect()
    }

    #[test]
    fn only_certain_faults_have_a_note() {
        let pull = "kind: ImagePullError, target: {image: 'w:2'}";
        let cached = "{default: {cached: true}}";
        let probe = "{httpGet: {port: 80}}";
        for (container, images, fault, is_idle) in [
            ("", cached, pull.to_owned(), true),
            ("", "{}", pull.to_owned(), false),
            // A listed image has its own behaviour.
            ("", "{default: {cached: true}, 'w:2': {cached: false}}", pull.to_owned(), false),
            (", imagePullPolicy: Always", cached, pull.to_owned(), false),
            (", imagePullPolicy: Never", "{}", pull.to_owned(), true),
            ("", "{}", format!("{pull}, probability: 0"), true),
            ("", "{}", "kind: LivenessFailure, target: {image: 'w:2'}".to_owned(), true),
            (&format!(", livenessProbe: {probe}"), "{}", "kind: LivenessFailure".to_owned(), false),
            ("", "{}", "kind: ReadinessFailure, readiness: never".to_owned(), true),
            (
                &format!(", readinessProbe: {probe}"),
                "{}",
                "kind: ReadinessFailure, readiness: never".to_owned(),
                false,
            ),
        ] {
            let notes = notes(container, images, &fault);
            assert_eq!(!notes.is_empty(), is_idle, "{container} {images} {fault}: {notes:?}");
        }
    }
}
