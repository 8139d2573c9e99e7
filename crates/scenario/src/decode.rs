//! From a tree to the Kubernetes types, with all errors at their places.
//!
//! The generated types drop unknown fields and stop at the first wrong one. This deserializer visits each field:
//! it reports ignored fields, and after a wrong field it reads the object again without it.

use super::reader::unknown_key;
use super::yaml::{Entry, Node, Value};
use crate::diagnostic::{self, Diagnostic, Diagnostics, Place};
use measures::units::{Quantity, QuantityError};
use serde::Deserializer;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use std::cell::RefCell;
use std::fmt;
use thiserror::Error;

/// The most wrong fields that are reported for one object.
const MAX_ERRORS: usize = 50;

/// Reads an object of the Kubernetes API. `None` if a field has a wrong type. Unknown fields are errors too, but
/// the known fields are still returned.
pub(crate) fn object<T: DeserializeOwned>(node: &Node, log: &mut Diagnostics) -> Option<T> {
    let state = State::default();
    let mut clean = true;
    for _ in 0..MAX_ERRORS {
        state.unknown.borrow_mut().clear();
        let cursor = Cursor { node, field: None, state: &state };
        match T::deserialize(cursor) {
            Ok(value) => {
                state.unknown.take().into_iter().for_each(|diagnostic| log.push(diagnostic));
                return clean.then_some(value);
            }
            Err(error) => {
                clean = false;
                let place = error.place.clone().unwrap_or_else(|| node.place.clone());
                let diagnostic = Diagnostic::at(&place, error.to_string());
                log.push(match error.help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
                let seen = state.wrong.borrow().contains(&place);
                if seen || place == node.place {
                    break;
                }
                state.wrong.borrow_mut().push(place);
            }
        }
    }
    None
}

#[derive(Default)]
struct State {
    unknown: RefCell<Vec<Diagnostic>>,
    /// Values that are wrong; later passes leave them out.
    wrong: RefCell<Vec<Place>>,
}

impl State {
    fn is_wrong(&self, place: &Place) -> bool {
        self.wrong.borrow().contains(place)
    }
}

/// The first error of one pass.
#[derive(Debug, Error)]
#[error("{}{message}", path_prefix(path))]
struct DecodeError {
    message: String,
    place: Option<Place>,
    /// The correction.
    help: Option<&'static str>,
    /// The path of the field, from the innermost segment to the outermost.
    path: Vec<String>,
}

impl DecodeError {
    /// Adds the next segment of the path, and the place if no inner one is known.
    fn below(mut self, segment: String, place: &Place) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self.path.push(segment);
        self
    }
}

/// The path of a field before a message: `spec.replicas: `; nothing for the object itself.
fn path_prefix(segments: &[String]) -> String {
    let path: String = segments.iter().rev().map(String::as_str).collect();
    match path.strip_prefix('.').unwrap_or(&path) {
        "" => String::new(),
        path => format!("{path}: "),
    }
}

impl serde::de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), place: None, help: None, path: Vec::new() }
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let is_scalar = matches!(
            found,
            Unexpected::Bool(_) | Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_)
        );
        let help = (is_scalar && wanted.to_string() == "a string").then_some("write it in quotes");
        let message = format!("must be {}, not {}", kind_in_words(wanted), found_in_words(found));
        Self { help, ..Self::custom(message) }
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let range = match wanted.to_string().as_str() {
            "i32" | "a 32-bit integer" => format!("a whole number from {} to {}", i32::MIN, i32::MAX),
            "i64" => format!("a whole number from {} to {}", i64::MIN, i64::MAX),
            _ => kind_in_words(wanted),
        };
        Self::custom(format_args!("must be {range}, not {}", found_in_words(found)))
    }
}

/// The expected type in the words of YAML.
fn kind_in_words(wanted: &dyn Expected) -> String {
    match wanted.to_string().as_str() {
        "i32" | "i64" | "a 32-bit integer" => "a whole number".to_owned(),
        "a string" => "a text".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a sequence" => "a list".to_owned(),
        "IntOrString" => "a whole number or a text".to_owned(),
        "a map" => "a mapping".to_owned(),
        name if name.starts_with(|first: char| first.is_ascii_uppercase()) => format!("a mapping (`{name}`)"),
        other => other.to_owned(),
    }
}

/// The type that was found in the words of YAML.
fn found_in_words(found: Unexpected<'_>) -> String {
    /// Longer texts are cut off.
    const SHOWN: usize = 40;
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(text) if text.chars().count() > SHOWN => {
            let start: String = text.chars().take(SHOWN).collect();
            format!("the text {start:?}...")
        }
        Unexpected::Str(text) => format!("the text {text:?}"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// A deserializer for one value.
#[derive(Clone, Copy)]
struct Cursor<'n, 's> {
    node: &'n Node,
    field: Option<EntryParent<'n>>,
    state: &'s State,
}

/// The entry of a value, and the type that contains it.
#[derive(Clone, Copy)]
struct EntryParent<'n> {
    entry: &'n Entry,
    parent: &'static str,
    siblings: &'static [&'static str],
}

impl<'n, 's> Cursor<'n, 's> {
    fn collection<'de, V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let Value::Map(entries) = &self.node.value else {
            return self.deserialize_any(visitor);
        };
        visitor.visit_map(MapReader { entries, current: None, name, fields, state: self.state })
    }

    fn items(self) -> SeqReader<'n, 's> {
        let items: &[Node] = match &self.node.value {
            Value::Seq(items) => items,
            _ => &[],
        };
        SeqReader { items, next: 0, state: self.state }
    }

    /// A number that is whole although it is written as 1e3 or 10.0.
    fn whole(self) -> Option<i64> {
        match self.node.value {
            Value::Float(value, _) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
            Value::Null => Some(0),
            _ => None,
        }
    }
}

/// `null` means "not given" in the API: numbers are then zero, texts and collections empty.
macro_rules! whole_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            match self.whole() {
                Some(value) => visitor.visit_i64(value),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Cursor<'_, '_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::Float(value, _) => visitor.visit_f64(*value),
            Value::Str(text) => visitor.visit_str(text),
            Value::Seq(_) => visitor.visit_seq(self.items()),
            Value::Map(_) => self.collection("the mapping", &[], visitor),
        }
    }

    whole_numbers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.node.value {
            Value::Null => visitor.visit_bool(false),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.node.value {
            Value::Null => visitor.visit_str(""),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name != "Quantity" {
            return visitor.visit_newtype_struct(self);
        }
        // The text of a number rather than its value: 0.1 must not become 0.1000000000000000055.
        let text = match &self.node.value {
            Value::Null => "0".to_owned(),
            _ => self.node.as_text().ok_or_else(|| DecodeError::custom(QuantityError::Format))?,
        };
        Quantity::parse(&text).map_err(DecodeError::custom)?;
        visitor.visit_newtype_struct(StrDeserializer::<DecodeError>::new(&text))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.node.value {
            Value::Null => visitor.visit_seq(self.items()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_struct("the mapping", &[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if self.node.is_null() {
            return visitor.visit_map(MapReader {
                entries: &[],
                current: None,
                name,
                fields,
                state: self.state,
            });
        }
        self.collection(name, fields, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if let Some(field) = self.field
            && self.state.unknown.borrow().len() < diagnostic::MAX_ERRORS
        {
            let what = format!("`{}`", field.parent);
            let diagnostic = unknown_key(field.entry, &what, field.siblings);
            self.state.unknown.borrow_mut().push(diagnostic);
        }
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct enum identifier
    }
}

struct MapReader<'n, 's> {
    entries: &'n [Entry],
    current: Option<&'n Entry>,
    name: &'static str,
    fields: &'static [&'static str],
    state: &'s State,
}

impl<'de> MapAccess<'de> for MapReader<'_, '_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        while let Some((entry, rest)) = self.entries.split_first() {
            self.entries = rest;
            if self.state.is_wrong(&entry.value.place) {
                continue;
            }
            self.current = Some(entry);
            let key: StrDeserializer<'_, DecodeError> = entry.key.as_str().into_deserializer();
            return seed.deserialize(key).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, DecodeError> {
        let Some(entry) = self.current else {
            return Err(DecodeError::custom("a value without a key"));
        };
        let cursor = Cursor {
            node: &entry.value,
            field: Some(EntryParent { entry, parent: self.name, siblings: self.fields }),
            state: self.state,
        };
        seed.deserialize(cursor).map_err(|error| error.below(format!(".{}", entry.key), &entry.value.place))
    }
}

struct SeqReader<'n, 's> {
    items: &'n [Node],
    /// The index of the first of them.
    next: usize,
    state: &'s State,
}

impl<'de> SeqAccess<'de> for SeqReader<'_, '_> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        while let Some((node, rest)) = self.items.split_first() {
            self.items = rest;
            let index = self.next;
            self.next += 1;
            if self.state.is_wrong(&node.place) {
                continue;
            }
            let cursor = Cursor { node, field: None, state: self.state };
            let segment = format!("[{index}]");
            return seed.deserialize(cursor).map(Some).map_err(|error| error.below(segment, &node.place));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;
    use crate::yaml;
    use k8s_openapi::api::apps::v1::Deployment;

    fn parse(text: &str) -> (Option<Deployment>, String) {
        let mut log = Diagnostics::new();
        let nodes = yaml::documents(&Source::new("d.yaml", text), &mut log);
        let object = nodes.first().and_then(|node| object(node, &mut log));
        let places = log.iter().map(|item| {
            let place = item.place().map(ToString::to_string).unwrap_or_default();
            format!("{place} {}\n", item.message())
        });
        (object, places.collect())
    }

    #[test]
    fn every_wrong_and_unknown_field_is_reported() {
        let (object, log) = parse(
            "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: \"10\"\n  strategy:\n    rollingUpdate:\n      \
             maxUnavilable: 1\n  template:\n    spec:\n      containers:\n      - name: 5\n        env:\n        - \
             {name: A, value: yes}\n",
        );
        assert!(object.is_none());
        assert_eq!(
            log,
            "d.yaml:4:13 spec.replicas: must be a whole number, not the text \"10\"\n\
             d.yaml:11:15 spec.template.spec.containers[0].name: must be a text, not the number 5\n\
             d.yaml:13:28 spec.template.spec.containers[0].env[0].value: must be a text, not `true`\n\
             d.yaml:7:7 unknown key `maxUnavilable` in `RollingUpdateDeployment`\n"
        );
    }

    #[test]
    fn what_kubernetes_reads_is_read() {
        let (object, log) = parse(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {creationTimestamp: null, labels: null}\nspec:\n  \
             replicas: 1e1\n  selector:\n  strategy: null\n  template:\n    spec:\n      containers:\n      - \
             resources: {limits: {cpu: 0.1, memory: 1e3, x: 2}}\n        ports: null\n",
        );
        assert_eq!(log, "");
        let spec = object.unwrap().spec.unwrap();
        assert_eq!(spec.replicas, Some(10));
        let limits = spec.template.spec.unwrap().containers[0].resources.clone().unwrap().limits.unwrap();
        assert_eq!(limits["cpu"].0, "0.1");
        assert_eq!(limits["memory"].0, "1e3");
        assert_eq!(limits["x"].0, "2");
    }

    #[test]
    fn any_tree_is_read_or_refused() {
        bolero::check!().with_iterations(1000).with_type::<String>().for_each(|text| {
            parse(text);
            parse(&format!("apiVersion: apps/v1\nkind: Deployment\nspec: {{template: {{spec: {text}}}}}\n"));
        });
    }
}
