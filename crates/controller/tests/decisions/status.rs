//! Statuses of a Deployment.

use crate::support::{Bench, deployment, last_status, quarter, replica_set, sizes};
use controller::Timestamp;
use controller::api::{
    Condition, ConditionStatus, ConditionType, DeploymentStatus, ErrorId, FailureReason, Message, Number,
    Reason, ReplicaFailure, ReplicaSetStatus, TemplateId,
};

fn bench() -> Bench {
    let mut deployment = deployment(10, quarter());
    deployment.spec.template = TemplateId(9);
    deployment.revision = Number::Value(9);
    Bench::new(deployment, vec![replica_set(1, 8, 6, 10, 13), replica_set(9, 5, 0, 10, 13)])
}

fn written(bench: &Bench) -> DeploymentStatus {
    last_status(&bench.decide()).expect("a status is written")
}

#[test]
fn counts_are_sums_over_old_and_new() {
    let mut bench = bench();
    bench.deployment.generation = 4;
    bench.deployment.status.collision_count = Some(2);
    bench.sets[0].status = ReplicaSetStatus { ready: 7, terminating: Some(2), ..bench.sets[0].status };
    bench.sets[1].status =
        ReplicaSetStatus { replicas: 4, ready: 1, terminating: Some(1), ..bench.sets[1].status };
    let status = written(&bench);
    let expected = DeploymentStatus {
        replicas: 12,
        updated: 4,
        ready: 8,
        available: 6,
        unavailable: 7,
        terminating: Some(3),
        observed_generation: 4,
        collision_count: Some(2),
        conditions: status.conditions,
    };
    assert_eq!(status, expected);
}

#[test]
fn unavailable_is_never_negative() {
    let mut bench = bench();
    bench.sets = vec![replica_set(9, 10, 12, 10, 13)];
    assert_eq!(written(&bench).unavailable, 0);
}

#[test]
fn unknown_terminating_pods_make_the_sum_unknown() {
    let table = [
        // terminating and observed generation of the old one, the sum with the new one's 1
        (Some(2), 1, Some(3)),
        (None, 0, Some(1)),
        (None, 1, None),
        (Some(2), 0, Some(3)),
    ];
    for (terminating, observed, expected) in table {
        let mut bench = bench();
        bench.sets[0].status.terminating = terminating;
        bench.sets[0].status.observed_generation = observed;
        bench.sets[1].status.terminating = Some(1);
        assert_eq!(written(&bench).terminating, expected, "{terminating:?}, {observed}");
    }
}

#[test]
fn available_means_the_promised_number() {
    for (available, status, reason) in [
        (8, ConditionStatus::True, Reason::MinimumReplicasAvailable),
        (7, ConditionStatus::False, Reason::MinimumReplicasUnavailable),
    ] {
        let mut bench = bench();
        bench.sets[0].status.available = available;
        let expected = Condition::new(
            ConditionType::Available,
            status,
            reason,
            Message::OfReason,
            Timestamp::from_secs(1000),
        );
        assert_eq!(written(&bench).conditions.get(ConditionType::Available), Some(&expected));
    }
}

fn failure(reason: FailureReason, error: u32, second: i64) -> ReplicaFailure {
    ReplicaFailure { reason, error: ErrorId(error), last_transition: Timestamp::from_secs(second) }
}

fn copied(failure: ReplicaFailure) -> Condition {
    Condition {
        kind: ConditionType::ReplicaFailure,
        status: ConditionStatus::True,
        reason: Reason::Failed(failure.reason),
        message: Message::Error(failure.error),
        last_update: failure.last_transition,
        last_transition: failure.last_transition,
    }
}

#[test]
fn a_failure_is_copied_from_the_new_one_or_else_from_the_oldest() {
    use FailureReason::{FailedCreate, FailedDelete};
    let (first, second, third) =
        (failure(FailedCreate, 1, 11), failure(FailedCreate, 2, 12), failure(FailedDelete, 3, 13));
    let table = [
        ((Some(first), Some(second), Some(third)), Some(third)),
        ((Some(first), Some(second), None), Some(first)),
        ((None, Some(second), None), Some(second)),
        ((None, None, Some(third)), Some(third)),
        ((None, None, None), None),
    ];
    for ((oldest, older, new), expected) in table {
        let mut bench = bench();
        bench.sets.insert(1, replica_set(2, 0, 0, 10, 13));
        for (set, failure) in bench.sets.iter_mut().zip([oldest, older, new]) {
            set.status.failure = failure;
        }
        let status = written(&bench);
        let condition = status.conditions.get(ConditionType::ReplicaFailure).copied();
        assert_eq!(condition, expected.map(copied));
        // It is removed when no ReplicaSet reports one, but only by a rollout.
        bench.deployment.status = status;
        bench.sets.iter_mut().for_each(|set| set.status.failure = None);
        bench.sets[1].status.ready += 1;
        assert_eq!(written(&bench).conditions.get(ConditionType::ReplicaFailure), None);
        bench.deployment.spec.paused = true;
        let kept = written(&bench).conditions.get(ConditionType::ReplicaFailure).copied();
        assert_eq!(kept, expected.map(copied), "a pause touches no failure");
    }
}

/// The oldest old one determines the failure, whatever the others report.
#[test]
fn an_old_failure_of_another_reason_changes_nothing() {
    let mut bench = bench();
    bench.sets.insert(1, replica_set(2, 0, 0, 10, 13));
    let first = failure(FailureReason::FailedCreate, 1, 11);
    bench.sets[0].status.failure = Some(first);
    bench.sets[1].status.failure = Some(failure(FailureReason::FailedDelete, 2, 12));
    let condition = written(&bench).conditions.get(ConditionType::ReplicaFailure).copied();
    assert_eq!(condition, Some(copied(first)));
}

/// Pauses, scaling events and deletions report counts and availability only.
#[test]
fn a_deployment_being_deleted_reports_and_does_nothing_else() {
    let mut bench = bench();
    bench.deployment.deletion = Some(Timestamp::from_secs(990));
    bench.deployment.spec.paused = true;
    bench.deployment.rollback_to = Some(1);
    bench.sets[1].status.failure = Some(failure(FailureReason::FailedCreate, 1, 11));
    let decision = bench.decide();
    assert_eq!(sizes(&decision), []);
    let reported: Vec<_> = written(&bench).conditions.iter().map(|condition| condition.reason).collect();
    // Resolving the new ReplicaSet reports that it was found; no pause and no failure is recorded.
    assert_eq!(reported, [Reason::FoundNewReplicaSet, Reason::MinimumReplicasUnavailable]);
    // Without a new ReplicaSet none is created.
    bench.sets.pop();
    assert_eq!(sizes(&bench.decide()), []);
    assert_eq!(bench.decide().steps.len(), 1);
}
