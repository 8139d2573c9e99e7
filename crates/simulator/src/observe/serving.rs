//! Behaviour of a pod's application towards connections, independent of its readiness in the API server.

/// Behaviour of a pod's application towards connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Serving {
    /// It does not listen yet.
    #[default]
    Starting,
    /// It accepts connections and answers requests.
    Accepting,
    /// It has received SIGTERM. Its further behaviour is the Service's `onShutdown`.
    Stopping,
    /// Its process has exited; requests in flight are lost.
    Gone,
    /// Its node does not answer: connections hang until the client gives up.
    Unreachable,
}
