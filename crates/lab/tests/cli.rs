//! The binary from outside: words, exit codes, streams.

use std::process::{Command, Output};

fn rollout_lab(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollout-lab"))
        .args(args)
        .output()
        .unwrap()
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
    assert_eq!(
        stdout(&version),
        format!("rollout-lab {}\n", env!("CARGO_PKG_VERSION"))
    );
    let help = rollout_lab(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(stdout(&help).contains("Examples:\n  rollout-lab run scenarios/image-pull-error.yaml"));
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

#[test]
fn a_missing_scenario_is_exit_2_and_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    let output = rollout_lab(&["run", "no-such-file.yaml", "--out", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("no-such-file.yaml"),
        "{}",
        stderr(&output)
    );
    assert!(!out.exists());
}
