//! Services.

use super::field::{Errors, FieldPath};
use super::{metadata_of, name};
use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use std::collections::BTreeSet;

/// The port of the kubelet, which no load balancer may expose.
const KUBELET: i32 = 10250;
/// Longest session affinity, in seconds.
const LONGEST_AFFINITY: i32 = 86_400;

/// Checks a Service.
pub(crate) fn service(object: &Service, errors: &mut Errors) {
    metadata_of(&object.metadata, name::dns_label, errors);
    let spec = object.spec.clone().unwrap_or_default();
    let path = FieldPath::of(&["spec"]);
    let kind = spec.type_.as_deref().unwrap_or("ClusterIP");
    let ports = spec.ports.as_deref().unwrap_or_default();
    let headless = spec.cluster_ip.as_deref() == Some("None");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        errors.required(&path.child("ports"), "");
    }
    if headless && ["NodePort", "LoadBalancer"].contains(&kind) {
        let text = format!("may not be set to 'None' for {kind} services");
        errors.invalid_text(&path.child("clusterIPs").index(0), "None", &text);
    }
    if kind == "ExternalName" {
        external_name(&spec, &path, errors);
    }
    self::ports(ports, kind, &path.child("ports"), errors);
    name::labels(spec.selector.as_ref(), &path.child("selector"), errors);
    words(&spec, &path, errors);
    session(&spec, &path, errors);
    exposure(&spec, kind, &path, errors);
    families(&spec, &path, errors);
    for (i, ip) in spec.external_ips.iter().flatten().enumerate() {
        name::address(ip, &path.child("externalIPs").index(i), errors);
    }
    let own = spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty() && *ip != "None");
    if let Some(ip) = own {
        name::address(ip, &path.child("clusterIPs").index(0), errors);
    }
}

fn external_name(spec: &ServiceSpec, path: &FieldPath, errors: &mut Errors) {
    if spec.cluster_ip.as_deref().is_some_and(|ip| !ip.is_empty()) {
        let text = "may not be set for ExternalName services";
        errors.forbidden(&path.child("clusterIPs"), text);
    }
    let given = spec.external_name.as_deref().unwrap_or("");
    let name = given.strip_suffix('.').unwrap_or(given);
    if name.is_empty() {
        errors.required(&path.child("externalName"), "");
    } else {
        name::dns_subdomain(name, &path.child("externalName"), errors);
    }
}

/// Fields with a fixed set of words.
fn words(spec: &ServiceSpec, path: &FieldPath, errors: &mut Errors) {
    let policies: &[&str] = &["Cluster", "Local"];
    let fields: [(&str, &Option<String>, &[&str]); 6] = [
        ("externalTrafficPolicy", &spec.external_traffic_policy, policies),
        ("internalTrafficPolicy", &spec.internal_traffic_policy, policies),
        ("sessionAffinity", &spec.session_affinity, &["ClientIP", "None"]),
        ("type", &spec.type_, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
        ("ipFamilyPolicy", &spec.ip_family_policy, &["PreferDualStack", "RequireDualStack", "SingleStack"]),
        (
            "trafficDistribution",
            &spec.traffic_distribution,
            &["PreferClose", "PreferSameNode", "PreferSameZone"],
        ),
    ];
    for (field, given, supported) in fields {
        errors.one_of(&path.child(field), given.as_deref(), supported);
    }
}

fn session(spec: &ServiceSpec, path: &FieldPath, errors: &mut Errors) {
    let config = spec.session_affinity_config.as_ref();
    let seconds = config.and_then(|config| config.client_ip.as_ref()?.timeout_seconds);
    if spec.session_affinity.as_deref() == Some("ClientIP")
        && let Some(seconds) = seconds.filter(|seconds| !(1..=LONGEST_AFFINITY).contains(seconds))
    {
        let at = path.child("sessionAffinityConfig").child("clientIP").child("timeoutSeconds");
        let text = format!("must be greater than 0 and less than {LONGEST_AFFINITY}");
        errors.invalid(&at, seconds, &text);
    }
}

/// Fields that only some types of Services have.
fn exposure(spec: &ServiceSpec, kind: &str, path: &FieldPath, errors: &mut Errors) {
    let balanced = "may only be used when `type` is 'LoadBalancer'";
    if kind != "LoadBalancer" {
        let fields = [
            ("allocateLoadBalancerNodePorts", spec.allocate_load_balancer_node_ports.is_some()),
            ("loadBalancerClass", spec.load_balancer_class.is_some()),
            (
                "loadBalancerSourceRanges",
                spec.load_balancer_source_ranges.as_ref().is_some_and(|ranges| !ranges.is_empty()),
            ),
        ];
        for (field, _) in fields.iter().filter(|(_, given)| *given) {
            errors.forbidden(&path.child(field), balanced);
        }
    } else if let Some(class) = &spec.load_balancer_class {
        name::qualified(class, &path.child("loadBalancerClass"), errors);
    }
    let has_external = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    let external = ["NodePort", "LoadBalancer"].contains(&kind) || kind == "ClusterIP" && has_external;
    if let Some(policy) = spec.external_traffic_policy.as_deref().filter(|text| !text.is_empty() && !external)
    {
        let text = "may only be set for externally-accessible services";
        errors.invalid_text(&path.child("externalTrafficPolicy"), policy, text);
    }
    let local = kind == "LoadBalancer" && spec.external_traffic_policy.as_deref() == Some("Local");
    if let Some(port) = spec.health_check_node_port.filter(|port| *port != 0 && !local) {
        let text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.invalid(&path.child("healthCheckNodePort"), port, text);
    }
}

fn families(spec: &ServiceSpec, path: &FieldPath, errors: &mut Errors) {
    let path = path.child("ipFamilies");
    let mut seen = BTreeSet::new();
    for (i, family) in spec.ip_families.iter().flatten().enumerate() {
        errors.one_of(&path.index(i), Some(family), &["IPv4", "IPv6"]);
        if !seen.insert(family.as_str()) {
            errors.duplicate(&path.index(i), family);
        }
    }
}

fn ports(ports: &[ServicePort], kind: &str, path: &FieldPath, errors: &mut Errors) {
    let (mut names, mut pairs, mut node_ports) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (i, port) in ports.iter().enumerate() {
        let path = path.index(i);
        check_port(port, ports.len() > 1, &mut names, &path, errors);
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        if kind == "LoadBalancer" && port.port == KUBELET {
            let text = "may not expose port 10250 externally since it is used by kubelet";
            errors.invalid(&path, port.port, text);
        }
        if !pairs.insert((protocol, port.port)) {
            errors.duplicate(&path, &format!("{protocol}/{}", port.port));
        }
        let Some(node_port) = port.node_port.filter(|port| *port != 0) else { continue };
        let at = path.child("nodePort");
        if ["ClusterIP", "ExternalName"].contains(&kind) {
            errors.forbidden(&at, &format!("may not be used when `type` is '{kind}'"));
        } else if !node_ports.insert((protocol, node_port)) {
            errors.duplicate(&at, &node_port.to_string());
        }
    }
}

fn check_port<'p>(
    port: &'p ServicePort,
    several: bool,
    names: &mut BTreeSet<&'p str>,
    path: &FieldPath,
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
    name::port_number(port.port, &path.child("port"), errors);
    errors.one_of(&path.child("protocol"), port.protocol.as_deref(), &["SCTP", "TCP", "UDP"]);
    if let Some(target) = &port.target_port {
        name::port(target, &path.child("targetPort"), errors);
    }
    if let Some(protocol) = &port.app_protocol {
        name::qualified(protocol, &path.child("appProtocol"), errors);
    }
}
