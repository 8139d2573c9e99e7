//! The controller manager's leader changes while a node is out of contact: the new leader restarts the
//! timers.

use super::*;
use crate::model::{ControlPlaneFault, LeaderEnding};

/// The controllers restart and are down for `down` seconds.
fn restart(from: f64, down: f64) -> Fault {
    let ending = LeaderEnding::Restart { down: constant(down) };
    Fault {
        name: "restart".to_owned(),
        kind: FaultKind::ControlPlane(ControlPlaneFault::LeaderChange { ending, after_writes: 0 }),
        ..fault(from, None, crash(1))
    }
}

/// Node 1 crashes at 100 s.
fn crashed(more: Fault) -> Model {
    let mut model = quiet();
    model.faults.push(fault(100.0, None, crash(1)));
    model.faults.push(more);
    model
}

/// A new leader first observes the lease in its first pass: 50 s from then.
#[test]
fn a_new_leader_gives_a_silent_node_the_whole_grace_again() {
    for run in 0..50 {
        let lost = log(&crashed(restart(120.0, 5.0)), run).unready(1);
        assert_eq!(lost.len(), 2, "run {run}");
        assert!(within(&lost, 175.0, 175.5), "run {run}: {lost:?}");
    }
}

/// Actions that are due without a leader wait for the next leader.
#[test]
fn no_pod_becomes_unready_without_a_leader() {
    for run in 0..20 {
        let lost = log(&crashed(restart(120.0, 100.0)), run).unready(1);
        assert_eq!(lost.len(), 2, "run {run}");
        assert!(within(&lost, 270.0, 270.5), "run {run}: {lost:?}");
    }
}

/// The pods of a tainted node restart their toleration time with the new leader.
#[test]
fn tolerations_restart_with_the_leader() {
    for (from, down) in [(300.0, 5.0), (300.0, 300.0)] {
        let deleted = log(&crashed(restart(from, down)), 3).deleted(1);
        assert_eq!(deleted.len(), 2);
        let expected = from + down + 300.0;
        assert!(within(&deleted, expected, expected + 0.3), "{deleted:?}, not {expected}");
    }
}

/// A restart while every node is healthy changes only the phase of the passes.
#[test]
fn a_leader_of_long_standing_counts_as_ever() {
    for run in 0..50 {
        let lost = log(&crashed(restart(20.0, 5.0)), run).unready(1);
        assert!(within(&lost, 139.6, 155.1), "run {run}: {lost:?}");
    }
}
