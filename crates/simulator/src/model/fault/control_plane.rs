//! Faults of the control plane: API server, watches, controllers.

use crate::Span;
use crate::engine::Law;

/// Faults of the control plane.
#[derive(Debug, Clone, PartialEq)]
pub enum ControlPlaneFault {
    /// Calls of the controllers fail.
    ApiErrors {
        /// Affected calls.
        target: CallTarget,
        /// Share of these calls.
        lot: CallSelection,
        /// Kind of failure.
        error: ApiError,
    },
    /// Calls take longer.
    ApiLatency {
        /// Affected calls.
        target: CallTarget,
        /// Probability in [0, 1] for each call.
        fraction: f64,
        /// Extra time.
        slower: Slowdown,
    },
    /// The leading controller manager stops, and another one takes over.
    LeaderChange {
        /// How it stops.
        ending: LeaderEnding,
        /// It stops after this number of writes in the window, before the answer to the last one; 0 is at
        /// once.
        after_writes: u32,
    },
    /// The controllers' watch is delayed. Changes stay in order.
    StaleWatch {
        /// Changes of these objects; `None` is all.
        resource: Option<Resource>,
        /// Delay.
        staleness: Staleness,
    },
    /// A controller gets fewer resources.
    SlowController {
        /// Affected controller; `None` is both.
        controller: Option<ControllerName>,
        /// Concurrent syncs.
        workers: Option<u32>,
        /// Requests per second and burst of its client.
        client_limit: Option<(f64, u32)>,
    },
}

/// Calls to the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallTarget {
    /// Objects of this kind; `None` is all.
    pub resource: Option<Resource>,
    /// Calls of this kind; `None` is all.
    pub verb: Option<Verb>,
}

impl CallTarget {
    /// Whether a call matches.
    #[must_use]
    pub fn includes(self, resource: Resource, verb: Verb) -> bool {
        self.resource.is_none_or(|wanted| wanted == resource) && self.verb.is_none_or(|wanted| wanted == verb)
    }
}

/// Selection among the calls that a fault targets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallSelection {
    /// Probability in [0, 1], drawn for each call.
    pub fraction: f64,
    /// Number of calls that succeed first.
    pub skip: u32,
    /// Maximum number of affected calls.
    pub most: Option<u32>,
}

impl CallSelection {
    /// Every call.
    pub const ALL: Self = Self { fraction: 1.0, skip: 0, most: None };
}

/// Kinds of objects that controllers write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Resource {
    Pods,
    ReplicaSets,
    Deployments,
}

/// Kind of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Creation.
    Create,
    /// Update through the main endpoint.
    Update,
    /// Update through the status endpoint.
    Status,
    /// Patch: the controllers adopt and release pods with it.
    Patch,
    /// Deletion.
    Delete,
    /// A read; only its latency matters.
    Get,
}

/// Kind of failure of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiError {
    /// 409: another client has changed the object.
    Conflict,
    /// 429: the API server is overloaded. The client waits and retries, up to ten times.
    TooManyRequests {
        /// The header `Retry-After`, in whole seconds.
        retry_after: Span,
    },
    /// 500
    Internal,
    /// 503
    Unavailable,
    /// 504: the store does not answer, and nothing is stored.
    TimeoutBeforeCommit {
        /// Time until the client receives the error.
        after: Law,
    },
    /// 504: the object is stored, but the client receives a timeout.
    TimeoutAfterCommit {
        /// Time until the client receives the error.
        after: Law,
    },
}

/// Extra time of calls.
#[derive(Debug, Clone, PartialEq)]
pub enum Slowdown {
    /// Additional time before the commit.
    By(Law),
    /// Factor on request and response; at least 1.
    Times(f64),
}

/// How the leading controller manager stops.
#[derive(Debug, Clone, PartialEq)]
pub enum LeaderEnding {
    /// It releases the lease, and the standby takes it at its next attempt.
    Graceful,
    /// It crashes; the lease must expire.
    Dead,
    /// There is no standby: the same process restarts after this time.
    Restart {
        /// Time from its end to its restart.
        down: Law,
    },
}

/// Delay of a watch.
#[derive(Debug, Clone, PartialEq)]
pub enum Staleness {
    /// No change arrives until the fault ends.
    Frozen,
    /// Changes arrive this much later.
    By(Law),
}

/// The two controllers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControllerName {
    /// Rolls out templates.
    Deployment,
    /// Keeps the number of pods.
    ReplicaSet,
}
