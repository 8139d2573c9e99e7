//! Rollback by the legacy annotation, and `kubectl rollout undo`.

use crate::support::{Bench, deployment, quarter, replica_set};
use controller::api::{Number, ReplicaSet, ReplicaSetId, TemplateId};
use controller::deployment::{ApiEvent, DeploymentUpdate, OnRefusal, PlannedWrite, UndoRefusal, Write, undo};

/// Template 3 is current; 1 and 2 are earlier.
fn bench(revisions: &[i64]) -> Bench {
    let mut bench = Bench::settled(2, quarter());
    bench.sets = sets(revisions);
    bench.deployment.spec.template = TemplateId(revisions.len() as u32);
    bench.deployment.revision = Number::Value(*revisions.last().unwrap_or(&0));
    bench
}

fn sets(revisions: &[i64]) -> Vec<ReplicaSet> {
    let numbered = revisions.iter().zip(1..).map(|(revision, template)| {
        let mut set = replica_set(template, 0, 0, 2, 3);
        set.annotations.revision = Number::Value(*revision);
        set
    });
    numbered.collect()
}

#[test]
fn the_annotation_goes_and_the_template_comes_back() {
    let rolled_back = |revision| ApiEvent::RolledBack { revision };
    let missing = |last| ApiEvent::RollbackRevisionNotFound { last };
    let table: &[(&[i64], i64, Option<u32>, ApiEvent)] = &[
        (&[1, 2, 3], 0, Some(2), rolled_back(2)),
        (&[1, 2, 3], 1, Some(1), rolled_back(1)),
        (&[4, 2, 5], 0, Some(1), rolled_back(4)),
        (&[2, 4, 5], 0, Some(2), rolled_back(4)),
        (&[5, 4, 3, 2, 6], 0, Some(1), rolled_back(5)),
        (&[1, 2, 3], 3, None, ApiEvent::RollbackTemplateUnchanged { revision: 3 }),
        (&[1, 2, 3], 7, None, missing(false)),
        (&[1], 0, None, missing(true)),
        // If two share the highest revision, it is the one to return to, and the oldest of them is found
        // first.
        (&[5, 1, 5, 6], 0, Some(1), rolled_back(5)),
    ];
    for (revisions, wanted, restore, event) in table {
        let mut bench = bench(revisions);
        bench.deployment.rollback_to = Some(*wanted);
        let restore = restore.map(ReplicaSetId);
        let expected = PlannedWrite {
            write: Write::Deployment(DeploymentUpdate { restore }),
            on_refusal: OnRefusal::Fail,
            event: Some(*event),
        };
        assert_eq!(bench.decide().steps, [expected], "{revisions:?} to {wanted}");
    }
}

#[test]
fn the_latest_may_be_the_oldest() {
    let mut bench = bench(&[6, 4, 5, 3]);
    bench.deployment.spec.template = TemplateId(1);
    bench.deployment.revision = Number::Value(6);
    bench.deployment.rollback_to = Some(0);
    let expected = PlannedWrite {
        write: Write::Deployment(DeploymentUpdate { restore: Some(ReplicaSetId(3)) }),
        on_refusal: OnRefusal::Fail,
        event: Some(ApiEvent::RolledBack { revision: 5 }),
    };
    assert_eq!(bench.decide().steps, [expected]);
}

#[test]
fn two_that_share_the_highest_revision_count_as_the_last_two() {
    let mut bench = bench(&[5, 5]);
    bench.deployment.rollback_to = Some(0);
    // The new revision is raised above its twin first, in the same sync; the view still has 5 and 5.
    let event = bench.decide().steps.last().and_then(|step| step.event);
    assert_eq!(event, Some(ApiEvent::RolledBack { revision: 5 }));
}

#[test]
fn a_missing_new_one_is_created_first() {
    let mut bench = bench(&[1, 2]);
    bench.deployment.spec.template = TemplateId(9);
    bench.deployment.rollback_to = Some(0);
    let writes: Vec<_> = bench.decide().steps.into_iter().map(|step| step.write).collect();
    assert!(matches!(writes[0], Write::CreateReplicaSet(_)));
    // It counts as the latest: the previous one is 2.
    assert_eq!(writes.last(), Some(&Write::Deployment(DeploymentUpdate { restore: Some(ReplicaSetId(2)) })));
}

#[test]
fn a_paused_deployment_does_not_roll_back_and_keeps_its_history() {
    let mut bench = bench(&[1, 2, 3]);
    bench.deployment.rollback_to = Some(1);
    bench.deployment.spec.paused = true;
    bench.deployment.spec.revision_history_limit = Some(0);
    let touched = bench
        .decide()
        .steps
        .iter()
        .any(|step| matches!(step.write, Write::Deployment(_) | Write::DeleteReplicaSet(_)));
    assert!(!touched);
}

#[test]
fn undo_chooses_as_kubectl_does() {
    type Row = (&'static [i64], i64, bool, Result<u32, UndoRefusal>);
    let table: &[Row] = &[
        (&[1, 2, 3], 0, false, Ok(2)),
        (&[1, 2, 3], 1, false, Ok(1)),
        (&[4, 2, 5], 0, false, Ok(1)),
        (&[2, 4, 3, 5], 0, false, Ok(2)),
        (&[3, 1, 2], 0, false, Err(UndoRefusal::AlreadyMatches(0))),
        (&[1, 2, 3], 3, false, Err(UndoRefusal::AlreadyMatches(3))),
        (&[1], 0, false, Err(UndoRefusal::NoPreviousRevision)),
        (&[], 0, false, Err(UndoRefusal::NoPreviousRevision)),
        (&[0, 3], 0, false, Err(UndoRefusal::NoPreviousRevision)),
        // If two share the highest revision, the first in the list is the latest and the second the previous
        // one.
        (&[1, 5, 5, 2], 0, false, Ok(3)),
        // If several share the second-highest, the first one counts.
        (&[5, 3, 3], 0, false, Ok(2)),
        (&[1, 2, 3], 7, false, Err(UndoRefusal::RevisionNotFound(7))),
        (&[1, 2, 3], 0, true, Err(UndoRefusal::Paused)),
        (&[1, 2, 3], 3, true, Err(UndoRefusal::Paused)),
        (&[1, 2, 3], 7, true, Err(UndoRefusal::RevisionNotFound(7))),
    ];
    for (revisions, wanted, paused, expected) in table {
        let mut deployment = deployment(2, quarter());
        deployment.spec.template = TemplateId(revisions.len() as u32);
        deployment.spec.paused = *paused;
        let sets = sets(revisions);
        let chosen = undo(&deployment, &sets, *wanted).map(|set| set.template.0);
        assert_eq!(chosen, *expected, "{revisions:?} to {wanted}, paused: {paused}");
    }
    let mut unreadable = sets(&[1, 2, 3]);
    unreadable[1].annotations.revision = Number::Malformed;
    let mut deployment = deployment(2, quarter());
    deployment.spec.template = TemplateId(3);
    assert_eq!(undo(&deployment, &unreadable, 0).map(|set| set.template.0), Ok(1));
}

#[test]
fn refusals_read_as_kubectl_prints_them() {
    let table = [
        (UndoRefusal::NoPreviousRevision, "no rollout history found"),
        (UndoRefusal::RevisionNotFound(7), "unable to find specified revision 7 in history"),
        (
            UndoRefusal::Paused,
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ),
        (UndoRefusal::AlreadyMatches(3), "skipped rollback (current template already matches revision 3)"),
    ];
    for (refusal, text) in table {
        assert_eq!(refusal.to_string(), text);
    }
}
