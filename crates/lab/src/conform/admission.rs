//! Recordings of the API server's strict decoding, defaulting and create validation: verdicts on objects.
//!
//! Each object goes through the code of `rollout-lab check`. A case matches if the object is accepted or
//! refused as recorded and, where the user asks for it, if validation names the same fields.

use super::kind::{Difference, Kind, Outcome, Wanted};
use scenario;
use scenario::diagnostic::Source;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The kind of the API server's verdicts.
pub(super) struct Admission;

/// What a recording says of an object; the object itself is read from the text of the line.
#[derive(Debug, Deserialize)]
struct Recorded {
    name: String,
    #[serde(default)]
    about: String,
    accepted: bool,
    #[serde(default)]
    errors: Vec<String>,
}

impl Kind for Admission {
    fn name(&self) -> &'static str {
        "admission"
    }

    fn compares(&self) -> &'static str {
        "objects"
    }

    fn recognises(&self, fields: &BTreeSet<String>) -> bool {
        ["object", "accepted"].iter().all(|field| fields.contains(*field))
    }

    fn replay(&self, line: &str, wanted: Wanted) -> Result<Outcome, String> {
        let recorded: Recorded = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
        let ours = Answer::of(line)?;
        let theirs = Answer {
            fields: recorded.errors.iter().flat_map(|error| invalid_fields(error)).collect(),
            accepted: recorded.accepted,
            errors: recorded.errors,
        };
        Ok(Outcome {
            family: recorded.name.split('-').next().unwrap_or_default().to_owned(),
            compared: 1,
            difference: difference(&theirs, &ours, wanted.paths),
            timeline: wanted.timeline.then(|| timeline(&theirs, &ours)),
            written: if wanted.written { Some(written(line, &ours)?) } else { None },
            name: recorded.name,
            about: recorded.about,
        })
    }
}

/// What was answered to an object.
struct Answer {
    accepted: bool,
    errors: Vec<String>,
    /// The paths of the fields that validation refuses.
    fields: BTreeSet<String>,
}

impl Answer {
    /// Ours, to the object of a case.
    fn of(line: &str) -> Result<Self, String> {
        let source = Source::new("the object", line);
        let Err(log) = scenario::check_member(&source, "object").map_err(|error| error.to_string())? else {
            return Ok(Self { accepted: true, errors: Vec::new(), fields: BTreeSet::new() });
        };
        Ok(Self {
            accepted: false,
            errors: log.iter().map(|error| error.message().to_owned()).collect(),
            fields: log.iter().filter_map(|error| error.field().map(str::to_owned)).collect(),
        })
    }

    fn verdict(&self) -> &'static str {
        if self.accepted { "accepted" } else { "refused" }
    }

    /// The verdict with the errors below it.
    fn lines(&self, side: &str) -> String {
        let mut out = format!("    {side:<9} {}\n", self.verdict());
        for error in &self.errors {
            let _ = writeln!(out, "              {error}");
        }
        out
    }
}

/// An object that the server refuses and we accept is worst: the user trusts a manifest that will fail.
fn difference(theirs: &Answer, ours: &Answer, paths: bool) -> Option<Difference> {
    let (severity, title) = match (theirs.accepted, ours.accepted) {
        (false, true) => (3, "the API server refuses this object, we accept it"),
        (true, false) => (2, "the API server accepts this object, we refuse it"),
        _ if paths && theirs.fields != ours.fields => (1, "validation names other fields"),
        _ => return None,
    };
    let mut lines = format!("  {title}\n");
    let missing: Vec<&String> = theirs.fields.difference(&ours.fields).collect();
    let extra: Vec<&String> = ours.fields.difference(&theirs.fields).collect();
    if severity == 1 {
        for (title, fields) in [("not named by us", &missing), ("only named by us", &extra)] {
            for field in fields {
                let _ = writeln!(lines, "    {title:<16} {field}");
            }
        }
    }
    lines.push_str(&theirs.lines("recorded"));
    lines.push_str(&ours.lines("ours"));
    let mut fields = Map::new();
    fields.insert("recorded".into(), json!({"accepted": theirs.accepted, "errors": theirs.errors}));
    fields.insert("ours".into(), json!({"accepted": ours.accepted, "errors": ours.errors}));
    fields.insert("missingFields".into(), json!(missing));
    fields.insert("extraFields".into(), json!(extra));
    Some(Difference { severity, lines, fields })
}

fn timeline(theirs: &Answer, ours: &Answer) -> String {
    theirs.lines("recorded") + &ours.lines("ours")
}

/// The case with our answer; errors of validation in the form of the recordings.
fn written(line: &str, ours: &Answer) -> Result<Value, String> {
    let mut case: Value = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
    let errors = ours.errors.iter().map(|error| {
        let stage = if invalid_fields(&format!("INVALID {error}")).is_empty() { "DECODE" } else { "INVALID" };
        json!(format!("{stage} {error}"))
    });
    case["accepted"] = json!(ours.accepted);
    case["errors"] = errors.collect();
    Ok(case)
}

/// The words with which the API names what is wrong with a field (`apimachinery/pkg/util/validation/field`).
const TYPES: [&str; 9] = [
    "Required value",
    "Invalid value",
    "Unsupported value",
    "Duplicate value",
    "Not found",
    "Forbidden",
    "Too long",
    "Too many",
    "Internal error",
];

/// The paths of the fields in `INVALID Kind "name" is invalid: path: Required value`, or with several errors
/// in brackets, separated by commas.
fn invalid_fields(error: &str) -> Vec<String> {
    let list = error.strip_prefix("INVALID ").and_then(|error| error.split_once(" is invalid: "));
    let Some((_, list)) = list else { return Vec::new() };
    let list = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(list);
    let mut ends: Vec<usize> = TYPES
        .iter()
        .flat_map(|kind| {
            let needle = format!(": {kind}");
            list.match_indices(&needle).map(|(at, _)| at).collect::<Vec<_>>()
        })
        .collect();
    ends.sort_unstable();
    ends.into_iter().filter_map(|end| path_before(&list[..end])).map(str::to_owned).collect()
}

/// The path that ends where `text` ends: what follows the last comma outside of brackets. Texts of errors may
/// contain the words for a type too; what stands before them is no path.
fn path_before(text: &str) -> Option<&str> {
    if is_quoted(text) {
        return None;
    }
    // `[0].{topologyKey, whenUnsatisfiable}` has a comma of its own.
    let even = |path: &str, pair: [char; 2]| path.matches(pair[0]).count() == path.matches(pair[1]).count();
    let balanced = |path: &str| even(path, ['[', ']']) && even(path, ['{', '}']);
    let starts = std::iter::once(0).chain(text.match_indices(", ").map(|(at, _)| at + 2));
    let path = starts.map(|at| &text[at..]).filter(|path| balanced(path)).last()?;
    let start = path.split(['[', '{']).next().unwrap_or_default();
    let is_path = !start.is_empty() && !start.contains([' ', '"', ':', '`']);
    is_path.then_some(path)
}

/// Whether quotes enclose what follows `text`.
fn is_quoted(text: &str) -> bool {
    let mut quoted = false;
    let mut escaped = false;
    for letter in text.chars() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && letter == '\\' && !escaped;
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_an_error_are_found() {
        let table: [(&str, &[&str]); 6] = [
            (
                "INVALID Pod \"a\" is invalid: spec.a[0].{b, c}: Duplicate value: \"{x, y}\"",
                &["spec.a[0].{b, c}"],
            ),
            (
                "INVALID Deployment.apps \"a\" is invalid: spec.replicas: Invalid value: -1: must be",
                &["spec.replicas"],
            ),
            ("INVALID Service \"a\" is invalid: spec.ports: Required value", &["spec.ports"]),
            (
                "INVALID Service \"a\" is invalid: [spec.ports[1].name: Required value, spec.type: Unsupported \
                 value: \"x, y: Required value\": supported values: \"A\", \"B\", spec.selector[a, b]: Not found]",
                &["spec.ports[1].name", "spec.type", "spec.selector[a, b]"],
            ),
            ("DECODE json: cannot unmarshal: Required value", &[]),
            ("STRICT strict decoding error: unknown field \"spec.a\"", &[]),
        ];
        for (error, expected) in table {
            assert_eq!(invalid_fields(error), expected, "{error}");
        }
    }
}
