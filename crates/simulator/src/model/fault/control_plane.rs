//! Faults of the control plane: API server, watches, controllers.

use crate::Span;
use crate::engine::Law;

/// What goes wrong in the control plane.
#[derive(Debug, Clone, PartialEq)]
pub enum ControlPlaneFault {
    /// Calls of the controllers fail.
    ApiErrors {
        /// Which calls.
        target: CallTarget,
        /// Which of those.
        lot: CallLot,
        /// How they fail.
        error: ApiError,
    },
    /// Calls take longer.
    ApiLatency {
        /// Which calls.
        target: CallTarget,
        /// Probability in [0, 1] that a call does.
        fraction: f64,
        /// How much longer.
        slower: Slower,
    },
    /// The controller manager stops, and another one takes over.
    LeaderChange {
        /// How it stops.
        ending: LeaderEnding,
        /// It stops when it has made so many writes in the window, before it hears the answer to the last one;
        /// 0 at once.
        after_writes: u32,
    },
    /// The controllers' watch falls behind. Changes come in order all the same.
    StaleWatch {
        /// Changes of these objects; `None` is all.
        resource: Option<Resource>,
        /// How far.
        staleness: Staleness,
    },
    /// A controller has less to work with.
    SlowController {
        /// Which; `None` is both.
        controller: Option<ControllerName>,
        /// Syncs side by side.
        workers: Option<u32>,
        /// Requests per second and burst of its client.
        client_limit: Option<(f64, u32)>,
    },
}

/// Calls to the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallTarget {
    /// About these objects; `None` is all.
    pub resource: Option<Resource>,
    /// Of this kind; `None` is all.
    pub verb: Option<Verb>,
}

impl CallTarget {
    /// Whether a call is meant.
    #[must_use]
    pub fn includes(self, resource: Resource, verb: Verb) -> bool {
        self.resource.is_none_or(|wanted| wanted == resource) && self.verb.is_none_or(|wanted| wanted == verb)
    }
}

/// Which of the calls that a fault is aimed at it hits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CallLot {
    /// Probability in [0, 1], drawn for each call.
    pub fraction: f64,
    /// So many calls go well first.
    pub skip: u32,
    /// No more than so many are hit.
    pub most: Option<u32>,
}

impl CallLot {
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

/// Kinds of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Creation.
    Create,
    /// Through the main endpoint.
    Update,
    /// Update through the status endpoint.
    Status,
    /// A patch: the controllers adopt and release pods with it.
    Patch,
    /// Deletion.
    Delete,
    /// A read; only its latency matters.
    Get,
}

/// How a call fails.
#[derive(Debug, Clone, PartialEq)]
pub enum ApiError {
    /// 409: somebody else has written the object.
    Conflict,
    /// 429: the API server is overloaded. The client waits so long and calls again, up to ten times.
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
        /// Time until the client hears of it.
        after: Law,
    },
    /// 504: the object is stored, but the client hears that the call timed out.
    TimeoutAfterCommit {
        /// Time until the client hears of it.
        after: Law,
    },
}

/// How much longer calls take.
#[derive(Debug, Clone, PartialEq)]
pub enum Slower {
    /// So much longer on the way to the commit.
    By(Law),
    /// So many times as long, there and back; at least 1.
    Times(f64),
}

/// How the leading controller manager stops.
#[derive(Debug, Clone, PartialEq)]
pub enum LeaderEnding {
    /// It gives the lease back, and the standby takes it at its next attempt.
    Graceful,
    /// It dies; the lease must run out.
    Dead,
    /// There is no standby: the same process is back after this time.
    Restart {
        /// From its end to its new beginning.
        down: Law,
    },
}

/// How far a watch falls behind.
#[derive(Debug, Clone, PartialEq)]
pub enum Staleness {
    /// Nothing comes until the fault ends.
    Frozen,
    /// Changes come so much later.
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
