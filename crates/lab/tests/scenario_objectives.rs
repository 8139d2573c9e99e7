//! The words of the objectives: what each form is understood as, and that every measure is documented.

use measures::{Register, Unit};
use scenario::load_str;
use std::path::Path;

/// An objective as written, and in words.
const FORMS: [(&str, &str); 16] = [
    ("availableMin: {atLeast: 8, runs: every}", "fewest available pods at least 8 in every run"),
    ("availableMin: {atMost: 7, runs: none}", "fewest available pods at most 7 in no run"),
    ("podsPeak: {is: 13, probability: '>= 0.9'}", "most pods at once exactly 13 with probability >= 0.9"),
    ("podsCreated: {between: [10, 12], runs: every}", "pods created 10 to 12 in every run"),
    ("restarts: {atLeast: 1, atMost: 4, runs: every}", "container restarts 1 to 4 in every run"),
    ("rolloutTime: {atLeast: 90s, runs: every}", "rollout time at least 1m30s in every run"),
    ("rolloutTime: {quantile: 0.5, between: [1m, 2m]}", "p50 of rollout time 1m to 2m"),
    ("createsRefused: {quantile: 0.999, atMost: 5}", "p99.9 of refused creations of pods at most 5"),
    (
        "deadlineFirst: {between: [10m10s, 10m12.5s], runs: every}",
        "deadline fired first at 10m10s to 10m12.5s in every run",
    ),
    (
        "deadlineMargin: {atMost: 30s, probability: '<= 0.2'}",
        "smallest margin of the deadline at most 30s with probability <= 0.2",
    ),
    (
        "rolloutStatus: {exitCode: 0, runs: every}",
        "`kubectl rollout status` since the first change of the template exits 0 in every run",
    ),
    (
        "rolloutStatus: {exitCode: none, since: lastChange, runs: every}",
        "`kubectl rollout status` since the last change of the template waits to the end in every run",
    ),
    (
        "scaling: {replicaSet: old, from: 8, to: 11, runs: every}",
        "an old ReplicaSet scaled from 8 to 11 in every run",
    ),
    ("scaling: {replicaSet: new, to: 7, runs: every}", "the new ReplicaSet scaled to 7 in every run"),
    ("scaling: {replicaSet: 3, from: 0, runs: none}", "the ReplicaSet of revision 3 scaled from 0 in no run"),
    ("revisionsLeft: {is: 1, runs: every}", "ReplicaSets left at the end exactly 1 in every run"),
];

fn words(objective: &str) -> String {
    let text = format!(
        "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: test}}\nspec:\n  \
         manifests: [web.yaml]\n  objectives:\n  - {objective}\n"
    );
    let scenario = load_str("test.yaml", &text, Path::new("tests/scenario/manifests"));
    let scenario = scenario.unwrap_or_else(|errors| panic!("{errors}"));
    scenario.objectives.iter().map(ToString::to_string).collect()
}

#[test]
fn every_form_is_understood() {
    for (written, understood) in FORMS {
        assert_eq!(words(written), understood);
    }
}

#[test]
fn every_measure_is_read_and_documented() {
    let reference = include_str!("../../scenario/docs/scenarios.md");
    for measure in Register::standard().numbers() {
        let (amount, unit) = match measure.unit {
            Unit::Count | Unit::Flag => ("3", "number"),
            Unit::Time => ("3s", "duration"),
            Unit::Percent => ("3%", "percentage"),
            Unit::Pods | Unit::PodSeconds => ("3.5", "decimal"),
        };
        let understood = words(&format!("{}: {{is: {amount}, runs: every}}", measure.key));
        assert_eq!(understood, format!("{} exactly {amount} in every run", measure.label));
        let row = format!("| `{}` | {unit} |", measure.key);
        assert!(reference.contains(&row), "docs/scenarios.md lacks a row that begins {row}");
    }
}
