//! What the rows of a batch amount to.

use crate::results::{Refusals, ServiceSummary, Stopping, WhereTimeWent};
use measures::stats::{Bounds, Level, Measured, Proportion, Sample, Step};
use measures::{Elapsed, Measure, Milli};
use simulator::record::Outcome;

/// What is known of a batch beside its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchFacts {
    /// The scenario's name.
    pub scenario: String,
    /// One line about it.
    pub description: String,
    /// The seed of all runs.
    pub seed: u64,
    /// End of the observation.
    pub horizon: Milli,
    /// `progressDeadlineSeconds` at the start; `None` if there is no deadline.
    pub deadline: Option<Milli>,
    /// Desired pods at the start.
    pub replicas: i32,
    /// Pods the spec at the start promises; `None` where it promises nothing.
    pub promised: Option<i32>,
    /// Values other than in the scenario's file, as `--set` takes them.
    pub variant: Vec<String>,
}

/// All conclusions from one batch.
#[derive(Debug, Clone)]
pub struct Summary {
    /// What was known before.
    pub facts: BatchFacts,
    /// Number of runs.
    pub runs: u64,
    /// Hash of all runs.
    pub digest: String,
    /// How often each outcome happened, in the order of [`Outcome::ALL`].
    pub outcomes: Vec<(Outcome, Proportion)>,
    /// Runs in which the Deployment went back to an earlier template.
    pub rolled_back: Proportion,
    /// The rollout itself; `None` if no run had one.
    pub rollout: Option<Rollout>,
    /// Where the time of the rollouts went; `None` if no run had one.
    pub time: Option<WhereTimeWent>,
    /// What the progress deadline did.
    pub deadline: Deadline,
    /// How many pods were available.
    pub availability: Availability,
    /// What it cost.
    pub footprint: Footprint,
    /// Runs that were scaled in mid rollout; `None` if there are none.
    pub scaled: Option<Proportion>,
    /// What the clients of the Service met; `None` without one.
    pub service: Option<ServiceSummary>,
    /// The distributions of all measures that the register summarizes.
    pub measures: Measures,
    /// The scenario's objectives, judged.
    pub objectives: Vec<Objective>,
    /// The run to look at first; `None` without runs.
    pub worst: Option<WorstRun>,
    /// The run that the charts show moment by moment; `None` if nobody has told one.
    pub example: Option<ExampleRun>,
    /// Why there are so many runs; `None` if their number was given.
    pub stopping: Option<Stopping>,
    /// How many runs there were to be; `None` unless the batch was interrupted.
    pub interrupted_of: Option<u64>,
}

/// How long rollouts took.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// Runs that finished their rollout within the horizon.
    pub finished: Proportion,
    /// Over all runs that had a rollout.
    pub time: Distribution<Elapsed>,
    /// The probability of taking longer than a time, up to the horizon.
    pub survival: Vec<Step<Milli>>,
}

/// What the progress deadline did.
#[derive(Debug, Clone, PartialEq)]
pub struct Deadline {
    /// Runs in which it fired.
    pub fired: Proportion,
    /// Runs in which it fired and progress came back.
    pub recovered: Proportion,
    /// When it fired first, over the runs in which it fired.
    pub first_fired: Option<Distribution<Milli>>,
    /// The smallest time left on the clock, over the runs in which it ran.
    pub margin: Option<Distribution<Milli>>,
}

/// How many pods were available.
#[derive(Debug, Clone, PartialEq)]
pub struct Availability {
    /// The fewest at any moment.
    pub min: Distribution<i64>,
    /// Time-weighted over the rollout; `None` if no run had one.
    pub mean: Option<Distribution<Milli>>,
    /// Time-weighted over all rollouts together; `None` unless each of them ended.
    pub mean_over_time: Option<MeanEstimate>,
    /// At the horizon; `None` of rows from a version that did not measure it.
    pub end: Option<Distribution<i64>>,
    /// Runs that are below the promise at the horizon.
    pub ends_below_promised: Proportion,
    /// Runs that were below the promise at some moment.
    pub below_promised_runs: Proportion,
    /// Seconds below the promise, over all runs.
    pub below_promised: Distribution<Milli>,
    /// The longest stretch below the promise.
    pub longest_below_promised: Distribution<Milli>,
    /// Seconds with fewer pods than `replicas`.
    pub below_replicas: Distribution<Milli>,
}

/// What it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Footprint {
    /// Most pods at a moment.
    pub pods_peak: Distribution<i64>,
    /// Most pods at a moment, terminating ones included.
    pub pods_peak_with_terminating: Distribution<i64>,
    /// Pods created.
    pub pods_created: Distribution<i64>,
    /// Container restarts.
    pub restarts: Distribution<i64>,
    /// Refused creations.
    pub creates_refused: Distribution<i64>,
    /// Refused calls by reason, those that happened only.
    pub refusals: Vec<Refusals>,
}

/// The distributions of the measures, in the order of the register.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures(pub Vec<(Measure, Option<Distributed>)>);

/// The distribution of a measure by what its values are.
#[derive(Debug, Clone, PartialEq)]
pub enum Distributed {
    /// Whole numbers.
    Counts(Distribution<i64>),
    /// Numbers with decimals.
    Numbers(Distribution<Milli>),
    /// Times that can lie beyond the horizon.
    Times(Distribution<Elapsed>),
}

impl Measures {
    fn of(&self, measure: &Measure) -> Option<&Distributed> {
        self.0.iter().find(|(known, _)| known == measure)?.1.as_ref()
    }

    /// The distribution of whole numbers; `None` if the measure applies to no run.
    pub fn counts(&self, measure: &Measure) -> Option<Distribution<i64>> {
        match self.of(measure)? {
            Distributed::Counts(counts) => Some(counts.clone()),
            Distributed::Numbers(_) | Distributed::Times(_) => None,
        }
    }

    /// The distribution of numbers with decimals; `None` if the measure applies to no run.
    pub fn numbers(&self, measure: &Measure) -> Option<Distribution<Milli>> {
        match self.of(measure)? {
            Distributed::Numbers(numbers) => Some(numbers.clone()),
            Distributed::Counts(_) | Distributed::Times(_) => None,
        }
    }
}

/// Quantiles and mean of one measure with their confidence intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution<T> {
    /// Runs it is taken over.
    pub of: u64,
    /// By which share of itself a quantile may be off: nought up to 100,000 runs.
    pub error: f64,
    /// The mean; `None` where a value is beyond the horizon.
    pub mean: Option<MeanEstimate>,
    /// The smallest value.
    pub min: T,
    /// In ascending order of level.
    pub quantiles: Vec<Estimate<T>>,
    /// The largest value.
    pub max: T,
}

/// One quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate<T> {
    /// Which one.
    pub level: Level,
    /// The quantile of the runs.
    pub value: T,
    /// Where the true one lies.
    pub bounds: Bounds<T>,
}

/// A mean, in the unit of the file: seconds, pods, pod-seconds or a count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanEstimate {
    /// The mean of the runs.
    pub value: f64,
    /// Where the true one lies; `None` with a single run.
    pub bounds: Option<(f64, f64)>,
}

/// An objective of the scenario and what the batch says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objective {
    /// What is demanded, in words.
    pub text: String,
    /// What was seen, in words.
    pub seen: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// If it is undecided: about so many more runs would decide, if the runs go on as they did. `None` if
    /// nobody can say.
    pub more_runs: Option<u64>,
}

/// Judged on the interval, not on the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval is on the good side.
    Met,
    /// The whole interval is on the bad side.
    Missed,
    /// The interval straddles the limit: more runs are needed.
    Undecided,
}

impl Verdict {
    /// The word used in tables and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Undecided => "undecided",
        }
    }
}

/// The run to look at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorstRun {
    /// Its number.
    pub run: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// How long its rollout took, if it had one.
    pub rollout: Option<Elapsed>,
    /// The fewest available pods in it.
    pub available_min: i64,
}

/// What the pods of one run waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleRun {
    /// Its number.
    pub run: u64,
    /// Pods that were created in it.
    pub created: u64,
    /// Those that became available.
    pub available: u64,
    /// Shortest, median and longest time from creation to available; `None` if none became so.
    pub until_available: Option<[Milli; 3]>,
}

impl<T: Measured> Distribution<T> {
    /// The levels that are reported.
    pub const LEVELS: [Level; 4] = [Level::P50, Level::P90, Level::P95, Level::P99];

    /// `None` of an empty sample.
    pub(super) fn new(sample: &Sample<T>, mean: Option<MeanEstimate>) -> Option<Self> {
        let (min, max) = (sample.min()?, sample.max()?);
        let estimate = |level| {
            let bounds = sample.quantile_bounds(level);
            sample.quantile(level).map(|value| Estimate { level, value, bounds })
        };
        let quantiles = Self::LEVELS.into_iter().filter_map(estimate).collect();
        Some(Self { of: sample.len() as u64, error: sample.error(), mean, min, quantiles, max })
    }

    /// The quantile of a reported level; `None` for any other.
    pub fn at(&self, level: Level) -> Option<T> {
        self.quantiles.iter().find(|estimate| estimate.level == level).map(|estimate| estimate.value)
    }
}

impl Summary {
    /// Whether an objective was missed.
    pub fn has_missed_objective(&self) -> bool {
        self.objectives.iter().any(|objective| objective.verdict == Verdict::Missed)
    }
}
