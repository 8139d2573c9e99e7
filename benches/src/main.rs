//! How fast the simulator is, beside a bare event queue and other engines.
//!
//! `cargo run --release -p rollout-lab-benches` prints a table, `-o json` prints JSON instead, and `--json
//! FILE` writes it to a file as well. On a noisy machine the ratios are what counts: whatever is compared
//! ran in turns in one process.

mod bare;
mod batch;
mod hold;
mod measure;
mod memory;
mod peers;
mod queue;
mod report;
mod rollout;

use clap::{Parser, ValueEnum};
use memory::Meter;
use report::Report;
use std::path::PathBuf;
use std::process::ExitCode;

#[global_allocator]
static METER: Meter = memory::meter();

/// Measures the speed of the simulator.
#[derive(Debug, Parser)]
struct Args {
    /// Fewer rounds, and no Deployment of 50,000 replicas.
    #[arg(long)]
    quick: bool,
    /// What to print on stdout.
    #[arg(short, long, value_enum, default_value = "table")]
    output: Output,
    /// Writes the figures to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only runs `rolling-update` with so many replicas, for a profiler to look at.
    #[arg(long, value_name = "REPLICAS")]
    profile: Option<i32>,
    /// How many runs `--profile` makes.
    #[arg(long, value_name = "N", default_value_t = 1)]
    runs: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Table,
    Json,
}

fn main() -> ExitCode {
    match execute(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(args: &Args) -> Result<(), String> {
    if let Some(replicas) = args.profile {
        return rollout::profile(replicas, args.runs);
    }
    let report = measure(args.quick)?;
    let json = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
    if let Some(file) = &args.json {
        std::fs::write(file, &json).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    match args.output {
        Output::Table => print!("{report}"),
        Output::Json => println!("{json}"),
    }
    Ok(())
}

/// Memory comes first and in ascending order, because its peak never falls.
fn measure(quick: bool) -> Result<Report, String> {
    let rounds = if quick { 5 } else { 25 };
    let sizes = if quick { &rollout::SIZES[..4] } else { &rollout::SIZES[..] };
    let peaks = sizes.iter().map(|size| rollout::peak_bytes(*size, &METER));
    let peaks: Vec<usize> = peaks.collect::<Result<_, _>>()?;
    let mut rollouts = Vec::new();
    for (size, peak) in sizes.iter().zip(peaks) {
        rollouts.push(rollout::measure(*size, quick, peak, &METER)?);
    }
    let events = if quick { 50_000 } else { 200_000 };
    Ok(Report {
        hold: [8, 32, 1_000, 100_000].into_iter().flat_map(|n| hold::compare(n, events, rounds)).collect(),
        bare: bare::compare(rounds),
        rollouts,
        timelines: vec![
            rollout::timeline(rollout::SIZES[0], 4 * rounds)?,
            rollout::timeline(rollout::SIZES[2], rounds)?,
        ],
        threads: batch::threads(if quick { 1_000 } else { 5_000 }, rounds)?,
        conform: batch::conform(rounds.min(5))?,
    })
}
