//! What can be asked of many runs: compared between two batches, or aimed at by one.

use super::{Elapsed, Milli, Row};
use crate::stats::Level;
use simulator::record::Cause;

/// Something that is measured of a run, and what is concluded from it over many runs.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Its key: the one that objectives use, where they know the measure.
    pub key: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// How it is read.
    pub reading: Reading,
    /// What is concluded.
    pub view: View,
    /// Which way is better.
    pub better: Better,
    /// The smallest difference that anyone should care about.
    pub margin: Margin,
}

/// How a measure is read from a row. `None` where it does not apply to the run.
#[derive(Debug, Clone, Copy)]
pub enum Reading {
    /// Yes or no.
    Flag(fn(&Row) -> Option<bool>),
    /// A time or an area.
    Seconds(fn(&Row) -> Option<Elapsed>),
    /// A number of pods or of events.
    Count(fn(&Row) -> Option<Elapsed>),
    /// A number of percent.
    Percent(fn(&Row) -> Option<Elapsed>),
}

/// What is concluded from the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The share of runs.
    Share,
    /// The mean over the runs.
    Mean,
    /// A quantile of the runs.
    Quantile(Level),
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Less of it.
    Lower,
    /// More of it.
    Higher,
    /// Neither: it is a cost or a habit that one may choose.
    Neither,
}

/// A difference that is just large enough to care about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// In the unit of the measure: seconds, pods, percentage points, or a share of 1.
    Absolute(f64),
    /// A share of the value in A.
    Relative(f64),
}

impl Margin {
    /// In the unit of the measure, given the value in A.
    pub fn around(self, value: f64) -> f64 {
        match self {
            Self::Absolute(margin) => margin,
            Self::Relative(share) => share * value.abs(),
        }
    }
}

fn whole(number: impl Into<i64>) -> Elapsed {
    Elapsed::Within(Milli::from_whole(number.into()))
}

const fn ask(
    key: &'static str,
    view: View,
    (better, margin): (Better, Margin),
    meaning: &'static str,
    reading: Reading,
) -> Question {
    Question { key, meaning, reading, view, better, margin }
}

const LOWER: Better = Better::Lower;
const HIGHER: Better = Better::Higher;
const NEITHER: Better = Better::Neither;
/// Assumed: one run in a hundred is what one would change a setting for.
const ONE_PERCENT_OF_RUNS: Margin = Margin::Absolute(0.01);
/// Assumed: nobody plans around a twentieth of a duration.
const A_TWENTIETH: Margin = Margin::Relative(0.05);
/// Assumed: half a pod on average is a pod in every other run.
const HALF_A_POD: Margin = Margin::Absolute(0.5);
/// Assumed: a second on average is below what probes and clients notice.
const A_SECOND: Margin = Margin::Absolute(1.0);
/// Assumed: one request in a thousand, in percentage points.
const ONE_IN_A_THOUSAND: Margin = Margin::Absolute(0.1);
/// Assumed: one request in a hundred, if it is for ten seconds only; in percentage points.
const ONE_IN_A_HUNDRED: Margin = Margin::Absolute(1.0);
/// Assumed: a restart or a refusal in one run of ten.
const ONE_IN_TEN_RUNS: Margin = Margin::Absolute(0.1);

/// The family of measures that `compare` asks about, in the order of its report.
#[rustfmt::skip]
pub const QUESTIONS: [Question; 48] = [
    ask("ended", View::Share, (HIGHER, ONE_PERCENT_OF_RUNS), "rollouts that ended within the horizon", Reading::Flag(|row| row.elapsed().map(|time| time != Elapsed::BeyondHorizon))),
    ask("rolloutTime", View::Quantile(Level::P50), (LOWER, A_TWENTIETH), "rollout time, median", Reading::Seconds(Row::elapsed)),
    ask("rolloutTime", View::Quantile(Level::P95), (LOWER, A_TWENTIETH), "rollout time, 95% quantile", Reading::Seconds(Row::elapsed)),
    ask("deadlineFired", View::Share, (LOWER, ONE_PERCENT_OF_RUNS), "runs in which the progress deadline fired", Reading::Flag(|row| Some(row.deadline_fired()))),
    ask("deadlineFirst", View::Quantile(Level::P50), (NEITHER, A_TWENTIETH), "when the progress deadline fired first, median", Reading::Seconds(|row| Some(row.deadline_first.map_or(Elapsed::BeyondHorizon, Elapsed::Within)))),
    ask("deadlineMargin", View::Mean, (HIGHER, A_TWENTIETH), "smallest time left on the progress clock", Reading::Seconds(|row| row.deadline_margin.map(Elapsed::Within))),
    ask("availableMin", View::Mean, (HIGHER, HALF_A_POD), "fewest available pods at any moment", Reading::Count(|row| Some(whole(row.available_min)))),
    ask("availableMean", View::Mean, (HIGHER, HALF_A_POD), "available pods, averaged over the rollout", Reading::Count(|row| row.available_mean.map(Elapsed::Within))),
    ask("availableEnd", View::Mean, (HIGHER, HALF_A_POD), "pods available at the horizon", Reading::Count(|row| row.available_end.map(whole))),
    ask("endsBelowPromised", View::Share, (LOWER, ONE_PERCENT_OF_RUNS), "runs below the promise at the horizon", Reading::Flag(Row::ends_below_promised)),
    ask("everBelowPromised", View::Share, (LOWER, ONE_PERCENT_OF_RUNS), "runs below the promise at some moment", Reading::Flag(|row| Some(row.below_promised > Milli::ZERO))),
    ask("belowPromised", View::Mean, (LOWER, A_SECOND), "time below the promise", Reading::Seconds(|row| Some(Elapsed::Within(row.below_promised)))),
    ask("belowPromisedPod", View::Mean, (LOWER, A_SECOND), "missing pods times time, against the promise", Reading::Seconds(|row| Some(Elapsed::Within(row.below_promised_pod)))),
    ask("longestBelowPromised", View::Mean, (LOWER, A_SECOND), "longest stretch below the promise", Reading::Seconds(|row| Some(Elapsed::Within(row.longest_below_promised)))),
    ask("belowReplicas", View::Mean, (LOWER, A_TWENTIETH), "time with fewer pods than replicas", Reading::Seconds(|row| Some(Elapsed::Within(row.below_replicas)))),
    ask("podsPeak", View::Mean, (NEITHER, HALF_A_POD), "most pods at a moment", Reading::Count(|row| Some(whole(row.pods_peak)))),
    ask("podsPeakWithTerminating", View::Mean, (NEITHER, HALF_A_POD), "most pods at a moment, terminating ones included", Reading::Count(|row| Some(whole(row.pods_peak_with_terminating)))),
    ask("podsCreated", View::Mean, (NEITHER, HALF_A_POD), "pods created", Reading::Count(|row| Some(whole(row.pods_created)))),
    ask("restarts", View::Mean, (LOWER, ONE_IN_TEN_RUNS), "container restarts", Reading::Count(|row| Some(whole(row.restarts)))),
    ask("createsRefused", View::Mean, (LOWER, ONE_IN_TEN_RUNS), "refused creations of pods", Reading::Count(|row| Some(whole(row.creates_refused)))),
    ask("rolledBack", View::Share, (NEITHER, ONE_PERCENT_OF_RUNS), "runs that went back to an earlier template", Reading::Flag(|row| Some(row.rolled_back))),
    ask("endpointsReadyMin", View::Mean, (HIGHER, HALF_A_POD), "fewest ready endpoints", Reading::Count(|row| row.service.map(|service| whole(service.endpoints_ready_min)))),
    ask("endpointsServingMin", View::Mean, (HIGHER, HALF_A_POD), "fewest serving endpoints", Reading::Count(|row| row.service.map(|service| whole(service.endpoints_serving_min)))),
    ask("withoutEndpoint", View::Mean, (LOWER, A_SECOND), "time without any endpoint", Reading::Seconds(|row| row.service.map(|service| Elapsed::Within(service.without_endpoint)))),
    ask("endpointAstray", View::Mean, (LOWER, A_SECOND), "time with an endpoint that cannot answer", Reading::Seconds(|row| row.service.map(|service| Elapsed::Within(service.endpoint_astray)))),
    ask("endpointLagMax", View::Mean, (LOWER, A_SECOND), "longest way to all proxies", Reading::Seconds(|row| row.service.and_then(|service| service.endpoint_lag_max.map(Elapsed::Within)))),
    ask("endpointLagMean", View::Mean, (LOWER, A_SECOND), "mean way to all proxies", Reading::Seconds(|row| row.service.and_then(|service| service.endpoint_lag_mean.map(Elapsed::Within)))),
    ask("requestsFailed", View::Mean, (LOWER, ONE_IN_A_THOUSAND), "failed requests of the rollout", Reading::Percent(|row| row.service.and_then(|service| service.failed_percent.map(Elapsed::Within)))),
    ask("requestsFailedWorst", View::Mean, (LOWER, ONE_IN_A_HUNDRED), "failed requests of the worst 10 s", Reading::Percent(|row| row.service.map(|service| Elapsed::Within(service.failed_percent_worst_10s)))),
    ask("requestsRefused", View::Mean, (NEITHER, A_TWENTIETH), "refused requests", Reading::Count(|row| row.service.map(|service| Elapsed::Within(service.refused)))),
    ask("requestsNoEndpoint", View::Mean, (NEITHER, A_TWENTIETH), "requests without an endpoint", Reading::Count(|row| row.service.map(|service| Elapsed::Within(service.no_endpoint)))),
    ask("requestsReset", View::Mean, (NEITHER, A_TWENTIETH), "requests reset", Reading::Count(|row| row.service.map(|service| Elapsed::Within(service.reset)))),
    ask("requestsNotReady", View::Mean, (NEITHER, A_TWENTIETH), "requests to pods that did not listen yet", Reading::Count(|row| row.service.map(|service| Elapsed::Within(service.not_ready)))),
    ask("requestsTimeout", View::Mean, (NEITHER, A_TWENTIETH), "requests timed out", Reading::Count(|row| row.service.map(|service| Elapsed::Within(service.timeout)))),
    ask("timeScheduling", View::Mean, (NEITHER, A_SECOND), "time booked to scheduling", Reading::Seconds(|row| row.booked(Cause::Scheduling))),
    ask("timePull", View::Mean, (NEITHER, A_SECOND), "time booked to pulls", Reading::Seconds(|row| row.booked(Cause::Pull))),
    ask("timePullBackOff", View::Mean, (NEITHER, A_SECOND), "time booked to pull back-off", Reading::Seconds(|row| row.booked(Cause::PullBackOff))),
    ask("timeStart", View::Mean, (NEITHER, A_SECOND), "time booked to start", Reading::Seconds(|row| row.booked(Cause::Start))),
    ask("timeProbe", View::Mean, (NEITHER, A_SECOND), "time booked to probes", Reading::Seconds(|row| row.booked(Cause::Probe))),
    ask("timeMinReady", View::Mean, (NEITHER, A_SECOND), "time booked to minReadySeconds", Reading::Seconds(|row| row.booked(Cause::MinReady))),
    ask("timeQuotaWait", View::Mean, (NEITHER, A_SECOND), "time booked to quota wait", Reading::Seconds(|row| row.booked(Cause::QuotaWait))),
    ask("timeRetryTail", View::Mean, (NEITHER, A_SECOND), "time booked to retry back-off tail", Reading::Seconds(|row| row.booked(Cause::RetryTail))),
    ask("timeCrashLoop", View::Mean, (NEITHER, A_SECOND), "time booked to crash loop", Reading::Seconds(|row| row.booked(Cause::CrashLoop))),
    ask("timeTerminating", View::Mean, (NEITHER, A_SECOND), "time booked to terminating pods", Reading::Seconds(|row| row.booked(Cause::Terminating))),
    ask("timePaused", View::Mean, (NEITHER, A_SECOND), "time booked to pauses", Reading::Seconds(|row| row.booked(Cause::Paused))),
    ask("timeControlPlane", View::Mean, (NEITHER, A_SECOND), "time booked to control plane", Reading::Seconds(|row| row.booked(Cause::ControlPlane))),
    ask("timeHuman", View::Mean, (NEITHER, A_SECOND), "time booked to waiting for a human", Reading::Seconds(|row| row.booked(Cause::Human))),
    ask("timeNothingLeft", View::Mean, (NEITHER, A_SECOND), "time booked to nothing left to do", Reading::Seconds(|row| row.booked(Cause::NothingLeft))),
];

impl Question {
    /// The name that people use: `rolloutTime:p95`, `deadlineFired`, `restarts`.
    pub fn name(&self) -> String {
        match self.view {
            View::Quantile(level) => format!("{}:{level}", self.key),
            View::Share | View::Mean => self.key.to_owned(),
        }
    }

    /// The measure of that name, one of [`QUESTIONS`]; `rolloutTime` alone means its median.
    ///
    /// # Errors
    /// Says which names there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let found = QUESTIONS.into_iter().find(|question| question.name() == name || question.key == name);
        found.ok_or_else(|| unknown(name, QUESTIONS.iter().map(Self::name)))
    }

    /// The number of a run; `None` where it does not apply, and of what is yes or no.
    pub fn number(&self, row: &Row) -> Option<Elapsed> {
        match self.reading {
            Reading::Flag(_) => None,
            Reading::Seconds(read) | Reading::Count(read) | Reading::Percent(read) => read(row),
        }
    }

    /// A share, or a quantile of a number: what has an interval that holds at any look. `NAME:p95` is a
    /// quantile, a number's `NAME` alone its median.
    ///
    /// # Errors
    /// Says which names and quantiles there are.
    pub fn aimed(text: &str) -> Result<Self, String> {
        let (key, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
        let Some(question) = QUESTIONS.into_iter().find(|question| question.key == key) else {
            return Err(unknown(key, QUESTIONS.iter().map(|question| question.key.to_owned())));
        };
        match (question.reading, level) {
            (Reading::Flag(_), None) => Ok(question),
            (Reading::Flag(_), Some(_)) => Err(format!("`{key}` is yes or no and has no quantiles")),
            (_, None) => Ok(Self { view: View::Quantile(Level::P50), ..question }),
            (_, Some(level)) => Level::parse(level)
                .map(|level| Self { view: View::Quantile(level), ..question })
                .ok_or_else(|| format!("`{level}` is no quantile; write `p50`, `p95` or `p99.9`")),
        }
    }
}

fn unknown(name: &str, known: impl Iterator<Item = String>) -> String {
    let mut known: Vec<String> = known.collect();
    known.dedup();
    let close = known
        .iter()
        .max_by(|one, other| strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name)));
    let close = close.cloned().unwrap_or_default();
    format!("there is no measure `{name}`; did you mean `{close}`? There are {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MEASURES;

    /// One word for one thing: what objectives and sweeps call by a name is called so here.
    #[test]
    fn keys_mean_what_they_mean_in_objectives() {
        let rows = crate::testing::rows(20);
        for question in QUESTIONS {
            let Some(measure) = MEASURES.iter().find(|measure| measure.key == question.key) else { continue };
            for row in &rows {
                assert_eq!(question.number(row), measure.of(row), "{}", question.key);
            }
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for question in QUESTIONS {
            assert_eq!(Question::named(&question.name()).unwrap().view, question.view);
        }
        assert_eq!(Question::named("rolloutTime").unwrap().name(), "rolloutTime:p50");
        let typo = Question::named("roloutTime").unwrap_err();
        assert!(typo.contains("did you mean `rolloutTime:p95`?"), "{typo}");
    }

    #[test]
    fn one_aims_at_shares_and_quantiles() {
        assert_eq!(Question::aimed("belowReplicas:p99.9").unwrap().name(), "belowReplicas:p99.9");
        assert_eq!(Question::aimed("restarts").unwrap().name(), "restarts:p50");
        assert_eq!(Question::aimed("ended").unwrap().name(), "ended");
        for wrong in ["ended:p50", "rolloutTime:95", "rolloutTime:p0", "rolloutTime:p100", "speed"] {
            assert!(Question::aimed(wrong).is_err(), "{wrong}");
        }
    }
}
