//! Variants of a scenario: values that replace those in its files, as `--set PATH=VALUE` gives them.
//!
//! A path begins with the file it goes into: `scenario.spec.cluster.nodes`,
//! `deployment.spec.strategy.rollingUpdate.maxSurge`. Values enter the trees before anything is decoded, so
//! a wrong one is reported like any other error of the input, with its place in the argument.

mod assign;
mod path;

use super::line_map::LineMap;
use super::yaml::{self, Node};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source};
use path::PathStep;
use std::ops::Range;
use std::sync::Arc;

/// A factor of an experiment: a path with its values, `PATH=a,b,c`.
#[derive(Debug, Clone)]
pub struct Factor {
    path: ValuePath,
    values: Vec<Choice>,
}

/// One value of a factor.
#[derive(Debug, Clone)]
struct Choice {
    text: String,
    node: Node,
}

/// The path of a value.
#[derive(Debug, Clone)]
struct ValuePath {
    /// As the user wrote it.
    text: String,
    root: Root,
    steps: Vec<PathStep>,
    place: Place,
}

/// The file in which a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Scenario,
    Deployment,
    ReplicaSet,
}

impl Root {
    const WORDS: [(&'static str, Self); 3] =
        [("scenario", Self::Scenario), ("deployment", Self::Deployment), ("replicaSet", Self::ReplicaSet)];

    /// The kind of object; `None` for the scenario itself.
    const fn kind(self) -> Option<&'static str> {
        match self {
            Self::Scenario => None,
            Self::Deployment => Some("Deployment"),
            Self::ReplicaSet => Some("ReplicaSet"),
        }
    }
}

/// One value for one path.
#[derive(Debug, Clone)]
pub struct Assignment {
    path: ValuePath,
    choice: Choice,
}

/// Values that replace those in the files of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Variant {
    assignments: Vec<Assignment>,
}

impl Factor {
    /// Reads `PATH=a,b,c`. Commas inside brackets, braces and quotes do not separate values.
    ///
    /// # Errors
    /// An unknown root of the path, no value, or a value that is not YAML.
    pub fn parse(argument: &str) -> Result<Self, Diagnostics> {
        let source = Source::new("--set", argument);
        let Some(equals) = path::end(argument) else {
            let text = "`--set` takes PATH=VALUE";
            let help = "as in `--set deployment.spec.strategy.rollingUpdate.maxSurge=0,1,25%`";
            return Err(Diagnostic::at(&Place::new(&source, 0..argument.len()), text).help(help).into());
        };
        let path = ValuePath::parse(&source, 0..equals)?;
        let mut log = Diagnostics::new();
        let values = pieces(argument, equals + 1);
        let values: Vec<Choice> =
            values.into_iter().filter_map(|range| Choice::parse(&source, range, &mut log)).collect();
        log.finish(Self { path, values })
    }

    /// The path as written.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path.text
    }

    /// The number of values; at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has no value; always false.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Its values as written, in their order.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|choice| choice.text.as_str())
    }

    /// The assignment of value number `index`, which must be less than [`len`](Self::len).
    #[must_use]
    pub fn assignment(&self, index: usize) -> Assignment {
        Assignment { path: self.path.clone(), choice: self.values[index].clone() }
    }
}

impl Assignment {
    /// Reads `PATH=VALUE`.
    ///
    /// # Errors
    /// As [`Factor::parse`], and more than one value.
    pub fn parse(argument: &str) -> Result<Self, Diagnostics> {
        let factor = Factor::parse(argument)?;
        if let [_, second, ..] = factor.values.as_slice() {
            let help = "several values are for `sweep`; put a list into brackets: `[a, b]`";
            return Err(Diagnostic::at(&second.node.place, "one value is enough here").help(help).into());
        }
        Ok(factor.assignment(0))
    }

    /// The value as written.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.choice.text
    }
}

impl std::fmt::Display for Assignment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.path.text, self.choice.text)
    }
}

impl Variant {
    /// The variant with these values; of two values for one path, the later one counts.
    pub fn new(assignments: impl IntoIterator<Item = Assignment>) -> Self {
        Self { assignments: assignments.into_iter().collect() }
    }

    /// Reads arguments of `--set`, each `PATH=VALUE`.
    ///
    /// # Errors
    /// All errors of the arguments.
    pub fn parse(arguments: &[String]) -> Result<Self, Diagnostics> {
        let (mut assignments, mut log) = (Vec::new(), Diagnostics::new());
        for argument in arguments {
            match Assignment::parse(argument) {
                Ok(assignment) => assignments.push(assignment),
                Err(why) => log.append(why),
            }
        }
        log.finish(Self { assignments })
    }

    /// The values, in order.
    pub fn assignments(&self) -> &[Assignment] {
        &self.assignments
    }

    /// Sets the values for the scenario itself in its tree.
    pub(crate) fn apply_to_scenario(&self, node: &mut Node, log: &mut Diagnostics) {
        self.apply(Root::Scenario, node, log);
    }

    /// Whether it changes objects of a kind.
    pub(crate) fn concerns(&self, kind: &str) -> bool {
        self.assignments.iter().any(|assignment| assignment.path.root.kind() == Some(kind))
    }

    /// Sets the values for an object of this kind in its tree.
    pub(crate) fn apply_to_object(&self, kind: &str, node: &mut Node, log: &mut Diagnostics) {
        for (_, root) in Root::WORDS.into_iter().filter(|(_, root)| root.kind() == Some(kind)) {
            self.apply(root, node, log);
        }
    }

    /// Reports values for objects of another kind than the subject.
    pub(crate) fn check_kind(&self, subject: &str, log: &mut Diagnostics) {
        let strays = self.assignments.iter().filter(|assignment| {
            let kind = assignment.path.root.kind();
            kind.is_some_and(|kind| kind != subject)
        });
        for Assignment { path, .. } in strays {
            let right = Root::WORDS.iter().find(|(_, root)| root.kind() == Some(subject));
            let help = format!("begin the path with `{}.`", right.map_or("scenario", |(word, _)| word));
            log.push(Diagnostic::at(&path.place, format!("the subject is a {subject}")).help(help));
        }
    }

    fn apply(&self, root: Root, node: &mut Node, log: &mut Diagnostics) {
        for Assignment { path, choice } in self.assignments.iter().filter(|a| a.path.root == root) {
            if let Err(error) = assign::assign(node, path, &choice.node) {
                log.push(error);
            }
        }
    }
}

impl Choice {
    fn parse(source: &Arc<Source>, range: Range<usize>, log: &mut Diagnostics) -> Option<Self> {
        let text = source.text()[range.clone()].trim();
        let place = Place::new(source, range);
        if text.is_empty() {
            let help = "write `null` to leave a field unset, `\"\"` for an empty text";
            log.push(Diagnostic::at(&place, "a value is missing").help(help));
            return None;
        }
        let mut documents = yaml::inline(text, LineMap::from(&place), log);
        match (documents.len(), documents.pop()) {
            (1, Some(node)) => Some(Self { text: text.to_owned(), node }),
            (0, _) => Some(Self { text: text.to_owned(), node: Node::null(place) }),
            _ => {
                log.push(Diagnostic::at(&place, "this is more than one value"));
                None
            }
        }
    }
}

/// The ranges between commas outside brackets, braces and quotes.
fn pieces(text: &str, from: usize) -> Vec<Range<usize>> {
    let (mut pieces, mut start, mut depth, mut quote) = (Vec::new(), from, 0usize, None);
    for (at, c) in text[from..].char_indices().map(|(at, c)| (at + from, c)) {
        match (quote, c) {
            (Some(open), _) => quote = (c != open).then_some(open),
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                pieces.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(start..text.len());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(argument: &str) -> Vec<String> {
        Factor::parse(argument).unwrap().values().map(str::to_owned).collect()
    }

    #[test]
    fn values_are_separated_by_commas_outside_of_brackets_and_quotes() {
        assert_eq!(values("deployment.spec.replicas=1, 2,3"), ["1", "2", "3"]);
        assert_eq!(
            values("scenario.spec.images.default.pull={uniform: [1s, 2s]},'3s, or so'"),
            ["{uniform: [1s, 2s]}", "'3s, or so'"]
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        for wrong in
            ["replicas", "spec.replicas=3", "deployment.spec.replicas=", "deployment.a[b=3", "deployment=1"]
        {
            let error = Factor::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("--set:1:"), "{wrong}: {error}");
        }
    }
}
