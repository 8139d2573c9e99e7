//! Statuses of the `ReplicaSet` controller, and texts of events and conditions.

use crate::support::{name, replica_set};
use controller::api::{
    ConditionStatus, ConditionType, ErrorId, FailureReason, Number, PodPhase, Reason, ReplicaFailure,
    ReplicaSet, ReplicaSetStatus,
};
use controller::deployment::ApiEvent;
use controller::replica_set::{PodCounts, SlowStart, availability_requeue, needs_write, status};
use controller::{Span, Timestamp};

const TAKES_QUEUES: PodCounts =
    PodCounts { active: 5, fully_labeled: 4, ready: 3, available: 2, terminating: 1 };

fn failure(reason: FailureReason, error: u32, second: i64) -> ReplicaFailure {
    ReplicaFailure { reason, error: ErrorId(error), last_transition: Timestamp::from_secs(second) }
}

#[test]
fn a_status_reports_the_counts_and_the_first_failure() {
    let now = Timestamp::from_nanos(12_900_000_000);
    let table = [
        // wanted, failure before, error of this pass, failure afterwards
        (5, None, None, None),
        (6, None, Some(1), Some(failure(FailureReason::FailedCreate, 1, 12))),
        (5, None, Some(1), Some(failure(FailureReason::FailedCreate, 1, 12))),
        (4, None, Some(1), Some(failure(FailureReason::FailedDelete, 1, 12))),
        // It stays unchanged while failures continue, and is removed by the first sync without one.
        (
            4,
            Some(failure(FailureReason::FailedCreate, 7, 3)),
            Some(1),
            Some(failure(FailureReason::FailedCreate, 7, 3)),
        ),
        (4, Some(failure(FailureReason::FailedCreate, 7, 3)), None, None),
    ];
    for (wanted, before, error, after) in table {
        let mut seen = ReplicaSet { generation: 8, ..replica_set(1, wanted, 0, 10, 13) };
        seen.status.failure = before;
        let expected = ReplicaSetStatus {
            replicas: 5,
            fully_labeled: 4,
            ready: 3,
            available: 2,
            terminating: Some(1),
            observed_generation: 8,
            failure: after,
        };
        assert_eq!(status(&seen, TAKES_QUEUES, error.map(ErrorId), now), expected);
    }
}

#[test]
fn only_a_changed_status_is_written() {
    let mut seen = replica_set(1, 5, 0, 10, 13);
    let reported = status(&seen, TAKES_QUEUES, None, Timestamp::ZERO);
    assert!(needs_write(&seen, &reported));
    seen.status = reported;
    assert!(!needs_write(&seen, &reported));
    seen.generation += 1;
    assert!(needs_write(&seen, &status(&seen, TAKES_QUEUES, None, Timestamp::ZERO)));
}

#[test]
fn the_next_look_is_when_a_pod_becomes_available() {
    let now = Timestamp::from_secs(100);
    let look = |min_ready_seconds, ready, available, since: Option<i64>| {
        let seen = ReplicaSet { min_ready_seconds, ..replica_set(1, 5, 0, 10, 13) };
        let reported = ReplicaSetStatus { ready, available, ..seen.status };
        availability_requeue(&seen, &reported, since.map(Timestamp::from_secs), now)
    };
    assert_eq!(look(10, 3, 2, Some(97)), Some(Span::from_secs(7)));
    assert_eq!(look(10, 3, 2, Some(80)), Some(Span::ZERO), "it has passed meanwhile");
    assert_eq!(look(10, 3, 2, None), Some(Span::from_secs(10)));
    assert_eq!(look(10, 3, 3, Some(97)), None);
    assert_eq!(look(0, 3, 2, Some(97)), None);
    assert_eq!(look(1, 3, 2, Some(100)), Some(Span::from_secs(1)));
}

#[test]
fn slow_start_knows_what_is_left() {
    let mut batches = SlowStart::new(10);
    let left: Vec<_> = std::iter::from_fn(|| batches.next().map(|_| batches.remaining())).collect();
    assert_eq!(left, [9, 7, 3, 0]);
    assert_eq!(SlowStart::new(7).remaining(), 7);
}

#[test]
fn terminal_phases() {
    use PodPhase::{Failed, Pending, Running, Succeeded, Unknown};
    let terminal = [Pending, Unknown, Running, Succeeded, Failed].map(PodPhase::is_terminal);
    assert_eq!(terminal, [false, false, false, true, true]);
}

#[test]
fn events_have_the_words_of_the_api() {
    let table = [
        (
            ApiEvent::Scaled { name: name(1), from: 2, to: 5 },
            "ScalingReplicaSet",
            false,
            "Scaled up replica set web-1 from 2 to 5",
        ),
        (
            ApiEvent::Scaled { name: name(1), from: 5, to: 2 },
            "ScalingReplicaSet",
            false,
            "Scaled down replica set web-1 from 5 to 2",
        ),
        (
            ApiEvent::Scaled { name: name(1), from: 0, to: 5 },
            "ScalingReplicaSet",
            false,
            "Scaled up replica set web-1 from 0 to 5",
        ),
        (
            ApiEvent::CreateFailed { name: name(1), error: ErrorId(4) },
            "ReplicaSetCreateError",
            true,
            "Failed to create new replica set \"web-1\": error 4",
        ),
        (
            ApiEvent::RolledBack { revision: 3 },
            "DeploymentRollback",
            false,
            "Rolled back deployment \"web\" to revision 3",
        ),
        (
            ApiEvent::RollbackTemplateUnchanged { revision: 3 },
            "DeploymentRollbackTemplateUnchanged",
            true,
            "The rollback revision contains the same template as current deployment \"web\" (revision 3)",
        ),
        (
            ApiEvent::RollbackRevisionNotFound { last: true },
            "DeploymentRollbackRevisionNotFound",
            true,
            "Unable to find last revision.",
        ),
        (
            ApiEvent::RollbackRevisionNotFound { last: false },
            "DeploymentRollbackRevisionNotFound",
            true,
            "Unable to find the revision to rollback to.",
        ),
    ];
    for (event, reason, is_warning, text) in table {
        let written =
            event.text("web", |name| format!("web-{}", name.hash), |error| format!("error {}", error.0));
        assert_eq!((event.reason(), event.is_warning(), written.as_str()), (reason, is_warning, text));
    }
}

#[test]
fn conditions_have_the_words_of_the_api() {
    let reasons = [
        (Reason::MinimumReplicasAvailable, "MinimumReplicasAvailable"),
        (Reason::MinimumReplicasUnavailable, "MinimumReplicasUnavailable"),
        (Reason::NewReplicaSetCreated, "NewReplicaSetCreated"),
        (Reason::FoundNewReplicaSet, "FoundNewReplicaSet"),
        (Reason::ReplicaSetUpdated, "ReplicaSetUpdated"),
        (Reason::NewReplicaSetAvailable, "NewReplicaSetAvailable"),
        (Reason::ProgressDeadlineExceeded, "ProgressDeadlineExceeded"),
        (Reason::ReplicaSetCreateError, "ReplicaSetCreateError"),
        (Reason::DeploymentPaused, "DeploymentPaused"),
        (Reason::DeploymentResumed, "DeploymentResumed"),
        (Reason::Failed(FailureReason::FailedCreate), "FailedCreate"),
        (Reason::Failed(FailureReason::FailedDelete), "FailedDelete"),
    ];
    for (reason, text) in reasons {
        assert_eq!(reason.as_str(), text);
    }
    assert_eq!(ConditionType::Available.as_str(), "Available");
    assert_eq!(ConditionType::Progressing.as_str(), "Progressing");
    assert_eq!(ConditionType::ReplicaFailure.as_str(), "ReplicaFailure");
    let statuses = [ConditionStatus::True, ConditionStatus::False, ConditionStatus::Unknown];
    assert_eq!(statuses.map(ConditionStatus::as_str), ["True", "False", "Unknown"]);
    assert_eq!(Number::Value(4).value(), Some(4));
    assert_eq!(Number::Malformed.value(), None);
}

#[test]
fn times_add_up() {
    let at = Timestamp::from_nanos;
    assert_eq!(at(7).as_nanos(), 7);
    assert_eq!(Timestamp::from_secs(2).as_nanos(), 2_000_000_000);
    assert_eq!(at(-1).as_secs(), -1);
    let mut moment = at(5);
    moment += Span::from_nanos(3);
    assert_eq!(
        (moment, moment - Span::from_nanos(2), moment.since(at(1))),
        (at(8), at(6), Span::from_nanos(7))
    );
    assert_eq!(Span::from_micros(3), Span::from_nanos(3_000));
    assert_eq!(Span::from_millis(3), Span::from_micros(3_000));
    assert_eq!(Span::from_secs(3), Span::from_millis(3_000));
    assert_eq!(Span::SECOND, Span::from_secs(1));
    assert_eq!(Span::from_secs_f64(1.5), Span::from_millis(1_500));
    assert!((Span::from_millis(250).as_secs_f64() - 0.25).abs() < 1e-12);
    assert_eq!(Span::from_nanos(-4).at_least_zero(), Span::ZERO);
    assert_eq!(Span::from_nanos(4).at_least_zero(), Span::from_nanos(4));
    let mut span = Span::from_nanos(4);
    span += Span::from_nanos(2);
    assert_eq!(
        (span, span + Span::from_nanos(1), span - Span::from_nanos(1)),
        (Span::from_nanos(6), Span::from_nanos(7), Span::from_nanos(5))
    );
    assert_eq!(Span::from_millis(1_500).to_string(), "1.5s");
}
