//! Kubernetes Events in Kubernetes' words.

use super::lexicon::Lexicon;
use super::pull;
use crate::Span;
use crate::cluster::PodId;
use crate::model::{Configuration, Container, ProbeHandler};
use crate::observe::{NodeReport, PodReport, ProbeKind, Report, SetReport};
use std::fmt;

/// A Kubernetes Event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Normal or Warning.
    pub kind: EventKind,
    /// Its reason.
    pub reason: &'static str,
    /// What it is about.
    pub involved: Involved,
    /// Who says it.
    pub from: Component,
    /// Its message.
    pub message: String,
    /// The pod that the message speaks of, where it is about another object.
    pub names_pod: Option<usize>,
}

/// `type` of an Event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// All is as it should be.
    Normal,
    /// Something is wrong.
    Warning,
}

impl EventKind {
    /// As the API spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// The object that an Event is about; indices into the story's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Involved {
    /// The Deployment.
    Deployment,
    /// A `ReplicaSet`.
    ReplicaSet(usize),
    /// A pod.
    Pod(usize),
    /// A node.
    Node(usize),
}

/// Who posts Events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Component {
    DeploymentController,
    ReplicaSetController,
    Scheduler,
    Kubelet,
    NodeController,
    TaintEvictionController,
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeploymentController => "deployment-controller",
            Self::ReplicaSetController => "replicaset-controller",
            Self::Scheduler => "default-scheduler",
            Self::Kubelet => "kubelet",
            Self::NodeController => "node-controller",
            Self::TaintEvictionController => "taint-eviction-controller",
        })
    }
}

type Said = (EventKind, &'static str, Component, String);

const fn normal(reason: &'static str, from: Component, message: String) -> Said {
    (EventKind::Normal, reason, from, message)
}

const fn warning(reason: &'static str, from: Component, message: String) -> Said {
    (EventKind::Warning, reason, from, message)
}

/// The Events that a report makes; `waited` is the time since the image was asked for.
pub(super) fn events(report: &Report, lexicon: &Lexicon, waited: Span) -> Vec<Event> {
    let (involved, said, names_pod) = match report {
        Report::Deployment(event) => {
            let (set, error) = (|name| lexicon.replica_set(name), |id| lexicon.error(id));
            let kind = if event.is_warning() { EventKind::Warning } else { EventKind::Normal };
            let text = event.text(&lexicon.subject, set, error);
            (Involved::Deployment, vec![(kind, event.reason(), Component::DeploymentController, text)], None)
        }
        Report::ReplicaSet(id, event) => {
            let pod = match event {
                SetReport::Created(pod) | SetReport::Deleted(pod) => Some(pod.0 as usize),
                _ => None,
            };
            (Involved::ReplicaSet(id.0 as usize), vec![of_replica_set(*event, lexicon)], pod)
        }
        Report::Pod(id, report) => (Involved::Pod(id.0 as usize), of_pod(*id, report, lexicon, waited), None),
        Report::Node(id, report) => {
            (Involved::Node(id.0 as usize), vec![of_node(lexicon.node(id.0), *report)], None)
        }
        Report::UserActs(_)
        | Report::ActionRefused(_)
        | Report::EvictionRefused { .. }
        | Report::FaultBegins(_)
        | Report::FaultEnds(_) => return Vec::new(),
    };
    let event = |(kind, reason, from, message)| Event { kind, reason, involved, from, message, names_pod };
    said.into_iter().map(event).collect()
}

/// `pkg/controller/controller_utils.go`
fn of_replica_set(event: SetReport, lexicon: &Lexicon) -> Said {
    let from = Component::ReplicaSetController;
    let name = |id: PodId| lexicon.pods[id.0 as usize].name.as_str();
    match event {
        SetReport::Created(pod) => normal("SuccessfulCreate", from, format!("Created pod: {}", name(pod))),
        SetReport::Deleted(pod) => normal("SuccessfulDelete", from, format!("Deleted pod: {}", name(pod))),
        SetReport::CreateFailed(error) => {
            warning("FailedCreate", from, format!("Error creating: {}", lexicon.error(error)))
        }
        SetReport::DeleteFailed(error) => {
            warning("FailedDelete", from, format!("Error deleting: {}", lexicon.error(error)))
        }
    }
}

/// `pkg/controller/nodelifecycle/node_lifecycle_controller.go`
fn of_node(name: &str, report: NodeReport) -> Said {
    let says =
        |reason: &'static str, from| normal(reason, from, format!("Node {name} status is now: {reason}"));
    match report {
        NodeReport::NotReady => says("NodeNotReady", Component::NodeController),
        NodeReport::Ready => says("NodeReady", Component::Kubelet),
    }
}

/// `pkg/scheduler/schedule_one.go`, `pkg/kubelet/images`, `pkg/kubelet/kuberuntime`, `pkg/kubelet/prober`
fn of_pod(id: PodId, report: &PodReport, lexicon: &Lexicon, waited: Span) -> Vec<Said> {
    let pod = &lexicon.pods[id.0 as usize];
    let template = lexicon.template(pod.template);
    let container = |index: u16| -> &Container {
        let inits = template.init_containers.len();
        let index = usize::from(index);
        template.init_containers.get(index).unwrap_or_else(|| &template.containers[index - inits])
    };
    let (kubelet, scheduler) = (Component::Kubelet, Component::Scheduler);
    match report {
        PodReport::Scheduled(node) => {
            let text = format!("Successfully assigned {} to {}", lexicon.full_name(id), lexicon.node(node.0));
            vec![normal("Scheduled", scheduler, text)]
        }
        PodReport::Unschedulable { reasons } => {
            vec![warning("FailedScheduling", scheduler, unschedulable(reasons))]
        }
        PodReport::Pulling(index) => {
            let text = format!("Pulling image \"{}\"", container(*index).image);
            vec![normal("Pulling", kubelet, text)]
        }
        PodReport::Pulled { container: index, took } => {
            let image = &container(*index).image;
            let (took, waited) = (go_duration(*took), go_duration(waited.max(*took)));
            let text =
                format!("Successfully pulled image \"{image}\" in {took} ({waited} including waiting)");
            vec![normal("Pulled", kubelet, text)]
        }
        PodReport::ImagePresent(index) => {
            let image = &container(*index).image;
            let text = format!(
                "Container image \"{image}\" already present on machine and can be accessed by the pod"
            );
            vec![normal("Pulled", kubelet, text)]
        }
        PodReport::PullFailed { container: index, trouble } => {
            let image = &container(*index).image;
            let text = format!("Failed to pull image \"{image}\": {}", pull::failure(image, *trouble));
            let error = "Error: ErrImagePull".to_owned();
            vec![warning("Failed", kubelet, text), warning("Failed", kubelet, error)]
        }
        PodReport::NeverPull(index) => {
            let image = &container(*index).image;
            let text = format!("Container image \"{image}\" is not present with pull policy of Never");
            let error = "Error: ErrImageNeverPull".to_owned();
            vec![warning("ErrImageNeverPull", kubelet, text), warning("Failed", kubelet, error)]
        }
        PodReport::WillBackOff { container: index, of_pull: true, .. } => {
            let text = format!("Back-off pulling image \"{}\"", container(*index).image);
            let error = "Error: ImagePullBackOff".to_owned();
            vec![normal("BackOff", kubelet, text), warning("Failed", kubelet, error)]
        }
        PodReport::WillBackOff { container: index, .. } => {
            let name = &container(*index).name;
            let pod = format!("{}_{}", pod.name, lexicon.namespace);
            let text = format!("Back-off restarting failed container {name} in pod {pod}");
            vec![warning("BackOff", kubelet, text)]
        }
        PodReport::ConfigMissing { container: index, missing } => {
            let what = match missing {
                Configuration::ConfigMap => "configmap",
                Configuration::Secret => "secret",
            };
            let name = &container(*index).name;
            vec![warning("Failed", kubelet, format!("Error: {what} \"{name}\" not found"))]
        }
        PodReport::Started(index) => {
            let name = &container(*index).name;
            let created = normal("Created", kubelet, format!("Created container: {name}"));
            vec![created, normal("Started", kubelet, format!("Started container {name}"))]
        }
        PodReport::WillFail { container: index, probe, hangs, .. } => {
            vec![warning("Unhealthy", kubelet, unhealthy(container(*index), *probe, *hangs))]
        }
        PodReport::ProbeKills { container: index, probe } => {
            let (name, probe) = (&container(*index).name, probe_name(*probe).to_lowercase());
            let text = format!("Container {name} failed {probe} probe, will be restarted");
            vec![normal("Killing", kubelet, text)]
        }
        PodReport::Stops => {
            let all = template.init_containers.iter().filter(|init| init.sidecar).chain(&template.containers);
            all.map(|part| normal("Killing", kubelet, format!("Stopping container {}", part.name))).collect()
        }
        PodReport::NodeNotReady => {
            vec![warning("NodeNotReady", Component::NodeController, "Node is not ready".to_owned())]
        }
        PodReport::Evicted => {
            let from = Component::TaintEvictionController;
            let text = format!("Marking for deletion Pod {}", lexicon.full_name(id));
            vec![normal("TaintManagerEviction", from, text)]
        }
        PodReport::Exited { .. } | PodReport::Containers { .. } => Vec::new(),
    }
}

/// `pkg/scheduler/framework/types.go`
fn unschedulable(reasons: &[(u32, String)]) -> String {
    let nodes: u32 = reasons.iter().map(|(count, _)| count).sum();
    let mut reasons: Vec<String> = reasons.iter().map(|(count, why)| format!("{count} {why}")).collect();
    reasons.sort();
    let none = if nodes == 0 { "no nodes available to schedule pods".to_owned() } else { reasons.join(", ") };
    format!("0/{nodes} nodes are available: {none}.")
}

const fn probe_name(probe: ProbeKind) -> &'static str {
    match probe {
        ProbeKind::Startup => "Startup",
        ProbeKind::Readiness => "Readiness",
        ProbeKind::Liveness => "Liveness",
    }
}

/// What a failing probe says. Addresses are not simulated, so none is given.
fn unhealthy(container: &Container, kind: ProbeKind, hangs: bool) -> String {
    let probe = match kind {
        ProbeKind::Startup => container.startup,
        ProbeKind::Readiness => container.readiness,
        ProbeKind::Liveness => container.liveness,
    };
    let why = match (probe.map(|probe| probe.handler), hangs) {
        (Some(ProbeHandler::Http), true) => {
            "Get: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        }
        (Some(ProbeHandler::Http), false) => "Get: dial tcp: connect: connection refused",
        (Some(ProbeHandler::Exec), true) => "command timed out",
        (Some(ProbeHandler::Exec), false) => "",
        (Some(ProbeHandler::Grpc), true) => "timeout: failed to connect service within the timeout",
        (_, true) => "dial tcp: i/o timeout",
        (_, false) => "dial tcp: connect: connection refused",
    };
    format!("{} probe failed: {why}", probe_name(kind)).trim_end().to_owned()
}

/// A time as Go prints it, in whole milliseconds: `340ms`, `8.312s`, `1m2.5s`.
fn go_duration(span: Span) -> String {
    let millis = (span.as_nanos() + 500_000) / 1_000_000;
    if millis < 1000 {
        return format!("{millis}ms");
    }
    let (minutes, rest) = (millis / 60_000, millis % 60_000);
    let seconds = format!("{}.{:03}", rest / 1000, rest % 1000);
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    if minutes > 0 { format!("{minutes}m{seconds}s") } else { format!("{seconds}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_go() {
        for (millis, text) in [(340, "340ms"), (8312, "8.312s"), (62_500, "1m2.5s"), (60_000, "1m0s")] {
            assert_eq!(go_duration(Span::from_millis(millis)), text);
        }
    }

    #[test]
    fn the_scheduler_counts_nodes_by_reason() {
        let reasons = [(2, "Insufficient cpu".to_owned()), (1, "Too many pods".to_owned())];
        let text = "0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu.";
        assert_eq!(unschedulable(&reasons), text);
    }
}
