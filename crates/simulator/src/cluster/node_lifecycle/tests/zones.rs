//! Rate at which the nodes of a zone are tainted, and when none are.

use super::*;
use crate::model::NodeSet;

/// The number of nodes of each zone, with one pod on each node.
fn zones(nodes: &[u32]) -> Model {
    let mut model = quiet();
    let pool = model.cluster.pools[0].clone();
    let named = |(index, nodes): (usize, &u32)| {
        let name = format!("zone{index}");
        crate::model::NodePool { nodes: *nodes, zone: Some(name.clone()), name, ..pool.clone() }
    };
    model.cluster.pools = nodes.iter().enumerate().map(named).collect();
    model.subject.replicas = nodes.iter().sum::<u32>() as i32;
    model.cluster.pools.iter_mut().for_each(|pool| pool.max_pods = 1);
    model.horizon = Span::from_secs(3600);
    model
}

fn lose(zone: usize, count: Option<u32>) -> NodeFault {
    let nodes = NodeSet { zone: Some(format!("zone{zone}")), ..NodeSet::ALL };
    let target = NodeTarget { nodes, count, ..NodeTarget::ALL };
    NodeFault::Crash { target, returns: None, deleted: None }
}

/// When pods were deleted, in order.
fn deletions(model: &Model, run: u64) -> Vec<f64> {
    let log = log(model, run);
    let nodes: u32 = model.cluster.pools.iter().map(|pool| pool.nodes).sum();
    let mut times: Vec<f64> = (0..nodes).flat_map(|node| log.deleted(node)).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn gaps(times: &[f64]) -> Vec<f64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Ten of forty: the first at once, then one every ten seconds.
#[test]
fn one_node_in_ten_seconds() {
    let mut model = zones(&[40]);
    model.faults.push(fault(100.0, None, lose(0, Some(10))));
    for run in 0..20 {
        let times = deletions(&model, run);
        assert_eq!(times.len(), 10, "run {run}");
        assert!(within(&times[..1], 439.6, 460.0), "run {run}: {times:?}");
        let gaps = gaps(&times);
        let full = gaps.iter().filter(|gap| (9.7..=10.4).contains(*gap)).count();
        // A node that becomes Unknown while the queue is empty need not wait.
        assert!(full >= 8, "run {run}: {gaps:?}");
        assert!((times[9] - times[0] - 90.0).abs() < 6.0, "run {run}: {times:?}");
    }
}

/// Each zone has its own rate.
#[test]
fn zones_do_not_wait_for_each_other() {
    let mut model = zones(&[10, 10]);
    let mut second = fault(100.0, None, lose(1, Some(2)));
    second.name = "second".to_owned();
    model.faults = vec![fault(100.0, None, lose(0, Some(2))), second];
    for run in 0..20 {
        let times = deletions(&model, run);
        assert_eq!(times.len(), 4);
        assert!(times[3] - times[0] < 26.0, "run {run}: two pairs ten seconds apart each: {times:?}");
    }
}

/// All of a zone: normal rate. More than half of a small one: no eviction at all.
#[test]
fn a_lost_zone_is_evicted_and_a_small_sick_one_is_not() {
    let mut model = zones(&[5, 5]);
    model.faults.push(fault(100.0, None, lose(0, None)));
    for run in 0..20 {
        let times = deletions(&model, run);
        assert_eq!(times.len(), 5, "run {run}");
        assert!((30.0..46.0).contains(&(times[4] - times[0])), "run {run}: {times:?}");
    }
    model.faults[0] = fault(100.0, None, lose(0, Some(3)));
    for run in 0..20 {
        // Two nodes may have been tainted before the third made three of five.
        let count = deletions(&model, run).len();
        assert!(count <= 2, "run {run}: {count}");
    }
    model.faults[0] = fault(100.0, None, lose(0, Some(2)));
    assert_eq!(deletions(&model, 0).len(), 2, "two of five are not many");
}

/// 33 of 60: one node per 100 s, once most of them are detected as lost.
#[test]
fn a_large_sick_zone_goes_slowly() {
    let mut model = zones(&[60]);
    model.faults.push(fault(100.0, None, lose(0, Some(33))));
    for run in 0..5 {
        let times = deletions(&model, run);
        let gaps = gaps(&times);
        assert!(gaps[3..].iter().all(|gap| (99.0..=101.0).contains(gap)), "run {run}: {gaps:?}");
        assert!((28..36).contains(&times.len()), "run {run}: {} by 3600 s", times.len());
    }
}

/// If every zone is lost no pod is evicted and tainted nodes are untainted; when one node is back, the others
/// are tainted again.
#[test]
fn with_all_zones_lost_no_pod_is_evicted() {
    let mut model = zones(&[2, 2]);
    let all = NodeFault::Crash { target: NodeTarget::ALL, returns: None, deleted: None };
    model.faults.push(fault(100.0, None, all));
    for run in 0..20 {
        let log = log(&model, run);
        assert!((0..4).all(|node| log.unready(node).len() == 1), "run {run}: all are marked");
        assert_eq!(deletions(&model, run).len(), 0, "run {run}");
    }
    // One node returns alone, half an hour later.
    let stays = |node| NodeFault::Crash { target: NodeTarget::node(node), returns: None, deleted: None };
    model.faults = (0..4).map(|node| fault(100.0, (node == 3).then_some(1800.0), stays(node))).collect();
    for (index, fault) in model.faults.iter_mut().enumerate() {
        fault.name = format!("node{index}");
    }
    for run in 0..20 {
        let times = deletions(&model, run);
        assert_eq!(times.len(), 3, "run {run}: {times:?}");
        assert!(within(&times, 1900.0 + 300.0, 1900.0 + 320.0), "run {run}: {times:?}");
    }
}

/// The nodes of a zone share one draw; without a named zone one is chosen at random.
#[test]
fn a_zone_is_lost_as_a_whole() {
    let mut model = zones(&[3, 3, 3]);
    let target = NodeTarget { by_zone: true, count: Some(1), ..NodeTarget::ALL };
    model.faults.push(fault(100.0, None, NodeFault::Crash { target, returns: None, deleted: None }));
    let mut lost = [0; 3];
    for run in 0..60 {
        let log = log(&model, run);
        let zones: Vec<usize> =
            (0..9).filter(|node| !log.unready(*node).is_empty()).map(|n| n as usize / 3).collect();
        assert_eq!(zones.len(), 3, "run {run}");
        assert!(zones.iter().all(|zone| *zone == zones[0]), "run {run}: {zones:?}");
        lost[zones[0]] += 1;
    }
    assert!(lost.iter().all(|times| (8..40).contains(times)), "{lost:?}");
}
