//! The other pods of the cluster, and the room that all pods need.

use super::fit::Demand;
use super::manifest::{Objects, Workload};
use super::subject;
use super::validate::selector;
use controller::api::Strategy;
use simulator::model::{Action, Background, BarePod, Change, Cluster, PodTemplate, Subject};
use std::collections::BTreeSet;

/// All images that pods can have in a run.
pub(crate) fn used_images(
    subject: &Subject,
    history: &[PodTemplate],
    actions: &[Action],
    objects: &Objects,
) -> BTreeSet<String> {
    let mut images = BTreeSet::new();
    let mut add = |template: &PodTemplate| {
        let all = template.containers.iter().chain(&template.init_containers);
        images.extend(all.map(|container| container.image.clone()));
    };
    add(&subject.template);
    history.iter().for_each(&mut add);
    objects.pods.iter().for_each(|pod| add(&pod.template));
    objects.workloads.iter().for_each(|workload| add(&workload.template));
    objects.other_loads.iter().for_each(|load| add(&load.template));
    for action in actions {
        if let Change::Apply(apply) = &action.change {
            add(&apply.foreseen.template);
        }
    }
    for edit in actions.iter().flat_map(|action| action.change.edits()) {
        if let Change::SetImage(changes) = edit {
            images.extend(changes.iter().map(|(_, image)| image.clone()));
        }
    }
    images
}

/// Workloads other than the subject, and pods of other namespaces; without `DaemonSet`s, whose pods depend on the
/// nodes.
pub(crate) fn background(subject: &Workload, objects: &Objects) -> Vec<Background> {
    let others = objects.workloads.iter().filter(|other| !std::ptr::eq(*other, subject));
    let load = |kind: &str, name: &str, namespace: &str, pods: i32, template: &PodTemplate| Background {
        name: format!("{kind}/{name}"),
        pods,
        pools: None,
        requests: template.requests(),
        limits: template.limits(),
        same_namespace: namespace == subject.id.namespace,
    };
    let workloads = others.map(|other| {
        let id = &other.id;
        load(id.kind, &id.name, &id.namespace, subject::replicas(other, objects), &other.template)
    });
    let pods = objects.pods.iter().filter(|pod| pod.id.namespace != subject.id.namespace);
    let pods = pods.map(|pod| load("Pod", &pod.id.name, &pod.id.namespace, 1, &pod.template));
    let other_kinds =
        objects.other_loads.iter().filter_map(|load| load.fixed(&subject.id.namespace, &objects.autoscalers));
    workloads.chain(pods).chain(other_kinds).collect()
}

/// The pods of `DaemonSet`s.
pub(crate) fn daemons(subject: &Workload, objects: &Objects, cluster: &Cluster) -> Vec<Background> {
    let loads = objects.other_loads.iter();
    loads.filter_map(|load| load.on_each_node(&subject.id.namespace, cluster)).collect()
}

/// Pods without a controller in the subject's namespace.
pub(crate) fn bare_pods(subject: &Workload, objects: &Objects) -> Vec<BarePod> {
    let here = objects.pods.iter().filter(|pod| pod.id.namespace == subject.id.namespace);
    let bare = here.map(|pod| BarePod {
        name: pod.id.name.clone(),
        matches_subject: selector::matches(&subject.selector, pod.labels.as_ref()),
        template: pod.template.clone(),
    });
    bare.collect()
}

/// The room that all pods need at their peak.
pub(crate) fn demand(
    subject: &Subject,
    history: &[PodTemplate],
    actions: &[Action],
    background: &[Background],
    objects: &Objects,
) -> Demand {
    let mut demand = Demand::default();
    let mut replicas = subject.replicas;
    let mut requests = subject.template.requests();
    let mut strategies: Vec<Strategy> = subject.deployment.iter().map(|fields| fields.strategy).collect();
    demand.require(&subject.template);
    for template in history {
        demand.require(template);
    }
    for edit in actions.iter().flat_map(|action| action.change.edits()) {
        match edit {
            Change::Scale(size) => replicas = replicas.max(*size),
            Change::SetStrategy(strategy) => strategies.push(*strategy),
            Change::Apply(apply) => {
                let spec = &apply.foreseen;
                replicas = replicas.max(spec.replicas);
                requests = requests.max(spec.template.requests());
                demand.require(&spec.template);
                strategies.extend(spec.deployment.iter().map(|fields| fields.strategy));
            }
            _ => {}
        }
    }
    let surge = strategies.iter().map(|strategy| surge(*strategy, replicas)).max().unwrap_or(0);
    let pods = i64::from(replicas) + i64::from(surge);
    demand.add(pods, requests);
    demand.keep_apart(pods, &subject.template);
    for load in background {
        demand.add(i64::from(load.pods), load.requests);
    }
    let here = objects.pods.iter().filter(|pod| pod.id.namespace == subject.namespace);
    here.for_each(|pod| demand.add(1, pod.template.requests()));
    let daemons = objects.other_loads.iter().filter(|load| load.is_on_each_node());
    daemons.for_each(|load| demand.add_to_each_node(load.template.requests()));
    demand
}

fn surge(strategy: Strategy, replicas: i32) -> i32 {
    match strategy {
        Strategy::Recreate => 0,
        // There are never more new pods than replicas, however large the surge.
        Strategy::RollingUpdate(limits) => limits.max_surge.rounded_up(replicas).min(replicas),
    }
}
