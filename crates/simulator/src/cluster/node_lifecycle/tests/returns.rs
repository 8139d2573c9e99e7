//! Nodes that come back.

use super::*;
use crate::cluster::node_lifecycle::Contact;

/// Back before the node controller detects it: a partition has no effect.
#[test]
fn a_short_partition_goes_unnoticed() {
    let mut model = quiet();
    model.faults.push(fault(100.0, Some(30.0), cut(1)));
    for run in 0..50 {
        assert!(log(&model, run).changes.is_empty(), "run {run}");
    }
}

/// A node that reboots within that time still loses its containers: all pods start again.
#[test]
fn a_quick_boot_restarts_the_containers() {
    let mut model = quiet();
    model.faults.push(fault(100.0, Some(30.0), crash(1)));
    for run in 0..50 {
        let world = play(&model, run);
        let (log, api) = world.into_parts();
        assert!(within(&log.unready(1), 130.0, 131.2), "run {run}: {:?}", log.unready(1));
        // A second to start, a second to notice, and a probe.
        let ready = log.ready(1);
        assert!(ready.len() == 2 && within(&ready, 131.0, 145.0), "run {run}: {ready:?}");
        assert_eq!(api.pods.len(), 6, "run {run}: they are not replaced");
        assert!(api.pods.iter().all(|pod| pod.restarts == u32::from(pod.node == Some(NodeId(1)))));
    }
}

/// A partition of two minutes: pods are marked after 40 to 60 s and Ready again within 10 s of the return,
/// with the original time in the condition; the eviction timers are cancelled.
#[test]
fn a_partition_heals_without_a_trace_in_the_conditions() {
    let mut model = quiet();
    model.faults.push(fault(100.0, Some(120.0), cut(1)));
    for run in 0..50 {
        let world = play(&model, run);
        let (log, api) = world.into_parts();
        assert_eq!(log.unready(1).len(), 2);
        let ready = log.ready(1);
        assert!(ready.len() == 2 && within(&ready, 220.0, 230.2), "run {run}: {ready:?}");
        let before: Vec<_> = log.changes.iter().filter_map(|(_, _, before, _)| before.as_ref()).collect();
        let since = before[0].ready_since;
        assert!(since.is_some() && api.pods.iter().all(|pod| pod.ready_since == since), "run {run}");
        assert_eq!((log.deleted(1).len(), api.pods.len()), (0, 6), "run {run}");
    }
}

/// Pods that were deleted meanwhile are removed once the kubelet sees it: 1 s to stop, 0.5 to 2 s to removal.
#[test]
fn deleted_pods_go_when_the_node_is_back() {
    for (back, how) in [(Contact::Cut, cut(1)), (Contact::Down, crash(1))] {
        let mut model = quiet();
        model.faults.push(fault(100.0, Some(500.0), how));
        for run in 0..30 {
            let log = log(&model, run);
            assert_eq!(log.deleted(1).len(), 2);
            let removed = log.removed(1);
            assert!(removed.len() == 2 && within(&removed, 600.5, 603.2), "{back:?} {run}: {removed:?}");
        }
    }
}

/// The taint is removed by the pass that sees the node Ready: at most 10 s until the kubelet reports it, 5 s
/// to the pass. Until then the timers run.
#[test]
fn timers_are_void_once_the_taint_is_gone() {
    let mut model = quiet();
    // Unknown at 139.6 to 155 s, deletions due at 439.6 to 455.3 s.
    model.faults.push(fault(100.0, Some(322.0), cut(1)));
    for run in 0..100 {
        assert_eq!(log(&model, run).deleted(1).len(), 0, "run {run}: back at 422 s, untainted by 437.1 s");
    }
    model.faults[0] = fault(100.0, Some(338.0), cut(1));
    let evicted = (0..100).filter(|run| !log(&model, *run).deleted(1).is_empty()).count();
    assert!((5..80).contains(&evicted), "back at 438 s: for {evicted} of 100 too late");
}

/// Pods of a partitioned node keep running: a pod that starts there is Ready as soon as the node returns.
#[test]
fn what_runs_on_a_cut_node_goes_on() {
    let mut model = quiet();
    model.subject.replicas = 1;
    model.cluster.pools[0].nodes = 1;
    model.start = crate::model::Start::Empty;
    model.images.default.start = constant(20.0);
    model.faults.push(fault(5.0, Some(30.0), cut(0)));
    let ready = log(&model, 0).ready(0);
    assert!(ready.len() == 1 && within(&ready, 35.0, 35.2), "started at 20 s, cut off until 35 s: {ready:?}");
    model.faults[0] = fault(5.0, Some(30.0), crash(0));
    let ready = log(&model, 0).ready(0);
    assert!(ready.len() == 1 && within(&ready, 55.0, 57.5), "restarts at 35 s: {ready:?}");
}

/// A pull that a crash interrupts restarts, and does not block other pulls of the node.
#[test]
fn pulls_restart_after_a_boot() {
    let mut model = quiet();
    model.subject.replicas = 3;
    model.cluster.pools[0].nodes = 1;
    model.start = crate::model::Start::Empty;
    model.images.default = foreseeable(false);
    model.faults.push(fault(4.0, Some(10.0), crash(0)));
    let ready = log(&model, 0).ready(0);
    assert!(ready.len() == 3 && within(&ready, 14.0 + 9.0, 14.0 + 23.0), "{ready:?}");
}

/// A node clock that is 30 s fast writes Ready times in the future, a slow one in the past: pods count as
/// available 30 s later, or at once.
#[test]
fn a_wrong_clock_moves_availability() {
    let mut model = rolling_update(1, 1, foreseeable(true));
    model.subject.min_ready_seconds = 20;
    let took = |model: &Model| {
        let mut simulator = crate::Simulator::new(model, 0);
        simulator.run(1, 0).rollout.expect("it completes").as_secs_f64()
    };
    let right = took(&model);
    let skew = |ahead| {
        let offset = constant(15.0);
        fault(0.0, None, NodeFault::ClockSkew { target: NodeTarget::ALL, offset, ahead })
    };
    model.faults = vec![skew(true)];
    let fast = took(&model);
    model.faults = vec![skew(false)];
    let slow = took(&model);
    assert!((14.0..=16.0).contains(&(fast - right)), "{right} and {fast} s");
    assert!((14.0..=16.0).contains(&(right - slow)), "{right} and {slow} s");
}
