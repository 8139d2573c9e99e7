//! Takes in rows one by one and summarizes them in bounded memory.

use super::ledger::LedgerCollector;
use super::refusals::RefusalCollector;
use super::service::{FailedCollector, ServiceSummary};
use super::summary::{
    Availability, BatchFacts, Deadline, Distributed, Distribution, EvaluatedObjective, Footprint,
    MeanEstimate, Measures, Rollout, Summary, WorstRun,
};
use measures::field::Kind;
use measures::measure::Absent;
use measures::stats::{Mean, Measured, Miss, Proportion, Sample, SampleBuilder, WeightedMean, kaplan_meier};
use measures::{Elapsed, Measure, Milli, Register, Row, known};
use simulator::record::Outcome;

/// Takes in the rows of a batch in order of run.
#[derive(Debug, Clone)]
pub struct Collector {
    runs: u64,
    outcomes: [u64; 5],
    rolled_back: u64,
    fired: u64,
    recovered: u64,
    below_promised: u64,
    ends_below_promised: Proportion,
    available_over_time: WeightedMean,
    /// The measures whose distribution is summarized, in the order of the register.
    measures: Vec<(Measure, MeasureValues)>,
    refusals: RefusalCollector,
    failed: FailedCollector,
    time: LedgerCollector,
    worst: Option<Row>,
}

impl Default for Collector {
    fn default() -> Self {
        Self::new(Register::standard())
    }
}

/// The values of one measure by their kind.
#[derive(Debug, Clone)]
enum MeasureValues {
    Counts(MeasureColumn<i64>),
    Numbers(MeasureColumn<Milli>),
    /// Times that can lie beyond the horizon.
    Times(MeasureColumn<Elapsed>),
}

impl MeasureValues {
    fn of(measure: &Measure) -> Self {
        match (measure.absent, measure.field.kind) {
            (Absent::Unfinished, _) => Self::Times(MeasureColumn::default()),
            (_, Kind::Count) => Self::Counts(MeasureColumn::default()),
            _ => Self::Numbers(MeasureColumn::default()),
        }
    }

    fn add(&mut self, measure: &Measure, row: &Row) {
        if let Self::Times(times) = self {
            return measure.of(row).into_iter().for_each(|time| times.push(time));
        }
        let is_left_out = |number: Milli| {
            number <= Milli::ZERO && measure.summary.is_some_and(|summary| summary.positive_only)
        };
        let Some(number) = measure.number(row).filter(|number| !is_left_out(*number)) else { return };
        match self {
            Self::Counts(counts) => counts.push(number.thousandths() / 1000),
            Self::Numbers(numbers) => numbers.push(number),
            Self::Times(_) => {}
        }
    }

    fn finish(self) -> Option<Distributed> {
        match self {
            Self::Counts(counts) => counts.finish().map(Distributed::Counts),
            Self::Numbers(numbers) => numbers.finish().map(Distributed::Numbers),
            Self::Times(times) => times.finish().map(Distributed::Times),
        }
    }
}

/// The values of one measure.
#[derive(Debug, Clone)]
pub(super) struct MeasureColumn<T> {
    tally: SampleBuilder<T>,
    /// In the unit of [`Measured::number`].
    mean: Mean,
    beyond: u64,
}

impl<T> Default for MeasureColumn<T> {
    fn default() -> Self {
        Self { tally: SampleBuilder::default(), mean: Mean::default(), beyond: 0 }
    }
}

impl<T: Measured + InUnits> MeasureColumn<T> {
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

/// Whole numbers per unit of the files.
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
    /// Summarizes the measures that the register summarizes.
    pub fn new(register: &Register) -> Self {
        let summarized = register.measures().filter(|measure| measure.summary.is_some());
        Self {
            runs: 0,
            outcomes: [0; 5],
            rolled_back: 0,
            fired: 0,
            recovered: 0,
            below_promised: 0,
            ends_below_promised: Proportion::default(),
            available_over_time: WeightedMean::default(),
            measures: summarized.map(|measure| (*measure, MeasureValues::of(measure))).collect(),
            refusals: RefusalCollector::default(),
            failed: FailedCollector::default(),
            time: LedgerCollector::default(),
            worst: None,
        }
    }

    /// Takes in the next run.
    pub fn add(&mut self, row: &Row) {
        self.runs += 1;
        self.outcomes[row.outcome as usize] += 1;
        self.rolled_back += u64::from(row.count(known::ROLLED_BACK) > 0);
        self.fired += u64::from(row.deadline_fired());
        self.recovered += u64::from(row.count(known::DEADLINE_RECOVERED) > 0);
        self.below_promised += u64::from(row.sum(known::BELOW_PROMISED) > Milli::ZERO);
        if let Some(is_below) = row.ends_below_promised() {
            self.ends_below_promised.of += 1;
            self.ends_below_promised.hits += u64::from(is_below);
        }
        if let (Some(mean), Some(time)) = (row.get(known::AVAILABLE_MEAN), row.get(known::ROLLOUT_TIME)) {
            self.available_over_time = self.available_over_time.and(mean.as_f64(), time.as_f64());
        }
        for (measure, values) in &mut self.measures {
            values.add(measure, row);
        }
        self.refusals.add(row.refusals);
        self.failed.add(row);
        row.time_spent().iter().for_each(|time| self.time.add(row.outcome, time));
        if self.worst.as_ref().is_none_or(|worst| WorstRun::is_worse(row, worst)) {
            self.worst = Some(row.clone());
        }
    }

    /// All conclusions; `None` without rows.
    pub fn conclude(
        self,
        facts: BatchFacts,
        digest: String,
        objectives: Vec<EvaluatedObjective>,
    ) -> Option<Summary> {
        let of_all = |hits| Proportion { hits, of: self.runs };
        let outcomes = Outcome::ALL.map(|outcome| (outcome, of_all(self.outcomes[outcome as usize])));
        let over_time = self.available_over_time;
        let over_time = mean_estimate(over_time.value(), over_time.interval(Miss::ONE_IN_TWENTY));
        let times = self.measures.iter().find_map(|(measure, values)| match values {
            MeasureValues::Times(times) if measure == known::ROLLOUT_TIME => Some(times),
            _ => None,
        });
        let all_ended = times.is_none_or(|times| times.beyond == 0);
        let rollout = times.and_then(|times| rollout(times, facts.horizon));
        let measures = self.measures.into_iter().map(|(measure, values)| (measure, values.finish()));
        let measures = Measures(measures.collect());
        Some(Summary {
            runs: self.runs,
            digest,
            outcomes: outcomes.to_vec(),
            rolled_back: of_all(self.rolled_back),
            deadline: Deadline {
                fired: of_all(self.fired),
                recovered: of_all(self.recovered),
                first_fired: measures.numbers(known::DEADLINE_FIRST),
                margin: measures.numbers(known::DEADLINE_MARGIN),
            },
            availability: Availability {
                min: measures.counts(known::AVAILABLE_MIN)?,
                mean: measures.numbers(known::AVAILABLE_MEAN),
                mean_over_time: over_time.filter(|_| all_ended),
                end: measures.counts(known::AVAILABLE_END),
                ends_below_promised: self.ends_below_promised,
                below_promised_runs: of_all(self.below_promised),
                below_promised: measures.numbers(known::BELOW_PROMISED)?,
                longest_below_promised: measures.numbers(known::LONGEST_BELOW_PROMISED)?,
                below_replicas: measures.numbers(known::BELOW_REPLICAS)?,
            },
            footprint: Footprint {
                pods_peak: measures.counts(known::PODS_PEAK)?,
                pods_peak_with_terminating: measures.counts(known::PODS_PEAK_WITH_TERMINATING)?,
                pods_created: measures.counts(known::PODS_CREATED)?,
                restarts: measures.counts(known::RESTARTS)?,
                creates_refused: measures.counts(known::CREATES_REFUSED)?,
                refusals: self.refusals.finish(),
            },
            scaled: measures.counts(known::SCALINGS).map(|events| of_all(events.of)),
            service: ServiceSummary::of(&measures, self.failed),
            time: self.time.finish(),
            rollout,
            objectives,
            worst: self.worst.as_ref().map(WorstRun::of),
            example: None,
            stopping: None,
            interrupted_of: None,
            facts,
            measures,
        })
    }
}

fn rollout(times: &MeasureColumn<Elapsed>, horizon: Milli) -> Option<Rollout> {
    let finished = Proportion { hits: times.mean.count(), of: times.mean.count() + times.beyond };
    let survival = survival(&times.tally.clone().finish(), horizon);
    Some(Rollout { finished, time: times.clone().finish()?, survival })
}

/// A rollout that has not ended is censored at the horizon.
fn survival(times: &Sample<Elapsed>, horizon: Milli) -> Vec<measures::stats::SurvivalStep<Milli>> {
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
        let &Row { run, outcome, .. } = row;
        Self { run, outcome, rollout: row.elapsed(), available_min: row.count(known::AVAILABLE_MIN) }
    }

    /// Whether a run is worse than another: by outcome, then by missing pods, then by time.
    pub fn is_worse(row: &Row, than: &Row) -> bool {
        let pain = |row: &Row| {
            (
                severity(row.outcome),
                row.sum(known::BELOW_PROMISED_POD),
                -row.count(known::AVAILABLE_MIN),
                row.elapsed(),
                row.count(known::RESTARTS),
            )
        };
        pain(row) > pain(than)
    }
}

/// Two failures have the same severity: a rollout that hangs unreported is as bad as a reported one.
fn severity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::NoRollout | Outcome::Complete => 0,
        Outcome::CompleteAfterDeadline => 1,
        Outcome::Unfinished | Outcome::DeadlineExceeded => 2,
    }
}
