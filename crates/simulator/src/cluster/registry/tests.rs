//! Pulls in whole runs.

use crate::cluster::api_server::ApiServer;
use crate::cluster::common::{self, constant, foreseeable, image_pull_error, rolling_update};
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::model::{
    Bandwidth, Fault, FaultKind, ImageBehaviour, Model, PodTarget, PullFailure, PullPolicy, RateLimit,
    RegistryFault, Start, Trigger, Window,
};
use crate::observe::{Observation, Observer, Stage};
use crate::{Span, Timestamp};
use std::sync::Arc;

/// The stages of each pod with their times, in seconds after t = 0.
#[derive(Default)]
struct Stages {
    start: Timestamp,
    seen: Vec<(f64, PodId, Stage)>,
}

impl Observer for Stages {
    fn begin(&mut self, start: Timestamp, _: &ApiServer) {
        self.start = start;
        self.seen.clear();
    }

    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, _: &ApiServer) {
        if let Observation::PodEnters(id, stage) = seen {
            self.seen.push((now.since(self.start).as_secs_f64(), id, stage));
        }
    }
}

impl Stages {
    /// When a pod entered a stage.
    fn of(&self, id: PodId, stage: Stage) -> Vec<f64> {
        let seen = self.seen.iter().filter(|(_, pod, entered)| *pod == id && *entered == stage);
        seen.map(|(at, ..)| *at).collect()
    }

    /// When pods entered a stage, in order of time.
    fn all(&self, stage: Stage) -> Vec<f64> {
        self.seen.iter().filter(|(.., entered)| *entered == stage).map(|(at, ..)| *at).collect()
    }
}

fn run(model: &Model, run: u64) -> Stages {
    let mut world = World::modelled(Arc::new(model.clone()), Stages::default());
    let start = world.begin(1, run);
    world.run_until(start + model.horizon);
    world.into_parts().0
}

fn fault(name: &str, kind: RegistryFault) -> Fault {
    Fault { name: name.to_owned(), kind: FaultKind::Registry(kind), window: Window::ALWAYS, probability: 1.0 }
}

fn failing(failure: PullFailure) -> Fault {
    fault("broken", RegistryFault::Pull { target: PodTarget::image("web:2"), failure })
}

/// One pod per node, created at t = 0, an image of web:2 that takes 8 s; all delays are constant.
fn created_at_once(pods: i32) -> Model {
    let mut model = rolling_update(pods, pods.cast_unsigned(), foreseeable(false));
    model.start = Start::Empty;
    model.actions.clear();
    model.subject.template = common::template("web:2");
    model
}

fn between(value: f64, low: f64, high: f64, what: &str) {
    assert!((low - 1e-6..=high + 1e-6).contains(&value), "{what}: {value} is not in {low} to {high}");
}

/// The attempts of the specification: about 0, 10-16, 35, 80, 165, 330 s, then every 300 to 315 s.
#[test]
fn a_broken_image_is_tried_at_the_times_of_the_kubelets_back_off() {
    const RUNS: u64 = 200;
    let mut model = image_pull_error();
    model.subject.deployment.as_mut().unwrap().progress_deadline_seconds = None;
    let mut means = [0.0; 8];
    for number in 0..RUNS {
        let stages = run(&model, number);
        let first = stages.seen.iter().find(|(.., stage)| *stage == Stage::PullBackOff).unwrap().1;
        let attempts = stages.of(first, Stage::Pull);
        // Each attempt waits for the pulls before it in the queue of its node.
        let since: Vec<f64> = attempts.iter().map(|at| at - attempts[0]).collect();
        let bounds = [(0.0, 0.0), (10.0, 18.5), (30.0, 52.0), (70.0, 109.0), (150.0, 207.0), (310.0, 385.0)];
        for (place, (low, high)) in bounds.into_iter().enumerate() {
            between(since[place], low, high, &format!("attempt {place} of run {number}"));
        }
        for gap in since.windows(2).skip(5) {
            between(gap[1] - gap[0], 300.0, 318.5, "a late gap");
        }
        means.iter_mut().zip(&since).for_each(|(mean, at)| *mean += at / RUNS as f64);
    }
    // Syncs are 13 s apart on average: an attempt follows its window by half of that on average.
    let expected = [0.0, 13.6, 40.0, 87.0, 174.0, 342.0, 650.0, 957.0];
    for (mean, about) in means.iter().zip(expected) {
        assert!((mean - about).abs() <= 0.01 * about + 0.5, "{means:?}");
    }
}

#[test]
fn failures_take_as_long_as_their_cause() {
    for (failure, seconds) in [
        (PullFailure::NotFound, 0.6),
        (PullFailure::Unauthorised, 0.6),
        (PullFailure::ConnectionRefused, 0.2),
        (PullFailure::RegistryDown, 30.0),
    ] {
        let mut model = created_at_once(1);
        model.faults.push(failing(failure));
        let stages = run(&model, 0);
        let took = stages.of(PodId(0), Stage::PullBackOff)[0] - stages.of(PodId(0), Stage::Pull)[0];
        between(took, seconds, seconds, &format!("{failure:?}"));
    }
}

/// Pulls of one node wait for each other: four pods meet four timeouts one after another.
#[test]
fn a_registry_that_does_not_answer_blocks_the_queue_of_the_node() {
    let mut model = created_at_once(4);
    model.cluster.pools[0].nodes = 1;
    model.faults.push(failing(PullFailure::RegistryDown));
    let stages = run(&model, 0);
    let failed = stages.all(Stage::PullBackOff);
    for (place, at) in failed[..4].iter().enumerate() {
        between(*at - failed[0], 30.0 * place as f64, 30.0 * place as f64, "a failure");
    }
}

/// 12 pulls at once on one node: ten are within the burst, two are throttled without a request to the
/// registry.
#[test]
fn the_kubelet_throttles_pulls_beyond_its_burst() {
    let mut model = created_at_once(12);
    model.cluster.pools[0].nodes = 1;
    model.cluster.registry.parallel_pulls = 20;
    model.cluster.control_plane.client_limit = None;
    model.cluster.control_plane.scheduling = crate::model::Latency::Constant(Span::ZERO);
    model.images.default.pull = constant(60.0);
    let throttled = |model: &Model| run(model, 0).all(Stage::PullBackOff).len();
    assert_eq!(throttled(&model), 2);
    model.cluster.registry.parallel_pulls = 1;
    assert_eq!(throttled(&model), 0, "one after another they are never that fast");
    model.cluster.registry.parallel_pulls = 20;
    model.cluster.registry.qps = None;
    assert_eq!(throttled(&model), 0, "unlimited");
}

/// Four nodes pull 100 MB each over 20 MB/s: 5 s alone, 20 s together.
#[test]
fn pulls_share_the_bandwidth() {
    let finished = |nodes: i32, per_pull: f64| {
        let mut model = created_at_once(nodes);
        model.images.default.size = Some(100_000_000);
        model.cluster.registry.bandwidth = Some(Bandwidth { total: 20e6, per_pull });
        let stages = run(&model, 0);
        let pulled = stages.all(Stage::Start);
        assert_eq!(pulled.len(), nodes as usize);
        pulled[pulled.len() - 1] - stages.all(Stage::Pull)[0]
    };
    between(finished(1, 1e9), 5.0, 5.0, "alone");
    between(finished(4, 1e9), 20.0, 20.2, "together");
    between(finished(1, 5e6), 20.0, 20.0, "alone with a limit of its own");
    between(finished(4, 5e6), 20.0, 20.2, "four times that limit is all there is");
    between(finished(8, 5e6), 40.0, 40.2, "twice too many");
}

/// An image without a size gets the size that takes its law's time at the full bandwidth.
#[test]
fn a_law_stands_for_the_size() {
    let mut model = created_at_once(2);
    model.cluster.registry.bandwidth = Some(Bandwidth { total: 7e6, per_pull: 7e6 });
    let stages = run(&model, 0);
    let last = stages.all(Stage::Start)[1] - stages.all(Stage::Pull)[0];
    between(last, 16.0, 16.2, "8 s each");
}

/// Two pods of one node pull the same image in parallel: the second waits for the first.
#[test]
fn an_image_is_downloaded_once_per_node() {
    let mut model = created_at_once(2);
    model.cluster.pools[0].nodes = 1;
    model.cluster.registry.parallel_pulls = 2;
    let stages = run(&model, 0);
    let (pulls, starts) = (stages.all(Stage::Pull), stages.all(Stage::Start));
    between(starts[0] - pulls[0], 8.0, 8.0, "the download");
    between(starts[1] - starts[0], 0.2, 0.2, "the confirmation");
}

/// The limit is two downloads in 300 s: the third node gets its image only after the first download expires.
#[test]
fn the_registry_refuses_downloads_beyond_its_limit() {
    let mut model = created_at_once(3);
    model.cluster.registry.rate_limit = Some(RateLimit { pulls: 2, per: Span::from_secs(300), used: 0 });
    for number in 0..20 {
        let stages = run(&model, number);
        let (pulls, starts) = (stages.all(Stage::Pull), stages.all(Stage::Start));
        assert_eq!(starts.len(), 3);
        between(starts[1] - pulls[0], 8.0, 8.5, "within the limit");
        // The first attempt outside the 300 s, by the back-off's times.
        between(starts[2] - pulls[0], 318.0, 395.0, "beyond it");
    }
}

#[test]
fn a_rate_limit_may_be_a_fault_that_ends() {
    let mut model = created_at_once(3);
    let limit = RateLimit { pulls: 0, per: Span::from_secs(3600), used: 0 };
    let mut limited = fault("limited", RegistryFault::RateLimited(limit));
    limited.window = Window { from: Trigger::At(Span::ZERO), duration: Some(constant(20.0)) };
    model.faults.push(limited);
    let stages = run(&model, 0);
    assert!(stages.all(Stage::PullBackOff).len() >= 3);
    assert_eq!(stages.all(Stage::Start).len(), 3);
    between(stages.all(Stage::Start)[0], 38.0, 62.0, "the third attempt, and 8 s");
}

fn slow(factor: f64, extra: Option<f64>, from: f64, lasts: f64) -> Fault {
    let extra = extra.map(constant);
    let mut slow = fault("slow", RegistryFault::Slow { target: PodTarget::ALL, factor, extra });
    let from = Trigger::At(Span::from_secs_f64(from));
    slow.window = Window { from, duration: Some(constant(lasts)) };
    slow
}

/// A pull of 8 s that begins shortly after 0 s.
#[test]
fn a_slow_registry_slows_what_is_under_way_and_recovers() {
    let took = |fault: Fault, bandwidth: Option<Bandwidth>| {
        let mut model = created_at_once(1);
        model.faults.push(fault);
        model.cluster.registry.bandwidth = bandwidth;
        let stages = run(&model, 0);
        (stages.all(Stage::Pull)[0], stages.all(Stage::Start)[0])
    };
    for bandwidth in [None, Some(Bandwidth { total: 1e6, per_pull: 1e6 })] {
        let (from, to) = took(slow(5.0, None, 0.0, 1000.0), bandwidth);
        between(to - from, 40.0, 40.0, "slow all the time");
        // From 2 s to 12 s it completes the work of 2 s.
        let (from, to) = took(slow(5.0, None, 2.0, 10.0), bandwidth);
        between(to - from, 16.0, 16.0, "slow for ten seconds");
        let (from, to) = took(slow(1.0, Some(3.0), 0.0, 1000.0), bandwidth);
        between(to - from, 11.0, 11.0, "three seconds more");
        let (from, to) = took(slow(5.0, None, 100.0, 10.0), bandwidth);
        between(to - from, 8.0, 8.0, "before the fault");
    }
}

/// With policy Always a pod needs the registry although its node has the image.
#[test]
fn always_needs_the_registry() {
    let mut model = rolling_update(3, 3, ImageBehaviour { cached: true, ..foreseeable(true) });
    model.faults.push(failing(PullFailure::ConnectionRefused));
    assert_eq!(run(&model, 0).all(Stage::PullBackOff).len(), 0, "the image is there");
    model.subject.template.containers[0].pull_policy = PullPolicy::Always;
    assert!(!run(&model, 0).all(Stage::PullBackOff).is_empty());
}

/// A fault that affects no pull, a limit that is never reached and a kubelet that need not throttle change
/// nothing.
#[test]
fn unused_limits_change_nothing() {
    let digest = |model: &Model| crate::Simulator::new(model, 0).run(3, 5);
    let plain = rolling_update(10, 3, common::usual());
    let mut with = plain.clone();
    let none = PodTarget { fraction: 0.0, ..PodTarget::ALL };
    with.faults.push(fault("slow", RegistryFault::Slow { target: none, factor: 9.0, extra: None }));
    let limit = RateLimit { pulls: 1000, per: Span::from_secs(60), used: 10 };
    with.faults.push(fault("limited", RegistryFault::RateLimited(limit)));
    with.cluster.registry.rate_limit = Some(limit);
    assert_eq!(digest(&plain), digest(&with));
    with.cluster.registry.qps = None;
    assert_eq!(digest(&plain), digest(&with));
}
