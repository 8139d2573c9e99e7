//! The workload under test.

use super::defaults;
use super::manifest::{Objects, Workload};
use super::note::Notes;
use super::settings::{Origin, Settings};
use super::spec::Spec;
use crate::diagnostic::{Diagnostic, Diagnostics};
use controller::api::{Strategy, UNLIMITED};
use simulator::model::Subject;

/// The workload that the scenario selects, or the only one.
pub(crate) fn choose<'o>(
    objects: &'o Objects,
    spec: &Spec<'_>,
    log: &mut Diagnostics,
) -> Option<&'o Workload> {
    let fits = |workload: &&Workload| {
        spec.subject.as_ref().is_none_or(|subject| {
            subject.kind.is_none_or(|kind| kind == workload.id.kind)
                && subject.name.as_ref().is_none_or(|name| *name == workload.id.name)
                && subject.namespace.as_ref().is_none_or(|namespace| *namespace == workload.id.namespace)
        })
    };
    let candidates: Vec<&Workload> = objects.workloads.iter().filter(fits).collect();
    let place = spec.subject.as_ref().map_or(&spec.node.place, |subject| &subject.node.place);
    let all: Vec<String> = objects.workloads.iter().map(title).take(10).collect();
    let error = match candidates.as_slice() {
        [one] => return Some(one),
        // Duplicates of one object are reported elsewhere.
        [first, rest @ ..] if rest.iter().all(|other| title(other) == title(first)) => return Some(first),
        [] if all.is_empty() => {
            // Objects with errors have been reported, so "no workload" would mislead.
            if !log.is_empty() {
                return None;
            }
            let manifests = spec.node.entry("manifests");
            let place = manifests.map_or(&spec.node.place, |entry| &entry.key_place);
            Diagnostic::at(place, "the manifests have no Deployment and no ReplicaSet to roll out")
        }
        [] => {
            let text = "no workload of the manifests has this kind, name and namespace";
            Diagnostic::at(place, text).help(format!("workloads: {}", all.join(", ")))
        }
        _ => {
            let text = "the manifests have several workloads: which one is under test?";
            let id = &candidates[0].id;
            let is_ambiguous = candidates[1..].iter().any(|other| other.id.name == id.name);
            let (key, argument) = if is_ambiguous {
                let key = format!("name: {}, namespace: {}", id.name, id.namespace);
                (key, format!("{}/{}", id.namespace, id.name))
            } else {
                (format!("name: {}", id.name), id.name.clone())
            };
            let help = format!(
                "add `subject: {{{key}}}` to the scenario, `--subject {argument}` to `plan`; workloads: {}",
                all.join(", ")
            );
            Diagnostic::at(place, text).help(help)
        }
    };
    log.push(error);
    None
}

fn title(workload: &Workload) -> String {
    let id = &workload.id;
    format!("{} {}/{}", id.kind, id.namespace, id.name)
}

/// The desired number of pods of a workload, with its autoscaler applied.
pub(crate) fn replicas(workload: &Workload, objects: &Objects) -> i32 {
    let autoscaled = || autoscaler(workload, objects).map_or(1, |(_, replicas)| replicas);
    workload.replicas.unwrap_or_else(autoscaled)
}

fn autoscaler<'o>(workload: &Workload, objects: &'o Objects) -> Option<(&'o str, i32)> {
    let found = objects.autoscalers.iter().find(|autoscaler| {
        autoscaler.namespace == workload.id.namespace
            && autoscaler.target.0 == workload.id.kind
            && autoscaler.target.1 == workload.id.name
    });
    found.map(|autoscaler| (autoscaler.name.as_str(), autoscaler.min_replicas))
}

/// The subject, with notes about its interpretation.
pub(crate) fn build(
    workload: &Workload,
    objects: &Objects,
    settings: &mut Settings,
    notes: &mut Notes,
) -> Subject {
    let replicas = replicas(workload, objects);
    for autoscaler in &objects.autoscalers {
        let ours = self::autoscaler(workload, objects).is_some_and(|(name, _)| name == autoscaler.name);
        notes.push(if ours && workload.replicas.is_none() {
            format!(
                "HorizontalPodAutoscaler {}: the manifest states no replicas, so {} starts at minReplicas = {replicas}",
                autoscaler.name, workload.id.name
            )
        } else {
            format!("HorizontalPodAutoscaler {} is ignored: autoscaling is not simulated", autoscaler.name)
        });
    }
    note_settings(workload, replicas, settings);
    Subject {
        name: workload.id.name.clone(),
        namespace: workload.id.namespace.clone(),
        replicas,
        min_ready_seconds: workload.min_ready_seconds,
        template: workload.template.clone(),
        annotations: workload.annotations.clone(),
        deployment: workload.deployment,
    }
}

fn note_settings(workload: &Workload, replicas: i32, settings: &mut Settings) {
    let mut note = |field: &str, value: String| {
        let origin =
            if workload.defaulted.contains(&field) { Origin::Default(defaults::API) } else { Origin::Stated };
        settings.add(format!("{}.spec.{field}", workload.id.kind.to_lowercase()), &value, origin);
    };
    note("replicas", replicas.to_string());
    note("minReadySeconds", workload.min_ready_seconds.to_string());
    let Some(fields) = workload.deployment else { return };
    let seconds = |value: Option<i32>| match value {
        Some(value) if value != UNLIMITED => value.to_string(),
        _ => "unlimited".to_owned(),
    };
    note("strategy", strategy(fields.strategy));
    note("progressDeadlineSeconds", seconds(fields.progress_deadline_seconds));
    note("revisionHistoryLimit", seconds(fields.revision_history_limit));
}

/// A strategy as a manifest writes it.
pub(crate) fn strategy(strategy: Strategy) -> String {
    match strategy {
        Strategy::Recreate => "Recreate".to_owned(),
        Strategy::RollingUpdate(limits) => {
            format!("{{maxSurge: {}, maxUnavailable: {}}}", limits.max_surge, limits.max_unavailable)
        }
    }
}
