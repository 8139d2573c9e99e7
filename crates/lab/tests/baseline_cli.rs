//! `rollout-lab baseline` from outside: words, exit codes, files.

use measures::Register;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios");

/// A folder with a catalogue of two scenarios.
struct House(tempfile::TempDir);

impl House {
    fn new() -> Self {
        let house = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(house.path("scenarios/manifests")).unwrap();
        for file in ["rolling-update.yaml", "image-pull-error.yaml", "manifests/web.yaml"] {
            fs::copy(Path::new(SCENARIOS).join(file), house.path("scenarios").join(file)).unwrap();
        }
        house
    }

    fn saved() -> Self {
        let house = Self::new();
        let output = house.baseline(&["save", "--runs", "40"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        house
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.path(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no `{from}`");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    fn baseline(&self, args: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_rollout-lab");
        Command::new(program).current_dir(self.0.path()).arg("baseline").args(args).output().unwrap()
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("results/baselines")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn bytes(&self) -> Vec<Vec<u8>> {
        let read = |name: &String| fs::read(self.path("results/baselines").join(name)).unwrap();
        self.files().iter().map(read).collect()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const MANIFEST: &str = "scenarios/manifests/web.yaml";

#[test]
fn nothing_changed_is_said_and_is_fine() {
    let house = House::saved();
    assert_eq!(house.files(), ["image-pull-error.yaml", "rolling-update.yaml"]);
    let output = house.baseline(&["check"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "2 scenarios: 2 unchanged\n"));
    // The same bytes, whatever the number of threads.
    let before = fs::read(house.path("results/baselines/rolling-update.yaml")).unwrap();
    house.baseline(&["save", "--runs", "40", "--threads", "1", "-q"]);
    assert_eq!(fs::read(house.path("results/baselines/rolling-update.yaml")).unwrap(), before);
}

#[test]
fn a_change_is_told_in_four_ways_and_accepted() {
    let house = House::saved();
    house.edit(MANIFEST, "maxUnavailable: 25%", "maxUnavailable: 4");
    let output = house.baseline(&["check", "--junit", "j.xml", "--markdown", "m.md"]);
    assert_eq!(output.status.code(), Some(1), "{}{}", stdout(&output), stderr(&output));
    let table = stdout(&output);
    let is_command = |line: &str| line.contains("rollout-lab ");
    assert!(table.lines().all(|line| is_command(line) || line.chars().count() <= 80), "{table}");
    insta::assert_snapshot!("baseline_table", table);
    insta::assert_snapshot!("baseline_markdown", fs::read_to_string(house.path("m.md")).unwrap());
    insta::assert_snapshot!("baseline_junit", fs::read_to_string(house.path("j.xml")).unwrap());
    let output = house.baseline(&["check", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("baseline_json", stdout(&output));

    let output = house.baseline(&["accept"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("accepted results/baselines/rolling-update.yaml: 40 runs"));
    let output = house.baseline(&["check"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "2 scenarios: 2 unchanged\n"));
}

/// The title of the chart that a check draws, and the texts in it.
fn drift(house: &House, more: &[&str]) -> (String, String) {
    let output = house.baseline(&[&["check", "-q", "--charts", "pictures"], more].concat());
    assert!(output.status.code() < Some(2), "{}", stderr(&output));
    let svg = fs::read_to_string(house.path("pictures/baseline-drift.svg")).unwrap();
    let title = svg.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0.to_owned();
    (title, svg)
}

#[test]
fn the_drift_is_drawn() {
    let house = House::saved();
    let one = ["scenarios/rolling-update.yaml"];
    assert_eq!(drift(&house, &[]).0, "None of 2 scenarios has changed");
    assert_eq!(drift(&house, &one).0, "rolling-update has not changed");
    house.edit(MANIFEST, "minReadySeconds: 5", "minReadySeconds: 10");
    let (title, svg) = drift(&house, &[]);
    // In the other one no pod ever becomes Ready.
    assert!(title.starts_with("1 of 2 scenarios has moved: "), "{title}");
    for text in ["rolling-update", "timeMinReady", "moved, worse", "within the tolerance"] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(drift(&house, &one).0.starts_with("rolling-update has moved: "));
    let wide: Vec<String> = Register::standard()
        .questions()
        .iter()
        .map(|question| format!("--margin={}=1000000", question.name()))
        .collect();
    let wide: Vec<&str> = wide.iter().map(String::as_str).collect();
    let (title, svg) = drift(&house, &wide);
    assert_eq!(title, "None of 2 scenarios has moved; 1 changed within tolerance");
    assert!(svg.contains("changed, not shown to be beyond the tolerance"));
    house.edit("scenarios/rolling-update.yaml", "horizon: 30m", "horizon: 20m");
    assert_eq!(drift(&house, &one).0, "rolling-update has not moved");
}

#[test]
fn a_tolerance_is_the_users() {
    let house = House::saved();
    house.edit(MANIFEST, "minReadySeconds: 5", "minReadySeconds: 10");
    let only = ["check", "scenarios/rolling-update.yaml"];
    assert_eq!(house.baseline(&only).status.code(), Some(1));
    let wide: Vec<String> = Register::standard()
        .questions()
        .iter()
        .map(|question| format!("--margin={}=1000000", question.name()))
        .collect();
    let args: Vec<&str> = only.into_iter().chain(wide.iter().map(String::as_str)).collect();
    let output = house.baseline(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("1 scenario: 1 changed within tolerance"), "{}", stdout(&output));
}

#[test]
fn new_gone_and_rewritten_ones_are_named_with_their_mend() {
    let house = House::saved();
    house.edit("scenarios/rolling-update.yaml", "# Nothing goes wrong", "# Nothing at all goes wrong");
    let text = fs::read_to_string(house.path("scenarios/image-pull-error.yaml")).unwrap();
    fs::remove_file(house.path("scenarios/image-pull-error.yaml")).unwrap();
    let text = text.replace("name: image-pull-error", "name: image-is-gone");
    fs::write(house.path("scenarios/image-is-gone.yaml"), text).unwrap();
    let output = house.baseline(&["check"]);
    assert_eq!(output.status.code(), Some(1), "a scenario has another name: {}", stderr(&output));
    let allowed = house.baseline(&["check", "--allow-missing"]);
    assert_eq!(allowed.status.code(), Some(0), "{}", stderr(&allowed));
    insta::assert_snapshot!("baseline_others", stdout(&output));
    let output = house.baseline(&["accept"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("removed results/baselines/image-pull-error.yaml"));
    assert_eq!(house.files(), ["image-is-gone.yaml", "rolling-update.yaml"]);
    assert_eq!(stdout(&house.baseline(&["check"])), "2 scenarios: 2 unchanged\n");
}

fn status(house: &House, scenario: &str) -> (Option<i32>, String) {
    let path = format!("scenarios/{scenario}.yaml");
    let output = house.baseline(&["check", &path, "-o", "json"]);
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    (output.status.code(), answer["scenarios"][0]["status"].as_str().unwrap().to_owned())
}

#[test]
fn of_another_horizon_only_the_ends_of_the_runs_are_compared() {
    let house = House::saved();
    house.edit("scenarios/rolling-update.yaml", "horizon: 30m", "horizon: 20m");
    assert_eq!(status(&house, "rolling-update"), (Some(0), "other-horizon".to_owned()));
    house.edit("scenarios/rolling-update.yaml", "horizon: 20m", "horizon: 30s");
    assert_eq!(status(&house, "rolling-update"), (Some(1), "other-outcomes".to_owned()));
}

#[test]
fn an_edited_objective_and_a_removed_service_are_findings() {
    let house = House::saved();
    house.edit("scenarios/rolling-update.yaml", "atLeast: 8", "atLeast: 7");
    assert_eq!(status(&house, "rolling-update"), (Some(1), "objective".to_owned()));
    house.edit("scenarios/rolling-update.yaml", "atLeast: 7", "atLeast: 8");
    assert_eq!(status(&house, "rolling-update"), (Some(0), "unchanged".to_owned()));
    let manifest = fs::read_to_string(house.path(MANIFEST)).unwrap();
    let documents: Vec<&str> =
        manifest.split("\n---\n").filter(|document| !document.contains("kind: Service")).collect();
    fs::write(house.path(MANIFEST), documents.join("\n---\n")).unwrap();
    assert_eq!(status(&house, "rolling-update"), (Some(1), "not-measured".to_owned()));
}

/// With default settings, a fault that leaves one run in twenty without an end turns a check of all red.
#[test]
fn a_fault_in_one_run_of_twenty_turns_a_check_of_all_red() {
    let house = House::new();
    assert_eq!(house.baseline(&["save", "-q"]).status.code(), Some(0));
    house.edit(
        "scenarios/rolling-update.yaml",
        "  horizon: 30m",
        "  faults:\n    - {name: gone, kind: ImagePullError, failure: notFound, probability: 0.05, target: {image: registry.example.com/shop/web:1.5.0}}\n  horizon: 30m",
    );
    let output = house.baseline(&["check"]);
    assert_eq!(output.status.code(), Some(1), "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn a_baseline_of_an_older_version_says_how_to_mend_it() {
    let house = House::saved();
    house.edit("results/baselines/rolling-update.yaml", "format: 3", "format: 2");
    let output = house.baseline(&["check"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(
        told.contains("reads baselines of format 3") && told.contains("rollout-lab baseline save"),
        "{told}"
    );
}

#[test]
fn broken_files_are_all_told_and_nothing_is_touched() {
    let house = House::saved();
    house.edit("results/baselines/rolling-update.yaml", "seed: 1", "seed: x");
    house.edit("results/baselines/image-pull-error.yaml", "runs: 40", "runs: 41");
    house.edit(MANIFEST, "maxUnavailable: 25%", "maxUnavailable: 3");
    let before = house.bytes();
    for verb in ["check", "accept"] {
        let output = house.baseline(&[verb]);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
        let told = stderr(&output);
        for place in ["image-pull-error.yaml:", "rolling-update.yaml:6:7"] {
            assert!(told.contains(place), "{told}");
        }
    }
    assert_eq!(house.bytes(), before);
    // Saving again mends it.
    assert_eq!(house.baseline(&["save", "--runs", "40", "-q"]).status.code(), Some(0));
    assert_eq!(house.baseline(&["check"]).status.code(), Some(0));
}

#[test]
fn files_of_others_are_left_alone() {
    let house = House::new();
    fs::create_dir_all(house.path("results/baselines")).unwrap();
    fs::write(house.path("results/baselines/rolling-update.yaml"), "mine: true\n").unwrap();
    let output = house.baseline(&["save", "--runs", "5"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("rollout-lab did not write the file that lies there"),
        "{}",
        stderr(&output)
    );
    assert_eq!(house.files(), ["rolling-update.yaml"]);
    let output = house.baseline(&["check", "--junit", "no/such/folder/j.xml"]);
    assert_eq!(output.status.code(), Some(2));
}
