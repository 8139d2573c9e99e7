//! Full simulation: runs of the scenario `rolling-update` in all sizes, alternating with the bare engines.

use crate::bare;
use crate::hold::{self, Delays};
use crate::measure::{Sample, cpu_nanos};
use crate::memory::{MemoryCounter, MemoryReadings};
use crate::queue::{BareHeap, ProductQueue};
use serde::Serialize;
use simulator::cluster::Load;
use simulator::model::Model;
use simulator::record::Record;
use simulator::{Simulator, Span};
use std::hint::black_box;
use std::path::Path;

/// The scenario of the repository.
const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/rolling-update.yaml");
/// Seed of all runs.
pub(crate) const SEED: u64 = 1;

/// A size of the scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScenarioSize {
    pub(crate) replicas: i32,
    pub(crate) nodes: u32,
    /// Runs that are timed in each round.
    runs: u64,
}

/// The sizes in ascending order, because the memory peak is the peak of the largest so far.
pub(crate) const SIZES: [ScenarioSize; 5] = [
    ScenarioSize { replicas: 10, nodes: 3, runs: 200 },
    ScenarioSize { replicas: 100, nodes: 10, runs: 40 },
    ScenarioSize { replicas: 1_000, nodes: 100, runs: 6 },
    ScenarioSize { replicas: 5_000, nodes: 500, runs: 1 },
    ScenarioSize { replicas: 50_000, nodes: 5_000, runs: 1 },
];

/// Runs of the largest size take a second, and more rounds than this do not improve the result.
const ROUNDS_OF_THE_LARGEST: usize = 3;

/// Cost of the runs of one size.
#[derive(Debug, Serialize)]
pub(crate) struct RolloutCost {
    pub(crate) replicas: i32,
    pub(crate) nodes: u32,
    /// Outcome of the first run.
    pub(crate) outcome: &'static str,
    /// Digest of the first run: equal digests mean equal work.
    pub(crate) digest: String,
    /// Of the first run.
    pub(crate) events: u64,
    pub(crate) mean_pending: f64,
    pub(crate) ns_per_event: Sample,
    /// The product's queue in the HOLD model with the same number of pending events.
    pub(crate) hold_ns_per_event: Sample,
    pub(crate) ratio_to_hold: Sample,
    pub(crate) ns_per_run: Sample,
    /// The bare replication on the bare heap.
    pub(crate) ratio_to_bare: Sample,
    /// After the worker's first runs.
    pub(crate) allocations_per_event: f64,
    pub(crate) peak_bytes: usize,
    pub(crate) peak_bytes_per_replica: f64,
}

/// The scenario with another number of replicas and nodes. The largest has a longer horizon: a controller
/// makes 20 calls per second, and each pod needs two of them.
pub(crate) fn model(size: ScenarioSize) -> Result<Model, String> {
    let scenario = scenario::load(Path::new(SCENARIO)).map_err(|errors| format!("{SCENARIO}: {errors:?}"))?;
    let mut model = scenario.model;
    model.subject.replicas = size.replicas;
    for pool in &mut model.cluster.pools {
        pool.nodes = size.nodes;
    }
    model.horizon = model.horizon.max(Span::from_millis(i64::from(size.replicas) * 150));
    Ok(model)
}

/// Maximum bytes in use of a simulator and its first run. Valid only if the process has not used more before.
pub(crate) fn peak_bytes(size: ScenarioSize, counter: &MemoryCounter) -> Result<usize, String> {
    let model = model(size)?;
    let before = counter.allocated();
    Simulator::new(&model, 0).run(SEED, 0);
    Ok(counter.peak().saturating_sub(before))
}

/// Times the runs of all sizes. Each round runs every size, together with the HOLD model with as many events
/// and the bare replication, so that a slow period of the machine affects all of them.
pub(crate) fn measure(
    sizes: &[ScenarioSize],
    peaks: &[usize],
    rounds: usize,
    counter: &MemoryCounter,
) -> Result<Vec<RolloutCost>, String> {
    let mut candidates: Vec<SizeRun<'_>> =
        sizes.iter().map(|size| SizeRun::new(*size)).collect::<Result<_, _>>()?;
    for round in 0..rounds {
        for candidate in &mut candidates {
            if candidate.size.replicas < 50_000 || round < ROUNDS_OF_THE_LARGEST {
                candidate.round(counter);
            }
        }
    }
    Ok(candidates.into_iter().zip(peaks).map(|(candidate, peak)| candidate.result(*peak)).collect())
}

/// One size with its measurements so far.
struct SizeRun<'a> {
    size: ScenarioSize,
    simulator: Simulator,
    first: Record,
    load: Load,
    hold: Box<dyn FnMut() + 'a>,
    next_run: u64,
    events: u64,
    allocations: usize,
    /// Per round: a run, an event, an event of HOLD, a bare replication.
    rounds: Vec<[f64; 4]>,
}

const HOLD_EVENTS: usize = 20_000;
const BARE_REPLICATIONS: u32 = 50;

impl SizeRun<'_> {
    /// Makes the first runs of a worker, after which it allocates no more memory.
    fn new(size: ScenarioSize) -> Result<Self, String> {
        let mut simulator = Simulator::new(&model(size)?, 0);
        let first = simulator.run(SEED, 0);
        let load = simulator.load();
        let warm_up = if size.replicas < 5_000 { 5 } else { 2 };
        for run in 1..warm_up {
            simulator.run(SEED, run);
        }
        let pending = load.mean_pending().round().max(1.0) as usize;
        let mut hold = hold::hold(ProductQueue::default(), pending, HOLD_EVENTS, Delays::new());
        hold();
        Ok(Self {
            size,
            simulator,
            first,
            load,
            hold,
            next_run: warm_up,
            events: 0,
            allocations: 0,
            rounds: Vec::new(),
        })
    }

    fn round(&mut self, counter: &MemoryCounter) {
        let runs = self.next_run..self.next_run + self.size.runs;
        self.next_run = runs.end;
        let allocations = counter.allocations();
        let mut events = 0;
        let time = cpu_nanos(|| {
            for run in runs {
                black_box(self.simulator.run(SEED, run));
                events += self.simulator.load().events;
            }
        });
        self.allocations += counter.allocations() - allocations;
        self.events += events;
        let hold = cpu_nanos(&mut self.hold) / HOLD_EVENTS as f64;
        let bare = cpu_nanos(|| {
            for _ in 0..BARE_REPLICATIONS {
                black_box(bare::on_queue(BareHeap::default()));
            }
        });
        let bare = bare / f64::from(BARE_REPLICATIONS);
        self.rounds.push([time / self.size.runs as f64, time / events as f64, hold, bare]);
    }

    fn result(self, peak_bytes: usize) -> RolloutCost {
        let sample = |of: fn(&[f64; 4]) -> f64| Sample::of(self.rounds.iter().map(of).collect());
        RolloutCost {
            replicas: self.size.replicas,
            nodes: self.size.nodes,
            outcome: self.first.outcome.as_str(),
            digest: format!("{:016x}", self.first.digest),
            events: self.load.events,
            mean_pending: self.load.mean_pending(),
            ns_per_event: sample(|[_, event, ..]| *event),
            hold_ns_per_event: sample(|[_, _, hold, _]| *hold),
            ratio_to_hold: sample(|[_, event, hold, _]| event / hold),
            ns_per_run: sample(|[run, ..]| *run),
            ratio_to_bare: sample(|[run, .., bare]| run / bare),
            allocations_per_event: self.allocations as f64 / self.events as f64,
            peak_bytes,
            peak_bytes_per_replica: peak_bytes as f64 / f64::from(self.size.replicas),
        }
    }
}

/// Repeats runs of one size, for a profiler.
pub(crate) fn profile(replicas: i32, runs: u64) -> Result<(), String> {
    let nodes = (replicas / 10).max(3) as u32;
    let mut simulator = Simulator::new(&model(ScenarioSize { replicas, nodes, runs })?, 0);
    for run in 0..runs {
        let record = simulator.run(SEED, run);
        println!("run {run}: {} {:016x}", record.outcome.as_str(), record.digest);
    }
    Ok(())
}
