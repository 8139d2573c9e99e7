//! From the crash of a node to the deletion of its pods.

use super::*;
use crate::model::Toleration;

/// A lease is renewed every 10 to 10.4 s, a pass observes it up to 5 s later, and the tenth pass after that
/// one finds 50 s exceeded: 39.6 to 55 s after the crash, within the documented 40 to 60 s. The taint follows
/// within 0.1 s, and the pods are deleted five minutes later.
#[test]
fn a_crash_shows_after_40_to_60_seconds_and_pods_go_after_340_to_360() {
    let mut model = quiet();
    model.faults.push(fault(100.0, None, crash(1)));
    let mut unready = Vec::new();
    for run in 0..300 {
        let log = log(&model, run);
        let (lost, deleted) = (log.unready(1), log.deleted(1));
        assert_eq!((lost.len(), deleted.len()), (2, 2), "run {run}");
        assert!(within(&lost, 139.6, 155.1), "run {run}: {lost:?}");
        assert!(within(&deleted, lost[0] + 300.0, lost[0] + 300.3), "run {run}: {lost:?}, {deleted:?}");
        assert_eq!(log.removed(1), [0.0; 0], "run {run}: terminating pods stay there");
        assert_eq!(log.unready(0).len() + log.unready(2).len(), 0, "run {run}");
        unready.push(lost[0]);
    }
    let mean = unready.iter().sum::<f64>() / unready.len() as f64;
    // 100 - 5.1 + 2.5 + 50, each part uniform: the standard error of the mean of 300 is 0.2 s.
    assert!((mean - 147.4).abs() < 0.7, "{mean}");
    let spread =
        unready.iter().copied().fold(f64::MIN, f64::max) - unready.iter().copied().fold(f64::MAX, f64::min);
    assert!(spread > 11.0, "phases are drawn for each run: {spread}");
}

/// The replacement starts with the deletion, not before; the `ReplicaSet` then has six pods again, and two
/// further objects remain.
#[test]
fn replacements_come_with_the_deletion() {
    let mut model = quiet();
    model.faults.push(fault(100.0, None, crash(1)));
    let world = play(&model, 0);
    let (log, api) = world.into_parts();
    let deleted = log.deleted(1);
    let created: Vec<f64> =
        log.changes.iter().filter(|(_, _, before, _)| before.is_none()).map(|(at, ..)| *at).collect();
    assert_eq!(created.len(), 2);
    assert!(within(&created, deleted[0], deleted[0] + 0.2), "{created:?} after {deleted:?}");
    assert_eq!(api.pods.iter().filter(|pod| pod.is_active() && pod.is_ready()).count(), 6);
    assert_eq!(api.pods.iter().filter(|pod| pod.deletion.is_some() && !pod.removed).count(), 2);
}

/// A lost node loses the readiness of its pods one after another: 30 at once, then 20 per second.
#[test]
fn pods_lose_readiness_at_the_pace_of_the_client() {
    let mut model = quiet();
    model.subject.replicas = 100;
    model.cluster.pools[0].nodes = 2;
    model.faults.push(fault(100.0, None, crash(0)));
    let lost = log(&model, 3).unready(0);
    assert_eq!(lost.len(), 50);
    let took = lost[49] - lost[0];
    // 50 pods, the write of the node before them, and its taints: about 52 calls; the first 30 do not wait.
    assert!((0.95..1.3).contains(&took), "{took} s");
}

#[test]
fn tolerations_decide_how_long_pods_stay() {
    let mut model = quiet();
    let own = |seconds| Toleration {
        key: Some("node.kubernetes.io/unreachable".to_owned()),
        value: None,
        effect: None,
        seconds,
    };
    model.faults.push(fault(100.0, None, crash(1)));
    model.subject.template.tolerations = vec![own(Some(20))];
    let diary_short = log(&model, 0);
    let (lost, deleted) = (diary_short.unready(1), diary_short.deleted(1));
    assert!(within(&deleted, lost[0] + 20.0, lost[0] + 20.3), "{lost:?}, {deleted:?}");
    model.subject.template.tolerations = vec![own(None)];
    assert_eq!(log(&model, 0).deleted(1), [0.0; 0], "tolerated for ever");
}

/// Until the taint the scheduler still binds pods to the crashed node: they stay Pending until they are
/// evicted like the others.
#[test]
fn pods_bound_to_a_dead_node_hang_there() {
    let mut model = quiet();
    model.faults.push(fault(100.0, None, crash(1)));
    model.actions.push(Action { trigger: Trigger::At(Span::from_secs(105)), change: Change::Scale(12) });
    let world = play(&model, 0);
    let (log, api) = world.into_parts();
    let hung = api.pods[6..].iter().filter(|pod| pod.node == Some(NodeId(1)));
    assert_eq!(hung.clone().count(), 2);
    assert!(
        hung.clone().all(|pod| pod.phase == controller::api::PodPhase::Pending && pod.deletion.is_some())
    );
    assert_eq!(log.deleted(1).len(), 4);
    assert_eq!(api.pods.iter().filter(|pod| pod.is_active() && pod.is_ready()).count(), 12);
}

/// Until the fault occurs, and elsewhere afterwards, everything is as without it; in particular all pods keep
/// their random numbers.
#[test]
fn a_crash_disturbs_no_other_draw() {
    let mut model = rolling_update(6, 3, foreseeable(true));
    let calm: Vec<_> = play(&model, 5).into_parts().1.pods.iter().map(|pod| pod.uid).collect();
    model.faults.push(fault(400.0, None, crash(2)));
    let world = play(&model, 5);
    let (log, api) = world.into_parts();
    let stormy: Vec<_> = api.pods.iter().map(|pod| pod.uid).collect();
    assert_eq!(stormy[..calm.len()], calm);
    assert!(log.deleted(2).iter().any(|at| *at > 700.0));
    model.faults.clear();
    let quiet = super::log(&model, 5);
    let before =
        |log: &NodeLog| -> Vec<_> { log.changes.iter().filter(|(at, ..)| *at < 400.0).copied().collect() };
    assert_eq!(before(&quiet), before(&log));
}

/// Without node failures this module adds no event and changes nothing.
#[test]
fn a_fault_that_never_strikes_costs_nothing() {
    let mut model = rolling_update(6, 3, foreseeable(true));
    let run = |model: &Model| {
        let mut world = World::modelled(Arc::new(model.clone()), NodeLog::default());
        let start = world.begin(1, 7);
        let load = world.run_until(start + model.horizon);
        (load.events, world.into_parts().0.changes)
    };
    let without = run(&model);
    model.faults.push(Fault { probability: 0.0, ..fault(5.0, None, crash(2)) });
    assert_eq!(run(&model), without);
}
