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
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    out.join(name)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn charts_are_redrawn_with_the_same_bytes() {
    let out = tempfile::tempdir().unwrap();
    for (name, charts) in
        [("image-pull-error-recovers", 4), ("proportional-scaling", 4), ("scaling-is-no-rollout", 1)]
    {
        let folder = batch(out.path(), name, &[]);
        let again = out.path().join("again").join(name);
        let done = lab(&["chart", folder.to_str().unwrap(), "--out", again.to_str().unwrap()]);
        assert!(done.status.success(), "{}", stderr(&done));
        let drawn: Vec<_> = fs::read_dir(&again).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(drawn.len(), charts, "{drawn:?}");
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
    assert!(stderr(&unknown).contains("rollout-time, where-the-time-went, available-pods"));
    let empty = lab(&["chart", folder, "--kind", "rollout-time"]);
    assert_eq!(empty.status.code(), Some(2));
    assert!(stderr(&empty).contains("nothing to show in `rollout-time`"), "{}", stderr(&empty));
    let nowhere = lab(&["chart", out.path().to_str().unwrap()]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(stderr(&nowhere).contains("is this a folder of results?"), "{}", stderr(&nowhere));
}
