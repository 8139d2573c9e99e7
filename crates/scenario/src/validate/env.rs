//! Environment variables, the sources of their values, and references to fields.

use super::field::{Errors, FieldPath};
use super::name;
use k8s_openapi::api::core::v1::{
    Container, EnvFromSource, EnvVar, EnvVarSource, FileKeySelector, ObjectFieldSelector,
    ResourceFieldSelector,
};
use measures::units::quantity;

/// Fields of a pod that a variable can hold.
const OF_VARIABLES: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Fields of a pod that a file of a volume can hold.
const OF_FILES: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/// Fields of a pod that the API converts (`ConvertDownwardAPIFieldLabel`).
const KNOWN: [&str; 14] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Resources of a container that a variable or a file can hold.
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// The owner of a reference to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// An environment variable.
    Variable,
    /// A file of a volume.
    File,
}

/// Checks `env` and `envFrom`.
pub(super) fn all(container: &Container, path: &FieldPath, errors: &mut Errors) {
    for (i, variable) in container.env.iter().flatten().enumerate() {
        self::variable(variable, &path.child("env").index(i), errors);
    }
    for (i, source) in container.env_from.iter().flatten().enumerate() {
        env_from(source, &path.child("envFrom"), i, errors);
    }
}

fn variable(variable: &EnvVar, path: &FieldPath, errors: &mut Errors) {
    if variable.name.is_empty() {
        errors.required(&path.child("name"), "");
    } else {
        name::variable(&variable.name, &path.child("name"), errors);
    }
    let Some(source) = &variable.value_from else { return };
    let path = path.child("valueFrom");
    let sources = value_from(source, &path, errors);
    let has_value = variable.value.as_deref().is_some_and(|value| !value.is_empty());
    let text = match sources {
        0 => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or \
             `fileKeyRef`"
        }
        _ if has_value => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    errors.invalid_text(&path, "", text);
}

/// Checks the sources that are given, and counts them.
fn value_from(source: &EnvVarSource, path: &FieldPath, errors: &mut Errors) -> usize {
    if let Some(field) = &source.field_ref {
        field_ref(field, Holder::Variable, &path.child("fieldRef"), errors);
    }
    if let Some(resource) = &source.resource_field_ref {
        resource_ref(resource, Holder::Variable, &path.child("resourceFieldRef"), errors);
    }
    if let Some(key) = &source.config_map_key_ref {
        key_ref(&key.name, &key.key, &path.child("configMapKeyRef"), errors);
    }
    if let Some(key) = &source.secret_key_ref {
        key_ref(&key.name, &key.key, &path.child("secretKeyRef"), errors);
    }
    if let Some(key) = &source.file_key_ref {
        file_ref(key, &path.child("fileKeyRef"), errors);
    }
    [
        source.field_ref.is_some(),
        source.resource_field_ref.is_some(),
        source.config_map_key_ref.is_some(),
        source.secret_key_ref.is_some(),
        source.file_key_ref.is_some(),
    ]
    .into_iter()
    .filter(|given| *given)
    .count()
}

/// A key of a `ConfigMap` or a Secret.
fn key_ref(object: &str, key: &str, path: &FieldPath, errors: &mut Errors) {
    name::dns_subdomain(object, &path.child("name"), errors);
    if key.is_empty() {
        errors.required(&path.child("key"), "");
    } else {
        name::config_key(key, &path.child("key"), errors);
    }
}

fn file_ref(key: &FileKeySelector, path: &FieldPath, errors: &mut Errors) {
    if key.key.is_empty() {
        errors.required(&path.child("key"), "");
    } else {
        name::variable(&key.key, &path.child("key"), errors);
    }
    if key.volume_name.is_empty() {
        errors.required(&path.child("volumeName"), "");
    } else {
        name::dns_label(&key.volume_name, &path.child("volumeName"), errors);
    }
    if key.path.is_empty() {
        errors.required(&path.child("path"), "");
    } else {
        name::file_path(&key.path, &path.child("path"), errors);
    }
}

/// The API names the list and not the item when no or several sources are given.
fn env_from(source: &EnvFromSource, list: &FieldPath, index: usize, errors: &mut Errors) {
    let path = list.index(index);
    if let Some(prefix) = source.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
        name::variable(prefix, &path.child("prefix"), errors);
    }
    let config_map = source.config_map_ref.as_ref().map(|source| ("configMapRef", &source.name));
    let secret = source.secret_ref.as_ref().map(|source| ("secretRef", &source.name));
    for (field, object) in [config_map, secret].into_iter().flatten() {
        let path = path.child(field).child("name");
        if object.is_empty() {
            errors.required(&path, "");
        } else {
            name::dns_subdomain(object, &path, errors);
        }
    }
    match (config_map, secret) {
        (None, None) => errors.invalid_text(list, "", "must specify one of: `configMapRef` or `secretRef`"),
        (Some(_), Some(_)) => {
            errors.invalid_text(list, "", "may not have more than one field specified at a time");
        }
        _ => {}
    }
}

/// A reference to a field of the pod.
pub(super) fn field_ref(field: &ObjectFieldSelector, holder: Holder, path: &FieldPath, errors: &mut Errors) {
    let at = path.child("fieldPath");
    let written = field.field_path.as_str();
    if written.is_empty() {
        return errors.required(&at, "");
    }
    let version = field.api_version.as_deref().unwrap_or("v1");
    if version != "v1" {
        let text = format!("error converting fieldPath: unsupported pod version: {version}");
        return errors.invalid_text(&at, written, &text);
    }
    if let Some((map, key)) = subscript(written) {
        return match map {
            "metadata.annotations" => name::qualified(&key.to_lowercase(), &at, errors),
            "metadata.labels" => name::qualified(key, &at, errors),
            _ => errors.invalid_text(&at, map, "does not support subscript"),
        };
    }
    // An old name.
    let field = if written == "spec.host" { "spec.nodeName" } else { written };
    if !KNOWN.contains(&field) {
        let text = format!("error converting fieldPath: field label not supported: {written}");
        return errors.invalid_text(&at, written, &text);
    }
    let supported: &[&str] = if holder == Holder::Variable { &OF_VARIABLES } else { &OF_FILES };
    errors.one_of(&at, Some(field), supported);
}

/// The two parts of `metadata.labels['key']`.
fn subscript(path: &str) -> Option<(&str, &str)> {
    let (map, rest) = path.split_once("['")?;
    Some((map, rest.strip_suffix("']")?))
}

/// A reference to a resource of a container.
pub(super) fn resource_ref(
    resource: &ResourceFieldSelector,
    holder: Holder,
    path: &FieldPath,
    errors: &mut Errors,
) {
    let name = resource.resource.as_str();
    let huge = ["limits.hugepages-", "requests.hugepages-"].iter().any(|prefix| name.starts_with(prefix));
    if holder == Holder::File && resource.container_name.as_deref().unwrap_or("").is_empty() {
        errors.required(&path.child("containerName"), "");
    } else if name.is_empty() {
        errors.required(&path.child("resource"), "");
    } else if !huge {
        errors.one_of(&path.child("resource"), Some(name), &RESOURCES);
    }
    let divisor = resource.divisor.as_ref().and_then(|written| quantity::printed(&written.0).ok());
    let Some(divisor) = divisor.filter(|divisor| divisor != "0") else { return };
    let (kind, supported): (&str, &[&str]) = match name.split_once('.').map_or("", |(_, kind)| kind) {
        "cpu" => ("cpu", &["1m", "1"]),
        "memory" => ("memory", &SIZES),
        "ephemeral-storage" => ("ephemeral-storage", &SIZES),
        _ if huge => ("hugepages", &SIZES),
        _ => return,
    };
    if !supported.contains(&divisor.as_str()) {
        let listed = if kind == "cpu" { supported.join(" and ") } else { supported.join(", ") };
        let text = format!("only divisor's values {listed} are supported with the {kind} resource");
        errors.invalid_text(&path.child("divisor"), name, &text);
    }
}

/// Divisors of amounts of bytes.
const SIZES: [&str; 13] = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
