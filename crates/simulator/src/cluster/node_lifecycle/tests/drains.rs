//! Drains with and without budgets.

use super::*;
use crate::model::{DisruptionBudget, LabelSelector, NodeSet};
use controller::api::IntOrPercent;

/// As many pods as nodes, one on each.
fn one_each(replicas: u32) -> Model {
    let mut model = quiet();
    model.subject.replicas = replicas as i32;
    model.cluster.pools[0].nodes = replicas + 2;
    model.cluster.pools[0].max_pods = 1;
    model
}

fn budget(max_unavailable: Option<i32>, min_available: Option<i32>) -> DisruptionBudget {
    DisruptionBudget {
        name: "web".to_owned(),
        selector: LabelSelector::default(),
        min_available: min_available.map(IntOrPercent::Int),
        max_unavailable: max_unavailable.map(IntOrPercent::Int),
        always_evicts_unhealthy: false,
    }
}

fn drain(nodes: NodeSet) -> NodeChange {
    NodeChange::Drain { nodes, timeout: None }
}

/// Without a budget all pods of a node are deleted at once, and none returns to it.
#[test]
fn a_drain_empties_a_node_at_once() {
    let mut model = quiet();
    act(&mut model, 100, drain(NodeSet::node(1)));
    let world = play(&model, 0);
    let (log, api) = world.into_parts();
    assert!(within(&log.deleted(1), 100.0, 100.05), "{:?}", log.deleted(1));
    assert_eq!(log.deleted(1).len(), 2);
    assert_eq!(api.pods.len(), 8);
    assert!(api.pods[6..].iter().all(|pod| pod.node != Some(NodeId(1)) && pod.is_ready()));
}

/// Three nodes with one pod each, drained one after another as with `kubectl drain --selector`: the next node
/// begins when a poll of one second finds the last node's pod gone.
#[test]
fn nodes_are_drained_one_after_another() {
    let mut model = one_each(3);
    model.cluster.pools[0].nodes = 6;
    let pool = model.cluster.pools[0].clone();
    model.cluster.pools[0].nodes = 3;
    model.cluster.pools.push(crate::model::NodePool { name: "new".to_owned(), nodes: 3, ..pool });
    // At t = 0 the second pool has room for one pod only, so all pods start in the first pool.
    model.cluster.pools[1].max_pods = 1;
    act(&mut model, 100, drain(NodeSet::ALL));
    let log = log(&model, 0);
    let mut deleted: Vec<f64> = (0..6).flat_map(|node| log.deleted(node)).collect();
    deleted.sort_by(f64::total_cmp);
    assert_eq!(deleted.len(), 3, "the other nodes are empty");
    for pair in deleted.windows(2) {
        // 1 s to stop, 0.5 to 2 s to removal, observed at a poll.
        assert!((1.9..=4.2).contains(&(pair[1] - pair[0])), "{deleted:?}");
    }
}

/// R = 3, maxUnavailable 1: one at a time. Each eviction waits until the previous replacement is Ready, and
/// is retried every five seconds.
#[test]
fn a_budget_of_one_lets_one_go_at_a_time() {
    let mut model = quiet();
    model.subject.replicas = 3;
    model.cluster.pools[0].nodes = 2;
    model.cluster.pools[0].max_pods = 3;
    model.cluster.pools[0].labels = Vec::new();
    model.disruption_budgets.push(budget(Some(1), None));
    // All three pods on the first node.
    model.actions.clear();
    act(&mut model, 10, NodeChange::Cordon(NodeSet::node(1)));
    act(&mut model, 11, drain(NodeSet::node(1)));
    act(&mut model, 60, NodeChange::Uncordon(NodeSet::node(1)));
    act(&mut model, 100, drain(NodeSet::node(0)));
    for run in 0..30 {
        let world = play(&model, run);
        let (log, api) = world.into_parts();
        let deleted: Vec<f64> = log.deleted(0).into_iter().filter(|at| *at > 90.0).collect();
        assert_eq!(deleted.len(), 3, "run {run}: {deleted:?}");
        for pair in deleted.windows(2) {
            // A replacement needs 1 s to start and up to 1 s to be Ready, or a period more; retries are 5 s
            // apart.
            let gap = pair[1] - pair[0];
            let tries = (gap / 5.01).round();
            assert!(
                (gap - 5.01 * tries).abs() < 0.1 && (1.0..=3.0).contains(&tries),
                "run {run}: {deleted:?}"
            );
        }
        assert_eq!(api.pods.iter().filter(|pod| pod.is_active() && pod.is_ready()).count(), 3);
    }
}

/// R = 1, minAvailable 1: the Ready pod is never evicted. The drain retries until it is cancelled.
#[test]
fn a_budget_may_block_a_drain_for_ever() {
    let mut model = quiet();
    model.subject.replicas = 1;
    model.cluster.pools[0].nodes = 1;
    model.disruption_budgets.push(budget(None, Some(1)));
    let timeout = Some(Span::from_secs(300));
    act(&mut model, 100, NodeChange::Drain { nodes: NodeSet::node(0), timeout });
    assert!(log(&model, 0).changes.is_empty());
    let mut world = World::modelled(Arc::new(model.clone()), NodeLog::default());
    let start = world.begin(1, 0);
    let trying = world.run_until(start + Span::from_secs(399)).events;
    assert!((55..70).contains(&trying), "a try every five seconds: {trying}");
    let after = world.run_until(start + model.horizon).events;
    assert!(after <= 3, "{after} events after the timeout");
}

/// A pod that is not Ready is evicted if the budget is met without it, and with `AlwaysAllow` in any case.
#[test]
fn pods_that_are_not_ready_go_if_the_others_suffice() {
    let mut model = quiet();
    model.subject.replicas = 2;
    model.cluster.pools[0].nodes = 2;
    model.disruption_budgets.push(budget(None, Some(2)));
    // The node of one pod is partitioned: not Ready from 140 to 155 s on, drained at 200 s.
    model.faults.push(fault(100.0, None, cut(1)));
    act(&mut model, 200, NodeChange::Drain { nodes: NodeSet::node(1), timeout: Some(Span::from_secs(60)) });
    assert_eq!(log(&model, 0).deleted(1).iter().filter(|at| **at < 300.0).count(), 0, "1 of 2 healthy");
    model.disruption_budgets[0].min_available = Some(IntOrPercent::Int(1));
    assert!(within(&log(&model, 0).deleted(1), 200.0, 200.1), "1 of 1 healthy");
    model.disruption_budgets[0].min_available = Some(IntOrPercent::Int(2));
    model.disruption_budgets[0].always_evicts_unhealthy = true;
    assert!(within(&log(&model, 0).deleted(1), 200.0, 200.1), "AlwaysAllow");
}

/// Two budgets for one pod: an error that retries do not resolve.
#[test]
fn two_budgets_for_one_pod_stop_the_drain() {
    let mut model = quiet();
    model.disruption_budgets = vec![budget(Some(3), None), budget(Some(3), None)];
    act(&mut model, 100, drain(NodeSet::node(1)));
    assert!(log(&model, 0).changes.is_empty());
}

/// Two users drain two nodes at the same time: together they respect the budget.
#[test]
fn two_drains_share_a_budget() {
    let mut model = one_each(4);
    model.disruption_budgets.push(budget(Some(1), None));
    for node in 0..6 {
        act(&mut model, 100, drain(NodeSet::node(node)));
    }
    model.cluster.pools[0].nodes = 6;
    let pool = crate::model::NodePool { name: "new".to_owned(), ..model.cluster.pools[0].clone() };
    model.cluster.pools.push(pool);
    for run in 0..20 {
        let world = play(&model, run);
        let (log, _) = world.into_parts();
        let mut ready: i32 = 4;
        for (_, _, before, after) in &log.changes {
            let healthy = |pod: &Pod| pod.is_ready() && pod.deletion.is_none() && !pod.removed;
            ready += i32::from(healthy(after)) - i32::from(before.is_some_and(|before| healthy(&before)));
            assert!(ready >= 3, "run {run}");
        }
    }
}

/// A drain caused by a fault: the end of the fault cancels the drain and uncordons the nodes.
#[test]
fn a_drain_by_another_fault_ends_with_the_fault() {
    let mut model = quiet();
    model.faults.push(fault(100.0, Some(60.0), NodeFault::Drain { target: NodeTarget::node(1) }));
    model.actions.push(Action { trigger: Trigger::At(Span::from_secs(130)), change: Change::Scale(8) });
    model.actions.push(Action { trigger: Trigger::At(Span::from_secs(200)), change: Change::Scale(10) });
    let world = play(&model, 0);
    let (log, api) = world.into_parts();
    assert_eq!(log.deleted(1).len(), 2);
    let place = |id: usize| api.pods[id].node;
    assert!((6..10).all(|id| place(id) != Some(NodeId(1))), "drained and cordoned");
    assert!((10..12).all(|id| place(id) == Some(NodeId(1))), "open again, and empty");
}
