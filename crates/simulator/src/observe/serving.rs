//! What the application of a pod does with connections, whatever the API server says of it.

/// What the application of a pod does with connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Serving {
    /// It does not listen yet.
    #[default]
    Starting,
    /// It accepts connections and answers requests.
    Accepting,
    /// It has received SIGTERM. What it does then is the Service's `onShutdown`.
    Stopping,
    /// Its process is gone, and with it what was in flight.
    Gone,
    /// Its node does not answer: connections hang until the client gives up.
    Unreachable,
}
