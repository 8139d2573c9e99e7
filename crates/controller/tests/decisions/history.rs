//! Deleting old `ReplicaSet`s beyond `revisionHistoryLimit`.

use crate::support::{Bench, deployment, quarter, replica_set};
use controller::Timestamp;
use controller::api::{Number, ReplicaSet, ReplicaSetId, Strategy, TemplateId, UNLIMITED};
use controller::deployment::{OnRefusal, Write};

/// A rollout of template 9 that was reported complete, with these old `ReplicaSet`s.
fn complete(old: Vec<ReplicaSet>, limit: Option<i32>) -> Bench {
    let mut bench = Bench::new(deployment(2, quarter()), old);
    bench.deployment.spec.template = TemplateId(9);
    bench.deployment.spec.revision_history_limit = None;
    bench.sets.push(replica_set(9, 2, 2, 2, 3));
    let lagging: Vec<_> = bench.sets.iter().map(|set| (set.id, set.status)).collect();
    bench.sets.iter_mut().for_each(|set| set.status.replicas = set.replicas);
    for _ in 0..4 {
        bench.pass();
    }
    for (set, (_, status)) in bench.sets.iter_mut().zip(lagging) {
        set.status = status;
    }
    assert!(bench.deployment.is_complete(&bench.deployment.status));
    bench.deployment.spec.revision_history_limit = limit;
    bench
}

fn deleted(bench: &Bench) -> Vec<u32> {
    let deletions = bench.decide().steps.into_iter().filter_map(|step| match step.write {
        Write::DeleteReplicaSet(id) => {
            assert_eq!(step.on_refusal, OnRefusal::FailUnlessNotFound);
            Some(id.0)
        }
        _ => None,
    });
    deletions.collect()
}

fn old(numbers: &[u32]) -> Vec<ReplicaSet> {
    numbers.iter().map(|number| replica_set(*number, 0, 0, 2, 3)).collect()
}

#[test]
fn the_lowest_revisions_beyond_the_limit_go() {
    let table: [(Option<i32>, &[u32]); 8] = [
        (Some(0), &[1, 2, 3, 4]),
        (Some(2), &[1, 2]),
        (Some(3), &[1]),
        (Some(4), &[]),
        (Some(5), &[]),
        (Some(10), &[]),
        (Some(UNLIMITED), &[]),
        (None, &[]),
    ];
    for (limit, expected) in table {
        assert_eq!(deleted(&complete(old(&[1, 2, 3, 4]), limit)), expected, "limit {limit:?}");
    }
}

#[test]
fn one_that_is_not_settled_is_skipped_and_not_replaced() {
    let with = |change: fn(&mut ReplicaSet)| {
        let mut bench = complete(old(&[1, 2, 3, 4]), Some(2));
        change(&mut bench.sets[0]);
        deleted(&bench)
    };
    assert_eq!(with(|_| ()), [1, 2]);
    assert_eq!(with(|first| first.status.replicas = 1), [2], "it still has a pod");
    assert_eq!(with(|first| first.generation = 2), [2], "its status is behind");
    assert_eq!(with(|first| first.status.observed_generation = 5), [1, 2]);
    // An object being deleted is not counted: three remain, one too many.
    assert_eq!(with(|first| first.deletion = Some(Timestamp::ZERO)), [2]);
}

#[test]
fn one_with_wanted_pods_is_skipped() {
    let mut bench = complete(old(&[1, 2]), Some(0));
    bench.deployment.spec.paused = true;
    bench.sets[0].replicas = 1;
    bench.sets[0].annotations.desired = Number::Absent;
    assert_eq!(deleted(&bench), [2]);
}

#[test]
fn revisions_decide_before_age() {
    let mut sets = old(&[1, 2, 3]);
    sets[0].annotations.revision = Number::Value(7);
    sets[1].annotations.revision = Number::Value(5);
    assert_eq!(deleted(&complete(sets.clone(), Some(1))), [3, 2]);
    // Missing and malformed ones count as 0; among equals the oldest is first.
    sets[0].annotations.revision = Number::Absent;
    sets[1].annotations.revision = Number::Malformed;
    assert_eq!(deleted(&complete(sets, Some(1))), [1, 2]);
}

#[test]
fn only_paused_or_complete_deployments_are_cleaned_up() {
    let mut bench = complete(old(&[1, 2]), Some(0));
    assert_eq!(deleted(&bench), [1, 2]);
    bench.deployment.status.updated = 1;
    assert_eq!(deleted(&bench), [], "rolling");
    bench.deployment.spec.paused = true;
    assert_eq!(deleted(&bench), [1, 2], "paused");
    bench.deployment.spec.paused = false;
    bench.sets[2].annotations.desired = Number::Value(1);
    assert_eq!(deleted(&bench), [], "scaling");
}

#[test]
fn recreate_cleans_up_once_complete() {
    let mut bench = complete(old(&[1, 2]), Some(1));
    bench.deployment.spec.strategy = Strategy::Recreate;
    assert_eq!(deleted(&bench), [1]);
    bench.deployment.generation += 1;
    assert_eq!(deleted(&bench), [], "the status does not speak of this generation");
}

#[test]
fn completion_means_every_count_and_the_generation() {
    let bench = complete(old(&[]), None);
    let complete_with = |change: fn(&mut controller::api::DeploymentStatus)| {
        let mut status = bench.deployment.status;
        change(&mut status);
        bench.deployment.is_complete(&status)
    };
    assert!(complete_with(|_| ()));
    assert!(complete_with(|status| status.terminating = Some(3)), "terminating pods do not count");
    assert!(complete_with(|status| status.observed_generation += 1));
    assert!(!complete_with(|status| status.observed_generation -= 1));
    assert!(!complete_with(|status| status.updated = 1));
    assert!(!complete_with(|status| status.replicas = 3));
    assert!(!complete_with(|status| status.available = 1));
    assert!(complete_with(|status| status.ready = 0), "ready pods are not asked for");
    assert_eq!(bench.sets[0].id, ReplicaSetId(9));
}
