//! The status of a `ReplicaSet` (`calculateStatus`, `replica_set_utils.go`).

use crate::api::{ErrorId, FailureReason, ReplicaFailure, ReplicaSet, ReplicaSetStatus};
use crate::{Span, Timestamp};

/// The pods of a `ReplicaSet` as a pass found them, **before** it created or deleted any.
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

/// The status to report. `failure` is the first error of this pass's creations or deletions.
///
/// The condition `ReplicaFailure` keeps the text and time of the first failure for as long as failures
/// go on, and disappears with the first pass without one, even if that pass had nothing to try.
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

/// Whether a status is worth a write.
#[must_use]
pub fn needs_write(replica_set: &ReplicaSet, status: &ReplicaSetStatus) -> bool {
    // Equal statuses include an equal observed generation, which a status always takes from the object.
    replica_set.status != *status
}

/// When to look again because a Ready pod becomes available: after the smallest time that is left, at
/// once if it has passed meanwhile, or after all of `min_ready_seconds` if no pod is waiting any more.
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
