//! Fair timing on a noisy machine: CPU time of the thread, works alternately, medians.

use cpu_time::ThreadTime;
use serde::Serialize;
use std::time::Instant;

/// Several values of one figure.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Sample {
    pub(crate) median: f64,
    /// First quartile.
    pub(crate) lower: f64,
    /// Third quartile.
    pub(crate) upper: f64,
}

impl Sample {
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |part: usize| values[(values.len() - 1) * part / 4];
        Self { median: at(2), lower: at(1), upper: at(3) }
    }

    /// Ratio to the other's time in the same round.
    pub(crate) fn of_ratios(times: &[f64], others: &[f64]) -> Self {
        Self::of(times.iter().zip(others).map(|(time, other)| time / other).collect())
    }

    pub(crate) fn divided_by(self, divisor: f64) -> Self {
        Self { median: self.median / divisor, lower: self.lower / divisor, upper: self.upper / divisor }
    }
}

/// CPU time of this thread that `work` takes, in nanoseconds.
pub(crate) fn cpu_nanos(work: impl FnOnce()) -> f64 {
    let start = ThreadTime::now();
    work();
    start.elapsed().as_nanos() as f64
}

/// Wall-clock time of `work`, in nanoseconds.
pub(crate) fn wall_nanos(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64
}

/// CPU time of `work`, `rounds` times after one warm-up.
pub(crate) fn repeated(rounds: usize, mut work: impl FnMut()) -> Sample {
    work();
    Sample::of((0..rounds).map(|_| cpu_nanos(&mut work)).collect())
}

/// One side of a comparison: a name and its work.
pub(crate) type ComparedWork<'a> = (&'static str, Box<dyn FnMut() + 'a>);

/// CPU times of each work, round by round. The works alternate, so that a slow period of the machine affects
/// all of them; the first round is a warm-up.
pub(crate) fn rounds_of(rounds: usize, contestants: &mut [ComparedWork<'_>]) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); contestants.len()];
    for round in 0..=rounds {
        for ((_, work), times) in contestants.iter_mut().zip(&mut times) {
            let nanos = cpu_nanos(work);
            if round > 0 {
                times.push(nanos);
            }
        }
    }
    times
}

/// Mean number of runnable threads during the last minute; `None` if the system does not report it.
pub(crate) fn load_average() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}
