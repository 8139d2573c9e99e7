//! Tests of one replication.
//!
//! One binary: it links once, and its tests share the processors. The last test refuses a file that is not
//! listed here.

mod admission;
mod common;
mod control_plane;
mod ledger;
mod ledger_adds_up;
mod machinery;
mod properties;
mod queues;
mod replication;
mod rollout_status;
mod service;
mod shared_laws;

/// A file that no `mod` names would never be compiled, and its tests would never run.
#[test]
fn no_file_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let listed = include_str!("runner.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(
                name == "runner" || listed.contains(&format!("mod {name};")),
                "tests/runner.rs lacks `mod {name};`"
            );
        }
    }
}
