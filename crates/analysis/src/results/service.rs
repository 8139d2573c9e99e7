//! What the clients of a Service met over a batch.

use super::collector::Column;
use crate::results::Distribution;
use measures::stats::Proportion;
use measures::{Milli, ServiceRow};

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

/// Takes in what the clients of a Service met, run by run.
#[derive(Debug, Clone, Default)]
pub(super) struct ServiceCollector {
    runs: u64,
    failing: u64,
    ready_min: Column<i64>,
    serving_min: Column<i64>,
    without_endpoint: Column<Milli>,
    endpoint_astray: Column<Milli>,
    lag_max: Column<Milli>,
    lag_mean: Column<Milli>,
    sent: Column<Milli>,
    failed: Column<Milli>,
    failed_percent: Column<Milli>,
    failed_percent_worst_10s: Column<Milli>,
    causes: [Column<Milli>; 5],
}

/// The causes of failed requests, in the order of the columns.
const CAUSES: [&str; 5] = ["refused", "noEndpoint", "reset", "notReady", "timeout"];

impl ServiceCollector {
    /// Takes in the next run that had a Service.
    pub(super) fn add(&mut self, row: &ServiceRow) {
        self.runs += 1;
        self.failing += u64::from(row.failed() > Milli::ZERO);
        self.ready_min.push(row.endpoints_ready_min.into());
        self.serving_min.push(row.endpoints_serving_min.into());
        self.without_endpoint.push(row.without_endpoint);
        self.endpoint_astray.push(row.endpoint_astray);
        row.endpoint_lag_max.into_iter().for_each(|lag| self.lag_max.push(lag));
        row.endpoint_lag_mean.into_iter().for_each(|lag| self.lag_mean.push(lag));
        self.sent.push(row.requests_sent);
        self.failed.push(row.failed());
        row.failed_percent.into_iter().for_each(|percent| self.failed_percent.push(percent));
        self.failed_percent_worst_10s.push(row.failed_percent_worst_10s);
        let causes = [row.refused, row.no_endpoint, row.reset, row.not_ready, row.timeout];
        for (column, requests) in self.causes.iter_mut().zip(causes) {
            column.push(requests);
        }
    }

    /// All conclusions; `None` if no run had a Service.
    pub(super) fn finish(self) -> Option<ServiceSummary> {
        let [refused, no_endpoint, reset, not_ready, timeout] = self.causes.map(Column::finish);
        let causes = [refused?, no_endpoint?, reset?, not_ready?, timeout?];
        let mut names = CAUSES.into_iter();
        Some(ServiceSummary {
            ready_min: self.ready_min.finish()?,
            serving_min: self.serving_min.finish()?,
            without_endpoint: self.without_endpoint.finish()?,
            endpoint_astray: self.endpoint_astray.finish()?,
            lag_max: self.lag_max.finish(),
            lag_mean: self.lag_mean.finish(),
            sent: self.sent.finish()?,
            failing_runs: Proportion { hits: self.failing, of: self.runs },
            failed: self.failed.finish()?,
            failed_percent: self.failed_percent.finish(),
            failed_percent_worst_10s: self.failed_percent_worst_10s.finish()?,
            causes: causes.map(|cause| (names.next().unwrap_or_default(), cause)),
        })
    }
}
