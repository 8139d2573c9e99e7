//! Batches: two threads against one, and all recordings.

use crate::measure::{Sample, cpu_nanos, repeated, wall_nanos};
use crate::rollout::{SEED, SIZES, model};
use rollout_lab::conform::{Case, compare, read_cases, replay};
use rollout_lab::experiment::Experiment;
use serde::Serialize;
use simulator::Simulator;
use simulator::model::Model;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread;

const RECORDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/lab/tests/conformance");

/// Speed-up of two threads over one, by wall clock.
#[derive(Debug, Serialize)]
pub(crate) struct Threads {
    pub(crate) runs: u64,
    pub(crate) one_ms: f64,
    pub(crate) two_ms: f64,
    pub(crate) speed_up: Sample,
    /// The same for a loop that only uses the processor: the limit of the machine at that time.
    pub(crate) of_machine: Sample,
}

/// Runs the product's own experiment on one and on two threads alternately, together with a bare loop.
pub(crate) fn threads(runs: u64, rounds: usize) -> Result<Threads, String> {
    let model = model(SIZES[0])?;
    let experiments = [experiment(1)?, experiment(2)?];
    let times = |_| {
        let [one, two] = experiments.each_ref().map(|it| wall_nanos(|| run_all(it, &model, runs)));
        [one, two, wall_nanos(|| spin_on(1)), wall_nanos(|| spin_on(2))]
    };
    let times: Vec<[f64; 4]> = (0..rounds).map(times).collect();
    let milliseconds =
        |which: usize| Sample::of(times.iter().map(|round| round[which] / 1e6).collect()).median;
    Ok(Threads {
        runs,
        one_ms: milliseconds(0),
        two_ms: milliseconds(1),
        speed_up: Sample::of(times.iter().map(|[one, two, ..]| one / two).collect()),
        of_machine: Sample::of(times.iter().map(|[.., one, two]| 2.0 * one / two).collect()),
    })
}

fn experiment(threads: usize) -> Result<Experiment, String> {
    Experiment::new(NonZeroUsize::new(threads)).map_err(|error| error.to_string())
}

/// Each worker has its own simulator.
fn run_all(experiment: &Experiment, model: &Model, runs: u64) {
    let _ = experiment.replicate(
        0..runs,
        || Simulator::new(model, 0),
        |simulator, run| simulator.run(SEED, run),
        |records| {
            black_box(records);
            ControlFlow::<()>::Continue(())
        },
    );
}

/// The same loop on several threads.
fn spin_on(threads: usize) {
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(spin))));
}

/// About ten milliseconds of arithmetic.
fn spin() {
    let step = |x: u64, n: u64| (x.wrapping_mul(6_364_136_223_846_793_005) ^ x >> 13).wrapping_add(n);
    black_box((0..5_000_000).fold(black_box(1), step));
}

/// All recordings of the real controllers, replayed and compared on one core.
#[derive(Debug, Serialize)]
pub(crate) struct Conform {
    pub(crate) cases: usize,
    pub(crate) matching: usize,
    /// Reading the files.
    pub(crate) read_ms: f64,
    /// Replaying and comparing.
    pub(crate) replay_ms: Sample,
}

pub(crate) fn conform(rounds: usize) -> Result<Conform, String> {
    let mut cases = Ok(Vec::new());
    let read = cpu_nanos(|| cases = recordings(""));
    let cases = cases?;
    let mut matching = 0;
    let replay = repeated(rounds, || {
        let matches = |case: &&_| is_reproduced(case);
        matching = cases.iter().filter(matches).count();
    });
    Ok(Conform { cases: cases.len(), matching, read_ms: read / 1e6, replay_ms: replay.divided_by(1e6) })
}

/// The cases of one file of recordings; of all files for an empty name.
pub(crate) fn recordings(file: &str) -> Result<Vec<Case>, String> {
    let path = Path::new(RECORDINGS).join(file);
    read_cases(&[path])
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// Replays a case and compares it with what was recorded.
pub(crate) fn is_reproduced(case: &Case) -> bool {
    replay(case).is_ok_and(|ours| compare(&case.steps, &ours).is_none())
}
