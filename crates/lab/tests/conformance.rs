//! Every recording of the real components is reproduced.

use rollout_lab::conform::{Replayed, Wanted, case_files, replay_all, text};
use std::path::{Path, PathBuf};

/// The outcomes of the cases in these files of the recordings, and what `conform` prints of them.
fn replayed(files: &[&str], wanted: Wanted) -> (Vec<Replayed>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
    let files = case_files(&paths).expect("the recordings are there");
    let replayed = replay_all(&files, None, wanted).expect("the recordings are readable");
    let told = text(&replayed, false, true);
    (replayed, told)
}

#[test]
fn every_recording_of_the_controllers_is_reproduced() {
    let files = ["cases.jsonl.gz", "control-plane.jsonl.gz", "documentation.jsonl.gz"];
    let (cases, told) = replayed(&files, Wanted::default());
    assert_eq!(cases.len(), 1032, "recordings are missing");
    assert!(told.ends_with("conform: 1032 of 1032 cases match\n"), "{told}");
}

/// Verdicts and the fields that validation refuses.
#[test]
fn every_verdict_of_the_api_server_is_reproduced() {
    let (cases, told) = replayed(&["admission"], Wanted { paths: true, ..Wanted::default() });
    assert_eq!(cases.len(), 7137, "recordings are missing");
    assert!(told.ends_with("conform: 7137 of 7137 cases match\n"), "{told}");
}
