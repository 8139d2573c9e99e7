//! `rollout-lab plan` from outside: real manifests in, a forecast out.

use crate::binary::{FOLDER, rollout_lab, stderr, stdout};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const WEB: &str = "scenarios/manifests/web.yaml";

fn answer(args: &[&str]) -> Value {
    let output = rollout_lab(&[&["plan"], args, &["-o", "json", "--runs", "100"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn the_answer_fits_a_screen() {
    let output = rollout_lab(&["plan", WEB, "--runs", "200", "--threads", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = stdout(&output);
    let is_replay = |line: &str| line.contains("rollout-lab plan");
    assert!(table.lines().all(|line| is_replay(line) || line.chars().count() <= 80), "{table}");
    assert!(table.starts_with("The weather is assumed: typical"), "{table}");
    insta::assert_snapshot!("plan_table", table);
    let again = rollout_lab(&["plan", WEB, "--runs", "200", "--threads", "1"]);
    assert_eq!(stdout(&again), table);
}

/// What is advised is found again by comparing the scenario behind the forecast with the setting.
#[test]
fn every_figure_of_the_advice_comes_from_paired_runs() {
    let plan = answer(&[WEB]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.yaml");
    let file = file.to_str().unwrap();
    assert_eq!(rollout_lab(&["plan", WEB, "--save", file]).status.code(), Some(0));
    for advice in plan["advice"].as_array().unwrap() {
        let args = ["compare", file, "--runs", "100", "-o", "json", "--set", advice["set"].as_str().unwrap()];
        let comparison: Value = serde_json::from_str(&stdout(&rollout_lab(&args))).unwrap();
        for effect in advice["effects"].as_array().unwrap() {
            let measures = comparison["measures"].as_array().unwrap();
            let same = measures.iter().find(|measure| measure["measure"] == effect["measure"]).unwrap();
            assert_eq!((&effect["now"], &effect["then"]), (&same["a"], &same["b"]), "{effect}");
        }
    }
    assert!(plan["advice"].as_array().unwrap().len() >= 2, "{plan:#}");
}

/// A warning names a run; telling that run shows what it warns about.
#[test]
fn every_warning_has_its_evidence() {
    let plan = answer(&[WEB, "--weather", "rough"]);
    let warnings = plan["warnings"].as_array().unwrap();
    assert!(!warnings.is_empty());
    for warning in warnings {
        let replay = warning["replay"].as_str().unwrap();
        let words: Vec<&str> = replay.split(' ').skip(1).collect();
        let told = stdout(&rollout_lab(&words));
        let column = match warning["kind"].as_str().unwrap() {
            "never-ends" => continue,
            "deadline-fires" => "deadline_first_s",
            "below-promise" => "below_promised_s",
            "requests-fail" => "requests_failed_percent",
            "ends-below-promise" => "promised_end",
            "pods-refused" => "creates_refused",
            "restarts" => "restarts",
            other => panic!("{other}"),
        };
        let line = told.lines().find(|line| line.trim_start().starts_with(column)).unwrap_or_else(|| {
            panic!("no {column} in\n{told}");
        });
        let value: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(value > 0.0, "{line}");
    }
}

#[test]
fn worse_weather_is_worse() {
    let median = |weather: &str| {
        let plan = answer(&[WEB, "--weather", weather]);
        let quantile = &plan["forecast"]["rollout"]["seconds"]["quantiles"]["p50"]["value"];
        quantile.as_f64().unwrap_or_else(|| panic!("{plan:#}"))
    };
    let medians = ["calm", "typical", "rough"].map(median);
    assert!(medians[0] < medians[1] && medians[1] < medians[2], "{medians:?}");
}

#[test]
fn a_pipe_is_as_good_as_a_file() {
    let manifest = std::fs::read_to_string(Path::new(FOLDER).join(WEB)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rollout-lab"))
        .args(["plan", "-", "-o", "json", "--runs", "100"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    let piped: Value = serde_json::from_str(&stdout(&child.wait_with_output().unwrap())).unwrap();
    let named = answer(&[WEB]);
    assert_eq!(piped["forecast"]["digest"], named["forecast"]["digest"]);
}

#[test]
fn the_manifests_after_the_change_may_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tomorrow.yaml");
    let today = std::fs::read_to_string(Path::new(FOLDER).join(WEB)).unwrap();
    let tomorrow =
        today.replace("web:1.4.2", "web:1.5.0").replace("maxUnavailable: 25%", "maxUnavailable: 0");
    std::fs::write(&file, tomorrow).unwrap();
    let plan = answer(&[WEB, "--to", file.to_str().unwrap()]);
    assert_eq!(plan["forecast"]["availability"]["min"]["min"], 10);
    assert_eq!(answer(&[WEB])["forecast"]["availability"]["min"]["min"], 8);
}

#[test]
fn objectives_decide_the_exit_code() {
    let plan = |objective: &str| rollout_lab(&["plan", WEB, "--runs", "100", "-q", "--objective", objective]);
    assert_eq!(plan("availableMin: {atLeast: 8, runs: every}").status.code(), Some(0));
    assert_eq!(plan("availableMin: {atLeast: 9, runs: every}").status.code(), Some(1));
    let wrong = plan("availableMin: {atLeast: x}");
    assert_eq!((wrong.status.code(), stdout(&wrong).as_str()), (Some(2), ""));
}

#[test]
fn what_cannot_be_planned_is_refused_with_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    let two = folder.path().join("two.yaml");
    let web = std::fs::read_to_string(Path::new(FOLDER).join(WEB)).unwrap();
    let deployment = web.split("---").next().unwrap();
    std::fs::write(&two, format!("{deployment}---\n{}", deployment.replace("name: web", "name: api")))
        .unwrap();
    let two = two.to_str().unwrap();
    let refused = rollout_lab(&["plan", two]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("`--subject web` to `plan`"), "{}", stderr(&refused));
    assert_eq!(rollout_lab(&["plan", two, "--subject", "api", "--runs", "10", "-q"]).status.code(), Some(0));

    let set = rollout_lab(&["plan", WEB, "--image", "wib=a:1"]);
    assert_eq!(set.status.code(), Some(2));
    assert!(stderr(&set).contains("wib"), "{}", stderr(&set));
    for wrong in [&["plan"][..], &["plan", "-", "--to", "-"], &["plan", WEB, "--image", "web"]] {
        let output = rollout_lab(wrong);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{wrong:?}");
    }
}

/// The words are about the command line, not about the draft that `plan` makes of it.
#[test]
fn what_is_not_there_is_named() {
    let missing = rollout_lab(&["plan", "nowhere.yaml", WEB, "--to", "never.yaml"]);
    assert_eq!(missing.status.code(), Some(2));
    let expected = "error: there is no file nowhere.yaml\nerror: there is no file never.yaml\n";
    assert_eq!(stderr(&missing), expected);
    let empty = rollout_lab(&["plan", "-"]);
    assert_eq!(empty.status.code(), Some(2));
    assert!(
        stderr(&empty).starts_with("error: standard input is empty: pipe manifests"),
        "{}",
        stderr(&empty)
    );
}

#[test]
fn a_file_that_exists_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.yaml");
    std::fs::write(&file, "mine").unwrap();
    let output = rollout_lab(&["plan", WEB, "--save", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

/// Ten Deployments that everybody runs, with the settings that their projects publish.
#[test]
fn well_known_projects_get_sensible_answers() {
    let folder = Path::new(FOLDER).join("crates/lab/tests/plan");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 10);
    let mut table = String::new();
    for file in files {
        let plan = answer(&[file.to_str().unwrap()]);
        let forecast = &plan["forecast"];
        let quantiles = &forecast["rollout"]["seconds"]["quantiles"];
        let setting = plan["advice"][0]["set"].as_str().unwrap_or("-");
        writeln!(
            table,
            "{:<42} {:>6} {:>6} {}/{} {}",
            plan["subject"].as_str().unwrap().trim_start_matches("Deployment "),
            quantiles["p50"]["value"],
            quantiles["p95"]["value"],
            forecast["availability"]["min"]["min"],
            forecast["availability"]["replicas"],
            setting.trim_start_matches("deployment.spec.").trim_start_matches("template.spec."),
        )
        .unwrap();
        assert_eq!(forecast["rollout"]["finished"]["runs"], 100, "{plan:#}");
    }
    insta::assert_snapshot!("well_known_projects", table);
}

/// 5 CPUs with 1.5 of them used by others leave room for 14 pods of 250 m; 12 pods allowed and 2 used: 10.
#[test]
fn quotas_are_compared_with_the_peak() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("quota.yaml");
    let web = std::fs::read_to_string(Path::new(FOLDER).join(WEB)).unwrap();
    let quota = |name: &str, hard: &str| {
        format!(
            "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: {name}}}\nspec: {{hard: {{{hard}}}}}\n"
        )
    };
    let other = "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: other}\nspec:\n  replicas: 2\n  \
                 selector: {matchLabels: {app: other}}\n  template:\n    metadata: {labels: {app: other}}\n    \
                 spec: {containers: [{name: c, image: c:1, resources: {requests: {cpu: 750m}}}]}\n";
    let text = [&web, other, &quota("cores", "requests.cpu: 5"), &quota("few", "pods: 12")].concat();
    std::fs::write(&file, text.replace("---\n---", "---")).unwrap();
    let plan = answer(&[file.to_str().unwrap(), "--subject", "web"]);
    let rooms: Vec<_> = plan["quotas"].as_array().unwrap().iter().map(|room| &room["roomForPods"]).collect();
    assert_eq!(rooms, [14, 10], "{}", plan["quotas"]);
    let warnings = plan["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning["kind"] == "pods-refused"), "{warnings:?}");
}
