//! Containers and init containers.

use super::field::{Errors, FieldPath};
use super::probe::{self, ProbeKind};
use super::volume::Volumes;
use super::{env, name, resources, security};
use k8s_openapi::api::core::v1::{Container, ContainerPort, ContainerRestartRule, PodSpec, VolumeMount};
use std::collections::BTreeSet;

/// Most rules for restarts of one container.
const MOST_RESTART_RULES: usize = 20;
/// Most exit codes in one rule for restarts.
const MOST_EXIT_CODES: usize = 255;

/// The parts of a pod that rules for its containers use.
pub(crate) struct PodContext<'p> {
    /// The pod's volumes.
    pub(crate) volumes: &'p Volumes<'p>,
    /// Names of the pod's resource claims.
    pub(crate) claims: BTreeSet<&'p str>,
    /// The pod's grace period in seconds.
    pub(crate) grace: i64,
    /// Whether the pod lives in its node's network.
    pub(crate) host_network: bool,
    /// Whether the pod has a user namespace of its own.
    pub(crate) own_users: bool,
}

/// Checks all containers of a pod.
pub(crate) fn all(spec: &PodSpec, place: &PodContext<'_>, path: &FieldPath, errors: &mut Errors) {
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
    host_ports(&spec.containers, &containers, errors);
    let init_containers = path.child("initContainers");
    for (i, container) in spec.init_containers.iter().flatten().enumerate() {
        let path = init_containers.index(i);
        one(container, place, &path, &mut names, errors);
        let sidecar = container.restart_policy.as_deref() == Some("Always");
        roles(container, sidecar, place, &path, errors);
        host_ports(std::slice::from_ref(container), &init_containers, errors);
    }
}

fn one<'c>(
    container: &'c Container,
    place: &PodContext<'_>,
    path: &FieldPath,
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
    // An image of blanks is an error of pods, not of templates.
    if container.image.as_deref().unwrap_or("").is_empty() {
        errors.required(&path.child("image"), "");
    }
    let words: [(&str, &Option<String>, &[&str]); 3] = [
        ("imagePullPolicy", &container.image_pull_policy, &["Always", "IfNotPresent", "Never"]),
        (
            "terminationMessagePolicy",
            &container.termination_message_policy,
            &["File", "FallbackToLogsOnError"],
        ),
        ("restartPolicy", &container.restart_policy, &["Always", "Never", "OnFailure"]),
    ];
    for (field, word, supported) in words {
        errors.one_of(&path.child(field), word.as_deref(), supported);
    }
    restart_rules(container, path, errors);
    ports(container, place, path, errors);
    env::all(container, path, errors);
    mounts(container, place, path, errors);
    devices(container, place, path, errors);
    if let Some(given) = &container.resources {
        resources::requirements(given, &place.claims, &path.child("resources"), errors);
    }
    resize_policies(container, path, errors);
    if let Some(context) = &container.security_context {
        security::of_container(context, place.own_users, &path.child("securityContext"), errors);
    }
}

fn restart_rules(container: &Container, path: &FieldPath, errors: &mut Errors) {
    let rules = container.restart_policy_rules.as_deref().unwrap_or_default();
    if !rules.is_empty() && container.restart_policy.is_none() {
        let text = "must specify restartPolicy when restart rules are used";
        errors.required(&path.child("restartPolicy"), text);
    }
    let path = path.child("restartPolicyRules");
    if rules.len() > MOST_RESTART_RULES {
        errors.too_many(&path, rules.len(), MOST_RESTART_RULES);
    }
    for (i, rule) in rules.iter().enumerate() {
        restart_rule(rule, &path.index(i), errors);
    }
}

fn restart_rule(rule: &ContainerRestartRule, path: &FieldPath, errors: &mut Errors) {
    errors.one_of(&path.child("action"), Some(&rule.action), &["Restart", "RestartAllContainers"]);
    let Some(codes) = &rule.exit_codes else {
        return errors.required(&path.child("exitCodes"), "must be specified");
    };
    let path = path.child("exitCodes");
    errors.one_of(&path.child("operator"), Some(&codes.operator), &["In", "NotIn"]);
    let values = codes.values.as_deref().unwrap_or_default();
    if values.is_empty() {
        errors.invalid(&path.child("values"), "[]", "must specify at least one value");
    } else if values.len() > MOST_EXIT_CODES {
        errors.too_many(&path.child("values"), values.len(), MOST_EXIT_CODES);
    }
}

fn resize_policies(container: &Container, path: &FieldPath, errors: &mut Errors) {
    let mut names = BTreeSet::new();
    for (i, policy) in container.resize_policy.iter().flatten().enumerate() {
        let list = path.child("resizePolicy");
        let path = list.index(i);
        if !names.insert(policy.resource_name.as_str()) {
            errors.duplicate(&list, &policy.resource_name);
        }
        let name = Some(policy.resource_name.as_str());
        errors.one_of(&path.child("resourceName"), name, &["cpu", "memory"]);
        let restart = Some(policy.restart_policy.as_str());
        errors.one_of(&path.child("restartPolicy"), restart, &["NotRequired", "RestartContainer"]);
    }
}

/// Probes and hooks, which an init container may only have if it keeps running.
fn roles(
    container: &Container,
    keeps_running: bool,
    place: &PodContext<'_>,
    path: &FieldPath,
    errors: &mut Errors,
) {
    let probes = [
        ("livenessProbe", ProbeKind::Liveness, &container.liveness_probe),
        ("readinessProbe", ProbeKind::Readiness, &container.readiness_probe),
        ("startupProbe", ProbeKind::Startup, &container.startup_probe),
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

fn ports(container: &Container, place: &PodContext<'_>, path: &FieldPath, errors: &mut Errors) {
    let mut names = BTreeSet::new();
    for (i, port) in container.ports.iter().flatten().enumerate() {
        let path = path.child("ports").index(i);
        if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) {
            let mut found = Errors::default();
            name::port_name(name, &path.child("name"), &mut found);
            if found.is_empty() && !names.insert(name) {
                errors.duplicate(&path.child("name"), name);
            }
            errors.append(found);
        }
        self::port(port, place, &path, errors);
    }
}

fn port(port: &ContainerPort, place: &PodContext<'_>, path: &FieldPath, errors: &mut Errors) {
    if port.container_port == 0 {
        errors.required(&path.child("containerPort"), "");
    } else {
        name::port_number(port.container_port, &path.child("containerPort"), errors);
    }
    if let Some(host) = port.host_port.filter(|host| *host != 0) {
        name::port_number(host, &path.child("hostPort"), errors);
        if place.host_network && host != port.container_port {
            let text = "must match `hostPort` when `hostNetwork` is true";
            errors.invalid(&path.child("containerPort"), port.container_port, text);
        }
    }
    errors.one_of(&path.child("protocol"), port.protocol.as_deref(), &["SCTP", "TCP", "UDP"]);
}

/// Containers of a pod cannot share a port of the node.
fn host_ports(containers: &[Container], path: &FieldPath, errors: &mut Errors) {
    let mut taken = BTreeSet::new();
    for (i, container) in containers.iter().enumerate() {
        for (k, port) in container.ports.iter().flatten().enumerate() {
            let Some(host) = port.host_port.filter(|host| *host != 0) else { continue };
            let (protocol, ip) = (port.protocol.as_deref(), port.host_ip.as_deref());
            if !taken.insert((protocol, ip.unwrap_or(""), host)) {
                let shown = format!("{}/{}/{host}", protocol.unwrap_or("TCP"), ip.unwrap_or(""));
                let at = path.index(i).child("ports").index(k).child("hostPort");
                errors.duplicate(&at, &shown);
            }
        }
    }
}

fn mounts(container: &Container, place: &PodContext<'_>, path: &FieldPath, errors: &mut Errors) {
    let devices = || container.volume_devices.iter().flatten();
    let mut paths = BTreeSet::new();
    for (i, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let path = path.child("volumeMounts").index(i);
        let (name, at) = (path.child("name"), path.child("mountPath"));
        if mount.name.is_empty() {
            errors.required(&name, "");
        }
        if !place.volumes.contains_key(mount.name.as_str()) {
            errors.not_found(&name, &mount.name);
        }
        if mount.mount_path.is_empty() {
            errors.required(&at, "");
        }
        if !paths.insert(mount.mount_path.as_str()) {
            errors.invalid_text(&at, &mount.mount_path, "must be unique");
        }
        if devices().any(|device| device.name == mount.name) {
            errors.invalid_text(&name, &mount.name, "must not already exist in volumeDevices");
        }
        if devices().any(|device| device.device_path == mount.mount_path) {
            let text = "must not already exist as a path in volumeDevices";
            errors.invalid_text(&at, &mount.mount_path, text);
        }
        sub_path(mount, &path, errors);
        propagation(mount, container, &path, errors);
    }
}

fn sub_path(mount: &VolumeMount, path: &FieldPath, errors: &mut Errors) {
    let given = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
    let (plain, expression) = (given(&mount.sub_path), given(&mount.sub_path_expr));
    if let Some(text) = &plain {
        name::descending_path(text, &path.child("subPath"), errors);
    }
    if let Some(text) = &expression {
        let at = path.child("subPathExpr");
        if plain.is_some() {
            errors.invalid_text(&at, text, "subPathExpr and subPath are mutually exclusive");
        }
        name::descending_path(text, &at, errors);
    }
}

fn propagation(mount: &VolumeMount, container: &Container, path: &FieldPath, errors: &mut Errors) {
    let at = path.child("mountPropagation");
    let propagation = mount.mount_propagation.as_deref();
    errors.one_of(&at, propagation, &["Bidirectional", "HostToContainer", "None"]);
    let privileged =
        container.security_context.as_ref().is_some_and(|context| context.privileged == Some(true));
    if propagation == Some("Bidirectional") && !privileged {
        let text = "Bidirectional mount propagation is available only to privileged containers";
        errors.forbidden(&at, text);
    }
    let at = path.child("recursiveReadOnly");
    match mount.recursive_read_only.as_deref() {
        Some("Enabled" | "IfPossible") if mount.read_only != Some(true) => {
            errors.forbidden(&at, "may only be specified when readOnly is true");
        }
        Some("Enabled" | "IfPossible") if propagation.is_some_and(|word| word != "None") => {
            errors.forbidden(&at, "may only be specified when mountPropagation is None or not specified");
        }
        word => errors.one_of(&at, word, &["Disabled", "Enabled", "IfPossible"]),
    }
}

fn devices(container: &Container, place: &PodContext<'_>, path: &FieldPath, errors: &mut Errors) {
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for (i, device) in container.volume_devices.iter().flatten().enumerate() {
        let path = path.child("volumeDevices").index(i);
        let (name, at) = (path.child("name"), path.child("devicePath"));
        let volume = place.volumes.get(device.name.as_str());
        if device.name.is_empty() {
            errors.required(&name, "");
        }
        if !names.insert(device.name.as_str()) {
            errors.invalid_text(&name, &device.name, "must be unique");
        }
        match volume {
            None => errors.not_found(&name, &device.name),
            Some(volume) if volume.persistent_volume_claim.is_none() && volume.ephemeral.is_none() => {
                let text =
                    "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.invalid_text(&name, &device.name, text);
            }
            Some(_) => {}
        }
        if device.device_path.is_empty() {
            errors.required(&at, "");
        } else {
            name::no_backsteps(&device.device_path, &at, errors);
        }
        if !paths.insert(device.device_path.as_str()) {
            errors.invalid_text(&at, &device.device_path, "must be unique");
        }
    }
}
