//! `summary.json`, which is also the output of `-o json`.

use crate::results::{
    Distributed, Distribution, Estimate, EvaluatedObjective, ExampleRun, HalfWidth, MeanEstimate, MeanTime,
    Refusals, Seen, ServiceSummary, Stopping, Summary, WhereTimeWent, WorstRun,
};
use measures::stats::{CONFIDENCE, Proportion};
use measures::{Elapsed, Milli};
use serde::Serialize;
use serde_json::{Map, Value, json};
use simulator::record::{Cause, Outcome};

/// Version of the format of `summary.json`. It increases when a reader of the old format would misread the file.
pub const SCHEMA_VERSION: u32 = 1;

/// The summary as JSON. Times are in seconds. `null` as a quantile means "beyond the horizon"; `null` as an end of
/// an interval means that the runs do not bound it on that side.
pub fn summary_json(summary: &Summary) -> Value {
    let mut root = skeleton(summary);
    for (measure, values) in &summary.measures.0 {
        let Some(place) = measure.summary else { continue };
        let values = values.as_ref().map_or(Value::Null, |values| match values {
            Distributed::Counts(counts) => distribution(counts),
            Distributed::Numbers(numbers) => distribution(numbers),
            Distributed::Times(times) => distribution(times),
        });
        put(&mut root, place.path, values);
    }
    // At the end of its section.
    let refusals = summary.footprint.refusals.iter().map(refusals).collect::<Map<_, _>>();
    put(&mut root, "footprint.refusals", Value::Object(refusals));
    root
}

/// Puts a value at its path. A section that is `null` does not apply to the batch and stays `null`; a missing section
/// is created.
fn put(mut node: &mut Value, path: &str, value: Value) {
    for key in path.split('.') {
        let Value::Object(fields) = node else { return };
        node = fields.entry(key).or_insert_with(|| Value::Object(Map::new()));
    }
    *node = value;
}

/// Everything except the distributions of measures. A key with `null` reserves the position of a measure between
/// other keys.
fn skeleton(summary: &Summary) -> Value {
    let facts = &summary.facts;
    json!({
        "schemaVersion": SCHEMA_VERSION,
        "scenario": facts.scenario,
        "runs": summary.runs,
        "seed": facts.seed,
        "horizonSeconds": facts.horizon,
        "confidence": CONFIDENCE,
        "digest": summary.digest,
        "outcomes": outcomes(summary),
        "rolledBack": proportion(summary.rolled_back),
        "rollout": rollout(summary),
        "whereTheTimeWent": summary.time.as_ref().map(where_the_time_went),
        "progressDeadline": progress_deadline(summary),
        "availability": availability(summary),
        "footprint": {},
        "scaling": summary.scaled.map(|runs| json!({ "happened": proportion(runs) })),
        "service": summary.service.as_ref().map(service),
        "objectives": summary.objectives.iter().map(objective).collect::<Vec<_>>(),
        "worstRun": summary.worst.as_ref().map(worst),
        "exampleRun": summary.example.as_ref().map(example_json),
        "stopping": summary.stopping.as_ref().map(stopping),
        "interrupted": summary.interrupted_of.map(|of| json!({ "finished": summary.runs, "of": of })),
    })
}

/// Reads `exampleRun` of a summary; `None` if it is not valid.
pub fn read_example(known: &Value) -> Option<ExampleRun> {
    let seconds = |times: &Value, key: &str| Milli::time_of_json(&times[key]);
    let times = &known["availableAfterSeconds"];
    let until_available = match (seconds(times, "min"), seconds(times, "median"), seconds(times, "max")) {
        (Some(first), Some(middle), Some(last)) => Some([first, middle, last]),
        _ => None,
    };
    let (created, available) = (known["podsCreated"].as_u64()?, known["podsAvailable"].as_u64()?);
    Some(ExampleRun { run: known["run"].as_u64()?, created, available, until_available })
}

fn example_json(example: &ExampleRun) -> Value {
    let times = |[first, middle, last]: [Milli; 3]| json!({ "min": first, "median": middle, "max": last });
    json!({
        "run": example.run,
        "podsCreated": example.created,
        "podsAvailable": example.available,
        "availableAfterSeconds": example.until_available.map(times),
    })
}

/// JSON for people and diffs: indented, with a newline at the end.
pub fn pretty(value: &impl Serialize) -> String {
    // Keys are texts, so this cannot fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn outcomes(summary: &Summary) -> Value {
    let entry = |(outcome, share): &(Outcome, Proportion)| (outcome.as_str().to_owned(), proportion(*share));
    Value::Object(summary.outcomes.iter().map(entry).collect::<Map<_, _>>())
}

fn rollout(summary: &Summary) -> Value {
    let Some(rollout) = &summary.rollout else {
        return Value::Null;
    };
    json!({
        "finished": proportion(rollout.finished),
    })
}

fn where_the_time_went(time: &WhereTimeWent) -> Value {
    let entry = |(outcome, mean): &(Outcome, MeanTime)| (outcome.as_str().to_owned(), mean_time(mean));
    let mut all = mean_time(&time.all);
    all["byOutcome"] = Value::Object(time.by_outcome.iter().map(entry).collect());
    all
}

fn mean_time(mean: &MeanTime) -> Value {
    let cause = |cause: Cause| {
        let entry =
            json!({ "seconds": six_decimals(mean.of(cause)), "share": six_decimals(mean.share(cause)) });
        (cause.key().to_owned(), entry)
    };
    json!({
        "runs": mean.runs,
        "seconds": six_decimals(mean.total()),
        "causes": Cause::ALL.into_iter().map(cause).collect::<Map<_, _>>(),
    })
}

fn progress_deadline(summary: &Summary) -> Value {
    let deadline = &summary.deadline;
    json!({
        "seconds": summary.facts.deadline,
        "fired": proportion(deadline.fired),
        "recovered": proportion(deadline.recovered),
    })
}

fn availability(summary: &Summary) -> Value {
    let availability = &summary.availability;
    json!({
        "replicas": summary.facts.replicas,
        "promised": summary.facts.promised,
        "min": null,
        "mean": null,
        "meanOverTime": availability.mean_over_time.map(mean),
        "end": null,
        "endsBelowPromised": proportion(availability.ends_below_promised),
        "belowPromised": proportion(availability.below_promised_runs),
    })
}

/// Calls refused for one reason: the share of runs, and the number per run.
fn refusals(refusals: &Refusals) -> (String, Value) {
    let value = json!({"happened": proportion(refusals.runs), "count": distribution(&refusals.count)});
    (refusals.kind.as_str().to_owned(), value)
}

fn service(service: &ServiceSummary) -> Value {
    json!({
        "endpointsReadyMin": null,
        "endpointsServingMin": null,
        "withoutEndpointSeconds": null,
        "endpointAstraySeconds": null,
        "endpointLagMaxSeconds": null,
        "endpointLagMeanSeconds": null,
        "requestsSent": null,
        "requestsFailed": distribution(&service.failed),
        "requestsFailing": proportion(service.failing_runs),
    })
}

fn objective(objective: &EvaluatedObjective) -> Value {
    json!({
        "objective": objective.text,
        "seen": objective.seen,
        "verdict": objective.verdict.as_str(),
        "moreRuns": objective.more_runs,
    })
}

fn worst(worst: &WorstRun) -> Value {
    json!({
        "run": worst.run,
        "outcome": worst.outcome.as_str(),
        "rolloutSeconds": worst.rollout.map(JsonNumber::number),
        "availableMin": worst.available_min,
    })
}

fn proportion(proportion: Proportion) -> Value {
    let (low, high) = proportion.interval();
    json!({
        "runs": proportion.hits,
        "of": proportion.of,
        "share": six_decimals(proportion.share()),
        "low": six_decimals(low),
        "high": six_decimals(high),
    })
}

/// Rounds to six decimals: more are not significant, and the last bits may differ between machines.
fn six_decimals(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

fn distribution<T: JsonNumber>(distribution: &Distribution<T>) -> Value {
    let quantile = |estimate: &Estimate<T>| (estimate.level.to_string(), quantile_json(estimate));
    json!({
        "runs": distribution.of,
        "relativeError": distribution.error,
        "mean": distribution.mean.map(mean),
        "min": distribution.min.number(),
        "quantiles": distribution.quantiles.iter().map(quantile).collect::<Map<_, _>>(),
        "max": distribution.max.number(),
    })
}

fn mean(mean: MeanEstimate) -> Value {
    let (low, high) = (mean.bounds.map(|bounds| bounds.0), mean.bounds.map(|bounds| bounds.1));
    json!({
        "value": six_decimals(mean.value),
        "low": low.map(six_decimals),
        "high": high.map(six_decimals),
    })
}

fn stopping(stopping: &Stopping) -> Value {
    let Stopping { aim, looks, seen, is_reached } = stopping;
    let (value, low, high) = match *seen {
        Seen::Share { share, bounds: (low, high) } => {
            let number = |share: f64| Value::from(six_decimals(share));
            (number(share), number(low), number(high))
        }
        Seen::Quantile { value, bounds } => {
            let number = |end: Option<Elapsed>| Value::from(end.map(JsonNumber::number));
            (number(value), number(bounds.low), number(bounds.high))
        }
    };
    let wanted = match aim.half_width {
        HalfWidth::Percent(percent) => json!({ "percent": percent }),
        HalfWidth::Absolute(wanted) => json!({ "absolute": wanted }),
    };
    json!({
        "measure": aim.question.name(),
        "halfWidth": wanted,
        "reached": is_reached,
        "looks": looks,
        "value": value,
        "low": low,
        "high": high,
    })
}

fn quantile_json<T: JsonNumber>(estimate: &Estimate<T>) -> Value {
    json!({
        "value": estimate.value.number(),
        "low": estimate.bounds.low.map(JsonNumber::number),
        "high": estimate.bounds.high.map(JsonNumber::number),
    })
}

/// A value of a distribution.
trait JsonNumber: Copy {
    fn number(self) -> Value;
}

impl JsonNumber for i64 {
    fn number(self) -> Value {
        self.into()
    }
}

impl JsonNumber for Milli {
    fn number(self) -> Value {
        self.as_f64().into()
    }
}

impl JsonNumber for Elapsed {
    fn number(self) -> Value {
        match self {
            Self::Within(seconds) => seconds.number(),
            Self::BeyondHorizon => Value::Null,
        }
    }
}
