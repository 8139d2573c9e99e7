//! The Service in front of the subject's pods, its proxies and its clients.

use crate::Span;
use crate::engine::Law;

/// A Service.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Labels that select its pods, sorted by key; at least one.
    pub selector: Vec<(String, String)>,
    /// The container of its port; `None`, or a name that a template lacks, is the first one.
    pub container: Option<String>,
    /// Whether pods that are not Ready are endpoints like the others (`publishNotReadyAddresses`).
    pub publish_not_ready: bool,
    /// Whether clients only reach pods on their own node (`internalTrafficPolicy: Local`).
    pub local: bool,
    /// The proxies.
    pub proxies: Proxies,
    /// The requests of the clients.
    pub traffic: Traffic,
}

/// kube-proxy on the nodes with clients.
#[derive(Debug, Clone, PartialEq)]
pub struct Proxies {
    /// Number of nodes with clients, 1 to [`Proxies::MOST`]; each sends an equal share of the requests.
    pub count: u32,
    /// Minimum time from the end of one sync to the begin of the next.
    pub min_interval: Span,
    /// Time to write the rules.
    pub programming: Law,
}

impl Proxies {
    /// Maximum number of simulated proxies.
    pub const MOST: u32 = 64;
}

/// Requests from clients inside the cluster, at a constant rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// Total requests per second; positive.
    pub requests_per_second: f64,
    /// Duration of a request.
    pub duration: Law,
    /// Use of connections.
    pub connections: Connections,
    /// Reaction of the application to SIGTERM.
    pub on_shutdown: OnShutdown,
}

/// Use of connections.
#[derive(Debug, Clone, PartialEq)]
pub enum Connections {
    /// Each request opens its own connection.
    PerRequest,
    /// Connections carry one request per second each and are closed by the client after a lifetime.
    KeepAlive {
        /// The lifetime; only its mean is used.
        lifetime: Law,
    },
}

/// Behaviour of an application from SIGTERM to its exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnShutdown {
    /// It refuses new connections, closes idle ones and completes requests in progress.
    ClosesListener,
    /// It accepts new connections until its exit, closes idle ones and continues all requests.
    Drains,
    /// It ignores SIGTERM until its exit.
    Ignores,
}
