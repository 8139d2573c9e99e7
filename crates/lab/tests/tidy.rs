//! The rules of ARCHITECTURE.md that a reader of the sources can check.

use crate::binary::FOLDER;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A source file of one idea fits into this. A table of rows may be longer: split the idea, not the table.
const MOST_LINES: usize = 750;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["crates", "benches"] {
        sources(&Path::new(FOLDER).join(folder), &mut found);
    }
    assert!(found.len() > 300, "only {} sources", found.len());
    found
}

#[test]
fn no_source_is_longer_than_a_reader_can_follow() {
    for path in all() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= MOST_LINES, "{}: {lines} lines, at most {MOST_LINES}", path.display());
    }
}

#[test]
fn every_crate_says_where_to_start() {
    for entry in fs::read_dir(Path::new(FOLDER).join("crates")).unwrap() {
        let path = entry.unwrap().path().join("src/lib.rs");
        if path.exists() {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//! "), "{} does not begin with its page", path.display());
        }
    }
}

/// What a crate imports from the workspace stands in its Cargo.toml; lower crates must not name higher ones.
#[test]
fn crates_depend_downwards_only() {
    let order = ["controller", "simulator", "measures", "scenario", "analysis", "report"];
    for (place, name) in order.iter().enumerate() {
        let path = Path::new(FOLDER).join("crates").join(name).join("Cargo.toml");
        let text = fs::read_to_string(&path).unwrap();
        for higher in &order[place..] {
            let dependency = format!("{higher}.workspace = true");
            assert!(!text.lines().any(|line| line == dependency), "{} depends on {higher}", path.display());
        }
    }
}

/// The Rust version that the README names is enough for every dependency.
#[test]
fn no_dependency_needs_a_later_rust() {
    let args = ["metadata", "--format-version", "1", "--offline", "--locked"];
    let output = Command::new(env!("CARGO")).args(args).current_dir(FOLDER).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let version = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    let packages = metadata["packages"].as_array().unwrap();
    let ours = packages.iter().find(|package| package["name"] == "rollout-lab").unwrap();
    let ours = version(ours["rust_version"].as_str().unwrap());
    for package in packages {
        let needs = package["rust_version"].as_str().map(version).unwrap_or_default();
        assert!(
            needs <= ours || needs == [ours.clone(), vec![0]].concat(),
            "{} needs {needs:?}",
            package["name"]
        );
    }
}
