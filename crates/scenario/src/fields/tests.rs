//! Every field of the API's types is in the table, and every row of the table is a field.

use super::table::{self, FieldUse};
use super::*;
use crate::diagnostic::{Diagnostics, Source};
use crate::yaml;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Pod, ResourceQuota, Service};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::{autoscaling::v1, autoscaling::v2};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::collections::BTreeSet;

type Failure = de::value::Error;

/// A deserializer for any type: all fields of every structure, one item of every list, one entry of every map. It
/// records the path of everything without fields.
#[derive(Clone)]
struct Prober<'a> {
    path: String,
    leaves: &'a RefCell<BTreeSet<String>>,
}

impl Prober<'_> {
    fn below(&self, step: &str) -> Self {
        let step = if self.path.is_empty() { step.trim_start_matches('.') } else { step };
        Self { path: format!("{}{step}", self.path), leaves: self.leaves }
    }

    fn leaf(&self) {
        self.leaves.borrow_mut().insert(self.path.clone());
    }
}

/// Fields that an object must have, and whose values are fixed.
const HEADER: [&str; 2] = ["apiVersion", "kind"];

impl<'de> de::Deserializer<'de> for Prober<'_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.leaf();
        visitor.visit_i64(0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.leaf();
        visitor.visit_bool(false)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.leaf();
        // Also a time, and an empty text in base 64.
        visitor.visit_str("2026-01-01T00:00:00Z")
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_seq(Once(Some(self.below("[]"))))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_map(Fields { of: self, names: &["*"], is_map: true, current: "" })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_map(Fields { of: self, names, is_map: false, current: "" })
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 u64 i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct enum
        identifier ignored_any
    }
}

struct Once<'a>(Option<Prober<'a>>);

impl<'de> SeqAccess<'de> for Once<'_> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Failure> {
        self.0.take().map(|prober| seed.deserialize(prober)).transpose()
    }
}

struct Fields<'a> {
    of: Prober<'a>,
    names: &'static [&'static str],
    is_map: bool,
    current: &'static str,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let is_header = |name: &str| self.of.path.is_empty() && HEADER.contains(&name);
        while let Some((name, rest)) = self.names.split_first() {
            self.names = rest;
            if !is_header(name) {
                self.current = name;
                let key: StrDeserializer<'_, Failure> = name.into_deserializer();
                return seed.deserialize(key).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let step = if self.is_map { format!("[{}]", self.current) } else { format!(".{}", self.current) };
        seed.deserialize(self.of.below(&step))
    }
}

/// The paths of everything in a type without fields.
fn leaves<T: de::DeserializeOwned>() -> BTreeSet<String> {
    let leaves = RefCell::default();
    let value = T::deserialize(Prober { path: String::new(), leaves: &leaves });
    assert!(value.is_ok(), "{:?} after {:?}", value.err(), leaves.borrow().iter().next_back());
    leaves.into_inner()
}

fn types() -> [(&'static str, BTreeSet<String>); 7] {
    let autoscaler = [leaves::<v1::HorizontalPodAutoscaler>(), leaves::<v2::HorizontalPodAutoscaler>()];
    [
        ("Deployment", leaves::<Deployment>()),
        ("ReplicaSet", leaves::<ReplicaSet>()),
        ("Pod", leaves::<Pod>()),
        ("Service", leaves::<Service>()),
        ("ResourceQuota", leaves::<ResourceQuota>()),
        ("PodDisruptionBudget", leaves::<PodDisruptionBudget>()),
        ("HorizontalPodAutoscaler", autoscaler.into_iter().flatten().collect()),
    ]
}

/// `a[cpu].b` as the types have it: `a[*].b`.
fn general(path: &str) -> String {
    let mut parts = path.split('[');
    let mut general = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (key, rest) = part.split_once(']').unwrap_or((part, ""));
        general += if key.is_empty() { "[]" } else { "[*]" };
        general += rest;
    }
    general
}

/// Whether `path` is `prefix` or something below it.
fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[test]
fn every_field_of_the_api_is_used_or_in_the_table() {
    let mut forgotten = Vec::new();
    for (kind, leaves) in types() {
        let table = table::of_kind(kind).unwrap();
        assert!(leaves.len() > 20, "{kind}: {leaves:?}");
        let covers = |leaf: &str, (path, at): (&String, &FieldUse)| match at {
            // A list or a map of plain values is one field.
            FieldUse::Used => leaf == path || leaf == format!("{path}[]") || leaf == format!("{path}[*]"),
            FieldUse::Unused(_) => is_below(leaf, path),
            FieldUse::Inner => false,
        };
        let left = leaves.iter().filter(|leaf| !table.iter().any(|row| covers(leaf, row)));
        forgotten.extend(left.map(|leaf| format!("{kind} {leaf}")));
    }
    assert!(forgotten.is_empty(), "not in the table of fields:\n{}", forgotten.join("\n"));
}

#[test]
fn every_row_is_a_field_and_no_row_hides_another() {
    for (kind, leaves) in types() {
        let table = table::of_kind(kind).unwrap();
        for (path, at) in table {
            let general = general(path);
            assert!(leaves.iter().any(|leaf| is_below(leaf, &general)), "{kind} has no field {path}");
            if let FieldUse::Unused(row) = at {
                let inside = table.keys().find(|other| *other != path && is_below(other, path));
                assert_eq!(inside, None, "{kind}: {path} includes all fields below it");
                assert!(!row.why.is_empty());
            }
        }
    }
}

fn found(kind: &str, text: &str) -> Vec<(String, usize)> {
    let mut log = Diagnostics::new();
    let nodes = yaml::documents(&Source::new("t.yaml", text), &mut log);
    find(kind, &nodes[0]).into_iter().map(|(field, (_, count))| (field, count)).collect()
}

#[test]
fn what_is_stated_is_found_and_usual_values_are_not() {
    let text = "spec:\n  template:\n    spec:\n      hostNetwork: false\n      schedulerName: default-scheduler\n      dnsPolicy: \
                ClusterFirst\n      nodeName: ''\n      securityContext: {}\n      tolerations: [{operator: Exists}]\n      \
                priorityClassName: null\n      containers:\n      - name: c\n        restartPolicy: Always\n        resources: {limits: \
                {cpu: 1}}\n        ports: [{containerPort: 80, hostPort: 0}]\nstatus: {}\n";
    assert_eq!(found("Deployment", text), []);
    let text = "spec:\n  template:\n    metadata: {annotations: {a: b, c: d}}\n    spec:\n      hostNetwork: true\n      containers:\n      \
                - {resources: {limits: {nvidia.com/gpu: 1}}}\n      - {resources: {limits: {nvidia.com/gpu: 2}}, command: [a, b]}\n      \
                volumes: [{name: a, emptyDir: {}}, {name: b, persistentVolumeClaim: {claimName: c}}]\n";
    let below = |field: &str| format!("spec.template.spec.{field}");
    assert_eq!(
        found("Deployment", text),
        [
            ("spec.template.metadata.annotations[*]".to_owned(), 2),
            (below("containers[].command"), 1),
            (below("containers[].resources.limits[nvidia.com/gpu]"), 2),
            (below("hostNetwork"), 1),
            (below("volumes[].emptyDir"), 1),
            (below("volumes[].persistentVolumeClaim"), 1),
        ]
    );
    let hard = "spec: {hard: {pods: 1, requests.cpu: 2, requests.storage: 1Gi, requests.nvidia.com/gpu: 4, services: 3}}\n";
    let fields = ["spec.hard[*]", "spec.hard[requests.nvidia.com/gpu]", "spec.hard[requests.storage]"];
    assert_eq!(found("ResourceQuota", hard), fields.map(|field| (field.to_owned(), 1)));
}
