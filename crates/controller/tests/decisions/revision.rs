//! The new `ReplicaSet`: its choice, revision and annotations, and refused creations.

use crate::support::{Bench, annotations, deployment, name, quarter, replica_set, sizes};
use controller::Timestamp;
use controller::api::{
    Condition, ConditionStatus, ConditionType, DeploymentStatus, ErrorId, Message, Number, Reason,
    ReplicaSet, ReplicaSetId, ReplicaSetName, RevisionHistory, Strategy, TemplateId,
};
use controller::deployment::{
    ApiEvent, CreateRefusal, Decision, OnRefusal, PlannedWrite, ReplicaSetUpdate, Requeue, Write,
    after_refused_create,
};

/// Ten replicas, back at template 1, whose `ReplicaSet` has no pods; template 2 has all pods.
fn rolled_back() -> Bench {
    let mut bench = Bench::new(
        deployment(10, quarter()),
        vec![replica_set(1, 0, 0, 10, 13), replica_set(2, 10, 10, 10, 13)],
    );
    bench.deployment.revision = Number::Value(2);
    bench
}

fn history(entries: &[i64]) -> RevisionHistory {
    let mut history = RevisionHistory::default();
    for entry in entries {
        history.append(*entry, RevisionHistory::MAX_CHARACTERS);
    }
    history
}

/// The first write of the decision, if it updates a `ReplicaSet`'s annotations without resizing it.
fn refresh(bench: &Bench) -> Option<ReplicaSetUpdate> {
    match bench.decide().steps.into_iter().next()?.write {
        Write::ReplicaSet(update)
            if bench.sets.iter().any(|set| set.id == update.id && set.replicas == update.replicas) =>
        {
            Some(update)
        }
        _ => None,
    }
}

/// A rollback to an existing `ReplicaSet` takes three syncs; two of them end in a conflict.
#[test]
fn a_rollback_takes_three_passes() {
    let mut bench = rolled_back();
    let (first, succeeded) = bench.pass();
    let update = ReplicaSetUpdate {
        id: ReplicaSetId(1),
        resource_version: Some(1000),
        replicas: 0,
        min_ready_seconds: 0,
        annotations: controller::api::RolloutAnnotations {
            revision_history: history(&[1]),
            ..annotations(3, 10, 13)
        },
        copy_annotations: false,
    };
    assert_eq!(first.steps[0].write, Write::ReplicaSet(update.clone()));
    assert_eq!(
        first.steps[1].write,
        Write::ReplicaSet(update),
        "once to see whether it is scaled, once to roll"
    );
    assert!(!succeeded);
    assert_eq!((bench.size(1), bench.size(2)), (0, 10));

    let (second, succeeded) = bench.pass();
    assert!(matches!(second.steps[0].write, Write::DeploymentStatus { revision: Number::Value(3), .. }));
    assert!(!succeeded, "the status at the end is the second write to the Deployment");
    assert_eq!((bench.size(1), bench.size(2)), (3, 10));

    assert!(bench.pass().1);
    assert_eq!((bench.size(1), bench.size(2)), (3, 8));
}

#[test]
fn revisions_are_raised_and_never_lowered() {
    type Row = (Number, &'static [i64], Number, Option<(Number, &'static [i64])>);
    let table: [Row; 7] = [
        // revision and history of the new one, revision of the old one, and both afterwards
        (Number::Value(1), &[], Number::Value(2), Some((Number::Value(3), &[1]))),
        (Number::Value(1), &[], Number::Value(0), None),
        (Number::Value(3), &[1], Number::Value(4), Some((Number::Value(5), &[1, 3]))),
        (Number::Value(9), &[], Number::Value(2), None),
        // Without an earlier revision nothing is added to the history.
        (Number::Absent, &[], Number::Value(2), Some((Number::Value(3), &[]))),
        (Number::Absent, &[], Number::Malformed, Some((Number::Value(1), &[]))),
        // A malformed revision reports nothing as changed.
        (Number::Malformed, &[], Number::Value(2), None),
    ];
    for (revision, served, of_old, expected) in table {
        let mut bench = rolled_back();
        bench.sets[0].annotations.revision = revision;
        bench.sets[0].annotations.revision_history = history(served);
        bench.sets[1].annotations.revision = of_old;
        let update =
            refresh(&bench).map(|update| (update.annotations.revision, update.annotations.revision_history));
        assert_eq!(
            update,
            expected.map(|(revision, served)| (revision, history(served))),
            "{revision:?}, {of_old:?}"
        );
    }
}

#[test]
fn a_created_one_is_one_above_the_old_ones() {
    let created = |revisions: &[Number]| {
        let mut bench = rolled_back();
        bench.sets.truncate(revisions.len());
        for (set, revision) in bench.sets.iter_mut().zip(revisions) {
            set.annotations.revision = *revision;
        }
        bench.deployment.spec.template = TemplateId(9);
        let create = bench.decide().steps.into_iter().find_map(|step| match step.write {
            Write::CreateReplicaSet(new) => Some(new.annotations.revision),
            _ => None,
        });
        create.unwrap()
    };
    assert_eq!(created(&[]), Number::Value(1));
    assert_eq!(created(&[Number::Value(4), Number::Value(2)]), Number::Value(5));
    assert_eq!(created(&[Number::Absent, Number::Malformed]), Number::Value(1));
    assert_eq!(created(&[Number::Value(-7)]), Number::Value(1));
}

#[test]
fn one_created_empty_is_not_worth_an_event() {
    let first_event = |size: i32| {
        let mut bench = rolled_back();
        bench.sets[1].replicas = size;
        bench.deployment.spec.template = TemplateId(9);
        let first = bench.decide().steps.into_iter().next().unwrap();
        assert!(matches!(first.write, Write::CreateReplicaSet(_)));
        first.event
    };
    assert_eq!(first_event(12), Some(ApiEvent::Scaled { name: name(9), from: 0, to: 1 }));
    assert_eq!(first_event(13), None);
}

#[test]
fn minimum_ready_seconds_reach_the_new_one_only() {
    let mut bench = rolled_back();
    bench.deployment.spec.template = TemplateId(2);
    bench.deployment.spec.min_ready_seconds = 10;
    let update = refresh(&bench).unwrap();
    assert_eq!((update.id, update.min_ready_seconds, update.copy_annotations), (ReplicaSetId(2), 10, false));
    assert_eq!(update.annotations, bench.sets[1].annotations);
}

#[test]
fn annotations_are_copied_unless_the_revision_is_unreadable() {
    let mut bench = rolled_back();
    bench.deployment.spec.template = TemplateId(2);
    assert_eq!(refresh(&bench), None);
    bench.sets[1].has_deployment_annotations = false;
    assert!(refresh(&bench).unwrap().copy_annotations);
    bench.sets[1].annotations.revision = Number::Malformed;
    assert_eq!(refresh(&bench), None);
}

#[test]
fn the_oldest_with_the_template_is_the_new_one() {
    let mut bench = rolled_back();
    bench.deployment.spec.template = TemplateId(2);
    // A younger duplicate counts as old: it is scaled down, and its revision is exceeded.
    let twin = ReplicaSet { id: ReplicaSetId(3), template: TemplateId(2), ..replica_set(3, 2, 2, 10, 13) };
    bench.sets.push(twin);
    let update = refresh(&bench).unwrap();
    assert_eq!((update.id, update.annotations.revision), (ReplicaSetId(2), Number::Value(4)));
    bench.pass();
    assert_eq!(sizes(&bench.pass().0), [(3, 0)]);
}

fn found(second: i64) -> Condition {
    Condition::new(
        ConditionType::Progressing,
        ConditionStatus::True,
        Reason::FoundNewReplicaSet,
        Message::ReplicaSet(name(2)),
        Timestamp::from_secs(second),
    )
}

#[test]
fn a_found_one_is_noted_on_the_deployment() {
    let first_status = |bench: &Bench| match bench.decide().steps[0].write {
        Write::DeploymentStatus { revision, status } => {
            (revision, status.conditions.get(ConditionType::Progressing).copied(), status.observed_generation)
        }
        _ => panic!("no status first"),
    };
    let mut bench = rolled_back();
    bench.deployment.spec.template = TemplateId(2);
    // Recorded in the draft with the stored counts, not yet with the counts of this sync.
    assert_eq!(first_status(&bench), (Number::Value(2), Some(found(1000)), 0));
    // If the condition exists, a stale revision alone causes a write.
    bench.deployment.status.conditions.set(found(900));
    bench.deployment.revision = Number::Absent;
    assert_eq!(first_status(&bench), (Number::Value(2), Some(found(900)), 0));
    bench.deployment.revision = Number::Value(2);
    assert_eq!(first_status(&bench).2, 1, "only the status of the end is left");
    // Without a deadline there is no condition to add.
    bench.deployment.status = DeploymentStatus::default();
    bench.deployment.spec.progress_deadline_seconds = None;
    assert_eq!(first_status(&bench).1, None);
    assert_eq!(first_status(&bench).2, 1);
}

/// A Deployment whose first `ReplicaSet` was refused.
fn refused(refusal: CreateRefusal<'_>) -> Decision {
    let bench = Bench::new(deployment(3, quarter()), Vec::new());
    after_refused_create(bench.view(), refusal, bench.now)
}

fn status_write(step: &PlannedWrite) -> (Number, DeploymentStatus) {
    match step.write {
        Write::DeploymentStatus { revision, status } => (revision, status),
        _ => panic!("not a status: {step:?}"),
    }
}

#[test]
fn an_own_one_that_the_cache_shows_by_now_is_used() {
    let own = replica_set(1, 3, 0, 3, 4);
    let decision = refused(CreateRefusal::AlreadyExists { own: Some(&own), cached: true });
    // The revision is recorded without a condition; the sync continues with its status.
    assert_eq!(decision.steps.len(), 2);
    let (revision, status) = status_write(&decision.steps[0]);
    assert_eq!((revision, status), (Number::Value(1), DeploymentStatus::default()));
    let (_, status) = status_write(&decision.steps[1]);
    assert_eq!((status.updated, status.observed_generation), (3, 1));
    assert!(decision.steps.iter().all(|step| step.event.is_none() && step.on_refusal == OnRefusal::Fail));
    assert_eq!(decision.requeue, Requeue::No);
}

#[test]
fn the_own_one_is_scaled_in_the_same_pass() {
    let mut bench = rolled_back();
    bench.deployment.spec.template = TemplateId(9);
    bench.deployment.revision = Number::Value(3);
    let own = replica_set(9, 0, 0, 10, 13);
    let refusal = CreateRefusal::AlreadyExists { own: Some(&own), cached: true };
    // The revision is correct; there is room for three.
    let decision = after_refused_create(bench.view(), refusal, bench.now);
    assert_eq!(sizes(&decision), [(9, 3)]);
    // One that has pods counts towards the sum.
    let own = replica_set(9, 3, 0, 10, 13);
    let refusal = CreateRefusal::AlreadyExists { own: Some(&own), cached: true };
    let decision = after_refused_create(bench.view(), refusal, bench.now);
    assert_eq!(sizes(&decision), [(2, 8)]);
}

#[test]
fn a_stranger_of_that_name_is_a_collision() {
    let stranger = CreateRefusal::AlreadyExists { own: None, cached: true };
    let other = replica_set(7, 3, 0, 3, 4);
    let own_of_another_template = CreateRefusal::AlreadyExists { own: Some(&other), cached: true };
    for refusal in [stranger, own_of_another_template] {
        let decision = refused(refusal);
        assert_eq!(decision.requeue, Requeue::Backoff);
        assert_eq!(decision.steps.len(), 1);
        let (_, status) = status_write(&decision.steps[0]);
        assert_eq!(status, DeploymentStatus { collision_count: Some(1), ..DeploymentStatus::default() });
        assert_eq!(decision.steps[0].on_refusal, OnRefusal::Ignore);
    }
    let mut bench = Bench::new(deployment(3, quarter()), Vec::new());
    bench.deployment.status.collision_count = Some(4);
    let decision = after_refused_create(bench.view(), stranger, bench.now);
    assert_eq!(status_write(&decision.steps[0]).1.collision_count, Some(5));
}

#[test]
fn other_refusals_end_the_pass() {
    let unseen = refused(CreateRefusal::AlreadyExists { own: None, cached: false });
    assert_eq!(unseen, Decision { requeue: Requeue::Backoff, ..Decision::default() });
    assert_eq!(refused(CreateRefusal::NamespaceTerminating), Decision::default());

    let failed = refused(CreateRefusal::Other(ErrorId(6)));
    let condition = Condition::new(
        ConditionType::Progressing,
        ConditionStatus::False,
        Reason::ReplicaSetCreateError,
        Message::CreateFailed(name(1), ErrorId(6)),
        Timestamp::from_secs(1000),
    );
    let mut status = DeploymentStatus::default();
    status.conditions.set(condition);
    let report = PlannedWrite {
        write: Write::DeploymentStatus { revision: Number::Absent, status },
        on_refusal: OnRefusal::Ignore,
        event: Some(ApiEvent::CreateFailed { name: name(1), error: ErrorId(6) }),
    };
    assert_eq!(failed, Decision { steps: vec![report], fallback: Vec::new(), requeue: Requeue::Backoff });

    let mut bench = Bench::new(deployment(3, Strategy::Recreate), Vec::new());
    bench.deployment.spec.progress_deadline_seconds = None;
    let decision = after_refused_create(bench.view(), CreateRefusal::Other(ErrorId(6)), bench.now);
    assert_eq!(decision, Decision { requeue: Requeue::Backoff, ..Decision::default() });
}

/// Steps planned before the creation have been made by then.
#[test]
fn what_came_before_a_refused_creation_is_not_done_again() {
    let mut bench = Bench::new(deployment(3, quarter()), Vec::new());
    let paused = Condition::new(
        ConditionType::Progressing,
        ConditionStatus::Unknown,
        Reason::DeploymentPaused,
        Message::OfReason,
        Timestamp::from_secs(900),
    );
    bench.deployment.status.conditions.set(paused);
    assert_eq!(bench.decide().steps.len(), 4, "resumed, created, noted, reported");
    let decision = after_refused_create(bench.view(), CreateRefusal::NamespaceTerminating, bench.now);
    assert_eq!(decision.steps, []);
}

#[test]
fn ages_tie_by_name() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let twin = |hash, second| ReplicaSet {
        name: ReplicaSetName::new(TemplateId(1), hash),
        created: Timestamp::from_secs(second),
        ..replica_set(1, 0, 0, 0, 0)
    };
    assert_eq!(twin(9, 5).by_age(&twin(8, 6)), Less);
    assert_eq!(twin(9, 5).by_age(&twin(8, 5)), Greater);
    assert_eq!(twin(8, 5).by_age(&twin(8, 5)), Equal);
    assert_eq!(ReplicaSetName::new(TemplateId(1), 8).cmp(&ReplicaSetName::new(TemplateId(2), 8)), Less);
}
