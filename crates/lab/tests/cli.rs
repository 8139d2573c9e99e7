//! The binary from outside: words, exit codes, streams.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn rollout_lab(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollout-lab")).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn version_and_help_are_fine() {
    let version = rollout_lab(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(stdout(&version), format!("rollout-lab {}\n", env!("CARGO_PKG_VERSION")));
    let help = rollout_lab(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(stdout(&help).contains("Examples:\n  rollout-lab plan deploy.yaml"));
}

#[test]
fn wrong_usage_is_exit_2() {
    let wrong: [&[&str]; 6] = [
        &[],
        &["run"],
        &["run", "a.yaml", "--runs", "0"],
        &["run", "a.yaml", "--threads", "0"],
        &["run", "a.yaml", "--seed", "-1"],
        &["dance"],
    ];
    for args in wrong {
        let output = rollout_lab(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}

/// With the feature, `tests/parquet.rs` looks at what is written.
#[cfg(not(feature = "parquet"))]
#[test]
fn without_parquet_it_is_refused_with_the_way_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    for args in [["run", "image-pull-error"], ["merge", "parts"]] {
        let output =
            rollout_lab(&[&args[..], &["--format", "parquet", "--out", out.to_str().unwrap()]].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains("`cargo install --path crates/lab --features parquet`"), "{args:?}");
        assert!(!out.exists(), "{args:?}");
    }
}

#[test]
fn a_missing_scenario_is_exit_2_and_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    let output = rollout_lab(&["run", "no-such-file.yaml", "--out", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no-such-file.yaml"), "{}", stderr(&output));
    assert!(!out.exists());
}

#[test]
fn the_catalogue_is_inside_of_the_binary() {
    let folder = tempfile::tempdir().unwrap();
    let lab = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollout-lab"));
        command.current_dir(folder.path()).args(args).output().unwrap()
    };
    let run = lab(&["run", "image-pull-error", "--runs", "5"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(folder.path().join("results/image-pull-error/runs.csv").exists());
    assert!(stdout(&run).contains("rollout-lab show image-pull-error --seed 1 --run"), "{}", stdout(&run));
    assert_eq!(lab(&["show", "image-pull-error", "--run", "3"]).status.code(), Some(0));
    assert!(stdout(&lab(&["list"])).contains("\n  image-pull-error "));

    let typo = lab(&["run", "imag-pull-error"]);
    assert_eq!(typo.status.code(), Some(2));
    assert!(stderr(&typo).contains("the catalogue has `image-pull-error`"), "{}", stderr(&typo));

    // What exists wins, even if it is no scenario.
    std::fs::write(folder.path().join("image-pull-error"), "mine: true\n").unwrap();
    let mine = lab(&["run", "image-pull-error"]);
    assert_eq!(mine.status.code(), Some(2));
    assert!(stderr(&mine).contains("image-pull-error:1:1"), "{}", stderr(&mine));
}

#[test]
fn shells_can_complete_our_words() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = rollout_lab(&["completions", shell]);
        assert_eq!(script.status.code(), Some(0));
        assert!(stdout(&script).contains("compare"), "{shell}");
    }
}

const CALM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/rolling-update.yaml");
const STUCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/image-pull-error.yaml");

#[test]
fn an_output_folder_that_cannot_be_written_is_exit_2_before_any_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    let output = rollout_lab(&["run", CALM, "--out", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("error: cannot create the folder"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_folder_of_others_is_exit_2_and_left_alone() {
    let out = tempfile::tempdir().unwrap();
    let theirs = out.path().join("rolling-update");
    std::fs::create_dir(&theirs).unwrap();
    std::fs::write(theirs.join("notes.txt"), "mine").unwrap();
    let output = rollout_lab(&["run", CALM, "--out", out.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("`notes.txt`, which rollout-lab did not write"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(theirs.join("notes.txt")).unwrap(), "mine");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rollout-lab"))
        .args(["explain", CALM])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stderr(&output), "");
}

/// Runs both kinds of scenario into a folder and returns stdout with that folder's name taken out.
fn run_into(out: &Path, threads: &str) -> String {
    let folder = out.to_str().unwrap();
    let args = ["run", CALM, STUCK, "--runs", "60", "--threads", threads, "--out", folder, "-o", "json"];
    let output = rollout_lab(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output).replace(folder, "OUT")
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(run_into(one.path(), "1"), run_into(two.path(), "2"));
    let same = Command::new("diff").arg("-r").args([one.path(), two.path()]).status().unwrap();
    assert!(same.success());
}

#[test]
fn a_run_alone_is_the_run_of_the_batch() {
    let out = tempfile::tempdir().unwrap();
    run_into(out.path(), "2");
    let rows = std::fs::read_to_string(out.path().join("image-pull-error/runs.csv")).unwrap();
    for row in rows.lines().skip(1) {
        let (run, digest) = (row.split(',').next().unwrap(), row.split(',').nth(1).unwrap());
        let alone = stdout(&rollout_lab(&["show", STUCK, "--run", run]));
        assert!(
            alone.contains(digest),
            "run {run} has the digest {digest} in the batch, but alone:\n{alone}"
        );
    }
}

/// A folder of scenarios, each with a name, a group or none, and a description.
fn catalogue(entries: &[(&str, Option<&str>, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifests = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/manifests");
    for (name, group, description) in entries {
        let labels = group.map_or(String::new(), |group| format!("labels: {{group: {group}}}"));
        let text = format!(
            "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata:\n  name: {name}\n  \
             description: {description}\n  {labels}\nspec: {{manifests: [{manifests}/web.yaml]}}\n"
        );
        std::fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
    }
    folder
}

#[test]
fn the_catalogue_is_listed_by_group() {
    let long_name = "a-name-so-long-that-no-description-fits-beside-it";
    let folder = catalogue(&[
        ("a-zoo", Some("zoo"), "An unknown group comes after those that are known"),
        ("b-lonely", None, "Without a group"),
        ("c-images", Some("images"), "A description that is too long for one line is wrapped and never cut"),
        ("d-basics", Some("basics"), ""),
        ("e-aviary", Some("aviary"), "Unknown groups are in alphabetical order"),
        (long_name, Some("basics"), "The longest name"),
    ]);
    let path = folder.path().to_str().unwrap();
    let listed = rollout_lab(&["list", path]);
    assert_eq!(listed.status.code(), Some(0), "{}", stderr(&listed));
    insta::assert_snapshot!("list", stdout(&listed));
    let json = stdout(&rollout_lab(&["list", path, "-o", "json"]));
    insta::assert_snapshot!("list_json", json.replace(path, "FOLDER"));
}

#[test]
fn a_list_without_groups_has_no_headings() {
    let folder = catalogue(&[("one", None, "First"), ("two", None, "Second")]);
    let listed = stdout(&rollout_lab(&["list", folder.path().to_str().unwrap()]));
    assert_eq!(listed, "  one  First\n  two  Second\n");
}

#[test]
fn ctrl_c_is_exit_130_and_leaves_whole_rows() {
    let out = tempfile::tempdir().unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_rollout-lab"))
        .args(["run", STUCK, "--runs", "100000000", "--out"])
        .arg(out.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let rows = out.path().join(".image-pull-error.partial/runs.csv");
    while std::fs::metadata(&rows).map_or(0, |file| file.len()) < 1000 {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(stderr(&output).contains("interrupted: "), "{}", stderr(&output));
    assert!(std::fs::read_to_string(rows).unwrap().ends_with('\n'));
}
