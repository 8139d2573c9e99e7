//! Pods and pod templates.

use super::container::{self, PodContext};
use super::field::{Errors, FieldPath};
use super::{metadata, name, placement, resources, security, volume};
use k8s_openapi::api::core::v1::{
    Pod, PodDNSConfig, PodSpec, PodTemplateSpec, ResourceRequirements, Toleration,
};
use std::collections::BTreeSet;

/// Most DNS servers of a pod.
const MOST_NAMESERVERS: usize = 3;
/// Most domains in the DNS search list, and most characters of it with blanks.
const MOST_SEARCHES: usize = 32;
const LONGEST_SEARCHES: usize = 2048;

/// Checks a pod.
pub(crate) fn pod(object: &Pod, errors: &mut Errors) {
    metadata(&object.metadata, errors);
    let spec = object.spec.clone().unwrap_or_default();
    let path = FieldPath::of(&["spec"]);
    pod_spec(&spec, &path, errors);
    let init = spec.init_containers.as_deref().unwrap_or_default();
    for (field, containers) in [("containers", spec.containers.as_slice()), ("initContainers", init)] {
        for (i, container) in containers.iter().enumerate() {
            let image = container.image.as_deref().unwrap_or("");
            if image.trim() != image {
                let path = path.child(field).index(i).child("image");
                errors.invalid_text(&path, image, "must not have leading or trailing whitespace");
            }
        }
    }
}

/// Checks the template of a Deployment or a `ReplicaSet`.
pub(crate) fn template(template: &PodTemplateSpec, path: &FieldPath, errors: &mut Errors) {
    if let Some(meta) = &template.metadata {
        // The API leaves out `metadata` in these paths.
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

fn pod_spec(spec: &PodSpec, path: &FieldPath, errors: &mut Errors) {
    let volumes = volume::all(spec, path, errors);
    let place = PodContext {
        volumes: &volumes,
        claims: spec.resource_claims.iter().flatten().map(|claim| claim.name.as_str()).collect(),
        // A negative one is accepted, and means 1.
        grace: spec.termination_grace_period_seconds.unwrap_or(30),
        host_network: spec.host_network.unwrap_or(false),
        own_users: spec.host_users == Some(false),
    };
    container::all(spec, &place, path, errors);
    words(spec, path, errors);
    names(spec, path, errors);
    name::labels(spec.node_selector.as_ref(), &path.child("nodeSelector"), errors);
    let deadline = spec.active_deadline_seconds;
    errors.within(&path.child("activeDeadlineSeconds"), deadline, 1, i32::MAX.into());
    if let Some(context) = &spec.security_context {
        security::of_pod(context, spec, &path.child("securityContext"), errors);
    }
    host_aliases(spec, path, errors);
    gates(spec, path, errors);
    dns(spec.dns_config.as_ref(), spec.dns_policy.as_deref(), &path.child("dnsConfig"), errors);
    placement::all(spec, path, errors);
    for (i, given) in spec.tolerations.iter().flatten().enumerate() {
        toleration(given, &path.child("tolerations").index(i), errors);
    }
    if let Some(overhead) = &spec.overhead {
        let limits = ResourceRequirements { limits: Some(overhead.clone()), ..Default::default() };
        resources::requirements(&limits, &BTreeSet::new(), &path.child("overhead"), errors);
    }
}

/// Fields with a fixed set of words.
fn words(spec: &PodSpec, path: &FieldPath, errors: &mut Errors) {
    let fields: [(&str, &Option<String>, &[&str]); 3] = [
        ("restartPolicy", &spec.restart_policy, &["Always", "OnFailure", "Never"]),
        ("dnsPolicy", &spec.dns_policy, &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
        ("preemptionPolicy", &spec.preemption_policy, &["Never", "PreemptLowerPriority"]),
    ];
    for (field, word, supported) in fields {
        errors.one_of(&path.child(field), word.as_deref(), supported);
    }
    if let Some(os) = &spec.os {
        let path = path.child("os").child("name");
        if os.name.is_empty() {
            errors.required(&path, "cannot be empty");
        } else {
            errors.one_of(&path, Some(&os.name), &["linux", "windows"]);
        }
    }
}

/// Names of other objects, and the DNS names of the pod. An empty name counts as absent.
fn names(spec: &PodSpec, path: &FieldPath, errors: &mut Errors) {
    type Rule = fn(&str, &FieldPath, &mut Errors);
    let fields: [(&str, &Option<String>, Rule); 5] = [
        ("serviceAccountName", &spec.service_account_name, name::dns_subdomain),
        ("nodeName", &spec.node_name, name::dns_subdomain),
        ("hostname", &spec.hostname, name::dns_label),
        ("subdomain", &spec.subdomain, name::dns_label),
        ("priorityClassName", &spec.priority_class_name, name::dns_subdomain),
    ];
    for (field, text, rule) in fields {
        if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
            rule(text, &path.child(field), errors);
        }
    }
    if let Some(class) = &spec.runtime_class_name {
        name::dns_subdomain(class, &path.child("runtimeClassName"), errors);
    }
}

fn host_aliases(spec: &PodSpec, path: &FieldPath, errors: &mut Errors) {
    for (i, alias) in spec.host_aliases.iter().flatten().enumerate() {
        let path = path.child("hostAliases").index(i);
        name::address(&alias.ip, &path.child("ip"), errors);
        for (k, host) in alias.hostnames.iter().flatten().enumerate() {
            name::dns_subdomain(host, &path.child("hostnames").index(k), errors);
        }
    }
}

fn gates(spec: &PodSpec, path: &FieldPath, errors: &mut Errors) {
    for (i, gate) in spec.readiness_gates.iter().flatten().enumerate() {
        let path = path.child("readinessGates").index(i).child("conditionType");
        name::qualified(&gate.condition_type, &path, errors);
    }
    let mut names = BTreeSet::new();
    for (i, gate) in spec.scheduling_gates.iter().flatten().enumerate() {
        let path = path.child("schedulingGates").index(i);
        name::qualified(&gate.name, &path, errors);
        if !names.insert(gate.name.as_str()) {
            errors.duplicate(&path, &gate.name);
        }
    }
}

fn dns(config: Option<&PodDNSConfig>, policy: Option<&str>, path: &FieldPath, errors: &mut Errors) {
    let Some(config) = config else {
        if policy == Some("None") {
            errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        return;
    };
    let servers = config.nameservers.as_deref().unwrap_or_default();
    let at = path.child("nameservers");
    if policy == Some("None") && servers.is_empty() {
        errors.required(&at, "must provide at least one DNS nameserver when `dnsPolicy` is None");
    }
    if servers.len() > MOST_NAMESERVERS {
        let text = format!("must not have more than {MOST_NAMESERVERS} nameservers");
        errors.invalid(&at, format_args!("{servers:?}"), &text);
    }
    for (i, server) in servers.iter().enumerate() {
        name::address(server, &at.index(i), errors);
    }
    let searches = config.searches.as_deref().unwrap_or_default();
    let at = path.child("searches");
    if searches.len() > MOST_SEARCHES {
        let text = format!("must not have more than {MOST_SEARCHES} search paths");
        errors.invalid(&at, format_args!("{searches:?}"), &text);
    }
    if searches.join(" ").len() > LONGEST_SEARCHES {
        let text = format!(
            "must not have more than {LONGEST_SEARCHES} characters (including spaces) in the search list"
        );
        errors.invalid(&at, format_args!("{searches:?}"), &text);
    }
    for (i, domain) in searches.iter().enumerate() {
        name::search_domain(domain, &at.index(i), errors);
    }
    for (i, option) in config.options.iter().flatten().enumerate() {
        if option.name.as_deref().unwrap_or("").is_empty() {
            errors.required(&path.child("options").index(i), "must not be empty");
        }
    }
}

fn toleration(given: &Toleration, path: &FieldPath, errors: &mut Errors) {
    let operator = given.operator.as_deref().unwrap_or("");
    let key = given.key.as_deref().unwrap_or("");
    let effect = given.effect.as_deref().unwrap_or("");
    let value = given.value.as_deref().unwrap_or("");
    let operator_path = path.child("operator");
    if !key.is_empty() {
        name::qualified(key, &path.child("key"), errors);
    }
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
        // An empty operator means `Equal`.
        "Equal" | "" => name::label_value(value, &operator_path, errors),
        "Exists" if value.is_empty() => {}
        "Exists" => {
            errors.invalid_text(&operator_path, value, "value must be empty when `operator` is 'Exists'");
        }
        _ => errors.unsupported(&operator_path, operator, &["Equal", "Exists"]),
    }
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    errors.one_of(&path.child("effect"), Some(effect).filter(|effect| !effect.is_empty()), &effects);
}
