//! The conclusions from the rows of a batch.

use crate::results::{Refusals, ServiceSummary, Stopping, WhereTimeWent};
use measures::stats::{Bounds, Level, Measured, Proportion, Sample, SurvivalStep};
use measures::{Elapsed, Measure, Milli};
use simulator::record::Outcome;

/// The facts of a batch that are not in its rows.
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
    /// Pods that the spec at the start promises; `None` if it promises none.
    pub promised: Option<i32>,
    /// Values that replace values of the scenario's file, in the form of `--set`.
    pub variant: Vec<String>,
}

/// All conclusions from one batch.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The facts of the batch.
    pub facts: BatchFacts,
    /// Number of runs.
    pub runs: u64,
    /// Hash of all runs.
    pub digest: String,
    /// How often each outcome happened, in the order of [`Outcome::ALL`].
    pub outcomes: Vec<(Outcome, Proportion)>,
    /// Runs in which the Deployment returned to an earlier template.
    pub rolled_back: Proportion,
    /// The rollout itself; `None` if no run had one.
    pub rollout: Option<Rollout>,
    /// Time of the rollouts by cause; `None` if no run had one.
    pub time: Option<WhereTimeWent>,
    /// The progress deadline.
    pub deadline: Deadline,
    /// Available pods.
    pub availability: Availability,
    /// Pods, restarts and refused calls.
    pub footprint: Footprint,
    /// Runs with a scaling event during the rollout; `None` if there are none.
    pub scaled: Option<Proportion>,
    /// Measures of the clients of the Service; `None` without one.
    pub service: Option<ServiceSummary>,
    /// The distributions of all measures that the register summarizes.
    pub measures: Measures,
    /// The scenario's objectives, evaluated.
    pub objectives: Vec<EvaluatedObjective>,
    /// The worst run; `None` without runs.
    pub worst: Option<WorstRun>,
    /// The run that the charts show in detail; `None` if there is none.
    pub example: Option<ExampleRun>,
    /// Why the batch has this number of runs; `None` if the number was given.
    pub stopping: Option<Stopping>,
    /// The number of runs asked for, if the batch was interrupted.
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
    pub survival: Vec<SurvivalStep<Milli>>,
}

/// The progress deadline.
#[derive(Debug, Clone, PartialEq)]
pub struct Deadline {
    /// Runs in which it fired.
    pub fired: Proportion,
    /// Runs in which it fired and progress followed.
    pub recovered: Proportion,
    /// When it fired first, over the runs in which it fired.
    pub first_fired: Option<Distribution<Milli>>,
    /// The smallest time left on the clock, over the runs in which it ran.
    pub margin: Option<Distribution<Milli>>,
}

/// Available pods.
#[derive(Debug, Clone, PartialEq)]
pub struct Availability {
    /// The fewest at any moment.
    pub min: Distribution<i64>,
    /// Time-weighted over the rollout; `None` if no run had one.
    pub mean: Option<Distribution<Milli>>,
    /// Time-weighted over all rollouts together; `None` unless each of them ended.
    pub mean_over_time: Option<MeanEstimate>,
    /// At the horizon; `None` for rows of a version that did not measure it.
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

/// Pods, restarts and refused calls.
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
    /// Refused calls by reason, of the reasons that occurred.
    pub refusals: Vec<Refusals>,
}

/// The distributions of the measures, in the order of the register.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures(pub Vec<(Measure, Option<Distributed>)>);

/// The distribution of a measure by the kind of its values.
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
    /// The distribution of a measure; `None` if it applies to no run.
    pub fn of(&self, measure: &Measure) -> Option<&Distributed> {
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
    /// Number of runs that have a value.
    pub of: u64,
    /// The relative error of a quantile: zero for at most 100,000 runs.
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
    /// The level.
    pub level: Level,
    /// The quantile of the runs.
    pub value: T,
    /// Its confidence interval.
    pub bounds: Bounds<T>,
}

/// A mean, in the unit of the file: seconds, pods, pod-seconds or a count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanEstimate {
    /// The mean of the runs.
    pub value: f64,
    /// Its confidence interval; `None` with a single run.
    pub bounds: Option<(f64, f64)>,
}

/// An objective of the scenario and its evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluatedObjective {
    /// The demand, in words.
    pub text: String,
    /// The observation, in words.
    pub seen: String,
    /// Whether it holds.
    pub verdict: ObjectiveVerdict,
    /// If it is undecided: the approximate number of further runs that would decide, if they are like these. `None` if it
    /// cannot be estimated.
    pub more_runs: Option<u64>,
}

/// The verdict on the interval, not on the estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectiveVerdict {
    /// The whole interval is on the good side.
    Met,
    /// The whole interval is on the bad side.
    Missed,
    /// The interval contains the limit: more runs are needed.
    Undecided,
}

impl ObjectiveVerdict {
    /// The word used in tables and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Undecided => "undecided",
        }
    }
}

/// The worst run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorstRun {
    /// Its number.
    pub run: u64,
    /// Its outcome.
    pub outcome: Outcome,
    /// How long its rollout took, if it had one.
    pub rollout: Option<Elapsed>,
    /// The fewest available pods in it.
    pub available_min: i64,
}

/// Times of the pods of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleRun {
    /// Its number.
    pub run: u64,
    /// Pods created in it.
    pub created: u64,
    /// Pods of these that became available.
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
        self.objectives.iter().any(|objective| objective.verdict == ObjectiveVerdict::Missed)
    }
}
