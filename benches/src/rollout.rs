//! Full rules: runs of the scenario `rolling-update` in all sizes.

use crate::hold;
use crate::measure::{Sample, cpu_nanos, repeated};
use crate::memory::{Meter, Reading};
use rollout_lab::scenario;
use serde::Serialize;
use simulator::model::Model;
use simulator::{Simulator, Span};
use std::path::Path;

/// The scenario, as it is delivered.
const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/rolling-update.yaml");
/// Seed of all runs.
pub(crate) const SEED: u64 = 1;

/// A size of the scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) replicas: i32,
    pub(crate) nodes: u32,
    /// Runs that are timed.
    runs: u64,
}

/// The sizes, small ones first: the peak of the memory is the peak of the largest so far.
pub(crate) const SIZES: [Size; 5] = [
    Size { replicas: 10, nodes: 3, runs: 400 },
    Size { replicas: 100, nodes: 10, runs: 100 },
    Size { replicas: 1_000, nodes: 100, runs: 20 },
    Size { replicas: 5_000, nodes: 500, runs: 7 },
    Size { replicas: 50_000, nodes: 5_000, runs: 3 },
];

/// What the runs of one size cost.
#[derive(Debug, Serialize)]
pub(crate) struct Rollout {
    pub(crate) replicas: i32,
    pub(crate) nodes: u32,
    /// How the first run ended.
    pub(crate) outcome: &'static str,
    /// Digest of the first run: equal digests mean equal work.
    pub(crate) digest: String,
    /// Of the first run.
    pub(crate) events: u64,
    pub(crate) mean_pending: f64,
    pub(crate) ns_per_event: Sample,
    /// The product's queue in the HOLD model with as many events pending.
    pub(crate) hold_ns_per_event: f64,
    pub(crate) ratio_to_hold: f64,
    pub(crate) ns_per_run: Sample,
    /// After the worker's first runs.
    pub(crate) allocations_per_event: f64,
    pub(crate) peak_bytes: usize,
    pub(crate) peak_bytes_per_replica: f64,
}

/// The scenario with another number of replicas and nodes. The largest gets the time it needs: a
/// controller makes 20 calls a second, and each pod takes two of them.
pub(crate) fn model(size: Size) -> Result<Model, String> {
    let scenario = scenario::load(Path::new(SCENARIO)).map_err(|errors| format!("{SCENARIO}: {errors:?}"))?;
    let mut model = scenario.model;
    model.subject.replicas = size.replicas;
    for pool in &mut model.cluster.pools {
        pool.nodes = size.nodes;
    }
    model.horizon = model.horizon.max(Span::from_millis(i64::from(size.replicas) * 150));
    Ok(model)
}

/// The most bytes that a simulator and its first run have in use. Counts only if nothing in this process
/// has used more before.
pub(crate) fn peak_bytes(size: Size, meter: &Meter) -> Result<usize, String> {
    let model = model(size)?;
    let before = meter.allocated();
    Simulator::new(&model, 0).run(SEED, 0);
    Ok(meter.peak().saturating_sub(before))
}

/// Times the runs of one size.
pub(crate) fn measure(size: Size, quick: bool, peak_bytes: usize, meter: &Meter) -> Result<Rollout, String> {
    let mut simulator = Simulator::new(&model(size)?, 0);
    let record = simulator.run(SEED, 0);
    let load = simulator.load();
    let warm_up = size.runs.min(5);
    for run in 1..warm_up {
        simulator.run(SEED, run);
    }
    let runs = if quick { size.runs.min(3) } else { size.runs };
    let (mut nanos, mut per_event, mut events) = (Vec::new(), Vec::new(), 0);
    let allocations = meter.allocations();
    for run in 0..runs {
        let time = cpu_nanos(|| drop(simulator.run(SEED, warm_up + run)));
        events += simulator.load().events;
        nanos.push(time);
        per_event.push(time / simulator.load().events as f64);
    }
    let allocations = meter.allocations() - allocations;
    let hold = hold::of_product(load.mean_pending().round().max(1.0) as usize, 100_000, 9).median;
    let ns_per_event = Sample::of(per_event);
    Ok(Rollout {
        replicas: size.replicas,
        nodes: size.nodes,
        outcome: record.outcome.as_str(),
        digest: format!("{:016x}", record.digest),
        events: load.events,
        mean_pending: load.mean_pending(),
        ns_per_event,
        hold_ns_per_event: hold,
        ratio_to_hold: ns_per_event.median / hold,
        ns_per_run: Sample::of(nanos),
        allocations_per_event: allocations as f64 / events as f64,
        peak_bytes,
        peak_bytes_per_replica: peak_bytes as f64 / f64::from(size.replicas),
    })
}

/// One run after the other of one size, to be looked at by a profiler.
pub(crate) fn profile(replicas: i32, runs: u64) -> Result<(), String> {
    let nodes = (replicas / 10).max(3) as u32;
    let mut simulator = Simulator::new(&model(Size { replicas, nodes, runs })?, 0);
    for run in 0..runs {
        let record = simulator.run(SEED, run);
        println!("run {run}: {} {:016x}", record.outcome.as_str(), record.digest);
    }
    Ok(())
}

/// What telling the course of a run costs: the run with a timeline and the run without one.
#[derive(Debug, Serialize)]
pub(crate) struct Timeline {
    pub(crate) replicas: i32,
    pub(crate) ratio: f64,
}

pub(crate) fn timeline(size: Size, rounds: usize) -> Result<Timeline, String> {
    let mut simulator = Simulator::new(&model(size)?, 0);
    let without = repeated(rounds, || drop(simulator.run(SEED, 0)));
    let with = repeated(rounds, || drop(simulator.run_with_timeline(SEED, 0)));
    Ok(Timeline { replicas: size.replicas, ratio: with.median / without.median })
}
