//! Speed of the simulator, compared with a bare event queue and other engines.
//!
//! `cargo run --release -p rollout-lab-benches` prints a table, `-o json` prints JSON instead, and `--json
//! FILE` also writes it to a file. On a noisy machine only the ratios are reliable: compared works run
//! alternately in one process.

mod bare;
mod batch;
mod count;
mod goals;
mod hold;
mod measure;
mod memory;
#[cfg(feature = "peers")]
mod peers;
mod program;
mod queue;
mod report;
mod rollout;
mod trace;
mod work;

use clap::{Parser, ValueEnum};
use memory::MemoryCounter;
use report::BenchReport;
use std::path::PathBuf;
use std::process::ExitCode;
use work::NamedWork;

#[global_allocator]
static METER: MemoryCounter = memory::counter();

/// Measures the speed of the simulator.
#[derive(Debug, Parser)]
struct Args {
    /// Fewer rounds, and no Deployment of 50,000 replicas.
    #[arg(long)]
    quick: bool,
    /// What to print on stdout.
    #[arg(short, long, value_enum, default_value = "table")]
    output: OutputFormat,
    /// Writes the figures to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only runs `rolling-update` with this many replicas, for a profiler
    #[arg(long, value_name = "REPLICAS")]
    profile: Option<i32>,
    /// How many runs `--profile` makes.
    #[arg(long, value_name = "N", default_value_t = 1)]
    runs: u64,
    /// Only counts instructions, with valgrind, and holds them against benches/instructions.json.
    #[arg(long)]
    count: bool,
    /// With `--count`: makes what is counted the reference.
    #[arg(long, requires = "count")]
    accept: bool,
    /// With `--count`: by how much a count may differ from the reference.
    #[arg(long, value_name = "PERCENT", requires = "count", default_value_t = 5.0)]
    tolerance: f64,
    /// Only does this piece of work, which `--count` counts.
    #[arg(long, value_name = "NAME")]
    work: Option<String>,
    /// How often `--work` does it.
    #[arg(long, value_name = "N", default_value_t = 1)]
    times: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    Table,
    Json,
}

fn main() -> ExitCode {
    match execute(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(args: &Args) -> Result<ExitCode, String> {
    if args.count {
        return count::execute(args.accept, args.tolerance);
    }
    if let Some(name) = &args.work {
        let work = NamedWork::named(name).ok_or_else(|| format!("no work is called {name}"))?;
        work.repeat(args.times)?;
    } else if let Some(replicas) = args.profile {
        rollout::profile(replicas, args.runs)?;
    } else {
        report(args)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn report(args: &Args) -> Result<(), String> {
    let report = measure(args.quick)?;
    let json = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
    if let Some(file) = &args.json {
        std::fs::write(file, &json).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    match args.output {
        OutputFormat::Table => print!("{report}"),
        OutputFormat::Json => println!("{json}"),
    }
    Ok(())
}

/// The program comes first, because a process inherits the resident size of its parent. The memory peaks
/// follow in ascending order, because they never fall.
fn measure(quick: bool) -> Result<BenchReport, String> {
    let load_average = measure::load_average();
    let rounds = if quick { 9 } else { 25 };
    let batches: &[u64] = if quick { &[10_000] } else { &[100_000, 10_000] };
    let program = program::measure(batches, rounds).map_err(|error| eprintln!("note: {error}")).ok();
    let sizes = if quick { &rollout::SIZES[..4] } else { &rollout::SIZES[..] };
    let peaks = sizes.iter().map(|size| rollout::peak_bytes(*size, &METER));
    let peaks: Vec<usize> = peaks.collect::<Result<_, _>>()?;
    let rollouts = rollout::measure(sizes, &peaks, rounds, &METER)?;
    let events = if quick { 50_000 } else { 200_000 };
    let mut report = BenchReport {
        load_average,
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        hold: [8, 32, 1_000, 100_000].into_iter().flat_map(|n| hold::compare(n, events, rounds)).collect(),
        bare: bare::compare(rounds),
        rollouts,
        traces: vec![
            trace::compare(rollout::SIZES[0], 20, rounds)?,
            trace::compare(rollout::SIZES[2], 1, rounds)?,
        ],
        threads: batch::threads(if quick { 1_000 } else { 5_000 }, rounds)?,
        conform: batch::conform(rounds.min(5))?,
        program,
        goals: Vec::new(),
    };
    report.goals = goals::goals(&report);
    Ok(report)
}
