//! The measures of a run that can be compared and aimed at, under the names of their columns.

use super::{Elapsed, Milli, Row};
use crate::stats::Level;

/// Something that is measured of a run, and what is concluded from it over many runs.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// The name of its column in `runs.csv`, or of what is derived from one.
    pub column: &'static str,
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
    /// In the unit of the measure: seconds, pods, or a share of 1.
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

const fn measure(
    column: &'static str,
    view: View,
    (better, margin): (Better, Margin),
    meaning: &'static str,
    reading: Reading,
) -> Measure {
    Measure { column, meaning, reading, view, better, margin }
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
/// Assumed: a restart or a refusal in one run of ten.
const ONE_IN_TEN_RUNS: Margin = Margin::Absolute(0.1);

/// The family of measures that `compare` asks about, in the order of its report.
#[rustfmt::skip]
pub const MEASURES: [Measure; 18] = [
    measure("ended", View::Share, (HIGHER, ONE_PERCENT_OF_RUNS), "rollouts that ended within the horizon", Reading::Flag(|row| row.elapsed().map(|time| time != Elapsed::BeyondHorizon))),
    measure("rollout_s", View::Quantile(Level::P50), (LOWER, A_TWENTIETH), "rollout time, median", Reading::Seconds(Row::elapsed)),
    measure("rollout_s", View::Quantile(Level::P95), (LOWER, A_TWENTIETH), "rollout time, 95% quantile", Reading::Seconds(Row::elapsed)),
    measure("deadline_fired", View::Share, (LOWER, ONE_PERCENT_OF_RUNS), "runs in which the progress deadline fired", Reading::Flag(|row| Some(row.deadline_fired()))),
    measure("deadline_margin_s", View::Mean, (HIGHER, A_TWENTIETH), "smallest time left on the progress clock", Reading::Seconds(|row| row.deadline_margin.map(Elapsed::Within))),
    measure("available_min", View::Mean, (HIGHER, HALF_A_POD), "fewest available pods at any moment", Reading::Count(|row| Some(whole(row.available_min)))),
    measure("available_mean", View::Mean, (HIGHER, HALF_A_POD), "available pods, averaged over the rollout", Reading::Count(|row| row.available_mean.map(Elapsed::Within))),
    measure("below_promised", View::Share, (LOWER, ONE_PERCENT_OF_RUNS), "runs below the promise at some moment", Reading::Flag(|row| Some(row.below_promised > Milli::ZERO))),
    measure("below_promised_s", View::Mean, (LOWER, A_SECOND), "time below the promise", Reading::Seconds(|row| Some(Elapsed::Within(row.below_promised)))),
    measure("below_promised_pod_s", View::Mean, (LOWER, A_SECOND), "missing pods times time, against the promise", Reading::Seconds(|row| Some(Elapsed::Within(row.below_promised_pod)))),
    measure("longest_below_promised_s", View::Mean, (LOWER, A_SECOND), "longest stretch below the promise", Reading::Seconds(|row| Some(Elapsed::Within(row.longest_below_promised)))),
    measure("below_replicas_s", View::Mean, (LOWER, A_TWENTIETH), "time with fewer pods than replicas", Reading::Seconds(|row| Some(Elapsed::Within(row.below_replicas)))),
    measure("pods_peak", View::Mean, (NEITHER, HALF_A_POD), "most pods at a moment", Reading::Count(|row| Some(whole(row.pods_peak)))),
    measure("pods_peak_with_terminating", View::Mean, (NEITHER, HALF_A_POD), "the same with terminating ones", Reading::Count(|row| Some(whole(row.pods_peak_with_terminating)))),
    measure("pods_created", View::Mean, (NEITHER, HALF_A_POD), "pods created", Reading::Count(|row| Some(whole(row.pods_created)))),
    measure("restarts", View::Mean, (LOWER, ONE_IN_TEN_RUNS), "container restarts", Reading::Count(|row| Some(whole(row.restarts)))),
    measure("creates_refused", View::Mean, (LOWER, ONE_IN_TEN_RUNS), "refused creations of pods", Reading::Count(|row| Some(whole(row.creates_refused)))),
    measure("rolled_back", View::Share, (NEITHER, ONE_PERCENT_OF_RUNS), "runs that went back to an earlier template", Reading::Flag(|row| Some(row.rolled_back))),
];

impl Measure {
    /// The name that people use: `rollout_s:p95`, `deadline_fired`, `restarts`.
    pub fn name(&self) -> String {
        match self.view {
            View::Quantile(level) => format!("{}:{level}", self.column),
            View::Share | View::Mean => self.column.to_owned(),
        }
    }

    /// The measure of that name, one of [`MEASURES`]; `rollout_s` alone means its median.
    ///
    /// # Errors
    /// Says which names there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let found = MEASURES.into_iter().find(|measure| measure.name() == name || measure.column == name);
        found.ok_or_else(|| unknown(name, MEASURES.iter().map(Self::name)))
    }

    /// A share, or a quantile of a number: what has an interval that holds at any look. `NAME:p95` is a
    /// quantile, a number's `NAME` alone its median.
    ///
    /// # Errors
    /// Says which names and quantiles there are.
    pub fn aimed(text: &str) -> Result<Self, String> {
        let (column, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
        let Some(measure) = MEASURES.into_iter().find(|measure| measure.column == column) else {
            return Err(unknown(column, MEASURES.iter().map(|measure| measure.column.to_owned())));
        };
        match (measure.reading, level) {
            (Reading::Flag(_), None) => Ok(measure),
            (Reading::Flag(_), Some(_)) => Err(format!("`{column}` is yes or no and has no quantiles")),
            (_, None) => Ok(Self { view: View::Quantile(Level::P50), ..measure }),
            (_, Some(level)) => Level::parse(level)
                .map(|level| Self { view: View::Quantile(level), ..measure })
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
    use crate::write::rows::COLUMNS;

    #[test]
    fn measures_carry_the_names_of_their_columns() {
        for measure in MEASURES {
            let is_column = COLUMNS.iter().any(|column| column.name == measure.column);
            assert!(is_column || ["ended", "below_promised"].contains(&measure.column), "{}", measure.column);
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for measure in MEASURES {
            assert_eq!(Measure::named(&measure.name()).unwrap().view, measure.view);
        }
        assert_eq!(Measure::named("rollout_s").unwrap().name(), "rollout_s:p50");
        let typo = Measure::named("rolout_s").unwrap_err();
        assert!(typo.contains("did you mean `rollout_s:p95`?"), "{typo}");
    }

    #[test]
    fn one_aims_at_shares_and_quantiles() {
        assert_eq!(Measure::aimed("below_replicas_s:p99.9").unwrap().name(), "below_replicas_s:p99.9");
        assert_eq!(Measure::aimed("restarts").unwrap().name(), "restarts:p50");
        assert_eq!(Measure::aimed("ended").unwrap().name(), "ended");
        for wrong in ["ended:p50", "rollout_s:95", "rollout_s:p0", "rollout_s:p100", "speed"] {
            assert!(Measure::aimed(wrong).is_err(), "{wrong}");
        }
    }
}
