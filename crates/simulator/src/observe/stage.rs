//! Stages of a pod until it is Ready.

/// What a pod waits for. It enters [`Scheduling`](Self::Scheduling) at its creation. Termination is not a
/// stage; the object shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Its node is out of contact: the return of the node, or eviction.
    NodeLost,
    /// A node.
    Scheduling,
    /// Room on a node: the scheduler found no node that fits.
    NoRoom,
    /// An image: its pull, and the pulls before it in the node's queue.
    Pull,
    /// The end of the back-off of a failed pull.
    PullBackOff,
    /// The start of a container.
    Start,
    /// A probe that succeeds.
    Probe,
    /// The end of the back-off of an exited container.
    CrashLoop,
    /// Nothing: it is Ready.
    Ready,
}
