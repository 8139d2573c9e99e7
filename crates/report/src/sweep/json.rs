//! A sweep as JSON.

use analysis::sweep::{CellOutcome, Direction, Estimated, Figures, Sweep};
use analysis::tables::provenance::TOOL;
use measures::Elapsed;
use measures::stats::Proportion;
use serde_json::{Map, Value, json};

/// Version of the format of a sweep's summary.
const SCHEMA_VERSION: u32 = 1;

/// The content of the table.
pub fn sweep_json(sweep: &Sweep) -> Value {
    json!({
        "tool": TOOL,
        "schemaVersion": SCHEMA_VERSION,
        "scenario": sweep.scenario,
        "seed": sweep.seed,
        "runs": sweep.runs,
        "horizonSeconds": sweep.horizon,
        "paths": sweep.paths,
        "cells": sweep.outcomes.iter().map(|outcome| cell(sweep, outcome)).collect::<Vec<_>>(),
        "front": sweep.front,
        "best": best(sweep),
    })
}

fn cell(sweep: &Sweep, outcome: &CellOutcome) -> Value {
    let set = |(index, path): (usize, &String)| (path.clone(), outcome.cell.value(index).into());
    let settings: Map<String, Value> = sweep.paths.iter().enumerate().map(set).collect();
    match &outcome.result {
        Err(why) => json!({ "set": settings, "refused": why }),
        Ok(figures) => json!({ "set": settings, "figures": self::figures(figures) }),
    }
}

fn figures(figures: &Figures) -> Value {
    json!({
        "complete": share(figures.complete),
        "deadlineFired": share(figures.deadline_fired),
        "rolloutMedianSeconds": figures.rollout_median.map(estimated),
        "rolloutP95Seconds": figures.rollout.map(estimated),
        "availableP05": estimated(figures.available),
        "podsPeakP95": estimated(figures.peak),
        "objectivesHold": figures.holds,
        "digest": figures.digest,
    })
}

fn best(sweep: &Sweep) -> Value {
    let Some((goal, best)) = &sweep.best else { return Value::Null };
    json!({
        "measure": goal.measure.key,
        "quantile": goal.level.to_string(),
        "direction": match goal.direction {
            Direction::Down => "less",
            Direction::Up => "more",
        },
        "cell": best.as_ref().map(|best| best.cell),
        "value": best.as_ref().map(|best| estimated(best.value)),
        "freshRuns": best.as_ref().map(|best| best.runs),
        "asGood": best.as_ref().map(|best| &best.as_good),
    })
}

fn estimated(estimate: Estimated) -> Value {
    json!({
        "value": number(estimate.value),
        "low": estimate.bounds.low.map(number),
        "high": estimate.bounds.high.map(number),
    })
}

/// A value beyond the horizon is `null`.
fn number(value: Elapsed) -> Value {
    match value {
        Elapsed::Within(number) => json!(number),
        Elapsed::BeyondHorizon => Value::Null,
    }
}

fn share(share: Proportion) -> Value {
    let (low, high) = share.interval();
    let rounded = |number: f64| (number * 1e6).round() / 1e6;
    json!({
        "runs": share.hits,
        "share": rounded(share.share()),
        "low": rounded(low),
        "high": rounded(high),
    })
}
