//! Field paths and errors with the API server's texts.

use crate::diagnostic::{Diagnostic, MAX_ERRORS, Place};
use crate::yaml::{Node, Value};
use std::fmt;

/// The path of a field, as the API writes it: `spec.template.spec.containers[0].image`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FieldPath(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Field(String),
    Index(usize),
    /// The key of a map, written like an index.
    Key(String),
}

impl FieldPath {
    /// The path of nested fields.
    pub(crate) fn of(fields: &[&str]) -> Self {
        Self(fields.iter().map(|field| Segment::Field((*field).to_owned())).collect())
    }

    fn with(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// A field of the object at this path.
    pub(crate) fn child(&self, field: &str) -> Self {
        self.with(Segment::Field(field.to_owned()))
    }

    /// An item of the list at this path.
    pub(crate) fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// A value of the map at this path.
    pub(crate) fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    /// The place of the field in the object `node`, or of its nearest parent that is written.
    fn place(&self, node: &Node) -> Place {
        let mut place = &node.place;
        let mut node = node;
        for (depth, segment) in self.0.iter().enumerate() {
            let next = match (segment, &node.value) {
                (Segment::Index(index), Value::Seq(items)) => items.get(*index),
                (Segment::Field(key) | Segment::Key(key), _) => {
                    // The API writes `spec.template.labels` for `spec.template.metadata.labels`.
                    let inside = || node.get("metadata")?.entry(key);
                    let Some(entry) = node.entry(key).or_else(inside) else { break };
                    let last = depth + 1 == self.0.len();
                    let small = !matches!(entry.value.value, Value::Map(_) | Value::Seq(_) | Value::Null);
                    place = if last && small { &entry.value.place } else { &entry.key_place };
                    node = &entry.value;
                    continue;
                }
                _ => None,
            };
            let Some(next) = next else { break };
            place = &next.place;
            node = next;
        }
        place.clone()
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if i == 0 => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => write!(f, "[{key}]")?,
            }
        }
        Ok(())
    }
}

/// The validation errors of one object.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<(FieldPath, String)>);

impl Errors {
    /// Whether there is no error.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds errors of another part of the object.
    pub(crate) fn append(&mut self, other: Self) {
        for (path, text) in other.0 {
            self.add(&path, text);
        }
    }

    fn add(&mut self, path: &FieldPath, text: String) {
        if self.0.len() < MAX_ERRORS {
            self.0.push((path.clone(), text));
        }
    }

    /// A value that breaks a rule.
    pub(crate) fn invalid(&mut self, path: &FieldPath, value: impl fmt::Display, detail: &str) {
        self.add(path, format!("Invalid value: {value}: {detail}"));
    }

    /// A text that breaks a rule.
    pub(crate) fn invalid_text(&mut self, path: &FieldPath, value: &str, detail: &str) {
        self.invalid(path, format_args!("{value:?}"), detail);
    }

    /// A field that must be given.
    pub(crate) fn required(&mut self, path: &FieldPath, detail: &str) {
        let colon = if detail.is_empty() { "" } else { ": " };
        self.add(path, format!("Required value{colon}{detail}"));
    }

    /// A field that must not be given.
    pub(crate) fn forbidden(&mut self, path: &FieldPath, detail: &str) {
        self.add(path, format!("Forbidden: {detail}"));
    }

    /// A word that is not one of `supported`, in the order in which the API lists them.
    pub(crate) fn unsupported(&mut self, path: &FieldPath, value: &str, supported: &[&str]) {
        let supported: Vec<_> = supported.iter().map(|word| format!("{word:?}")).collect();
        let text = format!("Unsupported value: {value:?}: supported values: {}", supported.join(", "));
        self.add(path, text);
    }

    /// A value that must be unique and is not.
    pub(crate) fn duplicate(&mut self, path: &FieldPath, value: &str) {
        self.add(path, format!("Duplicate value: {value:?}"));
    }

    /// A reference to something that does not exist.
    pub(crate) fn not_found(&mut self, path: &FieldPath, value: &str) {
        self.add(path, format!("Not found: {value:?}"));
    }

    /// A value with too many bytes.
    pub(crate) fn too_long(&mut self, path: &FieldPath, bytes: usize) {
        let text = format!("Too long: may not be more than {bytes} bytes");
        self.add(path, text);
    }

    /// A word, if given, that is not one of `supported`.
    pub(crate) fn one_of(&mut self, path: &FieldPath, word: Option<&str>, supported: &[&str]) {
        if let Some(word) = word.filter(|word| !supported.contains(word)) {
            self.unsupported(path, word, supported);
        }
    }

    /// A list with too many items.
    pub(crate) fn too_many(&mut self, path: &FieldPath, items: usize, most: usize) {
        self.add(path, format!("Too many: {items}: must have at most {most} items"));
    }

    /// A number outside of a range.
    pub(crate) fn within(&mut self, path: &FieldPath, value: Option<i64>, least: i64, most: i64) {
        if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
            self.invalid(path, value, &format!("must be between {least} and {most}, inclusive"));
        }
    }

    /// A number below zero.
    pub(crate) fn not_negative(&mut self, path: &FieldPath, value: Option<impl Into<i64>>) {
        if let Some(value) = value.map(Into::into)
            && value < 0
        {
            self.invalid(path, value, "must be greater than or equal to 0");
        }
    }

    /// The errors of the object at `node`, with the API server's texts.
    pub(crate) fn report(self, kind: &str, name: &str, node: &Node) -> Vec<Diagnostic> {
        let report = |(path, text): (FieldPath, String)| {
            let message = format!("{kind} {name:?} is invalid: {path}: {text}");
            Diagnostic::at(&path.place(node), message).of_field(path)
        };
        self.0.into_iter().map(report).collect()
    }

    #[cfg(test)]
    pub(crate) fn texts(self) -> Vec<String> {
        self.0.into_iter().map(|(path, text)| format!("{path}: {text}")).collect()
    }
}
