//! All events of the cluster.

use super::control_plane::ControlPlaneEvent;
use super::node_lifecycle::NodeEvent;
use super::pod::PodId;
use super::scheduler::ClusterChange;
use super::service::ServiceEvent;
use controller::api::ReplicaSetId;

/// A simulation event. The dispatcher matches every variant.
///
/// Events of the controllers carry the incarnation of the controller manager. A restarted manager ignores
/// answers to calls of the previous one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A watch delivers its next changes to the caches.
    WatchDelivers(Watch),
    /// A delayed addition to a controller's queue is due.
    QueueTimer(Controller, u32),
    /// A sync of the Deployment reads the caches and decides.
    DeploymentPass(Incarnation),
    /// The next write of the Deployment's sync reaches the API server.
    DeploymentWriteArrives(Incarnation),
    /// Its answer returns.
    DeploymentWriteReturns(Incarnation),
    /// A sync of a `ReplicaSet` reads the caches and decides.
    ReplicaSetPass(Incarnation, ReplicaSetId),
    /// A patch that adopts or releases a pod reaches the API server.
    ClaimArrives(Incarnation, ReplicaSetId, PodId),
    /// Its answer returns.
    ClaimReturns(Incarnation, ReplicaSetId),
    /// A request to create a pod reaches the API server.
    PodCreateArrives(Incarnation, ReplicaSetId),
    /// A request to delete a pod reaches the API server.
    PodDeleteArrives(Incarnation, ReplicaSetId, PodId),
    /// All calls of a batch of creations or deletions have returned.
    BatchReturns(Incarnation, ReplicaSetId),
    /// A status of a `ReplicaSet` reaches the API server.
    ReplicaSetStatusArrives(Incarnation, ReplicaSetId),
    /// Its answer returns.
    ReplicaSetStatusReturns(Incarnation, ReplicaSetId),
    /// The scheduler's watch shows a new pod.
    SchedulerSees(PodId),
    /// The scheduler takes the next pod.
    SchedulingCycle,
    /// Another event of scheduling.
    Scheduling(SchedulingEvent),
    /// A binding reaches the API server.
    Binding(PodId),
    /// The kubelet's watch shows a pod bound to its node.
    KubeletSees(PodId),
    /// An event of a pod on its node.
    Pod(PodId, PodEvent),
    /// An event of a node, or of pods because of their node.
    Node(NodeEvent),
    /// An event of the image registry.
    Registry(RegistryEvent),
    /// The garbage collector deletes the pods of a `ReplicaSet` that is gone.
    PodsCollected(ReplicaSetId),
    /// An event of the control plane other than normal calls.
    ControlPlane(ControlPlaneEvent),
    /// The quotas' new usage reaches admission.
    QuotasRecalculated,
    /// A fault begins: index into the model's list.
    FaultBegins(u32),
    /// A fault ends.
    FaultEnds(u32),
    /// A periodic fault takes effect.
    FaultStrikes(u32),
    /// The user acts: index into the model's list.
    UserActs(u32),
    /// A Kubernetes Event of a controller has been posted.
    EventPosted(Incarnation, Controller),
    /// A scripted event of a pod.
    Scripted(PodId, ScriptedChange),
    /// A scripted action: index into the list of actions.
    Action(u32),
    /// The controllers start after a restart.
    ControllersStart,
    /// An event of the Service.
    Service(ServiceEvent),
}

/// Counts the starts of the controller manager; an event belongs to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incarnation(pub u16);

/// The watches that the two controllers share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// The Deployment.
    Deployments,
    /// `ReplicaSet`s.
    ReplicaSets,
    /// Pods.
    Pods,
}

/// The two controllers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controller {
    /// Rolls out templates.
    Deployment,
    /// Keeps the number of pods.
    ReplicaSet,
}

/// Events of a pod on its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodEvent {
    /// A sync of the pod that may change something.
    Sync,
    /// A pull ends, with or without success.
    PullEnds,
    /// The container that the sync is starting runs.
    ContainerStarted,
    /// The process of a container exits.
    Exits(u16),
    /// The process of a container that failed a probe has stopped.
    Killed(u16),
    /// The result of a container's readiness probe changes.
    ReadinessChanges(u16),
    /// A container's startup probe gets a result, or its liveness probe fails.
    GuardChanges(u16),
    /// A pod under a flapping fault becomes ready (true) or not ready.
    Flaps(bool),
    /// The kubelet's status of the pod reaches the API server.
    StatusArrives,
    /// The status that all containers have terminated reaches the API server.
    Stopped,
    /// The kubelet removes the object.
    Removed,
}

/// Events of the scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchedulingEvent {
    /// The scheduler sees a change that may help unschedulable pods.
    ChangeSeen(ClusterChange),
    /// The scheduler flushes pods that have been unschedulable for long.
    Flush,
    /// The autoscaler checks for unschedulable pods.
    AutoscalerScan,
    /// A node joins a pool (by number).
    NodeJoins(u16),
}

/// Events of the image registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryEvent {
    /// A pod's download of an image (by number) starts to share the bandwidth.
    DownloadBegins(PodId, u16),
    /// The next download ends, unless a later prediction (by number) replaced this one.
    DownloadEnds(u32),
}

/// Scripted changes of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptedChange {
    /// It is bound to a node.
    Scheduled,
    /// It becomes Running.
    Running,
    /// It becomes Running and Ready.
    Ready,
    /// It loses readiness.
    NotReady,
    /// Its object is removed.
    Removed,
}
