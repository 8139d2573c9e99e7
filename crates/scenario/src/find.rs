//! Finds scenario files.

use super::{catalogue, source, spec, yaml};
use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The scenario files among `paths`: files as given, and every file below a folder whose kind is Scenario, in the
/// order of paths. A path that does not exist can name a scenario of the catalogue in the binary.
///
/// # Errors
/// Paths that do not exist, folders without a scenario, two scenarios of one name.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Diagnostics> {
    let mut log = Diagnostics::new();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        let files = if path.is_dir() {
            below(path, &mut log)
        } else if let Some(files) = catalogue::resolve_folder(path) {
            files
        } else {
            vec![catalogue::resolve(path).unwrap_or_else(|| path.clone())]
        };
        for file in files {
            // The same file given twice is one scenario.
            let identity = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
            if seen.insert(identity) {
                found.push(file);
            }
        }
    }
    check_names(&found, &mut log);
    log.finish(found)
}

/// Whether a file is a scenario rather than a stream of Kubernetes manifests.
///
/// # Errors
/// The file cannot be read. Errors in its content do not matter here.
pub fn is_scenario(path: &Path) -> Result<bool, Diagnostics> {
    let inside = catalogue::resolve(path);
    Ok(looks_like_one(&source::read(inside.as_deref().unwrap_or(path), None)?))
}

fn below(folder: &Path, log: &mut Diagnostics) -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(folder, &mut files, log);
    files.sort();
    files.retain(|file| match source::read(file, None) {
        Ok(source) => looks_like_one(&source),
        Err(error) => {
            log.push(error);
            false
        }
    });
    if files.is_empty() && log.is_empty() {
        let text = format!("there is no scenario below {}", folder.display());
        log.push(Diagnostic::without_place(text));
    }
    files
}

/// YAML files below a folder. Links to folders are not followed because they can form cycles.
fn walk(folder: &Path, files: &mut Vec<PathBuf>, log: &mut Diagnostics) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let text = format!("{} cannot be read: {error}", folder.display());
            log.push(Diagnostic::without_place(text));
            return;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, files, log);
        } else if is_yaml && path.is_file() {
            files.push(path);
        }
    }
}

/// Whether a text is intended as a scenario, even if it has errors.
fn looks_like_one(source: &Arc<Source>) -> bool {
    let mut log = Diagnostics::new();
    let documents = yaml::documents(source, &mut log);
    match documents.first() {
        Some(first) if log.is_empty() => spec::is_scenario(first),
        _ => source.text().lines().any(|line| line.trim_end() == "kind: Scenario"),
    }
}

fn check_names(files: &[PathBuf], log: &mut Diagnostics) {
    let mut names: BTreeMap<String, &Path> = BTreeMap::new();
    for file in files {
        // Errors in the file itself are reported when it is loaded.
        let Ok(source) = source::read(file, None).map_err(|error| log.push(catalogue::hint(file, error)))
        else {
            continue;
        };
        let documents = yaml::documents(&source, &mut Diagnostics::new());
        let name = documents.first().and_then(|node| node.get("metadata")?.get("name"));
        let Some((node, name)) = name.and_then(|node| Some((node, node.as_str()?))) else {
            continue;
        };
        if let Some(first) = names.insert(name.to_owned(), file) {
            let text = format!("two scenarios are called `{name}`: their results would go to one folder");
            log.push(Diagnostic::at(&node.place, text).help(format!("the other is {}", first.display())));
        }
    }
}
