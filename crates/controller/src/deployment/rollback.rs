//! Rollback to an earlier revision: by the legacy annotation (`rollback.go`) and by `kubectl rollout undo`.

use super::decision::{ApiEvent, DeploymentUpdate, OnRefusal, PlannedWrite, Write};
use super::pass::SyncDraft;
use super::revision;
use crate::api::{Deployment, ReplicaSet};
use std::fmt;

/// A rollback by annotation. The annotation is removed in every case; the rollout starts in the next sync.
pub(super) fn sync(pass: &mut SyncDraft<'_>, wanted: i64) {
    let Some(new) = revision::resolve_or_create(pass) else {
        return;
    };
    let created = pass.new_replica_set().is_none().then_some(new.as_ref());
    let all = || pass.view.replica_sets.iter().chain(created);
    let revision = if wanted == 0 { previous_revision(all()) } else { wanted };
    let target = all().find(|replica_set| revision != 0 && revision::number(replica_set) == Some(revision));
    let (restore, event) = match target {
        None => (None, ApiEvent::RollbackRevisionNotFound { last: revision == 0 }),
        Some(target) if target.template == pass.template() => {
            (None, ApiEvent::RollbackTemplateUnchanged { revision })
        }
        Some(target) => (Some(target.id), ApiEvent::RolledBack { revision }),
    };
    let write = Write::Deployment(DeploymentUpdate { restore });
    pass.decision.steps.push(PlannedWrite { write, on_refusal: OnRefusal::Fail, event: Some(event) });
}

/// The second-highest revision; if two share the highest, that one. 0 if there is none (`LastRevision`).
fn previous_revision<'a>(replica_sets: impl Iterator<Item = &'a ReplicaSet>) -> i64 {
    let (mut highest, mut second) = (0, 0);
    for number in replica_sets.filter_map(revision::number) {
        if number >= highest {
            second = highest;
            highest = number;
        } else if number > second {
            second = number;
        }
    }
    second
}

/// Why `kubectl rollout undo` changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoRefusal {
    /// There are fewer than two revisions.
    NoPreviousRevision,
    /// No `ReplicaSet` has that revision.
    RevisionNotFound(i64),
    /// The Deployment is paused.
    Paused,
    /// The template already equals the revision's. Not an error for kubectl.
    AlreadyMatches(i64),
}

impl fmt::Display for UndoRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPreviousRevision => f.write_str("no rollout history found"),
            Self::RevisionNotFound(revision) => {
                write!(f, "unable to find specified revision {revision} in history")
            }
            Self::Paused => f.write_str(
                "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
            ),
            Self::AlreadyMatches(revision) => {
                write!(f, "skipped rollback (current template already matches revision {revision})")
            }
        }
    }
}

/// Selects the `ReplicaSet` whose template `kubectl rollout undo --to-revision=<wanted>` restores; 0 is the
/// revision before the latest (`staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollback.go`).
///
/// # Errors
/// Why nothing changes, checked in kubectl's order.
pub fn undo<'a>(
    deployment: &Deployment,
    replica_sets: &'a [ReplicaSet],
    wanted: i64,
) -> Result<&'a ReplicaSet, UndoRefusal> {
    let target = if wanted == 0 {
        previous(replica_sets).ok_or(UndoRefusal::NoPreviousRevision)?
    } else {
        let has_revision = |replica_set: &&ReplicaSet| revision::number(replica_set) == Some(wanted);
        replica_sets.iter().find(has_revision).ok_or(UndoRefusal::RevisionNotFound(wanted))?
    };
    if deployment.spec.paused {
        return Err(UndoRefusal::Paused);
    }
    if target.template == deployment.spec.template {
        return Err(UndoRefusal::AlreadyMatches(wanted));
    }
    Ok(target)
}

/// The `ReplicaSet` with the second-highest revision; the first of several in the list.
fn previous(replica_sets: &[ReplicaSet]) -> Option<&ReplicaSet> {
    let mut latest = (0, None);
    let mut before = (0, None);
    for replica_set in replica_sets {
        let Some(revision) = revision::number(replica_set) else {
            continue;
        };
        if revision > latest.0 {
            before = latest;
            latest = (revision, Some(replica_set));
        } else if revision > before.0 {
            before = (revision, Some(replica_set));
        }
    }
    before.1
}
