//! Scaling without rolling: scaling events and paused Deployments (`sync`, `scale`, `isScalingEvent` in
//! `sync.go`; proportions in `util/deployment_util.go`).

use super::decision::{OnRefusal, Write};
use super::pass::SyncDraft;
use super::{history, revision, status};
use crate::api::{Deployment, ReplicaSet};
use std::cmp::Ordering;

/// Whether an active `ReplicaSet` was last sized for another number of desired replicas.
///
/// The check first resolves the new `ReplicaSet`, with all the writes that this takes; every following branch
/// resolves it again from the same cached list.
pub(super) fn is_scaling_event(pass: &mut SyncDraft<'_>) -> bool {
    revision::resolve_existing(pass);
    let desired = pass.draft.spec.replicas;
    let mut active = pass.view.replica_sets.iter().filter(|replica_set| replica_set.is_active());
    active.any(|replica_set| replica_set.annotations.desired.replicas().is_some_and(|noted| noted != desired))
}

/// Scales without a rollout, for scaling events and while paused.
pub(super) fn hold(pass: &mut SyncDraft<'_>) {
    let new = revision::resolve_existing(pass);
    if let [.., first, second] = pass.decision.steps.as_slice()
        && matches!(first.write, Write::ReplicaSet(_))
        && first.write == second.write
    {
        // A second identical update from the cached copy is refused and fails the sync.
        return;
    }
    resize(pass, new.as_deref());
    if pass.draft.spec.paused && pass.draft.rollback_to.is_none() {
        history::clean_up(pass);
    }
    status::report_counts(pass, new.as_deref());
}

fn resize(pass: &mut SyncDraft<'_>, new: Option<&ReplicaSet>) {
    let mut active = active_youngest_old_first(pass, new);
    match active.as_slice() {
        [] => {
            let youngest_old = pass.old_replica_sets().next_back();
            if let Some(latest) = new.or(youngest_old) {
                pass.resize_if_different(latest, pass.draft.spec.replicas, OnRefusal::Fail);
            }
        }
        // Old or new alike. With equal sizes even stale annotations stay, so every later sync detects a
        // scaling event again and never rolls out a template.
        [only] => {
            pass.resize_if_different(only, pass.draft.spec.replicas, OnRefusal::Fail);
        }
        _ if new.is_some_and(|new| is_saturated(&pass.draft, new)) => {
            for old in pass.active_old().rev() {
                pass.resize_if_different(old, 0, OnRefusal::Fail);
            }
        }
        // Recreate with several active ones does nothing at all.
        _ if pass.draft.rolling_update().is_none() => {}
        _ => proportionally(pass, &mut active),
    }
}

fn active_youngest_old_first<'b>(pass: &SyncDraft<'b>, new: Option<&'b ReplicaSet>) -> Vec<&'b ReplicaSet> {
    pass.active_old().rev().chain(new.filter(|new| new.is_active())).collect()
}

/// Whether the new `ReplicaSet` alone has the desired size (`IsSaturated`).
fn is_saturated(deployment: &Deployment, new: &ReplicaSet) -> bool {
    let wanted = deployment.spec.replicas;
    new.replicas == wanted
        && new.annotations.desired.value() == Some(wanted.into())
        && new.status.available == wanted
}

/// Distributes the difference to the allowed size over the active `ReplicaSet`s in proportion to their sizes;
/// the remainder of rounding goes to the largest.
///
/// 10 replicas with surge 3, sized 8 and 5, scaled to 15: allowed 18, so 5 are added. Shares: 8 * 18/13 =
/// 11.08 -> 11 (+3) and 5 * 18/13 = 6.9 -> 7 (+2): 11 and 7, no remainder.
fn proportionally(pass: &mut SyncDraft<'_>, active: &mut [&ReplicaSet]) {
    let to_add = replicas_to_add(&pass.draft, active);
    sort_for_spreading(active, to_add);
    let mut sizes = Vec::with_capacity(active.len());
    let mut added = 0;
    for replica_set in active.iter() {
        let share = share(&pass.draft, replica_set, to_add - added, to_add);
        added += share;
        sizes.push(replica_set.replicas + share);
    }
    if to_add != 0 {
        sizes[0] = (sizes[0] + to_add - added).max(0);
    }
    for (replica_set, size) in active.iter().zip(sizes) {
        pass.resize(replica_set, size, OnRefusal::Fail);
    }
}

fn replicas_to_add(deployment: &Deployment, active: &[&ReplicaSet]) -> i32 {
    let allowed = if deployment.spec.replicas > 0 { deployment.max_replicas() } else { 0 };
    allowed - active.iter().map(|replica_set| replica_set.replicas).sum::<i32>()
}

/// Largest first. Among equals the newest comes first when growing and the oldest when shrinking, to move
/// towards the newest.
fn sort_for_spreading(active: &mut [&ReplicaSet], to_add: i32) {
    let largest_first = |a: &ReplicaSet, b: &ReplicaSet| b.replicas.cmp(&a.replicas);
    match to_add.cmp(&0) {
        Ordering::Greater => active.sort_by(|a, b| largest_first(a, b).then_with(|| newest_first(a, b))),
        Ordering::Less => active.sort_by(|a, b| largest_first(a, b).then_with(|| a.by_age(b))),
        Ordering::Equal => {}
    }
}

/// Newest first; within a second the names decide in the reverse order of [`ReplicaSet::by_age`].
fn newest_first(a: &ReplicaSet, b: &ReplicaSet) -> Ordering {
    b.by_age(a)
}

/// The change of one `ReplicaSet`, limited to the rest of the total.
fn share(deployment: &Deployment, replica_set: &ReplicaSet, left: i32, to_add: i32) -> i32 {
    if to_add == 0 || left == 0 {
        return 0;
    }
    let fraction = fraction(deployment, replica_set);
    if to_add > 0 { fraction.min(left) } else { fraction.max(left) }
}

/// The change that keeps the share of `replica_set` in the total, rounded half away from zero.
fn fraction(deployment: &Deployment, replica_set: &ReplicaSet) -> i32 {
    if deployment.spec.replicas == 0 {
        return -replica_set.replicas;
    }
    let noted = replica_set.annotations.max.replicas().filter(|max| *max != 0);
    // Without the annotation, the reported size of the Deployment is used.
    let before = noted.unwrap_or(deployment.status.replicas);
    if before == 0 {
        return 0;
    }
    // Upstream multiplies in 32 bits before it divides in doubles, so large sizes wrap.
    let product = replica_set.replicas.wrapping_mul(deployment.max_replicas());
    let size = f64::from(product) / f64::from(before);
    (size.round() as i32).wrapping_sub(replica_set.replicas)
}
