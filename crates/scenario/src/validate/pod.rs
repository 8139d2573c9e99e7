//! Pods and pod templates.

use super::container::{self, Place};
use super::field::{Errors, Path};
use super::{metadata, name, placement};
use k8s_openapi::api::core::v1::{Pod, PodSpec, PodTemplateSpec, Toleration};
use std::collections::BTreeSet;

/// Checks a pod.
pub(crate) fn pod(object: &Pod, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let spec = object.spec.clone().unwrap_or_default();
    let path = Path::of(&["spec"]);
    let policy = spec.restart_policy.as_deref().unwrap_or("Always");
    if !["Always", "Never", "OnFailure"].contains(&policy) {
        errors.unsupported(&path.child("restartPolicy"), policy, &["Always", "Never", "OnFailure"]);
    }
    pod_spec(&spec, &path, errors);
}

/// Checks the template of a Deployment or a `ReplicaSet`.
pub(crate) fn template(template: &PodTemplateSpec, path: &Path, errors: &mut Errors) {
    if let Some(meta) = &template.metadata {
        let path = path.child("metadata");
        name::labels(meta.labels.as_ref(), &path.child("labels"), errors);
        name::annotations(meta.annotations.as_ref(), &path.child("annotations"), errors);
    }
    let spec = template.spec.clone().unwrap_or_default();
    let path = path.child("spec");
    pod_spec(&spec, &path, errors);
    if spec.ephemeral_containers.is_some_and(|list| !list.is_empty()) {
        let text = "ephemeral containers not allowed in pod template";
        errors.forbidden(&path.child("ephemeralContainers"), text);
    }
    let policy = spec.restart_policy.as_deref().unwrap_or("Always");
    if policy != "Always" {
        errors.unsupported(&path.child("restartPolicy"), policy, &["Always"]);
    }
    if spec.active_deadline_seconds.is_some() {
        let text = "activeDeadlineSeconds in ReplicaSet is not Supported";
        errors.forbidden(&path.child("activeDeadlineSeconds"), text);
    }
}

fn pod_spec(spec: &PodSpec, path: &Path, errors: &mut Errors) {
    let volumes = volumes(spec, path, errors);
    let place = Place {
        volumes: &volumes,
        // A negative one is accepted, and means 1.
        grace: spec.termination_grace_period_seconds.unwrap_or(30),
        host_network: spec.host_network.unwrap_or(false),
    };
    container::all(spec, &place, path, errors);
    name::labels(spec.node_selector.as_ref(), &path.child("nodeSelector"), errors);
    if let Some(account) = spec.service_account_name.as_deref().filter(|text| !text.is_empty()) {
        name::dns_subdomain(account, &path.child("serviceAccountName"), errors);
    }
    let policies = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
    if let Some(policy) = spec.dns_policy.as_deref()
        && !policies.contains(&policy)
    {
        errors.unsupported(&path.child("dnsPolicy"), policy, &policies);
    }
    placement::all(spec, path, errors);
    for (i, given) in spec.tolerations.iter().flatten().enumerate() {
        toleration(given, &path.child("tolerations").index(i), errors);
    }
}

/// Checks the names of volumes and returns them.
fn volumes<'s>(spec: &'s PodSpec, path: &Path, errors: &mut Errors) -> BTreeSet<&'s str> {
    let mut names = BTreeSet::new();
    for (i, volume) in spec.volumes.iter().flatten().enumerate() {
        let path = path.child("volumes").index(i).child("name");
        if volume.name.is_empty() {
            errors.required(&path, "");
            continue;
        }
        name::dns_label(&volume.name, &path, errors);
        if !names.insert(volume.name.as_str()) {
            errors.duplicate(&path, &volume.name);
        }
    }
    names
}

fn toleration(given: &Toleration, path: &Path, errors: &mut Errors) {
    let operator = given.operator.as_deref().unwrap_or("Equal");
    let key = given.key.as_deref().unwrap_or("");
    let effect = given.effect.as_deref().unwrap_or("");
    let operator_path = path.child("operator");
    if key.is_empty() && operator != "Exists" {
        let text =
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        errors.invalid_text(&operator_path, operator, text);
    }
    if given.toleration_seconds.is_some() && effect != "NoExecute" {
        let text = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.invalid_text(&path.child("effect"), effect, text);
    }
    match operator {
        "Equal" | "Lt" | "Gt" => {}
        "Exists" => {
            if let Some(value) = given.value.as_deref().filter(|value| !value.is_empty()) {
                let text = "value must be empty when `operator` is 'Exists'";
                errors.invalid_text(&operator_path, value, text);
            }
        }
        _ => errors.unsupported(&operator_path, operator, &["Equal", "Exists"]),
    }
    let effects = ["NoExecute", "NoSchedule", "PreferNoSchedule"];
    if !effect.is_empty() && !effects.contains(&effect) {
        errors.unsupported(&path.child("effect"), effect, &effects);
    }
}
