//! Scenario files and Kubernetes manifests: from a path to a checked model, or to all errors of the input at
//! once.
//!
//! It holds the YAML reader with places, strict decoding, defaulting and validation as the API server does
//! them, the schema for editors, `explain`, and the catalogue inside the binary. It does not know
//! statistics, results or charts. Start with [`load`].
//!
//! ```text
//! source -> yaml (tree with places) -> spec (as written) -> checked (resolved) -> simulator::model
//!                                  \-> decode -> defaulting -> validate -> manifest, template
//! ```
//!
//! A file passes from left to right. Every step adds its errors to one list and continues.

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
mod explain;
mod fault;
mod fields;
mod find;
mod fit;
mod folder;
mod hook;
mod image;
mod ineffective;
pub mod input;
mod law;
mod line_map;
mod load;
mod manifest;
mod merge;
mod node_objects;
mod nodes;
mod note;
mod objective;
mod placement;
mod policy;
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
pub use fields::{Effect, LeftOut, notes_and_warnings, reference as fields_reference};
pub use find::{find, is_scenario};
pub use folder::Inputs;
pub use node_objects::node_pools;
pub use objective::{Objective, ReplicaSetRef, RequiredShare, RunEvent, Since};
pub use schema::{SCHEMA, schema_of};
pub use settings::{Origin, Setting};
pub use source::{MAX_BYTES, TextError, text_of};
pub use spec::MOST_RUNS;
pub use unrendered::of_folder as unrendered_folder;
pub use variant::{Assignment, Factor, Variant};

use crate::diagnostic::{Diagnostics, Source};
use folder::Folder;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Reads and checks a scenario file. The paths in it begin in its folder.
///
/// # Errors
/// All errors of the file and of the manifests that it names.
pub fn load(path: &Path) -> Result<Scenario, Diagnostics> {
    load_variant(path, &Variant::default())
}

/// Reads and checks a scenario file with some of its values replaced.
///
/// # Errors
/// As [`load`], and paths of values that do not exist.
pub fn load_variant(path: &Path, variant: &Variant) -> Result<Scenario, Diagnostics> {
    load_with_inputs(path, variant).map(|(scenario, _)| scenario)
}

/// As [`load_variant`], and returns all inputs of the scenario.
///
/// # Errors
/// As [`load_variant`].
pub fn load_with_inputs(path: &Path, variant: &Variant) -> Result<(Scenario, Inputs), Diagnostics> {
    let inside = catalogue::resolve(path);
    let path = inside.as_deref().unwrap_or(path);
    let source = source::read(path, None).map_err(|error| catalogue::hint(path, error))?;
    checked::check(&source, Folder::new(path.parent().unwrap_or(Path::new("")), variant))
}

/// Reads and checks a scenario again from its inputs. Messages show `name` as its file.
///
/// # Errors
/// As [`load_variant`].
pub fn load_inputs(name: &str, inputs: &Inputs) -> Result<(Scenario, Inputs), Diagnostics> {
    let variant = Variant::parse(&inputs.set)?;
    let source = Source::new(name, inputs.scenario.as_str());
    checked::check(&source, Folder::kept(&inputs.manifests, &variant))
}

/// Checks a scenario that is not in a file. Messages show `name` as its file.
///
/// # Errors
/// All errors of the text and of the manifests that it names.
pub fn load_str(name: &str, text: &str, folder: &Path) -> Result<Scenario, Diagnostics> {
    let folder = Folder::new(folder, &Variant::default());
    checked::check(&Source::new(name, text), folder).map(|(scenario, _)| scenario)
}

/// Checks a generated scenario; paths begin in the current folder.
///
/// Messages show `name` as its file. `stdin` is the text of the manifest `-`.
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

/// The name of the scenario at a path: its name in the catalogue inside the binary, otherwise the path.
pub fn called(path: &Path) -> String {
    catalogue::name(path).unwrap_or_else(|| path.display().to_string())
}

/// The content of a file of Kubernetes manifests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestSummary {
    /// The objects that the model uses: `Deployment default/web`.
    pub objects: Vec<String>,
    /// Notes about ignored objects, with the reasons.
    pub notes: Vec<String>,
    /// Fields that the model does not use.
    pub left_out: Vec<LeftOut>,
}

/// Validates a file of Kubernetes manifests as the API server does.
///
/// # Errors
/// All errors of the file.
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
        // A single workload is the subject, so the notes of its scenario apply.
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

/// A mapping without an expected key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no `{0}`")]
pub struct MissingKey(pub String);

/// Validates the object under a key of a mapping, as [`check_manifest`] validates the objects of a file.
///
/// # Errors
/// Outer: the text is not a mapping with this key. Inner: all errors of the object.
pub fn check_member(
    source: &Arc<Source>,
    key: &str,
) -> Result<Result<ManifestSummary, Diagnostics>, MissingKey> {
    let mut log = Diagnostics::new();
    let mut objects = manifest::Objects::default();
    let documents = yaml::manifests(source, &mut objects.notes, &mut log);
    let object = documents.first().and_then(|document| document.get(key));
    objects.add(object.ok_or_else(|| MissingKey(key.to_owned()))?, &mut log);
    let objects_found = objects.names();
    let summary =
        ManifestSummary { objects: objects_found, notes: objects.notes.into_lines(), left_out: Vec::new() };
    Ok(log.finish(summary))
}

/// The most pods for which a check verifies that they find room on nodes. It bounds the time of a check.
const MOST_SETTLED: i32 = 10_000;

/// The scenario of a stream with one workload and no action.
fn alone(source: &Arc<Source>) -> Result<Scenario, Diagnostics> {
    let path = serde_json::Value::from(source.name());
    let text = format!(
        "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: check}}\nspec: {{manifests: [{path}]}}\n"
    );
    let texts = BTreeMap::from([(source.name().to_owned(), source.text().to_owned())]);
    let folder = Folder::kept(&texts, &Variant::default());
    checked::check(&Source::new("<check>", text), folder).map(|(scenario, _)| scenario)
}
