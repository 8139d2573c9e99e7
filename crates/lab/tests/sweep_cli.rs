//! `rollout-lab sweep`, as a user drives it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const CALM: &str = "../../scenarios/rolling-update.yaml";
const SURGE: &str = "deployment.spec.strategy.rollingUpdate.maxSurge";
const UNAVAILABLE: &str = "deployment.spec.strategy.rollingUpdate.maxUnavailable";

/// Nobody changes the pod template.
const NO_ROLLOUT: &str = "
apiVersion: rollout-lab/v1alpha1
kind: Scenario
metadata: {name: calm}
spec:
  horizon: 5m
  manifests:
    - apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        replicas: 3
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec: {containers: [{name: web, image: web:1}]}
";

fn rollout_lab(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollout-lab")).args(args).output().unwrap()
}

fn sweep(out: &Path, more: &[&str]) -> Output {
    let head = ["sweep", CALM, "--runs", "40", "--out", out.to_str().unwrap()];
    rollout_lab(&[&head, more].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn grid() -> [String; 2] {
    [format!("{SURGE}=0,25%"), format!("{UNAVAILABLE}=0,25%")]
}

#[test]
fn a_grid_is_told_in_a_table_and_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let [surge, unavailable] = grid();
    let output =
        sweep(folder.path(), &["--set", &surge, "--set", &unavailable, "--objective", "rolloutTime"]);
    let table = text(&output.stdout).replace(folder.path().to_str().unwrap(), "OUT");
    insta::assert_snapshot!("sweep-table", table);
    assert_eq!(output.status.code(), Some(1), "40 runs cannot show what 99% of all runs do");
    let place = folder.path().join("rolling-update.sweep");
    insta::assert_snapshot!("sweep.csv", fs::read_to_string(place.join("sweep.csv")).unwrap());
    for file in ["summary.json", "provenance.json", "charts/heat-map.svg", "charts/trade-off.svg"] {
        assert!(place.join(file).is_file(), "{file}");
    }
}

/// Replay lines and lines of `--set` are for copying, and as long as they must be.
#[test]
fn many_settings_fit_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let [surge, unavailable] = grid();
    let minimum = "deployment.spec.minReadySeconds=0,30";
    let output = sweep(folder.path(), &["--set", &surge, "--set", &unavailable, "--set", minimum]);
    let table = text(&output.stdout);
    let is_long =
        |line: &&str| line.chars().count() > 80 && !line.contains("--set") && !line.starts_with("Files");
    assert_eq!(table.lines().find(is_long), None, "{table}");
    assert!(table.contains("\nA: maxSurge, B: maxUnavailable, C: minReadySeconds\n"), "{table}");
    assert!(table.contains("\ncell  A    B    C   complete "), "{table}");
}

#[test]
fn a_sweep_has_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let [surge, unavailable] = grid();
    sweep(folder.path(), &["--set", &surge, "--set", &unavailable, "--objective", "rolloutTime"]);
    let page = fs::read_to_string(folder.path().join("rolling-update.sweep/report.html")).unwrap();
    let between = |open: &str, close: &str| -> Vec<String> {
        page.split(open).skip(1).filter_map(|rest| rest.split(close).next()).map(str::to_owned).collect()
    };
    let sentences = between("<dd>", "</dd>");
    assert!(sentences.len() >= 6, "{sentences:?}");
    assert!(sentences.iter().all(|text| text.contains(|c: char| c.is_ascii_digit())), "{sentences:?}");
    let told = sentences.join("\n");
    assert!(
        told.contains("2 values of maxSurge and 2 values of maxUnavailable, in 4 cells of 40 runs each."),
        "{told}"
    );
    assert!(told.contains("Cell 0 (maxSurge 0, maxUnavailable 0): spec.strategy.rollingUpdate"), "{told}");
    assert!(told.contains("None of the 3 cells is sure to hold all objectives"), "{told}");
    assert!(told.contains("takes at least 437 runs of each"), "{told}");
    let again = format!(
        "rollout-lab sweep rolling-update --set {surge} --set {unavailable} --objective rolloutTime --seed 1 --runs 40"
    );
    let commands = between("<code>", "</code>");
    assert!(commands.contains(&again), "{commands:?}");
    assert!(
        commands.iter().any(|line| line.starts_with("rollout-lab compare rolling-update --set")),
        "{commands:?}"
    );
    assert!(page.contains("<th scope=\"col\">max<wbr>Unavailable</th>"), "headings break between words");
    // One cell is refused: the story, the figures and the chart count the three that ran.
    assert!(told.contains(" of 3 cells are beaten by no other"), "{told}");
    assert!(page.contains(" of 3 variants are beaten by no other"), "{:?}", between("<text", "</text>"));
    assert!(!page.contains(folder.path().to_str().unwrap()) && !page.contains(CALM), "the page names a path");
}

#[test]
fn a_sweep_without_a_rollout_says_so_and_counts_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calm.yaml");
    fs::write(&path, NO_ROLLOUT).unwrap();
    let [path, out] = [&path, folder.path()].map(|path| path.to_str().unwrap());
    let set = "deployment.spec.minReadySeconds=30,5";
    let output = rollout_lab(&["sweep", path, "--runs", "20", "--set", set, "--out", out]);
    let table = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(table.lines().any(|line| line.starts_with("   0  30") && !line.contains('%')), "{table}");
    let page = fs::read_to_string(folder.path().join("calm.sweep/report.html")).unwrap();
    let told = "<dd>The pod template changes in none of the 2 cells that ran: there is no rollout.</dd>";
    assert!(page.contains(told), "{page}");
    for wrong in ["cells that none beats", "of the rollouts end", "0.0%"] {
        assert!(!page.contains(wrong), "{wrong}: {page}");
    }
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let folder = tempfile::tempdir().unwrap();
    let [surge, unavailable] = grid();
    let bytes = |threads: &str| {
        let out = folder.path().join(threads);
        sweep(&out, &["--set", &surge, "--set", &unavailable, "--threads", threads]);
        let place = out.join("rolling-update.sweep");
        ["sweep.csv", "summary.json", "provenance.json", "report.html"]
            .map(|file| fs::read(place.join(file)).unwrap())
    };
    assert_eq!(bytes("1"), bytes("3"));
}

/// The same weather in each cell: a cell is what `run --set` computes.
#[test]
fn a_cell_is_a_run_with_the_same_setting() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let setting = format!("{SURGE}=1");
    let ran = rollout_lab(&["run", CALM, "--runs", "40", "--out", out, "--set", &setting, "-o", "json"]);
    let ran: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    let swept = sweep(folder.path(), &["--set", &format!("{SURGE}=1,2"), "-o", "json"]);
    let swept: serde_json::Value = serde_json::from_slice(&swept.stdout).unwrap();
    let digest = &swept["cells"][0]["figures"]["digest"];
    assert!(digest.is_string());
    assert_eq!(&ran["scenarios"][0]["digest"], digest);
    assert_ne!(&swept["cells"][1]["figures"]["digest"], digest);
    let replay = ran["scenarios"][0]["replay"].as_str().unwrap();
    assert!(replay.contains(&format!("--set {SURGE}=1 --seed 1 --run")), "{replay}");
}

#[test]
fn what_cannot_be_swept_is_exit_2_and_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    for (setting, said) in [
        ("deployment.spec.replica=1,2", "did you mean `replicas`?"),
        ("deployment.spec.replicas=", "a value is missing"),
        ("scenario.metadata.name=a,b", "cannot change the name"),
    ] {
        let output = sweep(&out, &["--set", setting]);
        assert_eq!(output.status.code(), Some(2), "{setting}");
        assert!(text(&output.stderr).contains(said), "{setting}: {}", text(&output.stderr));
        assert!(!out.exists());
    }
    let wrong_goal = sweep(&out, &["--set", "deployment.spec.replicas=1,2", "--objective", "speed"]);
    assert_eq!(wrong_goal.status.code(), Some(2));
    assert!(text(&wrong_goal.stderr).contains("`speed` is not a measure"));
}

#[test]
fn latin_hypercubes_and_lists_have_a_row_for_each_cell() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |more: &[&str]| {
        sweep(folder.path(), more);
        let table = fs::read_to_string(folder.path().join("rolling-update.sweep/sweep.csv")).unwrap();
        table.lines().count() - 1
    };
    let ranges =
        ["--set", "deployment.spec.minReadySeconds=0..60", "--set", "scenario.spec.cluster.nodes=3..12"];
    assert_eq!(rows(&[&["--latin-hypercube", "7"], &ranges[..]].concat()), 7);
    let list = folder.path().join("cells.csv");
    fs::write(&list, format!("{SURGE},deployment.spec.minReadySeconds\n1,\n,30\n")).unwrap();
    assert_eq!(rows(&["--list", list.to_str().unwrap()]), 2);
}
