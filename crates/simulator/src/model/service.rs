//! The Service in front of the subject's pods, the proxies that follow it, and those who ask.

use crate::Span;
use crate::engine::Law;

/// A Service, as its clients meet it.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Labels that its pods have, sorted by key; at least one.
    pub selector: Vec<(String, String)>,
    /// The container that its port leads to; `None` or a name that a template does not have: the first one.
    pub container: Option<String>,
    /// Pods that are not Ready are endpoints like the others (`publishNotReadyAddresses`).
    pub publish_not_ready: bool,
    /// Clients only reach pods on their own node (`internalTrafficPolicy: Local`).
    pub local: bool,
    /// What turns endpoints into rules.
    pub proxies: Proxies,
    /// The requests.
    pub traffic: Traffic,
}

/// kube-proxy on the nodes where clients are.
#[derive(Debug, Clone, PartialEq)]
pub struct Proxies {
    /// Nodes with clients, 1 to [`Proxies::MOST`]; each has an equal share of the requests.
    pub count: u32,
    /// Least time from the end of one sync to the beginning of the next.
    pub min_interval: Span,
    /// Time that writing the rules takes.
    pub programming: Law,
}

impl Proxies {
    /// Most proxies that are simulated.
    pub const MOST: u32 = 64;
}

/// Requests from clients inside of the cluster, at a constant rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// Requests per second in all; positive.
    pub requests_per_second: f64,
    /// How long an answer takes.
    pub duration: Law,
    /// How connections are used.
    pub connections: Connections,
    /// What the application does when it receives SIGTERM.
    pub on_shutdown: OnShutdown,
}

/// How connections are used.
#[derive(Debug, Clone, PartialEq)]
pub enum Connections {
    /// Each request opens a connection of its own.
    PerRequest,
    /// Connections carry one request a second each and are closed by the client at some age.
    KeepAlive {
        /// That age; its mean decides.
        lifetime: Law,
    },
}

/// What an application does with connections from SIGTERM to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnShutdown {
    /// It refuses new connections, closes idle ones and goes on with requests that have begun.
    ClosesListener,
    /// It accepts new connections until its end, closes idle ones and goes on with all requests.
    Drains,
    /// It goes on as if nothing had happened until its end.
    Ignores,
}
