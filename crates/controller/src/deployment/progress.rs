//! Condition `Progressing` and the progress deadline (`progress.go`).

use super::decision::{OnRefusal, Requeue};
use super::pass::SyncDraft;
use crate::Span;
use crate::api::{Condition, ConditionStatus, ConditionType, DeploymentStatus, Message, Reason, ReplicaSet};

/// Records that the Deployment was paused or resumed. Resuming restarts the deadline.
///
/// Nothing is recorded without a deadline, and a Deployment that has timed out stays so.
pub(super) fn note_pause_or_resume(pass: &mut SyncDraft<'_>) {
    if pass.draft.progress_deadline().is_none() {
        return;
    }
    let reason = pass.draft.status.conditions.get(ConditionType::Progressing).map(|c| c.reason);
    let noted = match (pass.draft.spec.paused, reason) {
        (_, Some(Reason::ProgressDeadlineExceeded)) | (true, Some(Reason::DeploymentPaused)) => return,
        (true, _) => Reason::DeploymentPaused,
        (false, Some(Reason::DeploymentPaused)) => Reason::DeploymentResumed,
        (false, _) => return,
    };
    let condition = Condition::new(
        ConditionType::Progressing,
        ConditionStatus::Unknown,
        noted,
        Message::OfReason,
        pass.now,
    );
    pass.draft.status.conditions.set(condition);
    pass.write_draft_status(OnRefusal::Fail);
}

/// Updates `Progressing` in the status to be written.
pub(super) fn update(pass: &SyncDraft<'_>, status: &mut DeploymentStatus, new: Option<&ReplicaSet>) {
    if pass.draft.progress_deadline().is_none() {
        status.conditions.remove(ConditionType::Progressing);
        return;
    }
    let stored = &pass.draft.status;
    let current = stored.conditions.get(ConditionType::Progressing);
    let is_settled = status.replicas == status.updated
        && current.is_some_and(|condition| condition.reason == Reason::NewReplicaSetAvailable);
    if is_settled {
        return;
    }
    let about = new.map_or(Message::Deployment, |new| Message::ReplicaSet(new.name));
    let condition =
        |status, reason| Condition::new(ConditionType::Progressing, status, reason, about, pass.now);
    if pass.draft.is_complete(status) {
        status.conditions.set(condition(ConditionStatus::True, Reason::NewReplicaSetAvailable));
    } else if has_progressed(stored, status) {
        let mut progressing = condition(ConditionStatus::True, Reason::ReplicaSetUpdated);
        if let Some(current) = current.filter(|current| current.status == ConditionStatus::True) {
            progressing.last_transition = current.last_transition;
        }
        // Replaced even if status and reason stay the same: this restarts the deadline.
        status.conditions.replace(progressing);
    } else if has_timed_out(pass, status) {
        status.conditions.set(condition(ConditionStatus::False, Reason::ProgressDeadlineExceeded));
    }
}

/// Whether any count progressed since the stored status.
///
/// Ready and available pods include **old** ones, so a flapping old pod restarts the deadline.
fn has_progressed(stored: &DeploymentStatus, status: &DeploymentStatus) -> bool {
    status.updated > stored.updated
        || status.replicas - status.updated < stored.replicas - stored.updated
        || status.ready > stored.ready
        || status.available > stored.available
}

/// Whether the deadline has passed. The comparison is strict, and the time of the last update is truncated to
/// a whole second.
fn has_timed_out(pass: &SyncDraft<'_>, status: &DeploymentStatus) -> bool {
    let Some(deadline) = pass.draft.progress_deadline() else {
        return false;
    };
    let Some(condition) = status.conditions.get(ConditionType::Progressing) else {
        return false;
    };
    match condition.reason {
        Reason::NewReplicaSetAvailable => false,
        Reason::ProgressDeadlineExceeded => true,
        _ => condition.last_update + deadline < pass.now,
    }
}

/// The next sync without any change (`requeueStuckDeployment`).
///
/// A Deployment without changes is synced one second after its deadline, counted from the whole second of the
/// last update: with an update at 12.7 s and a deadline of 600 s at 613 s, not at 612.7 s.
pub(super) fn requeue(pass: &SyncDraft<'_>, status: &DeploymentStatus) -> Requeue {
    let Some(deadline) = pass.draft.progress_deadline() else {
        return Requeue::No;
    };
    let Some(current) = pass.draft.status.conditions.get(ConditionType::Progressing) else {
        return Requeue::No;
    };
    if pass.draft.is_complete(status) || current.reason == Reason::ProgressDeadlineExceeded {
        return Requeue::No;
    }
    let due = current.last_update + deadline;
    let left = due.since(pass.now);
    if left >= Span::SECOND {
        return Requeue::After(left + Span::SECOND);
    }
    // A rollout that succeeded once cannot time out: such a Deployment polls until it is complete.
    let can_time_out = current.reason != Reason::NewReplicaSetAvailable;
    Requeue::Poll { until: can_time_out.then(|| due + Span::from_nanos(1)) }
}
