//! What the README shows is what its commands give.

use crate::binary::{FOLDER, rollout_lab, stderr, stdout};
use std::fs;
use std::path::{Path, PathBuf};

/// What a command of the README prints, run where the README lies.
fn printed(arguments: &[&str]) -> String {
    let done = rollout_lab(arguments);
    assert!(done.status.success(), "{}", stderr(&done));
    stdout(&done)
}

/// All files below a folder, by their paths in it.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The block of the README whose first line begins like this. What it leaves out is a line of three dots.
fn block(beginning: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(FOLDER).join("README.md")).unwrap();
    let blocks = text.split("\n```").filter_map(|block| block.split_once('\n')).map(|(_, block)| block);
    let found = blocks.filter(|block| block.starts_with(beginning)).collect::<Vec<_>>();
    assert_eq!(found.len(), 1, "blocks that begin with `{beginning}`");
    found[0].lines().filter(|line| line.trim() != "...").map(str::to_owned).collect()
}

/// Whether the lines of a block are among those that were printed, in their order.
fn assert_shown(beginning: &str, printed: &str) {
    let mut lines = printed.lines();
    for shown in block(beginning) {
        assert!(lines.any(|line| line == shown), "the README shows `{shown}`; printed was\n{printed}");
    }
}

/// After a change that is meant: `cargo run --release -- run scenarios/image-pull-error-recovers.yaml --out
/// results/example`.
#[test]
fn the_committed_example_is_what_its_command_makes() {
    let out = tempfile::tempdir().unwrap();
    let place = out.path().to_str().unwrap();
    printed(&["run", "scenarios/image-pull-error-recovers.yaml", "--quiet", "--out", place]);
    let [made, committed] = [out.path(), &Path::new(FOLDER).join("results/example")].map(files);
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&made), names(&committed));
    for ((name, made), (_, committed)) in made.into_iter().zip(committed) {
        assert!(
            made == committed,
            "results/example/{} is stale; make it anew with `cargo run --release -- run \
             scenarios/image-pull-error-recovers.yaml --out results/example`",
            name.display()
        );
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    let out = tempfile::tempdir().unwrap();
    let place = out.path().to_str().unwrap();
    let run = printed(&["run", "scenarios/image-pull-error.yaml", "--out", place]);
    // It names the folder of its results.
    assert_shown("image-pull-error: ", &run.replace(&format!("{place}/"), "results/"));
    assert_shown("         t       after", &printed(&["show", "image-pull-error-recovers", "--run", "625"]));
}

#[test]
fn the_readme_shows_a_plan() {
    assert_shown("The weather is assumed", &printed(&["plan", "scenarios/manifests/web.yaml"]));
}
