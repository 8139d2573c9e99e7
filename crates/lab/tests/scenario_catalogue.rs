//! The scenarios that come with the tool: each of them loads, is told and meets its objectives, and those
//! that are measured keep their parameters.

use analysis::objectives::evaluate;
use analysis::results::ObjectiveVerdict;
use controller::api::{IntOrPercent, RollingUpdate, Strategy};
use measures::Row;
use rollout_lab::command::list::GROUPS;
use rollout_lab::conform::{read_cases, steps_to_json};
use scenario::{Objective, RequiredShare, RunEvent, Scenario, explain, find, load};
use serde_json::Value;
use simulator::model::{FaultKind, Images, PodTarget, RegistryFault};
use simulator::{Simulator, Span, Steps};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn scenario(name: &str) -> Scenario {
    load(&folder().join(format!("{name}.yaml"))).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Runs of each scenario: too few for a share to be decided, enough for whatever happens in every run.
const RUNS: u64 = 20;

#[test]
fn every_scenario_is_told_grouped_and_demands_something() {
    let files = find(&[folder()]).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(files.len() > 25, "the catalogue has shrunk to {}", files.len());
    for file in &files {
        let scenario = load(file).unwrap_or_else(|errors| panic!("{errors}"));
        let name = scenario.name.as_str();
        assert_eq!(file.file_stem().unwrap().to_str(), Some(name));
        assert_eq!((scenario.runs, scenario.seed), (1000, 1), "{name}");
        assert!(!scenario.description.is_empty(), "{name} has no description");
        assert!(!scenario.objectives.is_empty(), "{name} has no objective");
        let group = scenario.labels.get("group").unwrap_or_else(|| panic!("{name} has no group"));
        assert!(GROUPS.contains(&group.as_str()), "{name} is in the unknown group {group}");
        let text = fs::read_to_string(file).unwrap();
        let header: String = text.lines().take_while(|line| line.starts_with('#')).collect();
        for part in ["# What to look for: ", "# Why: "] {
            assert!(header.contains(part), "the header of {name} lacks `{part}`");
        }
    }
}

#[test]
fn no_scenario_misses_an_objective() {
    for file in find(&[folder()]).unwrap_or_else(|errors| panic!("{errors}")) {
        let scenario = load(&file).unwrap_or_else(|errors| panic!("{errors}"));
        let mut simulator = Simulator::new(&scenario.model, 0);
        let rows: Vec<Row> = (0..RUNS).map(|k| Row::from(&simulator.run(scenario.seed, k))).collect();
        for objective in &scenario.objectives {
            let judged = evaluate(objective, &rows, scenario.model.horizon.into());
            assert_ne!(
                judged.verdict,
                ObjectiveVerdict::Missed,
                "{}: {} ({})",
                scenario.name,
                judged.text,
                judged.seen
            );
        }
    }
}

/// The example of the documentation, with its numbers: 5 old pods become 4, and 3 new ones are created.
#[test]
fn the_rollover_begins_as_recorded() {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/documentation.jsonl.gz");
    let cases = read_cases(&[recordings]).unwrap();
    let recorded = cases.iter().find(|case| case.name == "docs-rollover-before-first-ready").unwrap();
    let expected = first_scalings(&recorded.steps);
    assert_eq!(expected[1].to_string().matches("\"to\":").count(), 2, "both ReplicaSets: {}", expected[1]);
    let scenario = scenario("rollover-before-first-ready");
    for run in 0..RUNS {
        let ours = steps_to_json(&Steps::of(&scenario.model, 1, run), &scenario.model.subject.name);
        assert_eq!(first_scalings(&ours), expected, "run {run}");
    }
}

/// The net changes of sizes in the first two steps that have some.
fn first_scalings(steps: &[Value]) -> Vec<Value> {
    steps.iter().map(|step| step["scalings"].clone()).filter(|sizes| !sizes.is_null()).take(2).collect()
}

#[test]
fn the_measured_scenarios_keep_their_parameters() {
    for name in ["rolling-update", "image-pull-error"] {
        let scenario = scenario(name);
        let model = &scenario.model;
        let fields = model.subject.deployment.expect("a Deployment");
        let quarter = IntOrPercent::Percent(25);
        assert_eq!(model.subject.replicas, 10);
        assert_eq!(model.subject.min_ready_seconds, 5);
        assert_eq!(fields.progress_deadline_seconds, Some(600));
        assert_eq!(
            fields.strategy,
            Strategy::RollingUpdate(RollingUpdate { max_surge: quarter, max_unavailable: quarter })
        );
        assert!(model.subject.template.containers[0].readiness.is_some());
        assert_eq!(model.cluster.pools.iter().map(|pool| pool.nodes).sum::<u32>(), 3);
        assert_eq!(model.horizon, Span::from_secs(1800));
        assert!(!new_image_is_cached(&model.images));
    }
}

fn new_image_is_cached(images: &Images) -> bool {
    images.of("registry.example.com/shop/web:1.5.0").cached
}

#[test]
fn an_image_that_never_comes_makes_the_deadline_fire_in_every_run() {
    let scenario = scenario("image-pull-error");
    let [fault] = scenario.model.faults.as_slice() else { panic!() };
    assert!(matches!(
        fault.kind,
        FaultKind::Registry(RegistryFault::Pull { target: PodTarget { fraction: 1.0, .. }, .. })
    ));
    assert_eq!(fault.window.duration, None);
    assert!(
        scenario
            .objectives
            .contains(&Objective::Share { event: RunEvent::DeadlineFired, share: RequiredShare::Every })
    );
}

#[test]
fn explaining_shows_every_default_with_its_source() {
    let text = explain(&scenario("image-pull-error-recovers"));
    // The digest changes with every field that the model gains.
    let (told, digest) = text.split_once("sha256:").expect("the digest comes last");
    assert_eq!(digest.trim_end().len(), 64);
    insta::assert_snapshot!(told);
}

/// The last column of docs/faults.md names scenarios that there are.
#[test]
fn the_table_of_clocks_names_real_scenarios() {
    let table = include_str!("../../scenario/docs/faults.md");
    let rows = table.lines().filter(|line| line.starts_with('|') && line.contains('`'));
    let mut named = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 5, "{row}");
        for name in
            cells[4].split(',').map(|name| name.trim().trim_matches('`')).filter(|name| !name.is_empty())
        {
            assert!(folder().join(format!("{name}.yaml")).is_file(), "{name} in {row}");
            named += 1;
        }
    }
    assert!(named > 60, "{named}");
}
