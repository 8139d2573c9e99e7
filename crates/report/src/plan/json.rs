//! The output of `plan -o json`.

use super::Replay;
use super::cluster::cluster_json;
use crate::left_out::left_out_json;
use analysis::plan::{Advice, Assumption, Effect, Plan, QuotaRoom, Severity, Warning};
use analysis::results::Summary;
use analysis::tables::summary_json::summary_json;
use measures::question::View;
use measures::stats::CONFIDENCE;
use serde_json::{Map, Value, json};

/// Version of the format. It increases when a reader of the old format would misread it.
const SCHEMA_VERSION: u32 = 1;

/// The forecast as JSON. `null` as a time means "beyond the horizon", `null` as an end of an interval that the runs do
/// not bound it on that side.
pub fn plan_json(plan: &Plan, replay: &Replay<'_>) -> Value {
    let outlooks =
        plan.outlooks.iter().map(|(weather, summary)| (weather.as_str().to_owned(), outlook(summary)));
    json!({
        "schemaVersion": SCHEMA_VERSION,
        "subject": plan.subject,
        "change": plan.change,
        "weather": plan.weather.as_str(),
        "assumed": plan.weather.assumptions().iter().map(assumption).collect::<Vec<_>>(),
        "cluster": cluster_json(&plan.cluster, outlook),
        "remarks": plan.remarks.iter().map(|remark| json!({"kind": remark.kind, "text": remark.text})).collect::<Vec<_>>(),
        "confidence": CONFIDENCE,
        "forecast": summary_json(&plan.summary),
        "weathers": outlooks.collect::<Map<_, _>>(),
        "shareOfChance": plan.chance.map(rounded),
        "quotas": plan.quotas.iter().map(quota).collect::<Vec<_>>(),
        "advice": plan.advice.iter().map(|each| advice(each, plan.pairs)).collect::<Vec<_>>(),
        "leftOut": left_out_json(&plan.left_out),
        "warnings": plan.warnings.iter().map(|each| warning(each, replay)).collect::<Vec<_>>(),
    })
}

fn quota(room: &QuotaRoom) -> Value {
    json!({
        "quota": room.quota,
        "roomForPods": room.pods,
        "podsAskedFor": room.asked,
        "refuses": room.refusal,
    })
}

fn assumption(assumption: &Assumption) -> Value {
    json!({"what": assumption.what, "law": assumption.law, "why": assumption.why})
}

/// The compared measures of a weather; the whole summary of the assumed weather is in `forecast`.
fn outlook(summary: &Summary) -> Value {
    let whole = summary_json(summary);
    json!({"runs": whole["runs"], "rollout": whole["rollout"], "deadlineFired": whole["progressDeadline"]["fired"]})
}

fn advice(advice: &Advice, pairs: u64) -> Value {
    json!({
        "setting": advice.candidate.setting,
        "now": advice.candidate.now,
        "tried": advice.candidate.tried,
        "set": advice.candidate.set,
        "pairs": pairs,
        "effects": advice.effects.iter().map(effect).collect::<Vec<_>>(),
    })
}

fn effect(effect: &Effect) -> Value {
    let finite = |number: f64| number.is_finite().then(|| rounded(number));
    json!({
        "measure": effect.question.name(),
        "meaning": effect.question.meaning(),
        "statistic": match effect.question.view {
            View::Share(_) => "share".to_owned(),
            View::Mean => "mean".to_owned(),
            View::Quantile(level) => level.to_string(),
        },
        "better": effect.is_better,
        "now": effect.values[0].map(rounded),
        "then": effect.values[1].map(rounded),
        "low": finite(effect.bounds.0),
        "high": finite(effect.bounds.1),
    })
}

fn warning(warning: &Warning, replay: &Replay<'_>) -> Value {
    let (low, high) = warning.share.interval();
    json!({
        "kind": warning.kind,
        "text": warning.text,
        "runs": warning.share.hits,
        "of": warning.share.of,
        "low": rounded(low),
        "high": rounded(high),
        "worst": worst(warning.worst),
        "said": warning.said,
        "run": warning.run,
        "replay": replay(warning.run),
    })
}

/// Seconds, percent or a count, by the kind of the warning.
fn worst(severity: Severity) -> Value {
    match severity {
        Severity::Plain => Value::Null,
        Severity::Seconds(number) | Severity::Percent(number) => number.as_f64().into(),
        Severity::Count(times) => times.into(),
    }
}

/// Six decimals: more are not significant.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}
