//! The order of decisions in one sync (`syncDeployment`, `deployment_controller.go`).

use super::decision::{CreateRefusal, Decision};
use super::pass::{DeploymentSnapshot, SyncDraft};
use super::{progress, recreate, revision, rollback, rolling, scale, status};
use crate::Timestamp;
use crate::api::Strategy;

/// Computes the plan of one sync of a Deployment.
#[must_use]
pub fn sync(view: DeploymentSnapshot<'_>, now: Timestamp) -> Decision {
    sync_in(Decision::default(), view, now)
}

/// The same as [`sync`]; reuses the allocations of an old decision.
#[must_use]
pub fn sync_in(memory: Decision, view: DeploymentSnapshot<'_>, now: Timestamp) -> Decision {
    plan(view, None, now, memory)
}

/// Computes the plan after the creation of the new `ReplicaSet` was refused. `view` is the view of the sync.
#[must_use]
pub fn after_refused_create(
    view: DeploymentSnapshot<'_>,
    refusal: CreateRefusal<'_>,
    now: Timestamp,
) -> Decision {
    plan(view, Some(refusal), now, Decision::default())
}

fn plan<'a>(
    view: DeploymentSnapshot<'a>,
    refusal: Option<CreateRefusal<'a>>,
    now: Timestamp,
    memory: Decision,
) -> Decision {
    let mut pass = SyncDraft::new(view, refusal, now, memory);
    choose_branch(&mut pass);
    pass.finish()
}

fn choose_branch(pass: &mut SyncDraft<'_>) {
    if pass.draft.deletion.is_some() {
        let new = revision::resolve_existing(pass);
        return status::report_counts(pass, new.as_deref());
    }
    progress::note_pause_or_resume(pass);
    if pass.draft.spec.paused {
        return scale::hold(pass);
    }
    if let Some(revision) = pass.draft.rollback_to {
        return rollback::sync(pass, revision);
    }
    if scale::is_scaling_event(pass) {
        return scale::hold(pass);
    }
    match pass.draft.spec.strategy {
        Strategy::Recreate => recreate::sync(pass),
        Strategy::RollingUpdate(_) => rolling::sync(pass),
    }
}
