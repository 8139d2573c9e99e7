//! The API server's validation, in rule and in wording (`pkg/apis/{apps,core}/validation` of
//! Kubernetes v1.36), of objects whose defaults have been filled in.
//!
//! Not every rule of the API is here: what decides nothing in a simulation (volume sources, security
//! contexts) is taken as given. What is here is never stricter than the API.

mod container;
mod disruption;
mod field;
mod name;
mod placement;
mod pod;
mod policy;
mod probe;
mod resources;
pub(crate) mod selector;
mod service;
mod workload;

pub(crate) use disruption::disruption_budget;
pub(crate) use field::{Errors, Path};
pub(crate) use name::is_dns_label;
pub(crate) use pod::pod;
pub(crate) use policy::{limit_range, resource_quota};
pub(crate) use service::service;
pub(crate) use workload::{deployment, number, replica_set, strategy};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Name, namespace, labels and annotations of an object.
fn metadata(meta: &ObjectMeta, errors: &mut Errors) {
    let path = Path::of(&["metadata"]);
    match meta.name.as_deref() {
        None | Some("") if meta.generate_name.is_none() => {
            errors.required(&path.child("name"), "name or generateName is required");
        }
        None => {}
        Some(text) => name::dns_subdomain(text, &path.child("name"), errors),
    }
    if let Some(namespace) = meta.namespace.as_deref().filter(|text| !text.is_empty()) {
        name::dns_label(namespace, &path.child("namespace"), errors);
    }
    name::labels(meta.labels.as_ref(), &path.child("labels"), errors);
    name::annotations(meta.annotations.as_ref(), &path.child("annotations"), errors);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostics, Source};
    use crate::{decode, defaulting, yaml};
    use k8s_openapi::api::apps::v1::Deployment;

    /// The errors of a Deployment with these fields in its spec and in its only container.
    fn errors(spec: &str, pod: &str, container: &str) -> Vec<String> {
        let text = format!(
            "metadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n{spec}  template:\n    metadata: \
             {{labels: {{a: b}}}}\n    spec:\n{pod}      containers:\n      - name: c\n        image: i\n{container}"
        );
        let mut log = Diagnostics::new();
        let nodes = yaml::documents(&Source::new("d.yaml", text), &mut log);
        let mut object: Deployment = decode::object(&nodes[0], &mut log).expect("an object");
        assert!(log.is_empty(), "{log}");
        defaulting::deployment(object.spec.as_mut().expect("a spec"));
        let mut errors = Errors::default();
        deployment(&object, true, &mut errors);
        errors.texts()
    }

    fn of_spec(field: &str) -> Vec<String> {
        errors(&format!("  {field}\n"), "", "")
    }

    fn of_pod(field: &str) -> Vec<String> {
        errors("", &format!("      {field}\n"), "")
    }

    fn of_container(field: &str) -> Vec<String> {
        errors("", "", &format!("        {field}\n"))
    }

    #[test]
    fn what_kubernetes_accepts_is_accepted() {
        for field in [
            "replicas: 0",
            "minReadySeconds: 599",
            "progressDeadlineSeconds: 2147483647",
            "revisionHistoryLimit: 0",
            "paused: true",
            "strategy: {type: Recreate}",
            "strategy: {rollingUpdate: {maxSurge: 500%, maxUnavailable: 0}}",
            "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1%}}",
            "strategy: {rollingUpdate: {maxSurge: 0}}",
            "strategy: {rollingUpdate: {maxSurge: 200, maxUnavailable: 100}}",
            "strategy: {rollingUpdate: {maxUnavailable: 100%}}",
        ] {
            assert_eq!(of_spec(field), [""; 0], "{field}");
        }
        for field in [
            "terminationGracePeriodSeconds: 0",
            "terminationGracePeriodSeconds: -1",
            "tolerations: [{operator: Exists}]",
            "tolerations: [{key: a, effect: NoExecute, tolerationSeconds: 5}]",
            "nodeSelector: {example.com/disk: ssd}",
            "initContainers: [{name: i, image: i}, {name: s, image: s, restartPolicy: Always, livenessProbe: {exec: {command: [a]}}}]",
            "activeDeadlineSeconds: null",
            "priorityClassName: high",
            "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, minDomains: 3}]",
            "affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {a: b}}}}]}}",
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: cores, operator: Gt, values: ['8']}]}]}}}",
        ] {
            assert_eq!(of_pod(field), [""; 0], "{field}");
        }
        for field in [
            "resources: {requests: {cpu: 1, example.com/gpu: 1, hugepages-2Mi: 2Mi}, limits: {cpu: 1000m}}",
            "resources: {requests: {memory: 1e3, ephemeral-storage: 1Ei}}",
            "readinessProbe: {httpGet: {port: http}, periodSeconds: 0, successThreshold: 3}",
            "livenessProbe: {grpc: {port: 1}, terminationGracePeriodSeconds: 1}",
            "startupProbe: {tcpSocket: {port: 65535}, failureThreshold: 100000}",
            "lifecycle: {preStop: {sleep: {seconds: 30}}}",
            "ports: [{containerPort: 80, protocol: UDP}, {containerPort: 80}]",
            "env: [{name: 'with.dots-and spaces', value: ''}]",
        ] {
            assert_eq!(of_container(field), [""; 0], "{field}");
        }
    }

    #[test]
    fn what_kubernetes_refuses_is_refused_in_its_words() {
        let table = [
            (
                of_spec("strategy: {rollingUpdate: {maxSurge: 0%, maxUnavailable: 0}}"),
                "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
            ),
            (
                of_spec("progressDeadlineSeconds: 0"),
                "spec.progressDeadlineSeconds: Invalid value: 0: must be greater than minReadySeconds",
            ),
            (
                of_pod("ephemeralContainers: [{name: d, image: d}]"),
                "spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template",
            ),
            (
                of_pod("tolerations: [{key: a, operator: Exists, value: b}]"),
                "spec.template.spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'",
            ),
            (
                of_pod("initContainers: [{name: c, image: i}]"),
                "spec.template.spec.initContainers[0].name: Duplicate value: \"c\"",
            ),
            (
                of_pod("initContainers: [{name: i, image: i, readinessProbe: {exec: {command: [a]}}}]"),
                "spec.template.spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without \
                 restartPolicy=Always",
            ),
            (
                of_pod(
                    "topologySpreadConstraints: [{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]",
                ),
                "spec.template.spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
            ),
            (
                of_pod(
                    "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: Never}]",
                ),
                "spec.template.spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"Never\": supported \
                 values: \"DoNotSchedule\", \"ScheduleAnyway\"",
            ),
            (
                of_pod(
                    "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: ''}]}}",
                ),
                "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: \
                 Required value: can not be empty",
            ),
            (
                of_pod(
                    "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
                     [{matchExpressions: [{key: disk, operator: In}]}]}}}",
                ),
                "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]\
                 .matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
            ),
            (
                of_container("livenessProbe: {exec: {command: [a]}, terminationGracePeriodSeconds: 0}"),
                "spec.template.spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater \
                 than 0",
            ),
            (
                of_container("startupProbe: {exec: {}}"),
                "spec.template.spec.containers[0].startupProbe.exec.command: Required value",
            ),
            (
                of_container("ports: [{containerPort: 0}]"),
                "spec.template.spec.containers[0].ports[0].containerPort: Required value",
            ),
            (
                of_container("resources: {requests: {memory: 2Gi}, limits: {memory: 2000M}}"),
                "spec.template.spec.containers[0].resources.requests: Invalid value: \"2Gi\": must be less than or equal to memory \
                 limit of 2000M",
            ),
        ];
        for (errors, expected) in table {
            assert_eq!(errors, [expected]);
        }
    }
}
