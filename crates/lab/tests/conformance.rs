//! Every recording of the real controllers is reproduced, step by step.

use rollout_lab::conform::{compare, read_cases, replay};
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn every_recording_is_reproduced() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let cases = read_cases(&[folder]).expect("the recordings are readable");
    assert_eq!(cases.len(), 1032, "recordings are missing");
    let mut failures = Vec::new();
    let mut families: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for case in &cases {
        let ours = replay(case).expect("the script is understood");
        let entry = families.entry(case.family().to_owned()).or_default();
        entry.1 += 1;
        match compare(&case.steps, &ours) {
            None => entry.0 += 1,
            Some(divergence) => failures.push(format!("{}: {divergence:?}", case.name)),
        }
    }
    for failure in failures.iter().take(25) {
        println!("{failure}");
    }
    println!("{families:?}");
    assert!(failures.is_empty(), "{} of {} cases diverge", failures.len(), cases.len());
}
