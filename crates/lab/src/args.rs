//! The command line.

mod chart;
mod learn;
mod plan;
mod shards;
mod show;

pub use chart::{ChartArgs, ChartKind};
pub use learn::LearnArgs;
pub use plan::PlanArgs;
pub use shards::ShardsArgs;
pub use show::{Interesting, Part, ShowArgs, ShowFormat};

use crate::engine::index::ShardChoice;
use analysis::compare::MOST_PAIRS;
use analysis::results::HalfWidth;
use clap::{Parser, Subcommand, ValueEnum};
use measures::Unit;
use measures::question::{Margin, Question};
use measures::units::{go_duration, parse_share};
use scenario::MOST_RUNS;
use simulator::Span;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  rollout-lab plan deploy.yaml
  rollout-lab run scenarios/image-pull-error.yaml
  rollout-lab run scenarios --runs 200 --out /tmp/results
  rollout-lab run scenarios/rolling-update.yaml --seed 7 -o json
  rollout-lab compare today.yaml tomorrow.yaml
  rollout-lab baseline check
  rollout-lab show scenarios/image-pull-error.yaml --run 17
  rollout-lab check my-scenario.yaml deploy.yaml
  rollout-lab explain scenarios/rolling-update.yaml
  rollout-lab schema > scenario.schema.json
  rollout-lab conform crates/lab/tests/conformance --summary

Exit codes: 0 fine, 1 an objective was missed, a recording diverges or a baseline
has moved, 2 wrong input or unwritable output, 130 interrupted.";

/// Rehearse a Kubernetes rollout thousands of times in seeded virtual time.
#[derive(Debug, Parser)]
#[command(name = "rollout-lab", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run replications of scenarios; print a summary, write tables and charts
    Run(RunArgs),
    /// Print a script that runs a batch in shards with Slurm, Kubernetes and others
    Shards(Box<ShardsArgs>),
    /// Join the shards of a batch; the results are those of the batch in one piece
    Merge(MergeArgs),
    /// Draw charts again from the files of a batch, or of two
    Chart(ChartArgs),
    /// Forecast a change of a manifest: no scenario needed
    Plan(PlanArgs),
    /// Learn the weather of a cluster from what kubectl prints
    Learn(LearnArgs),
    /// Run many variants of one scenario in the same weather; find the best setting
    Sweep(SweepArgs),
    /// Compare two scenarios, or two folders of results, run by run
    Compare(CompareArgs),
    /// Save what scenarios do today, and find out later whether anything changed
    Baseline(BaselineArgs),
    /// Advise on progressDeadlineSeconds: false alarms against time to detect
    Deadline(DeadlineArgs),
    /// Run one replication alone and tell it as kubectl would
    Show(ShowArgs),
    /// Validate scenarios or Kubernetes manifests without running them
    Check(CheckArgs),
    /// Print a scenario with everything resolved, every default with its source
    Explain(ExplainArgs),
    /// Print the JSON Schema of scenario files, for editors that complete and check them
    Schema,
    /// List the scenarios of a catalogue by group, with a line or two each
    List(ListArgs),
    /// Replay recordings of the real components of Kubernetes and compare
    Conform(ConformArgs),
    /// Print a script that completes words and options in a shell
    Completions(CompletionsArgs),
}

/// How much is run, and from which seed.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Sampling {
    /// Number of runs, of each scenario or variant [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = runs, allow_negative_numbers = true)]
    pub runs: Option<NonZeroU64>,
    /// Seed of all chance [default: the scenario's]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub seed: Option<u64>,
}

/// How many threads work.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Workers {
    /// Threads; changes the speed and nothing else [default: one per processor that may be used]
    #[arg(long, value_name = "T")]
    pub threads: Option<NonZeroUsize>,
}

/// What is printed.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Printing {
    /// What to print on stdout
    #[arg(short, long, value_enum, default_value_t)]
    pub output: OutputFormat,
    /// No progress bar, no notes, no table
    #[arg(short, long)]
    pub quiet: bool,
}

/// How tables and charts are written.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Tables {
    /// Also write the charts as PNG
    #[arg(long)]
    pub png: bool,
    /// With `parquet` the tables are also written as Parquet (in a binary built with it)
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: TableFormat,
}

const RUN_EXAMPLES: &str = "\
Examples:
  rollout-lab run scenarios/image-pull-error.yaml
  rollout-lab run scenarios --runs 200              every scenario below a folder
  rollout-lab run mine.yaml --seed 7 -o json | jq '.scenarios[0].outcomes'
  rollout-lab run mine.yaml --until-half-width 1% --of rolloutTime:p95
  rollout-lab run mine.yaml --runs 1000000 --resume   go on with what was interrupted
  rollout-lab run mine.yaml --runs 1000000 --shard 2/4 --out parts
  rollout-lab merge parts --out results

Same scenario and seed: same bytes, whatever the number of threads.";

/// `rollout-lab run`.
#[derive(Debug, clap::Args)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunArgs {
    /// Scenario files; a folder stands for every scenario below it
    #[arg(required = true, value_name = "SCENARIO|DIR")]
    pub scenarios: Vec<PathBuf>,
    /// Another value than the files have, as in deployment.spec.replicas=20
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Run on until the interval of a measure is this narrow: `1%`, `2s` or `0.5`; then --runs is the limit
    /// [default: 1000000]
    #[arg(long, value_name = "WIDTH", value_parser = half_width)]
    pub until_half_width: Option<HalfWidth>,
    /// The measure that --until-half-width is about: a share, or a quantile as in `rolloutTime:p95`
    #[arg(long, value_name = "MEASURE", requires = "until_half_width", default_value = "rolloutTime:p50",
          value_parser = Question::aimed)]
    pub of: Question,
    /// Go on with what an interrupted or killed batch has left; the bytes are those of a batch in one go
    #[arg(long)]
    pub resume: bool,
    /// Only the runs k with k mod N = I - 1, into `DIR/<scenario>/shards/`; see `merge` and `shards`. `auto/N` takes I
    /// from the batch engine that started this task, `slurm/N` from Slurm
    #[arg(long, value_name = "I/N", value_parser = ShardChoice::parse,
          conflicts_with_all = ["until_half_width", "png", "format"])]
    pub shard: Option<ShardChoice>,
    /// Folder for the results; each scenario gets a folder in it
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
    /// Runs and seed.
    #[command(flatten)]
    pub sampling: Sampling,
    /// Threads.
    #[command(flatten)]
    pub workers: Workers,
    /// How tables and charts are written.
    #[command(flatten)]
    pub tables: Tables,
    /// What is printed.
    #[command(flatten)]
    pub printing: Printing,
}

/// How tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum TableFormat {
    /// As CSV
    #[default]
    Csv,
    /// As CSV and as Parquet
    Parquet,
}

const MERGE_EXAMPLES: &str = "\
Examples:
  rollout-lab merge parts --out results
  rollout-lab merge machine-1/results machine-2/results --out results
  sbatch --array=$(rollout-lab merge parts --missing) task.sh      only what is missing

Every shard below the folders is taken, in any order; all N shards of a batch must be there.
Exit codes: 0 fine, 1 an objective was missed, 2 shards are missing, broken or of different
batches (it says which to run again), 3 with --missing or --shards: some are to be run again,
130 interrupted.";

/// `rollout-lab merge`.
#[derive(Debug, clap::Args)]
#[command(after_help = MERGE_EXAMPLES)]
pub struct MergeArgs {
    /// Folders with shards
    #[arg(required = true, value_name = "DIR")]
    pub parts: Vec<PathBuf>,
    /// Folder for the results; each scenario gets a folder in it
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
    /// Only print the numbers of the shards to run again, as in `17,90-92`, with exit code 3; nothing if all are there
    #[arg(long)]
    pub missing: bool,
    /// How many shards there must be: missing ones are exit code 3, also if none has ended yet
    #[arg(long, value_name = "M", value_parser = shards::count)]
    pub shards: Option<NonZeroU64>,
    /// How tables and charts are written.
    #[command(flatten)]
    pub tables: Tables,
    /// What is printed.
    #[command(flatten)]
    pub printing: Printing,
}

/// What to print on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OutputFormat {
    /// A table for people
    #[default]
    Table,
    /// The summary as JSON, and nothing else
    Json,
}

const SWEEP_EXAMPLES: &str = "\
Examples:
  rollout-lab sweep scenarios/rolling-update.yaml \\
    --set deployment.spec.strategy.rollingUpdate.maxSurge=0,1,25% \\
    --set deployment.spec.strategy.rollingUpdate.maxUnavailable=0,1,25% --objective rolloutTime
  rollout-lab sweep mine.yaml --latin-hypercube 40 \\
    --set deployment.spec.minReadySeconds=0..60 --set scenario.spec.cluster.nodes=3..12
  rollout-lab sweep mine.yaml --list cells.csv

PATH begins with deployment., replicaSet. or scenario.; list items are chosen by
a key, as in containers[name=web]; null leaves a field unset. A variant that the
API server would refuse is shown as refused. With --objective the exit code is 1
if no variant holds the scenario's objectives.";

/// `rollout-lab sweep`.
#[derive(Debug, clap::Args)]
#[command(after_help = SWEEP_EXAMPLES)]
pub struct SweepArgs {
    /// The scenario
    pub scenario: PathBuf,
    /// What is varied, and how; several make a grid
    #[arg(long, value_name = "PATH=A,B,C", required_unless_present = "list")]
    pub set: Vec<String>,
    /// Not a grid but N variants, spread over ranges as in PATH=5..60
    #[arg(long, value_name = "N", conflicts_with = "list")]
    pub latin_hypercube: Option<NonZeroUsize>,
    /// A CSV file of variants: a header row of paths, a row of values for each
    #[arg(long, value_name = "FILE", conflicts_with = "set")]
    pub list: Option<PathBuf>,
    /// Find the variant that holds the objectives and has the best MEASURE, as in
    /// rolloutTime:p95 or podsPeak
    #[arg(long, value_name = "MEASURE[:QUANTILE]")]
    pub objective: Option<String>,
    /// How sure it must be that the objectives hold, over all variants together
    #[arg(long, value_name = "C", default_value = "0.95", value_parser = confidence)]
    pub confidence: f64,
    /// Folder for the results, in `DIR/<scenario>.sweep/`
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
    /// Also write the charts as PNG
    #[arg(long)]
    pub png: bool,
    /// Runs and seed.
    #[command(flatten)]
    pub sampling: Sampling,
    /// Threads.
    #[command(flatten)]
    pub workers: Workers,
    /// What is printed.
    #[command(flatten)]
    pub printing: Printing,
}

const COMPARE_EXAMPLES: &str = "\
Examples:
  rollout-lab compare today.yaml tomorrow.yaml
  rollout-lab compare mine.yaml --set deployment.spec.strategy.rollingUpdate.maxUnavailable=3
  rollout-lab compare mine.yaml other.yaml --margin rolloutTime:p95=30s --margin ended=0.1%
  rollout-lab compare before/mine after/mine -o json      two folders that `run --out` wrote
  rollout-lab compare today.yaml tomorrow.yaml --out results      with a report to pass on

Both meet the same weather: run K of A is compared with run K of B.

Exit codes: 0 B is not worse, 1 B is worse in something, really and by more than the
margin, 2 wrong input, 130 interrupted.";

/// `rollout-lab compare`.
#[derive(Debug, clap::Args)]
#[command(after_help = COMPARE_EXAMPLES)]
pub struct CompareArgs {
    /// A scenario, or a folder of results
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// What it is compared with [default: the scenario A, changed by --set]
    #[arg(value_name = "B")]
    pub b: Option<PathBuf>,
    /// Another value than the files of B have, as in deployment.spec.replicas=20
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// The smallest difference to care about: `30s`, `0.5`, or `5%` of A (of shares: percentage points)
    #[arg(long, value_name = "MEASURE=SIZE", value_parser = margin)]
    pub margin: Vec<(String, Margin)>,
    /// Also write a report and its figures, into `DIR/<A>.<B>.compare/`
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Runs and seed.
    #[command(flatten)]
    pub sampling: Sampling,
    /// Threads.
    #[command(flatten)]
    pub workers: Workers,
    /// What is printed.
    #[command(flatten)]
    pub printing: Printing,
}

/// Where baselines lie.
pub const BASELINES: &str = "results/baselines";

const BASELINE_EXAMPLES: &str = "\
Examples:
  rollout-lab baseline save                     a file for each scenario of the catalogue
  rollout-lab baseline check                    the same runs again: did anything change?
  rollout-lab baseline check mine.yaml --margin rolloutTime:p95=30s --junit baselines.xml
  rollout-lab baseline accept mine.yaml         what changed is right: renew the baseline

Exit codes: 0 nothing has moved, 1 a measure has moved, really and by more than its
margin, 2 wrong input or unwritable output, 130 interrupted.";

/// `rollout-lab baseline`.
#[derive(Debug, clap::Args)]
#[command(after_help = BASELINE_EXAMPLES)]
pub struct BaselineArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub action: BaselineAction,
}

/// What to do with baselines.
#[derive(Debug, Subcommand)]
pub enum BaselineAction {
    /// Run scenarios and write down what they do
    Save(BaselineSaveArgs),
    /// Run the same runs again and say what changed
    Check(BaselineCheckArgs),
    /// Renew the baselines of everything that changed; new scenarios get one, old ones lose it
    Accept(BaselineAcceptArgs),
}

/// Which scenarios, and where their baselines are.
#[derive(Debug, clap::Args)]
pub struct BaselineScope {
    /// Scenario files or folders [default: all of scenarios, and baselines of scenarios that are gone]
    #[arg(value_name = "SCENARIO|DIR")]
    pub scenarios: Vec<PathBuf>,
    /// Folder of the baselines
    #[arg(long, value_name = "DIR", default_value = BASELINES)]
    pub baselines: PathBuf,
    /// No progress bar, no table
    #[arg(short, long)]
    pub quiet: bool,
    /// Threads.
    #[command(flatten)]
    pub workers: Workers,
}

/// `rollout-lab baseline save`.
#[derive(Debug, clap::Args)]
pub struct BaselineSaveArgs {
    /// Which scenarios.
    #[command(flatten)]
    pub scope: BaselineScope,
    /// Number of runs of each, at most 100000 [default: 450]
    #[arg(long, value_name = "N", value_parser = pairs, allow_negative_numbers = true)]
    pub runs: Option<NonZeroU64>,
    /// Seed of all chance [default: the scenario's]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub seed: Option<u64>,
}

/// `rollout-lab baseline check`.
#[derive(Debug, clap::Args)]
pub struct BaselineCheckArgs {
    /// Which scenarios.
    #[command(flatten)]
    pub scope: BaselineScope,
    /// The smallest change to care about: `30s`, `0.5`, or `5%` of what was saved (of shares: percentage
    /// points)
    #[arg(long, value_name = "MEASURE=SIZE", value_parser = margin)]
    pub margin: Vec<(String, Margin)>,
    /// A baseline whose scenario is gone, or has another name, is no finding
    #[arg(long)]
    pub allow_missing: bool,
    /// Also write a report for CI systems.
    #[arg(long, value_name = "FILE", help = "Also write JUnit XML: a test case for each scenario")]
    pub junit: Option<PathBuf>,
    /// Also write tables in Markdown, for a pull request
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Also draw how far each measure has moved, into `baseline-drift.svg`
    #[arg(long, value_name = "DIR")]
    pub charts: Option<PathBuf>,
    /// What to print on stdout
    #[arg(short, long, value_enum, default_value_t)]
    pub output: OutputFormat,
}

/// `rollout-lab baseline accept`.
#[derive(Debug, clap::Args)]
pub struct BaselineAcceptArgs {
    /// Which scenarios.
    #[command(flatten)]
    pub scope: BaselineScope,
}

const DEADLINE_EXAMPLES: &str = "\
Examples:
  rollout-lab deadline mine.yaml --runs 2000
  rollout-lab deadline results/mine --false-alarms 0.1% --svg deadline.svg
  rollout-lab deadline results/mine -o json | jq .progressDeadlineSeconds

A false alarm: the deadline fires in a rollout that ends. One batch answers for every
deadline: when it fires, it is only reported, and the controllers go on as before.";

/// `rollout-lab deadline`.
#[derive(Debug, clap::Args)]
#[command(after_help = DEADLINE_EXAMPLES)]
pub struct DeadlineArgs {
    /// A folder of results, or a scenario, which is run then
    #[arg(value_name = "RESULTS|SCENARIO")]
    pub batch: PathBuf,
    /// How many of the rollouts that end may raise an alarm before
    #[arg(long, value_name = "SHARE", default_value = "1%", value_parser = rate)]
    pub false_alarms: f64,
    /// Also write the curve as CSV
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Also draw the curve as SVG
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Runs and seed.
    #[command(flatten)]
    pub sampling: Sampling,
    /// Threads.
    #[command(flatten)]
    pub workers: Workers,
    /// What is printed.
    #[command(flatten)]
    pub printing: Printing,
}

/// `rollout-lab check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rollout-lab check my-scenario.yaml deploy.yaml\n  rollout-lab check scenarios"
)]
pub struct CheckArgs {
    /// Scenarios or Kubernetes manifests; a folder stands for every scenario below it
    #[arg(required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
}

/// `rollout-lab explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  rollout-lab explain scenarios/rolling-update.yaml")]
pub struct ExplainArgs {
    /// The scenario
    pub scenario: PathBuf,
    /// Another value than the files have, as in deployment.spec.replicas=20
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

/// `rollout-lab list`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rollout-lab list\n  rollout-lab list my-scenarios\n  rollout-lab list -o json"
)]
pub struct ListArgs {
    /// Scenario files or folders
    #[arg(default_value = "scenarios", value_name = "SCENARIO|DIR")]
    pub scenarios: Vec<PathBuf>,
    /// What to print on stdout
    #[arg(short, long, value_enum, default_value_t)]
    pub output: OutputFormat,
}

/// `rollout-lab completions`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  rollout-lab completions bash > ~/.local/share/bash-completion/completions/rollout-lab"
)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

const CONFORM_EXAMPLES: &str = "\
Examples:
  rollout-lab conform crates/lab/tests/conformance
  rollout-lab conform cases.jsonl.gz --summary
  rollout-lab conform cases.jsonl.gz --case c-rolling-0001 -v
  rollout-lab conform cases.jsonl.gz --write ours      our answers, in the recordings' own format
  rollout-lab conform crates/lab/tests/conformance/admission --paths

Exit codes: 0 all cases match, 1 a case diverges, 2 a case cannot be read.";

/// `rollout-lab conform`.
#[derive(Debug, clap::Args)]
#[command(after_help = CONFORM_EXAMPLES)]
pub struct ConformArgs {
    /// Recorded cases: .jsonl or .jsonl.gz files, or folders with such files
    #[arg(required = true, value_name = "CASES")]
    pub cases: Vec<PathBuf>,
    /// Only the case of this name
    #[arg(long, value_name = "NAME")]
    pub case: Option<String>,
    /// Also print the whole timeline of every case, recorded and ours side by side, and list every case that
    /// differs
    #[arg(short, long)]
    pub verbose: bool,
    /// Of objects that the API server refuses, also compare the fields that its validation names
    #[arg(long)]
    pub paths: bool,
    /// Also print the sums by kind and family
    #[arg(long)]
    pub summary: bool,
    /// Write our answers into this folder, in the recordings' own format
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    /// What to print on stdout
    #[arg(short, long, value_enum, default_value_t)]
    pub output: OutputFormat,
}

fn half_width(text: &str) -> Result<HalfWidth, String> {
    let wrong = || "must be more than nothing, as in `1%`, `2s` or `0.5`".to_owned();
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let width = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(HalfWidth::Percent),
        None => number(text).or_else(|| seconds(text)).map(HalfWidth::Absolute),
    };
    width
        .filter(|width| matches!(width, HalfWidth::Percent(w) | HalfWidth::Absolute(w) if *w > 0.0))
        .ok_or_else(wrong)
}

/// The name of a question and its margin.
fn margin(text: &str) -> Result<(String, Margin), String> {
    let (name, size) = text.rsplit_once('=').ok_or("write MEASURE=SIZE, as in rolloutTime:p95=30s")?;
    let question = Question::named(name).map_err(|error| error.to_string())?;
    let wrong = || format!("`{size}` is no size; write `30s`, `0.5` or `5%`");
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    let margin = match (size.strip_suffix('%'), question.unit()) {
        (Some(percent), Unit::Flag) => number(percent).map(|points| Margin::Absolute(points / 100.0)),
        (Some(percent), Unit::Percent) => number(percent).map(Margin::Absolute),
        (Some(percent), _) => number(percent).map(|percent| Margin::Relative(percent / 100.0)),
        (None, _) => number(size).or_else(|| seconds(size)).map(Margin::Absolute),
    };
    Ok((question.name(), margin.ok_or_else(wrong)?))
}

fn seconds(text: &str) -> Option<f64> {
    go_duration::parse(text).ok().map(Span::as_secs_f64)
}

/// A share that is neither nothing nor everything.
fn rate(text: &str) -> Result<f64, String> {
    let inside = parse_share(text).filter(|rate| *rate > 0.0 && *rate < 1.0);
    inside.ok_or_else(|| "must be more than 0% and less than 100%, as in 1% or 0.01".to_owned())
}

fn confidence(text: &str) -> Result<f64, String> {
    let inside = parse_share(text).filter(|confidence| (0.5..1.0).contains(confidence));
    inside.ok_or_else(|| "must be at least 50% and less than 100%, as in 0.95 or 95%".to_owned())
}

/// A number of runs that are all held in memory and compared.
fn pairs(text: &str) -> Result<NonZeroU64, String> {
    let wrong = format!("must be a whole number between 1 and {MOST_PAIRS}");
    runs(text).ok().filter(|runs| runs.get() <= MOST_PAIRS as u64).ok_or(wrong)
}

fn runs(text: &str) -> Result<NonZeroU64, String> {
    let runs = text.parse().ok().and_then(NonZeroU64::new).filter(|runs| runs.get() <= MOST_RUNS);
    runs.ok_or_else(|| format!("must be a whole number between 1 and {MOST_RUNS}"))
}
