//! Laws fitted on the rollouts of real clusters.

use flate2::read::GzDecoder;
use learn::layers::{ClusterDelays, Counts, Layers};
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Pod {
    cluster: String,
    test: String,
    node: String,
    scheduled_s: i64,
    started_s: i64,
}

fn clusters(keep: impl Fn(&str) -> bool) -> Vec<ClusterDelays> {
    let bytes = include_bytes!("../corpus/pods.csv.gz");
    let mut by_node: BTreeMap<String, BTreeMap<String, Vec<i64>>> = BTreeMap::new();
    for pod in csv::Reader::from_reader(GzDecoder::new(&bytes[..])).deserialize::<Pod>() {
        let pod = pod.unwrap();
        if keep(&pod.test) {
            let delays = by_node.entry(pod.cluster).or_default().entry(pod.node).or_default();
            delays.push(pod.started_s - pod.scheduled_s);
        }
    }
    let is_skewed = |delays: &Vec<i64>| delays.iter().any(|d| !(0..=120).contains(d));
    by_node
        .into_values()
        .map(|nodes| ClusterDelays {
            nodes: nodes
                .into_values()
                .filter(|delays| !is_skewed(delays))
                .map(|delays| {
                    let mut counts = Counts::new();
                    delays.into_iter().for_each(|d| *counts.entry(u32::try_from(d).unwrap()).or_default() += 1);
                    counts
                })
                .collect(),
        })
        .filter(|cluster| !cluster.is_empty())
        .collect()
}

#[test]
fn most_of_the_variance_lies_between_clusters() {
    let clusters = clusters(|test| test != "webserver");
    let begin = std::time::Instant::now();
    let (law, value) = Layers::fit(&clusters, 0.0).unwrap();
    println!("{} {law:?} {value} median {} {:?}", clusters.len(), law.median(), begin.elapsed());
    let (law, value) = Layers::fit(&clusters, 0.3).unwrap();
    println!("{} {law:?} {value} median {} {:?}", clusters.len(), law.median(), begin.elapsed());
}
