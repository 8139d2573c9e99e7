//! The command line of `rollout-lab chart`.

use analysis::results::ResultFile;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  rollout-lab chart results/rolling-update                    every chart that the files can give
  rollout-lab chart results/rolling-update --kind deadline-margin --png --out pictures
  rollout-lab chart before/mine after/mine                    two batches in one picture

The charts `replica-sets` and `pods` are about one run, the one with the median rollout
time; `show` tells any run in words.";

/// `rollout-lab chart`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ChartArgs {
    /// A folder of results
    #[arg(value_name = "RESULTS")]
    pub results: PathBuf,
    /// Another one to compare it with
    #[arg(value_name = "OTHER")]
    pub other: Option<PathBuf>,
    /// What to draw [default: all that there is something to show of]
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
    pub kind: Vec<ChartKind>,
    /// Where to put it [default: the folder `charts` of RESULTS]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Also write PNG
    #[arg(long)]
    pub png: bool,
}

/// A kind of chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// Distribution of the rollout time.
    RolloutTime,
    /// Share of rollouts that are not complete yet, over time.
    Survival,
    /// Mean time by cause.
    WhereTheTimeWent,
    /// Available pods over time.
    AvailablePods,
    /// Least time left on the progress deadline's clock.
    DeadlineMargin,
    /// Sizes before and after a scaling event.
    ProportionalScaling,
    /// Sizes of the `ReplicaSet`s over time, in one run.
    ReplicaSets,
    /// The pods of that run.
    Pods,
    /// Rollout times of two batches.
    Comparison,
}

impl ChartKind {
    /// Those that one folder of results is enough for.
    pub const OF_BATCH: [Self; 8] = [
        Self::RolloutTime,
        Self::Survival,
        Self::WhereTheTimeWent,
        Self::AvailablePods,
        Self::DeadlineMargin,
        Self::ProportionalScaling,
        Self::ReplicaSets,
        Self::Pods,
    ];

    /// The file of results that holds it.
    const fn file(self) -> ResultFile {
        match self {
            Self::RolloutTime => ResultFile::RolloutTimeChart,
            Self::Survival => ResultFile::SurvivalChart,
            Self::WhereTheTimeWent => ResultFile::WhereTheTimeWentChart,
            Self::AvailablePods => ResultFile::AvailablePodsChart,
            Self::DeadlineMargin => ResultFile::DeadlineMarginChart,
            Self::ProportionalScaling => ResultFile::ProportionalScalingChart,
            Self::ReplicaSets => ResultFile::ReplicaSetsChart,
            Self::Pods => ResultFile::PodsChart,
            Self::Comparison => ResultFile::ComparisonChart,
        }
    }

    /// Its name, also the name of its file.
    pub fn as_str(self) -> &'static str {
        self.file().stem()
    }

    const fn help(self) -> &'static str {
        match self {
            Self::RolloutTime => "distribution of the rollout time",
            Self::Survival => "share of rollouts that are not complete yet, over time",
            Self::WhereTheTimeWent => "mean time by cause",
            Self::AvailablePods => "available pods over time, over all runs",
            Self::DeadlineMargin => "how close each run came to its progress deadline",
            Self::ProportionalScaling => "sizes before and after scaling in mid rollout, with exact shares",
            Self::ReplicaSets => "pods stacked by ReplicaSet over time, in one run",
            Self::Pods => "the pods of one run, a row each",
            Self::Comparison => "rollout times of two batches",
        }
    }
}

impl ValueEnum for ChartKind {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [ChartKind; 9] = [
            ChartKind::RolloutTime,
            ChartKind::Survival,
            ChartKind::WhereTheTimeWent,
            ChartKind::AvailablePods,
            ChartKind::DeadlineMargin,
            ChartKind::ProportionalScaling,
            ChartKind::ReplicaSets,
            ChartKind::Pods,
            ChartKind::Comparison,
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()).help(self.help()))
    }
}
