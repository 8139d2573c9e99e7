//! The advice on progressDeadlineSeconds: what it reads off one batch is what another deadline really does.

use crate::binary::{FOLDER, rollout_lab, stderr, stdout};
use analysis::deadline::{DeadlineAdvice, DeadlineFacts};
use measures::{Elapsed, Row, known};
use scenario::{Assignment, Variant, load_variant};
use simulator::Simulator;
use std::fmt::Write as _;
use std::path::Path;

const RUNS: u64 = 80;

/// The rows of a catalogue scenario with another deadline.
fn rows(name: &str, deadline: i64) -> Vec<Row> {
    let path = Path::new(FOLDER).join(format!("scenarios/{name}.yaml"));
    let set = format!("deployment.spec.progressDeadlineSeconds={deadline}");
    let variant = Variant::new([Assignment::parse(&set).unwrap()]);
    let scenario = load_variant(&path, &variant).unwrap_or_else(|errors| panic!("{errors}"));
    let mut simulator = Simulator::new(&scenario.model, 0);
    (0..RUNS).map(|run| Row::from(&simulator.run(1, run))).collect()
}

fn advice(rows: Vec<Row>) -> DeadlineAdvice {
    DeadlineAdvice::new(DeadlineFacts { scenario: "test".into(), seed: 1, simulated: None, rate: 0.05 }, rows)
}

/// The controller looks again at most a second after the deadline, and its write takes some time.
const LATE: f64 = 1.5;

/// One batch answers for every deadline: runs with another one raise the alarms that were foretold, and
/// end as they did.
#[test]
fn runs_with_another_deadline_raise_the_alarms_that_were_foretold() {
    let simulated = rows("image-pull-error-recovers", 600);
    let (mut alarms, mut silences) = (0, 0);
    for deadline in [120, 350, 500, 640, 900] {
        for (seen, rerun) in simulated.iter().zip(rows("image-pull-error-recovers", deadline)) {
            let (run, stretch) = (seen.run, seen.get(known::LONGEST_WITHOUT_PROGRESS).unwrap().as_f64());
            let beyond = stretch - deadline as f64;
            if beyond > LATE {
                assert!(rerun.deadline_fired(), "run {run} with {deadline} s: {stretch} s without progress");
                alarms += 1;
            } else if beyond <= 0.0 {
                assert!(!rerun.deadline_fired(), "run {run} with {deadline} s: {stretch} s without progress");
                silences += 1;
            }
            // The alarm is told and changes nothing.
            let ended = [seen, &rerun].map(|row| row.get(known::ROLLOUT_TIME).is_some());
            assert_eq!(ended[0], ended[1], "run {run} with {deadline} s");
            if !seen.deadline_fired() && !rerun.deadline_fired() {
                assert_eq!(seen.digest, rerun.digest, "run {run} with {deadline} s");
            }
        }
    }
    assert!(alarms > 100 && silences > 100, "{alarms} and {silences}");
}

/// Even in runs in which one deadline fires and the other does not, rollouts take as long, up to the few
/// milliseconds by which one more write shifts the delays of later calls.
#[test]
fn an_alarm_does_not_change_how_long_a_rollout_takes() {
    let (with, without) = (rows("image-pull-error-recovers", 120), rows("image-pull-error-recovers", 1200));
    let mut alarmed = 0;
    for (with, without) in with.iter().zip(&without) {
        assert!(!without.deadline_fired());
        alarmed += u64::from(with.deadline_fired());
        let took = [with, without].map(|row| row.get(known::ROLLOUT_TIME).unwrap().as_f64());
        assert!((took[0] - took[1]).abs() < 0.01 * took[1], "run {}: {took:?}", with.run);
        let stretch = [with, without].map(|row| row.get(known::LONGEST_WITHOUT_PROGRESS).unwrap().as_f64());
        assert!((stretch[0] - stretch[1]).abs() <= 2.0, "run {}: {stretch:?}", with.run);
    }
    assert!(alarmed > RUNS / 2, "{alarmed}");
}

#[test]
fn the_time_to_detect_is_that_of_runs_with_the_deadline() {
    let advice = advice(rows("image-pull-error", 600));
    assert_eq!((advice.ended(), advice.stuck()), (0, RUNS));
    for deadline in [60, 600, 1200] {
        let detected = advice.point(deadline).detected.unwrap();
        let Elapsed::Within(foretold) = detected.median.0 else { panic!("not within the horizon") };
        for rerun in rows("image-pull-error", deadline) {
            // The template changes at 10 s.
            let alarm = rerun.get(known::DEADLINE_FIRST).unwrap().as_f64() - 10.0;
            assert!((0.0..2.5).contains(&(alarm - foretold.as_f64())), "{deadline} s: {alarm}, {foretold}");
        }
    }
    let never = advice.point(1795).detected.unwrap();
    assert_eq!((never.median.0, never.within.hits), (Elapsed::BeyondHorizon, 0));
}

#[test]
fn advice_is_printed_drawn_and_written() {
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let (csv, svg) = (path("curve.csv"), path("curve.svg"));
    let scenario = "scenarios/image-pull-error-recovers.yaml";
    let files = ["--csv", csv.as_str(), "--svg", svg.as_str()];
    let output = rollout_lab(&[&["deadline", scenario, "--runs", "400"], &files[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = stdout(&output);
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    insta::assert_snapshot!("deadline_table", table);
    let curve = std::fs::read_to_string(&csv).unwrap();
    assert!(curve.starts_with("deadline_s,false_alarms,ended,false_alarm_share,"), "{curve}");
    assert!(std::fs::read_to_string(&svg).unwrap().contains("keeps false alarms at 1.0% or less"));

    // A folder of results says the same.
    let results = path("results");
    let run = ["run", scenario, "--runs", "400", "-q", "--out", results.as_str()];
    assert_eq!(rollout_lab(&run).status.code(), Some(0));
    let folder = format!("{results}/image-pull-error-recovers");
    let of_folder = rollout_lab(&["deadline", &folder]);
    assert_eq!((stdout(&of_folder), stderr(&of_folder)), (table, String::new()));
}

#[test]
fn json_says_what_cannot_be_told() {
    let args = ["deadline", "scenarios/rolling-update.yaml", "--runs", "50", "-o", "json"];
    let answer: serde_json::Value = serde_json::from_str(&stdout(&rollout_lab(&args))).unwrap();
    assert_eq!((&answer["ended"], &answer["stuck"]), (&50.into(), &0.into()));
    assert!(answer["progressDeadlineSeconds"].is_null(), "50 runs are not enough for 1%");
    assert_eq!(answer["runsNeeded"], 368);
    assert!(answer["inThisBatch"].as_i64().unwrap() > 10);
    let table = stdout(&rollout_lab(&["deadline", "scenarios/image-pull-error.yaml", "--runs", "20"]));
    assert!(table.contains("No rollout ends, so it is not known"), "{table}");
}

#[test]
fn batches_that_cannot_tell_are_refused() {
    let mut told = String::new();
    for args in [
        &["scenarios/readiness-failure.yaml"][..],
        &["scenarios/replicaset-self-healing.yaml", "--runs", "5"],
        &["results/example/image-pull-error-recovers", "--runs", "5"],
        &["scenarios/rolling-update.yaml", "--false-alarms", "0%"],
        &["scenarios"],
    ] {
        let output = rollout_lab(&[&["deadline"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stdout(&output));
        let _ = writeln!(told, "$ rollout-lab deadline {}\n{}", args.join(" "), stderr(&output));
    }
    insta::assert_snapshot!("deadline_errors", told);
}
