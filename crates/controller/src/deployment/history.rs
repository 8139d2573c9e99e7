//! `revisionHistoryLimit`: deleting old `ReplicaSet`s (`cleanupDeployment`, `sync.go`).

use super::decision::{OnRefusal, Write};
use super::pass::SyncDraft;
use super::revision;
use crate::api::{ReplicaSet, UNLIMITED};

/// Cleans up if the rollout was already complete when the sync began, that is, one sync after the completion
/// was written.
pub(super) fn clean_up_if_complete(pass: &mut SyncDraft<'_>) {
    if pass.draft.is_complete(&pass.draft.status) {
        clean_up(pass);
    }
}

/// Checks as many old `ReplicaSet`s, lowest revision first, as exceed the limit, and deletes the checked ones
/// that are empty and settled. A skipped one is not replaced by another: with a limit of 2, revisions 1 to 4 and
/// a pod left of revision 1, only revision 2 is deleted.
pub(super) fn clean_up(pass: &mut SyncDraft<'_>) {
    let Some(limit) = pass.draft.spec.revision_history_limit.filter(|limit| *limit != UNLIMITED) else {
        return;
    };
    let alive = |old: &&ReplicaSet| old.deletion.is_none();
    let count = pass.old_replica_sets().filter(alive).count() as i64;
    let excess = usize::try_from(count - i64::from(limit)).unwrap_or(0);
    if excess == 0 {
        return;
    }
    let mut candidates: Vec<&ReplicaSet> = pass.old_replica_sets().filter(alive).collect();
    // The view is sorted by age, and a stable sort keeps that order among equal revisions.
    candidates.sort_by_key(|old| revision::number(old).unwrap_or(0));
    for old in candidates.into_iter().take(excess).filter(|old| is_empty_and_settled(old)) {
        pass.write(Write::DeleteReplicaSet(old.id), OnRefusal::FailUnlessNotFound);
    }
}

fn is_empty_and_settled(old: &ReplicaSet) -> bool {
    old.replicas == 0 && old.status.replicas == 0 && old.generation <= old.status.observed_generation
}
