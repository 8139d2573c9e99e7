//! The defaulting of the API: fields that a manifest does not state are filled in before validation.

use k8s_openapi::api::apps::v1::{DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::api::core::v1::{
    Container, HTTPGetAction, LimitRangeItem, ObjectFieldSelector, PodSpec, PodTemplateSpec, Probe,
    ServiceSpec, Volume,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// Fills in a Deployment's spec. `replicas` stays empty because an autoscaler may set it.
pub(crate) fn deployment(spec: &mut DeploymentSpec) {
    strategy(spec.strategy.get_or_insert_default());
    spec.min_ready_seconds.get_or_insert(0);
    spec.revision_history_limit.get_or_insert(10);
    spec.progress_deadline_seconds.get_or_insert(600);
    template(&mut spec.template);
}

/// Fills in a strategy.
pub(crate) fn strategy(strategy: &mut DeploymentStrategy) {
    let kind = strategy.type_.get_or_insert_default();
    if kind.is_empty() {
        "RollingUpdate".clone_into(kind);
    }
    if kind == "RollingUpdate" {
        let quarter = || IntOrString::String("25%".to_owned());
        let limits: &mut RollingUpdateDeployment = strategy.rolling_update.get_or_insert_default();
        limits.max_surge.get_or_insert_with(quarter);
        limits.max_unavailable.get_or_insert_with(quarter);
    }
}

/// Fills in a pod template.
pub(crate) fn template(template: &mut PodTemplateSpec) {
    pod_spec(template.spec.get_or_insert_default());
}

/// Fills in a pod.
pub(crate) fn pod_spec(spec: &mut PodSpec) {
    text(&mut spec.restart_policy, "Always");
    text(&mut spec.dns_policy, "ClusterFirst");
    text(&mut spec.scheduler_name, "default-scheduler");
    spec.termination_grace_period_seconds.get_or_insert(30);
    spec.enable_service_links.get_or_insert(true);
    spec.security_context.get_or_insert_default();
    service_account(spec);
    let init = spec.init_containers.iter_mut().flatten();
    for container in spec.containers.iter_mut().chain(init) {
        self::container(container);
        if spec.host_network == Some(true) {
            host_ports(container);
        }
    }
    for volume in spec.volumes.iter_mut().flatten() {
        self::volume(volume);
    }
}

/// `serviceAccount` is an old name of `serviceAccountName`; the API keeps both equal.
fn service_account(spec: &mut PodSpec) {
    let filled = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
    if !filled(&spec.service_account_name) && filled(&spec.service_account) {
        spec.service_account_name.clone_from(&spec.service_account);
    }
    spec.service_account.clone_from(&spec.service_account_name);
}

fn text(field: &mut Option<String>, default: &str) {
    let field = field.get_or_insert_default();
    if field.is_empty() {
        default.clone_into(field);
    }
}

fn container(container: &mut Container) {
    let image = container.image.as_deref().unwrap_or("");
    let policy = if is_latest(image) { "Always" } else { "IfNotPresent" };
    text(&mut container.image_pull_policy, policy);
    text(&mut container.termination_message_path, "/dev/termination-log");
    text(&mut container.termination_message_policy, "File");
    for port in container.ports.iter_mut().flatten() {
        text(&mut port.protocol, "TCP");
    }
    let probes =
        [&mut container.startup_probe, &mut container.readiness_probe, &mut container.liveness_probe];
    probes.into_iter().flatten().for_each(probe);
    let hooks = container.lifecycle.iter_mut();
    for hook in hooks.flat_map(|hooks| [&mut hooks.post_start, &mut hooks.pre_stop]).flatten() {
        hook.http_get.iter_mut().for_each(http_get);
    }
    for variable in container.env.iter_mut().flatten() {
        let source = variable.value_from.as_mut().and_then(|source| source.field_ref.as_mut());
        source.into_iter().for_each(field_reference);
    }
}

/// In the network of the node, each port of a container is a port of the node.
fn host_ports(container: &mut Container) {
    for port in container.ports.iter_mut().flatten() {
        let given = port.host_port.filter(|port| *port != 0);
        port.host_port = Some(given.unwrap_or(port.container_port));
    }
}

/// Whether an image's tag is `latest`: stated, or by default without a tag and a digest.
pub(crate) fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

/// An explicit 0 counts as absent.
fn probe(probe: &mut Probe) {
    let fill = |field: &mut Option<i32>, default| {
        *field = Some(field.filter(|value| *value != 0).unwrap_or(default));
    };
    fill(&mut probe.timeout_seconds, 1);
    fill(&mut probe.period_seconds, 10);
    fill(&mut probe.success_threshold, 1);
    fill(&mut probe.failure_threshold, 3);
    probe.initial_delay_seconds.get_or_insert(0);
    probe.http_get.iter_mut().for_each(http_get);
    if let Some(grpc) = &mut probe.grpc {
        grpc.service.get_or_insert_default();
    }
}

fn http_get(get: &mut HTTPGetAction) {
    text(&mut get.path, "/");
    text(&mut get.scheme, "HTTP");
}

fn field_reference(field: &mut ObjectFieldSelector) {
    text(&mut field.api_version, "v1");
}

fn volume(volume: &mut Volume) {
    const MODE: i32 = 0o644;
    if let Some(source) = &mut volume.config_map {
        source.default_mode.get_or_insert(MODE);
    }
    if let Some(source) = &mut volume.secret {
        source.default_mode.get_or_insert(MODE);
    }
    if let Some(source) = &mut volume.host_path {
        source.type_.get_or_insert_default();
    }
    if let Some(source) = &mut volume.downward_api {
        source.default_mode.get_or_insert(MODE);
        let fields = source.items.iter_mut().flatten().filter_map(|item| item.field_ref.as_mut());
        fields.for_each(field_reference);
    }
    if let Some(source) = &mut volume.projected {
        source.default_mode.get_or_insert(MODE);
        for part in source.sources.iter_mut().flatten() {
            if let Some(token) = &mut part.service_account_token {
                token.expiration_seconds.get_or_insert(3600);
            }
            let files = part.downward_api.iter_mut().flat_map(|part| part.items.iter_mut().flatten());
            files.filter_map(|file| file.field_ref.as_mut()).for_each(field_reference);
        }
    }
}

/// Fills in a Service.
pub(crate) fn service(spec: &mut ServiceSpec) {
    text(&mut spec.type_, "ClusterIP");
    text(&mut spec.session_affinity, "None");
    if spec.session_affinity.as_deref() == Some("None") {
        spec.session_affinity_config = None;
    }
    for port in spec.ports.iter_mut().flatten() {
        text(&mut port.protocol, "TCP");
        let open = match &port.target_port {
            None | Some(IntOrString::Int(0)) => true,
            Some(IntOrString::String(name)) => name.is_empty(),
            Some(IntOrString::Int(_)) => false,
        };
        if open {
            port.target_port = Some(IntOrString::Int(port.port));
        }
    }
    let external = matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer"));
    if external {
        text(&mut spec.external_traffic_policy, "Cluster");
    }
    if spec.type_.as_deref() != Some("ExternalName") {
        spec.internal_traffic_policy.get_or_insert_with(|| "Cluster".to_owned());
    }
}

/// Fills in an item of a `LimitRange`: default from max, default request from default, then from min.
pub(crate) fn limit_range_item(item: &mut LimitRangeItem) {
    if item.type_ != "Container" {
        return;
    }
    let sources = [item.max.clone()];
    let default = item.default.get_or_insert_default();
    for (name, amount) in sources.into_iter().flatten().flatten() {
        default.entry(name).or_insert(amount);
    }
    let sources = [item.default.clone(), item.min.clone()];
    let request = item.default_request.get_or_insert_default();
    for (name, amount) in sources.into_iter().flatten().flatten() {
        request.entry(name).or_insert(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::is_latest;

    #[test]
    fn images_without_a_tag_are_latest() {
        for image in ["nginx", "nginx:latest", "registry:5000/nginx", "a/b/c:latest"] {
            assert!(is_latest(image), "{image}");
        }
        for image in ["nginx:1", "registry:5000/nginx:1", "nginx@sha256:abc", "nginx:latest@sha256:abc"] {
            assert!(!is_latest(image), "{image}");
        }
    }
}
