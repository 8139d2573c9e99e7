//! Laws whose draws share a part.

use crate::common::{rolling_update, usual};
use simulator::engine::{Law, Shares};
use simulator::model::Model;
use simulator::{Simulator, Span};

/// Means and standard deviations over 200 runs of the rollout time in seconds.
fn rollout_times(model: &Model) -> (f64, f64) {
    let mut simulator = Simulator::new(model, 0);
    let times: Vec<f64> =
        (0..200).filter_map(|run| Some(simulator.run(1, run).rollout?.as_secs_f64())).collect();
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    let variance = times.iter().map(|time| (time - mean) * (time - mean)).sum::<f64>() / times.len() as f64;
    (mean, libm::sqrt(variance))
}

fn starts(cluster: f64, node: f64) -> Model {
    let law = Law::Lognormal { median: Span::from_secs(6), p95: Span::from_secs(20) };
    let mut model = rolling_update(10, 3, usual());
    let start = Law::Shared { law: Box::new(law), shares: Shares { cluster, node } };
    model.images.default.start = start.clone();
    for image in model.images.by_name.values_mut() {
        image.start = start.clone();
    }
    model
}

/// The slowest of ten independent starts is much the same in each run; a slow cluster makes all of them slow.
#[test]
fn what_a_cluster_shares_spreads_the_runs() {
    let (mean, spread) = rollout_times(&starts(0.0, 0.0));
    let (mean_of_cluster, spread_of_cluster) = rollout_times(&starts(0.9, 0.0));
    let (_, spread_of_nodes) = rollout_times(&starts(0.0, 0.9));
    assert!(spread_of_cluster > 1.25 * spread, "{spread} independent, {spread_of_cluster} shared");
    assert!(mean_of_cluster < mean, "the slowest of ten equal draws is a single draw");
    assert!(
        spread < spread_of_nodes && spread_of_nodes < spread_of_cluster,
        "{spread}, {spread_of_nodes} by node, {spread_of_cluster} by cluster"
    );
}

#[test]
fn shared_draws_are_the_same_in_each_replication() {
    let model = starts(0.5, 0.3);
    let digest = |model: &Model| Simulator::new(model, 0).run(3, 7).digest;
    assert_eq!(digest(&model), digest(&model));
}
