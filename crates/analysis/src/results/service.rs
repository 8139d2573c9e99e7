//! Measures of the clients of a Service, over a batch.

use super::collector::MeasureColumn;
use super::summary::{Distributed, Measures};
use crate::results::Distribution;
use measures::stats::Proportion;
use measures::{Measure, Milli, Row, known};

/// Measures of the clients of a Service, over a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSummary {
    /// The fewest ready endpoints at any moment.
    pub ready_min: Distribution<i64>,
    /// Seconds without any endpoint.
    pub without_endpoint: Distribution<Milli>,
    /// Longest time from a change of a pod to the last proxy; `None` if nothing changed in any run.
    pub lag_max: Option<Distribution<Milli>>,
    /// Runs with a failed request, to three decimals.
    pub failing_runs: Proportion,
    /// Failed requests of all causes.
    pub failed: Distribution<Milli>,
    /// Failed requests during the rollout, in percent; `None` if no run had one.
    pub failed_percent: Option<Distribution<Milli>>,
    /// Failed requests of the worst 10 s, in percent.
    pub failed_percent_worst_10s: Distribution<Milli>,
    /// Failed requests by cause: the measure and its distribution.
    pub causes: Vec<(Measure, Distribution<Milli>)>,
}

/// The path of the causes of failed requests in `summary.json`.
const CAUSES: &str = "service.requestsFailedByCause.";

fn is_cause(measure: &Measure) -> bool {
    measure.summary.is_some_and(|summary| summary.path.starts_with(CAUSES))
}

/// Takes in the failed requests of all causes, run by run.
#[derive(Debug, Clone, Default)]
pub(super) struct FailedCollector {
    runs: u64,
    failing: u64,
    failed: MeasureColumn<Milli>,
}

impl FailedCollector {
    /// Takes in the next run.
    pub(super) fn add(&mut self, row: &Row) {
        let Some(failed) = row.requests_failed() else { return };
        self.runs += 1;
        self.failing += u64::from(failed > Milli::ZERO);
        self.failed.push(failed);
    }
}

impl ServiceSummary {
    /// All conclusions; `None` if no run had a Service.
    pub(super) fn of(measures: &Measures, failed: FailedCollector) -> Option<Self> {
        let causes = measures.0.iter().filter(|(measure, _)| is_cause(measure));
        let causes = causes.filter_map(|(measure, values)| match values {
            Some(Distributed::Numbers(numbers)) => Some((*measure, numbers.clone())),
            _ => None,
        });
        Some(Self {
            ready_min: measures.counts(known::ENDPOINTS_READY_MIN)?,
            without_endpoint: measures.numbers(known::WITHOUT_ENDPOINT)?,
            lag_max: measures.numbers(known::ENDPOINT_LAG_MAX),
            failing_runs: Proportion { hits: failed.failing, of: failed.runs },
            failed: failed.failed.finish()?,
            failed_percent: measures.numbers(known::REQUESTS_FAILED),
            failed_percent_worst_10s: measures.numbers(known::REQUESTS_FAILED_WORST_10S)?,
            causes: causes.collect(),
        })
    }
}
