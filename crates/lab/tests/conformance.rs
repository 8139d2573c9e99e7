//! Every recording of the real controllers is reproduced, step by step.

use rollout_lab::conform::{Verdict, read_cases, text};
use std::path::Path;

#[test]
fn every_recording_is_reproduced() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let cases = read_cases(&[folder]).expect("the recordings are readable");
    assert_eq!(cases.len(), 1032, "recordings are missing");
    let verdicts = Verdict::of_all(cases).expect("the scripts are understood");
    let told = text(&verdicts, false, true);
    assert!(told.ends_with("conform: 1032 of 1032 cases match\n"), "{told}");
}
