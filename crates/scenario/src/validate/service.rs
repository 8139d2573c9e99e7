//! Services.

use super::container::port_number;
use super::field::{Errors, Path};
use super::{metadata, name};
use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeSet;

/// Checks a Service.
pub(crate) fn service(object: &Service, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let path = Path::of(&["spec"]);
    let Some(spec) = &object.spec else {
        return errors.required(&path.child("ports"), "");
    };
    name::labels(spec.selector.as_ref(), &path.child("selector"), errors);
    words(spec, &path, errors);
    let ports = spec.ports.as_deref().unwrap_or_default();
    let headless = spec.cluster_ip.as_deref() == Some("None");
    if ports.is_empty() && !headless && spec.type_.as_deref() != Some("ExternalName") {
        errors.required(&path.child("ports"), "");
    }
    let mut names = BTreeSet::new();
    for (i, port) in ports.iter().enumerate() {
        check_port(port, ports.len() > 1, &mut names, &path.child("ports").index(i), errors);
    }
}

/// Fields that take one of some words.
fn words(spec: &ServiceSpec, path: &Path, errors: &mut Errors) {
    let policies: &[&str] = &["Cluster", "Local"];
    let fields: [(&str, &Option<String>, &[&str]); 4] = [
        ("externalTrafficPolicy", &spec.external_traffic_policy, policies),
        ("internalTrafficPolicy", &spec.internal_traffic_policy, policies),
        ("sessionAffinity", &spec.session_affinity, &["ClientIP", "None"]),
        ("type", &spec.type_, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
    ];
    for (field, given, supported) in fields {
        if let Some(word) = given.as_deref().filter(|word| !supported.contains(word)) {
            errors.unsupported(&path.child(field), word, supported);
        }
    }
}

fn check_port<'p>(
    port: &'p ServicePort,
    several: bool,
    names: &mut BTreeSet<&'p str>,
    path: &Path,
    errors: &mut Errors,
) {
    match port.name.as_deref().filter(|name| !name.is_empty()) {
        None if several => errors.required(&path.child("name"), ""),
        None => {}
        Some(text) => {
            name::dns_label(text, &path.child("name"), errors);
            if !names.insert(text) {
                errors.duplicate(&path.child("name"), text);
            }
        }
    }
    port_number(port.port, &path.child("port"), errors);
    let protocols = ["SCTP", "TCP", "UDP"];
    if let Some(protocol) = port.protocol.as_deref().filter(|protocol| !protocols.contains(protocol)) {
        errors.unsupported(&path.child("protocol"), protocol, &protocols);
    }
    if let Some(IntOrString::Int(number)) = port.target_port {
        port_number(number, &path.child("targetPort"), errors);
    }
}
