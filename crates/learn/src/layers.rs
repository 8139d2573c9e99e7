//! A law whose chance has layers: what all pods of a cluster share, what all pods of a node share, and what is a pod's
//! own.
//!
//! The logarithm of a delay is normal, `mu + sigma (sqrt(cluster) s + sqrt(node) t + sqrt(pod) e)`, where s is drawn
//! once for each cluster, t for each node and e for each pod, and the three shares sum to 1. The shares are fitted by
//! maximum likelihood on delays in whole seconds; s and t are integrated out by Gauss-Hermite quadrature.

use crate::family::Family;
use crate::numeric::{minimum, normal_quadrature};
use std::collections::BTreeMap;

/// Delays in whole seconds and how often each occurred.
pub type Counts = BTreeMap<u32, u32>;

/// The delays of one cluster, by node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterDelays {
    /// For each node, in any order.
    pub nodes: Vec<Counts>,
}

impl ClusterDelays {
    /// The number of delays.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.nodes.iter().flat_map(BTreeMap::values).map(|count| u64::from(*count)).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A log-normal law with layers, after a fixed offset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layers {
    /// Seconds that are always there.
    pub offset: f64,
    /// Mean of the logarithm of the rest, in seconds.
    pub mu: f64,
    /// Its standard deviation over all clusters, nodes and pods.
    pub sigma: f64,
    /// The share of the variance that lies between clusters, 0 to 1.
    pub cluster: f64,
    /// The share that lies between nodes of one cluster; with `cluster` at most 1.
    pub node: f64,
}

/// What delays of one cluster say about what its pods share: mean and variance of `s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterEffect {
    /// Its expected value in standard deviations.
    pub mean: f64,
    /// What stays unknown: 1 without any delay.
    pub variance: f64,
}

/// Nodes of the quadrature of what a cluster shares, and of what a node shares.
const CLUSTER_POINTS: usize = 21;
const NODE_POINTS: usize = 11;

/// No delay is impossible: below this probability a recording error is more likely than the law.
const LEAST_PROBABILITY: f64 = 1e-9;

impl Layers {
    /// The law that makes these delays most likely, and the logarithm of their likelihood. `None` without delays.
    #[must_use]
    pub fn fit(clusters: &[ClusterDelays], offset: f64) -> Option<(Self, f64)> {
        let pooled: Counts = pool(clusters);
        let count: u32 = pooled.values().sum();
        if count == 0 {
            return None;
        }
        let mean = pooled.iter().map(|(d, n)| f64::from(*d) * f64::from(*n)).sum::<f64>() / f64::from(count);
        let of = |x: &[f64; 4]| {
            let shared = logistic(x[2]);
            let cluster = shared * logistic(x[3]);
            Self { offset, mu: x[0], sigma: libm::exp(x[1]), cluster, node: shared - cluster }
        };
        let start = [libm::log((mean - offset).max(0.1)), -0.5, 0.5, 1.0];
        let (at, value) = minimum(start, [0.3, 0.3, 0.5, 0.5], |x| -of(x).log_likelihood(clusters));
        Some((of(&at), -value))
    }

    /// The logarithm of the likelihood of the delays.
    #[must_use]
    pub fn log_likelihood(&self, clusters: &[ClusterDelays]) -> f64 {
        let table = Table::new(self, clusters, normal_quadrature(CLUSTER_POINTS));
        clusters.iter().map(|cluster| log_sum(table.given_cluster(cluster).iter().map(|(_, log)| *log))).sum()
    }

    /// What delays of one cluster say about what its pods share.
    #[must_use]
    pub fn effect(&self, cluster: &ClusterDelays) -> ClusterEffect {
        // Many delays know a cluster better than the quadrature of the fit resolves.
        let table = Table::new(self, std::slice::from_ref(cluster), fine_grid());
        let given = table.given_cluster(cluster);
        let total = log_sum(given.iter().map(|(_, log)| *log));
        let moment =
            |power| given.iter().map(|(s, log)| libm::pow(*s, power) * libm::exp(log - total)).sum::<f64>();
        let mean = moment(1.0);
        ClusterEffect { mean, variance: (moment(2.0) - mean * mean).max(0.0) }
    }

    /// The law of one cluster, after what its delays have said.
    #[must_use]
    pub fn of_cluster(&self, effect: ClusterEffect) -> Self {
        let unknown = self.cluster * effect.variance;
        let rest = 1.0 - self.cluster;
        let variance = unknown + rest;
        Self {
            offset: self.offset,
            mu: self.mu + self.sigma * libm::sqrt(self.cluster) * effect.mean,
            sigma: self.sigma * libm::sqrt(variance),
            cluster: unknown / variance,
            node: self.node / variance,
        }
    }

    /// The law of pods of all clusters together, after the offset.
    #[must_use]
    pub const fn pooled(&self) -> Family {
        Family::Lognormal { mu: self.mu, sigma: self.sigma }
    }
}

/// All delays together.
#[must_use]
pub fn pool(clusters: &[ClusterDelays]) -> Counts {
    let mut pooled = Counts::new();
    for (seconds, count) in clusters.iter().flat_map(|cluster| &cluster.nodes).flatten() {
        *pooled.entry(*seconds).or_default() += count;
    }
    pooled
}

/// Points of the standard normal density from -5 to 5 in steps of 0.05, and their weights.
fn fine_grid() -> Vec<(f64, f64)> {
    let point = |k: i32| {
        let at = f64::from(k) * 0.05;
        (at, libm::exp(-0.5 * at * at))
    };
    let total: f64 = (-100..=100).map(|k| point(k).1).sum();
    (-100..=100).map(point).map(|(at, weight)| (at, weight / total)).collect()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// Probabilities of each delay that occurs, at each point of the quadrature.
struct Table {
    cluster_points: Vec<(f64, f64)>,
    node_points: Vec<(f64, f64)>,
    /// By point of the cluster, then of the node: the logarithm of the probability of each delay.
    logs: Vec<Vec<BTreeMap<u32, f64>>>,
}

impl Table {
    fn new(law: &Layers, clusters: &[ClusterDelays], cluster_points: Vec<(f64, f64)>) -> Self {
        let node_points = normal_quadrature(NODE_POINTS);
        let own = law.sigma * libm::sqrt((1.0 - law.cluster - law.node).max(1e-6));
        let delays: Vec<u32> = pool(clusters).into_keys().collect();
        let log = |s: f64, t: f64| {
            let mu = law.mu + law.sigma * (libm::sqrt(law.cluster) * s + libm::sqrt(law.node) * t);
            let family = Family::Lognormal { mu, sigma: own };
            let probability = |d| family.whole_seconds(law.offset, d).max(LEAST_PROBABILITY);
            delays.iter().map(|&d| (d, libm::log(probability(d)))).collect()
        };
        let logs = cluster_points
            .iter()
            .map(|&(s, _)| node_points.iter().map(|&(t, _)| log(s, t)).collect())
            .collect();
        Self { cluster_points, node_points, logs }
    }

    /// For each point of what the cluster shares: the point, and the logarithm of its weight times the likelihood of the
    /// delays there.
    fn given_cluster(&self, cluster: &ClusterDelays) -> Vec<(f64, f64)> {
        let at_point = |logs: &[BTreeMap<u32, f64>]| -> f64 {
            let of_node = |counts: &Counts| -> f64 {
                let given = |logs: &BTreeMap<u32, f64>| -> f64 {
                    counts.iter().map(|(d, n)| f64::from(*n) * logs[d]).sum()
                };
                let points = self.node_points.iter().zip(logs);
                log_sum(points.map(|((_, weight), logs)| libm::log(*weight) + given(logs)))
            };
            cluster.nodes.iter().map(of_node).sum()
        };
        let logs: Vec<f64> = self.logs.iter().map(|logs| at_point(logs)).collect();
        let points = self.cluster_points.iter().zip(logs);
        points.map(|(&(s, weight), log)| (s, libm::log(weight) + log)).collect()
    }
}

/// The logarithm of the sum of numbers given by their logarithms.
fn log_sum(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    most + libm::log(logs.map(|log| libm::exp(log - most)).sum())
}
