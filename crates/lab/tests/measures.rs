//! Areas and stretches of the record, measured again from the course of the run.

use simulator::record::{Record, Timeline, TimelinePoint};
use simulator::{Simulator, Span};
use std::path::PathBuf;

fn load(name: &str) -> scenario::Scenario {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../scenarios/{name}.yaml"));
    scenario::load(&path).unwrap()
}

/// The points with the nanoseconds for which each holds.
fn held(course: &Timeline, horizon: Span) -> Vec<(&TimelinePoint, i128)> {
    let ends = course.points.iter().skip(1).map(|point| point.at).chain([horizon]);
    let nanos = |from: Span, to: Span| i128::from(to.as_nanos() - from.as_nanos());
    course.points.iter().zip(ends).map(|(point, end)| (point, nanos(point.at, end))).collect()
}

fn longest(held: &[(&TimelinePoint, i128)], is_inside: impl Fn(&TimelinePoint) -> bool) -> i128 {
    let (mut stretch, mut longest) = (0, 0);
    for (point, nanos) in held {
        stretch = if is_inside(point) { stretch + nanos } else { 0 };
        longest = longest.max(stretch);
    }
    longest
}

#[test]
fn areas_and_stretches_are_those_of_the_course() {
    let mut surges = 0;
    for name in
        ["rolling-update", "proportional-scaling", "quota-exhaustion", "rollover-storm", "readiness-failure"]
    {
        let model = load(name).model;
        let mut simulator = Simulator::new(&model, 0);
        for run in 0..5 {
            let (record, course) = simulator.run_with_timeline(1, run);
            let held = held(&course, model.horizon);
            let area = |pods: &dyn Fn(&TimelinePoint) -> i32| -> i128 {
                held.iter().map(|(point, nanos)| i128::from(pods(point).max(0)) * nanos).sum()
            };
            let all = |point: &TimelinePoint| point.replica_sets.iter().map(|set| set.pods).sum::<i32>();
            let Record { availability, footprint, .. } = record;
            let last = course.points.last().unwrap();
            assert_eq!((availability.end, availability.promised_end), (last.available, last.promised));
            let seen = (
                availability.below_replicas_pod_nanos,
                availability.below_promised_pod_nanos,
                footprint.surge_pod_nanos,
                i128::from(availability.longest_below_replicas.as_nanos()),
                i128::from(availability.longest_below_promised.as_nanos()),
            );
            let expected = (
                area(&|point| point.desired - point.available),
                area(&|point| point.promised - point.available),
                area(&|point| all(point) - point.desired),
                longest(&held, |point| point.available < point.desired),
                longest(&held, |point| point.available < point.promised),
            );
            assert_eq!(seen, expected, "run {run} of {name}");
            surges += i32::from(footprint.surge_pod_nanos > 0);
        }
    }
    assert!(surges >= 15, "most rollouts surge");
}

/// The example of the documentation: 8 old and 5 new pods, stuck, scaled from 10 to 15.
#[test]
fn a_scaling_says_how_many_pods_are_unproven() {
    let mut simulator = Simulator::new(&load("proportional-scaling").model, 0);
    for run in 0..5 {
        let scalings = simulator.run(1, run).scalings;
        assert_eq!(scalings.len(), 2);
        for scaling in scalings {
            let shares = (scaling.new_share_from, scaling.new_share_to);
            assert!(shares == (5.0 / 13.0, 7.0 / 18.0), "{shares:?}");
        }
    }
}
