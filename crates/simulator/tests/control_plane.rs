//! Faults of the control plane: times, what they do not affect, and a rollout with a fault between any two
//! writes.

use crate::common::{constant, foreseeable, rolling_update, usual};
use simulator::model::{
    ApiError, CallSelection, CallTarget, ControlPlaneFault, ControllerName, Fault, FaultKind, Latency,
    LeaderEnding, Model, Resource, Slowdown, Staleness, Start, Trigger, Verb, VerbLatencies, Window,
};
use simulator::record::{Outcome, Record, RefusalKind, Timeline};
use simulator::{Simulator, Span};

/// Ten replicas with computable times: constant calls of 2 ms each way, watches of 3 ms.
fn foreseeable_rollout() -> Model {
    let mut model = rolling_update(10, 3, foreseeable(true));
    let plane = &mut model.cluster.control_plane;
    plane.request = Latency::Constant(Span::from_millis(2));
    plane.response = Latency::Constant(Span::from_millis(2));
    plane.watch = Latency::Constant(Span::from_millis(3));
    plane.scheduling = Latency::Constant(Span::from_millis(10));
    model
}

fn fault(kind: ControlPlaneFault, from: i64, seconds: Option<i64>) -> Fault {
    Fault {
        name: "fault".to_owned(),
        kind: FaultKind::ControlPlane(kind),
        window: Window {
            from: Trigger::At(Span::from_secs(from)),
            duration: seconds.map(|seconds| constant(seconds as f64)),
        },
        probability: 1.0,
    }
}

fn with(mut model: Model, kind: ControlPlaneFault, from: i64, seconds: Option<i64>) -> Model {
    model.faults.push(fault(kind, from, seconds));
    model
}

fn run(model: &Model) -> (Record, Timeline) {
    Simulator::new(model, 0).run_with_timeline(1, 0)
}

fn errors(error: ApiError, target: CallTarget, lot: CallSelection) -> ControlPlaneFault {
    ControlPlaneFault::ApiErrors { target, lot, error }
}

const CREATE_PODS: CallTarget = CallTarget { resource: Some(Resource::Pods), verb: Some(Verb::Create) };

/// Invariants of a rollout of ten with 25%/25%, whatever happens to single calls.
fn check(model: &Model, what: &str) -> Record {
    let (record, timeline) = run(model);
    assert_eq!(record.outcome, Outcome::Complete, "{what}");
    assert_eq!(record.footprint.pods_created, 10, "{what}: no pod is created twice");
    assert!(record.availability.min >= 8, "{what}: {:?}", record.availability);
    for point in &timeline.points {
        let wanted: i32 = point.replica_sets.iter().map(|set| set.wanted).sum();
        assert!(wanted <= 13, "{what}: {point:?}");
        for set in &point.replica_sets {
            // Surplus pods exist only while they are being deleted.
            assert!(set.pods <= 10, "{what}: {point:?}");
        }
    }
    record
}

/// The writes of the two controllers in an undisturbed rollout.
fn writes(model: &Model) -> u32 {
    let counting = |skip| CallSelection { skip, ..CallSelection::ALL };
    let hit = |skip| {
        let kind = errors(ApiError::Internal, CallTarget::default(), counting(skip));
        let (record, _) = run(&with(model.clone(), kind, 5, None));
        record.footprint.refusals.of(RefusalKind::ServerError) > 0
    };
    (0..1000).find(|skip| !hit(*skip)).expect("a rollout ends")
}

#[test]
fn a_call_may_fail_between_any_two_writes() {
    let model = foreseeable_rollout();
    let writes = writes(&model);
    assert!((40..120).contains(&writes), "{writes} writes");
    let after = || constant(1.0);
    let failures = [
        ApiError::Conflict,
        ApiError::TooManyRequests { retry_after: Span::SECOND },
        ApiError::Internal,
        ApiError::Unavailable,
        ApiError::TimeoutBeforeCommit { after: after() },
        ApiError::TimeoutAfterCommit { after: after() },
    ];
    for error in failures {
        for skip in 0..writes {
            let lot = CallSelection { skip, most: Some(1), fraction: 1.0 };
            let kind = errors(error.clone(), CallTarget::default(), lot);
            check(&with(model.clone(), kind, 5, None), &format!("{error:?} at write {skip}"));
        }
    }
}

#[test]
fn the_leader_may_go_between_any_two_writes() {
    let model = foreseeable_rollout();
    let writes = writes(&model);
    let endings = [
        LeaderEnding::Graceful,
        LeaderEnding::Dead,
        LeaderEnding::Restart { down: constant(0.0) },
        LeaderEnding::Restart { down: constant(40.0) },
    ];
    for ending in endings {
        for after_writes in 1..=writes {
            let kind = ControlPlaneFault::LeaderChange { ending: ending.clone(), after_writes };
            check(&with(model.clone(), kind, 5, None), &format!("{ending:?} after {after_writes} writes"));
        }
    }
}

/// A tenth of all calls fails for five minutes, in every way, and then the leader crashes.
#[test]
fn bad_weather_delays_a_rollout_and_does_not_break_it() {
    let mut model = rolling_update(10, 3, usual());
    let lot = CallSelection { fraction: 0.1, ..CallSelection::ALL };
    let kinds = [
        errors(ApiError::Internal, CallTarget::default(), lot),
        errors(ApiError::Conflict, CallTarget::default(), lot),
        errors(ApiError::TimeoutAfterCommit { after: constant(7.0) }, CallTarget::default(), lot),
        ControlPlaneFault::StaleWatch { resource: None, staleness: Staleness::By(constant(2.0)) },
        ControlPlaneFault::LeaderChange { ending: LeaderEnding::Dead, after_writes: 30 },
    ];
    for (kind, number) in kinds.into_iter().zip(0..) {
        let mut fault = fault(kind, 0, Some(300));
        fault.name = format!("fault-{number}");
        model.faults.push(fault);
    }
    let mut simulator = Simulator::new(&model, 0);
    for run in 0..50 {
        let record = simulator.run(1, run);
        assert_eq!(record.outcome, Outcome::Complete, "run {run}");
        assert!(record.availability.min >= 8, "run {run}");
        assert!(record.footprint.pods_created <= 12, "run {run}: {:?}", record.footprint);
    }
}

/// Moments at which a controller changed something, in seconds.
fn changes(timeline: &Timeline) -> Vec<f64> {
    let mut last = Vec::new();
    let mut at = Vec::new();
    for point in &timeline.points {
        let sets: Vec<_> = point.replica_sets.iter().map(|set| (set.wanted, set.pods)).collect();
        if sets != last {
            at.push(point.at.as_secs_f64());
            last = sets;
        }
    }
    at
}

#[test]
fn no_controller_acts_until_the_lease_of_a_dead_leader_has_run_out() {
    let gap = |ending, run| {
        let kind = ControlPlaneFault::LeaderChange { ending, after_writes: 0 };
        // The user changes the spec while no controller runs.
        let model = with(foreseeable_rollout(), kind, 9, None);
        let (_, timeline) = Simulator::new(&model, 0).run_with_timeline(1, run);
        changes(&timeline)[1] - 9.0
    };
    let dead: Vec<f64> = (0..200).map(|run| gap(LeaderEnding::Dead, run)).collect();
    assert!(dead.iter().all(|gap| (13.0..23.9).contains(gap)), "{dead:?}");
    let mean = dead.iter().sum::<f64>() / 200.0;
    assert!((16.7..17.7).contains(&mean), "{mean}");
    let graceful: Vec<f64> = (0..200).map(|run| gap(LeaderEnding::Graceful, run)).collect();
    // The change arrives after 1 s, independent of the leader.
    assert!(graceful.iter().all(|gap| (1.0..4.5).contains(gap)), "{graceful:?}");
}

#[test]
fn a_new_leader_has_no_back_off() {
    let lot = CallSelection { fraction: 1.0, skip: 0, most: None };
    let failing = with(foreseeable_rollout(), errors(ApiError::Internal, CREATE_PODS, lot), 5, Some(205));
    let alone = run(&failing).0.rollout.expect("it ends");
    let kind = ControlPlaneFault::LeaderChange {
        ending: LeaderEnding::Restart { down: constant(1.0) },
        after_writes: 0,
    };
    let mut relieved = with(failing, kind, 211, None);
    relieved.faults[1].name = "restart".to_owned();
    let relieved = run(&relieved).0.rollout.expect("it ends");
    // Creation fails until 210 s. The first retry after that is one back-off later, 5 ms x 2^15 = 163.84 s
    // after the one at about 173.8 s; a new leader retries at once.
    assert!((alone - relieved).as_secs_f64() > 100.0, "{alone} and {relieved}");
}

/// When the first pod of the new `ReplicaSet` is there, in seconds.
fn first_pod(model: &Model) -> f64 {
    let (_, timeline) = run(model);
    let there =
        timeline.points.iter().find(|point| point.replica_sets.get(1).is_some_and(|new| new.pods > 0));
    there.expect("it is created").at.as_secs_f64()
}

#[test]
fn a_client_waits_as_long_as_it_is_told() {
    let calm = foreseeable_rollout();
    let refused = |most, retry_after| {
        let lot = CallSelection { skip: 0, fraction: 1.0, most: Some(most) };
        let error = ApiError::TooManyRequests { retry_after: Span::from_secs(retry_after) };
        with(calm.clone(), errors(error, CREATE_PODS, lot), 5, None)
    };
    let late = |most, seconds| first_pod(&refused(most, seconds)) - first_pod(&calm);
    // Request and response of each retry: 4 ms more.
    assert!((late(1, 1) - 1.004).abs() < 1e-9, "{}", late(1, 1));
    assert!((late(3, 2) - 6.012).abs() < 1e-9, "{}", late(3, 2));
    assert_eq!(
        run(&refused(10, 1)).0.footprint.creates_refused,
        0,
        "ten retries are not told to the controller"
    );
    let given_up = run(&refused(11, 1)).0.footprint;
    assert_eq!(given_up.refusals.of(RefusalKind::TooManyRequests), 1, "the eleventh answer is");
}

#[test]
fn latency_comes_to_the_calls_it_is_aimed_at() {
    let calm = foreseeable_rollout();
    let late = |kind| first_pod(&with(calm.clone(), kind, 5, None)) - first_pod(&calm);
    let slow = |target, slower| ControlPlaneFault::ApiLatency { target, fraction: 1.0, slower };
    let half = || Slowdown::By(constant(0.5));
    assert!((late(slow(CREATE_PODS, half())) - 0.5).abs() < 1e-9);
    let deletions = CallTarget { resource: Some(Resource::Pods), verb: Some(Verb::Delete) };
    assert!(late(slow(deletions, half())).abs() < 1e-9);
    // From the user's change to the first pod there are one watch of 3 ms, the creation of the ReplicaSet, another
    // watch, and the creation of the pod: 2 ms each. Ten times as long makes 2 x 18 ms more.
    assert!((late(slow(CallTarget::default(), Slowdown::Times(10.0))) - 0.036).abs() < 1e-9);
    let mut lawful = calm.clone();
    lawful.cluster.control_plane.verbs =
        VerbLatencies { create: Some(Latency::Constant(Span::from_millis(202))), ..VerbLatencies::default() };
    assert!((first_pod(&lawful) - first_pod(&calm) - 0.4).abs() < 1e-9, "two creations, 200 ms more each");
}

#[test]
fn a_watch_that_stands_still_delivers_in_order_afterwards() {
    let stale = |resource| ControlPlaneFault::StaleWatch { resource, staleness: Staleness::Frozen };
    let calm = foreseeable_rollout();
    for resource in [None, Some(Resource::Pods), Some(Resource::ReplicaSets), Some(Resource::Deployments)] {
        let model = with(calm.clone(), stale(resource), 5, Some(100));
        let record = check(&model, &format!("{resource:?}"));
        let took = record.rollout.expect("it ends").as_secs_f64();
        let expected = run(&calm).0.rollout.expect("it ends").as_secs_f64() + 95.0;
        assert!((95.0..=expected + 1.0).contains(&took), "{resource:?}: {took} s");
    }
    // No change arrives before the end of the fault.
    let (_, timeline) = run(&with(calm, stale(Some(Resource::Deployments)), 5, Some(100)));
    assert!(changes(&timeline)[1] >= 105.0);
}

#[test]
fn a_tighter_limit_slows_only_the_controller_it_is_for() {
    let mut model = foreseeable_rollout();
    model.subject.replicas = 40;
    model.start = Start::Empty;
    model.actions.clear();
    let all_there = |model: &Model| {
        let (_, timeline) = run(model);
        let full = timeline.points.iter().find(|point| point.replica_sets.iter().any(|set| set.pods == 40));
        full.expect("all are created").at.as_secs_f64()
    };
    let slow = |controller| ControlPlaneFault::SlowController {
        controller: Some(controller),
        workers: None,
        client_limit: Some((1.0, 10)),
    };
    let calm = all_there(&model);
    assert!(calm < 1.5, "40 creations and a few events, 30 of them at once: {calm} s");
    let tight = all_there(&with(model.clone(), slow(ControllerName::ReplicaSet), 0, None));
    assert!((30.0..=40.0).contains(&tight), "10 at once, then one a second: {tight} s");
    let other = all_there(&with(model, slow(ControllerName::Deployment), 0, None));
    assert!((other - calm).abs() < 0.01, "{other} s");
}

/// A fault that affects nothing changes nothing: it draws only from its own stream.
#[test]
fn a_fault_that_hits_nothing_leaves_every_number_alone() {
    let calm = rolling_update(10, 3, usual());
    let never = CallSelection { fraction: 0.0, ..CallSelection::ALL };
    let kinds = [
        errors(ApiError::Internal, CallTarget::default(), never),
        ControlPlaneFault::ApiLatency {
            target: CallTarget::default(),
            fraction: 1.0,
            slower: Slowdown::By(constant(0.0)),
        },
        ControlPlaneFault::StaleWatch { resource: None, staleness: Staleness::By(constant(0.0)) },
        ControlPlaneFault::LeaderChange { ending: LeaderEnding::Dead, after_writes: 1_000_000 },
        ControlPlaneFault::SlowController { controller: None, workers: Some(5), client_limit: None },
    ];
    for kind in kinds {
        let disturbed = with(calm.clone(), kind.clone(), 0, None);
        for run in 0..5 {
            let (calm, disturbed) =
                (Simulator::new(&calm, 0).run(3, run), Simulator::new(&disturbed, 0).run(3, run));
            assert_eq!(calm.digest, disturbed.digest, "{kind:?}");
        }
    }
}

/// The random numbers of pods do not depend on the control plane: the same pulls and starts.
#[test]
fn a_worldwide_pause_moves_the_pods_and_not_their_lives() {
    let calm = rolling_update(1, 1, usual());
    let kind = ControlPlaneFault::LeaderChange {
        ending: LeaderEnding::Restart { down: constant(100.0) },
        after_writes: 0,
    };
    let paused = with(calm.clone(), kind, 5, None);
    for run in 0..20 {
        let took = |model| {
            let record: Record = Simulator::new(model, 0).run(9, run);
            record.rollout.expect("it ends").as_secs_f64()
        };
        let later = took(&paused) - took(&calm);
        // The pause ends 95 s after the user's change; whole seconds and probes may add one.
        assert!((94.0..97.0).contains(&later), "run {run}: {later} s later");
    }
}
