//! The fields of a manifest that the model does not use, and the possible effect.
//!
//! The table has every field of the API ([`table`]); [`find`] lists the unused fields that a manifest states, and
//! [`left_out`] separates the fields of the subject and its policies from the others.

mod table;
#[cfg(test)]
mod tests;
mod text;

pub use text::{notes_and_warnings, reference};

use super::manifest::{Autoscaler, Id, Objects, Workload};
use super::validate::selector;
use super::yaml::{Node, Value};
use std::collections::BTreeMap;
use table::{FieldTable, FieldUse, UnusedField};

/// The possible effect of an unused field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// No result changes.
    Nothing,
    /// Times and counts differ slightly.
    ShiftsNumbers,
    /// A rollout can end differently than in a cluster.
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

/// A field that manifests state and the model does not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The objects that state it, `Deployment default/web`.
    pub objects: Vec<String>,
    /// Whether these are the subject or its quotas, budgets, Service and autoscaler.
    pub of_subject: bool,
    /// Its path in the object.
    pub field: String,
    /// How often it is stated.
    pub count: usize,
    /// Its possible effect.
    pub effect: Effect,
    /// The reason, in half a sentence.
    pub why: &'static str,
}

/// The unused fields that one object states.
#[derive(Debug, Clone)]
pub(crate) struct Stated {
    kind: &'static str,
    namespace: String,
    name: String,
    fields: BTreeMap<String, (UnusedField, usize)>,
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

    /// Whether the fields belong to this object.
    pub(crate) fn is_of(&self, id: &Id) -> bool {
        self.kind == id.kind && self.namespace == id.namespace && self.name == id.name
    }

    fn title(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// The unused fields of an object of this kind, by path, with how often each is stated.
fn find(kind: &str, node: &Node) -> BTreeMap<String, (UnusedField, usize)> {
    let mut found = BTreeMap::new();
    if let Some(table) = table::of_kind(kind) {
        FieldWalk { table, found: &mut found }.at(&mut String::new(), "", node);
    }
    found
}

/// Visits the fields of an object along the paths of its table.
struct FieldWalk<'a> {
    table: &'static FieldTable,
    found: &'a mut BTreeMap<String, (UnusedField, usize)>,
}

impl FieldWalk<'_> {
    /// Visits a node. `path` is the path of the table; `entry` is the key in place of its `[*]`.
    fn at(&mut self, path: &mut String, entry: &str, node: &Node) {
        match self.table.get(path.as_str()) {
            Some(FieldUse::Used) => return,
            Some(FieldUse::Unused(row)) => {
                if !row.is_usual(node) {
                    // The key of a map's entry is part of the name where the table distinguishes entries.
                    let named = row.effect == Effect::DecidesOutcome && !entry.is_empty();
                    let open = path.rfind('[').filter(|_| named);
                    let field = open.map_or(path.clone(), |open| format!("{}[{entry}]", &path[..open]));
                    self.found.entry(field).or_insert((*row, 0)).1 += 1;
                }
                return;
            }
            Some(FieldUse::Inner) | None => {}
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

    /// Extends `path` by a field or by an entry of a map, if the table has it; returns whether by a `[*]`.
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

/// The unused fields, those of the subject last. Without a subject every workload counts as one. `applied` are the
/// fields of manifests that are applied to the subject later.
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
        // A field that the subject and an applied manifest state counts once.
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

/// Whether an object is the subject or one of its policies.
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

/// Whether a Deployment adopts a `ReplicaSet` without an owner.
fn adopts(subject: &Workload, other: &Workload) -> bool {
    subject.deployment.is_some()
        && other.deployment.is_none()
        && other.id.namespace == subject.id.namespace
        && selector::matches(&subject.selector, other.labels.as_ref())
}
