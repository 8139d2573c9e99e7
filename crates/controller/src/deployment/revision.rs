//! The new `ReplicaSet`: found or created, with revision and annotations (`getAllReplicaSetsAndSyncRevision`,
//! `sync.go`).

use super::decision::{
    ApiEvent, CreateRefusal, NewReplicaSet, OnRefusal, PlannedWrite, ReplicaSetUpdate, Requeue, Write,
};
use super::pass::SyncDraft;
use super::rolling;
use crate::api::{
    Condition, ConditionStatus, ConditionType, ErrorId, Message, Number, Reason, ReplicaSet, ReplicaSetId,
    ReplicaSetStatus, RevisionHistory, RolloutAnnotations,
};
use std::borrow::Cow;

/// The highest revision among `replica_sets`: a missing one counts as 0, a malformed one not at all.
pub(super) fn newest<'a>(replica_sets: impl Iterator<Item = &'a ReplicaSet>) -> i64 {
    replica_sets.filter_map(number).max().unwrap_or(0).max(0)
}

/// The revision of a `ReplicaSet`: 0 if missing, `None` if malformed.
pub(super) fn number(replica_set: &ReplicaSet) -> Option<i64> {
    match replica_set.annotations.revision {
        Number::Absent => Some(0),
        Number::Malformed => None,
        Number::Value(revision) => Some(revision),
    }
}

/// Finds the new `ReplicaSet` and updates its annotations, or the Deployment's revision.
///
/// A sync updates only one of the two: after the `ReplicaSet` was updated, the Deployment's own revision
/// follows in a later sync. So a rollback to an existing `ReplicaSet` takes three syncs.
pub(super) fn resolve_existing<'a>(pass: &mut SyncDraft<'a>) -> Option<Cow<'a, ReplicaSet>> {
    let new = pass.new_replica_set()?;
    if let Some(update) = refreshed(pass, new) {
        let mut updated = new.clone();
        updated.min_ready_seconds = update.min_ready_seconds;
        updated.annotations = update.annotations.clone();
        pass.write(Write::ReplicaSet(update), OnRefusal::Fail);
        return Some(Cow::Owned(updated));
    }
    let mut changed = set_deployment_revision(pass, new.annotations.revision);
    let no_condition = pass.draft.status.conditions.get(ConditionType::Progressing).is_none();
    if pass.draft.progress_deadline().is_some() && no_condition {
        set_progressing(pass, Reason::FoundNewReplicaSet, Message::ReplicaSet(new.name));
        changed = true;
    }
    if changed {
        pass.write_draft_status(OnRefusal::Fail);
    }
    Some(Cow::Borrowed(new))
}

/// Like [`resolve_existing`], but creates the new `ReplicaSet` if there is none. `None` ends the plan here.
pub(super) fn resolve_or_create<'a>(pass: &mut SyncDraft<'a>) -> Option<Cow<'a, ReplicaSet>> {
    if pass.new_replica_set().is_some() {
        return resolve_existing(pass);
    }
    match pass.create_refusal {
        None => Some(Cow::Owned(create(pass))),
        Some(refusal) => {
            // All steps before the creation have been made already.
            pass.decision.steps.clear();
            after_refusal(pass, refusal)
        }
    }
}

/// The update that the new `ReplicaSet` needs, if any (`SetNewReplicaSetAnnotations`,
/// `util/deployment_util.go`). Its desired and max replicas are updated by scaling.
fn refreshed(pass: &SyncDraft<'_>, new: &ReplicaSet) -> Option<ReplicaSetUpdate> {
    let mut annotations = new.annotations.clone();
    let wanted = pass.next_revision();
    // With a malformed revision nothing counts as changed.
    let copy_annotations = !new.has_deployment_annotations && annotations.revision != Number::Malformed;
    let mut changed = copy_annotations;
    match annotations.revision {
        Number::Absent => {
            annotations.revision = Number::Value(wanted);
            changed = true;
        }
        Number::Value(current) if current < wanted => {
            annotations.revision = Number::Value(wanted);
            annotations.revision_history.append(current, RevisionHistory::MAX_CHARACTERS);
            changed = true;
        }
        Number::Value(_) | Number::Malformed => {}
    }
    let min_ready_seconds = pass.draft.spec.min_ready_seconds;
    (changed || new.min_ready_seconds != min_ready_seconds).then_some(ReplicaSetUpdate {
        id: new.id,
        resource_version: Some(new.resource_version),
        replicas: new.replicas,
        min_ready_seconds,
        annotations,
        copy_annotations,
    })
}

fn set_deployment_revision(pass: &mut SyncDraft<'_>, revision: Number) -> bool {
    let changed = pass.draft.revision != revision;
    pass.draft.revision = revision;
    changed
}

fn set_progressing(pass: &mut SyncDraft<'_>, reason: Reason, message: Message) {
    let status = match reason {
        Reason::ReplicaSetCreateError => ConditionStatus::False,
        _ => ConditionStatus::True,
    };
    let condition = Condition::new(ConditionType::Progressing, status, reason, message, pass.now);
    pass.draft.status.conditions.set(condition);
}

/// Plans the creation and the steps after it, and returns the `ReplicaSet` as the server will return it.
fn create(pass: &mut SyncDraft<'_>) -> ReplicaSet {
    let wanted = rolling::size_of_created(pass);
    let name = pass.view.new_name;
    let annotations = RolloutAnnotations {
        revision: Number::Value(pass.next_revision()),
        revision_history: RevisionHistory::default(),
        desired: Number::Value(pass.draft.spec.replicas.into()),
        max: Number::Value(pass.draft.max_replicas().into()),
    };
    let new = NewReplicaSet {
        template: pass.template(),
        replicas: wanted,
        min_ready_seconds: pass.draft.spec.min_ready_seconds,
        annotations: annotations.clone(),
    };
    let event = (wanted > 0).then_some(ApiEvent::Scaled { name, from: 0, to: wanted });
    let write = Write::CreateReplicaSet(new);
    pass.decision.steps.push(PlannedWrite { write, on_refusal: OnRefusal::AskAgain, event });

    let mut changed = set_deployment_revision(pass, annotations.revision);
    if pass.draft.progress_deadline().is_some() {
        set_progressing(pass, Reason::NewReplicaSetCreated, Message::ReplicaSet(name));
        changed = true;
    }
    if changed {
        pass.write_draft_status(OnRefusal::Fail);
    }
    ReplicaSet {
        // No write of this sync refers to a created ReplicaSet, because its size is correct.
        id: ReplicaSetId(u32::MAX),
        name,
        created: pass.now.stored(),
        deletion: None,
        generation: 1,
        resource_version: 0,
        template: pass.template(),
        replicas: wanted,
        min_ready_seconds: pass.draft.spec.min_ready_seconds,
        annotations,
        has_deployment_annotations: true,
        status: ReplicaSetStatus::default(),
    }
}

fn after_refusal<'a>(pass: &mut SyncDraft<'a>, refusal: CreateRefusal<'a>) -> Option<Cow<'a, ReplicaSet>> {
    match refusal {
        CreateRefusal::AlreadyExists { own: Some(own), .. } if own.template == pass.template() => {
            let revision = Number::Value(pass.next_revision());
            if set_deployment_revision(pass, revision) {
                pass.write_draft_status(OnRefusal::Fail);
            }
            Some(Cow::Borrowed(own))
        }
        // The cache lacks the object: most likely an earlier sync created it.
        CreateRefusal::AlreadyExists { cached: false, .. } => {
            pass.requeue(Requeue::Backoff);
            None
        }
        CreateRefusal::AlreadyExists { .. } => {
            let collisions = pass.draft.status.collision_count.unwrap_or(0);
            pass.draft.status.collision_count = Some(collisions + 1);
            pass.write_draft_status(OnRefusal::Ignore);
            pass.requeue(Requeue::Backoff);
            None
        }
        CreateRefusal::NamespaceTerminating => None,
        CreateRefusal::Other(error) => {
            report_create_error(pass, error);
            pass.requeue(Requeue::Backoff);
            None
        }
    }
}

fn report_create_error(pass: &mut SyncDraft<'_>, error: ErrorId) {
    let name = pass.view.new_name;
    if pass.draft.progress_deadline().is_some() {
        set_progressing(pass, Reason::ReplicaSetCreateError, Message::CreateFailed(name, error));
        pass.write_draft_status(OnRefusal::Ignore);
        if let Some(step) = pass.decision.steps.last_mut() {
            step.event = Some(ApiEvent::CreateFailed { name, error });
        }
    }
}
