//! Strategy `Recreate` (`recreate.go`): all old pods are deleted before the first new one is created.

use super::decision::OnRefusal;
use super::pass::SyncDraft;
use super::{history, revision, status};

pub(super) fn sync(pass: &mut SyncDraft<'_>) {
    let new = revision::resolve_existing(pass);
    if pass.active_old().next().is_some() {
        for old in pass.active_old() {
            pass.resize_if_different(old, 0, OnRefusal::Fail);
        }
        return status::report(pass, new.as_deref());
    }
    if old_pods_running(pass) {
        return status::report(pass, new.as_deref());
    }
    let new = match new {
        Some(new) => new,
        None => match revision::resolve_or_create(pass) {
            Some(new) => new,
            None => return,
        },
    };
    pass.resize_if_different(&new, pass.draft.spec.replicas, OnRefusal::Fail);
    history::clean_up_if_complete(pass);
    status::report(pass, Some(&new));
}

/// Whether an old pod may still run: reported by a `ReplicaSet`, or existing in a phase that is not terminal.
/// A terminating pod that has ended does not count, so the new `ReplicaSet` may be created before the last
/// old pod object is removed.
fn old_pods_running(pass: &SyncDraft<'_>) -> bool {
    let reported: i32 = pass.old_replica_sets().map(|old| old.status.replicas).sum();
    reported > 0 || pass.view.old_pods_running
}
