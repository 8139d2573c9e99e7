//! Holding our steps against recorded ones.

use controller::deployment::UndoRefusal;
use serde_json::Value;

/// Difference of a step's time that does not count, in milliseconds.
const TIME_TOLERANCE_MS: i64 = 250;

/// The first place where our steps and the recorded ones differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    /// Index of the step.
    pub step: usize,
    /// Time of the step in milliseconds, the recorded one if there is one.
    pub t_ms: i64,
    /// The field, as a path with dots; empty if a whole step is missing.
    pub field: String,
    /// What was recorded there.
    pub recorded: Option<Value>,
    /// What we have there.
    pub ours: Option<Value>,
}

/// Finds the first divergence.
#[must_use]
pub fn compare(recorded: &[Value], ours: &[Value]) -> Option<Divergence> {
    for step in 0..recorded.len().max(ours.len()) {
        let (a, b) = (recorded.get(step), ours.get(step));
        let t_ms = a.or(b).and_then(|step| step["t_ms"].as_i64()).unwrap_or_default();
        let found = match (a, b) {
            (Some(a), Some(b)) => first_difference("", a, b),
            _ => Some((String::new(), a.cloned(), b.cloned())),
        };
        if let Some((field, recorded, ours)) = found {
            return Some(Divergence { step, t_ms, field, recorded, ours });
        }
    }
    None
}

type Difference = (String, Option<Value>, Option<Value>);

fn first_difference(path: &str, recorded: &Value, ours: &Value) -> Option<Difference> {
    match (recorded, ours) {
        (Value::Object(a), Value::Object(b)) if is_open(recorded) => {
            let (a, b) = (a.get("status"), b.get("status"));
            (a != b).then(|| (join(path, "status"), a.cloned(), b.cloned()))
        }
        (Value::Object(a), Value::Object(b)) => {
            let ours_only = b.keys().filter(|key| !a.contains_key(*key));
            a.keys().chain(ours_only).find_map(|key| match (a.get(key), b.get(key)) {
                (Some(a), Some(b)) if key == "t_ms" && is_close(a, b) => None,
                (Some(a), Some(b)) => first_difference(&join(path, key), a, b),
                (a, b) => Some((join(path, key), a.cloned(), b.cloned())),
            })
        }
        (a, b) => (a != b).then(|| (path.to_owned(), Some(a.clone()), Some(b.clone()))),
    }
}

/// A condition about which the real controllers do not agree with themselves: its status alone counts.
fn is_open(condition: &Value) -> bool {
    condition.get("reason").is_some_and(|reason| reason == "*")
}

fn is_close(recorded: &Value, ours: &Value) -> bool {
    matches!((recorded.as_i64(), ours.as_i64()), (Some(a), Some(b)) if (a - b).abs() <= TIME_TOLERANCE_MS)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The recordings' words for a rollback that changed nothing.
pub(super) fn note(refusal: UndoRefusal) -> &'static str {
    match refusal {
        UndoRefusal::NoPreviousRevision => "rollback: no previous revision",
        UndoRefusal::RevisionNotFound(_) => "rollback: revision not found",
        UndoRefusal::Paused => "rollback: deployment is paused",
        UndoRefusal::AlreadyMatches(_) => "rollback: skipped, current template already matches",
    }
}
