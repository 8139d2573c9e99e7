//! Scenario files and Kubernetes manifests: from a path to a checked model, or to all errors of the input at
//! once.
//!
//! It holds the YAML reader with places, strict decoding, defaulting and validation as the API server does
//! them, the schema for editors, `explain`, and the catalogue that is inside the binary. It does not know
//! statistics, results or charts. Start with [`load`].
//!
//! ```text
//! source -> yaml (tree with places) -> spec (as written) -> checked (as meant) -> simulator::model
//!                                  \-> decode -> defaulting -> validate -> manifest, template
//! ```
//!
//! A file goes from left to right, and every step notes what is wrong in one list and goes on.

// As `crates/clippy.toml`: only `report::terminal` writes to the terminal.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod action;
mod apply;
pub mod autoscaler;
mod catalogue;
mod checked;
mod cluster;
mod decode;
mod defaulting;
mod defaults;
pub mod diagnostic;
mod disruption;
mod dump;
mod duration;
mod explain;
mod fault;
mod fields;
mod find;
mod fit;
mod folder;
mod hook;
mod image;
pub mod input;
mod law;
mod line_map;
mod load;
mod manifest;
mod merge;
mod never;
mod node_objects;
mod nodes;
mod note;
mod objective;
mod placement;
mod policy;
pub mod quantity;
pub mod reader;
mod registry;
mod scalar;
mod schema;
mod service;
mod settings;
pub mod source;
mod spec;
mod subject;
mod surroundings;
mod template;
mod trigger;
mod unrendered;
mod validate;
mod variant;
pub mod yaml;

pub use action::MAX_REPLICAS;
pub use checked::Scenario;
pub use explain::{AFTER_DEADLINE, explain, is_derived};
pub use explain::{change as change_in_words, fault_in_words};
pub use fields::{Effect, LeftOut, reference as fields_reference, tell as tell_left_out};
pub use find::{find, is_scenario};
pub use folder::Inputs;
pub use node_objects::node_pools;
pub use objective::{Objective, ReplicaSetRef, RunEvent, Share, Since};
pub use schema::{SCHEMA, schema_of};
pub use settings::{Origin, Setting};
pub use source::{MAX_BYTES, text_of};
pub use spec::MOST_RUNS;
pub use unrendered::of_folder as unrendered_folder;
pub use variant::{Assignment, Factor, Variant};

use crate::diagnostic::{Diagnostics, Source};
use folder::Folder;
use simulator::Span;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Reads and checks a scenario file. The paths in it begin in its folder.
///
/// # Errors
/// Everything that is wrong with the file and with the manifests it names.
pub fn load(path: &Path) -> Result<Scenario, Diagnostics> {
    load_variant(path, &Variant::default())
}

/// Reads and checks a scenario file with other values than are written in it.
///
/// # Errors
/// As [`load`], and values that lead nowhere.
pub fn load_variant(path: &Path, variant: &Variant) -> Result<Scenario, Diagnostics> {
    load_with_inputs(path, variant).map(|(scenario, _)| scenario)
}

/// The same, with everything that the scenario was read from.
///
/// # Errors
/// As [`load_variant`].
pub fn load_with_inputs(path: &Path, variant: &Variant) -> Result<(Scenario, Inputs), Diagnostics> {
    let inside = catalogue::resolve(path);
    let path = inside.as_deref().unwrap_or(path);
    let source = source::read(path, None).map_err(|error| catalogue::hint(path, error))?;
    checked::check(&source, Folder::new(path.parent().unwrap_or(Path::new("")), variant))
}

/// Reads and checks a scenario again from what it was read from. `name` stands for its file in messages.
///
/// # Errors
/// As [`load_variant`].
pub fn load_inputs(name: &str, inputs: &Inputs) -> Result<(Scenario, Inputs), Diagnostics> {
    let variant = Variant::parse(&inputs.set)?;
    let source = Source::new(name, inputs.scenario.as_str());
    checked::check(&source, Folder::kept(&inputs.manifests, &variant))
}

/// Checks a scenario that is not in a file. `name` stands for the file in messages.
///
/// # Errors
/// Everything that is wrong with the text and with the manifests it names.
pub fn load_str(name: &str, text: &str, folder: &Path) -> Result<Scenario, Diagnostics> {
    let folder = Folder::new(folder, &Variant::default());
    checked::check(&Source::new(name, text), folder).map(|(scenario, _)| scenario)
}

/// Checks a scenario that was made rather than written; paths begin in the current folder.
///
/// `name` stands for it in messages; where it names the manifest `-`, `stdin` is meant.
///
/// # Errors
/// As [`load_variant`].
pub fn load_made(
    name: &str,
    text: &str,
    stdin: Option<&str>,
    variant: &Variant,
) -> Result<Scenario, Diagnostics> {
    let folder = Folder::new(Path::new(""), variant).with_stdin(stdin);
    checked::check(&Source::new(name, text), folder).map(|(scenario, _)| scenario)
}

/// What people call the scenario at a path: its name if it is one of the catalogue inside of the binary,
/// else the path.
pub fn called(path: &Path) -> String {
    catalogue::name(path).unwrap_or_else(|| path.display().to_string())
}

/// Reads a duration as a scenario writes it; `None` if it is none.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Span> {
    duration::parse(text).ok()
}

/// A duration as a scenario writes it.
#[must_use]
pub fn format_duration(span: Span) -> String {
    duration::format(span)
}

/// What was found in a file of Kubernetes manifests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestSummary {
    /// The objects that play a part: `Deployment default/web`.
    pub objects: Vec<String>,
    /// What is ignored, and why.
    pub notes: Vec<String>,
    /// Fields that the model does not use.
    pub left_out: Vec<LeftOut>,
}

/// Validates a file of Kubernetes manifests as the API server would.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check_manifest(path: &Path) -> Result<ManifestSummary, Diagnostics> {
    let source = source::read(path, None)?;
    let mut log = Diagnostics::new();
    let mut objects = manifest::Objects::default();
    unrendered::add(&source, &mut objects, &mut log);
    objects.check_names(&mut log);
    let remarks = objects.remarks();
    objects.notes.extend(remarks);
    let names = objects.names();
    let alone = match objects.workloads.as_slice() {
        // The only one is the subject, so the notes are those of its scenario.
        [one] if log.is_empty() && one.replicas.is_none_or(|pods| pods <= MOST_SETTLED) => {
            alone(&source).ok()
        }
        _ => None,
    };
    let (notes, left_out) = if let Some(scenario) = alone {
        (scenario.notes, scenario.left_out)
    } else {
        let left_out = fields::left_out(None, None, &objects, &[]);
        (objects.notes.into_lines(), left_out)
    };
    log.finish(ManifestSummary { objects: names, notes, left_out })
}

/// Validates the object under a key of a mapping, as [`check_manifest`] validates the objects of a file.
///
/// # Errors
/// Outside: the text is no mapping with this key. Inside: everything that is wrong with the object.
pub fn check_member(source: &Arc<Source>, key: &str) -> Result<Result<ManifestSummary, Diagnostics>, String> {
    let mut log = Diagnostics::new();
    let mut objects = manifest::Objects::default();
    let documents = yaml::manifests(source, &mut objects.notes, &mut log);
    let object = documents.first().and_then(|document| document.get(key));
    objects.add(object.ok_or_else(|| format!("there is no `{key}`"))?, &mut log);
    let objects_found = objects.names();
    let summary =
        ManifestSummary { objects: objects_found, notes: objects.notes.into_lines(), left_out: Vec::new() };
    Ok(log.finish(summary))
}

/// Pods that a check settles on nodes to see whether they find room: more would take longer than a check should.
const MOST_SETTLED: i32 = 10_000;

/// The scenario of a stream with one workload, in which nothing is done.
fn alone(source: &Arc<Source>) -> Result<Scenario, Diagnostics> {
    let path = serde_json::Value::from(source.name());
    let text = format!(
        "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: check}}\nspec: {{manifests: [{path}]}}\n"
    );
    let texts = BTreeMap::from([(source.name().to_owned(), source.text().to_owned())]);
    let folder = Folder::kept(&texts, &Variant::default());
    checked::check(&Source::new("<check>", text), folder).map(|(scenario, _)| scenario)
}
