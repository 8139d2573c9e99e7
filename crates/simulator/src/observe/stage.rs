//! The stages of a pod's way to readiness.

/// What a pod is waiting for. It enters [`Scheduling`](Self::Scheduling) when it is created; that it is
/// terminating shows in the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The node it was given, which is out of contact: that it is back, or that the cluster gives it up.
    NodeLost,
    /// A node.
    Scheduling,
    /// Room on a node: the scheduler has tried, and found none that takes the pod.
    NoRoom,
    /// An image: the pull itself, and the pulls before it in the node's queue.
    Pull,
    /// The end of the back-off after a failed pull.
    PullBackOff,
    /// The start of a container, with everything that the node does for it.
    Start,
    /// A probe that succeeds.
    Probe,
    /// The end of the back-off after a container has ended.
    CrashLoop,
    /// Nothing: it is Ready.
    Ready,
}
