//! `rollout-lab chart`: the same charts from the files alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn lab(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollout-lab")).args(arguments).output().unwrap()
}

fn scenario(name: &str) -> String {
    format!("{}/../../scenarios/{name}.yaml", env!("CARGO_MANIFEST_DIR"))
}

/// The results of a few runs.
fn batch(out: &Path, name: &str, more: &[&str]) -> PathBuf {
    let place = out.to_str().unwrap();
    let scenario = scenario(name);
    let arguments = [&["run", &scenario, "--runs", "40", "--quiet", "--out", place], more].concat();
    let done = lab(&arguments);
    // An objective may be missed: then there are results all the same.
    assert!(done.status.code() < Some(2), "{}", String::from_utf8_lossy(&done.stderr));
    out.join(name)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn charts_are_redrawn_with_the_same_bytes() {
    let out = tempfile::tempdir().unwrap();
    let many = ["--set", "deployment.spec.replicas=600", "--set", "scenario.spec.cluster.nodes=20"];
    for (name, more, charts) in [
        ("image-pull-error-recovers", &[][..], 7),
        ("proportional-scaling", &[], 7),
        ("scaling-is-no-rollout", &[], 3),
        // So many pods that the tables of the example leave some out.
        ("rolling-update", &many, 7),
    ] {
        let folder = batch(out.path(), name, more);
        let again = out.path().join("again").join(name);
        let done = lab(&["chart", folder.to_str().unwrap(), "--out", again.to_str().unwrap()]);
        assert!(done.status.success(), "{}", stderr(&done));
        let drawn: Vec<_> = fs::read_dir(&again).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(drawn.len(), charts, "{drawn:?}");
        assert_eq!(fs::read_dir(folder.join("charts")).unwrap().count(), charts, "all of them: {drawn:?}");
        for path in drawn {
            let first = folder.join("charts").join(path.file_name().unwrap());
            assert!(fs::read(&path).unwrap() == fs::read(first).unwrap(), "{}", path.display());
        }
    }
}

#[test]
fn two_batches_make_one_picture() {
    let out = tempfile::tempdir().unwrap();
    let a = batch(&out.path().join("a"), "rolling-update", &[]);
    let b = batch(&out.path().join("b"), "rolling-update", &["--set", "deployment.spec.minReadySeconds=30"]);
    let place = out.path().join("pictures");
    let place = place.to_str().unwrap();
    let done = lab(&["chart", a.to_str().unwrap(), b.to_str().unwrap(), "--png", "--out", place]);
    assert!(done.status.success(), "{}", stderr(&done));
    let svg = fs::read_to_string(Path::new(place).join("comparison.svg")).unwrap();
    assert!(svg.contains("Median rollout time "), "{svg}");
    let png = fs::read(Path::new(place).join("comparison.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let mixed = lab(&["chart", a.to_str().unwrap(), b.to_str().unwrap(), "--kind", "rollout-time"]);
    assert_eq!(mixed.status.code(), Some(2));
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let out = tempfile::tempdir().unwrap();
    let folder = batch(out.path(), "scaling-is-no-rollout", &[]);
    let folder = folder.to_str().unwrap();
    let unknown = lab(&["chart", folder, "--kind", "gantt"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("rollout-time, survival, where-the-time-went, available-pods"));
    let empty = lab(&["chart", folder, "--kind", "rollout-time"]);
    assert_eq!(empty.status.code(), Some(2));
    assert!(stderr(&empty).contains("nothing to show in `rollout-time`"), "{}", stderr(&empty));
    let table = out.path().join("scaling-is-no-rollout/example-pods.csv");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replacen("available", "asleep", 1)).unwrap();
    let broken = lab(&["chart", folder, "--kind", "pods"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(
        stderr(&broken).contains("line 2 has a cell that is not a value of its column"),
        "{}",
        stderr(&broken)
    );
    fs::remove_file(&table).unwrap();
    let absent = lab(&["chart", folder, "--kind", "pods"]);
    assert!(stderr(&absent).contains("nothing to show in `pods`"), "{}", stderr(&absent));
    let in_the_way = lab(&["chart", folder, "--out", table.with_file_name("runs.csv").to_str().unwrap()]);
    assert_eq!(in_the_way.status.code(), Some(2));
    assert!(stderr(&in_the_way).contains("cannot create the folder"), "{}", stderr(&in_the_way));
    let summary = table.with_file_name("summary.json");
    let text = fs::read_to_string(&summary).unwrap();
    fs::write(&summary, text.replacen("\"schemaVersion\": 1", "\"schemaVersion\": 99", 1)).unwrap();
    let later = lab(&["chart", folder]);
    assert_eq!(later.status.code(), Some(2));
    assert!(stderr(&later).contains("summary.json: its schemaVersion is 99"), "{}", stderr(&later));
    let nowhere = lab(&["chart", out.path().to_str().unwrap()]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(stderr(&nowhere).contains("is this a folder of results?"), "{}", stderr(&nowhere));
}

/// Rows of a table, as long as a row of a table can be.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_sweep_or_a_comparison_is_no_batch_to_draw_or_to_compare() {
    let out = tempfile::tempdir().unwrap();
    let place = out.path().to_str().unwrap();
    let calm = scenario("rolling-update");
    let set = "deployment.spec.minReadySeconds=5,30";
    lab(&["sweep", &calm, "--runs", "5", "--set", set, "--out", place]);
    lab(&["compare", &calm, &calm, "--runs", "5", "--out", place]);
    for (name, what) in [("rolling-update.sweep", "sweep"), ("rolling-update.compare", "comparison")] {
        let folder = out.path().join(name);
        assert!(folder.join("report.html").is_file(), "{name}");
        let folder = folder.to_str().unwrap();
        let said = format!("{folder}: this is a {what}, which keeps no runs; its charts are in charts/");
        for args in [&["chart", folder][..], &["chart", folder, folder], &["compare", folder, folder]] {
            let refused = lab(args);
            assert_eq!(refused.status.code(), Some(2), "{args:?}");
            assert!(stderr(&refused).contains(&said), "{args:?}: {}", stderr(&refused));
        }
    }
}

#[test]
fn the_example_is_one_run_in_tables_of_bounded_size() {
    let out = tempfile::tempdir().unwrap();
    let size = |replicas: &str, nodes: &str| {
        let set = [replicas, nodes].map(|set| ["--set", set]);
        let folder = batch(&out.path().join(replicas), "rolling-update", &set.concat());
        let pods = rows(&folder.join("example-pods.csv"));
        let sets = rows(&folder.join("example-replica-sets.csv"));
        let run = &pods[0][0];
        assert!(pods.iter().chain(&sets).all(|row| row[0] == *run), "{replicas}");
        let mut names: Vec<&String> = pods.iter().map(|row| &row[3]).collect();
        names.dedup();
        assert!(pods.iter().any(|row| row[5] == "gone") && pods.iter().any(|row| row[5] == "pulling"));
        // The last row holds the whole.
        let last = sets.last().unwrap();
        assert_eq!((last[2].as_str(), &last[4]), ("", &last[6]), "{last:?}");
        (names.len(), pods.len(), sets.len())
    };
    let (small, ..) = size("deployment.spec.replicas=10", "scenario.spec.cluster.nodes=3");
    assert_eq!(small, 20, "all pods");
    let (names, pods, sets) = size("deployment.spec.replicas=2000", "scenario.spec.cluster.nodes=80");
    assert_eq!(names, 400, "every tenth of 4,000");
    assert!(pods <= 400 * 10 && sets <= 1500 * 3, "{pods} {sets}");
}

#[test]
fn the_pods_are_stacked_by_replica_set() {
    let out = tempfile::tempdir().unwrap();
    let texts = |name: &str| {
        let folder = batch(&out.path().join(name), name, &[]);
        let svg = fs::read_to_string(folder.join("charts/replica-sets.svg")).unwrap();
        // A text stands on lines of its own.
        svg.lines().filter(|line| !line.starts_with('<')).map(str::to_owned).collect::<Vec<_>>()
    };
    let has = |texts: &[String], part: &str| texts.iter().any(|text| text.contains(part));
    let seven = texts("rollover-storm");
    for revision in 1..=7 {
        assert!(has(&seven, &format!(" (revision {revision})")), "{seven:?}");
    }
    let labels = seven.iter().filter(|text| text.starts_with("revision ")).count();
    assert!((4..=7).contains(&labels), "{labels} of 7 areas have room for a label");
    let back = texts("stale-failure-after-rollback");
    assert!(has(&back, "(revision 1, then 3)") && back.contains(&"revision 3".to_owned()), "{back:?}");
    let quota = texts("quota-exhaustion");
    assert!(has(&quota, "where pods are missing") && has(&quota, "wanted and promised"), "{quota:?}");
    assert!(!has(&back, "where pods are missing") && !has(&back, "wanted and promised"), "{back:?}");
    let bare = texts("replicaset-self-healing");
    assert!(bare.contains(&"worker".to_owned()) && !has(&bare, "revision"), "{bare:?}");
}

#[test]
fn the_survival_curve_says_who_takes_longer() {
    let out = tempfile::tempdir().unwrap();
    let title = |name: &str, more: &[&str]| {
        let folder = batch(&out.path().join(format!("{}", more.len())), name, more);
        let svg = fs::read_to_string(folder.join("charts/survival.svg")).unwrap();
        let title = svg.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0.to_owned();
        (title, svg)
    };
    let (some, svg) = title("image-pull-error-recovers", &[]);
    assert!(some.ends_with("% of the rollouts take longer than the 10m of the progress deadline"), "{some}");
    assert!(
        svg.contains("95% band, point by point") && svg.contains("progress deadline, 10m without progress")
    );
    let (none, svg) = title("image-pull-error", &[]);
    assert_eq!(none, "None of 40 rollouts is complete after 30m");
    assert!(svg.contains("40 not complete at the horizon, 30m"));
    let (all, svg) = title("rolling-update", &[]);
    assert!(
        all.starts_with("Nine in ten rollouts are complete after ") && all.contains(", all after "),
        "{all}"
    );
    assert!(!svg.contains("at the horizon"), "no run is censored");
    // A horizon between the rollouts: some are complete before it, and it is not known when the others will be.
    let (cut, svg) = title("rolling-update", &["--set", "scenario.spec.horizon=45s"]);
    assert!(cut.ends_with("% of the rollouts take longer than 45s"), "{cut}");
    assert!(svg.contains("not complete at the horizon, 45s"));
}
