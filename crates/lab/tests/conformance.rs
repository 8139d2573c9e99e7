//! Every recording of the real components is reproduced.

use rollout_lab::conform::{Replayed, Wanted, case_files, replay_all, text};
use std::io::{BufRead, BufReader};
use std::path::Path;

fn replayed(wanted: Wanted) -> Vec<Replayed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let files = case_files(&[folder]).expect("the recordings are there");
    replay_all(&files, None, wanted).expect("the recordings are readable")
}

fn of_kind(replayed: &[Replayed], kind: &str) -> Vec<Replayed> {
    replayed.iter().filter(|case| case.kind == kind).cloned().collect()
}

#[test]
fn every_recording_is_reproduced() {
    let replayed = replayed(Wanted::default());
    let steps = of_kind(&replayed, "control-plane");
    assert_eq!(steps.len(), 1032, "recordings are missing");
    let told = text(&steps, false, true);
    assert!(told.ends_with("conform: 1032 of 1032 cases match\n"), "{told}");
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
