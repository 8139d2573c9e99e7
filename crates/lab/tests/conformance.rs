//! Every recording of the real components is reproduced.

use rollout_lab::conform::{Replayed, Wanted, case_files, replay_all, text};
use std::io::{BufRead, BufReader};
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
    let files = ["cases.jsonl.gz", "control-plane.jsonl.gz", "documentation.jsonl.gz", "extra.jsonl.gz"];
    let (cases, told) = replayed(&files, Wanted::default());
    assert_eq!(cases.len(), 1033, "recordings are missing");
    assert!(told.ends_with("conform: 1033 of 1033 cases match\n"), "{told}");
}

/// Verdicts and the fields that validation refuses.
#[test]
fn every_verdict_of_the_api_server_is_reproduced() {
    let (cases, told) = replayed(&["admission"], Wanted { paths: true, ..Wanted::default() });
    assert_eq!(cases.len(), 7137, "recordings are missing");
    assert!(told.ends_with("conform: 7137 of 7137 cases match\n"), "{told}");
}

#[test]
fn every_evaluation_of_the_autoscaler_is_reproduced() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/hpa");
    let files = case_files(&[folder]).expect("the recordings are there");
    let replayed = replay_all(&files, None, Wanted::default()).expect("the recordings are readable");
    let evaluations: usize = replayed.iter().map(|case| case.outcome.compared).sum();
    assert_eq!((replayed.len(), evaluations), (625, 17_857), "recordings are missing");
    let told = text(&replayed, false, true);
    assert!(told.ends_with("conform: 625 of 625 cases match\n"), "{told}");
}

#[test]
fn every_write_of_the_endpoint_slice_controller_is_reproduced() {
    let (cases, told) = replayed(&["endpoints"], Wanted::default());
    let writes: usize = cases.iter().map(|case| case.outcome.compared).sum();
    assert_eq!((cases.len(), writes), (129, 1635), "recordings are missing");
    assert!(told.ends_with("conform: 129 of 129 cases match\n"), "{told}");
}

/// Answers and statuses exactly, drains as distributions.
#[test]
fn every_recording_of_disruption_budgets_is_reproduced() {
    let (cases, told) = replayed(&["pdb"], Wanted::default());
    assert_eq!(cases.len(), 167, "recordings are missing");
    assert!(told.ends_with("conform: 167 of 167 cases match\n"), "{told}");
}

/// A recording that says something else is a finding: the comparison does not let everything pass.
#[test]
fn a_changed_evaluation_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/hpa/cases.jsonl.gz");
    let file = std::fs::File::open(recordings).expect("the recordings are there");
    let mut lines = BufReader::new(flate2::read::MultiGzDecoder::new(file)).lines();
    let line = lines.next().expect("a case").expect("a line of text");
    let changed = line.replacen("\"desired_replicas\":8", "\"desired_replicas\":9", 1);
    assert_ne!(changed, line);
    let path = folder.path().join("changed.jsonl");
    std::fs::write(&path, changed).expect("a file");
    let files = case_files(&[path]).expect("the file is there");
    let replayed = replay_all(&files, None, Wanted::default()).expect("the file is readable");
    let told = text(&replayed, false, false);
    assert!(told.contains("first divergence in evaluation 1 at 16.050 s, field desired_replicas"), "{told}");
    assert!(told.ends_with("conform: 0 of 1 cases match\n"), "{told}");
}
