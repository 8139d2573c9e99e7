//! The paired comparison on the simulator itself: no false alarms, and no blindness.

use analysis::compare::{Comparison, ComparisonFacts, Pairs, Verdict, compare, p_values};
use measures::question::Margin;
use measures::stats::holm;
use measures::{Milli, Register, Row, known};
use scenario::{Assignment, Scenario, Variant, load, load_variant};
use simulator::Simulator;
use std::ops::Range;
use std::path::Path;

const CALM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/rolling-update.yaml");
const UNAVAILABLE: &str = "deployment.spec.strategy.rollingUpdate.maxUnavailable";

fn calm() -> Scenario {
    load(Path::new(CALM)).unwrap_or_else(|errors| panic!("{errors}"))
}

fn with_unavailable(pods: u32) -> Scenario {
    let assignment = Assignment::parse(&format!("{UNAVAILABLE}={pods}")).unwrap();
    load_variant(Path::new(CALM), &Variant::new([assignment])).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Rows of some runs; they are numbered from 0, whichever runs they are.
fn rows(scenario: &Scenario, seed: u64, runs: Range<u64>) -> Vec<Row> {
    let mut simulator = Simulator::new(&scenario.model, 0);
    let first = runs.start;
    runs.map(|run| Row { run: run - first, ..Row::from(&simulator.run(seed, run)) }).collect()
}

fn compared(a: Vec<Row>, b: Vec<Row>, margins: &[(String, Margin)]) -> Comparison {
    let names = ["a".to_owned(), "b".to_owned()];
    let facts = ComparisonFacts { names, seed: 1, horizon: Milli::from_whole(1800) };
    compare(facts, &Pairs::matched(a, b), margins)
}

fn verdict(comparison: &Comparison, name: &str) -> Verdict {
    comparison.answers.iter().find(|answer| answer.question.name() == name).unwrap().verdict
}

#[test]
fn a_scenario_is_identical_to_itself() {
    let comparison = compared(rows(&calm(), 1, 0..200), rows(&calm(), 1, 0..200), &[]);
    assert_eq!((comparison.pairs, comparison.alike), (200, 200));
    assert!(!comparison.is_worse() && comparison.extremes.is_empty());
    for answer in &comparison.answers {
        let expected = match answer.question.key {
            "deadlineFirst" => Verdict::Hidden,
            // Every run ends, and none is scaled in mid rollout.
            "lastProgress" | "stalled" | "scalingLeftoverMax" | "scalingNewShareRise" => {
                Verdict::DoesNotApply
            }
            _ => Verdict::Identical,
        };
        assert_eq!(answer.verdict, expected, "{}", answer.question.name());
    }
}

/// A against A in other weather: all that differs is chance. Over 200 seeds, the comparisons that call
/// anything real must be no more than 5% and the binomial error of 200.
#[test]
fn a_against_a_raises_no_more_false_alarms_than_stated() {
    let scenario = calm();
    let (mut alarms, mut naive) = (0, 0);
    for seed in 0..200 {
        let (a, b) = (rows(&scenario, seed, 0..60), rows(&scenario, seed, 1000..1060));
        let p_values = p_values(Register::standard().questions(), &Pairs::matched(a, b));
        let is_called_real = |p_values: &[f64]| u32::from(p_values.iter().any(|&p| p <= 0.05));
        alarms += is_called_real(&holm(&p_values));
        naive += is_called_real(&p_values);
    }
    // Of 200 with a probability of 5%, more than 20 would be seen once in two thousand times.
    assert!(alarms <= 20, "{alarms} of 200");
    // The pairs do differ: without Holm's rule there would be too many alarms.
    assert!(naive > 20, "without Holm's rule only {naive} of 200");
}

#[test]
fn one_more_unavailable_pod_is_found_in_200_runs() {
    let two = rows(&calm(), 1, 0..200);
    let three = rows(&with_unavailable(3), 1, 0..200);
    let comparison = compared(two.clone(), three.clone(), &[]);
    assert_eq!(verdict(&comparison, "availableMin"), Verdict::Worse);
    assert_eq!(verdict(&comparison, "rolloutTime:p50"), Verdict::Better);
    assert_eq!(verdict(&comparison, "podsCreated"), Verdict::Identical);
    assert_eq!(comparison.extremes.len(), 5);
    // The other way round, better is worse and worse is better.
    let back = compared(three, two, &[]);
    assert_eq!(verdict(&back, "availableMin"), Verdict::Better);
    assert_eq!(verdict(&back, "rolloutTime:p50"), Verdict::Worse);
}

#[test]
fn what_is_large_enough_is_for_the_user_to_say() {
    let margins = [("availableMin".to_owned(), Margin::Absolute(1.5))];
    let comparison = compared(rows(&calm(), 1, 0..100), rows(&with_unavailable(3), 1, 0..100), &margins);
    assert_eq!(verdict(&comparison, "availableMin"), Verdict::Small);
}

#[test]
fn runs_are_matched_by_their_number() {
    let all = rows(&calm(), 1, 0..30);
    let odd: Vec<Row> = all.iter().filter(|row| row.run % 2 == 1).cloned().collect();
    let comparison = compared(all, odd, &[]);
    assert_eq!((comparison.pairs, comparison.alike), (15, 15));
}

/// A rollout that never ends is longer than any, and is not dropped.
#[test]
fn rollouts_that_never_end_count() {
    let calm = rows(&calm(), 1, 0..200);
    let mut stuck = calm.clone();
    for row in stuck.iter_mut().filter(|row| row.run % 10 == 0) {
        row.set(known::ROLLOUT_TIME, None::<Milli>);
        row.outcome = simulator::record::Outcome::Unfinished;
    }
    let comparison = compared(calm, stuck, &[]);
    assert_eq!(verdict(&comparison, "ended"), Verdict::Worse);
    assert_eq!(verdict(&comparison, "rolloutTime:p95"), Verdict::Worse);
    let answer =
        comparison.answers.iter().find(|answer| answer.question.name() == "rolloutTime:p95").unwrap();
    let estimate = answer.estimate.unwrap();
    assert_eq!((answer.pairs, estimate.values[1]), (200, None));
    assert!(estimate.difference.unwrap().is_infinite());
    // The runs to look at are those that do not end.
    assert!(comparison.extremes.iter().all(|extreme| extreme.run % 10 == 0));
}
