//! Strategy `RollingUpdate`.

use crate::support::{Bench, annotations, deployment, name, quarter, replica_set, rolling, sizes};
use controller::Timestamp;
use controller::api::IntOrPercent::{Int, Percent};
use controller::api::{
    Condition, ConditionStatus, ConditionType, Conditions, DeploymentStatus, Message, Number, Reason,
    ReplicaSet, ReplicaSetId, RollingUpdate, Strategy, TemplateId,
};
use controller::deployment::{
    ApiEvent, Decision, NewReplicaSet, OnRefusal, PlannedWrite, ReplicaSetUpdate, Requeue, Write,
};

/// The sizes of old and new and the available new pods after every sync that changed a size, while one new
/// pod after another becomes available.
fn rollout(replicas: i32, strategy: Strategy) -> Vec<(i32, i32, i32)> {
    let mut bench = Bench::settled(replicas, strategy);
    bench.set_template(2);
    let mut seen = Vec::new();
    for available in 0..=replicas {
        for _ in 0..6 {
            let before = (bench.size(1), bench.size(2));
            bench.pass();
            let after = (bench.size(1), bench.size(2));
            bench.report(|template, size| if template == 1 { size } else { size.min(available) });
            if before != after || bench.find(2).is_none() {
                let old_availability = bench.find(2).map_or(0, |new| new.status.available);
                seen.push((after.0, after.1, old_availability));
            }
        }
    }
    seen
}

#[test]
fn ten_replicas_with_a_quarter_each_way_roll_as_documented() {
    let expected = [
        (8, 3, 0),
        (8, 5, 0),
        (7, 5, 1),
        (7, 6, 1),
        (6, 6, 2),
        (6, 7, 2),
        (5, 7, 3),
        (5, 8, 3),
        (4, 8, 4),
        (4, 9, 4),
        (3, 9, 5),
        (3, 10, 5),
        (2, 10, 6),
        (1, 10, 7),
        (0, 10, 8),
    ];
    assert_eq!(rollout(10, quarter()), expected);
}

#[test]
fn small_deployments_roll_as_documented() {
    let three = [(3, 1, 0), (2, 1, 1), (2, 2, 1), (1, 2, 2), (1, 3, 2), (0, 3, 3)];
    assert_eq!(rollout(3, quarter()), three);
    // 0%/1% of two rounds to 0 and 0, so one pod may be unavailable: the new ReplicaSet is created empty.
    let two = [(1, 0, 0), (1, 1, 0), (0, 1, 1), (0, 2, 1)];
    assert_eq!(rollout(2, rolling(Percent(0), Percent(1))), two);
    assert_eq!(rollout(1, quarter()), [(1, 1, 0), (0, 1, 1)]);
}

#[test]
fn limits_are_counts_or_rounded_percentages() {
    let table = [
        // replicas, strategy, surge, unavailable
        (1, quarter(), 1, 0),
        (3, quarter(), 1, 0),
        (4, quarter(), 1, 1),
        (10, quarter(), 3, 2),
        (20, quarter(), 5, 5),
        (10, rolling(Percent(10), Int(0)), 1, 0),
        (20, rolling(Percent(10), Percent(0)), 2, 0),
        (3, rolling(Percent(0), Percent(1)), 0, 1),
        (3, rolling(Int(0), Int(0)), 0, 1),
        (3, rolling(Int(1), Int(9)), 1, 3),
        (0, rolling(Int(0), Int(5)), 0, 0),
        (0, rolling(Int(2), Int(5)), 2, 0),
        (7, Strategy::Recreate, 0, 0),
    ];
    for (replicas, strategy, surge, unavailable) in table {
        let deployment = deployment(replicas, strategy);
        let limits = (deployment.max_surge(), deployment.max_unavailable());
        assert_eq!(limits, (surge, unavailable), "{replicas} replicas, {strategy:?}");
        assert_eq!(deployment.min_available(), replicas - unavailable);
        assert_eq!(deployment.max_replicas(), replicas + surge);
    }
}

fn condition(kind: ConditionType, reason: Reason, message: Message, second: i64) -> Condition {
    Condition::new(kind, ConditionStatus::True, reason, message, Timestamp::from_secs(second))
}

fn conditions(list: &[Condition]) -> Conditions {
    let mut conditions = Conditions::default();
    for condition in list {
        conditions.set(*condition);
    }
    conditions
}

/// The first sync of a rollout, write by write: creates the new one with the surge, records it in the
/// Deployment, scales the old one down; the final status is a second write to the Deployment and so a
/// conflict.
#[test]
fn the_first_pass_of_a_rollout_creates_and_scales_down_together() {
    let available =
        condition(ConditionType::Available, Reason::MinimumReplicasAvailable, Message::OfReason, 900);
    let succeeded = condition(
        ConditionType::Progressing,
        Reason::NewReplicaSetAvailable,
        Message::ReplicaSet(name(1)),
        900,
    );
    let created = Condition {
        last_transition: Timestamp::from_secs(900),
        ..condition(
            ConditionType::Progressing,
            Reason::NewReplicaSetCreated,
            Message::ReplicaSet(name(2)),
            1000,
        )
    };
    let mut deployment = deployment(10, quarter());
    deployment.generation = 2;
    deployment.revision = Number::Value(1);
    deployment.spec.template = TemplateId(2);
    deployment.spec.min_ready_seconds = 7;
    deployment.status = DeploymentStatus {
        replicas: 10,
        updated: 10,
        ready: 10,
        available: 10,
        unavailable: 0,
        terminating: Some(0),
        observed_generation: 1,
        collision_count: None,
        conditions: conditions(&[available, succeeded]),
    };
    let noted = DeploymentStatus { conditions: conditions(&[available, created]), ..deployment.status };
    let end = DeploymentStatus {
        updated: 0,
        unavailable: 3,
        observed_generation: 2,
        // Replicas that are not updated went from 0 to 10, and updated decreased: no progress, so only the
        // counts change.
        ..noted
    };
    let bench = Bench::new(deployment, vec![replica_set(1, 10, 10, 10, 13)]);
    let create = PlannedWrite {
        write: Write::CreateReplicaSet(NewReplicaSet {
            template: TemplateId(2),
            replicas: 3,
            min_ready_seconds: 7,
            annotations: annotations(2, 10, 13),
        }),
        on_refusal: OnRefusal::AskAgain,
        event: Some(ApiEvent::Scaled { name: name(2), from: 0, to: 3 }),
    };
    let note = plain(Write::DeploymentStatus { revision: Number::Value(2), status: noted });
    let shrink = PlannedWrite {
        write: Write::ReplicaSet(ReplicaSetUpdate {
            id: ReplicaSetId(1),
            resource_version: Some(1000),
            replicas: 8,
            min_ready_seconds: 0,
            annotations: annotations(1, 10, 13),
            copy_annotations: false,
        }),
        on_refusal: OnRefusal::Fallback,
        event: Some(ApiEvent::Scaled { name: name(1), from: 10, to: 8 }),
    };
    let report = plain(Write::DeploymentStatus { revision: Number::Value(2), status: end });
    let expected = Decision {
        steps: vec![create, note, shrink, report.clone()],
        fallback: vec![report],
        requeue: Requeue::No,
    };
    assert_eq!(bench.decide(), expected);
}

fn plain(write: Write) -> PlannedWrite {
    PlannedWrite { write, on_refusal: OnRefusal::Fail, event: None }
}

/// The result of one sync for `ReplicaSet`s given as (template, size, available), with template 9 current and
/// ten replicas recorded on all of them.
fn one_pass(strategy: Strategy, sets: &[(u32, i32, i32)]) -> Vec<(u32, i32)> {
    let mut deployment = deployment(10, strategy);
    deployment.spec.template = TemplateId(9);
    deployment.revision = Number::Value(9);
    let max = deployment.max_replicas();
    let sets =
        sets.iter().map(|(template, size, available)| replica_set(*template, *size, *available, 10, max));
    sizes(&Bench::new(deployment, sets.collect()).decide())
}

#[test]
fn a_crash_looping_version_stops_the_removal_of_old_pods() {
    assert_eq!(one_pass(quarter(), &[(1, 8, 8), (9, 5, 0)]), []);
    // Old pods that fail now are not removed either: m is still 0.
    assert_eq!(one_pass(quarter(), &[(1, 8, 6), (9, 5, 0)]), []);
}

#[test]
fn after_a_rollback_the_unhealthy_pods_go_first() {
    // Template 9 is the good one again, 7 of its 8 pods are available: m = 13 - 8 - 1 = 4.
    assert_eq!(one_pass(quarter(), &[(5, 5, 0), (9, 8, 7)]), [(5, 1)]);
    // Then there is room for the rest.
    assert_eq!(one_pass(quarter(), &[(5, 1, 0), (9, 8, 7)]), [(9, 10)]);
}

#[test]
fn a_third_template_takes_the_place_of_the_unhealthy_second() {
    // Created without pods, and m = 13 - 8 - 0 = 5 removes all unhealthy ones.
    assert_eq!(one_pass(quarter(), &[(1, 8, 8), (5, 5, 0)]), [(9, 0), (5, 0)]);
    assert_eq!(one_pass(quarter(), &[(1, 8, 8), (5, 0, 0), (9, 0, 0)]), [(9, 5)]);
}

/// A name, the strategy, the state as (template, size, available), and the resulting sizes.
type Row = (&'static str, Strategy, &'static [(u32, i32, i32)], &'static [(u32, i32)]);

#[test]
fn steps_of_a_rolling_update() {
    const HALF: Strategy =
        Strategy::RollingUpdate(RollingUpdate { max_surge: Int(3), max_unavailable: Int(5) });
    // Each case: state and result.
    let table: &[Row] = &[
        ("grown beyond what is wanted, by hand", quarter(), &[(1, 2, 2), (9, 12, 12)], &[(9, 10)]),
        ("at its size, nothing else there", quarter(), &[(9, 10, 10)], &[]),
        ("room for less than is missing", quarter(), &[(1, 9, 9), (9, 2, 0)], &[(9, 4)]),
        ("room for more than is missing", quarter(), &[(1, 1, 1), (9, 9, 0)], &[(9, 10)]),
        ("no room", quarter(), &[(1, 8, 8), (9, 5, 1)], &[(1, 7)]),
        ("more pods than allowed", quarter(), &[(1, 14, 14), (9, 2, 2)], &[(1, 6)]),
        // m = 13 - 8 - 0 = 5: three unhealthy in all, then k = 10 - 8 = 2 healthy ones, the oldest first.
        ("oldest first", quarter(), &[(1, 4, 2), (2, 4, 3), (9, 5, 5)], &[(1, 2), (2, 3), (1, 0)]),
        // m = 3 stops the clean-up in the middle of the second.
        ("clean-up is limited by m", quarter(), &[(1, 4, 2), (2, 6, 2), (9, 3, 1)], &[(1, 2), (2, 5)]),
        // m = 1 is used up by the first, and the second is not checked.
        ("clean-up stops at m", quarter(), &[(1, 4, 2), (2, 5, 3), (9, 4, 0)], &[(1, 3)]),
        ("nothing healthy to spare", quarter(), &[(1, 9, 6), (9, 4, 2)], &[(1, 6)]),
        // k = 10 - 5 = 5 exceeds the first ReplicaSet.
        ("several healthy ones", HALF, &[(1, 2, 2), (2, 8, 8), (9, 3, 0)], &[(1, 0), (2, 5)]),
        (
            "an empty old one in between",
            HALF,
            &[(1, 2, 2), (2, 0, 0), (3, 8, 8), (9, 3, 0)],
            &[(1, 0), (3, 5)],
        ),
        ("availability of an emptied one still counts", HALF, &[(1, 0, 1), (3, 9, 4), (9, 4, 0)], &[(3, 5)]),
        // The first is empty, but its status lags behind and its pod still counts: m = 12 - 8 - 3 = 1, and
        // yet k = 10 - 8 = 2 are removed, which leaves 7 with a minimum of 8. Upstream does the same.
        (
            "pods that are going still count",
            rolling(Int(2), Int(2)),
            &[(1, 0, 1), (2, 5, 5), (9, 7, 4)],
            &[(2, 3)],
        ),
        // The second old one reports more than its size. Upstream treats the negative difference as an error
        // and drops it; the sync ends as if nothing had been scaled, after the first was scaled down.
        ("negative cut", quarter(), &[(1, 3, 2), (2, 3, 5), (9, 7, 7)], &[(1, 2)]),
        ("negative cut at once", quarter(), &[(2, 3, 5), (9, 10, 7)], &[]),
    ];
    for (name, strategy, sets, expected) in table {
        assert_eq!(one_pass(*strategy, sets), *expected, "{name}");
    }
}

/// Within one sync, a second scale-down of the same `ReplicaSet` continues from the result of the first.
#[test]
fn a_second_cut_carries_the_version_of_the_first() {
    let mut deployment = deployment(10, quarter());
    deployment.revision = Number::Value(9);
    deployment.spec.template = TemplateId(9);
    let stale = ReplicaSet { annotations: annotations(1, 10, 12), ..replica_set(1, 7, 3, 10, 13) };
    let bench = Bench::new(deployment, vec![stale, replica_set(9, 6, 6, 10, 13)]);
    let updates: Vec<_> = bench
        .decide()
        .steps
        .into_iter()
        .filter_map(|step| match step.write {
            Write::ReplicaSet(update) => Some((update, step.event)),
            _ => None,
        })
        .collect();
    let update = |resource_version, replicas| ReplicaSetUpdate {
        id: ReplicaSetId(1),
        resource_version,
        replicas,
        min_ready_seconds: 0,
        annotations: annotations(1, 10, 13),
        copy_annotations: false,
    };
    let scaled = |from, to| Some(ApiEvent::Scaled { name: name(1), from, to });
    assert_eq!(updates, [(update(Some(1000), 3), scaled(7, 3)), (update(None, 2), scaled(3, 2))]);
}

/// A refused scale-down counts as nothing scaled: the sync continues with history and status.
#[test]
fn the_fallback_of_a_scale_down_cleans_up_and_reports() {
    let mut bench = Bench::settled(2, rolling(Int(0), Int(1)));
    bench.deployment.spec.revision_history_limit = Some(0);
    bench.deployment.spec.template = TemplateId(1);
    // Resized by hand after the rollout was reported complete.
    let mut leftover = replica_set(5, 1, 1, 2, 2);
    leftover.annotations.revision = Number::Value(0);
    let mut empty = replica_set(6, 0, 0, 2, 2);
    empty.annotations.revision = Number::Value(0);
    bench.sets.extend([leftover, empty]);
    let decision = bench.decide();
    assert_eq!(sizes(&decision), [(5, 0)]);
    assert!(decision.steps.iter().all(|step| !matches!(step.write, Write::DeleteReplicaSet(_))));
    let first = decision.fallback.first().map(|step| (step.write.clone(), step.on_refusal));
    assert_eq!(first, Some((Write::DeleteReplicaSet(ReplicaSetId(6)), OnRefusal::FailUnlessNotFound)));
    assert!(matches!(decision.fallback.last().map(|step| &step.write), Some(Write::DeploymentStatus { .. })));
}
