//! The status of a `ReplicaSet` (`calculateStatus`, `replica_set_utils.go`).

use crate::api::{ErrorId, FailureReason, ReplicaFailure, ReplicaSet, ReplicaSetStatus};
use crate::{Span, Timestamp};

/// The pod counts at the begin of a sync, **before** it created or deleted any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PodCounts {
    /// Neither terminal nor terminating.
    pub active: i32,
    /// Of those, with all labels of the template.
    pub fully_labeled: i32,
    /// Of those, Ready.
    pub ready: i32,
    /// Of those, Ready for `minReadySeconds`.
    pub available: i32,
    /// With a deletion timestamp and not terminal.
    pub terminating: i32,
}

/// The status to report. `failure` is the first error of this sync's creations or deletions.
///
/// The condition `ReplicaFailure` keeps the text and time of the first failure while failures continue, and
/// disappears in the first sync without one, even if that sync had nothing to try.
#[must_use]
pub fn status(
    replica_set: &ReplicaSet,
    counts: PodCounts,
    failure: Option<ErrorId>,
    now: Timestamp,
) -> ReplicaSetStatus {
    let failure = failure.map(|error| {
        replica_set.status.failure.unwrap_or_else(|| ReplicaFailure {
            reason: if counts.active > replica_set.replicas {
                FailureReason::FailedDelete
            } else {
                FailureReason::FailedCreate
            },
            error,
            last_transition: now.stored(),
        })
    });
    ReplicaSetStatus {
        replicas: counts.active,
        fully_labeled: counts.fully_labeled,
        ready: counts.ready,
        available: counts.available,
        terminating: Some(counts.terminating),
        observed_generation: replica_set.generation,
        failure,
    }
}

/// Whether a status must be written.
#[must_use]
pub fn needs_write(replica_set: &ReplicaSet, status: &ReplicaSetStatus) -> bool {
    // A status takes the observed generation from the object, so equal statuses include it.
    replica_set.status != *status
}

/// Delay of the next sync for a Ready pod that becomes available: the smallest remaining time, zero if it has
/// passed meanwhile, or all of `min_ready_seconds` if no pod is waiting any more.
///
/// `next_ready_since` is the oldest Ready time of the pods that were not available yet.
#[must_use]
pub fn availability_requeue(
    replica_set: &ReplicaSet,
    reported: &ReplicaSetStatus,
    next_ready_since: Option<Timestamp>,
    now: Timestamp,
) -> Option<Span> {
    if replica_set.min_ready_seconds <= 0 || reported.ready == reported.available {
        return None;
    }
    let min_ready = Span::from_secs(replica_set.min_ready_seconds.into());
    let left = next_ready_since.map_or(min_ready, |since| (since + min_ready).since(now));
    Some(left.at_least_zero())
}
