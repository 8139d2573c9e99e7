//! Holding our evaluations against recorded ones.

use measures::units::Quantity;
use serde_json::{Map, Value};

/// Differences of times that do not count.
const TIME_TOLERANCE_MS: i64 = 900;
const TIME_TOLERANCE_S: i64 = 1;
/// An evaluation this near to the end of a recording may be missing on either side.
const END_MS: i64 = 1000;
/// What amd64 makes of a division by `status.replicas` 0: such a value is not compared.
const NO_VALUE: &str = "-9223372036854775808m";

/// The first place where our evaluations and the recorded ones differ.
#[derive(Debug, PartialEq)]
pub(super) struct Divergence {
    /// Index of the evaluation.
    pub(super) sync: usize,
    /// Its time in milliseconds, the recorded one if there is one.
    pub(super) t_ms: i64,
    /// The field, as a path with dots; empty if a whole evaluation is missing.
    pub(super) field: String,
    pub(super) recorded: Option<Value>,
    pub(super) ours: Option<Value>,
}

/// Finds the first divergence in a recording that ends at `until_ms`.
pub(super) fn compare(recorded: &[Value], ours: &[Value], until_ms: i64) -> Option<Divergence> {
    let common = recorded.len().min(ours.len());
    (0..recorded.len().max(ours.len())).find_map(|sync| {
        let (a, b) = (recorded.get(sync), ours.get(sync));
        let t_ms = a.or(b).and_then(|sync| sync["t_ms"].as_i64()).unwrap_or_default();
        let (field, recorded, ours) = match (a, b) {
            (Some(a), Some(b)) => first_difference("", a, b)?,
            _ if sync == common && t_ms >= until_ms - END_MS => return None,
            _ => (String::new(), a.cloned(), b.cloned()),
        };
        Some(Divergence { sync, t_ms, field, recorded, ours })
    })
}

type Difference = (String, Option<Value>, Option<Value>);

fn first_difference(path: &str, recorded: &Value, ours: &Value) -> Option<Difference> {
    match (recorded, ours) {
        (Value::Object(a), Value::Object(b)) => fields(path, a, b),
        (Value::Array(a), Value::Array(b)) => (0..a.len().max(b.len())).find_map(|index| {
            let path = join(path, &index.to_string());
            match (a.get(index), b.get(index)) {
                (Some(a), Some(b)) => first_difference(&path, a, b),
                (a, b) => Some((path, a.cloned(), b.cloned())),
            }
        }),
        (a, b) => (a != b).then(|| (path.to_owned(), Some(a.clone()), Some(b.clone()))),
    }
}

fn fields(path: &str, recorded: &Map<String, Value>, ours: &Map<String, Value>) -> Option<Difference> {
    let ours_only = ours.keys().filter(|key| !recorded.contains_key(*key));
    // What the recorder has counted for information.
    let keys = recorded.keys().chain(ours_only).filter(|key| *key != "pods_seen");
    keys.into_iter().find_map(|key| match (recorded.get(key), ours.get(key)) {
        (Some(a), Some(b)) if is_alike(key, a, b) => None,
        (Some(a), Some(b)) => first_difference(&join(path, key), a, b),
        (a, b) => Some((join(path, key), a.cloned(), b.cloned())),
    })
}

/// Whether two values of a field count as equal although they may not be the same.
fn is_alike(key: &str, recorded: &Value, ours: &Value) -> bool {
    let within = |tolerance| matches!((recorded.as_i64(), ours.as_i64()), (Some(a), Some(b)) if (a - b).abs() <= tolerance);
    match key {
        "t_ms" => within(TIME_TOLERANCE_MS),
        _ if key.ends_with("_s") => within(TIME_TOLERANCE_S),
        "value" | "averageValue" => match (recorded.as_str(), ours.as_str()) {
            (Some(NO_VALUE), Some(_)) => key == "averageValue",
            (Some(a), Some(b)) => {
                matches!((Quantity::parse(a), Quantity::parse(b)), (Ok(a), Ok(b)) if a == b)
            }
            _ => false,
        },
        _ => false,
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tolerances_are_those_of_the_format() {
        let recorded = json!({"t_ms": 16_050, "last_scale_s": 16, "pods_seen": "v1:Ready=3",
            "current_metrics": [{"current": {"averageValue": "1k", "value": "90596966"}}]});
        let alike = json!({"t_ms": 16_950, "last_scale_s": 15,
            "current_metrics": [{"current": {"averageValue": "1000", "value": "90596966000m"}}]});
        assert_eq!(compare(std::slice::from_ref(&recorded), std::slice::from_ref(&alike), 60_000), None);
        for (field, value) in [
            ("t_ms", json!(16_951)),
            ("last_scale_s", json!(14)),
            ("current_metrics.0.current.value", json!("90596967")),
            ("current_metrics.0.current.averageValue", json!("1001")),
        ] {
            let mut ours = alike.clone();
            let pointer = format!("/{}", field.replace('.', "/"));
            *ours.pointer_mut(&pointer).expect("a field") = value;
            let divergence = compare(std::slice::from_ref(&recorded), &[ours], 60_000).expect("a divergence");
            assert_eq!(divergence.field, field);
        }
    }

    #[test]
    fn the_last_evaluation_may_be_missing_near_the_end_only() {
        let syncs = |times: &[i64]| times.iter().map(|t| json!({"t_ms": t})).collect::<Vec<_>>();
        let (long, short) = (syncs(&[16_050, 31_051]), syncs(&[16_050]));
        assert_eq!(compare(&long, &short, 32_000), None);
        assert_eq!(compare(&short, &long, 32_000), None);
        let divergence = compare(&long, &short, 32_100).expect("a divergence");
        assert_eq!((divergence.sync, divergence.field.as_str()), (1, ""));
        assert!(compare(&syncs(&[16_050, 31_051, 31_100]), &short, 32_000).is_some());
    }

    #[test]
    fn a_division_by_nothing_shows_anything() {
        let sync = |value: &str| json!({"t_ms": 0, "averageValue": value});
        assert_eq!(compare(&[sync(NO_VALUE)], &[sync("7")], 9000), None);
        assert!(compare(&[sync("7")], &[sync(NO_VALUE)], 9000).is_some());
    }
}
