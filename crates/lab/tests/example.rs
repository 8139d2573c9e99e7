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

/// The folder of the committed example, which has the files that the README shows.
const EXAMPLE: &str = "results/example/image-pull-error-recovers";

/// Paths in the committed example that the README links to, and the provenance, by which `run` knows its own folder.
fn shown_in_readme() -> Vec<PathBuf> {
    let text = fs::read_to_string(Path::new(FOLDER).join("README.md")).unwrap();
    let beginning = format!("({EXAMPLE}/");
    let links = text.split(&beginning).skip(1).filter_map(|link| link.split(')').next());
    let mut paths: Vec<PathBuf> = links.chain(["provenance.json"]).map(PathBuf::from).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// After an intended change: `cargo run --release -- run scenarios/image-pull-error-recovers.yaml --out
/// results/example`.
#[test]
fn the_committed_example_is_what_its_command_makes() {
    let out = tempfile::tempdir().unwrap();
    let place = out.path().to_str().unwrap();
    printed(&["run", "scenarios/image-pull-error-recovers.yaml", "--quiet", "--out", place]);
    let committed = Path::new(FOLDER).join(EXAMPLE);
    for name in shown_in_readme() {
        let made = fs::read(out.path().join("image-pull-error-recovers").join(&name)).unwrap();
        assert!(
            fs::read(committed.join(&name)).is_ok_and(|committed| committed == made),
            "{EXAMPLE}/{} is stale; renew it with `cargo run --release -- run \
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
