//! End-to-end times of the program `rollout-lab`, files included.

use crate::measure::Sample;
use serde::Serialize;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;
use wait4::Wait4;

/// The program, and a folder for its results.
pub(crate) struct Program {
    path: PathBuf,
    out: PathBuf,
}

/// One execution.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Execution {
    /// Wall-clock time.
    pub(crate) wall_ms: f64,
    /// CPU time of all threads.
    pub(crate) cpu_ms: f64,
    /// Maximum resident memory.
    pub(crate) peak_mib: f64,
}

/// A batch of `rolling-update`.
#[derive(Debug, Serialize)]
pub(crate) struct Batch {
    pub(crate) runs: u64,
    pub(crate) threads: u32,
    #[serde(flatten)]
    pub(crate) execution: Execution,
}

/// Measurements of the program.
#[derive(Debug, Serialize)]
pub(crate) struct EndToEnd {
    /// The whole command `run image-pull-error --runs 1`, charts and report included: an upper bound of the
    /// time from the command to the first replication.
    pub(crate) first_replication_ms: Sample,
    pub(crate) batches: Vec<Batch>,
    /// Time on one thread divided by time on two threads, for the largest batch that both have run.
    pub(crate) speed_up: f64,
}

impl Program {
    /// The program in the folder of this one: both are built there.
    fn find() -> Result<Self, String> {
        let benches = std::env::current_exe().map_err(|error| error.to_string())?;
        let path = benches.with_file_name(format!("rollout-lab{}", std::env::consts::EXE_SUFFIX));
        let out = std::env::temp_dir().join(format!("rollout-lab-benches-{}", std::process::id()));
        if path.is_file() {
            return Ok(Self { path, out });
        }
        Err(format!("there is no {}: cargo build --release -p rollout-lab makes it", path.display()))
    }

    fn run(&self, scenario: &str, runs: u64, threads: u32) -> Result<Execution, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.path.display());
        let start = Instant::now();
        let mut child = Command::new(&self.path)
            .args(["run", scenario, "--quiet", "--runs", &runs.to_string()])
            .args(["--threads", &threads.to_string(), "--out"])
            .arg(&self.out)
            .stdout(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let used = child.wait4().map_err(failed)?;
        let wall = start.elapsed();
        if !used.status.success() {
            return Err(format!("rollout-lab run {scenario} ended with {}", used.status));
        }
        Ok(Execution {
            wall_ms: wall.as_secs_f64() * 1e3,
            cpu_ms: (used.rusage.utime + used.rusage.stime).as_secs_f64() * 1e3,
            peak_mib: used.rusage.maxrss as f64 / f64::from(1 << 20),
        })
    }
}

impl Drop for Program {
    /// The results are not used.
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.out);
    }
}

/// Runs the program: batches of these run counts, each on one thread and on two.
pub(crate) fn measure(batches: &[u64], rounds: usize) -> Result<EndToEnd, String> {
    let program = Program::find()?;
    let first = |_| program.run("image-pull-error", 1, 1).map(|execution| execution.wall_ms);
    let first = (0..=2 * rounds).map(first).collect::<Result<_, _>>()?;
    let mut done = Vec::new();
    for &runs in batches {
        for threads in [1, 2] {
            let execution = program.run("rolling-update", runs, threads)?;
            done.push(Batch { runs, threads, execution });
        }
    }
    let speed_up = match done.as_slice() {
        [.., one, two] => one.execution.wall_ms / two.execution.wall_ms,
        _ => f64::NAN,
    };
    Ok(EndToEnd { first_replication_ms: Sample::of(first), batches: done, speed_up })
}
