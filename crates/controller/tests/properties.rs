//! Invariants of all decisions, tested on random Deployments.
//!
//! The seeds are fixed: a failure here is a failure everywhere, and shrinks to a small view.

use crate::support::{Bench, deployment, replica_set, rolling};
use controller::Timestamp;
use controller::api::{
    Deployment, ErrorId, FailureReason, IntOrPercent, Number, ReplicaFailure, ReplicaSet, Strategy,
    TemplateId,
};
use controller::deployment::{Decision, Requeue, Write};
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use proptest::test_runner::RngSeed;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(1),
        // Rejected views are cheap.
        max_global_rejects: 100_000,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

fn limit() -> impl proptest::strategy::Strategy<Value = IntOrPercent> {
    prop_oneof![(0..8).prop_map(IntOrPercent::Int), (0..=120).prop_map(IntOrPercent::Percent)]
}

fn rolling_update() -> impl proptest::strategy::Strategy<Value = Strategy> {
    (limit(), limit()).prop_map(|(surge, unavailable)| rolling(surge, unavailable))
}

fn strategy() -> impl proptest::strategy::Strategy<Value = Strategy> {
    prop_oneof![4 => rolling_update(), 1 => Just(Strategy::Recreate)]
}

/// A number in an annotation: usually valid.
fn number(values: std::ops::Range<i64>) -> impl proptest::strategy::Strategy<Value = Number> {
    prop_oneof![8 => values.prop_map(Number::Value), 1 => Just(Number::Absent), 1 => Just(Number::Malformed)]
}

/// The properties of a `ReplicaSet` other than its size.
#[derive(Debug, Clone)]
struct Details {
    size: i32,
    available: i32,
    reported: i32,
    revision: Number,
    desired: Number,
    max: Number,
    fresh: bool,
    has_annotations: bool,
    fails: bool,
}

fn details() -> impl proptest::strategy::Strategy<Value = Details> {
    (
        (0..15i32, 0..18i32, 0..18i32),
        (number(-1..9), number(0..15), number(0..22)),
        (any::<bool>(), prop::bool::weighted(0.9), prop::bool::weighted(0.1)),
    )
        .prop_map(
            |((size, available, reported), (revision, desired, max), (fresh, has_annotations, fails))| {
                Details {
                    size,
                    // Usually at most the size; more if a status lags behind.
                    available: if available > 15 { available } else { available.min(size) },
                    reported,
                    revision,
                    desired,
                    max,
                    fresh,
                    has_annotations,
                    fails,
                }
            },
        )
}

/// Any view, valid or unusual: sizes set by hand, lagging statuses, malformed annotations.
fn any_bench(
    strategy: impl proptest::strategy::Strategy<Value = Strategy>,
) -> impl proptest::strategy::Strategy<Value = Bench> {
    let spec = (0..15i32, strategy, 1..6u32, prop::bool::weighted(0.15), 0..4i32, 0..2i32);
    (spec, prop::collection::vec(details(), 0..5), (prop::bool::weighted(0.8), number(0..9))).prop_map(
        |((replicas, strategy, template, paused, limit, min_ready), sets, (all_fresh, revision))| {
            let mut deployment = deployment(replicas, strategy);
            deployment.spec.template = TemplateId(template);
            deployment.spec.paused = paused;
            deployment.spec.revision_history_limit = Some(limit);
            deployment.spec.min_ready_seconds = min_ready;
            deployment.revision = revision;
            let sets: Vec<ReplicaSet> = sets
                .iter()
                .zip(1..)
                .map(|(details, template)| set(&deployment, template, details, all_fresh))
                .collect();
            deployment.status.replicas = sets.iter().map(|set| set.status.replicas).sum();
            Bench::new(deployment, sets)
        },
    )
}

fn set(deployment: &Deployment, template: u32, details: &Details, all_fresh: bool) -> ReplicaSet {
    let (desired, max) = (deployment.spec.replicas, deployment.max_replicas());
    let mut set = replica_set(template, details.size, details.available, desired, max);
    set.annotations.revision = details.revision;
    if !(details.fresh || all_fresh) {
        set.annotations.desired = details.desired;
        set.annotations.max = details.max;
    }
    set.has_deployment_annotations = details.has_annotations;
    set.status.replicas = details.reported;
    set.status.failure = details.fails.then_some(ReplicaFailure {
        reason: FailureReason::FailedCreate,
        error: ErrorId(template),
        last_transition: Timestamp::from_secs(5),
    });
    set
}

/// Whether an active `ReplicaSet` was last sized for another number of replicas.
fn is_scaling_event(bench: &Bench) -> bool {
    let wanted = bench.deployment.spec.replicas;
    bench
        .sets
        .iter()
        .any(|set| set.is_active() && set.annotations.desired.replicas().is_some_and(|noted| noted != wanted))
}

fn is_rolling(bench: &Bench) -> bool {
    !bench.deployment.spec.paused && !is_scaling_event(bench)
}

/// The sizes after a decision, if every write is accepted.
fn sizes_after(bench: &Bench, decision: &Decision) -> Vec<(TemplateId, i32)> {
    let mut sizes: Vec<_> = bench.sets.iter().map(|set| (set.template, set.replicas)).collect();
    for step in &decision.steps {
        match &step.write {
            Write::CreateReplicaSet(new) => sizes.push((new.template, new.replicas)),
            Write::ReplicaSet(update) => sizes[update.id.0 as usize - 1].1 = update.replicas,
            _ => {}
        }
    }
    sizes
}

fn sum(sizes: &[(TemplateId, i32)]) -> i32 {
    sizes.iter().map(|(_, size)| size).sum()
}

proptest! {
    #![proptest_config(config(3000))]

    /// A rolling update never grows beyond replicas + maxSurge. If the size is larger at the start (after a
    /// scale-down, a smaller surge, or sizes set by hand) it does not increase.
    #[test]
    fn rolling_respects_the_surge(bench in any_bench(rolling_update())) {
        prop_assume!(is_rolling(&bench));
        let after = sizes_after(&bench, &bench.decide());
        prop_assert!(sum(&after) <= bench.total().max(bench.deployment.max_replicas()), "{after:?}");
        // Growth stays below the limit.
        let grows = after.iter().zip(0..).any(|((_, size), place)| {
            *size > bench.sets.get(place as usize).map_or(0, |set| set.replicas)
        });
        prop_assert!(!grows || sum(&after) <= bench.deployment.max_replicas(), "{after:?}");
        // No size leaves 0..=replicas, except for an old one that was larger before.
        for (template, size) in after {
            let before = bench.find(template.0).map_or(0, |set| set.replicas);
            prop_assert!(size >= 0 && size <= before.max(bench.deployment.spec.replicas));
        }
    }

    /// A rolling update never removes an available old pod if fewer than replicas - maxUnavailable would
    /// remain. Availability is as in the statuses, the controller's only source: a status that lags behind a
    /// scale-down counts pods that are terminating.
    #[test]
    fn rolling_keeps_the_promise(bench in any_bench(rolling_update())) {
        prop_assume!(is_rolling(&bench));
        let after = sizes_after(&bench, &bench.decide());
        let mut available: i32 = bench.sets.iter().map(|set| set.status.available).sum();
        let mut takes_available = false;
        let new = bench.sets.iter().find(|set| set.template == bench.deployment.spec.template);
        for (set, (_, size)) in bench.sets.iter().zip(&after) {
            let lost = set.status.available.min(set.replicas) - size;
            if lost > 0 && new.is_none_or(|new| new.id != set.id) {
                takes_available = true;
                available -= lost;
            }
        }
        prop_assert!(!takes_available || available >= bench.deployment.min_available(), "{available} after {after:?}");
    }

    /// Old `ReplicaSet`s never grow while rolling, and the new one never shrinks below the desired size.
    #[test]
    fn rolling_moves_one_way(bench in any_bench(strategy())) {
        prop_assume!(is_rolling(&bench));
        let new = bench.sets.iter().find(|set| set.template == bench.deployment.spec.template);
        for (set, (_, size)) in bench.sets.iter().zip(sizes_after(&bench, &bench.decide())) {
            if new.is_some_and(|new| new.id == set.id) {
                prop_assert!(size >= set.replicas.min(bench.deployment.spec.replicas));
            } else {
                prop_assert!(size <= set.replicas);
            }
        }
    }

    /// Revisions only grow, and a created `ReplicaSet` gets one above all old ones.
    #[test]
    fn revisions_only_grow(bench in any_bench(strategy())) {
        let new = bench.sets.iter().find(|set| set.template == bench.deployment.spec.template);
        let old = bench.sets.iter().filter(|set| new.is_none_or(|new| new.id != set.id));
        let newest_old = old.filter_map(|set| set.annotations.revision.value()).max().unwrap_or(0);
        for step in bench.decide().steps {
            match step.write {
                Write::ReplicaSet(update) => {
                    let before = &bench.sets[update.id.0 as usize - 1].annotations.revision;
                    prop_assert!(update.annotations.revision >= *before);
                }
                Write::CreateReplicaSet(created) => {
                    prop_assert!(created.annotations.revision.value() > Some(newest_old));
                }
                _ => {}
            }
        }
    }

    /// Proportional scaling keeps the total: the sizes of all active `ReplicaSet`s add up to replicas + surge
    /// (zero for zero replicas).
    ///
    /// With one exception, which is upstream's: the remainder when shrinking is taken only from the largest
    /// and floored there, so too many pods may stay. Four of one pod each, last sized for two and now scaled
    /// to one, all keep their share (a half rounds to one), so three are too many, and they become 0, 1, 1,
    /// 1.
    #[test]
    fn proportions_add_up(mut bench in any_bench(rolling_update())) {
        // Without a scaling event, a pause has the same effect.
        bench.deployment.spec.paused |= !is_scaling_event(&bench);
        let active: Vec<_> = bench.sets.iter().filter(|set| set.is_active()).collect();
        prop_assume!(active.len() > 1);
        let wanted = bench.deployment.spec.replicas;
        let new = bench.sets.iter().find(|set| set.template == bench.deployment.spec.template);
        prop_assume!(new.is_none_or(|new| new.replicas != wanted));
        let decision = bench.decide();
        let twice = decision.steps.windows(2).any(|pair| {
            pair[0].write == pair[1].write && matches!(pair[0].write, Write::ReplicaSet(_))
        });
        // A stale new one ends the sync before any scaling.
        prop_assume!(!twice);
        let after = sizes_after(&bench, &decision);
        let allowed = if wanted == 0 { 0 } else { bench.deployment.max_replicas() };
        let is_floored = sum(&after) > allowed
            && allowed < bench.total()
            && active.iter().any(|set| after[set.id.0 as usize - 1].1 == 0);
        prop_assert!(sum(&after) == allowed || is_floored, "{after:?}, allowed {allowed}");
        for (set, (_, size)) in bench.sets.iter().zip(&after) {
            prop_assert!(*size >= 0);
            prop_assert!(set.is_active() || *size == 0, "an inactive one came to life");
        }
        // Scaled ones are annotated, and a second sync finds nothing to scale.
        for step in &decision.steps {
            if let Write::ReplicaSet(update) = &step.write && update.replicas != bench.sets[update.id.0 as usize - 1].replicas {
                prop_assert_eq!(update.annotations.desired, Number::Value(wanted.into()));
                prop_assert_eq!(update.annotations.max, Number::Value(bench.deployment.max_replicas().into()));
            }
        }
    }
}

proptest! {
    #![proptest_config(config(1000))]

    /// From any state, if every pod becomes available and every write succeeds, a Deployment settles: after a
    /// few syncs nothing is decided any more and the rollout is complete.
    #[test]
    fn everything_settles(mut bench in any_bench(strategy())) {
        let passes = bench.settle(|_, size| size);
        prop_assert!(passes < 100, "{passes} passes");
        let decision = bench.decide();
        prop_assert_eq!(&decision.steps, &[]);
        // A later sync has no effect ...
        bench.now = Timestamp::from_secs(1_000_000);
        let complete = bench.deployment.is_complete(&bench.deployment.status);
        if complete {
            prop_assert_eq!(bench.decide(), Decision::default());
        }
        // ... and the rollout is complete, unless the Deployment is held: paused; or with a stale annotation
        // on ReplicaSets whose sizes leave nothing to scale, which upstream treats as a scaling event
        // permanently.
        if is_rolling(&bench) {
            prop_assert!(complete, "{:?}", bench);
            prop_assert_eq!(bench.size(bench.deployment.spec.template.0), bench.deployment.spec.replicas);
            prop_assert_eq!(bench.total(), bench.deployment.spec.replicas);
        }
    }

    /// A stuck rollout settles too: some pods never become available, the deadline passes once, and from then
    /// on nothing is decided and no timer is set that could decide anything.
    #[test]
    fn a_stuck_rollout_comes_to_rest(mut bench in any_bench(strategy()), broken in 1..6u32) {
        let available = |template, size| if template == broken { 0 } else { size };
        bench.settle(available);
        bench.now = Timestamp::from_secs(1_000_000);
        bench.settle(available);
        bench.now = Timestamp::from_secs(2_000_000);
        let decision = bench.decide();
        prop_assert_eq!(&decision.steps, &[]);
        prop_assert!(matches!(decision.requeue, Requeue::No | Requeue::Poll { until: None }), "{:?}", decision);
    }

    /// The minimum over a whole rollout: in no sync are fewer pods reported available than required, if
    /// enough were available at its start.
    #[test]
    fn a_whole_rollout_stays_within_its_limits(
        replicas in 0..15i32,
        strategy in rolling_update(),
        turns in prop::collection::vec((0..6u32, 0..15i32), 1..40),
    ) {
        let mut bench = Bench::settled(replicas, strategy);
        let mut rollouts = 2;
        bench.set_template(rollouts);
        let mut available = std::collections::BTreeMap::from([(1, replicas)]);
        for (kind, count) in turns {
            if kind == 0 {
                rollouts += 1;
                bench.set_template(rollouts);
            }
            if kind > 3 {
                // More pods of some template become available.
                *available.entry(count as u32 % rollouts + 1).or_insert(0) += count;
            }
            bench.pass();
            for set in &bench.sets {
                let known = available.entry(set.template.0).or_insert(0);
                *known = (*known).min(set.replicas);
            }
            let kept: i32 = available.values().sum();
            prop_assert!(kept >= bench.deployment.min_available(), "{kept} available of {bench:?}");
            prop_assert!(bench.total() <= bench.deployment.max_replicas().max(replicas), "{bench:?}");
            bench.report(|template, _| available[&template]);
        }
    }
}
