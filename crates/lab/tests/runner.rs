//! The tests of the program: files in, files and text out.
//!
//! One binary: it links once, and its tests share the processors. The last test refuses a file that is not
//! listed here.

mod agreement;
mod baseline;
mod baseline_cli;
mod batch;
mod binary;
mod chart_cli;
mod cli;
mod compare;
mod compare_cli;
mod conform_cli;
mod conformance;
mod coverage;
mod deadline;
mod documentation;
#[cfg(unix)]
mod engines;
mod example;
mod fields;
mod kubectl;
mod learn;
mod ledger;
mod long_batches;
mod measures;
mod mutations;
#[cfg(feature = "parquet")]
mod parquet;
mod plan_cli;
mod plan_inputs_cli;
mod reference;
mod refusals;
mod register;
mod report_browser;
mod robustness;
mod scenario_catalogue;
mod scenario_control_plane;
mod scenario_errors;
mod scenario_objectives;
mod scenario_service;
mod scenario_understanding;
mod scenario_variants;
mod schema_cli;
mod show_cli;
mod story;
mod support;
mod sweep_cli;
mod tidy;

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
