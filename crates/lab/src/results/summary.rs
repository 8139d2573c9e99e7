//! What the rows of a batch amount to.

use super::{Elapsed, Milli, Row};
use crate::stats::{Bounds, Level, Proportion, Sample};
use simulator::record::{Outcome, RefusalKind};

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
}

/// All conclusions from one batch.
#[derive(Debug, Clone, PartialEq)]
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
    /// What the progress deadline did.
    pub deadline: Deadline,
    /// How many pods were available.
    pub availability: Availability,
    /// What it cost.
    pub footprint: Footprint,
    /// The scenario's objectives, judged.
    pub objectives: Vec<Objective>,
    /// The run to look at first; `None` without runs.
    pub worst: Option<WorstRun>,
}

/// How long rollouts took.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// Runs that finished their rollout within the horizon.
    pub finished: Proportion,
    /// Over all runs that had a rollout.
    pub time: Distribution<Elapsed>,
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
    /// Runs that were below the promise at some moment.
    pub below_promised_runs: Proportion,
    /// Seconds below the promise, over all runs.
    pub below_promised: Distribution<Milli>,
    /// Pod-seconds below the promise.
    pub below_promised_pod: Distribution<Milli>,
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

/// Calls that were refused for one reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusals {
    /// The reason.
    pub kind: RefusalKind,
    /// Runs in which it happened.
    pub runs: Proportion,
    /// How often it happened, over all runs.
    pub count: Distribution<i64>,
}

/// Quantiles of one measure with their confidence intervals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution<T> {
    /// Runs it is taken over.
    pub of: u64,
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

/// An objective of the scenario and what the batch says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objective {
    /// What is demanded, in words.
    pub text: String,
    /// What was seen, in words.
    pub seen: String,
    /// Whether it holds.
    pub verdict: Verdict,
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
    pub available_min: i32,
}

impl<T: Ord + Copy> Distribution<T> {
    /// The levels that are reported.
    pub const LEVELS: [Level; 4] = [Level::P50, Level::P90, Level::P95, Level::P99];

    /// `None` without values.
    pub fn new(values: impl IntoIterator<Item = T>) -> Option<Self> {
        let sample = Sample::new(values);
        let (&min, &max) = (sample.sorted().first()?, sample.sorted().last()?);
        let estimate = |level| {
            let bounds = sample.quantile_bounds(level);
            sample.quantile(level).map(|value| Estimate { level, value, bounds })
        };
        let quantiles = Self::LEVELS.into_iter().filter_map(estimate).collect();
        Some(Self { of: sample.len() as u64, min, quantiles, max })
    }

    /// The quantile of a reported level; `None` for any other.
    pub fn at(&self, level: Level) -> Option<T> {
        self.quantiles.iter().find(|estimate| estimate.level == level).map(|estimate| estimate.value)
    }
}

impl Summary {
    /// Concludes from the rows, which are in order of run; `None` without rows.
    pub fn new(facts: BatchFacts, digest: String, rows: &[Row], objectives: Vec<Objective>) -> Option<Self> {
        Some(Self {
            facts,
            runs: rows.len() as u64,
            digest,
            outcomes: Outcome::ALL.map(|o| (o, Proportion::count(rows, |row| row.outcome == o))).to_vec(),
            rolled_back: Proportion::count(rows, |row| row.rolled_back),
            rollout: Rollout::new(rows),
            deadline: Deadline::new(rows),
            availability: Availability::new(rows)?,
            footprint: Footprint::new(rows)?,
            objectives,
            worst: WorstRun::of(rows),
        })
    }

    /// Whether an objective was missed.
    pub fn has_missed_objective(&self) -> bool {
        self.objectives.iter().any(|objective| objective.verdict == Verdict::Missed)
    }
}

impl Rollout {
    fn new(rows: &[Row]) -> Option<Self> {
        let times: Vec<Elapsed> = rows.iter().filter_map(Row::elapsed).collect();
        let finished = Proportion::count(&times, |&time| time != Elapsed::BeyondHorizon);
        Some(Self { finished, time: Distribution::new(times)? })
    }
}

impl Deadline {
    fn new(rows: &[Row]) -> Self {
        Self {
            fired: Proportion::count(rows, Row::deadline_fired),
            recovered: Proportion::count(rows, |row| row.deadline_recovered > 0),
            first_fired: Distribution::new(rows.iter().filter_map(|row| row.deadline_first)),
            margin: Distribution::new(rows.iter().filter_map(|row| row.deadline_margin)),
        }
    }
}

impl Availability {
    fn new(rows: &[Row]) -> Option<Self> {
        let over = |measure: fn(&Row) -> Milli| Distribution::new(rows.iter().map(measure));
        Some(Self {
            min: Distribution::new(rows.iter().map(|row| i64::from(row.available_min)))?,
            mean: Distribution::new(rows.iter().filter_map(|row| row.available_mean)),
            below_promised_runs: Proportion::count(rows, |row| row.below_promised > Milli::ZERO),
            below_promised: over(|row| row.below_promised)?,
            below_promised_pod: over(|row| row.below_promised_pod)?,
            longest_below_promised: over(|row| row.longest_below_promised)?,
            below_replicas: over(|row| row.below_replicas)?,
        })
    }
}

impl Footprint {
    fn new(rows: &[Row]) -> Option<Self> {
        let over = |measure: fn(&Row) -> i64| Distribution::new(rows.iter().map(measure));
        Some(Self {
            pods_peak: over(|row| row.pods_peak.into())?,
            pods_peak_with_terminating: over(|row| row.pods_peak_with_terminating.into())?,
            pods_created: over(|row| row.pods_created.into())?,
            restarts: over(|row| row.restarts.into())?,
            creates_refused: over(|row| row.creates_refused.into())?,
            refusals: RefusalKind::ALL.into_iter().filter_map(|kind| Refusals::new(kind, rows)).collect(),
        })
    }
}

impl Refusals {
    /// `None` if it never happened.
    fn new(kind: RefusalKind, rows: &[Row]) -> Option<Self> {
        let runs = Proportion::count(rows, |row| row.refusals.of(kind) > 0);
        let count = Distribution::new(rows.iter().map(|row| i64::from(row.refusals.of(kind))));
        (runs.hits > 0).then_some(Self { kind, runs, count: count? })
    }
}

impl WorstRun {
    /// The first of the runs that hurt most: by outcome, then by what users missed, then by time.
    fn of(rows: &[Row]) -> Option<Self> {
        let pain = |row: &Row| {
            (severity(row.outcome), row.below_promised_pod, -row.available_min, row.elapsed(), row.restarts)
        };
        let hurts_more = |worst: &Row, row: &Row| pain(row) > pain(worst);
        let row = rows.iter().reduce(|worst, row| if hurts_more(worst, row) { row } else { worst })?;
        let &Row { run, outcome, available_min, .. } = row;
        Some(Self { run, outcome, rollout: row.elapsed(), available_min })
    }
}

/// Two failures weigh the same: a rollout that hangs unnoticed is no better than one that is reported.
fn severity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::NoRollout | Outcome::Complete => 0,
        Outcome::CompleteAfterDeadline => 1,
        Outcome::Unfinished | Outcome::DeadlineExceeded => 2,
    }
}
