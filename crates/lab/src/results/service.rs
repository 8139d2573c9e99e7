//! What the clients of a Service met in one run, and over a batch.

use super::{Distribution, Milli, Row};
use crate::stats::Proportion;
use simulator::record::{FailedRequests, ServiceRecord};

/// The columns of `runs.csv` that only a run with a Service fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of runs.csv explain each field")]
pub struct ServiceRow {
    pub endpoints_ready_min: i32,
    pub endpoints_serving_min: i32,
    pub without_endpoint: Milli,
    pub endpoint_astray: Milli,
    pub endpoint_lag_max: Option<Milli>,
    pub endpoint_lag_mean: Option<Milli>,
    pub requests_sent: Milli,
    pub failed_percent: Option<Milli>,
    pub failed_percent_worst_10s: Milli,
    pub refused: Milli,
    pub no_endpoint: Milli,
    pub reset: Milli,
    pub not_ready: Milli,
    pub timeout: Milli,
}

impl ServiceRow {
    /// Failed requests in all.
    pub fn failed(&self) -> Milli {
        let causes = [self.refused, self.no_endpoint, self.reset, self.not_ready, self.timeout];
        Milli::from_thousandths(causes.into_iter().map(Milli::thousandths).sum())
    }
}

impl From<&ServiceRecord> for ServiceRow {
    fn from(record: &ServiceRecord) -> Self {
        let &ServiceRecord { endpoints, failed, .. } = record;
        let FailedRequests { refused, no_endpoint, reset, not_ready, timeout } = failed;
        let percent = |share: f64| Milli::from_f64(share * 100.0);
        Self {
            endpoints_ready_min: endpoints.ready_min,
            endpoints_serving_min: endpoints.serving_min,
            without_endpoint: endpoints.without.into(),
            endpoint_astray: endpoints.astray.into(),
            endpoint_lag_max: endpoints.lag_max.map(Milli::from),
            endpoint_lag_mean: endpoints.lag_mean.map(Milli::from),
            requests_sent: Milli::from_f64(record.requests_sent),
            failed_percent: record.failed_share.map(percent),
            failed_percent_worst_10s: percent(record.worst_ten_seconds),
            refused: Milli::from_f64(refused),
            no_endpoint: Milli::from_f64(no_endpoint),
            reset: Milli::from_f64(reset),
            not_ready: Milli::from_f64(not_ready),
            timeout: Milli::from_f64(timeout),
        }
    }
}

/// What the clients of a Service met over a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSummary {
    /// The fewest ready endpoints at any moment.
    pub ready_min: Distribution<i64>,
    /// The fewest serving ones.
    pub serving_min: Distribution<i64>,
    /// Seconds without any endpoint.
    pub without_endpoint: Distribution<Milli>,
    /// Seconds with an endpoint that could not answer.
    pub endpoint_astray: Distribution<Milli>,
    /// Longest time from a change of a pod to the last proxy; `None` if nothing changed in any run.
    pub lag_max: Option<Distribution<Milli>>,
    /// Mean time.
    pub lag_mean: Option<Distribution<Milli>>,
    /// Requests sent.
    pub sent: Distribution<Milli>,
    /// Runs in which a request failed, as far as three decimals tell.
    pub failing_runs: Proportion,
    /// Failed requests in all.
    pub failed: Distribution<Milli>,
    /// Percent that failed over the rollout; `None` if no run had one.
    pub failed_percent: Option<Distribution<Milli>>,
    /// Percent that failed in the worst 10 s.
    pub failed_percent_worst_10s: Distribution<Milli>,
    /// Failed requests by cause: its name, and the numbers.
    pub causes: [(&'static str, Distribution<Milli>); 5],
}

impl ServiceSummary {
    /// Concludes from the rows; `None` without a Service.
    pub(super) fn new(rows: &[Row]) -> Option<Self> {
        let rows: Vec<ServiceRow> = rows.iter().filter_map(|row| row.service).collect();
        let count = |measure: fn(&ServiceRow) -> i32| {
            Distribution::new(rows.iter().map(|row| i64::from(measure(row))))
        };
        let over = |measure: fn(&ServiceRow) -> Milli| Distribution::new(rows.iter().map(measure));
        let some =
            |measure: fn(&ServiceRow) -> Option<Milli>| Distribution::new(rows.iter().filter_map(measure));
        Some(Self {
            ready_min: count(|row| row.endpoints_ready_min)?,
            serving_min: count(|row| row.endpoints_serving_min)?,
            without_endpoint: over(|row| row.without_endpoint)?,
            endpoint_astray: over(|row| row.endpoint_astray)?,
            lag_max: some(|row| row.endpoint_lag_max),
            lag_mean: some(|row| row.endpoint_lag_mean),
            sent: over(|row| row.requests_sent)?,
            failing_runs: Proportion::count(&rows, |row| row.failed() > Milli::ZERO),
            failed: over(ServiceRow::failed)?,
            failed_percent: some(|row| row.failed_percent),
            failed_percent_worst_10s: over(|row| row.failed_percent_worst_10s)?,
            causes: [
                ("refused", over(|row| row.refused)?),
                ("noEndpoint", over(|row| row.no_endpoint)?),
                ("reset", over(|row| row.reset)?),
                ("notReady", over(|row| row.not_ready)?),
                ("timeout", over(|row| row.timeout)?),
            ],
        })
    }
}
