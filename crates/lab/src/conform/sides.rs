//! The recorded list and ours, entry by entry: where they differ first, and both side by side.

use super::kind::Difference;
use measures::Milli;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// How entries of one list are compared and printed.
pub(super) struct Entries<T> {
    /// One entry, in a word.
    pub noun: &'static str,
    /// Printed for an entry that one side does not have.
    pub absent: &'static str,
    /// Whether the recorded entry and ours agree.
    pub agree: fn(&T, &T) -> bool,
    /// An entry in one line.
    pub line: fn(&T) -> String,
    /// An entry for machines.
    pub json: fn(&T) -> Value,
}

impl<T> Entries<T> {
    /// The first entry that differs. An early difference is worse than a late one: it leaves more of the case
    /// unexplained.
    pub(super) fn first_difference(&self, recorded: &[T], ours: &[T]) -> Option<Difference> {
        let (index, pair) =
            pairs(recorded, ours).enumerate().find(|(_, (recorded, ours))| !self.equal(*recorded, *ours))?;
        let mut lines = format!("  first divergence in {} {}\n", self.noun, index + 1);
        let mut fields = Map::new();
        fields.insert(self.noun.to_owned(), json!(index));
        for (side, entry) in [("recorded", pair.0), ("ours", pair.1)] {
            let _ = writeln!(lines, "    {side:<9} {}", self.shown(entry));
            fields.insert(side.to_owned(), entry.map_or(Value::Null, self.json));
        }
        let severity = (recorded.len().max(ours.len()) - index) as u64;
        Some(Difference { severity, lines, fields })
    }

    /// Both lists: one line where they agree, two where they differ.
    pub(super) fn side_by_side(&self, recorded: &[T], ours: &[T]) -> String {
        let mut out = String::new();
        for (index, (recorded, ours)) in pairs(recorded, ours).enumerate() {
            let line = self.shown(recorded);
            let _ = if self.equal(recorded, ours) {
                writeln!(out, "  {:>3}  = {line}", index + 1)
            } else {
                writeln!(out, "  {:>3}  - {line}\n       + {}", index + 1, self.shown(ours))
            };
        }
        out
    }

    fn equal(&self, recorded: Option<&T>, ours: Option<&T>) -> bool {
        matches!((recorded, ours), (Some(recorded), Some(ours)) if (self.agree)(recorded, ours))
    }

    fn shown(&self, entry: Option<&T>) -> String {
        entry.map_or_else(|| self.absent.to_owned(), self.line)
    }
}

/// Entries with the same index; `None` where one list is shorter.
fn pairs<'a, T>(recorded: &'a [T], ours: &'a [T]) -> impl Iterator<Item = (Option<&'a T>, Option<&'a T>)> {
    (0..recorded.len().max(ours.len())).map(|index| (recorded.get(index), ours.get(index)))
}

/// The case of a line of JSON, with our answers in place of the recorded ones.
///
/// # Errors
/// The line is not a JSON object.
pub(super) fn with_ours<const N: usize>(line: &str, ours: [(&str, Value); N]) -> Result<Value, String> {
    let mut case: Map<String, Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    case.extend(ours.map(|(field, value)| (field.to_owned(), value)));
    Ok(Value::Object(case))
}

/// `1.500 s`
pub(super) fn seconds(millis: i64) -> String {
    format!("{} s", Milli::from_thousandths(millis))
}
