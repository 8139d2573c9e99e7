//! Which fields of a manifest the model leaves out, and what that can do.
//!
//! The table says it of every field of the API ([`table`]); [`find`] looks which of them a manifest states,
//! and [`left_out`] tells those of the subject and of what surrounds it from the others.

mod table;
#[cfg(test)]
mod tests;
mod words;

pub use words::{reference, tell};

use super::manifest::{Autoscaler, Id, Objects, Workload};
use super::validate::selector;
use super::yaml::{Node, Value};
use std::collections::BTreeMap;
use table::{At, Row, Table};

/// What leaving a field out can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// No number changes.
    Nothing,
    /// Times and counts are a little different.
    ShiftsNumbers,
    /// A rollout may end otherwise than in a cluster.
    DecidesOutcome,
}

impl Effect {
    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::ShiftsNumbers => "shifts-numbers",
            Self::DecidesOutcome => "can-decide-the-outcome",
        }
    }
}

/// A field that manifests state and the model leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The objects that state it, `Deployment default/web`.
    pub objects: Vec<String>,
    /// Whether these are the subject and what concerns it: its quotas, budgets, Service and autoscaler.
    pub of_subject: bool,
    /// Its path in the object.
    pub field: String,
    /// How often it is stated.
    pub count: usize,
    /// What leaving it out can do.
    pub effect: Effect,
    /// Why, in half a sentence.
    pub why: &'static str,
}

/// The unused fields that one object states.
#[derive(Debug, Clone)]
pub(crate) struct Stated {
    kind: &'static str,
    namespace: String,
    name: String,
    fields: BTreeMap<String, (Row, usize)>,
}

impl Stated {
    /// The unused fields of an object.
    pub(crate) fn of(id: &Id, node: &Node) -> Self {
        Self {
            kind: id.kind,
            namespace: id.namespace.clone(),
            name: id.name.clone(),
            fields: find(id.kind, node),
        }
    }

    /// Whether it is this object.
    pub(crate) fn is_of(&self, id: &Id) -> bool {
        self.kind == id.kind && self.namespace == id.namespace && self.name == id.name
    }

    fn title(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// The unused fields of an object of this kind, by path, with how often each is stated.
fn find(kind: &str, node: &Node) -> BTreeMap<String, (Row, usize)> {
    let mut found = BTreeMap::new();
    if let Some(table) = table::of_kind(kind) {
        Walk { table, found: &mut found }.at(&mut String::new(), "", node);
    }
    found
}

/// Goes through an object along the paths of its table.
struct Walk<'a> {
    table: &'static Table,
    found: &'a mut BTreeMap<String, (Row, usize)>,
}

impl Walk<'_> {
    /// Visits a node. `path` is the path of the table; `entry` is the key in place of its `[*]`.
    fn at(&mut self, path: &mut String, entry: &str, node: &Node) {
        match self.table.get(path.as_str()) {
            Some(At::Used) => return,
            Some(At::Unused(row)) => {
                if !row.is_usual(node) {
                    // An entry of a map is named where it matters which one it is.
                    let named = row.effect == Effect::DecidesOutcome && !entry.is_empty();
                    let open = path.rfind('[').filter(|_| named);
                    let field = open.map_or(path.clone(), |open| format!("{}[{entry}]", &path[..open]));
                    self.found.entry(field).or_insert((*row, 0)).1 += 1;
                }
                return;
            }
            Some(At::Inner) | None => {}
        }
        let length = path.len();
        match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    let wildcard = self.step(path, &entry.key);
                    if path.len() > length {
                        self.at(path, if wildcard { &entry.key } else { "" }, &entry.value);
                        path.truncate(length);
                    }
                }
            }
            Value::Seq(items) => {
                path.push_str("[]");
                if self.table.contains_key(path.as_str()) {
                    for item in items {
                        self.at(path, "", item);
                    }
                }
                path.truncate(length);
            }
            _ => {}
        }
    }

    /// Extends `path` by a field or by an entry of a map, if the table knows it; whether by a `[*]`.
    fn step(&self, path: &mut String, key: &str) -> bool {
        let length = path.len();
        let dot = if path.is_empty() { "" } else { "." };
        let general = if key.starts_with("requests.") { "[requests.*]" } else { "[*]" };
        let ways = [format!("{dot}{key}"), format!("[{key}]"), general.to_owned(), "[*]".to_owned()];
        for (place, way) in ways.iter().enumerate() {
            path.push_str(way);
            if self.table.contains_key(path.as_str()) {
                return place > 1;
            }
            path.truncate(length);
        }
        false
    }
}

/// An orphan that a Deployment adopts; the field belongs to the `ReplicaSet`.
const ADOPTED: &str = "the Deployment adopts this ReplicaSet, because its selector matches these labels, and scales it as one of its \
                       revisions; here its pods are those of another workload";

/// The fields that are left out, those of the subject last. Without a subject every workload is taken for one.
/// `applied` are those of manifests that are applied to the subject later.
pub(crate) fn left_out(
    subject: Option<&Workload>,
    service: Option<&str>,
    objects: &Objects,
    applied: &[Stated],
) -> Vec<LeftOut> {
    let ours = |stated: &Stated| match subject {
        Some(subject) => concerns(stated, subject, service, &objects.autoscalers),
        None => stated.kind != "Pod",
    };
    let mut groups: BTreeMap<(bool, String), LeftOut> = BTreeMap::new();
    let mut add = |of_subject: bool, title: String, field: &str, count, effect, why| {
        // The same field of the subject as it is and as it is applied is one field.
        let key = if of_subject { format!("{title} {field}") } else { field.to_owned() };
        let new =
            || LeftOut { objects: Vec::new(), of_subject, field: field.to_owned(), count: 0, effect, why };
        let group = groups.entry((of_subject, key)).or_insert_with(new);
        group.count = if of_subject { group.count.max(count) } else { group.count + count };
        if !group.objects.contains(&title) {
            group.objects.push(title);
        }
    };
    for stated in objects.stated.iter().chain(applied) {
        let of_subject = ours(stated);
        for (field, (row, count)) in &stated.fields {
            add(of_subject, stated.title(), field, *count, row.effect, row.why);
        }
    }
    for orphan in
        objects.workloads.iter().filter(|other| subject.is_some_and(|subject| adopts(subject, other)))
    {
        let title = format!("ReplicaSet {}/{}", orphan.id.namespace, orphan.id.name);
        add(true, title, "metadata.labels", 1, Effect::DecidesOutcome, ADOPTED);
    }
    let mut all: Vec<LeftOut> = groups.into_values().collect();
    all.sort_by_key(|field| (field.of_subject, field.effect));
    all
}

/// Whether an object is the subject or decides about its pods.
fn concerns(stated: &Stated, subject: &Workload, service: Option<&str>, autoscalers: &[Autoscaler]) -> bool {
    let id = &subject.id;
    let targets = |known: &&Autoscaler| {
        known.name == stated.name && known.target.0 == id.kind && known.target.1 == id.name
    };
    stated.namespace == id.namespace
        && match stated.kind {
            "ResourceQuota" | "PodDisruptionBudget" => true,
            "Service" => service == Some(stated.name.as_str()),
            "HorizontalPodAutoscaler" => autoscalers.iter().any(|known| targets(&known)),
            _ => stated.is_of(id),
        }
}

/// Whether a Deployment takes over a `ReplicaSet` that has no owner.
fn adopts(subject: &Workload, other: &Workload) -> bool {
    subject.deployment.is_some()
        && other.deployment.is_none()
        && other.id.namespace == subject.id.namespace
        && selector::matches(&subject.selector, other.labels.as_ref())
}
