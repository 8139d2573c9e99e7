//! Strategy `RollingUpdate` (`rolling.go`): scales the new `ReplicaSet` up and the old ones down.

use super::decision::OnRefusal;
use super::pass::SyncDraft;
use super::{history, revision, status};
use crate::api::{ReplicaSet, Strategy};

/// One step of a rolling update.
///
/// With 10 replicas and 25%/25% (surge 3, 2 may be unavailable) the first sync creates the new `ReplicaSet`
/// with 3 pods and also scales the old one from 10 to 8: (10,-) -> (8,3). The second scales the new one up by
/// the freed number: (8,5). Then each new pod that becomes available removes one old pod and, a sync later,
/// adds one new pod: (7,5) (7,6), (6,6) (6,7)...
pub(super) fn sync(pass: &mut SyncDraft<'_>) {
    let Some(new) = revision::resolve_or_create(pass) else {
        return;
    };
    let new = new.as_ref();
    if scale_up_new(pass, new) || scale_down_old(pass, new) {
        return status::report(pass, Some(new));
    }
    history::clean_up_if_complete(pass);
    status::report(pass, Some(new));
}

/// The initial size of the new `ReplicaSet`: as many pods as the surge allows, possibly 0; all of them for
/// Recreate.
pub(super) fn size_of_created(pass: &SyncDraft<'_>) -> i32 {
    match pass.draft.spec.strategy {
        Strategy::Recreate => pass.draft.spec.replicas,
        Strategy::RollingUpdate(_) => grown(pass, 0, sum_of_sizes(pass, None)),
    }
}

/// The size to which the new `ReplicaSet` may grow from `size`, given the sum of all sizes.
fn grown(pass: &SyncDraft<'_>, size: i32, total: i32) -> i32 {
    let room = pass.draft.max_replicas() - total;
    if room <= 0 { size } else { size + room.min(pass.draft.spec.replicas - size) }
}

/// Sum of the desired sizes of all `ReplicaSet`s, plus `created`, which the view lacks.
fn sum_of_sizes(pass: &SyncDraft<'_>, created: Option<&ReplicaSet>) -> i32 {
    let existing: i32 = pass.view.replica_sets.iter().map(|replica_set| replica_set.replicas).sum();
    existing + created.filter(|_| pass.new_replica_set().is_none()).map_or(0, |new| new.replicas)
}

/// Scales the new `ReplicaSet` towards the desired size; returns whether its size changes.
fn scale_up_new(pass: &mut SyncDraft<'_>, new: &ReplicaSet) -> bool {
    let wanted = pass.draft.spec.replicas;
    let size = if new.replicas >= wanted {
        wanted
    } else {
        grown(pass, new.replicas, sum_of_sizes(pass, Some(new)))
    };
    pass.resize_if_different(new, size, OnRefusal::Fail)
}

/// Scales old `ReplicaSet`s down; returns whether any size changes.
///
/// At most `m = all - minAvailable - (new.size - new.available)` pods may be removed: unavailable new pods
/// count as lost, so a broken new version stops the removal. With 10 replicas and 2 that may be unavailable,
/// old 8 and 5 broken new pods: m = 13 - 8 - 5 = 0.
fn scale_down_old(pass: &mut SyncDraft<'_>, new: &ReplicaSet) -> bool {
    if pass.active_old().next().is_none() {
        return false;
    }
    let unavailable_new = new.replicas - new.status.available;
    let may_go = sum_of_sizes(pass, Some(new)) - pass.draft.min_available() - unavailable_new;
    if may_go <= 0 {
        return false;
    }
    plan_fallback(pass, new);
    let Some(unhealthy) = clean_up_unhealthy(pass, may_go) else {
        // Upstream creates an error here and drops it: the sync continues as if nothing had been scaled,
        // although earlier ReplicaSets were scaled down.
        return false;
    };
    let healthy = scale_down_healthy(pass, new);
    unhealthy + healthy > 0
}

/// A refused scale-down counts as "nothing scaled": the sync continues with history and status.
fn plan_fallback(pass: &mut SyncDraft<'_>, new: &ReplicaSet) {
    let decision = &mut pass.decision;
    std::mem::swap(&mut decision.steps, &mut decision.fallback);
    history::clean_up_if_complete(pass);
    status::report(pass, Some(new));
    let decision = &mut pass.decision;
    std::mem::swap(&mut decision.steps, &mut decision.fallback);
}

/// First removes unavailable pods, oldest `ReplicaSet` first; returns the number.
///
/// `None` if an old `ReplicaSet` reports more available pods than its desired size (its status lags behind an
/// earlier scale-down): the difference would be negative, which upstream treats as an error.
fn clean_up_unhealthy(pass: &mut SyncDraft<'_>, may_go: i32) -> Option<i32> {
    let mut cut = 0;
    for old in pass.active_old() {
        if cut >= may_go {
            break;
        }
        let unavailable = old.replicas - old.status.available;
        let here = unavailable.min(may_go - cut);
        if here < 0 {
            return None;
        }
        pass.resize_if_different(old, old.replicas - here, OnRefusal::Fallback);
        cut += here;
    }
    Some(cut)
}

/// Then removes available pods beyond the minimum; returns the number.
///
/// Sizes are those after the clean-up, availability is as cached: the clean-up removed unavailable pods, so
/// they are not subtracted.
fn scale_down_healthy(pass: &mut SyncDraft<'_>, new: &ReplicaSet) -> i32 {
    let available: i32 = pass.old_replica_sets().map(|old| old.status.available).sum();
    let spare = available + new.status.available - pass.draft.min_available();
    let mut cut = 0;
    for old in pass.active_old() {
        if cut >= spare {
            break;
        }
        let old = pass.after_planned_cuts(old);
        let here = old.replicas.min(spare - cut);
        pass.resize_if_different(&old, old.replicas - here, OnRefusal::Fallback);
        cut += here;
    }
    cut
}
