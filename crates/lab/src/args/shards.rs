//! `rollout-lab shards`.

use crate::engine::script::Engine;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;

const SHARDS_EXAMPLES: &str = "\
Examples:
  rollout-lab shards --engine slurm mine.yaml --runs 1000000 --shards 100 > batch.sh && bash batch.sh
  rollout-lab shards --engine kubernetes mine.yaml --runs 1000000 --shards 40 \\
    --image registry.example/rollout-lab:1 --claim data | kubectl apply -f -
  rollout-lab shards --engine parallel mine.yaml --runs 100000 --shards 16 | bash
  rollout-lab shards --engine snakemake mine.yaml --runs 100000 --shards 16 > Snakefile

The results are those of `run` on one machine, byte for byte.";

/// `rollout-lab shards`.
#[derive(Debug, clap::Args)]
#[command(after_help = SHARDS_EXAMPLES)]
pub struct ShardsArgs {
    /// Scenario files or folders, as for `run`
    #[arg(required = true, value_name = "SCENARIO|DIR")]
    pub scenarios: Vec<PathBuf>,
    /// What starts the tasks
    #[arg(long, value_enum)]
    pub engine: Engine,
    /// Number of runs
    #[arg(long, value_name = "N", value_parser = super::runs)]
    pub runs: NonZeroU64,
    /// Number of shards, at most 1000000
    #[arg(long, value_name = "M", value_parser = count)]
    pub shards: NonZeroU64,
    /// Another value than the files have, as in deployment.spec.replicas=20
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Seed of all chance [default: the scenario's]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Folder for the merged results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: String,
    /// Folder for the shards
    #[arg(long, value_name = "DIR", default_value = "parts")]
    pub parts: String,
    /// Attempts for each shard
    #[arg(long, value_name = "N", default_value = "3")]
    pub tries: NonZeroU32,
    /// Processors for each task
    #[arg(long, value_name = "N", default_value = "1")]
    pub cpus: NonZeroU32,
    /// Memory for each task, in MiB
    #[arg(long, value_name = "MIB", default_value = "1024")]
    pub memory: NonZeroU64,
    /// Time limit for each task, in minutes
    #[arg(long, value_name = "MINUTES", default_value = "60")]
    pub minutes: NonZeroU32,
    /// Kubernetes: the image that holds rollout-lab
    #[arg(long, value_name = "IMAGE", default_value = concat!("rollout-lab:", env!("CARGO_PKG_VERSION")))]
    pub image: String,
    /// Kubernetes: the volume claim with the scenario, for the results
    #[arg(long, value_name = "NAME", default_value = "rollout-lab")]
    pub claim: String,
    /// GitHub: the command that installs rollout-lab on a runner
    #[arg(long, value_name = "COMMAND")]
    pub install: Option<String>,
}

pub(super) fn count(text: &str) -> Result<NonZeroU64, String> {
    let most = analysis::results::Shard::MOST;
    let number = text.parse().ok().and_then(NonZeroU64::new).filter(|number| number.get() <= most);
    number.ok_or_else(|| format!("must be a whole number between 1 and {most}"))
}
