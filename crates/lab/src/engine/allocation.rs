//! How many processors this process may use.

use std::num::NonZeroUsize;
use std::thread;

/// Slurm states the processors of a task that asked for a number
/// (<https://slurm.schedmd.com/sbatch.html#OPT_SLURM_CPUS_PER_TASK>). Where it does not confine tasks with cgroups,
/// nothing else tells.
const SLURM_PROCESSORS: &str = "SLURM_CPUS_PER_TASK";

/// The processors of this process: its affinity mask and the CPU quota of its cgroup count, and the allocation of
/// Slurm if it is smaller. At least 1.
pub fn processors() -> NonZeroUsize {
    let system = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    limited(system, std::env::var(SLURM_PROCESSORS).ok().as_deref())
}

fn limited(system: NonZeroUsize, slurm: Option<&str>) -> NonZeroUsize {
    let allocated = slurm.and_then(|count| count.parse().ok());
    allocated.map_or(system, |allocated| system.min(allocated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_number_counts() {
        let count = |system, slurm| limited(NonZeroUsize::new(system).unwrap(), slurm).get();
        assert_eq!(count(64, None), 64);
        assert_eq!(count(64, Some("4")), 4);
        assert_eq!(count(2, Some("4")), 2);
        for nonsense in ["0", "", "-1", "many"] {
            assert_eq!(count(8, Some(nonsense)), 8, "{nonsense}");
        }
    }
}
