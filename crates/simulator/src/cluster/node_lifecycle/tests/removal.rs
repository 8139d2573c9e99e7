//! Removal of the pods of a crashed node.

use super::*;
use crate::model::NodeSet;

/// The Node object is deleted at 200 s. The collector misses it within 20 s, and the second pass after that
/// one finds the quarantine of 40 s over.
#[test]
fn pods_without_a_node_are_collected_after_40_to_60_seconds() {
    let mut model = quiet();
    let deleted = Some(constant(100.0));
    model.faults.push(fault(
        100.0,
        None,
        NodeFault::Crash { target: NodeTarget::node(1), returns: None, deleted },
    ));
    let mut first = Vec::new();
    for run in 0..100 {
        let log = log(&model, run);
        let removed = log.removed(1);
        assert!(removed.len() == 2 && within(&removed, 240.0, 260.2), "run {run}: {removed:?}");
        assert_eq!(log.deleted(1).len(), 0, "run {run}: they were never deleted gracefully");
        first.push(removed[0]);
    }
    let mean = first.iter().sum::<f64>() / 100.0;
    assert!((mean - 250.0).abs() < 2.5, "the phase of the collector is drawn for the run: {mean}");
}

/// The user marks the node out of service: its pods are deleted at once, and removed by the next pass.
#[test]
fn out_of_service_lets_terminating_pods_go_within_20_seconds() {
    let mut model = quiet();
    model.faults.push(fault(100.0, None, crash(1)));
    act(&mut model, 200, NodeChange::OutOfService(NodeSet::node(1)));
    for run in 0..50 {
        let log = log(&model, run);
        assert!(within(&log.deleted(1), 200.0, 200.2), "run {run}");
        let removed = log.removed(1);
        assert!(removed.len() == 2 && within(&removed, 200.0, 220.2), "run {run}: {removed:?}");
    }
}

#[test]
fn a_forced_deletion_removes_at_once_what_is_terminating() {
    let mut model = quiet();
    model.faults.push(fault(100.0, None, crash(1)));
    act(&mut model, 200, NodeChange::ForceDelete(NodeSet::node(1)));
    act(&mut model, 600, NodeChange::ForceDelete(NodeSet::node(1)));
    let log = log(&model, 0);
    assert!(within(&log.removed(1), 600.0, 600.1), "at 200 s none is terminating: {:?}", log.removed(1));
    assert_eq!(log.removed(1).len(), 2);
}

/// 120 s of notice: the pods are evicted before the machine is removed.
#[test]
fn a_spot_node_is_emptied_before_it_goes() {
    let mut model = quiet();
    let target = NodeTarget::node(1);
    model.faults.push(fault(
        100.0,
        None,
        NodeFault::SpotReclaim { target, notice: constant(120.0), deleted: constant(60.0) },
    ));
    for run in 0..20 {
        let world = play(&model, run);
        let (log, api) = world.into_parts();
        assert!(within(&log.deleted(1), 100.0, 100.1), "run {run}");
        assert!(within(&log.removed(1), 101.4, 103.2), "run {run}: {:?}", log.removed(1));
        assert!(api.pods[6..].iter().all(|pod| pod.node != Some(NodeId(1)) && pod.is_ready()), "run {run}");
    }
}
