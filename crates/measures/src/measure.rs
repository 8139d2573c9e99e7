//! The numbers of a run by the names that objectives use.

use super::{Elapsed, Milli, Row, ServiceRow};
use simulator::record::Cause;
use std::fmt;

/// A number that every run has, or that some runs lack.
#[derive(Debug)]
pub struct Measure {
    /// The key of the objective.
    pub key: &'static str,
    /// What it is, in words that a bound can follow.
    pub words: &'static str,
    value: Value,
}

/// Where the number stands in a row.
#[derive(Debug)]
enum Value {
    Count(fn(&Row) -> i64),
    /// `None`: it does not apply to this run.
    Time(fn(&Row) -> Option<Elapsed>),
    /// The same for a number of any kind.
    Number(Unit, fn(&Row) -> Option<Milli>),
    /// And for one that only a run with a Service has.
    Service(Unit, fn(&ServiceRow) -> Option<Milli>),
}

/// How a measure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A whole number.
    Count,
    /// A duration.
    Time,
    /// A percentage.
    Percent,
    /// A number with decimals: pods on average, or pod-seconds.
    Number,
}

const fn count(key: &'static str, words: &'static str, value: fn(&Row) -> i64) -> Measure {
    Measure { key, words, value: Value::Count(value) }
}

const fn time(key: &'static str, words: &'static str, value: fn(&Row) -> Option<Elapsed>) -> Measure {
    Measure { key, words, value: Value::Time(value) }
}

const fn service(
    key: &'static str,
    words: &'static str,
    unit: Unit,
    value: fn(&ServiceRow) -> Option<Milli>,
) -> Measure {
    Measure { key, words, value: Value::Service(unit, value) }
}

const fn number(
    key: &'static str,
    words: &'static str,
    unit: Unit,
    value: fn(&Row) -> Option<Milli>,
) -> Measure {
    Measure { key, words, value: Value::Number(unit, value) }
}

/// All measures that an objective can bound. A rollout that does not end, and a deadline that does not
/// fire, count as later than the horizon.
#[rustfmt::skip]
pub static MEASURES: [Measure; 52] = [
    time("rolloutTime", "rollout time", Row::elapsed),
    time("deadlineFirst", "deadline fired first at", |row| Some(row.deadline_first.map_or(Elapsed::BeyondHorizon, Elapsed::Within))),
    time("deadlineMargin", "smallest margin of the deadline", |row| row.deadline_margin.map(Elapsed::Within)),
    count("deadlineRecovered", "recoveries after the deadline", |row| row.deadline_recovered.into()),
    count("availableMin", "fewest available pods", |row| row.available_min.into()),
    time("belowPromised", "time below the promise", |row| Some(Elapsed::Within(row.below_promised))),
    time("longestBelowPromised", "longest stretch below the promise", |row| Some(Elapsed::Within(row.longest_below_promised))),
    time("belowReplicas", "time below the replicas", |row| Some(Elapsed::Within(row.below_replicas))),
    count("podsPeak", "most pods at once", |row| row.pods_peak.into()),
    count("podsPeakWithTerminating", "most pods at once, terminating ones included,", |row| row.pods_peak_with_terminating.into()),
    count("podsCreated", "pods created", |row| row.pods_created.into()),
    count("restarts", "container restarts", |row| row.restarts.into()),
    count("createsRefused", "refused creations of pods", |row| row.creates_refused.into()),
    count("revisionsSuperseded", "rollouts superseded", |row| row.revisions_superseded.into()),
    count("revisionsLeft", "ReplicaSets left at the end", |row| row.replica_sets_left.into()),
    service("endpointsReadyMin", "fewest ready endpoints", Unit::Count, |row| Some(Milli::from_whole(row.endpoints_ready_min.into()))),
    service("endpointsServingMin", "fewest serving endpoints", Unit::Count, |row| Some(Milli::from_whole(row.endpoints_serving_min.into()))),
    service("withoutEndpoint", "time without any endpoint", Unit::Time, |row| Some(row.without_endpoint)),
    service("endpointAstray", "time with an endpoint that cannot answer", Unit::Time, |row| Some(row.endpoint_astray)),
    service("endpointLagMax", "longest way to all proxies", Unit::Time, |row| row.endpoint_lag_max),
    service("endpointLagMean", "mean way to all proxies", Unit::Time, |row| row.endpoint_lag_mean),
    service("requestsFailed", "failed requests of the rollout", Unit::Percent, |row| row.failed_percent),
    service("requestsFailedWorst", "failed requests of the worst 10 s", Unit::Percent, |row| Some(row.failed_percent_worst_10s)),
    service("requestsRefused", "refused requests", Unit::Count, |row| Some(row.refused)),
    service("requestsNoEndpoint", "requests without an endpoint", Unit::Count, |row| Some(row.no_endpoint)),
    service("requestsReset", "requests reset", Unit::Count, |row| Some(row.reset)),
    service("requestsNotReady", "requests to pods that did not listen yet", Unit::Count, |row| Some(row.not_ready)),
    service("requestsTimeout", "requests timed out", Unit::Count, |row| Some(row.timeout)),
    time("timeScheduling", "time booked to scheduling", |row| row.booked(Cause::Scheduling)),
    time("timePull", "time booked to pulls", |row| row.booked(Cause::Pull)),
    time("timePullBackOff", "time booked to pull back-off", |row| row.booked(Cause::PullBackOff)),
    time("timeStart", "time booked to start", |row| row.booked(Cause::Start)),
    time("timeProbe", "time booked to probes", |row| row.booked(Cause::Probe)),
    time("timeMinReady", "time booked to minReadySeconds", |row| row.booked(Cause::MinReady)),
    time("timeQuotaWait", "time booked to quota wait", |row| row.booked(Cause::QuotaWait)),
    time("timeRetryTail", "time booked to retry back-off tail", |row| row.booked(Cause::RetryTail)),
    time("timeCrashLoop", "time booked to crash loop", |row| row.booked(Cause::CrashLoop)),
    time("timeTerminating", "time booked to terminating pods", |row| row.booked(Cause::Terminating)),
    time("timePaused", "time booked to pauses", |row| row.booked(Cause::Paused)),
    time("timeControlPlane", "time booked to control plane", |row| row.booked(Cause::ControlPlane)),
    time("timeHuman", "time booked to waiting for a human", |row| row.booked(Cause::Human)),
    time("timeNothingLeft", "time booked to nothing left to do", |row| row.booked(Cause::NothingLeft)),
    number("availableMean", "mean of the available pods", Unit::Number, |row| row.available_mean),
    number("belowPromisedPod", "pod-seconds below the promise", Unit::Number, |row| Some(row.below_promised_pod)),
    number("belowReplicasPod", "pod-seconds below the replicas", Unit::Number, |row| Some(row.below_replicas_pod)),
    time("longestBelowReplicas", "longest stretch below the replicas", |row| Some(Elapsed::Within(row.longest_below_replicas))),
    number("surgePod", "pod-seconds beyond the replicas", Unit::Number, |row| Some(row.surge_pod)),
    count("apiWrites", "API writes", |row| row.api_writes as i64),
    count("scalings", "scaling events in mid rollout", |row| row.scalings.into()),
    number("scalingLeftoverMax", "largest leftover of a scaling", Unit::Count, |row| row.scaling_leftover_max.map(|pods| Milli::from_whole(pods.abs().into()))),
    number("scalingNewShareRise", "rise of the unproven share in a scaling", Unit::Percent, |row| row.scaling_new_share_rise.map(|rise| rise.max(Milli::ZERO))),
    number("availableEnd", "pods available at the horizon", Unit::Count, |row| row.available_end.map(|pods| Milli::from_whole(pods.into()))),
];

impl Measure {
    /// Its value in a run; `None` if it does not apply there. A count is a number of wholes.
    pub fn of(&self, row: &Row) -> Option<Elapsed> {
        match self.value {
            Value::Count(count) => Some(Elapsed::Within(Milli::from_whole(count(row)))),
            Value::Time(time) => time(row),
            Value::Number(_, number) => number(row).map(Elapsed::Within),
            Value::Service(_, number) => row.service.as_ref().and_then(number).map(Elapsed::Within),
        }
    }

    /// A value as people read it.
    pub fn show(&self, value: Elapsed, horizon: Milli) -> String {
        match (self.unit(), value) {
            (Unit::Count, Elapsed::Within(number)) => {
                crate::words::count(number.thousandths().unsigned_abs() / 1000)
            }
            (Unit::Number, Elapsed::Within(number)) => crate::words::plain(number),
            (Unit::Percent, Elapsed::Within(number)) => crate::words::percentage(number),
            _ => crate::words::elapsed(value, horizon),
        }
    }

    /// How its values are written.
    pub const fn unit(&self) -> Unit {
        match self.value {
            Value::Count(_) => Unit::Count,
            Value::Time(_) => Unit::Time,
            Value::Number(unit, _) | Value::Service(unit, _) => unit,
        }
    }
}

impl PartialEq for Measure {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// Where a number is allowed to lie, both ends included. At least one end is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The lower end.
    pub low: Option<Milli>,
    /// The upper end.
    pub high: Option<Milli>,
}

impl Range {
    /// Whether a number certainly lies in it.
    pub fn holds(&self, value: Elapsed, horizon: Milli) -> bool {
        self.low_holds(value, horizon) && self.high_holds(value)
    }

    /// Whether a number certainly is not too small.
    pub fn low_holds(&self, value: Elapsed, horizon: Milli) -> bool {
        // Of what had not ended at the horizon nobody knows how far beyond it lies.
        self.low.is_none_or(|low| match value {
            Elapsed::Within(value) => value >= low,
            Elapsed::BeyondHorizon => low <= horizon,
        })
    }

    /// Whether a number certainly is not too large.
    pub fn high_holds(&self, value: Elapsed) -> bool {
        self.high.is_none_or(|high| value <= Elapsed::Within(high))
    }

    /// Whether it certainly lies above a number, which is too small then.
    pub fn is_above(&self, value: Elapsed) -> bool {
        self.low.is_some_and(|low| value < Elapsed::Within(low))
    }

    /// Whether it certainly lies below a number, which is too large then.
    pub fn is_below(&self, value: Elapsed, horizon: Milli) -> bool {
        self.high.is_some_and(|high| match value {
            Elapsed::Within(value) => value > high,
            Elapsed::BeyondHorizon => high <= horizon,
        })
    }

    /// `at least 8`, `exactly 3`, `10m to 11m`, with its ends written by `show`.
    pub fn describe<T: fmt::Display>(&self, show: impl Fn(Milli) -> T) -> String {
        match (self.low, self.high) {
            (Some(low), Some(high)) if low == high => format!("exactly {}", show(low)),
            (Some(low), Some(high)) => format!("{} to {}", show(low), show(high)),
            (Some(low), None) => format!("at least {}", show(low)),
            (None, Some(high)) => format!("at most {}", show(high)),
            (None, None) => "of any size".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Elapsed::{BeyondHorizon, Within};

    const HORIZON: Milli = Milli::from_whole(1800);

    fn seconds(seconds: i64) -> Milli {
        Milli::from_whole(seconds)
    }

    #[test]
    fn keys_are_unique() {
        let mut keys: Vec<_> = MEASURES.iter().map(|measure| measure.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), MEASURES.len());
    }

    #[test]
    fn both_ends_belong_to_a_range() {
        let range = Range { low: Some(seconds(10)), high: Some(seconds(20)) };
        let held = [9, 10, 20, 21].map(|value| range.holds(Within(seconds(value)), HORIZON));
        assert_eq!(held, [false, true, true, false]);
        assert!(!range.holds(BeyondHorizon, HORIZON));
    }

    #[test]
    fn what_lies_beyond_the_horizon_is_known_only_up_to_it() {
        let at_least = |low| Range { low: Some(seconds(low)), high: None };
        assert!(at_least(1800).holds(BeyondHorizon, HORIZON));
        assert!(!at_least(1801).holds(BeyondHorizon, HORIZON));
        assert!(!at_least(1801).is_above(BeyondHorizon), "it may be longer than 1801 s");
        let at_most = |high| Range { low: None, high: Some(seconds(high)) };
        assert!(at_most(1800).is_below(BeyondHorizon, HORIZON));
        assert!(!at_most(1801).is_below(BeyondHorizon, HORIZON), "it may be shorter than 1801 s");
        assert!(!at_most(1801).holds(BeyondHorizon, HORIZON));
    }
}
