//! `rollout-lab conform` from outside, on the documentation cases.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const DOCUMENTATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/documentation.jsonl.gz");

fn conform(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollout-lab")).arg("conform").args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The documentation cases as we would have recorded them, as text, and the folder they lie in.
fn written() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = conform(&[DOCUMENTATION, "--write", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let text = fs::read_to_string(folder.path().join("documentation.jsonl")).unwrap();
    (folder, text)
}

#[test]
fn matching_cases_are_fine_and_counted_in_the_last_line() {
    let output = conform(&[DOCUMENTATION, "--summary"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    assert!(text.contains("CONTROL-PLANE             CASES MATCHING    STEPS\ndocs                         19       19      164\n"), "{text}");
    assert_eq!(text.lines().last(), Some("conform: 19 of 19 cases match"));
}

#[test]
fn what_we_write_is_in_the_format_we_read() {
    let (folder, text) = written();
    assert_eq!(text.lines().count(), 19);
    let again = conform(&[folder.path().to_str().unwrap()]);
    assert_eq!(stdout(&again), "conform: 19 of 19 cases match\n");
}

/// Changes the first documentation case and returns what `conform` says of it.
fn after(change: impl FnOnce(&mut Value)) -> Output {
    let (folder, text) = written();
    let mut case: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    change(&mut case);
    let path = folder.path().join("changed.jsonl");
    fs::write(&path, format!("{case}\n")).unwrap();
    conform(&[path.to_str().unwrap()])
}

#[test]
fn a_divergence_is_exit_1_and_names_time_field_and_both_sides() {
    let output = after(|case| case["steps"][1]["deployment"]["available"] = Value::from(2));
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("docs-create-three: Three replicas are created and become ready"), "{text}");
    assert!(text.contains("first divergence in step 2 at 4.050 s, field deployment.available"), "{text}");
    assert!(text.contains("recorded  2\n    ours      3\n"), "{text}");
    assert!(text.ends_with("conform: 0 of 1 cases match\n"), "{text}");
}

#[test]
fn fields_and_steps_unknown_to_us_are_divergences() {
    let field = after(|case| case["steps"][0]["deployment"]["mood"] = Value::from("good"));
    assert_eq!(field.status.code(), Some(1));
    assert!(stdout(&field).contains("field deployment.mood"));
    let step = after(|case| {
        let last = case["steps"][1].clone();
        case["steps"].as_array_mut().unwrap().push(last);
    });
    assert_eq!(step.status.code(), Some(1));
    assert!(stdout(&step).contains("we take no such step"));
}

#[test]
fn an_open_condition_may_have_any_reason_but_not_any_status() {
    let open = |status: &str| {
        let condition = serde_json::json!({"status": status, "reason": "*", "last_update_s": 77, "last_transition_s": 77});
        after(|case| case["steps"][0]["deployment"]["conditions"]["Progressing"] = condition).status.code()
    };
    assert_eq!(open("True"), Some(0));
    assert_eq!(open("False"), Some(1));
}

#[test]
fn a_quarter_of_a_second_does_not_count() {
    let late =
        |millis: i64| after(|case| case["steps"][1]["t_ms"] = Value::from(4050 + millis)).status.code();
    assert_eq!(late(250), Some(0));
    assert_eq!(late(251), Some(1));
}

#[test]
fn unreadable_cases_are_exit_2_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.jsonl");
    for text in ["{", "{\"name\": \"x\"}", "[]", "\u{0}\u{1}"] {
        fs::write(&path, text).unwrap();
        let output = conform(&[path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{text:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("bad.jsonl:1: "), "{said}");
    }
    let missing = conform(&["no-such-folder"]);
    assert_eq!(missing.status.code(), Some(2));
    let empty = conform(&[folder.path().join("nothing").to_str().unwrap()]);
    assert_eq!(empty.status.code(), Some(2));
    let unknown = conform(&[DOCUMENTATION, "--case", "no-such-case"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn one_case_can_be_told_side_by_side_and_all_to_machines() {
    let told = stdout(&conform(&[DOCUMENTATION, "--case", "docs-proportional-ten-to-fifteen", "-v"]));
    assert!(told.contains("rs-1 8->11  rs-2 5->7  +5 pods"), "{told}");
    let machine: Value = serde_json::from_str(&stdout(&conform(&[DOCUMENTATION, "-o", "json"]))).unwrap();
    assert_eq!(machine["matching"], 19);
    assert!(Path::new(DOCUMENTATION).exists());
}

#[test]
fn absurd_numbers_in_a_script_are_exit_2() {
    let absurd = |pointer: &str, value: i64| {
        let output = after(|case| *case.pointer_mut(pointer).unwrap() = Value::from(value));
        assert_eq!(output.status.code(), Some(2), "{pointer}");
        String::from_utf8(output.stderr).unwrap()
    };
    let said = absurd("/deployment/replicas", -1);
    assert!(
        said.contains("changed.jsonl:1: deployment.replicas is -1, which is not between 0 and 100000"),
        "{said}"
    );
    absurd("/until_ms", i64::MAX);
    absurd("/nodes", 0);
    absurd("/images/nginx:1.14.2/terminate_ms", i64::MIN);
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let (folder, text) = written();
    let inside = folder.path().join("documentation.jsonl");
    let again = conform(&[inside.to_str().unwrap(), "--write", folder.path().to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8(again.stderr).unwrap().contains("exists already; nothing is overwritten"));
    assert_eq!(fs::read_to_string(&inside).unwrap(), text);
    let twice = conform(&[
        DOCUMENTATION,
        inside.to_str().unwrap(),
        "--write",
        folder.path().join("new").to_str().unwrap(),
    ]);
    assert_eq!(twice.status.code(), Some(2));
    assert!(!folder.path().join("new").exists());
}

#[test]
fn an_empty_file_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.jsonl");
    fs::write(&path, "\n").unwrap();
    assert_eq!(conform(&[path.to_str().unwrap()]).status.code(), Some(2));
}

/// Three cases of the API server's verdicts: the first two are recorded as they are, the third is not.
const ADMISSION: &str = r#"
{"name":"A-1","about":"as it is","object":{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"}},"accepted":true,"errors":[]}
{"name":"A-2","about":"no name","object":{"apiVersion":"v1","kind":"ResourceQuota","metadata":{}},"accepted":false,"errors":["INVALID ResourceQuota \"\" is invalid: metadata.name: Required value: name or generateName is required"]}
{"name":"A-3","about":"invented","object":{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"}},"accepted":false,"errors":["INVALID ResourceQuota \"q\" is invalid: spec.mood: Required value"]}
"#;

#[test]
fn verdicts_of_the_api_server_are_recognised_by_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("verdicts.jsonl");
    fs::write(&path, ADMISSION).unwrap();
    let output = conform(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.starts_with("A-3: invented\n  the API server refuses this object, we accept it\n"),
        "{text}"
    );
    assert_eq!(text.lines().last(), Some("conform: 2 of 3 cases match"));
    // Beside other kinds, in one folder.
    fs::copy(DOCUMENTATION, folder.path().join("documentation.jsonl.gz")).unwrap();
    let both = conform(&[folder.path().to_str().unwrap(), "-o", "json"]);
    let machine: Value = serde_json::from_str(&stdout(&both)).unwrap();
    assert_eq!(machine["matching"], 21);
    assert_eq!(machine["kinds"]["admission"]["A"]["cases"], 3);
    assert_eq!(machine["divergences"][0]["kind"], "admission");
}

#[test]
fn fields_of_refused_objects_are_compared_if_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("verdicts.jsonl");
    let other = ADMISSION.replace("metadata.name: Required", "metadata.mood: Required");
    let cases: Vec<&str> = other.lines().filter(|line| !line.contains("A-3")).collect();
    fs::write(&path, cases.join("\n")).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(conform(&[path]).status.code(), Some(0));
    let output = conform(&[path, "--paths"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("    not named by us  metadata.mood\n    only named by us metadata.name\n"),
        "{text}"
    );
}

#[test]
fn a_line_of_no_known_kind_is_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.jsonl");
    fs::write(&path, "{\"name\": \"x\", \"mood\": \"good\"}").unwrap();
    let output = conform(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(
            "other.jsonl:1: this is no case of a known kind (control-plane, admission, autoscaler, endpoint-slices, disruption-budgets)"
        ),
        "{said}"
    );
}
