//! From a pod template of the API to the template of the model.

use super::{hook, placement};
use k8s_openapi::api::core::v1::{
    Container as ApiContainer, Lifecycle, PodSpec, PodTemplateSpec, Probe as ApiProbe,
    Toleration as ApiToleration,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use k8s_openapi::jiff::Timestamp;
use measures::units::Quantity;
use serde_json::Value;
use simulator::Span;
use simulator::model::{
    Container, PodTemplate, Probe, ProbeHandler, PullPolicy, Resources, TaintEffect, Toleration,
};
use std::collections::BTreeMap;

/// A hundred years: longer spans have the same effect, and their nanoseconds do not fit in 64 bits.
const MAX_SECONDS: i64 = 100 * 365 * 24 * 3600;
/// The annotation that `kubectl rollout restart` sets.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";
/// The annotation that ranks pods for deletion.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
/// The label that the Deployment controller adds; comparisons of templates ignore it.
const HASH_LABEL: &str = "pod-template-hash";
/// 2026-01-01T00:00:00Z in Unix seconds: the date at t = 0.
const ZERO_OF_THE_CLOCK: i64 = 1_767_225_600;

/// Converts a validated template with its defaults filled in.
pub(crate) fn convert(api: &PodTemplateSpec) -> PodTemplate {
    let spec = api.spec.clone().unwrap_or_default();
    let meta = api.metadata.clone().unwrap_or_default();
    let mut labels = meta.labels.unwrap_or_default();
    labels.remove(HASH_LABEL);
    let restarted_at = meta.annotations.iter().flatten().find(|(key, _)| *key == RESTARTED_AT);
    let init = spec.init_containers.iter().flatten();
    PodTemplate {
        rest: rest(api),
        placement: placement::convert(&spec, &labels),
        labels: labels.into_iter().collect(),
        restarted_at: restarted_at.and_then(|(_, value)| seconds(value)),
        init_containers: init.map(container).collect(),
        containers: spec.containers.iter().map(container).collect(),
        termination_grace: grace(&spec),
        node_selector: spec.node_selector.iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
        tolerations: spec.tolerations.iter().flatten().map(toleration).collect(),
        priority: priority(&spec),
        service_account: service_account(&spec),
        deletion_cost: deletion_cost(meta.annotations.as_ref()),
    }
}

/// A cost that is not a number counts as 0 (`getIntFromAnnotation`, `pkg/controller/controller_utils.go`).
fn deletion_cost(annotations: Option<&BTreeMap<String, String>>) -> i32 {
    annotations.and_then(|annotations| annotations.get(DELETION_COST)?.parse().ok()).unwrap_or(0)
}

/// A negative grace period means one second.
fn grace(spec: &PodSpec) -> Span {
    let seconds = spec.termination_grace_period_seconds.unwrap_or(30);
    Span::from_secs(if seconds < 0 { 1 } else { seconds.min(MAX_SECONDS) })
}

fn seconds(restarted_at: &str) -> Option<i64> {
    let time: Timestamp = restarted_at.parse().ok()?;
    Some(time.as_second() - ZERO_OF_THE_CLOCK)
}

fn service_account(spec: &PodSpec) -> String {
    let name = spec.service_account_name.as_deref().filter(|name| !name.is_empty());
    name.unwrap_or("default").to_owned()
}

/// Priority classes other than the two built-in ones are objects that the model does not use: priority 0.
fn priority(spec: &PodSpec) -> i32 {
    match spec.priority_class_name.as_deref() {
        Some("system-cluster-critical") => 2_000_000_000,
        Some("system-node-critical") => 2_000_001_000,
        _ => spec.priority.unwrap_or(0),
    }
}

fn container(api: &ApiContainer) -> Container {
    let resources = api.resources.clone().unwrap_or_default();
    let limits = amounts(resources.limits.as_ref());
    let requests = amounts(resources.requests.as_ref());
    Container {
        name: api.name.clone(),
        image: api.image.clone().unwrap_or_default(),
        pull_policy: match api.image_pull_policy.as_deref() {
            Some("Always") => PullPolicy::Always,
            Some("Never") => PullPolicy::Never,
            _ => PullPolicy::IfNotPresent,
        },
        // The API copies a limit to a missing request when a pod is created.
        requests: Resources {
            cpu_milli: requests.cpu_milli.or(limits.cpu_milli),
            memory_bytes: requests.memory_bytes.or(limits.memory_bytes),
            ephemeral_bytes: requests.ephemeral_bytes.or(limits.ephemeral_bytes),
        },
        limits,
        sidecar: api.restart_policy.as_deref() == Some("Always"),
        startup: api.startup_probe.as_ref().map(probe),
        readiness: api.readiness_probe.as_ref().map(probe),
        liveness: api.liveness_probe.as_ref().map(probe),
        pre_stop: api.lifecycle.as_ref().map_or(Span::ZERO, pre_stop),
    }
}

/// Amounts of the resources that scheduling and quotas count.
pub(crate) fn amounts(written: Option<&BTreeMap<String, ApiQuantity>>) -> Resources {
    let amount = |name| Quantity::parse(&written?.get(name)?.0).ok();
    Resources {
        cpu_milli: amount("cpu").map(Quantity::milli),
        memory_bytes: amount("memory").map(Quantity::value),
        ephemeral_bytes: amount("ephemeral-storage").map(Quantity::value),
    }
}

/// The duration of a hook. Only a sleep states it: the action of the API, or a command.
fn pre_stop(hooks: &Lifecycle) -> Span {
    let Some(pre_stop) = &hooks.pre_stop else { return Span::ZERO };
    if let Some(sleep) = &pre_stop.sleep {
        return Span::from_secs(sleep.seconds.min(MAX_SECONDS));
    }
    let command = pre_stop.exec.as_ref().and_then(|exec| exec.command.as_ref());
    let words: Vec<&str> = command.into_iter().flatten().map(String::as_str).collect();
    hook::sleep(&words).map_or(Span::ZERO, |sleep| sleep.time)
}

fn probe(api: &ApiProbe) -> Probe {
    let seconds = |field: Option<i32>, default| Span::from_secs(i64::from(field.unwrap_or(default)));
    Probe {
        handler: if api.http_get.is_some() {
            ProbeHandler::Http
        } else if api.tcp_socket.is_some() {
            ProbeHandler::Tcp
        } else if api.grpc.is_some() {
            ProbeHandler::Grpc
        } else {
            ProbeHandler::Exec
        },
        initial_delay: seconds(api.initial_delay_seconds, 0),
        period: seconds(api.period_seconds, 10),
        timeout: seconds(api.timeout_seconds, 1),
        success_threshold: api.success_threshold.unwrap_or(1),
        failure_threshold: api.failure_threshold.unwrap_or(3),
        termination_grace: api
            .termination_grace_period_seconds
            .map(|seconds| Span::from_secs(seconds.clamp(0, MAX_SECONDS))),
    }
}

fn toleration(api: &ApiToleration) -> Toleration {
    let exists = api.operator.as_deref() == Some("Exists");
    Toleration {
        key: api.key.clone().filter(|key| !key.is_empty()),
        value: (!exists).then(|| api.value.clone().unwrap_or_default()),
        effect: match api.effect.as_deref() {
            Some("NoSchedule") => Some(TaintEffect::NoSchedule),
            Some("PreferNoSchedule") => Some(TaintEffect::PreferNoSchedule),
            Some("NoExecute") => Some(TaintEffect::NoExecute),
            _ => None,
        },
        seconds: api.toleration_seconds,
    }
}

/// The template as the API server stores it: the inverse of [`convert`].
pub(crate) fn to_json(template: &PodTemplate) -> Value {
    let mut api: Value = serde_json::from_str(&template.rest).unwrap_or_default();
    for (list, containers) in
        [("initContainers", &template.init_containers), ("containers", &template.containers)]
    {
        for (item, container) in api["spec"][list].as_array_mut().into_iter().flatten().zip(containers) {
            item["image"] = Value::from(container.image.as_str());
        }
    }
    let restarted_at = template.restarted_at.map(|second| Timestamp::from_second(ZERO_OF_THE_CLOCK + second));
    if let Some(Ok(time)) = restarted_at {
        api["metadata"]["annotations"][RESTARTED_AT] = Value::from(time.to_string());
    }
    api
}

/// The canonical text of a template without images and without the fields of [`PodTemplate`].
fn rest(api: &PodTemplateSpec) -> String {
    let mut api = api.clone();
    if let Some(meta) = &mut api.metadata {
        if let Some(labels) = &mut meta.labels {
            labels.remove(HASH_LABEL);
        }
        if let Some(annotations) = &mut meta.annotations
            && annotations.get(RESTARTED_AT).is_some_and(|value| seconds(value).is_some())
        {
            annotations.remove(RESTARTED_AT);
        }
    }
    if let Some(spec) = &mut api.spec {
        strip(spec);
    }
    let mut json = serde_json::to_value(&api).unwrap_or_default();
    prune(&mut json);
    json.to_string()
}

/// Removes images and writes quantities in a canonical form.
fn strip(spec: &mut PodSpec) {
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        container.image = None;
        if let Some(resources) = &mut container.resources {
            canonical(&mut resources.limits);
            canonical(&mut resources.requests);
        }
    }
    if let Some(resources) = &mut spec.resources {
        canonical(&mut resources.limits);
        canonical(&mut resources.requests);
    }
    canonical(&mut spec.overhead);
    for volume in spec.volumes.iter_mut().flatten() {
        if let Some(empty) = &mut volume.empty_dir {
            empty.size_limit.iter_mut().for_each(canonical_quantity);
        }
    }
}

fn canonical(amounts: &mut Option<BTreeMap<String, ApiQuantity>>) {
    amounts.iter_mut().flat_map(BTreeMap::values_mut).for_each(canonical_quantity);
}

fn canonical_quantity(written: &mut ApiQuantity) {
    if let Ok(quantity) = Quantity::parse(&written.0) {
        written.0 = quantity.canonical();
    }
}

/// Removes what the API treats as absent: nulls, empty lists, and the empty maps of fields that are maps. An empty object behind a pointer, as in `emptyDir: {}`, stays.
fn prune(json: &mut Value) {
    const MAPS: [&str; 9] = [
        "labels",
        "annotations",
        "nodeSelector",
        "limits",
        "requests",
        "resources",
        "overhead",
        "matchLabels",
        "metadata",
    ];
    match json {
        Value::Object(fields) => {
            fields.values_mut().for_each(prune);
            fields.retain(|key, value| match value {
                Value::Null => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(inner) => !inner.is_empty() || !MAPS.contains(&key.as_str()),
                _ => true,
            });
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostics, Source};
    use crate::{decode, defaulting, yaml};

    fn template(text: &str) -> PodTemplate {
        let mut log = Diagnostics::new();
        let nodes = yaml::documents(&Source::new("t.yaml", text), &mut log);
        let mut api: PodTemplateSpec = decode::object(&nodes[0], &mut log).unwrap();
        assert!(log.is_empty(), "{log}");
        defaulting::template(&mut api);
        convert(&api)
    }

    #[test]
    fn templates_that_mean_the_same_are_equal() {
        let short = template("metadata: {labels: {app: a}}\nspec: {containers: [{name: c, image: 'i:1'}]}");
        let long = template(
            "metadata:\n  creationTimestamp: null\n  labels: {app: a, pod-template-hash: x}\n  annotations: {}\nspec:\n  \
             restartPolicy: Always\n  dnsPolicy: ClusterFirst\n  terminationGracePeriodSeconds: 30\n  securityContext: {}\n  \
             schedulerName: default-scheduler\n  containers:\n  - name: c\n    image: i:1\n    imagePullPolicy: IfNotPresent\n    \
             env: []\n    resources: {}\n    terminationMessagePath: /dev/termination-log\n    terminationMessagePolicy: File\n",
        );
        assert_eq!(short, long);
        let cpu = |text: &str| {
            template(&format!(
                "spec: {{containers: [{{name: c, image: i, resources: {{limits: {{cpu: {text}}}}}}}]}}"
            ))
        };
        assert_eq!(cpu("1"), cpu("1000m"));
        assert_ne!(cpu("1"), cpu("1001m"));
        assert_eq!(cpu("2").containers[0].requests.cpu_milli, Some(2000));
    }

    #[test]
    fn what_differs_is_told_apart() {
        let env = |value: &str| {
            template(&format!(
                "spec: {{containers: [{{name: c, image: i, env: [{{name: A, value: '{value}'}}]}}]}}"
            ))
        };
        assert_ne!(env("1"), env("2"));
        let restarted = template(
            "metadata: {annotations: {kubectl.kubernetes.io/restartedAt: '2026-01-01T00:01:00Z'}}\nspec: {containers: [{name: \
             c, image: i}]}",
        );
        let plain = template("spec: {containers: [{name: c, image: i}]}");
        assert_eq!(restarted.restarted_at, Some(60));
        assert_eq!(restarted.rest, plain.rest);
        let cost = |cost: &str| {
            let text = "metadata: {annotations: {controller.kubernetes.io/pod-deletion-cost: '@'}}\nspec: {containers: [{name: c, image: i}]}";
            template(&text.replace('@', cost)).deletion_cost
        };
        assert_eq!((cost("-100"), cost("cheap"), plain.deletion_cost), (-100, 0, 0));
    }

    #[test]
    fn a_template_comes_back_from_json() {
        let full = "metadata: {labels: {app: a}, annotations: {kubectl.kubernetes.io/restartedAt: '2026-01-01T00:01:00Z', x: z}}\nspec: \
                    {initContainers: [{name: s, image: 's:1', restartPolicy: Always}], containers: [{name: c, image: 'i:1', env: [{name: A, value: \
                    b}], resources: {limits: {cpu: 1500m}}, ports: [{containerPort: 80}]}, {name: d, image: 'd:2'}], tolerations: [{key: k}]}";
        let once = template(full);
        let again = template(&to_json(&once).to_string());
        assert_eq!(again, once);
    }
}
