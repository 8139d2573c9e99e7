//! The command line of `rollout-lab show`.

use clap::ValueEnum;
use measures::units::go_duration;
use simulator::Span;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  rollout-lab show image-pull-error
  rollout-lab show scenarios/rolling-update.yaml --run 17 --at 95s
  rollout-lab show rolling-update --status-at 95s --no-watch
  rollout-lab show rolling-update --only pods,events
  rollout-lab show rolling-update --interesting worst --trace run.json
  rollout-lab show rolling-update -o json | jq '.entries[] | select(.kind == \"Event\")'

Exits 0 whatever the rollout did.";

/// `rollout-lab show`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ShowArgs {
    /// The scenario
    pub scenario: PathBuf,
    /// Another value than the files have, as in deployment.spec.replicas=20
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Number of the run, as in `runs.csv` [default: 0]
    #[arg(long, value_name = "K", conflicts_with = "interesting")]
    pub run: Option<u64>,
    /// Run the scenario's batch, and show the run that is worth a look
    #[arg(long, value_name = "WHICH", value_enum)]
    pub interesting: Option<Interesting>,
    /// Seed of all chance [default: the scenario's]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// The state at this time after t = 0, as `kubectl get` and `describe` show it
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Span>,
    /// What `kubectl rollout status` says that is started at this time
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with_all = ["at", "only"])]
    pub status_at: Option<Span>,
    /// It does not wait, as with `kubectl rollout status --watch=false`
    #[arg(long, requires = "status_at")]
    pub no_watch: bool,
    /// Only these parts; those in order of time are mixed, and not folded
    #[arg(long, value_name = "PARTS", value_enum, value_delimiter = ',', conflicts_with = "at")]
    pub only: Vec<Part>,
    /// Also write a trace that Perfetto and Chrome's tracing page open
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// What to print on stdout
    #[arg(short, long, value_enum, default_value_t)]
    pub output: ShowFormat,
}

/// How `show` tells a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ShowFormat {
    /// The story, for people
    #[default]
    Text,
    /// The story, or with --at the state, as JSON
    Json,
    /// A line for each moment at which a number changed
    Course,
    /// The steps of the controllers, one JSON object per line, as in recorded cases
    Steps,
}

/// A part of what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The story with what many pods do alike in one line
    Story,
    /// What the user does
    Actions,
    /// What goes wrong on purpose
    Faults,
    /// Kubernetes Events
    Events,
    /// Rows of `kubectl get deployments --watch`
    #[value(alias = "deploy")]
    Deployments,
    /// Rows of `kubectl get replicasets --watch`
    #[value(alias = "rs")]
    Replicasets,
    /// Rows of `kubectl get pods --watch`
    Pods,
    /// Lines of `kubectl rollout status`
    Status,
    /// `kubectl rollout history` at the end
    History,
    /// The measures of the run
    Measures,
    /// Where the time went
    Time,
}

/// Which run of a batch is worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Interesting {
    /// The one that `run` calls the worst: by outcome, then by what users missed, then by time
    Worst,
    /// The run with the median rollout time
    Median,
    /// The run that came closest to its progress deadline, or met it first
    Deadline,
    /// The run with the longest stretch below the promised number of pods
    LongestUnavailable,
}

fn moment(text: &str) -> Result<Span, String> {
    go_duration::parse(text).map_err(|_| "write a time such as `95s` or `10m2s`".to_owned())
}
