//! Everything that can happen in the cluster.

use super::control_plane::ControlPlaneEvent;
use super::pod::PodId;
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
    /// Room has become free, and the scheduler hears of it.
    RoomOnNode,
    /// A binding reaches the API server.
    Binding(PodId),
    /// The kubelet's watch shows a pod bound to its node.
    KubeletSees(PodId),
    /// Something happens to a pod on its node.
    Pod(PodId, PodStep),
    /// A pod under a fault gains (true) or loses readiness.
    Flaps(PodId, bool),
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
    /// The back-off is over: the image is pulled again.
    RetryPull,
    /// A pull ends, well or badly.
    PullEnds,
    /// A container runs.
    ContainerStarted,
    /// The API server hears that all containers run.
    Running,
    /// A container ends by itself.
    Crashes,
    /// The API server hears that a container has ended.
    CrashArrives,
    /// The back-off is over: the container is started again.
    Restarts,
    /// It runs again.
    Restarted,
    /// Readiness probes have succeeded often enough.
    ProbeSucceeds,
    /// Readiness probes have failed often enough.
    ProbeFails,
    /// The API server hears that the pod is Ready.
    ReadyArrives,
    /// The API server hears that the pod is not Ready.
    NotReadyArrives,
    /// The API server hears that all containers have ended.
    Stopped,
    /// The kubelet removes the object.
    Removed,
}

/// What a script does to a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptedChange {
    /// It gets its node.
    Scheduled,
    /// It becomes Running and Ready.
    Ready,
    /// It loses readiness.
    NotReady,
    /// Its object goes.
    Removed,
}
