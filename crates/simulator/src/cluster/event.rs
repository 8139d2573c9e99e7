//! Everything that can happen in the cluster.

use super::control_plane::ControlPlaneEvent;
use super::node_lifecycle::NodeEvent;
use super::pod::PodId;
use super::scheduler::Change;
use super::service::ServiceEvent;
use controller::api::ReplicaSetId;

/// A simulation event. Closed: the dispatcher answers for each.
///
/// Events of the controllers carry the incarnation of the controller manager that they belong to: a
/// restarted one does not hear the answers to its predecessor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The next changes on a watch have come to the caches.
    WatchDelivers(Watch),
    /// A delayed addition to a controller's queue is due.
    QueueTimer(Controller, u32),
    /// A pass over the Deployment reads the caches and decides.
    DeploymentPass(Incarnation),
    /// The next write of the pass over the Deployment reaches the API server.
    DeploymentWriteArrives(Incarnation),
    /// The answer to it is back.
    DeploymentWriteReturns(Incarnation),
    /// A pass over a `ReplicaSet` reads the caches and decides.
    ReplicaSetPass(Incarnation, ReplicaSetId),
    /// A patch that adopts or releases a pod reaches the API server.
    ClaimArrives(Incarnation, ReplicaSetId, PodId),
    /// The answer to it is back.
    ClaimReturns(Incarnation, ReplicaSetId),
    /// A request to create a pod reaches the API server.
    PodCreateArrives(Incarnation, ReplicaSetId),
    /// A request to delete a pod reaches the API server.
    PodDeleteArrives(Incarnation, ReplicaSetId, PodId),
    /// All calls of a batch of creations or deletions are back.
    BatchReturns(Incarnation, ReplicaSetId),
    /// A status of a `ReplicaSet` reaches the API server.
    ReplicaSetStatusArrives(Incarnation, ReplicaSetId),
    /// The answer to it is back.
    ReplicaSetStatusReturns(Incarnation, ReplicaSetId),
    /// The scheduler's watch shows a new pod.
    SchedulerSees(PodId),
    /// The scheduler takes the next pod.
    SchedulingCycle,
    /// Something else that has to do with scheduling.
    Scheduling(SchedulingEvent),
    /// A binding reaches the API server.
    Binding(PodId),
    /// The kubelet's watch shows a pod bound to its node.
    KubeletSees(PodId),
    /// Something happens to a pod on its node.
    Pod(PodId, PodStep),
    /// Something happens to a node, or to pods because of their node.
    Node(NodeEvent),
    /// Something happens on the way from the registry.
    Registry(RegistryEvent),
    /// The garbage collector deletes the pods of a `ReplicaSet` that is gone.
    PodsCollected(ReplicaSetId),
    /// Something happens in the control plane beside the ordinary ways of calls.
    ControlPlane(ControlPlaneEvent),
    /// New usage of the quotas has come to admission.
    QuotasRecalculated,
    /// A fault begins: index into the model's list.
    FaultBegins(u32),
    /// A fault ends.
    FaultEnds(u32),
    /// A fault that strikes again and again does so.
    FaultStrikes(u32),
    /// The user does something: index into the model's list.
    UserActs(u32),
    /// A Kubernetes Event of a controller has been posted.
    EventPosted(Incarnation, Controller),
    /// Something that happens to a pod by script.
    Scripted(PodId, ScriptedChange),
    /// The user, or a script, acts: index into the list of actions.
    Action(u32),
    /// The controllers start afresh.
    ControllersStart,
    /// Something happens around the Service.
    Service(ServiceEvent),
}

/// Which life of the controller manager an event belongs to.
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

/// What happens to a pod on its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodStep {
    /// The kubelet looks at the pod, and this time it can matter.
    Sync,
    /// A pull ends, well or badly.
    PullEnds,
    /// The container that the sync is at runs.
    ContainerStarted,
    /// The process of a container ends by itself.
    Exits(u16),
    /// The process of a container that a probe has failed is gone.
    Killed(u16),
    /// The readiness probe of a container comes to another verdict.
    ReadinessTurns(u16),
    /// The startup probe of a container comes to a verdict, or its liveness probe fails it.
    GuardTurns(u16),
    /// A pod under a fault gains (true) or loses readiness.
    Flaps(bool),
    /// The API server hears what the kubelet thinks of the pod.
    StatusArrives,
    /// The API server hears that all containers have ended for good.
    Stopped,
    /// The kubelet removes the object.
    Removed,
}

/// What happens around the scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchedulingEvent {
    /// The scheduler hears of a change that may help pods which found no node.
    Hears(Change),
    /// It looks for pods that have waited for very long.
    LooksForLeftOver,
    /// The autoscaler looks for pods that found no node.
    AutoscalerLooks,
    /// A node joins a pool (by number).
    NodeJoins(u16),
}

/// What happens on the way from the registry to the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryEvent {
    /// A pod's download of an image (by number) begins to share the bandwidth.
    DownloadBegins(PodId, u16),
    /// The next download ends, if nothing has changed since this was foreseen (by number).
    DownloadEnds(u32),
}

/// What a script does to a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptedChange {
    /// It gets its node.
    Scheduled,
    /// It becomes Running.
    Running,
    /// It becomes Running and Ready.
    Ready,
    /// It loses readiness.
    NotReady,
    /// Its object goes.
    Removed,
}
