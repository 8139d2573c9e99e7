//! `rollout-lab compare` from outside: words, exit codes, streams.

mod binary;

use binary::{rollout_lab, stderr, stdout};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

const CALM: &str = "scenarios/rolling-update.yaml";
const UNAVAILABLE: &str = "deployment.spec.strategy.rollingUpdate.maxUnavailable";

#[test]
fn a_change_is_told_on_a_screen() {
    let set = format!("{UNAVAILABLE}=3");
    let output = rollout_lab(&["compare", CALM, "--set", &set, "--runs", "200", "--threads", "2"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let table = stdout(&output);
    let is_replay = |line: &str| line.contains("rollout-lab show");
    assert!(table.lines().all(|line| is_replay(line) || line.chars().count() <= 80), "{table}");
    insta::assert_snapshot!("compare_table", table);
}

#[test]
fn the_other_way_round_it_is_worse_in_other_things_only() {
    let three = format!("{UNAVAILABLE}=3");
    let pods = ["availableMin=2", "availableMean=2", "endpointsReadyMin=2", "endpointsServingMin=2"];
    let requests = ["requestsFailed=2%", "requestsFailedWorst=3%"];
    let wide = pods.iter().chain(&requests).flat_map(|margin| ["--margin", *margin]);
    let args = ["compare", CALM, "--set", &three, "--runs", "60", "-o", "json"];
    let output = rollout_lab(&args.into_iter().chain(wide).collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(answer["worse"], false);
    let measures = answer["measures"].as_array().unwrap();
    let available = measures.iter().find(|measure| measure["measure"] == "availableMin").unwrap();
    assert_eq!((&available["verdict"], &available["difference"]), (&"small".into(), &(-1.0).into()));
    assert!(answer["mostDifferentRuns"][0]["replayB"].as_str().unwrap().contains("--set"));
}

fn run_into(out: &Path, more: &[&str]) {
    let args = [&["run", CALM, "-q", "--out", out.to_str().unwrap()], more].concat();
    assert_eq!(rollout_lab(&args).status.code(), Some(0));
}

#[test]
fn folders_of_results_are_compared_by_run() {
    let out = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|name| out.path().join(name));
    run_into(&a, &["--runs", "60"]);
    run_into(&b, &["--runs", "50"]);
    run_into(&c, &["--runs", "60", "--seed", "2"]);
    let [a, b, c] = [a, b, c].map(|side| side.join("rolling-update").display().to_string());
    let same = rollout_lab(&["compare", &a, &b]);
    assert_eq!(same.status.code(), Some(0), "{}", stderr(&same));
    assert!(stdout(&same).contains("50 pairs of runs, all alike; seed 1"), "{}", stdout(&same));
    assert_eq!(stderr(&same), "note: A has 60 runs and B 50; 50 in common are compared\n");

    let other_weather = rollout_lab(&["compare", &a, &c]);
    assert_eq!(other_weather.status.code(), Some(2));
    assert!(stderr(&other_weather).contains("their seeds are 1 and 2"), "{}", stderr(&other_weather));

    // Stored rows answer as fresh ones do.
    let live = rollout_lab(&["compare", CALM, CALM, "--runs", "50", "-o", "json"]);
    let stored = rollout_lab(&["compare", &b, &b, "-o", "json"]);
    let measures =
        |output: &Output| serde_json::from_str::<Value>(&stdout(output)).unwrap()["measures"].clone();
    assert_eq!(measures(&live), measures(&stored));
}

#[test]
fn what_cannot_be_compared_is_exit_2() {
    let out = tempfile::tempdir().unwrap();
    run_into(out.path(), &["--runs", "5"]);
    let folder = out.path().join("rolling-update").display().to_string();
    let nothing = out.path().display().to_string();
    let wrong: [(&[&str], &str); 9] = [
        (&[CALM], "nothing to compare"),
        (&[CALM, &folder], "one of them is a folder of results"),
        (&[&nothing, &nothing], "is this a folder of results?"),
        (&[&folder, &folder, "--seed", "3"], "are for scenarios"),
        (&[CALM, "--set", "scenario.spec.horizon=20m"], "their horizons are 30m and 20m"),
        (&[CALM, "--set", "scenario.spec.seed=5"], "their seeds are 1 and 5"),
        (&[CALM, CALM, "--runs", "100001"], "more than 100000 pairs"),
        (&[CALM, CALM, "--margin", "rolloutTime:p95=fast"], "`fast` is no size"),
        (&[CALM, CALM, "--margin", "speed=1s"], "there is no measure `speed`"),
    ];
    for (args, why) in wrong {
        let output = rollout_lab(&[&["compare"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(why), "{args:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}

#[test]
fn a_batch_that_was_interrupted_is_not_compared() {
    let out = tempfile::tempdir().unwrap();
    run_into(out.path(), &["--runs", "5"]);
    let folder = out.path().join("rolling-update");
    let provenance = std::fs::read_to_string(folder.join("provenance.json")).unwrap();
    let without =
        provenance.lines().filter(|line| !line.contains("\"digest\"")).collect::<Vec<_>>().join("\n");
    std::fs::write(folder.join("provenance.json"), without).unwrap();
    let folder = folder.display().to_string();
    let output = rollout_lab(&["compare", &folder, &folder]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the batch was interrupted"), "{}", stderr(&output));
}
