//! What the clients of a Service met in one run.

use crate::Milli;
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
