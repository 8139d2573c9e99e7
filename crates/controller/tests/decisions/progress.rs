//! Condition `Progressing`: pause and resume, progress, the deadline and its timer.

use crate::support::{Bench, deployment, last_status, name, quarter, replica_set};
use controller::api::{
    Condition, ConditionStatus, ConditionType, DeploymentStatus, Message, Number, Reason, Strategy,
    TemplateId, UNLIMITED,
};
use controller::deployment::{Requeue, Write};
use controller::{Span, Timestamp};

fn progressing(status: ConditionStatus, reason: Reason, update: i64, transition: i64) -> Condition {
    Condition {
        kind: ConditionType::Progressing,
        status,
        reason,
        message: Message::ReplicaSet(name(9)),
        last_update: Timestamp::from_secs(update),
        last_transition: Timestamp::from_secs(transition),
    }
}

/// A stuck rollout of ten: old 8 of 8, new 0 of 5, all of it reported; last progress at 900 s, now 1000 s.
fn stuck(reason: Reason) -> Bench {
    let mut deployment = deployment(10, quarter());
    deployment.spec.template = TemplateId(9);
    deployment.revision = Number::Value(9);
    let sets = vec![replica_set(1, 8, 8, 10, 13), replica_set(9, 5, 0, 10, 13)];
    deployment.status = DeploymentStatus {
        replicas: 13,
        updated: 5,
        ready: 8,
        available: 8,
        unavailable: 5,
        terminating: Some(0),
        observed_generation: 1,
        ..DeploymentStatus::default()
    };
    let status = match reason {
        Reason::ProgressDeadlineExceeded | Reason::ReplicaSetCreateError => ConditionStatus::False,
        Reason::DeploymentPaused | Reason::DeploymentResumed => ConditionStatus::Unknown,
        _ => ConditionStatus::True,
    };
    let available = Condition::new(
        ConditionType::Available,
        ConditionStatus::True,
        Reason::MinimumReplicasAvailable,
        Message::OfReason,
        Timestamp::from_secs(800),
    );
    deployment.status.conditions.set(available);
    deployment.status.conditions.set(progressing(status, reason, 900, 850));
    Bench::new(deployment, sets)
}

fn condition(bench: &Bench) -> Option<Condition> {
    last_status(&bench.decide())?.conditions.get(ConditionType::Progressing).copied()
}

#[test]
fn the_deadline_is_noticed_a_second_after_it() {
    let mut bench = stuck(Reason::ReplicaSetUpdated);
    // The last update was cut to 900 s; the deadline is 600 s.
    let at = |nanos: i64, bench: &mut Bench| {
        bench.now = Timestamp::from_nanos(nanos);
        let decision = bench.decide();
        (decision.steps.len(), decision.requeue)
    };
    let second = 1_000_000_000;
    let until = Some(Timestamp::from_nanos(1500 * second + 1));
    assert_eq!(at(1000 * second, &mut bench), (0, Requeue::After(Span::from_secs(501))));
    assert_eq!(at(1499 * second, &mut bench), (0, Requeue::After(Span::from_secs(2))));
    assert_eq!(at(1499 * second + 1, &mut bench), (0, Requeue::Poll { until }));
    assert_eq!(at(1500 * second, &mut bench), (0, Requeue::Poll { until }), "the comparison is strict");
    assert_eq!(at(1500 * second + 1, &mut bench), (1, Requeue::No));
    let timed_out = progressing(ConditionStatus::False, Reason::ProgressDeadlineExceeded, 1500, 1500);
    assert_eq!(condition(&bench), Some(timed_out));
    assert!(bench.pass().1);
    assert_eq!(at(9000 * second, &mut bench), (0, Requeue::No), "once is enough");
}

#[test]
fn reasons_that_can_and_cannot_time_out() {
    let timed_out = |reason| {
        let mut bench = stuck(reason);
        bench.now = Timestamp::from_secs(5000);
        let decision = bench.decide();
        (condition(&bench).map(|condition| condition.reason), decision.requeue)
    };
    let exceeded = (Some(Reason::ProgressDeadlineExceeded), Requeue::No);
    assert_eq!(timed_out(Reason::NewReplicaSetCreated), exceeded);
    assert_eq!(timed_out(Reason::FoundNewReplicaSet), exceeded);
    assert_eq!(timed_out(Reason::ReplicaSetCreateError), exceeded);
    // Resumed long ago; the new ReplicaSet's status counts, not the earlier success.
    assert_eq!(timed_out(Reason::DeploymentResumed), exceeded);
    assert_eq!(timed_out(Reason::ProgressDeadlineExceeded), (None, Requeue::No));
    // A rollout that succeeded once cannot time out: it polls, and no poll decides anything.
    assert_eq!(timed_out(Reason::NewReplicaSetAvailable), (None, Requeue::Poll { until: None }));
}

#[test]
fn without_a_deadline_there_is_no_condition_and_no_timer() {
    for deadline in [None, Some(UNLIMITED)] {
        let mut bench = stuck(Reason::ReplicaSetUpdated);
        bench.deployment.spec.progress_deadline_seconds = deadline;
        let decision = bench.decide();
        assert_eq!(decision.steps.len(), 1);
        let written = last_status(&decision).unwrap();
        assert_eq!(written.conditions.get(ConditionType::Progressing), None);
        assert!(bench.pass().1);
        assert_eq!(bench.decide(), controller::deployment::Decision::default());
        bench.deployment.spec.paused = true;
        let noted = bench.decide().steps.iter().any(|step| matches!(step.write,
            Write::DeploymentStatus { status, .. } if status.conditions.get(ConditionType::Progressing).is_some()));
        assert!(!noted, "a pause is not noted either");
    }
    assert_eq!(deployment(1, quarter()).progress_deadline(), Some(Span::from_secs(600)));
}

/// Every count restarts the deadline on its own, with an unchanged reason too.
#[test]
fn each_kind_of_progress_restarts_the_clock() {
    let after = |change: fn(&mut Bench)| {
        let mut bench = stuck(Reason::ReplicaSetUpdated);
        change(&mut bench);
        let condition = condition(&bench).unwrap();
        assert_eq!(condition.reason, Reason::ReplicaSetUpdated);
        assert_eq!(condition.last_transition, Timestamp::from_secs(850), "it was True before");
        condition.last_update == Timestamp::from_secs(1000)
    };
    assert!(after(|bench| bench.sets[1].status.replicas = 6), "more updated pods");
    assert!(after(|bench| bench.sets[0].status.replicas = 7), "fewer old pods");
    assert!(after(|bench| bench.sets[1].status.ready = 1), "more ready pods");
    assert!(after(|bench| bench.sets[1].status.available = 1), "more available pods");
    assert!(after(|bench| bench.sets[0].status.ready = 9), "old ones count too");
    assert!(!after(|bench| bench.sets[1].status.replicas = 4), "fewer updated pods");
    assert!(!after(|bench| bench.sets[0].status.replicas = 9), "more old pods");
    assert!(!after(|bench| bench.sets[0].status.ready = 7), "fewer ready pods");
    assert!(!after(|bench| bench.sets[0].status.available = 7), "fewer available pods");
    assert!(!after(|bench| bench.sets[0].status.terminating = Some(1)), "more terminating pods");
    // One old pod and one new pod were removed: the old count progressed.
    assert!(after(|bench| {
        bench.sets[0].status.replicas = 7;
        bench.sets[1].status.replicas = 4;
    }));
}

#[test]
fn progress_after_a_timeout_makes_it_true_again() {
    let mut bench = stuck(Reason::ProgressDeadlineExceeded);
    bench.sets[1].status.ready = 1;
    let expected = progressing(ConditionStatus::True, Reason::ReplicaSetUpdated, 1000, 1000);
    assert_eq!(condition(&bench), Some(expected));
}

#[test]
fn completion_is_noted_once() {
    let mut bench = stuck(Reason::ReplicaSetUpdated);
    bench.sets = vec![replica_set(1, 0, 0, 10, 13), replica_set(9, 10, 10, 10, 13)];
    let expected = progressing(ConditionStatus::True, Reason::NewReplicaSetAvailable, 1000, 850);
    assert_eq!(condition(&bench), Some(expected));
    assert!(bench.pass().1);
    assert_eq!(bench.decide(), controller::deployment::Decision::default(), "and no timer is armed");
    // A lost pod is neither progress nor a failure, but the Deployment polls from now on.
    bench.sets[1].status.available = 9;
    bench.now = Timestamp::from_secs(9000);
    assert_eq!(condition(&bench).unwrap().last_update, Timestamp::from_secs(1001));
    assert!(bench.pass().1);
    assert_eq!(bench.decide().requeue, Requeue::Poll { until: None });
    // When it returns, the condition stays unchanged.
    bench.sets[1].status.available = 10;
    assert_eq!(condition(&bench).unwrap().last_update, Timestamp::from_secs(1001));
}

/// After a rollback the condition still reports the earlier success; it is valid only while the counts match.
#[test]
fn an_earlier_success_is_forgotten_with_the_first_progress() {
    let mut bench = stuck(Reason::NewReplicaSetAvailable);
    bench.sets[1].status.replicas = 6;
    let expected = progressing(ConditionStatus::True, Reason::ReplicaSetUpdated, 1000, 850);
    assert_eq!(condition(&bench), Some(expected));
}

#[test]
fn without_a_new_replica_set_the_message_is_about_the_deployment() {
    let mut bench = stuck(Reason::ReplicaSetUpdated);
    bench.deployment.spec.strategy = Strategy::Recreate;
    bench.sets.pop();
    bench.sets[0].replicas = 0;
    bench.sets[0].status.replicas = 4;
    assert_eq!(condition(&bench).unwrap().message, Message::Deployment);
}

#[test]
fn pauses_are_noted_at_once() {
    use ConditionStatus::Unknown;
    type Row = (bool, Option<Reason>, Option<(Reason, i64)>);
    let table: [Row; 8] = [
        // paused, reason before, reason after with the time of its transition
        (true, Some(Reason::ReplicaSetUpdated), Some((Reason::DeploymentPaused, 1000))),
        (true, Some(Reason::NewReplicaSetAvailable), Some((Reason::DeploymentPaused, 1000))),
        (true, Some(Reason::DeploymentResumed), Some((Reason::DeploymentPaused, 850))),
        (true, None, Some((Reason::DeploymentPaused, 1000))),
        (true, Some(Reason::DeploymentPaused), None),
        (true, Some(Reason::ProgressDeadlineExceeded), None),
        (false, Some(Reason::DeploymentPaused), Some((Reason::DeploymentResumed, 850))),
        (false, Some(Reason::ProgressDeadlineExceeded), None),
    ];
    for (paused, before, after) in table {
        let mut bench = stuck(before.unwrap_or(Reason::ReplicaSetUpdated));
        // 8 and 5 of ten are the allowed sum, so a pause adds nothing.
        bench.deployment.spec.paused = paused;
        if before.is_none() {
            bench.deployment.status.conditions.remove(ConditionType::Progressing);
        }
        let steps = bench.decide().steps;
        let noted = steps.first().and_then(|step| match step.write {
            Write::DeploymentStatus { status, .. } => {
                status.conditions.get(ConditionType::Progressing).copied()
            }
            _ => None,
        });
        let expected = after.map(|(reason, transition)| Condition {
            message: Message::OfReason,
            ..progressing(Unknown, reason, 1000, transition)
        });
        assert_eq!(noted, expected, "paused: {paused}, before: {before:?}");
    }
}

/// The pause condition and the final status of the same sync are two writes to one object.
#[test]
fn a_pause_takes_two_passes() {
    let mut bench = stuck(Reason::ReplicaSetUpdated);
    bench.deployment.spec.paused = true;
    bench.deployment.generation = 2;
    assert!(!bench.pass().1);
    assert!(bench.pass().1);
    assert_eq!(bench.deployment.status.observed_generation, 2);
    assert_eq!(bench.decide(), controller::deployment::Decision::default(), "no timer while paused");
}
