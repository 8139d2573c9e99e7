//! Rows go in one by one, conclusions come out: nothing is kept that grows with the number of runs.

use super::ledger::LedgerCollector;
use super::refusals::RefusalCollector;
use super::service::ServiceCollector;
use super::summary::{
    Availability, BatchFacts, Deadline, Distribution, Footprint, MeanEstimate, Objective, Rollout, Scaling,
    Summary, WorstRun,
};
use measures::stats::{Mean, Measured, Miss, Proportion, Sample, Tally, WeightedMean, kaplan_meier};
use measures::{Elapsed, Milli, Row};
use simulator::record::Outcome;

/// Takes in the rows of a batch in order of run.
#[derive(Debug, Clone, Default)]
pub struct Collector {
    runs: u64,
    outcomes: [u64; 5],
    rolled_back: u64,
    rollout: Column<Elapsed>,
    fired: u64,
    recovered: u64,
    first_fired: Column<Milli>,
    margin: Column<Milli>,
    available_min: Column<i64>,
    available_mean: Column<Milli>,
    available_over_time: WeightedMean,
    available_end: Column<i64>,
    ends_below_promised: Proportion,
    below_promised_runs: u64,
    below_promised: Column<Milli>,
    below_promised_pod: Column<Milli>,
    longest_below_promised: Column<Milli>,
    below_replicas: Column<Milli>,
    below_replicas_pod: Column<Milli>,
    longest_below_replicas: Column<Milli>,
    pods_peak: Column<i64>,
    pods_peak_with_terminating: Column<i64>,
    pods_created: Column<i64>,
    restarts: Column<i64>,
    creates_refused: Column<i64>,
    surge_pod: Column<Milli>,
    api_writes: Column<i64>,
    scalings: Column<i64>,
    scaling_leftover_max: Column<i64>,
    scaling_new_share_rise: Column<Milli>,
    refusals: RefusalCollector,
    service: ServiceCollector,
    time: LedgerCollector,
    worst: Option<Row>,
}

/// The values of one measure.
#[derive(Debug, Clone)]
pub(super) struct Column<T> {
    tally: Tally<T>,
    /// In the unit of [`Measured::number`].
    mean: Mean,
    beyond: u64,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self { tally: Tally::default(), mean: Mean::default(), beyond: 0 }
    }
}

impl<T: Measured + InUnits> Column<T> {
    pub(super) fn push(&mut self, value: T) {
        match value.number() {
            Some(number) => self.mean = self.mean.and(number as f64 / T::PER_UNIT),
            None => self.beyond += 1,
        }
        self.tally.push(value);
    }

    pub(super) fn finish(self) -> Option<Distribution<T>> {
        let mean = mean_estimate(self.mean.value(), self.mean.interval(Miss::ONE_IN_TWENTY));
        Distribution::new(&self.tally.finish(), mean.filter(|_| self.beyond == 0))
    }
}

fn mean_estimate(value: Option<f64>, bounds: Option<(f64, f64)>) -> Option<MeanEstimate> {
    Some(MeanEstimate { value: value?, bounds })
}

/// How many of the whole numbers that samples hold make one unit of the files.
pub(super) trait InUnits {
    const PER_UNIT: f64;
}

impl InUnits for i64 {
    const PER_UNIT: f64 = 1.0;
}

impl InUnits for Milli {
    const PER_UNIT: f64 = 1000.0;
}

impl InUnits for Elapsed {
    const PER_UNIT: f64 = 1000.0;
}

impl Collector {
    /// Takes in the next run.
    pub fn add(&mut self, row: &Row) {
        self.runs += 1;
        self.outcomes[row.outcome as usize] += 1;
        self.rolled_back += u64::from(row.rolled_back);
        self.add_rollout(row);
        self.add_deadline(row);
        self.add_availability(row);
        self.add_footprint(row);
        self.add_scaling(row);
        row.service.iter().for_each(|service| self.service.add(service));
        row.time.iter().for_each(|time| self.time.add(row.outcome, time));
        if self.worst.as_ref().is_none_or(|worst| WorstRun::is_worse(row, worst)) {
            self.worst = Some(row.clone());
        }
    }

    fn add_rollout(&mut self, row: &Row) {
        if let Some(time) = row.elapsed() {
            self.rollout.push(time);
        }
        if let (Some(mean), Some(time)) = (row.available_mean, row.rollout) {
            self.available_over_time = self.available_over_time.and(mean.as_f64(), time.as_f64());
        }
    }

    fn add_deadline(&mut self, row: &Row) {
        self.fired += u64::from(row.deadline_fired());
        self.recovered += u64::from(row.deadline_recovered > 0);
        row.deadline_first.into_iter().for_each(|at| self.first_fired.push(at));
        row.deadline_margin.into_iter().for_each(|margin| self.margin.push(margin));
    }

    fn add_availability(&mut self, row: &Row) {
        self.available_min.push(row.available_min.into());
        row.available_mean.into_iter().for_each(|mean| self.available_mean.push(mean));
        row.available_end.into_iter().for_each(|pods| self.available_end.push(pods.into()));
        if let Some(is_below) = row.ends_below_promised() {
            self.ends_below_promised.of += 1;
            self.ends_below_promised.hits += u64::from(is_below);
        }
        self.below_promised_runs += u64::from(row.below_promised > Milli::ZERO);
        self.below_promised.push(row.below_promised);
        self.below_promised_pod.push(row.below_promised_pod);
        self.longest_below_promised.push(row.longest_below_promised);
        self.below_replicas.push(row.below_replicas);
        self.below_replicas_pod.push(row.below_replicas_pod);
        self.longest_below_replicas.push(row.longest_below_replicas);
    }

    fn add_footprint(&mut self, row: &Row) {
        self.pods_peak.push(row.pods_peak.into());
        self.pods_peak_with_terminating.push(row.pods_peak_with_terminating.into());
        self.pods_created.push(row.pods_created.into());
        self.restarts.push(row.restarts.into());
        self.creates_refused.push(row.creates_refused.into());
        self.surge_pod.push(row.surge_pod);
        self.api_writes.push(row.api_writes as i64);
        self.refusals.add(row.refusals);
    }

    fn add_scaling(&mut self, row: &Row) {
        let (Some(leftover), Some(rise)) = (row.scaling_leftover_max, row.scaling_new_share_rise) else {
            return;
        };
        self.scalings.push(row.scalings.into());
        self.scaling_leftover_max.push(leftover.abs().into());
        self.scaling_new_share_rise.push(rise.max(Milli::ZERO));
    }

    /// All conclusions; `None` without rows.
    pub fn conclude(self, facts: BatchFacts, digest: String, objectives: Vec<Objective>) -> Option<Summary> {
        let of_all = |hits| Proportion { hits, of: self.runs };
        let outcomes = Outcome::ALL.map(|outcome| (outcome, of_all(self.outcomes[outcome as usize])));
        let mean_over_time = self.available_over_time;
        let mean_over_time =
            mean_estimate(mean_over_time.value(), mean_over_time.interval(Miss::ONE_IN_TWENTY));
        Some(Summary {
            runs: self.runs,
            digest,
            outcomes: outcomes.to_vec(),
            rolled_back: of_all(self.rolled_back),
            deadline: Deadline {
                fired: of_all(self.fired),
                recovered: of_all(self.recovered),
                first_fired: self.first_fired.finish(),
                margin: self.margin.finish(),
            },
            availability: Availability {
                min: self.available_min.finish()?,
                mean: self.available_mean.finish(),
                mean_over_time: mean_over_time.filter(|_| self.rollout.beyond == 0),
                end: self.available_end.finish(),
                ends_below_promised: self.ends_below_promised,
                below_promised_runs: of_all(self.below_promised_runs),
                below_promised: self.below_promised.finish()?,
                below_promised_pod: self.below_promised_pod.finish()?,
                longest_below_promised: self.longest_below_promised.finish()?,
                below_replicas: self.below_replicas.finish()?,
                below_replicas_pod: self.below_replicas_pod.finish()?,
                longest_below_replicas: self.longest_below_replicas.finish()?,
            },
            footprint: Footprint {
                pods_peak: self.pods_peak.finish()?,
                pods_peak_with_terminating: self.pods_peak_with_terminating.finish()?,
                pods_created: self.pods_created.finish()?,
                restarts: self.restarts.finish()?,
                creates_refused: self.creates_refused.finish()?,
                surge_pod: self.surge_pod.finish()?,
                api_writes: self.api_writes.finish()?,
                refusals: self.refusals.finish(),
            },
            scaling: scaling(
                self.runs,
                self.scalings,
                self.scaling_leftover_max,
                self.scaling_new_share_rise,
            ),
            service: self.service.finish(),
            time: self.time.finish(),
            rollout: rollout(self.rollout, facts.horizon),
            objectives,
            worst: self.worst.as_ref().map(WorstRun::of),
            example: None,
            stopping: None,
            interrupted_of: None,
            facts,
        })
    }
}

fn scaling(
    runs: u64,
    events: Column<i64>,
    leftover: Column<i64>,
    new_share_rise: Column<Milli>,
) -> Option<Scaling> {
    let events = events.finish()?;
    Some(Scaling {
        runs: Proportion { hits: events.of, of: runs },
        events,
        leftover_max: leftover.finish()?,
        new_share_rise: new_share_rise.finish()?,
    })
}

fn rollout(times: Column<Elapsed>, horizon: Milli) -> Option<Rollout> {
    let finished = Proportion { hits: times.mean.count(), of: times.mean.count() + times.beyond };
    let sample = times.tally.clone().finish();
    let survival = survival(&sample, horizon);
    Some(Rollout { finished, time: times.finish()?, survival })
}

/// What has not ended at the horizon is lost from sight there.
fn survival(times: &Sample<Elapsed>, horizon: Milli) -> Vec<measures::stats::Step<Milli>> {
    let (mut ended, mut lost) = (Vec::new(), Vec::new());
    for (time, runs) in times.counts() {
        match time {
            Elapsed::Within(time) => ended.push((time, runs)),
            Elapsed::BeyondHorizon => lost.push((horizon, runs)),
        }
    }
    kaplan_meier(&ended, &lost, Miss::ONE_IN_TWENTY)
}

impl WorstRun {
    fn of(row: &Row) -> Self {
        let &Row { run, outcome, available_min, .. } = row;
        Self { run, outcome, rollout: row.elapsed(), available_min }
    }

    /// Whether a run hurt more than another: by outcome, then by what users missed, then by time.
    pub fn is_worse(row: &Row, than: &Row) -> bool {
        let pain = |row: &Row| {
            (severity(row.outcome), row.below_promised_pod, -row.available_min, row.elapsed(), row.restarts)
        };
        pain(row) > pain(than)
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
