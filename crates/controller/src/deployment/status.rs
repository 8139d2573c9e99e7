//! The status of a Deployment (`calculateStatus`, `sync.go`; `syncRolloutStatus`, `progress.go`).

use super::decision::{OnRefusal, Write};
use super::pass::SyncDraft;
use super::progress;
use crate::api::{
    Condition, ConditionStatus, ConditionType, DeploymentStatus, Message, Reason, ReplicaFailure, ReplicaSet,
};

/// Reports only counts and availability: while paused, scaled or deleted, no progress is reported.
pub(super) fn report_counts(pass: &mut SyncDraft<'_>, new: Option<&ReplicaSet>) {
    let status = calculate(pass, new);
    if status != pass.draft.status {
        write(pass, status);
    }
}

/// Reports counts, availability, progress and failures, and sets the deadline's timer if there is nothing to
/// write.
pub(super) fn report(pass: &mut SyncDraft<'_>, new: Option<&ReplicaSet>) {
    let mut status = calculate(pass, new);
    progress::update(pass, &mut status, new);
    copy_failures(pass, &mut status, new);
    if status == pass.draft.status {
        pass.requeue(progress::requeue(pass, &status));
    } else {
        write(pass, status);
    }
}

fn write(pass: &mut SyncDraft<'_>, status: DeploymentStatus) {
    pass.write(Write::DeploymentStatus { revision: pass.draft.revision, status }, OnRefusal::Fail);
}

/// Counts from the statuses of the `ReplicaSet`s in the view, and condition `Available`.
fn calculate(pass: &SyncDraft<'_>, new: Option<&ReplicaSet>) -> DeploymentStatus {
    let mut status = DeploymentStatus {
        observed_generation: pass.draft.generation,
        collision_count: pass.draft.status.collision_count,
        conditions: pass.draft.status.conditions,
        terminating: Some(0),
        updated: new.map_or(0, |new| new.status.replicas),
        ..DeploymentStatus::default()
    };
    let mut wanted = 0;
    for replica_set in pass.old_replica_sets().chain(new) {
        wanted += replica_set.replicas;
        status.replicas += replica_set.status.replicas;
        status.ready += replica_set.status.ready;
        status.available += replica_set.status.available;
        status.terminating = add_terminating(status.terminating, replica_set);
    }
    status.unavailable = (wanted - status.available).max(0);
    set_available(pass, &mut status);
    status
}

/// A `ReplicaSet` that was never synced has no terminating pods; for any other without the field the sum is
/// unknown.
fn add_terminating(sum: Option<i32>, replica_set: &ReplicaSet) -> Option<i32> {
    let never_synced = replica_set.status.observed_generation == 0;
    match replica_set.status.terminating {
        Some(terminating) => Some(sum? + terminating),
        None if never_synced => sum,
        None => None,
    }
}

fn set_available(pass: &SyncDraft<'_>, status: &mut DeploymentStatus) {
    let (holds, reason) = if status.available >= pass.draft.min_available() {
        (ConditionStatus::True, Reason::MinimumReplicasAvailable)
    } else {
        (ConditionStatus::False, Reason::MinimumReplicasUnavailable)
    };
    let condition = Condition::new(ConditionType::Available, holds, reason, Message::OfReason, pass.now);
    status.conditions.set(condition);
}

/// Condition `ReplicaFailure`: the new `ReplicaSet`'s, or else the one of the oldest old `ReplicaSet` that
/// has it.
fn copy_failures(pass: &SyncDraft<'_>, status: &mut DeploymentStatus, new: Option<&ReplicaSet>) {
    let of_new = new.and_then(|new| new.status.failure);
    match of_new.or_else(|| pass.old_replica_sets().find_map(|old| old.status.failure)) {
        Some(failure) => status.conditions.set(failure_condition(failure)),
        None => status.conditions.remove(ConditionType::ReplicaFailure),
    }
}

fn failure_condition(failure: ReplicaFailure) -> Condition {
    Condition {
        kind: ConditionType::ReplicaFailure,
        status: ConditionStatus::True,
        reason: Reason::Failed(failure.reason),
        message: Message::Error(failure.error),
        last_update: failure.last_transition,
        last_transition: failure.last_transition,
    }
}
