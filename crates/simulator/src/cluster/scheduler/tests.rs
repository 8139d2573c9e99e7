//! Scheduling in whole runs.

use crate::cluster::common::{apply, foreseeable, rolling_update, set_image, template};
use crate::cluster::pod::NodeId;
use crate::cluster::world::World;
use crate::engine::Law;
use crate::model::{
    AntiAffinity, Autoscale, Model, NodePool, NodeTerm, Operator, Placement, PodLabels, Requirement,
    SpreadConstraint, Start, Taint, TaintEffect,
};
use crate::record::Outcome;
use crate::{Simulator, Span};
use std::sync::Arc;

/// The world of a run at a time after t = 0.
fn at(model: &Model, run: u64, seconds: i64) -> World<()> {
    let mut world = World::modelled(Arc::new(model.clone()), ());
    let start = world.begin(1, run);
    world.run_until(start + Span::from_secs(seconds));
    world
}

/// Pods by node, running or about to run.
fn by_node(world: &World<()>) -> Vec<usize> {
    let mut counts = vec![0; world.site.as_ref().unwrap().nodes.len()];
    for pod in world.api.pods.iter().filter(|pod| pod.is_active()) {
        if let Some(node) = pod.node {
            counts[node.index()] += 1;
        }
    }
    counts
}

fn homeless(world: &World<()>) -> usize {
    world.api.pods.iter().filter(|pod| pod.is_active() && pod.node.is_none()).count()
}

fn label(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn requirement(key: &str, operator: Operator, values: &[&str]) -> Requirement {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Requirement { key: key.to_owned(), operator, values }
}

/// Pods with the label of the subject.
fn web() -> PodLabels {
    let app = requirement("app", Operator::In, &["web"]);
    PodLabels { requirements: Some(vec![app]), same_template: false }
}

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

fn spread(topology_key: &str, max_skew: u32, required: bool) -> SpreadConstraint {
    SpreadConstraint {
        max_skew,
        topology_key: topology_key.to_owned(),
        required,
        min_domains: None,
        pods: web(),
        honours_affinity: true,
        honours_taints: false,
    }
}

fn apart(topology_key: &str, weight: Option<i32>) -> AntiAffinity {
    AntiAffinity { topology_key: topology_key.to_owned(), pods: web(), weight }
}

/// A cluster with cached images; one pool and one zone for each number of nodes.
fn zones(replicas: i32, nodes: &[u32]) -> Model {
    let mut model = rolling_update(replicas, 1, foreseeable(true));
    model.subject.template.labels = vec![label("app", "web")];
    let pool = model.cluster.pools[0].clone();
    let pools = nodes.iter().zip(["a", "b", "c", "d"]).map(|(nodes, zone)| NodePool {
        name: format!("pool-{zone}"),
        nodes: *nodes,
        zone: Some(zone.to_owned()),
        ..pool.clone()
    });
    model.cluster.pools = pools.collect();
    model
}

fn with(mut model: Model, placement: Placement) -> Model {
    model.subject.template.placement = placement;
    model
}

fn terms(terms: &[NodeTerm]) -> Placement {
    Placement { required_nodes: Some(terms.to_vec()), ..Placement::default() }
}

#[test]
fn node_affinity_chooses_among_pools_and_names() {
    let placed = |placement| by_node(&at(&with(zones(6, &[2, 2, 2]), placement), 0, 5));
    let zone = |operator, values: &[&str]| vec![requirement(ZONE, operator, values)];
    assert_eq!(placed(terms(&[zone(Operator::In, &["b"])])), [0, 0, 3, 3, 0, 0]);
    assert_eq!(placed(terms(&[zone(Operator::NotIn, &["b", "c"])])), [3, 3, 0, 0, 0, 0]);
    assert_eq!(placed(terms(&[zone(Operator::In, &["a"]), zone(Operator::In, &["c"])]))[2..4], [0, 0]);
    assert_eq!(placed(terms(&[vec![]])), [0; 6], "a term without requirements matches nothing");
    let named = vec![requirement(HOSTNAME, Operator::In, &["pool-c-1"])];
    assert_eq!(placed(terms(&[named])), [0, 0, 0, 0, 0, 6]);
    let preferred = vec![(1, zone(Operator::In, &["c"]))];
    let placement = Placement { preferred_nodes: preferred, ..Placement::default() };
    assert_eq!(placed(placement), [0, 0, 0, 0, 3, 3], "room elsewhere does not outweigh it");
}

#[test]
fn a_taint_that_pods_had_better_avoid_makes_a_node_the_last_choice() {
    let mut model = zones(6, &[1, 1]);
    let effect = TaintEffect::PreferNoSchedule;
    model.cluster.pools[1].taints = vec![Taint { key: "spare".to_owned(), value: String::new(), effect }];
    assert_eq!(by_node(&at(&model, 0, 5)), [6, 0]);
    model.cluster.pools[0].max_pods = 4;
    assert_eq!(by_node(&at(&model, 0, 5)), [4, 2]);
}

#[test]
fn anti_affinity_keeps_pods_on_nodes_and_in_zones_of_their_own() {
    let placement = |key, weight| Placement { apart: vec![apart(key, weight)], ..Placement::default() };
    assert_eq!(by_node(&at(&with(zones(4, &[2, 2]), placement(HOSTNAME, None)), 0, 5)), [1, 1, 1, 1]);
    let world = at(&with(zones(4, &[2, 2]), placement(ZONE, None)), 0, 5);
    let counts = by_node(&world);
    assert_eq!((counts[0] + counts[1], counts[2] + counts[3], homeless(&world)), (1, 1, 2));
    let mut preferred = with(zones(6, &[2, 2]), placement(HOSTNAME, Some(100)));
    preferred.cluster.pools[1].allocatable.cpu_milli = Some(800);
    let counts = by_node(&at(&preferred, 0, 5));
    assert!(counts.iter().all(|count| (1..=2).contains(count)), "{counts:?}: smaller nodes get their share");
}

/// Old and new pods repel each other, whichever of them has the rule.
#[test]
fn anti_affinity_works_in_both_directions() {
    let placement = Placement { apart: vec![apart(HOSTNAME, None)], ..Placement::default() };
    let model = with(zones(3, &[3]), placement);
    let record = Simulator::new(&model, 0).run(1, 0);
    // maxUnavailable 25% of 3 is 0, and no node is free for the surge.
    assert_eq!(record.outcome, Outcome::DeadlineExceeded);
    let mut model = zones(3, &[3]);
    let mut new = template("web:2");
    new.labels = vec![label("app", "web")];
    new.placement.apart = vec![apart(HOSTNAME, None)];
    model.actions[0].change = apply(&model, new);
    assert_eq!(
        homeless(&at(&model, 0, 60)),
        1,
        "the old pods have no rule, the new one keeps away from them"
    );
}

#[test]
fn pods_spread_over_zones_as_evenly_as_they_must() {
    // Without the constraint the many nodes of zone a would get most pods.
    let plain = by_node(&at(&zones(6, &[4, 1]), 0, 5));
    assert!(plain[4] <= 2, "{plain:?}");
    let placement =
        |skew, required| Placement { spread: vec![spread(ZONE, skew, required)], ..Placement::default() };
    let in_zone_b = |placement| by_node(&at(&with(zones(6, &[4, 1]), placement), 0, 5))[4];
    assert_eq!(in_zone_b(placement(1, true)), 3);
    assert_eq!(in_zone_b(placement(1, false)), 3, "there is room, so a preference is enough");
    let mut full = with(zones(6, &[4, 1]), placement(1, true));
    full.cluster.pools[1].max_pods = 1;
    let world = at(&full, 0, 5);
    assert_eq!((by_node(&world).iter().sum::<usize>(), homeless(&world)), (3, 3), "1 there, 2 here, skew 1");
    full.subject.template.placement = placement(3, true);
    let world = at(&full, 0, 5);
    assert_eq!(homeless(&world), 1, "1 there, 4 here");
    full.subject.template.placement.spread[0].min_domains = Some(3);
    assert_eq!(homeless(&at(&full, 0, 5)), 2, "too few zones: 1 there, 3 here");
    full.subject.template.placement = placement(1, false);
    assert_eq!(homeless(&at(&full, 0, 5)), 0);
}

/// A cordoned node still counts for a spread constraint: it blocks all others.
#[test]
fn a_cordoned_node_counts_for_the_spread() {
    let placement = Placement { spread: vec![spread(HOSTNAME, 1, true)], ..Placement::default() };
    let mut model = with(zones(0, &[3]), placement);
    model.actions[0].change = crate::model::Change::Scale(6);
    let placed = |honours_taints: bool| {
        let mut model = model.clone();
        model.subject.template.placement.spread[0].honours_taints = honours_taints;
        let mut world = World::modelled(Arc::new(model), ());
        let start = world.begin(1, 0);
        world.set_node_schedulable(NodeId(2), false);
        world.run_until(start + Span::from_secs(60));
        let before = by_node(&world);
        world.set_node_schedulable(NodeId(2), true);
        world.run_until(start + Span::from_secs(70));
        (before, by_node(&world))
    };
    assert_eq!(placed(false), (vec![1, 1, 0], vec![2, 2, 2]));
    assert_eq!(placed(true), (vec![3, 3, 0], vec![3, 3, 0]), "nodeTaintsPolicy: Honor");
}

/// Terminating pods keep their resources until they are removed; then a waiting pod gets them at once.
#[test]
fn a_pod_that_waits_for_room_gets_it_when_the_old_one_is_gone() {
    let mut model = rolling_update(4, 1, foreseeable(true));
    model.cluster.pools[0].max_pods = 4;
    model.images.default.stop = Law::Constant(Span::from_secs(20));
    model.subject.template.containers[0].readiness = None;
    // Surge 1, unavailable 1: an old pod is deleted at about 10 s and removed at about 30.5 to 32 s.
    let waiting = |seconds| {
        let world = at(&model, 0, seconds);
        (homeless(&world), by_node(&world)[0])
    };
    assert_eq!(waiting(29), (2, 3), "the surge and the replacement wait, the terminating pod holds its room");
    assert_eq!(waiting(33), (1, 4));
}

/// Without any change a pod is retried after 5 to 5.5 minutes: here the retry succeeds, because its wake-up
/// was suppressed.
#[test]
fn a_pod_that_nothing_wakes_is_tried_again_after_five_minutes() {
    let mut model = rolling_update(1, 1, foreseeable(true));
    model.start = Start::Empty;
    model.actions.clear();
    for run in 0..30 {
        let mut world = World::modelled(Arc::new(model.clone()), ());
        let start = world.begin(1, run);
        world.set_node_schedulable(NodeId(0), false);
        world.run_until(start + Span::from_secs(10));
        assert_eq!(homeless(&world), 1);
        // Without a notification to the scheduler.
        let site = world.site.as_mut().unwrap();
        site.nodes[0].set_schedulable(true);
        site.pools.version += 1;
        world.run_until(start + Span::from_secs(300));
        assert_eq!(homeless(&world), 1, "run {run}");
        world.run_until(start + Span::from_secs(331));
        assert_eq!(homeless(&world), 0, "run {run}");
    }
}

/// A pod rejected by labels alone is not retried when resources become free.
#[test]
fn room_does_not_help_a_pod_that_no_node_lets_in() {
    let mut model = rolling_update(3, 1, foreseeable(true));
    let mut new = template("web:2");
    new.node_selector = vec![label("disk", "ssd")];
    model.actions[0].change = apply(&model, new);
    let world = at(&model, 0, 60);
    let queue = &world.site.as_ref().unwrap().scheduler.queue;
    assert!(queue.failed().all(|waiting| waiting.attempts == 1));
    assert_eq!(queue.failed().count(), 1);
}

fn autoscaled(max: u32, delay: i64) -> Model {
    let mut model = rolling_update(10, 2, foreseeable(true));
    model.cluster.pools[0].max_pods = 5;
    model.cluster.pools[0].autoscale = Some(Autoscale { max, delay: Law::Constant(Span::from_secs(delay)) });
    model.actions[0].change = crate::model::Change::Scale(23);
    model
}

/// 13 unschedulable pods at 10 s, 5 to a node: one decision within 10 s orders three nodes.
#[test]
fn a_pool_grows_by_what_the_waiting_pods_need() {
    let nodes = |world: &World<()>| world.site.as_ref().unwrap().nodes.len();
    for run in 0..20 {
        let model = autoscaled(10, 60);
        assert_eq!(nodes(&at(&model, run, 69)), 2, "run {run}: not before the delay");
        let world = at(&model, run, 82);
        assert_eq!((nodes(&world), homeless(&world)), (5, 0), "run {run}");
        assert_eq!(nodes(&at(&model, run, 1000)), 5, "no more are needed");
    }
    let world = at(&autoscaled(4, 60), 0, 1000);
    assert_eq!((nodes(&world), homeless(&world)), (4, 3), "the pool has reached its end");
}

/// An ordered node is not ordered again for pods that come later and fit on it.
#[test]
fn ordered_nodes_count_for_the_next_decision() {
    let mut model = autoscaled(10, 100);
    model.actions[0].change = crate::model::Change::Scale(12);
    model.actions.push(crate::model::Action {
        trigger: crate::model::Trigger::At(Span::from_secs(50)),
        change: crate::model::Change::Scale(14),
    });
    let world = at(&model, 0, 600);
    assert_eq!(world.site.as_ref().unwrap().nodes.len(), 3);
}

#[test]
fn a_node_that_joins_has_no_images() {
    let mut model = autoscaled(10, 60);
    model.images.default = foreseeable(false);
    let mut world = at(&model, 0, 60);
    let start = world.site.as_ref().unwrap().start;
    let image = crate::cluster::site::ImageId(0);
    let has = |world: &World<()>, node: usize| world.site.as_ref().unwrap().nodes[node].has_image(image);
    assert!(has(&world, 0), "a pod of the image has been there all along");
    let joined = (60..90).find(|second| {
        world.run_until(start + Span::from_secs(*second));
        world.site.as_ref().unwrap().nodes.len() == 5
    });
    assert!(!has(&world, 4));
    world.run_until(start + Span::from_secs(joined.unwrap() + 10));
    assert!(has(&world, 4), "the pull takes 8 s");
}

/// One pod per node: the pool grows by one node for each of them, and new nodes have no images.
#[test]
fn the_rules_of_the_pods_decide_how_many_nodes_are_needed() {
    let mut model = autoscaled(20, 60);
    model.subject.template.labels = vec![label("app", "web")];
    model.subject.template.placement.apart = vec![apart(HOSTNAME, None)];
    model.subject.replicas = 2;
    model.actions[0].change = crate::model::Change::Scale(5);
    let world = at(&model, 0, 300);
    assert_eq!(by_node(&world), [1, 1, 1, 1, 1]);
    let placement = Placement { spread: vec![spread(HOSTNAME, 1, true)], ..Placement::default() };
    model.subject.template.placement = placement;
    assert_eq!(by_node(&at(&model, 0, 300)).len(), 2, "the nodes that are there are enough");
}

#[test]
fn no_other_pod_is_disturbed() {
    let plain = rolling_update(10, 3, crate::cluster::common::usual());
    let run = |model: &Model| Simulator::new(model, 0).run(3, 5);
    let mut with_pool = plain.clone();
    with_pool.cluster.pools[0].autoscale =
        Some(Autoscale { max: 9, delay: Law::Constant(Span::from_secs(60)) });
    assert_eq!(run(&plain), run(&with_pool), "a pool that need not grow");
    let mut ruled = plain.clone();
    ruled.subject.template.placement.spread = vec![spread(HOSTNAME, 50, true)];
    ruled.subject.template.placement.apart = vec![apart("rack", None)];
    assert_eq!(run(&plain), run(&ruled), "rules that keep no pod from any node");
}

/// A reused world clears the tallies of the previous run.
#[test]
fn runs_with_rules_are_independent() {
    let placement = Placement { spread: vec![spread(HOSTNAME, 1, true)], ..Placement::default() };
    let mut model = with(zones(9, &[3]), placement);
    model.images.default = crate::cluster::common::usual();
    model.actions.push(crate::model::Action {
        trigger: crate::model::Trigger::At(Span::from_secs(45)),
        change: set_image("web:3"),
    });
    let mut reused = Simulator::new(&model, 0);
    for number in 0..10 {
        assert_eq!(reused.run(1, number), Simulator::new(&model, 0).run(1, number), "run {number}");
    }
}
