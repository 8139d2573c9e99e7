//! The table of measures: shares with intervals, and the distribution of each number.

use crate::table::interval;
use analysis::results::{Distributed, Distribution, Summary};
use measures::stats::{Level, Measured, Proportion};
use measures::units::{count, duration, elapsed, expected, percent, percent_of, percentage, whole};
use measures::{Milli, Unit};
use serde::Serialize;

/// A share of runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ShareRow {
    name: String,
    hits: String,
    of: String,
    share: String,
    interval: String,
    /// The interval in percent of a bar: start, length, and the position of the share.
    bar: (f64, f64, f64),
}

/// The distribution of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ValueRow {
    name: &'static str,
    runs: String,
    min: String,
    median: String,
    median_interval: String,
    p95: String,
    p95_interval: String,
    max: String,
}

/// Every share that is not implied by another.
pub(super) fn shares(summary: &Summary) -> Vec<ShareRow> {
    let outcomes = summary.outcomes.iter().filter(|(_, seen)| seen.hits > 0);
    let mut rows: Vec<ShareRow> =
        outcomes.map(|(outcome, seen)| share(format!("outcome: {}", outcome.as_str()), *seen)).collect();
    if summary.rolled_back.hits > 0 {
        rows.push(share("rolled back".into(), summary.rolled_back));
    }
    if summary.facts.deadline.is_some() {
        rows.push(share("the progress deadline fired".into(), summary.deadline.fired));
        if summary.deadline.recovered.hits > 0 {
            rows.push(share("it fired, then there was progress again".into(), summary.deadline.recovered));
        }
    }
    rows.push(share("below the promise at some moment".into(), summary.availability.below_promised_runs));
    if summary.availability.ends_below_promised.hits > 0 {
        rows.push(share("below the promise at the end".into(), summary.availability.ends_below_promised));
    }
    if let Some(service) = &summary.service {
        rows.push(share("requests failed".into(), service.failing_runs));
    }
    let refused = summary.footprint.refusals.iter();
    rows.extend(refused.map(|refused| share(format!("refused: {}", refused.kind.as_str()), refused.runs)));
    rows
}

fn share(name: String, seen: Proportion) -> ShareRow {
    let (low, high) = seen.interval();
    let tenths = |share: f64| (share * 1000.0).round() / 10.0;
    ShareRow {
        name,
        hits: count(seen.hits),
        of: count(seen.of),
        share: percent_of(seen),
        interval: format!("{} to {}", percent(low), percent(high)),
        bar: (tenths(low), tenths(high - low), tenths(seen.share())),
    }
}

/// The distribution of each measure that the register summarizes.
pub(super) fn values(summary: &Summary) -> Vec<ValueRow> {
    let horizon = summary.facts.horizon;
    let listed = summary.measures.0.iter().filter_map(|(measure, values)| {
        let name = measure.label;
        match values.as_ref()? {
            Distributed::Times(times) => row(name, times, |time| elapsed(time, horizon)),
            Distributed::Counts(counts) => row(name, counts, whole),
            Distributed::Numbers(numbers) => row(name, numbers, |number| shown(measure.unit, number)),
        }
    });
    let failed = summary.service.as_ref().and_then(|seen| row("failed requests", &seen.failed, expected));
    listed.chain(failed).collect()
}

fn shown(unit: Unit, number: Milli) -> String {
    match unit {
        Unit::Time => duration(number),
        Unit::Percent => percentage(number),
        Unit::Pods | Unit::PodSeconds => decimal(number),
        // A count with decimals is an expected number.
        Unit::Count | Unit::Flag => expected(number),
    }
}

fn row<T: Measured>(
    name: &'static str,
    values: &Distribution<T>,
    show: impl Fn(T) -> String,
) -> Option<ValueRow> {
    let at = |level: Level| {
        let found = values.quantiles.iter().find(|estimate| estimate.level == level)?;
        Some((show(found.value), interval(&found.bounds, &show)))
    };
    let (median, median_interval) = at(Level::P50)?;
    let (p95, p95_interval) = at(Level::P95)?;
    let (min, max) = (show(values.min), show(values.max));
    Some(ValueRow { name, runs: count(values.of), min, median, median_interval, p95, p95_interval, max })
}

fn decimal(number: Milli) -> String {
    format!("{:.1}", number.as_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::results::{BatchFacts, Collector};
    use measures::field::{Kind, field};
    use measures::measure::{Group, Measure};
    use measures::{Register, testing};

    /// A measure added to the register gets a row of the table.
    #[test]
    fn every_summarized_measure_is_listed() {
        let field = field("more_s", Kind::Number, "s", "more");
        let read = |_: &measures::measure::MeasureInput<'_>| Milli::from_whole(3).into();
        let more = Measure::new(field, "more", "one more", (Group::Deadline, Unit::Time), read);
        let register = Register::standard().and(more.summarized("progressDeadline.moreSeconds"));
        let mut collector = Collector::new(&register);
        let more = register.number("more").unwrap();
        testing::rows_of(&register, 10)
            .into_iter()
            .for_each(|row| collector.add(&row.with(more, Milli::from_whole(3))));
        let facts = BatchFacts {
            scenario: "test".into(),
            description: String::new(),
            seed: 1,
            horizon: Milli::from_whole(1800),
            deadline: None,
            replicas: 10,
            promised: None,
            variant: Vec::new(),
        };
        let summary = collector.conclude(facts, String::new(), Vec::new()).unwrap();
        let listed = values(&summary);
        let row = listed.iter().find(|row| row.name == "one more").unwrap();
        assert_eq!((row.runs.as_str(), row.median.as_str()), ("10", "3s"));
    }
}
