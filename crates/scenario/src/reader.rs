//! Typed access to the values of a tree, with errors at their places.
//!
//! Every function returns `None` after it reports an error, so that the caller continues with the next field and the
//! user gets all errors at once.

use super::yaml::{Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use std::ops::RangeInclusive;

/// A mapping with a closed set of keys. `null` counts as absent.
pub struct Fields<'n> {
    entries: &'n [Entry],
    node: &'n Node,
    what: String,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The mapping at `node`; `what` is its name in messages.
    pub fn of(node: &'n Node, what: impl Into<String>, log: &mut Diagnostics) -> Option<Self> {
        let what = what.into();
        let Value::Map(entries) = &node.value else {
            log.push(wrong(node, &format!("{what} must be a mapping (`key: value`)")));
            return None;
        };
        Some(Self { entries, node, what, known: Vec::new() })
    }

    /// The value of `key`, if it is given.
    pub fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value of `key`, if it is given, without adding it to the known keys.
    pub fn peek(&self, key: &str) -> Option<&'n Node> {
        let found = self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
        found.filter(|value| !value.is_null())
    }

    /// The entry of `key`, if it is given.
    pub fn entry(&mut self, key: &'static str) -> Option<&'n Entry> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let found = self.entries.iter().find(|entry| entry.key == key);
        found.filter(|entry| !entry.value.is_null())
    }

    /// The value of `key`, which must be given.
    pub fn need(&mut self, key: &'static str, log: &mut Diagnostics) -> Option<&'n Node> {
        let found = self.take(key);
        if found.is_none() {
            let text = format!("{} needs `{key}`", self.what);
            log.push(Diagnostic::at(&self.node.place, text));
        }
        found
    }

    /// The entry of the one key in `keys` that is given; none or several are errors.
    pub fn one_of(&mut self, keys: &[&'static str], log: &mut Diagnostics) -> Option<&'n Entry> {
        let given: Vec<&Entry> = keys.iter().filter_map(|key| self.entry(key)).collect();
        match given.as_slice() {
            [one] => Some(one),
            [] => {
                if self.entries.iter().all(|entry| self.known.contains(&entry.key.as_str())) {
                    let text = format!("{} needs one of {}", self.what, quoted(keys));
                    log.push(Diagnostic::at(&self.node.place, text));
                }
                None
            }
            [first, second, ..] => {
                let text =
                    format!("{} takes one of {}, not both", self.what, quoted(&[&first.key, &second.key]));
                log.push(Diagnostic::at(&second.key_place, text));
                None
            }
        }
    }

    /// Reports the keys that no reader has taken.
    pub fn finish(self, log: &mut Diagnostics) {
        #[cfg(test)]
        super::schema::requested::keys(&self.node.place, &self.known);
        for entry in self.entries {
            if !self.known.contains(&entry.key.as_str()) {
                log.push_with(|| unknown_key(entry, &self.what, &self.known));
            }
        }
    }
}

/// The error for an unknown key.
pub fn unknown_key(entry: &Entry, what: &str, known: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::at(&entry.key_place, format!("unknown key `{}` in {what}", entry.key));
    match nearest(&entry.key, known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if known.is_empty() || known.len() > 24 => diagnostic,
        None => diagnostic.help(format!("known keys: {}", quoted(known))),
    }
}

/// The name in `known` that is most similar to `given`, if it is similar enough.
pub fn nearest<'k>(given: &str, known: &[&'k str]) -> Option<&'k str> {
    let lower = given.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&lower, &name.to_lowercase());
    let best = known.iter().map(|name| (likeness(name), *name));
    let best = best.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.82).then_some(best.1)
}

/// Names in backticks, separated by commas.
pub fn quoted(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// An error about the kind of value at `node`.
pub fn wrong(node: &Node, message: &str) -> Diagnostic {
    Diagnostic::at(&node.place, message).label(format!("this is {}", node.kind()))
}

/// A text.
pub fn text<'n>(node: &'n Node, what: &str, log: &mut Diagnostics) -> Option<&'n str> {
    if let Some(text) = node.as_str() {
        return Some(text);
    }
    let diagnostic = wrong(node, &format!("{what} must be a text"));
    log.push(match node.value {
        Value::Seq(_) | Value::Map(_) => diagnostic,
        _ => diagnostic.help("write it in quotes"),
    });
    None
}

/// A truth value.
pub fn boolean(node: &Node, what: &str, log: &mut Diagnostics) -> Option<bool> {
    if let Value::Bool(value) = node.value {
        return Some(value);
    }
    log.push(wrong(node, &format!("{what} must be `true` or `false`")));
    None
}

/// A whole number in a range.
pub fn whole(node: &Node, what: &str, range: RangeInclusive<i64>, log: &mut Diagnostics) -> Option<i64> {
    let value = match node.value {
        Value::Int(value) => Some(value),
        // As in a manifest, 1e3 is a whole number.
        Value::Float(value, _) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
        Value::Float(..) => None,
        _ => {
            log.push(wrong(node, &format!("{what} must be a whole number")));
            return None;
        }
    };
    let value = value.filter(|value| range.contains(value));
    if value.is_none() {
        let (low, high) = range.into_inner();
        let text = if high == i64::MAX {
            format!("{what} must be a whole number, at least {low}")
        } else {
            format!("{what} must be a whole number from {low} to {high}")
        };
        log.push(Diagnostic::at(&node.place, text));
    }
    value
}

/// Any finite number.
pub fn number(node: &Node, what: &str, log: &mut Diagnostics) -> Option<f64> {
    let value = match node.value {
        Value::Int(value) => value as f64,
        Value::Float(value, _) if value.is_finite() => value,
        _ => {
            log.push(wrong(node, &format!("{what} must be a number")));
            return None;
        }
    };
    Some(value)
}

/// A probability.
pub fn probability(node: &Node, what: &str, log: &mut Diagnostics) -> Option<f64> {
    let value = number(node, what, log)?;
    if !(0.0..=1.0).contains(&value) {
        log.push(Diagnostic::at(&node.place, format!("{what} must be a probability from 0 to 1")));
        return None;
    }
    Some(value)
}

/// The items of a list.
pub fn list<'n>(node: &'n Node, what: &str, log: &mut Diagnostics) -> &'n [Node] {
    if let Value::Seq(items) = &node.value {
        return items;
    }
    log.push(wrong(node, &format!("{what} must be a list (`- ...`)")));
    &[]
}

/// The items of a list of bounded length; more than `most` items are an error.
///
/// Each step of the simulation checks every fault and every due action, so without a bound a small file could run
/// for days.
pub(crate) fn list_of_at_most<'n>(
    node: &'n Node,
    what: &str,
    most: usize,
    log: &mut Diagnostics,
) -> &'n [Node] {
    let items = list(node, what, log);
    let Some(beyond) = items.get(most) else { return items };
    let text = format!("{what} has {} items, more than the limit of {most}", items.len());
    log.push(Diagnostic::at(&beyond.place, text).help("split the scenario into several"));
    &items[..most]
}

/// The entries of a mapping with free keys.
pub fn mapping<'n>(node: &'n Node, what: &str, log: &mut Diagnostics) -> &'n [Entry] {
    if let Value::Map(entries) = &node.value {
        return entries;
    }
    log.push(wrong(node, &format!("{what} must be a mapping (`key: value`)")));
    &[]
}

/// One of the words in `choices`.
pub fn word<T: Copy>(
    node: &Node,
    what: &str,
    choices: &[(&'static str, T)],
    log: &mut Diagnostics,
) -> Option<T> {
    #[cfg(test)]
    super::schema::requested::words(&node.place, choices.iter().map(|(name, _)| *name));
    let given = text(node, what, log)?;
    if let Some((_, value)) = choices.iter().find(|(name, _)| *name == given) {
        return Some(*value);
    }
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let diagnostic = Diagnostic::at(&node.place, format!("{what} cannot be `{given}`"));
    let help = match nearest(given, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it is one of {}", quoted(&names)),
    };
    log.push(diagnostic.help(help));
    None
}
