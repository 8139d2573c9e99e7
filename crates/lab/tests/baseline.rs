//! The gate of baselines on the simulator itself: blind to nothing, alarmed by nothing.

use analysis::baseline::file_text;
use analysis::baseline::{Baseline, Candidate, Check, Finding, check, read, steps};
use analysis::compare::Verdict;
use measures::question::Margin;
use measures::{Register, Row, known};
use scenario::diagnostic::Source;
use scenario::{Scenario, load};
use simulator::Simulator;
use simulator::model::Model;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

const CALM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/rolling-update.yaml");
const RUNS: u64 = 60;
/// Stands for the hash of the scenario's text.
const TEXT: &str = "sha256:0";

fn calm() -> Scenario {
    load(Path::new(CALM)).unwrap_or_else(|errors| panic!("{errors}"))
}

fn rows(model: &Model, runs: Range<u64>) -> Vec<Row> {
    let mut simulator = Simulator::new(model, 0);
    let first = runs.start;
    runs.map(|run| Row { run: run - first, ..Row::from(&simulator.run(1, run)) }).collect()
}

fn saved(scenario: &Scenario) -> Baseline {
    let steps = (0..20).map(|run| steps(&scenario.model, 1, run)).collect();
    let named = (scenario.name.clone(), TEXT.to_owned());
    Baseline::new(named, 1, scenario.model.horizon.into(), rows(&scenario.model, 0..RUNS), steps)
}

/// Checks a model against a baseline by its first runs.
fn checked(baseline: &Baseline, text: &str, now: &Model, margins: &[(String, Margin)]) -> Check {
    let candidate = Candidate {
        baseline,
        text: text.to_owned(),
        horizon: now.horizon.into(),
        rows: &rows(now, 0..RUNS),
        steps: &|run| steps(now, 1, run),
    };
    check(&[candidate], margins).remove(0)
}

/// The controllers' client waits between two requests, as with a small `--kube-api-qps`.
fn with_slow_client(scenario: &Scenario) -> Model {
    let mut model = scenario.model.clone();
    model.cluster.control_plane.client_limit = Some((1.0, 1));
    model
}

#[test]
fn a_scenario_is_what_it_was() {
    let scenario = calm();
    let check = checked(&saved(&scenario), TEXT, &scenario.model, &[]);
    assert!(check.is_unchanged() && !check.is_moved(), "{check:?}");
}

#[test]
fn one_constant_of_a_controller_turns_the_gate_red_and_names_run_and_moment() {
    let scenario = calm();
    let slow = with_slow_client(&scenario);
    let check = checked(&saved(&scenario), TEXT, &slow, &[]);
    assert!(check.is_moved());
    let Finding::Changed(change, comparison) = check.finding else { panic!("nothing changed") };
    assert_eq!((change.runs, change.first.run), (RUNS, 0));
    // Up to the step it names, both have done the same; at that step they have not.
    let pair = change.first.step.unwrap();
    let (before, now) = (steps(&scenario.model, 1, 0), steps(&slow, 1, 0));
    assert!(pair.number > 1);
    assert_eq!(before[..pair.number - 1], now[..pair.number - 1]);
    assert_eq!((pair.saved, pair.now), (Some(before[pair.number - 1]), Some(now[pair.number - 1])));
    assert_ne!(pair.saved, pair.now);
    // Nothing is throttled before the image is set at 10 s.
    assert!((10.0..12.0).contains(&pair.saved.unwrap().at.as_f64()), "{pair:?}");
    let worse = comparison.answers.iter().find(|answer| answer.question.name() == "rolloutTime:p50").unwrap();
    assert_eq!(worse.verdict, Verdict::Worse);
}

#[test]
fn what_is_within_tolerance_is_told_and_is_no_alarm() {
    let scenario = calm();
    let baseline = saved(&scenario);
    let wide: Vec<(String, Margin)> = Register::standard()
        .questions()
        .iter()
        .map(|question| (question.name(), Margin::Absolute(1e6)))
        .collect();
    let slow = with_slow_client(&scenario);
    let check = checked(&baseline, TEXT, &slow, &wide);
    let Finding::Changed(change, comparison) = &check.finding else { panic!("nothing changed") };
    let moved: Vec<String> = comparison
        .answers
        .iter()
        .filter(|answer| [Verdict::Worse, Verdict::Better, Verdict::Different].contains(&answer.verdict))
        .map(|answer| answer.question.name())
        .collect();
    assert!(!check.is_moved(), "{moved:?}");
    assert_eq!(change.runs, RUNS);
}

/// Other weather is a change of every run and of no measure: over 40 pairs of disjoint runs, checked as one
/// family, there must be no alarm at all in 19 of 20 cases. This one case is fixed by its seed.
#[test]
fn other_weather_is_no_alarm() {
    let scenario = calm();
    let baselines: Vec<Baseline> = (0..40)
        .map(|part: u64| Baseline {
            rows: rows(&scenario.model, 2 * part * 30..(2 * part + 1) * 30),
            steps: Vec::new(),
            ..Baseline::new(
                (part.to_string(), String::new()),
                1,
                scenario.model.horizon.into(),
                Vec::new(),
                Vec::new(),
            )
        })
        .collect();
    let others: Vec<Vec<Row>> =
        (0..40).map(|part: u64| rows(&scenario.model, (2 * part + 1) * 30..(2 * part + 2) * 30)).collect();
    let candidates: Vec<Candidate<'_>> = baselines
        .iter()
        .zip(&others)
        .map(|(baseline, rows)| Candidate {
            baseline,
            text: String::new(),
            horizon: scenario.model.horizon.into(),
            rows,
            steps: &|_| Vec::new(),
        })
        .collect();
    let checks = check(&candidates, &[]);
    assert!(
        checks.iter().all(|check| matches!(&check.finding, Finding::Changed(change, _) if change.runs == 30))
    );
    assert_eq!(checks.iter().filter(|check| check.is_moved()).count(), 0);
}

/// A run whose steps are not kept is named with both of its rows.
#[test]
fn a_later_run_is_named_with_both_of_its_rows() {
    let scenario = calm();
    let mut baseline = saved(&scenario);
    baseline.rows[33].digest ^= 1;
    baseline.rows[33].set(known::PODS_PEAK, 99);
    let check = checked(&baseline, TEXT, &scenario.model, &[]);
    assert!(!check.is_moved(), "one run of 60 is not shown to be real");
    let Finding::Changed(change, _) = check.finding else { panic!("nothing changed") };
    assert_eq!((change.runs, change.first.run, change.first.step), (1, 33, None));
    let differing: Vec<_> = change.first.cells.iter().filter(|pair| pair.is_different()).collect();
    assert_eq!(differing.iter().map(|pair| pair.column).collect::<Vec<_>>(), ["digest", "pods_peak"]);
    assert_eq!((differing[1].saved.as_str(), differing[1].now.as_str()), ("99", "13"));
}

#[test]
fn what_is_measured_differently_is_told_apart_from_what_happens_differently() {
    let scenario = calm();
    let mut baseline = saved(&scenario);
    baseline.rows[7].set(known::BELOW_REPLICAS, measures::Milli::ZERO);
    let check = checked(&baseline, "another text", &scenario.model, &[]);
    assert!(check.is_text_changed);
    let Finding::Changed(change, _) = check.finding else { panic!("nothing changed") };
    assert_eq!((change.runs, change.measured_runs, change.first.run), (0, 1, 7));
}

#[test]
fn a_baseline_is_read_as_it_was_written() {
    for name in ["rolling-update", "image-pull-error", "scaling-is-no-rollout"] {
        let path = Path::new(CALM).with_file_name(format!("{name}.yaml"));
        let baseline = saved(&load(&path).unwrap());
        let text = file_text(&baseline);
        let read = read(&Source::new("baseline.yaml", text.clone()), name);
        assert_eq!(read.unwrap_or_else(|errors| panic!("{errors}")), baseline);
        assert!(text.len() < 90_000, "{name} has {} bytes", text.len());
        assert!(text.lines().all(|line| line.len() <= 700));
    }
}

/// Cut off anywhere, a file is refused, and never read as less than it was.
#[test]
fn a_file_that_is_cut_off_is_refused() {
    let scenario = calm();
    let text = file_text(&saved(&scenario));
    for cut in (0..text.len() - 1).step_by(97) {
        let read = read(&Source::new("baseline.yaml", &text[..cut]), "rolling-update");
        assert!(read.is_err(), "cut off after {cut} of {} bytes", text.len());
    }
}

fn errors_of(text: &str) -> String {
    read(&Source::new("results/baselines/rolling-update.yaml", text), "rolling-update")
        .unwrap_err()
        .to_string()
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_place() {
    let mut baseline = saved(&calm());
    baseline.rows.truncate(3);
    baseline.steps.truncate(3);
    for steps in &mut baseline.steps {
        drop(steps.drain(..steps.len() - 3));
    }
    let text = file_text(&baseline);
    assert!(read(&Source::new("baseline.yaml", text.clone()), "rolling-update").is_ok());
    let mut told = String::new();
    let step = baseline.steps[1][1];
    let a_step = format!(" {}:{:04x}", step.at, step.digest);
    for (what, broken) in [
        (
            "several things",
            text.replace("seed: 1", "seed: one").replace("\n  1,", "\n  1,zz").replace(&a_step, " soon"),
        ),
        ("another format", text.replace("format: 1", "format: 2")),
        ("another scenario", text.replace("\"rolling-update\"", "\"other\"")),
        ("a row too few", text.replace("runs: 3", "runs: 4")),
        ("a step too few", text.replace(&format!("{a_step} "), " ").replace("\n  1 1", "\n  1 2")),
        ("another digest", text.replacen("digest: sha256:", "digest: sha256:0", 1)),
        ("an unknown column", text.replace("pods_created:", "pods_made:")),
        ("a missing column", text.replace("  pods_created: 10\n", "")),
        ("a conflict of git", text.replace("steps: |", "<<<<<<< HEAD\nsteps: |")),
    ] {
        let _ = writeln!(told, "# {what}\n{}\n", errors_of(&broken));
    }
    insta::assert_snapshot!("baseline_errors", told);
}
