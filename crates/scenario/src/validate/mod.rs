//! The API server's validation, with its rules and texts (`pkg/apis/{apps,core}/validation` of Kubernetes v1.36), of
//! objects with their defaults filled in.
//!
//! Each file has the rules of one type of the API, [`name`] the rules of texts that several types share. A rule
//! notes the path of the field and the API's text; [`Errors::report`] adds the place in the file.

mod autoscaler;
mod container;
mod disruption;
mod env;
mod field;
mod name;
mod placement;
mod pod;
mod policy;
mod probe;
mod resources;
mod security;
pub(crate) mod selector;
mod service;
mod volume;
mod workload;

pub(crate) use autoscaler::{autoscaler, autoscaler_v1};
pub(crate) use disruption::disruption_budget;
pub(crate) use field::{Errors, FieldPath};
pub(crate) use name::is_dns_label;
pub(crate) use pod::pod;
pub(crate) use policy::{limit_range, resource_quota};
pub(crate) use service::service;
pub(crate) use workload::{deployment, number, replica_set, strategy};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Checks what all objects have: name, namespace, labels, annotations, finalizers and owners. Most names are
/// subdomains.
fn metadata(meta: &ObjectMeta, errors: &mut Errors) {
    metadata_of(meta, name::dns_subdomain, errors);
}

/// Checks what all objects have; `rule` is the rule for its name.
fn metadata_of(meta: &ObjectMeta, rule: fn(&str, &FieldPath, &mut Errors), errors: &mut Errors) {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (name, prefix) = (filled(&meta.name), filled(&meta.generate_name));
    let path = FieldPath::of(&["metadata"]);
    match (&name, &prefix) {
        (Some(name), _) => rule(name, &path.child("name"), errors),
        (None, None) => errors.required(&path.child("name"), "name or generateName is required"),
        (None, Some(_)) => {}
    }
    if let Some(prefix) = &prefix {
        // The API appends a suffix, so that a hyphen at the end becomes an inner one.
        let made = prefix.strip_suffix('-').map_or_else(|| prefix.clone(), |start| format!("{start}a"));
        rule(&made, &path.child("generateName"), errors);
    }
    if let Some(namespace) = filled(&meta.namespace) {
        name::dns_label(&namespace, &path.child("namespace"), errors);
    }
    name::labels(meta.labels.as_ref(), &path.child("labels"), errors);
    name::annotations(meta.annotations.as_ref(), &path.child("annotations"), errors);
    owners(meta, &path.child("ownerReferences"), errors);
    finalizers(meta, &path.child("finalizers"), errors);
}

/// The API names the list and not the item.
fn owners(meta: &ObjectMeta, path: &FieldPath, errors: &mut Errors) {
    let mut controller: Option<&str> = None;
    for owner in meta.owner_references.iter().flatten() {
        let version = owner.api_version.rsplit('/').next().unwrap_or_default();
        let fields = [
            ("apiVersion", version, "version must not be empty"),
            ("kind", &owner.kind, "must not be empty"),
            ("name", &owner.name, "must not be empty"),
            ("uid", &owner.uid, "must not be empty"),
        ];
        for (field, text, rule) in fields {
            if text.is_empty() {
                errors.invalid_text(&path.child(field), text, rule);
            }
        }
        if owner.api_version == "v1" && owner.kind == "Event" {
            errors.invalid_text(path, &owner.name, "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.controller == Some(true)
            && let Some(first) = controller.replace(&owner.name)
        {
            let text = format!(
                "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {}",
                owner.name
            );
            errors.invalid_text(path, &owner.name, &text);
        }
    }
}

fn finalizers(meta: &ObjectMeta, path: &FieldPath, errors: &mut Errors) {
    const STANDARD: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];
    let given = meta.finalizers.as_deref().unwrap_or_default();
    for (i, finalizer) in given.iter().enumerate() {
        name::qualified(finalizer, path, errors);
        if !finalizer.contains('/') && !STANDARD.contains(&finalizer.as_str()) {
            let text = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid_text(&path.index(i), finalizer, text);
        }
    }
    let has = |name: &str| given.iter().any(|finalizer| finalizer == name);
    if has("orphan") && has("foregroundDeletion") {
        let text = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(path, format_args!("{given:?}"), text);
    }
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
            "tolerations: [{key: a, operator: '', value: b}]",
            "topologySpreadConstraints: [{maxSkew: 1, topologyKey: a b, whenUnsatisfiable: ScheduleAnyway}]",
            "volumes: [{name: empty}, {name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}]",
            "dnsConfig: {nameservers: [10.0.0.10], searches: [_tcp.example.com., .], options: [{name: ndots}]}",
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
            "resources: {requests: {cpu: 1}, limits: {cpu: 1000m, example.com/gpu: 1, hugepages-2Mi: 2Mi}}",
            "resources: {limits: {cpu: null}}",
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
    #[expect(clippy::too_many_lines, reason = "a table of rules, one row each")]
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
                    "affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, podAffinityTerm: \
                     {topologyKey: zone}}]}}",
                ),
                "spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid \
                 value: 0: must be in the range 1-100",
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
                of_container("ports: [{name: a-port-name-of-more-than-fifteen, containerPort: 80}]"),
                "spec.template.spec.containers[0].ports[0].name: Invalid value: \"a-port-name-of-more-than-fifteen\": must be no \
                 more than 15 characters",
            ),
            (
                of_container("readinessProbe: {httpGet: {port: not a port}}"),
                "spec.template.spec.containers[0].readinessProbe.httpGet.port: Invalid value: \"not a port\": must contain only \
                 alpha-numeric characters (a-z, 0-9), and hyphens (-)",
            ),
            (
                of_container("env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.nope}}}]"),
                "spec.template.spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"metadata.nope\": error \
                 converting fieldPath: field label not supported: metadata.nope",
            ),
            (
                of_container("envFrom: [{prefix: P_}]"),
                "spec.template.spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`",
            ),
            (
                of_container("lifecycle: {preStop: {httpGet: {path: /}}}"),
                "spec.template.spec.containers[0].lifecycle.preStop.httpGet.port: Invalid value: 0: must be between 1 and 65535, \
                 inclusive",
            ),
            (
                of_container("volumeMounts: [{name: v, mountPath: /v}]"),
                "spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"v\"",
            ),
            (
                of_container("resources: {requests: {example.com/gpu: 1}}"),
                "spec.template.spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable \
                 resources",
            ),
            (
                of_container("securityContext: {privileged: true, procMount: Masked}"),
                "spec.template.spec.containers[0].securityContext.procMount: Unsupported value: \"Masked\": supported values: \
                 \"Default\", \"Unmasked\"",
            ),
            (
                of_pod("volumes: [{name: v, configMap: {}}]"),
                "spec.template.spec.volumes[0].configMap.name: Required value",
            ),
            (
                of_pod("volumes: [{name: v, emptyDir: {}, hostPath: {path: /a}}]"),
                "spec.template.spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
            ),
            (
                of_pod("securityContext: {seccompProfile: {}}"),
                "spec.template.spec.securityContext.seccompProfile.type: Required value: type is required when seccompProfile is \
                 set",
            ),
            (
                of_pod("tolerations: [{key: a, operator: Gt, value: '1'}]"),
                "spec.template.spec.tolerations[0].operator: Unsupported value: \"Gt\": supported values: \"Equal\", \"Exists\"",
            ),
            (
                of_pod("dnsPolicy: None"),
                "spec.template.spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
            ),
            (
                of_container("ports: [{containerPort: 0}]"),
                "spec.template.spec.containers[0].ports[0].containerPort: Required value",
            ),
            (
                of_container("resources: {requests: {memory: 2Gi}, limits: {memory: 2000M}}"),
                "spec.template.spec.containers[0].resources.requests: Invalid value: \"2Gi\": must be less than or equal to memory \
                 limit of 2G",
            ),
        ];
        for (errors, expected) in table {
            assert_eq!(errors, [expected]);
        }
    }
}
