//! Hostile and broken inputs, given to the binary as a user gives them: each is refused in words, in little time
//! and memory, and what is shown of a file cannot move the cursor.

use crate::binary::{rollout_lab, stderr, stdout};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

const SCENARIO: &str = "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata:\n  name: mine\nspec:\n  manifests:\n    - \
                        web.yaml\n";
const MANIFEST: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 4\n  selector:\n    \
                        matchLabels: {app: web}\n  template:\n    metadata:\n      labels: {app: web}\n    spec:\n      \
                        containers:\n        - name: web\n          image: web:1\n";

/// A folder with a manifest and a scenario of it that goes on with this text.
fn scenario(rest: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("web.yaml"), MANIFEST).unwrap();
    let path = folder.path().join("mine.yaml");
    fs::write(&path, format!("{SCENARIO}{rest}")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What is said on stderr by a command that refuses its input, within a time that is generous for debug builds.
fn refused(args: &[&str]) -> String {
    let begin = Instant::now();
    let output = rollout_lab(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
    assert!(begin.elapsed() < Duration::from_secs(20), "{args:?} took {:?}", begin.elapsed());
    stderr(&output)
}

fn fine(args: &[&str]) -> Output {
    let output = rollout_lab(args);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{args:?}: {}", stderr(&output));
    output
}

/// 199 kB that used to take 3.2 GB.
#[test]
fn aliases_of_large_texts_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bomb.yaml");
    let long = "x".repeat(100_000);
    fs::write(&file, format!("a: &a {long}\nb: [{}]\n", vec!["*a"; 33_000].join(","))).unwrap();
    let said = refused(&["check", text(&file)]);
    assert!(said.contains("aliases copy more text") && said.contains("bomb.yaml:2:"), "{said}");
}

#[test]
fn what_gzip_expands_to_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bomb.jsonl.gz");
    let best = flate2::Compression::best();
    let mut gzip = flate2::write::GzEncoder::new(fs::File::create(&file).unwrap(), best);
    gzip.write_all(b"\n{\"name\": \"x\", ").unwrap();
    for _ in 0..80 {
        gzip.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    gzip.finish().unwrap();
    assert!(fs::metadata(&file).unwrap().len() < 1_000_000);
    let said = refused(&["conform", text(&file)]);
    assert!(said.contains("bomb.jsonl.gz:2: a line of more than 16 MiB"), "{said}");
}

#[test]
fn numbers_on_the_command_line_are_bounded() {
    let (folder, path) = scenario("");
    let out = folder.path().join("out");
    let sweep = ["sweep", &path, "--out", text(&out), "--set", "deployment.spec.replicas=1,2"];
    for (option, value, words) in [
        ("--latin-hypercube", "100000000000", "asks for more than 10000 cells"),
        ("--latin-hypercube", "10001", "asks for more than 10000 cells"),
        ("--runs", "1000000000", "at most 1000000 runs"),
    ] {
        let said = refused(&[&sweep[..], &[option, value]].concat());
        assert!(said.contains(words), "{option}: {said}");
    }
    let list = folder.path().join("cells.csv");
    fs::write(&list, format!("deployment.spec.replicas\n{}", "3\n".repeat(20_000))).unwrap();
    let said = refused(&["sweep", &path, "--list", text(&list)]);
    assert!(said.contains("cells.csv") && said.contains("more than 10000 cells"), "{said}");
    let manifest = folder.path().join("web.yaml");
    for (command, file) in [("deadline", path.as_str()), ("plan", text(&manifest))] {
        let said = refused(&[command, file, "--runs", "1000000000"]);
        assert!(said.contains("at most 1000000 runs"), "{command}: {said}");
    }
    assert!(!out.join("mine.sweep").exists());
}

#[test]
fn lists_in_a_scenario_are_bounded() {
    let mut faults = String::from("  faults:\n");
    for index in 0..10_001 {
        writeln!(faults, "    - {{name: f{index}, kind: DenyPods}}").unwrap();
    }
    let mut actions = String::from("  actions:\n");
    for index in 0..10_001 {
        writeln!(actions, "    - {{at: {index}ms, scale: {}}}", index % 7).unwrap();
    }
    for (section, what) in [(faults, "`faults`"), (actions, "`actions`")] {
        let (_folder, path) = scenario(&section);
        let said = refused(&["check", &path]);
        assert!(said.contains(&format!("{what} has 10001 items, more than the limit of 10000")), "{said}");
    }
}

/// Each makes a `ReplicaSet`, so that what is told of a run grows with the square of their number.
#[test]
fn changes_of_the_template_are_bounded() {
    let (mut actions, mut history) = (String::from("  actions:\n"), String::from("  history:\n"));
    for index in 0..1_001 {
        writeln!(actions, "    - {{at: {index}s, setImage: {{web: \"web:{index}\"}}}}").unwrap();
        writeln!(history, "    - {{setImage: {{web: \"old:{index}\"}}}}").unwrap();
    }
    let (_folder, path) = scenario(&actions);
    assert!(refused(&["check", &path]).contains("more than 1000 actions change the template"));
    let (_folder, path) = scenario(&history);
    assert!(refused(&["check", &path]).contains("`history` has 1001 items"));
}

/// As many as are allowed take seconds, not minutes.
#[test]
fn many_faults_and_actions_take_no_quadratic_time() {
    let mut rest = String::from("  actions:\n");
    for index in 0..8_000 {
        writeln!(rest, "    - {{at: {}ms, scale: {}}}", index * 10, 3 + index % 3).unwrap();
    }
    rest.push_str("  faults:\n");
    for index in 0..8_000 {
        writeln!(
            rest,
            "    - {{name: f{index}, kind: ImagePullError, at: 20m, target: {{image: \"web:1\"}}}}"
        )
        .unwrap();
    }
    let (folder, path) = scenario(&rest);
    let begin = Instant::now();
    fine(&["check", &path]);
    fine(&["run", &path, "--runs", "2", "--quiet", "--out", text(&folder.path().join("out"))]);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let cases = folder.path().join("pipe.jsonl");
    assert!(std::process::Command::new("mkfifo").arg(&cases).status().unwrap().success());
    let (own, path) = scenario("");
    for args in [
        &["check", text(&pipe)][..],
        &["run", text(&pipe)],
        &["plan", text(&pipe)],
        &["sweep", &path, "--list", text(&pipe)],
        &["conform", text(&cases)],
    ] {
        let said = refused(args);
        assert!(said.contains("a pipe, not a regular file") && said.contains("pipe."), "{args:?}: {said}");
    }
    let said = refused(&["check", "/dev/zero"]);
    assert!(said.contains("/dev/zero cannot be read: it is a device, not a regular file"), "{said}");
    // A manifest that a scenario names.
    fs::remove_file(own.path().join("web.yaml")).unwrap();
    assert!(
        std::process::Command::new("mkfifo").arg(own.path().join("web.yaml")).status().unwrap().success()
    );
    let said = refused(&["check", &path]);
    assert!(said.contains("mine.yaml:7:7") && said.contains("a pipe, not a regular file"), "{said}");
}

/// ESC, BEL, CSI and OSC of C1, DEL, carriage return, and a mark that turns the direction of text.
const HOSTILE: &str = "\\e[2J\\e]0;owned\\a\\N\\x9b\\x7f\\r\\u202eevil\\u2066\\P";

fn assert_harmless(shown: &[u8]) {
    let text = std::str::from_utf8(shown).unwrap();
    let is_harmful = |c: char| {
        (c.is_control() && c != '\n' && c != '\t') || "\u{202e}\u{2066}\u{2028}\u{2029}\u{200f}".contains(c)
    };
    assert!(!text.contains(is_harmful), "{text:?}");
}

#[test]
fn text_of_files_cannot_move_the_cursor() {
    let (folder, path) = scenario("");
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let key = file("key.yaml", format!("{SCENARIO}  \"{HOSTILE}\": 1\n"));
    let value = file(
        "value.yaml",
        format!("{SCENARIO}  faults:\n    - {{name: \"{HOSTILE}\", kind: \"{HOSTILE}\"}}\n"),
    );
    let described = file(
        "described.yaml",
        SCENARIO.replace("  name: mine", &format!("  name: mine\n  description: \"{HOSTILE}\"")),
    );
    let image = file(
        "image.yaml",
        format!("{SCENARIO}  actions:\n    - at: 10s\n      setImage: {{web: \"a{HOSTILE}b\"}}\n"),
    );
    let manifest = file("manifest.yaml", MANIFEST.replace("web:1", &format!("\"{HOSTILE}\"")));
    let other = file(
        "other.yaml",
        format!("apiVersion: v1\nkind: \"{HOSTILE}\"\nmetadata: {{name: \"{HOSTILE}\"}}\n"),
    );
    let hidden = file("\u{1b}[31m\u{202e}.yaml", "a: [\n".to_owned());
    let cases = file("cases.jsonl", "{\"name\": \"\\u001b[2J\\u202e\", \"\\u009b\": 1}\n".to_owned());
    let out = folder.path().join("out");
    let out = text(&out);
    for args in [
        &["check", &key][..],
        &["check", &value],
        &["check", &described],
        &["check", &image],
        &["check", &manifest],
        &["check", &other],
        &["check", &hidden],
        &["check", "\u{1b}[31m\u{9b}"],
        &["explain", &described],
        &["explain", &image],
        &["list", &described],
        &["list", &described, "-o", "json"],
        &["run", &image, "--runs", "3", "--out", out],
        &["run", &described, "--runs", "3", "--out", out, "-o", "json"],
        &["show", &image],
        &["show", &image, "--at", "20s"],
        &["show", &image, "-o", "json"],
        &["show", &image, "-o", "course"],
        &["plan", &manifest, "--runs", "20"],
        &["compare", &image, &path, "--runs", "3"],
        &["conform", &cases],
    ] {
        let output = rollout_lab(args);
        assert!(matches!(output.status.code(), Some(0..=2)), "{args:?}");
        assert_harmless(&output.stdout);
        assert_harmless(&output.stderr);
    }
    let said = stderr(&rollout_lab(&["check", &key]));
    assert!(said.contains("unknown key `") && said.contains("\\u009b"), "{said}");
    let listed = stdout(&fine(&["list", &described]));
    assert!(listed.contains("\\u001b[2J\\u001b]0;owned\\u0007"), "{listed}");
    // JSON keeps its meaning.
    let listed: serde_json::Value =
        serde_json::from_str(&stdout(&fine(&["list", &described, "-o", "json"]))).unwrap();
    assert!(listed.to_string().contains('\u{202e}'), "{listed}");
}

/// XML has no room for control characters, and a report is looked at as well.
#[test]
fn pages_and_pictures_hold_no_control_characters() {
    let (folder, _) = scenario("");
    let image = folder.path().join("image.yaml");
    let described = SCENARIO.replace("  name: mine", &format!("  name: mine\n  description: \"{HOSTILE}\""));
    let actions = format!("  actions:\n    - at: 10s\n      setImage: {{web: \"a{HOSTILE}b\"}}\n");
    fs::write(&image, format!("{described}{actions}")).unwrap();
    let out = folder.path().join("out");
    fine(&["run", text(&image), "--runs", "5", "--out", text(&out), "--quiet"]);
    assert_harmless(&fs::read(out.join("mine/report.html")).unwrap());
    let mut charts = 0;
    for chart in fs::read_dir(out.join("mine/charts")).unwrap() {
        assert_harmless(&fs::read(chart.unwrap().path()).unwrap());
        charts += 1;
    }
    assert!(charts > 3);
}

/// A batch, and its summary changed by a function.
fn with_summary(change: impl Fn(&mut serde_json::Value)) -> (tempfile::TempDir, String) {
    let (folder, path) = scenario("  actions:\n    - at: 10s\n      setImage: {web: \"web:2\"}\n");
    let out = folder.path().join("out");
    fine(&["run", &path, "--runs", "5", "--out", text(&out), "--quiet"]);
    let file = out.join("mine/summary.json");
    let mut summary: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    change(&mut summary);
    fs::write(&file, summary.to_string()).unwrap();
    let results = out.join("mine").to_str().unwrap().to_owned();
    (folder, results)
}

#[test]
fn absurd_results_are_errors() {
    let absurd =
        [serde_json::json!(1e300), (-1).into(), 0.into(), 1e18.into(), "soon".into(), serde_json::json!([1])];
    for number in absurd {
        let (_folder, results) = with_summary(|summary| summary["horizonSeconds"] = number.clone());
        for command in ["chart", "deadline"] {
            let said = refused(&[command, &results]);
            assert!(
                said.contains("summary.json: `horizonSeconds` is not a valid time"),
                "{command} {number}: {said}"
            );
        }
        let said = refused(&["compare", &results, &results]);
        assert!(said.contains("summary.json: `horizonSeconds` is not a valid time"), "{number}: {said}");
    }
    let (_folder, results) = with_summary(|summary| summary["availability"]["replicas"] = 9e15.into());
    let said = refused(&["chart", &results]);
    assert!(said.contains("summary.json: `availability.replicas` is no number of pods"), "{said}");
    let (_folder, results) = with_summary(|_| ());
    let deep = format!("{{\"schemaVersion\":{}1{}}}", "[".repeat(500_000), "]".repeat(500_000));
    for name in ["summary.json", "provenance.json"] {
        let file = Path::new(&results).join(name);
        let before = fs::read(&file).unwrap();
        fs::write(&file, &deep).unwrap();
        for command in ["chart", "deadline"] {
            let said = refused(&[command, &results]);
            assert!(said.contains(name) && said.contains("recursion limit"), "{command}: {said}");
        }
        fs::write(&file, before).unwrap();
    }
}
