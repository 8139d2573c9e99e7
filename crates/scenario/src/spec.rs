//! A scenario as written: its sections with their places, before any reference is resolved.

use super::action::MOST_TEMPLATES;
use super::defaults;
use super::law::span;
use super::reader::{Fields, list, list_of_at_most, mapping, text, unknown_key, whole, word};
use super::settings::Settings;
use super::validate::is_dns_label;
use super::yaml::{Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use measures::units::go_duration;
use simulator::Span;
use simulator::model::Start;
use std::collections::BTreeMap;

/// The version of the format.
pub(crate) const API_VERSION: &str = "rollout-lab/v1alpha1";
/// Most runs of a batch.
pub const MOST_RUNS: u64 = 1_000_000_000;

/// The kind of a scenario.
pub(crate) const KIND: &str = "Scenario";

/// A scenario as written.
pub(crate) struct Spec<'n> {
    pub(crate) metadata: Metadata,
    pub(crate) node: &'n Node,
    pub(crate) manifests: &'n [Node],
    pub(crate) subject: Option<SubjectRef<'n>>,
    pub(crate) start: Start,
    pub(crate) history: &'n [Node],
    pub(crate) cluster: Option<&'n Node>,
    pub(crate) images: Option<&'n Node>,
    pub(crate) service: Option<&'n Node>,
    pub(crate) actions: Option<&'n Node>,
    pub(crate) faults: Option<&'n Node>,
    pub(crate) objectives: &'n [Node],
    pub(crate) runs: u64,
    pub(crate) seed: u64,
    pub(crate) horizon: Span,
}

impl Spec<'_> {
    /// The name that the subject must have, if the scenario states one.
    pub(crate) fn subject_name(&self) -> Option<&str> {
        self.subject.as_ref()?.name.as_deref()
    }
}

/// Name, description and labels of a scenario.
#[derive(Default)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) labels: BTreeMap<String, String>,
}

/// Which workload is under test.
pub(crate) struct SubjectRef<'n> {
    pub(crate) node: &'n Node,
    pub(crate) kind: Option<&'static str>,
    pub(crate) name: Option<String>,
    pub(crate) namespace: Option<String>,
}

/// Whether a document claims to be a scenario.
pub(crate) fn is_scenario(node: &Node) -> bool {
    let is = |key, value| node.get(key).and_then(Node::as_str) == Some(value);
    let version = node.get("apiVersion").and_then(Node::as_str).unwrap_or("");
    is("kind", KIND) && (version.is_empty() || version.starts_with("rollout-lab/"))
}

/// The kind of a document that is a Kubernetes object rather than a scenario.
fn foreign_kind(node: &Node) -> Option<&Node> {
    let version = node.get("apiVersion").and_then(Node::as_str)?;
    let kind = node.get("kind").filter(|kind| kind.as_str().is_some_and(|kind| kind != KIND))?;
    (!version.starts_with("rollout-lab/")).then_some(kind)
}

/// Reads the top of a scenario.
pub(crate) fn read<'n>(node: &'n Node, settings: &mut Settings, log: &mut Diagnostics) -> Option<Spec<'n>> {
    if let Some(kind) = foreign_kind(node) {
        // The whole document has the wrong kind: errors about its keys would add nothing.
        let name = kind.as_str().unwrap_or_default();
        let error = Diagnostic::at(&kind.place, format!("this is a {name}, not a {KIND}"));
        log.push(
            error.help(
                "name the manifest in `spec.manifests` of a scenario; `rollout-lab list` shows examples",
            ),
        );
        return None;
    }
    let mut fields = Fields::of(node, "a scenario", log)?;
    header(&mut fields, log);
    let metadata = fields.need("metadata", log).map(|node| read_metadata(node, log)).unwrap_or_default();
    let spec = fields.need("spec", log);
    fields.finish(log);
    let node = spec?;
    let mut fields = Fields::of(node, "`spec`", log)?;
    let horizon = horizon(fields.take("horizon"), settings, log);
    let runs = fields.take("runs").and_then(|node| whole(node, "`runs`", 1..=MOST_RUNS as i64, log));
    let seed = fields.take("seed").and_then(|node| whole(node, "`seed`", 0..=i64::MAX, log));
    let manifests = fields.need("manifests", log).map_or(&[][..], |node| {
        let items = list(node, "`manifests`", log);
        if items.is_empty() && matches!(node.value, Value::Seq(_)) {
            log.push(Diagnostic::at(&node.place, "`manifests` needs at least one manifest"));
        }
        items
    });
    let subject = fields.take("subject").and_then(|node| read_subject(node, log));
    let start = read_start(fields.take("start"), settings, log);
    let history = fields
        .take("history")
        .map_or(&[][..], |node| list_of_at_most(node, "`history`", MOST_TEMPLATES, log));
    let objectives = fields.take("objectives").map_or(&[][..], |node| list(node, "`objectives`", log));
    let spec = Spec {
        metadata,
        node,
        manifests,
        subject,
        start,
        history,
        cluster: fields.take("cluster"),
        images: fields.take("images"),
        service: fields.take("service"),
        actions: fields.take("actions"),
        faults: fields.take("faults"),
        objectives,
        runs: settings.choose("spec.runs", runs, defaults::RUNS, i64::to_string) as u64,
        seed: settings.choose("spec.seed", seed, defaults::SEED, i64::to_string) as u64,
        horizon,
    };
    fields.finish(log);
    Some(spec)
}

fn header(fields: &mut Fields<'_>, log: &mut Diagnostics) {
    if let Some(node) = fields.need("apiVersion", log)
        && let Some(version) = text(node, "`apiVersion`", log)
        && version != API_VERSION
    {
        let error = Diagnostic::at(&node.place, format!("unknown apiVersion `{version}`"));
        log.push(error.help(format!("known: `{API_VERSION}`")));
    }
    if let Some(node) = fields.need("kind", log) {
        word(node, "`kind`", &[(KIND, ())], log);
    }
}

fn read_metadata(node: &Node, log: &mut Diagnostics) -> Metadata {
    let Some(mut fields) = Fields::of(node, "`metadata`", log) else {
        return Metadata::default();
    };
    let name_node = fields.need("name", log);
    let name = name_node.and_then(|node| text(node, "`name`", log)).unwrap_or_default();
    let description = fields.take("description");
    let description = description.and_then(|node| text(node, "`description`", log)).unwrap_or_default();
    let labels = fields.take("labels").map_or(&[][..], |node| mapping(node, "`labels`", log));
    let labels = labels.iter().filter_map(|entry| {
        let value = text(&entry.value, &format!("label `{}`", entry.key), log)?;
        Some((entry.key.clone(), value.to_owned()))
    });
    let labels = labels.collect();
    fields.finish(log);
    if let Some(node) = name_node {
        check_name(node, name, log);
    }
    // A description of several lines becomes one line.
    let description: Vec<&str> = description.split_whitespace().collect();
    Metadata { name: name.to_owned(), description: description.join(" "), labels }
}

fn check_name(node: &Node, name: &str, log: &mut Diagnostics) {
    if !is_dns_label(name) && node.as_str().is_some() {
        let text = format!(
            "the name `{name}` is not a DNS label: at most 63 lower case letters, digits and inner `-`"
        );
        log.push(Diagnostic::at(&node.place, text));
    }
    if ["baselines", "example"].contains(&name) {
        let text =
            format!("a scenario cannot be called `{name}`: that folder of the results has another use");
        log.push(Diagnostic::at(&node.place, text));
    }
}

fn horizon(node: Option<&Node>, settings: &mut Settings, log: &mut Diagnostics) -> Span {
    let stated = node.and_then(|node| {
        let horizon = span(node, "`horizon`", log)?;
        if horizon == Span::ZERO {
            log.push(Diagnostic::at(&node.place, "`horizon` must be greater than zero"));
            return None;
        }
        Some(horizon)
    });
    settings.choose("spec.horizon", stated, defaults::HORIZON, |span| go_duration::format(*span))
}

fn read_subject<'n>(node: &'n Node, log: &mut Diagnostics) -> Option<SubjectRef<'n>> {
    let mut fields = Fields::of(node, "`subject`", log)?;
    let kinds = [("Deployment", "Deployment"), ("ReplicaSet", "ReplicaSet")];
    let kind = fields.take("kind").and_then(|node| word(node, "`kind`", &kinds, log));
    let name = fields.take("name").and_then(|node| text(node, "`name`", log));
    let namespace = fields.take("namespace").and_then(|node| text(node, "`namespace`", log));
    fields.finish(log);
    Some(SubjectRef { node, kind, name: name.map(str::to_owned), namespace: namespace.map(str::to_owned) })
}

/// `settled`, `empty` or `{settled: {age: 24h}}`.
fn read_start(node: Option<&Node>, settings: &mut Settings, log: &mut Diagnostics) -> Start {
    let settled = Start::Settled { age: defaults::AGE.0 };
    let show = |start: &Start| match start {
        Start::Empty => "empty".to_owned(),
        Start::Settled { age } => format!("{{settled: {{age: {}}}}}", go_duration::format(*age)),
    };
    let stated = node.and_then(|node| match node.value {
        Value::Map(_) => read_settled(node, log),
        _ => word(node, "`start`", &[("settled", settled), ("empty", Start::Empty)], log),
    });
    settings.choose("spec.start", stated, (settled, defaults::AGE.1), show)
}

fn read_settled(node: &Node, log: &mut Diagnostics) -> Option<Start> {
    let mut fields = Fields::of(node, "`start`", log)?;
    let settled = fields.need("settled", log);
    fields.finish(log);
    let mut fields = Fields::of(settled?, "`settled`", log)?;
    let age = fields.take("age").map_or(Some(defaults::AGE.0), |node| span(node, "`age`", log));
    fields.finish(log);
    age.map(|age| Start::Settled { age })
}

/// The kinds of items of `manifests`.
pub(crate) enum Manifest<'n> {
    /// The path of a file.
    Path(&'n Node),
    /// A stream in a block text.
    Stream(&'n Node),
    /// An object.
    Object(&'n Node),
}

/// Determines the kind of an item of `manifests`.
pub(crate) fn manifest<'n>(node: &'n Node, log: &mut Diagnostics) -> Option<Manifest<'n>> {
    let Value::Map(entries) = &node.value else {
        text(node, "a manifest must be a path or an object; a path", log)?;
        return Some(Manifest::Path(node));
    };
    let Some(inline) = node.entry("inline") else {
        return Some(Manifest::Object(node));
    };
    for other in entries.iter().filter(|entry| entry.key != "inline") {
        log.push(unknown_key(other, "an inline manifest", &["inline"]));
    }
    match inline.value.value {
        Value::Map(_) => Some(Manifest::Object(&inline.value)),
        _ => text(&inline.value, "`inline`", log).map(|_| Manifest::Stream(&inline.value)),
    }
}
