//! Kubernetes manifests: the objects of a YAML stream, checked as the API server does.

use super::dump::Dumped;
use super::fields::Stated;
use super::load::OtherLoad;
use super::note::Notes;
use super::reader::{text, wrong};
use super::validate::{self, Errors};
use super::variant::Variant;
use super::yaml::{Node, Value};
use super::{apply, decode, defaulting, load, template};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use controller::api::{IntOrPercent, RollingUpdate, Strategy};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentStrategy, ReplicaSet};
use k8s_openapi::api::autoscaling::{v1, v2};
use k8s_openapi::api::core::v1::{LimitRange, Pod, PodTemplateSpec, ResourceQuota, Service};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use simulator::model::{DeploymentFields, PodTemplate};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Annotations that the Deployment controller never copies to its `ReplicaSet`s.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// Fields of a workload's spec that the API has a default for.
const DEFAULTED: [&str; 5] =
    ["replicas", "strategy", "minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit"];

/// The objects of a stream that the model uses.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub(crate) workloads: Vec<Workload>,
    pub(crate) pods: Vec<BarePod>,
    pub(crate) quotas: Vec<(Id, ResourceQuota)>,
    pub(crate) limit_ranges: Vec<(Id, LimitRange)>,
    pub(crate) disruption_budgets: Vec<(Id, PodDisruptionBudget)>,
    pub(crate) autoscalers: Vec<Autoscaler>,
    pub(crate) services: Vec<(Id, Service)>,
    /// Workloads of other kinds.
    pub(crate) other_loads: Vec<OtherLoad>,
    /// The fields that objects state and the model does not use.
    pub(crate) stated: Vec<Stated>,
    /// Notes about ignored objects.
    pub(crate) notes: Notes,
    /// The state of rollouts in dumped objects.
    dumped: Dumped,
    /// The changes that are applied before an object is read.
    variant: Arc<Variant>,
    /// The name of the object that they apply to; `None` for all objects.
    subject: Option<String>,
}

/// The identity of an object and its place.
#[derive(Debug, Clone)]
pub(crate) struct Id {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) place: Place,
}

/// A Deployment or a `ReplicaSet`.
#[derive(Debug, Clone)]
pub(crate) struct Workload {
    pub(crate) id: Id,
    pub(crate) replicas: Option<i32>,
    pub(crate) min_ready_seconds: i32,
    pub(crate) selector: LabelSelector,
    pub(crate) template: PodTemplate,
    pub(crate) annotations: Vec<(String, String)>,
    pub(crate) deployment: Option<DeploymentFields>,
    /// Labels of the object itself.
    pub(crate) labels: Option<BTreeMap<String, String>>,
    /// Fields of the spec that get defaults of the API.
    pub(crate) defaulted: Vec<&'static str>,
    /// The place of `replicas`.
    pub(crate) replicas_place: Place,
    /// The ports of its containers.
    pub(crate) ports: Vec<Port>,
    /// The manifest as `kubectl apply` keeps it.
    pub(crate) manifest: Arc<str>,
}

/// A port of a container.
#[derive(Debug, Clone)]
pub(crate) struct Port {
    pub(crate) container: String,
    pub(crate) name: Option<String>,
    pub(crate) number: i32,
}

/// A pod without a controller.
#[derive(Debug)]
pub(crate) struct BarePod {
    pub(crate) id: Id,
    pub(crate) labels: Option<BTreeMap<String, String>>,
    pub(crate) template: PodTemplate,
}

/// The used part of a `HorizontalPodAutoscaler`.
#[derive(Debug)]
pub(crate) struct Autoscaler {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) target: (String, String),
    pub(crate) min_replicas: i32,
}

impl Id {
    pub(crate) fn of(kind: &'static str, meta: &ObjectMeta, node: &Node) -> Self {
        let name = meta.name.clone().or_else(|| meta.generate_name.clone());
        let written = node.get("metadata").and_then(|meta| meta.entry("name"));
        Self {
            kind,
            name: name.unwrap_or_default(),
            namespace: namespace(meta.namespace.as_deref()),
            place: written.map_or(&node.place, |entry| &entry.value.place).clone(),
        }
    }
}

/// The least size that an autoscaler of the workload allows, if there is one.
pub(crate) fn min_replicas(kind: &str, name: &str, namespace: &str, all: &[Autoscaler]) -> Option<i32> {
    let targets = |known: &&Autoscaler| {
        known.namespace == namespace && known.target.0 == kind && known.target.1 == name
    };
    all.iter().find(targets).map(|autoscaler| autoscaler.min_replicas)
}

fn namespace(given: Option<&str>) -> String {
    given.filter(|text| !text.is_empty()).unwrap_or("default").to_owned()
}

impl Objects {
    /// An empty collection. Objects called `subject` (all if `None`) are read with the changes of `variant`.
    pub(crate) fn of(variant: &Arc<Variant>, subject: Option<&str>) -> Self {
        Self { variant: Arc::clone(variant), subject: subject.map(str::to_owned), ..Self::default() }
    }

    /// The object with the changes that apply to it.
    fn changed<'n>(&self, kind: &str, node: &'n Node, log: &mut Diagnostics) -> Cow<'n, Node> {
        let name = node.get("metadata").and_then(|meta| meta.get("name")).and_then(Node::as_str);
        let meant = self.subject.as_deref().is_none_or(|subject| name == Some(subject));
        if !meant || !self.variant.concerns(kind) {
            return Cow::Borrowed(node);
        }
        let mut node = node.clone();
        self.variant.apply_to_object(kind, &mut node, log);
        Cow::Owned(node)
    }

    /// All objects by name.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &Id> {
        let workloads = self.workloads.iter().map(|workload| &workload.id);
        let pods = self.pods.iter().map(|pod| &pod.id);
        let quotas = self.quotas.iter().map(|(id, _)| id);
        let limit_ranges = self.limit_ranges.iter().map(|(id, _)| id);
        let budgets = self.disruption_budgets.iter().map(|(id, _)| id);
        let services = self.services.iter().map(|(id, _)| id);
        let loads = self.other_loads.iter().map(|load| &load.id);
        workloads.chain(pods).chain(quotas).chain(limit_ranges).chain(budgets).chain(services).chain(loads)
    }

    /// The names of all objects: `Deployment default/web`.
    pub(crate) fn names(&self) -> Vec<String> {
        self.ids().map(|id| format!("{} {}/{}", id.kind, id.namespace, id.name)).collect()
    }

    /// Reports objects with the same kind, namespace and name.
    pub(crate) fn check_names(&self, log: &mut Diagnostics) {
        let mut seen = BTreeMap::new();
        for id in self.ids() {
            let key = (id.kind, id.namespace.as_str(), id.name.as_str());
            if let Some(first) = seen.insert(key, &id.place) {
                let text = format!("{} {}/{} exists twice", id.kind, id.namespace, id.name);
                let help = format!(
                    "the first is at {first}; delete one of them, or give them different names or namespaces \
                     (`kubectl apply` would apply one after the other, so that the last one wins)"
                );
                log.push(Diagnostic::at(&id.place, text).help(help));
            }
        }
    }

    /// The remarks of a forecast about Deployments that were dumped during a rollout.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let deployments = self.workloads.iter().filter(|workload| workload.deployment.is_some());
        deployments
            .filter_map(|workload| self.dumped.remark(&workload.id.namespace, &workload.id.name))
            .collect()
    }

    /// Adds the object of one document, or the objects of a list.
    pub(crate) fn add(&mut self, node: &Node, log: &mut Diagnostics) {
        self.add_item(node, None, log);
    }

    /// Adds an object. An item of a typed list (`DeploymentList`) can omit its kind, which `of_list` then gives.
    fn add_item(&mut self, node: &Node, of_list: Option<(&str, &str)>, log: &mut Diagnostics) {
        let says = |key: &str| node.get(key).is_some_and(|node| !node.is_null());
        let given = match of_list {
            Some(given) if !says("apiVersion") && !says("kind") => Some(given),
            _ => header(node, log),
        };
        let Some((version, kind)) = given else {
            return;
        };
        if let (Some(Value::Seq(items)), Some(of_items)) =
            (node.get("items").map(|items| &items.value), kind.strip_suffix("List"))
        {
            let of_list = (!of_items.is_empty()).then_some((version, of_items));
            for item in items {
                self.add_item(item, of_list, log);
            }
            return;
        }
        match (version, kind) {
            ("apps/v1", "Deployment") => self.deployment(&self.changed(kind, node, log), log),
            ("apps/v1", "ReplicaSet") => self.replica_set(&self.changed(kind, node, log), log),
            ("v1", "Pod") => self.pod(node, log),
            ("v1", "ResourceQuota") => self.quota(node, log),
            ("v1", "LimitRange") => self.limit_range(node, log),
            ("policy/v1", "PodDisruptionBudget") => self.disruption_budget(node, log),
            ("v1", "Service") => self.service(node, log),
            ("autoscaling/v1" | "autoscaling/v2", "HorizontalPodAutoscaler") => {
                check_autoscaler(version, node, log);
                self.autoscaler(node);
            }
            ("apps/v1", "StatefulSet" | "DaemonSet") | ("batch/v1", "Job") => {
                let loads = load::read(kind, node, &mut self.notes, log);
                self.other_loads.extend(loads);
            }
            (
                _,
                "Deployment" | "ReplicaSet" | "Pod" | "ResourceQuota" | "LimitRange" | "PodDisruptionBudget",
            ) => {
                let place = node.get("apiVersion").map_or(&node.place, |version| &version.place);
                let known = match kind {
                    "Deployment" | "ReplicaSet" => "apps/v1",
                    "PodDisruptionBudget" => "policy/v1",
                    _ => "v1",
                };
                let text = format!("no matches for kind {kind:?} in version {version:?}");
                log.push(Diagnostic::at(place, text).help(format!("write `apiVersion: {known}`")));
            }
            _ => {
                let name = node.get("metadata").and_then(|meta| meta.get("name"));
                let name = name.and_then(Node::as_str).unwrap_or("without a name");
                let why = ["the model does not use it", "the model does not use them"];
                self.notes.ignored(kind, name, why[0], why[1]);
            }
        }
    }

    /// Whether an object has an owner, so that it is not an input; notes it.
    fn owned(&mut self, id: &Id, meta: &ObjectMeta) -> bool {
        let owner = meta.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
        if let Some(owner) = owner {
            let owner = format!("{} {}", owner.kind, owner.name);
            let [one, many] = ["it belongs", "they belong"].map(|what| format!("{what} to {owner}"));
            self.notes.ignored(id.kind, &id.name, &one, &many);
        }
        owner.is_some()
    }

    fn deployment(&mut self, node: &Node, log: &mut Diagnostics) {
        let Some(mut object) = decode::object::<Deployment>(node, log) else {
            return;
        };
        let spec = object.spec.get_or_insert_default();
        defaulting::deployment(spec);
        let id = Id::of("Deployment", &object.metadata, node);
        let mut errors = Errors::default();
        validate::deployment(&object, has_selector(node), &mut errors);
        self.dumped.deployment((id.namespace.clone(), id.name.clone()), &object);
        report(errors, "Deployment.apps", &id, node, log);
        self.stated.push(Stated::of(&id, node));
        let spec = object.spec.unwrap_or_default();
        let fields = DeploymentFields {
            strategy: strategy(&spec.strategy.unwrap_or_default()),
            progress_deadline_seconds: spec.progress_deadline_seconds,
            revision_history_limit: spec.revision_history_limit,
            paused: spec.paused.unwrap_or(false),
        };
        let parts = Parts {
            replicas: spec.replicas,
            min_ready_seconds: spec.min_ready_seconds,
            selector: spec.selector,
            template: &spec.template,
            deployment: Some(fields),
        };
        self.workloads.push(parts.build(id, &object.metadata, node));
    }

    fn replica_set(&mut self, node: &Node, log: &mut Diagnostics) {
        let Some(mut object) = decode::object::<ReplicaSet>(node, log) else {
            return;
        };
        let id = Id::of("ReplicaSet", &object.metadata, node);
        self.dumped.replica_set(&id.namespace, &object);
        if self.owned(&id, &object.metadata) {
            return;
        }
        let spec = object.spec.get_or_insert_default();
        defaulting::template(spec.template.get_or_insert_default());
        let mut errors = Errors::default();
        validate::replica_set(&object, has_selector(node), &mut errors);
        report(errors, "ReplicaSet.apps", &id, node, log);
        self.stated.push(Stated::of(&id, node));
        let spec = object.spec.unwrap_or_default();
        let parts = Parts {
            replicas: spec.replicas,
            min_ready_seconds: spec.min_ready_seconds,
            selector: spec.selector,
            template: &spec.template.unwrap_or_default(),
            deployment: None,
        };
        self.workloads.push(parts.build(id, &object.metadata, node));
    }

    fn pod(&mut self, node: &Node, log: &mut Diagnostics) {
        let Some(mut object) = decode::object::<Pod>(node, log) else {
            return;
        };
        let id = Id::of("Pod", &object.metadata, node);
        if self.owned(&id, &object.metadata) {
            return;
        }
        let phase = object.status.as_ref().and_then(|status| status.phase.as_deref());
        if let Some(phase @ ("Succeeded" | "Failed")) = phase {
            let phase = phase.to_lowercase();
            self.notes.ignored("Pod", &id.name, &format!("it has {phase}"), &format!("they have {phase}"));
            return;
        }
        defaulting::pod_spec(object.spec.get_or_insert_default());
        let mut errors = Errors::default();
        validate::pod(&object, &mut errors);
        report(errors, "Pod", &id, node, log);
        self.stated.push(Stated::of(&id, node));
        let labels = object.metadata.labels;
        let metadata = ObjectMeta { labels: labels.clone(), ..ObjectMeta::default() };
        let api = PodTemplateSpec { metadata: Some(metadata), spec: object.spec };
        self.pods.push(BarePod { id, labels, template: template::convert(&api) });
    }

    fn quota(&mut self, node: &Node, log: &mut Diagnostics) {
        let Some(object) = decode::object::<ResourceQuota>(node, log) else {
            return;
        };
        let id = Id::of("ResourceQuota", &object.metadata, node);
        let mut errors = Errors::default();
        validate::resource_quota(&object, &mut errors);
        report(errors, "ResourceQuota", &id, node, log);
        self.stated.push(Stated::of(&id, node));
        self.quotas.push((id, object));
    }

    fn limit_range(&mut self, node: &Node, log: &mut Diagnostics) {
        let Some(mut object) = decode::object::<LimitRange>(node, log) else {
            return;
        };
        let id = Id::of("LimitRange", &object.metadata, node);
        for item in object.spec.iter_mut().flat_map(|spec| &mut spec.limits) {
            defaulting::limit_range_item(item);
        }
        let mut errors = Errors::default();
        validate::limit_range(&object, &mut errors);
        report(errors, "LimitRange", &id, node, log);
        self.limit_ranges.push((id, object));
    }

    fn disruption_budget(&mut self, node: &Node, log: &mut Diagnostics) {
        let Some(object) = decode::object::<PodDisruptionBudget>(node, log) else {
            return;
        };
        let id = Id::of("PodDisruptionBudget", &object.metadata, node);
        let mut errors = Errors::default();
        validate::disruption_budget(&object, &mut errors);
        report(errors, "PodDisruptionBudget.policy", &id, node, log);
        self.stated.push(Stated::of(&id, node));
        self.disruption_budgets.push((id, object));
    }

    fn service(&mut self, node: &Node, log: &mut Diagnostics) {
        let Some(mut object) = decode::object::<Service>(node, log) else {
            return;
        };
        object.spec.iter_mut().for_each(defaulting::service);
        let id = Id::of("Service", &object.metadata, node);
        let mut errors = Errors::default();
        validate::service(&object, &mut errors);
        report(errors, "Service", &id, node, log);
        self.stated.push(Stated::of(&id, node));
        self.services.push((id, object));
    }

    /// Reads the fields that the model uses; both versions of the API have them.
    fn autoscaler(&mut self, node: &Node) {
        let meta = |key| node.get("metadata").and_then(|meta| meta.get(key)).and_then(Node::as_str);
        let spec = node.get("spec");
        let target = |key| {
            let target = spec.and_then(|spec| spec.get("scaleTargetRef"));
            target.and_then(|target| target.get(key)).and_then(Node::as_str).unwrap_or("").to_owned()
        };
        let min_replicas = match spec.and_then(|spec| spec.get("minReplicas")) {
            None => 1,
            Some(node) if node.is_null() => 1,
            // `check_autoscaler` reports values that are not such numbers.
            Some(node) => match node.value {
                Value::Int(count) => i32::try_from(count).unwrap_or(1),
                _ => 1,
            },
        };
        let id = Id {
            kind: "HorizontalPodAutoscaler",
            name: meta("name").unwrap_or("").to_owned(),
            namespace: namespace(meta("namespace")),
            place: node.place.clone(),
        };
        self.stated.push(Stated::of(&id, node));
        self.autoscalers.push(Autoscaler {
            name: id.name,
            namespace: id.namespace,
            target: (target("kind"), target("name")),
            min_replicas,
        });
    }
}

/// Checks all of an autoscaler.
fn check_autoscaler(version: &str, node: &Node, log: &mut Diagnostics) {
    let mut errors = Errors::default();
    let metadata = if version == "autoscaling/v1" {
        let object = decode::object::<v1::HorizontalPodAutoscaler>(node, log);
        object.map(|object| {
            validate::autoscaler_v1(&object, &mut errors);
            object.metadata
        })
    } else {
        let object = decode::object::<v2::HorizontalPodAutoscaler>(node, log);
        object.map(|object| {
            validate::autoscaler(&object, &mut errors);
            object.metadata
        })
    };
    if let Some(metadata) = metadata {
        let id = Id::of("HorizontalPodAutoscaler", &metadata, node);
        report(errors, "HorizontalPodAutoscaler.autoscaling", &id, node, log);
    }
}

/// The fields that Deployments and `ReplicaSet`s share.
struct Parts<'t> {
    replicas: Option<i32>,
    min_ready_seconds: Option<i32>,
    selector: LabelSelector,
    template: &'t PodTemplateSpec,
    deployment: Option<DeploymentFields>,
}

impl Parts<'_> {
    fn build(self, id: Id, meta: &ObjectMeta, node: &Node) -> Workload {
        let field = |name: &str| node.get("spec")?.get(name).filter(|node| !node.is_null());
        let replicas_place = field("replicas").map_or(&id.place, |node| &node.place).clone();
        let defaulted = DEFAULTED.into_iter().filter(|name| field(name).is_none()).collect();
        let annotations = meta.annotations.iter().flatten();
        let copied = annotations.filter(|(key, _)| !NOT_COPIED.contains(&key.as_str()));
        Workload {
            id,
            replicas: self.replicas,
            min_ready_seconds: self.min_ready_seconds.unwrap_or(0),
            selector: self.selector,
            template: template::convert(self.template),
            annotations: copied.map(|(key, value)| (key.clone(), value.clone())).collect(),
            deployment: self.deployment,
            labels: meta.labels.clone(),
            defaulted,
            replicas_place,
            ports: ports(self.template),
            manifest: apply::text_of(node),
        }
    }
}

fn ports(template: &PodTemplateSpec) -> Vec<Port> {
    let containers = template.spec.iter().flat_map(|spec| &spec.containers);
    let ports = containers.flat_map(|container| {
        container.ports.iter().flatten().map(move |port| Port {
            container: container.name.clone(),
            name: port.name.clone(),
            number: port.container_port,
        })
    });
    ports.collect()
}

/// `apiVersion` and `kind`.
fn header<'n>(node: &'n Node, log: &mut Diagnostics) -> Option<(&'n str, &'n str)> {
    let Value::Map(_) = node.value else {
        log.push(wrong(node, "a Kubernetes object must be a mapping (`key: value`)"));
        return None;
    };
    let mut field = |key: &str| {
        let given = node.get(key).filter(|node| !node.is_null());
        if given.is_none() {
            log.push(Diagnostic::at(
                &node.place,
                format!("`{key}` is missing: every Kubernetes object has one"),
            ));
        }
        text(given?, &format!("`{key}`"), log)
    };
    let (version, kind) = (field("apiVersion"), field("kind"));
    version.zip(kind)
}

fn has_selector(node: &Node) -> bool {
    let selector = node.get("spec").and_then(|spec| spec.get("selector"));
    selector.is_some_and(|selector| !selector.is_null())
}

pub(crate) fn report(errors: Errors, kind: &str, id: &Id, node: &Node, log: &mut Diagnostics) {
    errors.report(kind, &id.name, node).into_iter().for_each(|diagnostic| log.push(diagnostic));
}

/// Converts a strategy with its defaults filled in.
pub(crate) fn strategy(api: &DeploymentStrategy) -> Strategy {
    if api.type_.as_deref() == Some("Recreate") {
        return Strategy::Recreate;
    }
    let limits = api.rolling_update.clone().unwrap_or_default();
    let count = |value: Option<IntOrString>| match value {
        Some(IntOrString::Int(count)) => IntOrPercent::Int(count),
        Some(text) => IntOrPercent::Percent(validate::number(&text).unwrap_or(25)),
        None => IntOrPercent::Percent(25),
    };
    Strategy::RollingUpdate(RollingUpdate {
        max_surge: count(limits.max_surge),
        max_unavailable: count(limits.max_unavailable),
    })
}
