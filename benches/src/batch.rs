//! Many runs: two threads beside one, and all recordings.

use crate::measure::{Sample, cpu_nanos, repeated, wall_nanos};
use crate::rollout::{SEED, SIZES, model};
use rayon::prelude::*;
use rollout_lab::conform::{Case, compare, read_cases, replay};
use serde::Serialize;
use simulator::Simulator;
use simulator::model::Model;
use std::path::Path;

const RECORDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/lab/tests/conformance");

/// How much two threads are faster than one, by the clock on the wall.
#[derive(Debug, Serialize)]
pub(crate) struct Threads {
    pub(crate) runs: u64,
    pub(crate) one_ms: f64,
    pub(crate) two_ms: f64,
    pub(crate) speed_up: Sample,
}

pub(crate) fn threads(runs: u64, rounds: usize) -> Result<Threads, String> {
    let model = model(SIZES[0])?;
    let pools = [pool(1)?, pool(2)?];
    let times = |_| pools.each_ref().map(|pool| wall_nanos(|| run_all(pool, &model, runs)));
    let times: Vec<[f64; 2]> = (0..rounds).map(times).collect();
    let milliseconds = |which: usize| Sample::of(times.iter().map(|pair| pair[which] / 1e6).collect()).median;
    Ok(Threads {
        runs,
        one_ms: milliseconds(0),
        two_ms: milliseconds(1),
        speed_up: Sample::of(times.iter().map(|[one, two]| one / two).collect()),
    })
}

fn pool(threads: usize) -> Result<rayon::ThreadPool, String> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| error.to_string())
}

/// Each worker has a simulator of its own.
fn run_all(pool: &rayon::ThreadPool, model: &Model, runs: u64) {
    pool.install(|| {
        (0..runs).into_par_iter().for_each_init(
            || Simulator::new(model, 0),
            |simulator, run| {
                std::hint::black_box(simulator.run(SEED, run));
            },
        );
    });
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
