//! The fields of the API's objects: used ones, and unused ones with their possible effect. One row per field; the
//! row of an unused field includes everything below it.
//!
//! Paths: `[]` is any item of a list, `[cpu]` an entry of a map, `[*]` any other entry of it. A test visits the
//! types of the API and fails if a field is missing here.

use super::super::hook;
use super::super::yaml::Node;
use super::Effect;
use super::Effect::{DecidesOutcome, Nothing, ShiftsNumbers};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(super) enum TableEntry {
    /// The model uses it.
    Used(&'static str),
    /// The model does not use it.
    Unused(UnusedField),
    /// Fields below a path.
    Group(&'static str, &'static [TableEntry]),
}

/// A field that the model does not use.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnusedField {
    /// Its path, from the object or from the group it is in.
    pub(super) path: &'static str,
    /// Its possible effect.
    pub(super) effect: Effect,
    /// The values with which the model agrees.
    usual: Usual,
    /// The reason, in half a sentence.
    pub(super) why: &'static str,
}

/// Values with which the model agrees.
#[derive(Debug, Clone, Copy)]
enum Usual {
    /// These, as a manifest writes them; `{}` is an empty mapping. It always agrees with absent and empty values.
    Values(&'static [&'static str]),
    /// Values for which the function returns true.
    Test(fn(&Node) -> bool),
}

impl UnusedField {
    /// Whether the model agrees with a value.
    pub(super) fn is_usual(&self, node: &Node) -> bool {
        use super::super::yaml::Value;
        match (&node.value, self.usual) {
            (Value::Null, _) => true,
            (_, Usual::Test(holds)) => holds(node),
            (Value::Seq(items), Usual::Values(_)) => items.iter().all(|item| self.is_usual(item)),
            (Value::Map(entries), Usual::Values(usual)) => entries.is_empty() && usual.contains(&"{}"),
            (_, Usual::Values(usual)) => {
                let text = node.as_text().unwrap_or_default();
                text.is_empty() || usual.contains(&text.as_str())
            }
        }
    }

    /// The values with which the model agrees, for the reference.
    pub(super) const fn usual(&self) -> &'static [&'static str] {
        match self.usual {
            Usual::Values(values) => values,
            Usual::Test(_) => &["a sleep"],
        }
    }
}

impl TableEntry {
    /// The row with values with which the model agrees.
    const fn unless(self, usual: &'static [&'static str]) -> Self {
        match self {
            Self::Unused(row) => Self::Unused(UnusedField { usual: Usual::Values(usual), ..row }),
            other => other,
        }
    }

    /// The row with a test for such values.
    const fn unless_test(self, holds: fn(&Node) -> bool) -> Self {
        match self {
            Self::Unused(row) => Self::Unused(UnusedField { usual: Usual::Test(holds), ..row }),
            other => other,
        }
    }
}

const fn used(path: &'static str) -> TableEntry {
    TableEntry::Used(path)
}

const fn unused(path: &'static str, effect: Effect, why: &'static str) -> TableEntry {
    TableEntry::Unused(UnusedField { path, effect, usual: Usual::Values(&[]), why })
}

const fn nothing(path: &'static str, why: &'static str) -> TableEntry {
    unused(path, Nothing, why)
}

const fn shifts(path: &'static str, why: &'static str) -> TableEntry {
    unused(path, ShiftsNumbers, why)
}

const fn decides(path: &'static str, why: &'static str) -> TableEntry {
    unused(path, DecidesOutcome, why)
}

const fn group(path: &'static str, entries: &'static [TableEntry]) -> TableEntry {
    TableEntry::Group(path, entries)
}

const BOOKKEEPING: &str = "bookkeeping of the API server";
const OF_IMAGE: &str = "what the process does is described by the laws of its image";
const HANDLER: &str = "whether a probe succeeds is described by the laws of the image and by faults";
const MOUNTED: &str = "the volume exists and is mounted at once; a fault can take a ConfigMap or Secret away";
const ATTACHED: &str = "a volume that one node at a time can attach keeps a new pod on another node waiting while the old one \
                        lives; here every volume is attached at once";
const REMOTE: &str = "mounting a volume over the network takes time; here it takes none";
const DNS: &str = "names are always resolved";
const INSIDE: &str = "it changes what a process sees and may do, not when it runs";
const AUTOSCALING: &str = "an autoscaler changes the number of replicas with the load; here it stays";
const CLIENTS: &str = "all clients are in the cluster";
const POD_STATUS: &str = "the state at t = 0 is that of `start`";

const META: &[TableEntry] = &[
    used("name"),
    used("generateName"),
    used("namespace"),
    nothing("creationTimestamp", BOOKKEEPING),
    nothing("deletionGracePeriodSeconds", BOOKKEEPING),
    decides("deletionTimestamp", "an object that is being deleted is taken for one that stays"),
    nothing("finalizers", BOOKKEEPING),
    nothing("generation", BOOKKEEPING),
    nothing("managedFields", BOOKKEEPING),
    nothing("resourceVersion", BOOKKEEPING),
    nothing("selfLink", BOOKKEEPING),
    nothing("uid", BOOKKEEPING),
];

/// Metadata of objects other than workloads.
const PLAIN_META: &[TableEntry] = &[
    group("", META),
    nothing("annotations", "they are for people and other programs"),
    nothing("labels", "no selector here looks at them"),
    nothing("ownerReferences", BOOKKEEPING),
];

const DEPLOYMENT_META: &[TableEntry] = &[
    group("", META),
    used("annotations"),
    nothing("labels", "no selector here looks at them"),
    nothing("ownerReferences", BOOKKEEPING),
];

const REPLICA_SET_META: &[TableEntry] = &[
    group("", META),
    used("annotations"),
    used("labels"),
    used("ownerReferences[].controller"),
    used("ownerReferences[].kind"),
    used("ownerReferences[].name"),
    nothing("ownerReferences[].apiVersion", BOOKKEEPING),
    nothing("ownerReferences[].blockOwnerDeletion", BOOKKEEPING),
    nothing("ownerReferences[].uid", BOOKKEEPING),
];

const POD_META: &[TableEntry] = &[
    group("", META),
    used("labels"),
    used("ownerReferences[].controller"),
    used("ownerReferences[].kind"),
    used("ownerReferences[].name"),
    nothing("ownerReferences[].apiVersion", BOOKKEEPING),
    nothing("ownerReferences[].blockOwnerDeletion", BOOKKEEPING),
    nothing("ownerReferences[].uid", BOOKKEEPING),
    shifts("annotations[controller.kubernetes.io/pod-deletion-cost]", DELETION_COST),
    nothing("annotations[*]", "they are for people and other programs"),
];

const DELETION_COST: &str = "a scale-down takes the pods with the lowest cost first; here all cost the same";

const TEMPLATE_META: &[TableEntry] = &[
    used("labels"),
    used("annotations[kubectl.kubernetes.io/restartedAt]"),
    shifts("annotations[controller.kubernetes.io/pod-deletion-cost]", DELETION_COST),
    nothing("annotations[*]", "they are for people and other programs"),
    nothing("creationTimestamp", BOOKKEEPING),
    nothing("deletionGracePeriodSeconds", BOOKKEEPING),
    nothing("deletionTimestamp", BOOKKEEPING),
    nothing("finalizers", "no pod gets the finalizers of a template"),
    nothing("generateName", "pods are named by their ReplicaSet"),
    nothing("generation", BOOKKEEPING),
    nothing("managedFields", BOOKKEEPING),
    nothing("name", "pods are named by their ReplicaSet"),
    nothing("namespace", "pods live in the namespace of their ReplicaSet"),
    nothing("ownerReferences", "pods belong to their ReplicaSet"),
    nothing("resourceVersion", BOOKKEEPING),
    nothing("selfLink", BOOKKEEPING),
    nothing("uid", BOOKKEEPING),
];

const LABEL_SELECTOR: &[TableEntry] = &[
    used("matchLabels"),
    used("matchExpressions[].key"),
    used("matchExpressions[].operator"),
    used("matchExpressions[].values"),
];

const NODE_TERM: &[TableEntry] = &[
    used("matchExpressions[].key"),
    used("matchExpressions[].operator"),
    used("matchExpressions[].values"),
    used("matchFields[].key"),
    used("matchFields[].operator"),
    used("matchFields[].values"),
];

const NAMESPACES: &str = "a term about certain namespaces keeps no pods apart here";

const POD_TERM: &[TableEntry] = &[
    group("labelSelector", LABEL_SELECTOR),
    used("matchLabelKeys"),
    decides(
        "mismatchLabelKeys",
        "the term counts pods with other values of these labels; here it counts all",
    ),
    decides("namespaceSelector", NAMESPACES).unless(&["{}"]),
    decides("namespaces", NAMESPACES),
    used("topologyKey"),
];

const PROBE: &[TableEntry] = &[
    nothing("exec", HANDLER),
    nothing("grpc", HANDLER),
    nothing("httpGet", HANDLER),
    nothing("tcpSocket", HANDLER),
    used("failureThreshold"),
    used("initialDelaySeconds"),
    used("periodSeconds"),
    used("successThreshold"),
    used("terminationGracePeriodSeconds"),
    used("timeoutSeconds"),
];

const OTHER_RESOURCE: &str = "a resource other than cpu, memory and ephemeral storage fills nodes and quotas; here it fills \
                              nothing, and every node has it";

const AMOUNTS: &[TableEntry] = &[
    used("limits[cpu]"),
    used("limits[memory]"),
    used("limits[ephemeral-storage]"),
    decides("limits[*]", OTHER_RESOURCE).unless(&["0"]),
    used("requests[cpu]"),
    used("requests[memory]"),
    used("requests[ephemeral-storage]"),
    decides("requests[*]", OTHER_RESOURCE).unless(&["0"]),
    decides("claims", "a container waits for the devices that it claims; here they are there"),
];

const PRE_STOP: &str =
    "what a hook does apart from sleeping takes no time here, so the pod stops earlier than in a cluster";

const CONTAINER: &[TableEntry] = &[
    used("name"),
    used("image"),
    used("imagePullPolicy"),
    nothing("args", OF_IMAGE),
    nothing("command", OF_IMAGE),
    nothing("env", OF_IMAGE),
    nothing("envFrom", "the ConfigMaps and Secrets exist; a fault can take them away"),
    decides(
        "lifecycle.postStart",
        "the container counts as running, and is probed, only after this hook; here it takes no time",
    ),
    decides("lifecycle.preStop.exec", PRE_STOP).unless_test(hook::only_sleeps),
    decides("lifecycle.preStop.httpGet", PRE_STOP),
    nothing("lifecycle.preStop.tcpSocket", "the kubelet runs no such hook"),
    used("lifecycle.preStop.sleep.seconds"),
    nothing(
        "lifecycle.stopSignal",
        "how long the process takes to stop is described by the laws of its image",
    ),
    group("livenessProbe", PROBE),
    group("readinessProbe", PROBE),
    group("startupProbe", PROBE),
    used("ports[].containerPort"),
    used("ports[].name"),
    nothing("ports[].hostIP", "it matters with a hostPort only"),
    decides(
        "ports[].hostPort",
        "a node has each port once, so two such pods never share a node and a surge pod may find none; \
                                 here ports of nodes are not counted",
    )
    .unless(&["0"]),
    nothing("ports[].protocol", "it does not distinguish requests").unless(&["TCP"]),
    nothing("resizePolicy", "no pod is resized in a rollout"),
    group("resources", AMOUNTS),
    decides("restartPolicy", "the container is not restarted after every exit; here it is")
        .unless(&["Always"]),
    decides("restartPolicyRules", "exit codes decide whether the container is restarted; here it always is"),
    nothing("securityContext", INSIDE),
    nothing("stdin", INSIDE),
    nothing("stdinOnce", INSIDE),
    nothing("terminationMessagePath", INSIDE).unless(&["/dev/termination-log"]),
    nothing("terminationMessagePolicy", INSIDE).unless(&["File"]),
    nothing("tty", INSIDE),
    nothing("volumeDevices", "the entry in `volumes` describes the volume"),
    nothing("volumeMounts", "the entry in `volumes` describes the volume"),
    nothing("workingDir", INSIDE),
];

const VOLUME: &[TableEntry] = &[
    used("name"),
    nothing("configMap", MOUNTED),
    nothing("downwardAPI", MOUNTED),
    nothing("emptyDir", MOUNTED),
    nothing("hostPath", MOUNTED),
    nothing("projected", MOUNTED),
    nothing("secret", MOUNTED),
    shifts("image", "the image of the volume is pulled first; here it is there"),
    shifts("azureFile", REMOTE),
    shifts("cephfs", REMOTE),
    shifts("flocker", REMOTE),
    shifts("gitRepo", REMOTE),
    shifts("glusterfs", REMOTE),
    shifts("nfs", REMOTE),
    shifts("quobyte", REMOTE),
    decides("awsElasticBlockStore", ATTACHED),
    decides("azureDisk", ATTACHED),
    decides("cinder", ATTACHED),
    decides("csi", ATTACHED),
    decides("ephemeral", "the volume is provisioned and attached first; here it is there"),
    decides("fc", ATTACHED),
    decides("flexVolume", ATTACHED),
    decides("gcePersistentDisk", ATTACHED),
    decides("iscsi", ATTACHED),
    decides("persistentVolumeClaim", ATTACHED),
    decides("photonPersistentDisk", ATTACHED),
    decides("portworxVolume", ATTACHED),
    decides("rbd", ATTACHED),
    decides("scaleIO", ATTACHED),
    decides("storageos", ATTACHED),
    decides("vsphereVolume", ATTACHED),
];

const POD_SPEC: &[TableEntry] = &[
    decides("activeDeadlineSeconds", "the pod fails when its time is over; here it stays"),
    group("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[]", NODE_TERM),
    group("affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference", NODE_TERM),
    used("affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].weight"),
    decides("affinity.podAffinity", "pods that must be near others may find no node; here they go anywhere").unless(&["{}"]),
    group("affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[]", POD_TERM),
    group("affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm", POD_TERM),
    used("affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].weight"),
    nothing("automountServiceAccountToken", MOUNTED),
    group("containers[]", CONTAINER),
    nothing("dnsConfig", DNS),
    nothing("dnsPolicy", DNS).unless(&["ClusterFirst"]),
    nothing("enableServiceLinks", INSIDE).unless(&["true"]),
    nothing("ephemeralContainers", "no template has any"),
    nothing("hostAliases", DNS),
    nothing("hostIPC", INSIDE).unless(&["false"]),
    decides("hostNetwork", "every containerPort is a port of the node, so two such pods never share a node and a surge pod may find \
                            none; here ports of nodes are not counted")
    .unless(&["false"]),
    nothing("hostPID", INSIDE).unless(&["false"]),
    nothing("hostUsers", INSIDE).unless(&["true"]),
    nothing("hostname", DNS),
    nothing("hostnameOverride", DNS),
    nothing("imagePullSecrets", "the registry accepts every pull unless a fault says otherwise"),
    group("initContainers[]", CONTAINER),
    decides("nodeName", "the pod bypasses the scheduler, and the kubelet of this node runs the pod or fails it, again and again; here \
                         the scheduler chooses a node"),
    used("nodeSelector"),
    decides("os", "pods of another system run on its nodes only; here all nodes run them").unless(&["linux", "{}"]),
    decides("overhead", "it is added to what the pod requests; here it is not"),
    nothing("preemptionPolicy", "no pod evicts another here").unless(&["PreemptLowerPriority"]),
    decides("priority", PREEMPTION).unless(&["0"]),
    decides("priorityClassName", PREEMPTION),
    decides("readinessGates", "the pod is Ready only when another program has set these conditions; here they are not waited for"),
    decides("resourceClaims", "the pod waits for the devices that it claims; here they are there"),
    decides("resources", "requests of the whole pod are what nodes and quotas count; here those of the containers are")
    .unless(&["{}"]),
    shifts("restartPolicy", "containers that end are restarted here, whatever their exit code").unless(&["Always"]),
    decides("runtimeClassName", "a runtime class adds overhead and chooses nodes; here it does neither"),
    decides("schedulerName", "another scheduler, or none, places these pods; here the default scheduler does")
    .unless(&["default-scheduler"]),
    decides("schedulingGates", "the pod is not scheduled before the gates are removed; here it is scheduled at once"),
    decides("schedulingGroup", "pods of a group are scheduled together or not at all; here each is scheduled alone"),
    nothing("securityContext.appArmorProfile", INSIDE),
    shifts("securityContext.fsGroup", "the kubelet sets the owner of every file of the volumes first; here it takes no time"),
    nothing("securityContext.fsGroupChangePolicy", INSIDE),
    nothing("securityContext.runAsGroup", INSIDE),
    nothing("securityContext.runAsNonRoot", INSIDE),
    nothing("securityContext.runAsUser", INSIDE),
    nothing("securityContext.seLinuxChangePolicy", INSIDE),
    nothing("securityContext.seLinuxOptions", INSIDE),
    nothing("securityContext.seccompProfile", INSIDE),
    nothing("securityContext.supplementalGroups", INSIDE),
    nothing("securityContext.supplementalGroupsPolicy", INSIDE),
    nothing("securityContext.sysctls", INSIDE),
    nothing("securityContext.windowsOptions", INSIDE),
    used("serviceAccount"),
    used("serviceAccountName"),
    nothing("setHostnameAsFQDN", DNS).unless(&["false"]),
    nothing("shareProcessNamespace", INSIDE).unless(&["false"]),
    nothing("subdomain", DNS),
    used("terminationGracePeriodSeconds"),
    used("tolerations[].effect"),
    used("tolerations[].key"),
    decides("tolerations[].operator", "values of taints are compared for equality only").unless(&["Equal", "Exists"]),
    used("tolerations[].tolerationSeconds"),
    used("tolerations[].value"),
    group("topologySpreadConstraints[].labelSelector", LABEL_SELECTOR),
    used("topologySpreadConstraints[].matchLabelKeys"),
    used("topologySpreadConstraints[].maxSkew"),
    used("topologySpreadConstraints[].minDomains"),
    used("topologySpreadConstraints[].nodeAffinityPolicy"),
    used("topologySpreadConstraints[].nodeTaintsPolicy"),
    used("topologySpreadConstraints[].topologyKey"),
    used("topologySpreadConstraints[].whenUnsatisfiable"),
    group("volumes[]", VOLUME),
];

const PREEMPTION: &str = "where room is short, pods of a higher priority evict others, and pods of a lower one are evicted; here no \
                          pod evicts another, and only the two classes of the system have a priority";

const DEPLOYMENT: &[TableEntry] = &[
    group("metadata", DEPLOYMENT_META),
    used("spec.minReadySeconds"),
    used("spec.paused"),
    used("spec.progressDeadlineSeconds"),
    used("spec.replicas"),
    used("spec.revisionHistoryLimit"),
    group("spec.selector", LABEL_SELECTOR),
    used("spec.strategy.type"),
    used("spec.strategy.rollingUpdate.maxSurge"),
    used("spec.strategy.rollingUpdate.maxUnavailable"),
    group("spec.template.metadata", TEMPLATE_META),
    group("spec.template.spec", POD_SPEC),
    shifts("status", POD_STATUS).unless(&["{}"]),
];

const REPLICA_SET: &[TableEntry] = &[
    group("metadata", REPLICA_SET_META),
    used("spec.minReadySeconds"),
    used("spec.replicas"),
    group("spec.selector", LABEL_SELECTOR),
    group("spec.template.metadata", TEMPLATE_META),
    group("spec.template.spec", POD_SPEC),
    shifts("status", POD_STATUS).unless(&["{}"]),
];

const POD: &[TableEntry] = &[
    group("metadata", POD_META),
    group("spec", POD_SPEC),
    shifts("status", "a pod that has not ended is taken for one that runs and is Ready").unless(&["{}"]),
];

const SERVICE: &[TableEntry] = &[
    group("metadata", PLAIN_META),
    nothing("spec.allocateLoadBalancerNodePorts", CLIENTS),
    used("spec.clusterIP"),
    nothing("spec.clusterIPs", CLIENTS),
    nothing("spec.externalIPs", CLIENTS),
    nothing("spec.externalName", "a Service of the type ExternalName is ignored"),
    decides(
        "spec.externalTrafficPolicy",
        "requests from outside fail on a node without a pod; here all clients are in the cluster",
    )
    .unless(&["Cluster"]),
    nothing("spec.healthCheckNodePort", CLIENTS),
    used("spec.internalTrafficPolicy"),
    nothing("spec.ipFamilies", CLIENTS),
    nothing("spec.ipFamilyPolicy", CLIENTS),
    nothing("spec.loadBalancerClass", CLIENTS),
    nothing("spec.loadBalancerIP", CLIENTS),
    nothing("spec.loadBalancerSourceRanges", CLIENTS),
    nothing("spec.ports[].appProtocol", "it does not distinguish requests"),
    nothing("spec.ports[].name", "requests go to the first port"),
    nothing("spec.ports[].nodePort", CLIENTS),
    used("spec.ports[].port"),
    nothing("spec.ports[].protocol", "it does not distinguish requests").unless(&["TCP"]),
    used("spec.ports[].targetPort"),
    used("spec.publishNotReadyAddresses"),
    used("spec.selector"),
    shifts("spec.sessionAffinity", "a client stays with its pod; here each connection goes to any endpoint")
        .unless(&["None"]),
    nothing("spec.sessionAffinityConfig", "it matters with sessionAffinity only"),
    shifts(
        "spec.trafficDistribution",
        "near endpoints are preferred; here each connection goes to any endpoint",
    ),
    shifts(
        "spec.type",
        "a load balancer and the ports of nodes are a longer way; here all clients are in the cluster",
    )
    .unless(&["ClusterIP", "ExternalName"]),
    nothing("status", BOOKKEEPING).unless(&["{}"]),
];

const NOT_COUNTED: &str = "nothing that a rollout creates is counted by it";
const SCOPES: &str =
    "a quota with other scopes than NotTerminating is left out whole, so it rejects no pod here";

const QUOTA: &[TableEntry] = &[
    group("metadata", PLAIN_META),
    used("spec.hard[pods]"),
    used("spec.hard[count/pods]"),
    used("spec.hard[cpu]"),
    used("spec.hard[memory]"),
    used("spec.hard[ephemeral-storage]"),
    used("spec.hard[requests.cpu]"),
    used("spec.hard[requests.memory]"),
    used("spec.hard[requests.ephemeral-storage]"),
    used("spec.hard[limits.cpu]"),
    used("spec.hard[limits.memory]"),
    used("spec.hard[limits.ephemeral-storage]"),
    used("spec.hard[count/deployments.apps]"),
    used("spec.hard[count/replicasets.apps]"),
    nothing("spec.hard[requests.storage]", NOT_COUNTED),
    decides(
        "spec.hard[requests.*]",
        "pods that request this resource can be refused; here it is not counted",
    ),
    nothing("spec.hard[*]", NOT_COUNTED),
    decides("spec.scopes", SCOPES).unless(&["NotTerminating"]),
    decides("spec.scopeSelector", SCOPES),
    nothing("status", "usage is that of the objects in the manifests").unless(&["{}"]),
];

const BUDGET: &[TableEntry] = &[
    group("metadata", PLAIN_META),
    used("spec.maxUnavailable"),
    used("spec.minAvailable"),
    group("spec.selector", LABEL_SELECTOR),
    used("spec.unhealthyPodEvictionPolicy"),
    nothing("status", "the budget's controller computes it again"),
];

const AUTOSCALER: &[TableEntry] = &[
    group("metadata", PLAIN_META),
    decides("spec.behavior", AUTOSCALING),
    decides("spec.maxReplicas", AUTOSCALING),
    decides("spec.metrics", AUTOSCALING),
    used("spec.minReplicas"),
    nothing("spec.scaleTargetRef.apiVersion", "kind and name say which workload it is"),
    used("spec.scaleTargetRef.kind"),
    used("spec.scaleTargetRef.name"),
    decides("spec.targetCPUUtilizationPercentage", AUTOSCALING),
    nothing("status", "the size at t = 0 is that of the workload"),
];

/// The kinds of the table.
pub(super) const KINDS: [(&str, &[TableEntry]); 7] = [
    ("Deployment", DEPLOYMENT),
    ("ReplicaSet", REPLICA_SET),
    ("Pod", POD),
    ("Service", SERVICE),
    ("ResourceQuota", QUOTA),
    ("PodDisruptionBudget", BUDGET),
    ("HorizontalPodAutoscaler", AUTOSCALER),
];

/// The meaning of a path.
#[derive(Debug, Clone, Copy)]
pub(super) enum FieldUse {
    /// A field that the model uses.
    Used,
    /// A field that it does not use.
    Unused(UnusedField),
    /// An object with fields.
    Inner,
}

/// The fields of a kind by their full paths.
pub(super) type FieldTable = BTreeMap<String, FieldUse>;

static TABLES: LazyLock<BTreeMap<&'static str, FieldTable>> =
    LazyLock::new(|| KINDS.iter().map(|(kind, entries)| (*kind, table(entries))).collect());

/// The fields of a kind, if the table has it.
pub(super) fn of_kind(kind: &str) -> Option<&'static FieldTable> {
    TABLES.get(kind)
}

fn table(entries: &[TableEntry]) -> FieldTable {
    let mut table = FieldTable::new();
    add("", entries, &mut table);
    table
}

fn add(prefix: &str, entries: &[TableEntry], table: &mut FieldTable) {
    let full = |path: &str| match (prefix, path) {
        ("", path) => path.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, path) => format!("{prefix}.{path}"),
    };
    for entry in entries {
        let (path, at) = match entry {
            TableEntry::Group(path, entries) => {
                add(&full(path), entries, table);
                continue;
            }
            TableEntry::Used(path) => (full(path), FieldUse::Used),
            TableEntry::Unused(row) => (full(row.path), FieldUse::Unused(*row)),
        };
        for inner in prefixes(&path) {
            table.entry(inner.to_owned()).or_insert(FieldUse::Inner);
        }
        table.insert(path, at);
    }
}

/// All prefixes of `path`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    path.char_indices().filter_map(move |(index, letter)| {
        let outside = depth == 0;
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        (outside && matches!(letter, '.' | '[')).then(|| &path[..index])
    })
}
