//! Workloads of other kinds: `StatefulSet`s, `DaemonSet`s and Jobs. Their pods are a settled load on nodes and
//! quotas.

use super::defaulting;
use super::manifest::{Autoscaler, Id, report};
use super::note::Notes;
use super::template;
use super::validate::{Errors, FieldPath};
use super::yaml::Node;
use super::{decode, manifest};
use crate::diagnostic::Diagnostics;
use k8s_openapi::api::apps::v1::{DaemonSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use simulator::model::{Background, Cluster, PodTemplate, TaintEffect, Toleration};

/// A workload of another kind.
#[derive(Debug, Clone)]
pub(crate) struct OtherLoad {
    pub(crate) id: Id,
    pods: Pods,
    pub(crate) template: PodTemplate,
}

/// The number of pods of a workload.
#[derive(Debug, Clone, Copy)]
enum Pods {
    /// The stated number; `None` leaves it to an autoscaler, and is 1 without one.
    Replicas(Option<i32>),
    /// One on each node that it tolerates.
    OnEachNode,
}

/// Taints that the `DaemonSet` controller adds tolerations for, and whether they evict
/// (`AddOrUpdateDaemonPodTolerations`, `pkg/controller/daemon/util/daemonset_util.go`).
const TOLERATED_BY_DAEMONS: [(&str, TaintEffect); 6] = [
    ("node.kubernetes.io/not-ready", TaintEffect::NoExecute),
    ("node.kubernetes.io/unreachable", TaintEffect::NoExecute),
    ("node.kubernetes.io/disk-pressure", TaintEffect::NoSchedule),
    ("node.kubernetes.io/memory-pressure", TaintEffect::NoSchedule),
    ("node.kubernetes.io/pid-pressure", TaintEffect::NoSchedule),
    ("node.kubernetes.io/unschedulable", TaintEffect::NoSchedule),
];

/// Labels that every simulated node has in addition to those of its pool.
const LABELS_OF_ALL: [(&str, &str); 2] = [("kubernetes.io/os", "linux"), ("kubernetes.io/arch", "amd64")];

/// Reads an object of one of these kinds; `None` if it is wrong or has no pods.
pub(crate) fn read(kind: &str, node: &Node, notes: &mut Notes, log: &mut Diagnostics) -> Option<OtherLoad> {
    match kind {
        "StatefulSet" => stateful_set(node, log),
        "DaemonSet" => daemon_set(node, log),
        _ => job(node, notes, log),
    }
}

fn stateful_set(node: &Node, log: &mut Diagnostics) -> Option<OtherLoad> {
    let object: StatefulSet = decode::object(node, log)?;
    let id = Id::of("StatefulSet", &object.metadata, node);
    let spec = object.spec.unwrap_or_default();
    not_negative("replicas", spec.replicas, "StatefulSet.apps", &id, node, log)?;
    Some(OtherLoad::new(id, Pods::Replicas(spec.replicas), spec.template))
}

fn daemon_set(node: &Node, log: &mut Diagnostics) -> Option<OtherLoad> {
    let object: DaemonSet = decode::object(node, log)?;
    let id = Id::of("DaemonSet", &object.metadata, node);
    let spec = object.spec.unwrap_or_default();
    let host_network = spec.template.spec.as_ref().and_then(|spec| spec.host_network) == Some(true);
    let mut load = OtherLoad::new(id, Pods::OnEachNode, spec.template);
    let unavailable = ("node.kubernetes.io/network-unavailable", TaintEffect::NoSchedule);
    let taints = TOLERATED_BY_DAEMONS.into_iter().chain(host_network.then_some(unavailable));
    load.template.tolerations.extend(taints.map(|(key, effect)| Toleration {
        key: Some(key.to_owned()),
        value: None,
        effect: Some(effect),
        seconds: None,
    }));
    Some(load)
}

/// The parallel pods of a Job; `None` if it has ended or is suspended.
fn job(node: &Node, notes: &mut Notes, log: &mut Diagnostics) -> Option<OtherLoad> {
    let object: Job = decode::object(node, log)?;
    let id = Id::of("Job", &object.metadata, node);
    let spec = object.spec.unwrap_or_default();
    not_negative("parallelism", spec.parallelism, "Job.batch", &id, node, log)?;
    not_negative("completions", spec.completions, "Job.batch", &id, node, log)?;
    let conditions = object.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let mut ended =
        conditions.filter(|c| c.status == "True" && matches!(c.type_.as_str(), "Complete" | "Failed"));
    if ended.next().is_some() {
        notes.ignored("Job", &id.name, "it has ended", "they have ended");
        return None;
    }
    if spec.suspend == Some(true) {
        notes.ignored("Job", &id.name, "it is suspended", "they are suspended");
        return None;
    }
    let parallelism = spec.parallelism.unwrap_or(1);
    let pods = spec.completions.map_or(parallelism, |completions| completions.min(parallelism));
    Some(OtherLoad::new(id, Pods::Replicas(Some(pods)), spec.template))
}

fn not_negative(
    field: &str,
    value: Option<i32>,
    kind: &str,
    id: &Id,
    node: &Node,
    log: &mut Diagnostics,
) -> Option<()> {
    let mut errors = Errors::default();
    errors.not_negative(&FieldPath::of(&["spec", field]), value);
    report(errors, kind, id, node, log);
    value.is_none_or(|value| value >= 0).then_some(())
}

impl OtherLoad {
    fn new(id: Id, pods: Pods, mut api: PodTemplateSpec) -> Self {
        defaulting::template(&mut api);
        Self { id, pods, template: template::convert(&api) }
    }

    /// Whether it has a pod on each node.
    pub(crate) const fn is_on_each_node(&self) -> bool {
        matches!(self.pods, Pods::OnEachNode)
    }

    /// Its load, if it does not depend on the nodes.
    pub(crate) fn fixed(&self, namespace: &str, autoscalers: &[Autoscaler]) -> Option<Background> {
        let Pods::Replicas(replicas) = self.pods else { return None };
        let autoscaled =
            || manifest::min_replicas(self.id.kind, &self.id.name, &self.id.namespace, autoscalers);
        Some(self.background(namespace, replicas.unwrap_or_else(|| autoscaled().unwrap_or(1)), None))
    }

    /// Its load, if it has a pod on each node that it tolerates.
    pub(crate) fn on_each_node(&self, namespace: &str, cluster: &Cluster) -> Option<Background> {
        if !self.is_on_each_node() {
            return None;
        }
        let admits = |index: &usize| {
            let mut pool = cluster.pools[*index].clone();
            for (key, value) in LABELS_OF_ALL {
                if pool.labels.iter().all(|(known, _)| known != key) {
                    pool.labels.push((key.to_owned(), value.to_owned()));
                }
            }
            simulator::admits(&pool, &self.template)
        };
        let pools: Vec<usize> = (0..cluster.pools.len()).filter(admits).collect();
        let nodes: u32 = pools.iter().map(|index| cluster.pools[*index].nodes).sum();
        Some(self.background(namespace, nodes.cast_signed(), Some(pools)))
    }

    fn background(&self, namespace: &str, pods: i32, pools: Option<Vec<usize>>) -> Background {
        Background {
            name: format!("{}/{}", self.id.kind, self.id.name),
            pods,
            pools,
            requests: self.template.requests(),
            limits: self.template.limits(),
            same_namespace: namespace == self.id.namespace,
        }
    }
}
