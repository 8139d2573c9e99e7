//! Every recording of the real components is reproduced.

use rollout_lab::conform::{Replayed, Wanted, case_files, replay_all, text};
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
