//! The population of clusters is the corpus: pods of the conformance suite on real clusters.

use flate2::read::GzDecoder;
use learn::family::Family;
use learn::fit::{Known, best};
use learn::layers::{ClusterDelays, Counts, Layers};
use learn::population;
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Pod {
    cluster: String,
    test: String,
    node: String,
    scheduled_s: i64,
    started_s: i64,
}

/// Pods of the one-replica tests, whose images are mostly present, on nodes whose clocks run forward.
fn pods() -> Vec<Pod> {
    let bytes = include_bytes!("../corpus/pods.csv.gz");
    let pods = csv::Reader::from_reader(GzDecoder::new(&bytes[..])).into_deserialize::<Pod>();
    let pods: Vec<Pod> = pods.map(Result::unwrap).filter(|pod| pod.test != "webserver").collect();
    let is_skewed = |pod: &Pod| !(0..=120).contains(&(pod.started_s - pod.scheduled_s));
    let skewed: Vec<(String, String)> =
        pods.iter().filter(|pod| is_skewed(pod)).map(|pod| (pod.cluster.clone(), pod.node.clone())).collect();
    pods.into_iter()
        .filter(|pod| !skewed.iter().any(|(cluster, node)| *cluster == pod.cluster && *node == pod.node))
        .collect()
}

fn clusters(pods: &[Pod]) -> Vec<ClusterDelays> {
    let mut by_node: BTreeMap<&str, BTreeMap<&str, Counts>> = BTreeMap::new();
    for pod in pods {
        let counts = by_node.entry(&pod.cluster).or_default().entry(&pod.node).or_default();
        let seconds = u32::try_from(pod.started_s - pod.scheduled_s).unwrap();
        *counts.entry(seconds).or_default() += 1;
    }
    by_node.into_values().map(|nodes| ClusterDelays { nodes: nodes.into_values().collect() }).collect()
}

#[test]
fn the_population_is_fitted_to_the_corpus() {
    let pods = pods();
    let clusters = clusters(&pods);
    let (law, _) = Layers::fit(&clusters, population::START.offset).unwrap();
    println!("{} pods of {} clusters: {law:?}", pods.len(), clusters.len());
    let stated = population::START;
    for (name, found, stated) in [
        ("mu", law.mu, stated.mu),
        ("sigma", law.sigma, stated.sigma),
        ("cluster", law.cluster, stated.cluster),
        ("node", law.node, stated.node),
    ] {
        assert!((found - stated).abs() < 0.01, "{name}: {found}, and the population states {stated}");
    }
    let waits: Vec<Known> =
        pods.iter().map(|pod| Known::WholeSeconds(u32::try_from(pod.scheduled_s).unwrap_or(0))).collect();
    let scheduling = best(&waits).unwrap();
    println!("scheduling: {scheduling:?}, mean {}", scheduling.family.mean());
    let Family::Lognormal { mu, sigma } = law.pooled() else { panic!() };
    println!("start: median {} s, p95 {} s", libm::exp(mu), libm::exp(mu + 1.645 * sigma));
}

/// A cluster's own pods make a better forecast of its next pod than the population does.
#[test]
fn a_few_pods_of_a_cluster_improve_the_forecast() {
    let pods = pods();
    let (mut own, mut pooled, mut count) = (0.0, 0.0, 0_u32);
    for cluster in clusters(&pods) {
        for (place, node) in cluster.nodes.iter().enumerate() {
            // Each node in turn is forecast from the others.
            let mut others = cluster.clone();
            others.nodes.remove(place);
            if others.is_empty() {
                continue;
            }
            let law = population::START.of_cluster(population::START.effect(&others));
            for (seconds, times) in node {
                let score = |law: Layers| {
                    -libm::log(law.pooled().whole_seconds(law.offset, *seconds).max(1e-6)) * f64::from(*times)
                };
                own += score(law);
                pooled += score(population::START);
                count += times;
            }
        }
    }
    let (own, pooled) = (own / f64::from(count), pooled / f64::from(count));
    println!("{count} pods: surprise {own:.3} with own history, {pooled:.3} without");
    assert!(own < pooled - 0.08, "{own} with own history, {pooled} without");
}
