//! Scaling events, pauses, and proportions.

use crate::support::{Bench, annotations, deployment, quarter, replica_set, rolling, sizes};
use controller::api::IntOrPercent::Int;
use controller::api::{Number, ReplicaSetId, Strategy, TemplateId};
use controller::deployment::{OnRefusal, ReplicaSetUpdate, Write};

/// A Deployment of template 9 with `ReplicaSet`s given as (template, size, available), last sized for
/// `noted` replicas and `max` at most.
fn bench(replicas: i32, strategy: Strategy, noted: (i32, i32), sets: &[(u32, i32, i32)]) -> Bench {
    let mut deployment = deployment(replicas, strategy);
    deployment.spec.template = TemplateId(9);
    deployment.revision = Number::Value(9);
    let sets = sets
        .iter()
        .map(|(template, size, available)| replica_set(*template, *size, *available, noted.0, noted.1));
    Bench::new(deployment, sets.collect())
}

#[test]
fn proportions_follow_the_documented_table() {
    type Row = (&'static str, i32, Strategy, (i32, i32), &'static [(u32, i32, i32)], &'static [(u32, i32)]);
    let int = |surge| rolling(Int(surge), Int(0));
    let table: &[Row] = &[
        ("10 to 15", 15, rolling(Int(3), Int(2)), (10, 13), &[(1, 8, 8), (9, 5, 0)], &[(1, 11), (9, 7)]),
        ("10 to 20", 20, quarter(), (10, 13), &[(1, 8, 8), (9, 5, 0)], &[(1, 15), (9, 10)]),
        ("10 to 5", 5, quarter(), (10, 13), &[(1, 8, 8), (9, 5, 0)], &[(1, 4), (9, 3)]),
        // All fractions round to zero; the remainder goes to the newest, which is first.
        ("3 to 4", 4, quarter(), (3, 4), &[(1, 1, 1), (2, 1, 1), (9, 1, 0)], &[(9, 3), (2, 1), (1, 1)]),
        // When shrinking, the oldest is first and gets the remainder.
        ("10 to 7", 7, int(0), (10, 10), &[(1, 5, 5), (9, 5, 5)], &[(1, 3), (9, 4)]),
        ("10 to 50", 50, rolling(Int(6), Int(0)), (10, 13), &[(1, 8, 8), (9, 5, 0)], &[(1, 34), (9, 22)]),
        ("10 to 0", 0, quarter(), (10, 13), &[(1, 8, 8), (9, 5, 0)], &[(1, 0), (9, 0)]),
        (
            "10 to 0, a surge in pods",
            0,
            rolling(Int(3), Int(0)),
            (10, 13),
            &[(1, 8, 8), (9, 5, 0)],
            &[(1, 0), (9, 0)],
        ),
        // Already at the allowed 11: no size changes, but the annotations are updated, in the order of the
        // list: old ones youngest first, then the new one.
        (
            "to the sum it has",
            9,
            rolling(Int(2), Int(0)),
            (10, 13),
            &[(1, 4, 4), (2, 2, 2), (9, 5, 5)],
            &[(2, 2), (1, 4), (9, 5)],
        ),
        // The whole difference is used before the last one is reached.
        ("used up early", 12, int(0), (10, 5), &[(1, 6, 6), (9, 4, 4)], &[(1, 8), (9, 4)]),
        // The share of the largest decreases although the sum grows: its annotation is older.
        ("a share against the trend", 12, int(0), (10, 40), &[(1, 6, 6), (9, 4, 4)], &[(1, 11), (9, 1)]),
        // The remainder exceeds the size of the largest: floored at zero.
        (
            "floored",
            1,
            int(0),
            (2, 2),
            &[(1, 1, 1), (2, 1, 1), (3, 1, 1), (9, 1, 1)],
            &[(1, 0), (2, 1), (3, 1), (9, 1)],
        ),
    ];
    for (name, replicas, strategy, noted, sets, expected) in table {
        let decision = bench(*replicas, *strategy, *noted, sets).decide();
        assert_eq!(sizes(&decision), *expected, "{name}");
    }
}

/// Every active `ReplicaSet` is written with current annotations; the event is added only with a new size.
#[test]
fn a_proportional_write_refreshes_annotations() {
    let decision = bench(9, rolling(Int(2), Int(0)), (10, 13), &[(1, 6, 6), (9, 5, 5)]).decide();
    let writes = decision.steps.iter().filter(|step| matches!(step.write, Write::ReplicaSet(_)));
    for (step, (id, version, replicas)) in writes.zip([(1, 1000, 6), (9, 9000, 5)]) {
        let update = ReplicaSetUpdate {
            id: ReplicaSetId(id),
            resource_version: Some(version),
            replicas,
            min_ready_seconds: 0,
            annotations: annotations(id.into(), 9, 11),
            copy_annotations: false,
        };
        assert_eq!(
            (&step.write, step.on_refusal, step.event),
            (&Write::ReplicaSet(update), OnRefusal::Fail, None)
        );
    }
}

#[test]
fn without_a_usable_annotation_the_reported_size_counts() {
    let table = [
        (Number::Absent, 13, [(1, 11), (9, 7)]),
        (Number::Malformed, 13, [(1, 11), (9, 7)]),
        (Number::Value(0), 13, [(1, 11), (9, 7)]),
        (Number::Value(-4), 13, [(1, 11), (9, 7)]),
        // No reported size either: no shares, and the largest gets everything.
        (Number::Absent, 0, [(1, 13), (9, 5)]),
    ];
    for (max, reported, expected) in table {
        let mut bench = bench(15, rolling(Int(3), Int(2)), (10, 13), &[(1, 8, 8), (9, 5, 0)]);
        bench.deployment.status.replicas = reported;
        bench.sets.iter_mut().for_each(|set| set.annotations.max = max);
        assert_eq!(sizes(&bench.decide()), expected, "{max:?}, {reported} reported");
    }
}

#[test]
fn nothing_is_shared_once_the_difference_is_used_up() {
    // 12 - 10 = 2, which the first gets (6 * 12/5 = 14). The second would shrink to 4 * 12/40 = 1, but is not
    // reached any more.
    let mut bench = bench(12, rolling(Int(0), Int(1)), (10, 5), &[(1, 6, 6), (9, 4, 4)]);
    bench.sets[1].annotations.max = Number::Value(40);
    assert_eq!(sizes(&bench.decide()), [(1, 8), (9, 4)]);
}

#[test]
fn huge_products_wrap_in_32_bits() {
    // 50,000 x 60,000 = 3,000,000,000 wraps to -1,294,967,296; divided by 50,000 that is -25,899, so the
    // share is -75,899, and the remainder scales the only other one up.
    let decision =
        bench(60_000, rolling(Int(0), Int(1)), (50_001, 50_000), &[(1, 50_000, 0), (9, 1, 0)]).decide();
    assert_eq!(sizes(&decision), [(1, 59_999), (9, 1)]);
}

#[test]
fn a_single_active_one_is_resized_and_nothing_else() {
    type Row = (&'static str, &'static [(u32, i32, i32)], &'static [(u32, i32)]);
    let table: &[Row] = &[
        ("old", &[(1, 10, 10)], &[(1, 15)]),
        ("new", &[(1, 0, 0), (9, 10, 10)], &[(9, 15)]),
        // Equal sizes: even the annotations stay, so every later sync detects a scaling event again and the
        // new template is never rolled out.
        ("the size it has", &[(1, 15, 15)], &[]),
    ];
    for (name, sets, expected) in table {
        assert_eq!(sizes(&bench(15, quarter(), (10, 13), sets).decide()), *expected, "{name}");
    }
}

#[test]
fn only_a_readable_number_of_another_size_is_a_scaling_event() {
    let table = [
        (Number::Value(11), true),
        (Number::Value(9), true),
        (Number::Value(10), false),
        (Number::Absent, false),
        (Number::Malformed, false),
        (Number::Value(-1), false),
        (Number::Value(1 << 33), false),
    ];
    for (desired, expected) in table {
        let mut bench = bench(10, quarter(), (10, 13), &[(1, 9, 9)]);
        bench.sets[0].annotations.desired = desired;
        // A scaling event resizes the only one; otherwise the new one is created.
        let scaled = sizes(&bench.decide()) == [(1, 10)];
        assert_eq!(scaled, expected, "{desired:?}");
    }
    // An inactive one does not count, whatever its annotation.
    let bench = bench(10, quarter(), (8, 13), &[(1, 0, 0)]);
    assert_eq!(sizes(&bench.decide()), [(9, 10)]);
}

#[test]
fn old_ones_go_when_the_new_one_is_saturated() {
    let saturated = |size: i32, desired: Number, available: i32| {
        let mut bench = bench(10, quarter(), (8, 13), &[(1, 2, 2), (2, 1, 1), (9, size, available)]);
        bench.sets[2].annotations.desired = desired;
        sizes(&bench.decide())
    };
    assert_eq!(saturated(10, Number::Value(10), 10), [(2, 0), (1, 0)], "youngest first");
    // Otherwise all are written in proportion: here to their current sum, because of the annotations.
    let kept = [(9, 10), (1, 2), (2, 1)];
    let sorted = |mut sizes: Vec<(u32, i32)>| {
        sizes.sort_by_key(|(_, size)| -size);
        sizes
    };
    assert_eq!(sorted(saturated(10, Number::Absent, 10)), kept);
    assert_eq!(sorted(saturated(10, Number::Value(8), 10)), kept);
    assert_eq!(sorted(saturated(10, Number::Value(10), 9)), kept[1..], "the new one says all of it already");
    assert_eq!(sorted(saturated(9, Number::Value(10), 10)), [(9, 10), (1, 2), (2, 1)]);
}

#[test]
fn recreate_with_several_active_ones_does_nothing() {
    let bench = bench(10, Strategy::Recreate, (8, 8), &[(1, 3, 3), (9, 5, 5)]);
    assert_eq!(sizes(&bench.decide()), []);
}

#[test]
fn a_pause_in_mid_rollout_tops_the_largest_up() {
    // 13 are allowed and 11 exist; shares are 8 * 13/13 and 3 * 13/13, so 2 remain.
    let mut bench = bench(10, quarter(), (10, 13), &[(1, 8, 8), (9, 3, 0)]);
    bench.deployment.spec.paused = true;
    assert_eq!(sizes(&bench.decide()), [(1, 10)]);
}

#[test]
fn while_paused_nothing_is_created() {
    let paused = |sets: &[(u32, i32, i32)]| {
        let mut bench = bench(10, quarter(), (10, 13), sets);
        bench.deployment.spec.paused = true;
        sizes(&bench.decide())
    };
    assert_eq!(paused(&[]), []);
    assert_eq!(paused(&[(1, 7, 7)]), [(1, 10)], "the only active one");
    assert_eq!(paused(&[(1, 0, 0), (2, 0, 0)]), [(2, 10)], "no active one: the youngest old one");
    assert_eq!(paused(&[(1, 0, 0), (8, 0, 0), (9, 0, 0)]), [(9, 10)], "no active one: the new one");
}

/// Uncopied annotations of the Deployment make the new `ReplicaSet` stale; detecting a scaling event writes
/// them, and the scaling itself would write them again from the same copy.
#[test]
fn a_scaling_event_with_a_stale_new_one_ends_before_scaling() {
    let mut bench = bench(15, quarter(), (10, 13), &[(9, 10, 10)]);
    bench.sets[0].has_deployment_annotations = false;
    let refresh = Write::ReplicaSet(ReplicaSetUpdate {
        id: ReplicaSetId(9),
        resource_version: Some(9000),
        replicas: 10,
        min_ready_seconds: 0,
        annotations: annotations(9, 10, 13),
        copy_annotations: true,
    });
    let decision = bench.decide();
    let writes: Vec<_> = decision.steps.iter().map(|step| step.write.clone()).collect();
    assert_eq!(writes, [refresh.clone(), refresh]);
    // If paused, the copy is resolved only once, and the sync continues.
    bench.deployment.spec.paused = true;
    bench.deployment.spec.progress_deadline_seconds = None;
    assert_eq!(sizes(&bench.decide()), [(9, 10), (9, 15)]);
}

/// Pausing or scaling by hand is not a rollout: neither progress nor failures are reported.
#[test]
fn an_equal_status_is_not_written() {
    let mut bench = bench(10, Strategy::Recreate, (8, 8), &[(1, 3, 3), (9, 5, 5)]);
    bench.pass();
    assert!(bench.pass().1);
    bench.now += controller::Span::from_secs(5);
    assert_eq!(bench.decide().steps, []);
}
