//! What `conform` prints: divergences as readable differences, timelines side by side, sums by family.

use super::compare::{Divergence, compare};
use super::{Case, replay};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What became of one case.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The case's name.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// Its family.
    pub family: String,
    /// Our steps.
    pub ours: Vec<Value>,
    /// The recorded steps.
    pub recorded: Vec<Value>,
    /// Where they part, if they do.
    pub divergence: Option<Divergence>,
}

impl Verdict {
    /// Replays a case and compares.
    ///
    /// # Errors
    /// Names the case and what in its script is not understood.
    pub fn of(case: Case) -> Result<Self, String> {
        let ours = replay(&case).map_err(|cause| format!("{}: {cause}", case.name))?;
        let divergence = compare(&case.steps, &ours);
        let family = case.family().to_owned();
        Ok(Self { name: case.name, about: case.about, family, ours, recorded: case.steps, divergence })
    }

    /// Replays many cases, in parallel; the verdicts come in the order of the cases.
    ///
    /// # Errors
    /// All scripts that are not understood.
    pub fn of_all(cases: Vec<Case>) -> Result<Vec<Self>, Vec<String>> {
        let verdicts: Vec<Result<Self, String>> = cases.into_par_iter().map(Self::of).collect();
        let (good, bad): (Vec<_>, Vec<_>) = verdicts.into_iter().partition(Result::is_ok);
        if bad.is_empty() {
            Ok(good.into_iter().filter_map(Result::ok).collect())
        } else {
            Err(bad.into_iter().filter_map(Result::err).collect())
        }
    }

    /// Whether our steps are the recorded ones.
    #[must_use]
    pub const fn matches(&self) -> bool {
        self.divergence.is_none()
    }
}

/// The verdicts for people: each divergence, the timelines if `verbose`, the sums by family if `summary`,
/// and the total in the last line.
#[must_use]
pub fn text(verdicts: &[Verdict], verbose: bool, summary: bool) -> String {
    let mut out = String::new();
    for verdict in verdicts {
        if let Some(divergence) = &verdict.divergence {
            write_divergence(&mut out, verdict, divergence);
        }
        if verbose {
            write_timeline(&mut out, verdict);
        }
    }
    if summary {
        write_families(&mut out, verdicts);
    }
    let matching = verdicts.iter().filter(|verdict| verdict.matches()).count();
    let _ = writeln!(out, "conform: {matching} of {} cases match", verdicts.len());
    out
}

fn write_divergence(out: &mut String, verdict: &Verdict, divergence: &Divergence) {
    let _ = writeln!(out, "{}: {}", verdict.name, verdict.about);
    let _ = write!(out, "  first divergence in step {} at {}", divergence.step + 1, time(divergence.t_ms));
    if divergence.field.is_empty() {
        let missing =
            if divergence.ours.is_none() { "we take no such step" } else { "no such step was recorded" };
        let _ = writeln!(out, ": {missing}");
    } else {
        let _ = writeln!(out, ", field {}", divergence.field);
    }
    for (side, value) in [("recorded", &divergence.recorded), ("ours", &divergence.ours)] {
        let shown = value.as_ref().map_or_else(|| "(absent)".to_owned(), |value| shown(divergence, value));
        let _ = writeln!(out, "    {side:<9} {shown}");
    }
}

/// A whole step is told in a line, a field as it stands in the file.
fn shown(divergence: &Divergence, value: &Value) -> String {
    if divergence.field.is_empty() { step_line(value) } else { value.to_string() }
}

fn time(millis: i64) -> String {
    format!("{}.{:03} s", millis / 1000, millis % 1000)
}

/// The recorded steps and ours, one below the other where they differ.
fn write_timeline(out: &mut String, verdict: &Verdict) {
    let _ = writeln!(out, "{}: {}", verdict.name, verdict.about);
    for index in 0..verdict.recorded.len().max(verdict.ours.len()) {
        let line = |steps: &[Value]| steps.get(index).map_or_else(|| "(no step)".to_owned(), step_line);
        let (recorded, ours) = (line(&verdict.recorded), line(&verdict.ours));
        if recorded == ours {
            let _ = writeln!(out, "  {:>3}  = {recorded}", index + 1);
        } else {
            let _ = writeln!(out, "  {:>3}  - {recorded}\n       + {ours}", index + 1);
        }
    }
}

/// A step in one line: time, Deployment, `ReplicaSet`s, what was done.
fn step_line(step: &Value) -> String {
    let deployment = &step["deployment"];
    let count = |field: &str| deployment[field].to_string();
    let mut line = format!(
        "{:>10}  pods {}/{} ready {} available {}",
        time(step["t_ms"].as_i64().unwrap_or_default()),
        count("updated"),
        count("replicas"),
        count("ready"),
        count("available"),
    );
    if let Some(reason) = deployment["conditions"]["Progressing"]["reason"].as_str() {
        let _ = write!(line, "  {reason}");
    }
    for scaling in step["scalings"].as_array().into_iter().flatten() {
        let name = scaling["replica_set"].as_str().unwrap_or("?");
        let _ = write!(line, "  {name} {}->{}", scaling["from"], scaling["to"]);
    }
    for (field, sign) in [("pods_created", '+'), ("pods_deleted", '-')] {
        if let Some(pods) = step[field].as_u64() {
            let _ = write!(line, "  {sign}{pods} pods");
        }
    }
    if let Some(note) = step["note"].as_str() {
        let _ = write!(line, "  ({note})");
    }
    line
}

fn families(verdicts: &[Verdict]) -> BTreeMap<&str, (usize, usize, usize)> {
    let mut families: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for verdict in verdicts {
        let (matching, cases, steps) = families.entry(&verdict.family).or_default();
        *matching += usize::from(verdict.matches());
        *cases += 1;
        *steps += verdict.recorded.len();
    }
    families
}

fn write_families(out: &mut String, verdicts: &[Verdict]) {
    let _ = writeln!(out, "{:<14} {:>6} {:>8} {:>8}", "FAMILY", "CASES", "MATCHING", "STEPS");
    for (family, (matching, cases, steps)) in families(verdicts) {
        let _ = writeln!(out, "{family:<14} {cases:>6} {matching:>8} {steps:>8}");
    }
}

/// The verdicts for machines.
#[must_use]
pub fn json(verdicts: &[Verdict]) -> Value {
    let matching = verdicts.iter().filter(|verdict| verdict.matches()).count();
    let families: BTreeMap<&str, Value> = families(verdicts)
        .into_iter()
        .map(|(family, (matching, cases, steps))| {
            (family, json!({"cases": cases, "matching": matching, "steps": steps}))
        })
        .collect();
    let divergences: Vec<Value> = verdicts
        .iter()
        .filter_map(|verdict| {
            let divergence = verdict.divergence.as_ref()?;
            Some(json!({
                "case": verdict.name,
                "step": divergence.step,
                "t_ms": divergence.t_ms,
                "field": divergence.field,
                "recorded": divergence.recorded,
                "ours": divergence.ours,
            }))
        })
        .collect();
    json!({"cases": verdicts.len(), "matching": matching, "families": families, "divergences": divergences})
}
