//! The time ledger of every scenario of the catalogue adds up, in nanoseconds and in the files.

use measures::{Milli, Row};
use simulator::Simulator;
use simulator::record::{Cause, Outcome};
use std::path::{Path, PathBuf};

fn catalogue() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let files = std::fs::read_dir(folder).expect("the catalogue is there");
    let mut files: Vec<PathBuf> = files.map(|entry| entry.expect("readable").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

#[test]
fn the_ledger_of_every_scenario_adds_up() {
    let scenarios = catalogue();
    assert!(scenarios.len() >= 70, "{scenarios:?}");
    for path in scenarios {
        let model = scenario::load(&path).expect("a valid scenario").model;
        let mut simulator = Simulator::new(&model, 0);
        for run in 0..5 {
            let record = simulator.run(1, run);
            let blame = format!("run {run} of {}", path.display());
            let Some(ledger) = record.ledger else {
                assert_eq!(record.outcome, Outcome::NoRollout, "{blame}");
                continue;
            };
            match record.rollout {
                Some(rollout) => assert_eq!(ledger.total(), rollout, "{blame}"),
                // To the horizon exactly: a build for tests compares every sum with the clock itself.
                None => assert!(ledger.total() <= model.horizon, "{blame}"),
            }
            let time = Row::from(&record).time_spent().expect("it has a rollout");
            let sum = Cause::ALL.into_iter().map(|cause| time.of(cause).thousandths()).sum();
            assert_eq!(Milli::from_thousandths(sum), Milli::from(ledger.total()), "{blame}");
        }
    }
}
