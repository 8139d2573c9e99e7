//! What `kubectl get ... -o json` and `kubectl get -w -o json --output-watch-events` print, read object by object.
//!
//! Lists of any kind, single objects, watch events and several documents one after another are read, from JSON; only
//! the object at hand is in memory. Fields that are not needed are skipped.

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;
use std::io::Read;
use thiserror::Error;

/// An object of Kubernetes, as far as it tells about delays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// A pod, and whether a watch says that it is gone.
    Pod(Box<Pod>),
    /// An Event about a pod.
    Event(Event),
    /// Something else: its kind.
    Other(String),
}

/// Metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Its identity.
    pub uid: String,
    /// RFC 3339, in whole seconds.
    pub creation_timestamp: Option<String>,
}

/// A condition of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// RFC 3339.
    pub last_transition_time: Option<String>,
}

/// A pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pod {
    /// Metadata.
    pub metadata: Metadata,
    /// What is wanted.
    pub spec: PodSpec,
    /// What is.
    pub status: PodStatus,
}

/// The specification of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Where it runs.
    pub node_name: String,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Its init containers.
    pub init_containers: Vec<Container>,
}

/// A container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Its readiness probe.
    pub readiness_probe: Option<Probe>,
}

/// The clock of a probe.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Probe {
    /// Seconds; 10 if absent.
    pub period_seconds: Option<u32>,
}

/// The status of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// Its containers.
    pub container_statuses: Vec<ContainerStatus>,
}

/// The status of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// How often it was restarted.
    pub restart_count: u32,
    /// What it does.
    pub state: ContainerState,
}

/// What a container does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerState {
    /// If it runs.
    pub running: Option<Running>,
}

/// A container that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    /// RFC 3339.
    pub started_at: Option<String>,
}

/// A Kubernetes Event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// What it is about.
    pub involved_object: Reference,
    /// Why.
    pub reason: String,
    /// For people.
    pub message: String,
    /// How often.
    pub count: Option<u32>,
}

/// The object of an Event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reference {
    /// Its kind.
    pub kind: String,
    /// Its identity.
    pub uid: String,
    /// `spec.containers{web}`.
    pub field_path: String,
}

/// Why a dump cannot be read.
#[derive(Debug, Error)]
#[error("line {line}, column {column}: {because}")]
pub struct DumpError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub because: String,
}

/// Hands every object of a dump to `take`, in their order. Returns how many there were.
///
/// # Errors
/// It is not JSON, or is cut off.
pub fn read(input: impl Read, mut take: impl FnMut(Object)) -> Result<u64, DumpError> {
    let mut objects = 0;
    let mut counted = |object| {
        objects += 1;
        take(object);
    };
    let mut documents = serde_json::Deserializer::from_reader(input);
    let mut documents_end = false;
    while !documents_end {
        // A stream has one document after another until the input ends.
        let read = Document { take: &mut counted }.deserialize(&mut documents);
        match read {
            Ok(()) => {}
            Err(error) if error.is_eof() && is_between_documents(&error) => documents_end = true,
            Err(error) => {
                let text = error.to_string();
                let because = text.split(" at line ").next().unwrap_or_default().to_owned();
                return Err(DumpError { line: error.line(), column: error.column(), because });
            }
        }
    }
    Ok(objects)
}

/// The input ended where a document could have begun.
fn is_between_documents(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("EOF while parsing a value")
}

/// A list, a single object or a watch event.
struct Document<'a> {
    take: &'a mut dyn FnMut(Object),
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object of Kubernetes as JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut fields, mut kind, mut is_list) = (serde_json::Map::new(), String::new(), false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "kind" => kind = map.next_value()?,
                "items" => {
                    is_list = true;
                    map.next_value_seed(Items { take: &mut *self.take, kind: &kind })?;
                }
                "object" => {
                    is_list = true;
                    let object: Box<RawValue> = map.next_value()?;
                    (self.take)(object_of(object.get(), "").map_err(A::Error::custom)?);
                }
                // Of a single object everything is kept until its kind is known.
                "metadata" | "spec" | "status" | "involvedObject" | "reason" | "message" | "count" => {
                    fields.insert(key, map.next_value()?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !is_list && !kind.is_empty() {
            (self.take)(typed(&kind, serde_json::Value::from(fields)).map_err(A::Error::custom)?);
        }
        Ok(())
    }
}

/// The items of a list. Those of a typed list, as `PodList`, have no kind of their own.
struct Items<'a> {
    take: &'a mut dyn FnMut(Object),
    kind: &'a str,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the items of a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let kind = self.kind.strip_suffix("List").unwrap_or_default();
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            (self.take)(object_of(item.get(), kind).map_err(A::Error::custom)?);
        }
        Ok(())
    }
}

/// An object by its own kind, or by the kind of its list.
fn object_of(text: &str, of_list: &str) -> Result<Object, serde_json::Error> {
    #[derive(Deserialize)]
    struct Kind {
        kind: Option<String>,
    }
    let kind = serde_json::from_str::<Kind>(text)?.kind;
    let kind = kind.filter(|kind| !kind.is_empty()).unwrap_or_else(|| of_list.to_owned());
    typed(&kind, &mut serde_json::Deserializer::from_str(text))
}

/// Reads an object of a kind.
fn typed<'de, D: Deserializer<'de>>(kind: &str, object: D) -> Result<Object, D::Error> {
    Ok(match kind {
        "Pod" => Object::Pod(Deserialize::deserialize(object)?),
        "Event" => Object::Event(Deserialize::deserialize(object)?),
        _ => Object::Other(kind.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(text: &str) -> Result<Vec<Object>, String> {
        let mut objects = Vec::new();
        read(text.as_bytes(), |object| objects.push(object)).map_err(|error| error.to_string())?;
        Ok(objects)
    }

    fn names(text: &str) -> Vec<String> {
        let name = |object| match object {
            Object::Pod(pod) => pod.metadata.uid,
            Object::Other(kind) => format!("a {kind}"),
            Object::Event(event) => panic!("{event:?}"),
        };
        objects(text).unwrap().into_iter().map(name).collect()
    }

    #[test]
    fn lists_objects_watches_and_streams_are_read() {
        let pod = |name: &str| format!(r#"{{"kind":"Pod","metadata":{{"uid":"{name}"}},"spec":{{}}}}"#);
        let list = format!(r#"{{"apiVersion":"v1","items":[{},{}],"kind":"List"}}"#, pod("a"), pod("b"));
        assert_eq!(names(&list), ["a", "b"]);
        assert_eq!(names(r#"{"kind":"PodList","items":[{"metadata":{"uid":"c"}}]}"#), ["c"]);
        assert_eq!(names(&format!("{}\n{}", pod("a"), pod("b"))), ["a", "b"]);
        let watch = |name| format!(r#"{{"type":"MODIFIED","object":{}}}"#, pod(name));
        assert_eq!(names(&format!("{}{}", watch("a"), watch("a"))), ["a", "a"]);
        assert_eq!(names(r#"{"kind":"Node","spec":{"containers":7}}"#), ["a Node"]);
        assert_eq!(names(""), [""; 0]);
    }

    #[test]
    fn what_is_no_dump_says_where() {
        assert_eq!(
            objects("[1]").unwrap_err(),
            "line 1, column 1: invalid type: sequence, expected a list or an object of Kubernetes as JSON"
        );
        let cut = objects("{\"items\":[{\"kind\":\"Pod\",\n\"spec\"").unwrap_err();
        assert_eq!(cut, "line 2, column 6: EOF while parsing an object");
        assert!(objects("hello").is_err());
    }
}
