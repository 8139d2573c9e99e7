//! Containers and init containers.

use super::field::{Errors, Path};
use super::name;
use super::probe::{self, Role};
use super::resources;
use k8s_openapi::api::core::v1::{Container, PodSpec};
use std::collections::BTreeSet;

/// What a container sees of its pod.
pub(crate) struct Place<'p> {
    /// Names of the pod's volumes.
    pub(crate) volumes: &'p BTreeSet<&'p str>,
    /// The pod's grace period in seconds.
    pub(crate) grace: i64,
    /// Whether the pod lives in its node's network.
    pub(crate) host_network: bool,
}

/// Checks all containers of a pod.
pub(crate) fn all(spec: &PodSpec, place: &Place<'_>, path: &Path, errors: &mut Errors) {
    let mut names = BTreeSet::new();
    let containers = path.child("containers");
    if spec.containers.is_empty() {
        errors.required(&containers, "");
    }
    for (i, container) in spec.containers.iter().enumerate() {
        let path = containers.index(i);
        one(container, place, &path, &mut names, errors);
        roles(container, true, place, &path, errors);
    }
    let init_containers = path.child("initContainers");
    for (i, container) in spec.init_containers.iter().flatten().enumerate() {
        let path = init_containers.index(i);
        one(container, place, &path, &mut names, errors);
        let sidecar = container.restart_policy.as_deref() == Some("Always");
        roles(container, sidecar, place, &path, errors);
    }
}

fn one<'c>(
    container: &'c Container,
    place: &Place<'_>,
    path: &Path,
    names: &mut BTreeSet<&'c str>,
    errors: &mut Errors,
) {
    let name_path = path.child("name");
    if container.name.is_empty() {
        errors.required(&name_path, "");
    } else {
        name::dns_label(&container.name, &name_path, errors);
        if !names.insert(&container.name) {
            errors.duplicate(&name_path, &container.name);
        }
    }
    let image = container.image.as_deref().unwrap_or("");
    if image.is_empty() {
        errors.required(&path.child("image"), "");
    } else if image.trim() != image {
        errors.invalid_text(&path.child("image"), image, "must not have leading or trailing whitespace");
    }
    let policies = ["Always", "IfNotPresent", "Never"];
    if let Some(policy) = container.image_pull_policy.as_deref()
        && !policies.contains(&policy)
    {
        errors.unsupported(&path.child("imagePullPolicy"), policy, &policies);
    }
    ports(container, place, path, errors);
    environment(container, path, errors);
    mounts(container, place, path, errors);
    if let Some(given) = &container.resources {
        resources::requirements(given, &path.child("resources"), errors);
    }
}

/// Probes and hooks, which an init container may only have if it keeps running.
fn roles(container: &Container, keeps_running: bool, place: &Place<'_>, path: &Path, errors: &mut Errors) {
    let probes = [
        ("livenessProbe", Role::Liveness, &container.liveness_probe),
        ("readinessProbe", Role::Readiness, &container.readiness_probe),
        ("startupProbe", Role::Startup, &container.startup_probe),
    ];
    let forbidden = "may not be set for init containers without restartPolicy=Always";
    for (field, role, probe) in probes {
        let path = path.child(field);
        match probe {
            Some(probe) if keeps_running => probe::check(probe, role, &path, errors),
            Some(_) => errors.forbidden(&path, forbidden),
            None => {}
        }
    }
    match &container.lifecycle {
        Some(hooks) if keeps_running => probe::hooks(hooks, place.grace, &path.child("lifecycle"), errors),
        Some(_) => errors.forbidden(&path.child("lifecycle"), forbidden),
        None => {}
    }
}

fn ports(container: &Container, place: &Place<'_>, path: &Path, errors: &mut Errors) {
    let mut names = BTreeSet::new();
    for (i, port) in container.ports.iter().flatten().enumerate() {
        let path = path.child("ports").index(i);
        if port.container_port == 0 {
            errors.required(&path.child("containerPort"), "");
        } else {
            port_number(port.container_port, &path.child("containerPort"), errors);
        }
        if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty())
            && !names.insert(name)
        {
            errors.duplicate(&path.child("name"), name);
        }
        if let Some(host) = port.host_port.filter(|host| *host != 0) {
            port_number(host, &path.child("hostPort"), errors);
            if place.host_network && host != port.container_port {
                let text = "must match `hostPort` when `hostNetwork` is true";
                errors.invalid(&path.child("containerPort"), port.container_port, text);
            }
        }
        let protocols = ["SCTP", "TCP", "UDP"];
        if let Some(protocol) = port.protocol.as_deref()
            && !protocols.contains(&protocol)
        {
            errors.unsupported(&path.child("protocol"), protocol, &protocols);
        }
    }
}

/// A port from 1 to 65535.
pub(crate) fn port_number(port: i32, path: &Path, errors: &mut Errors) {
    if !(1..=65535).contains(&port) {
        errors.invalid(path, port, "must be between 1 and 65535, inclusive");
    }
}

fn environment(container: &Container, path: &Path, errors: &mut Errors) {
    for (i, variable) in container.env.iter().flatten().enumerate() {
        let path = path.child("env").index(i);
        if variable.name.is_empty() {
            errors.required(&path.child("name"), "");
        }
        let given = variable.value.as_deref().is_some_and(|value| !value.is_empty());
        if given && variable.value_from.is_some() {
            errors.invalid(
                &path.child("valueFrom"),
                "\"\"",
                "may not be specified when `value` is not empty",
            );
        }
    }
}

fn mounts(container: &Container, place: &Place<'_>, path: &Path, errors: &mut Errors) {
    let mut paths = BTreeSet::new();
    for (i, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let path = path.child("volumeMounts").index(i);
        if mount.name.is_empty() {
            errors.required(&path.child("name"), "");
        } else if !place.volumes.contains(mount.name.as_str()) {
            errors.not_found(&path.child("name"), &mount.name);
        }
        if mount.mount_path.is_empty() {
            errors.required(&path.child("mountPath"), "");
        } else if !paths.insert(mount.mount_path.as_str()) {
            errors.invalid_text(&path.child("mountPath"), &mount.mount_path, "must be unique");
        }
    }
}
