//! Times of probe results: the consequences in section 5.

use super::*;
use crate::model::{ApplicationFault, PodTarget};

/// Seconds from the start of the only container to the time at which the kubelet finds the pod Ready.
fn ready_after(model: &Model) -> Vec<f64> {
    let one = |run| {
        let mut run = Run::of(model, run);
        loop {
            run.step().expect("it becomes Ready");
            let site = run.world.site.as_ref().unwrap();
            let Some(ready) = site.lives.first().and_then(|life| life.status.ready_since) else { continue };
            return seconds(run.container(0).unwrap().since, ready);
        }
    };
    (0..80).map(one).collect()
}

fn with_delay(initial_delay: i64) -> Model {
    let mut model = one_pod();
    web(&mut model).readiness = Some(crate::model::Probe { initial_delay: secs(initial_delay), ..probe() });
    // The start time is uniform within a second.
    model.images.default.start = crate::engine::Law::Uniform { low: secs(1), high: secs(9) };
    let binding = crate::engine::Law::Uniform { low: secs(0), high: secs(10) };
    model.cluster.control_plane.scheduling = crate::model::Latency::Law(binding);
    model
}

#[test]
fn the_first_readiness_probe_waits_for_a_tick_after_the_initial_delay() {
    spread_over(&ready_after(&with_delay(0)), 0.0, 1.0);
    spread_over(&ready_after(&with_delay(5)), 10.0, 11.0);
    spread_over(&ready_after(&with_delay(10)), 10.0, 11.0);
    spread_over(&ready_after(&with_delay(12)), 20.0, 21.0);
}

#[test]
fn without_a_probe_a_running_container_is_ready() {
    let mut model = with_delay(0);
    web(&mut model).readiness = None;
    assert!(ready_after(&model).iter().all(|after| *after == 0.0));
}

/// The phase of the startup probe is independent of the start; its success triggers the readiness probe.
#[test]
fn a_startup_probe_has_a_phase_of_its_own() {
    let mut model = with_delay(0);
    web(&mut model).startup = Some(probe());
    model.images.default.start = crate::engine::Law::Uniform { low: secs(1), high: secs(21) };
    spread_over(&ready_after(&model), 0.0, 10.0);
    web(&mut model).readiness = None;
    spread_over(&ready_after(&model), 0.0, 10.0);
}

#[test]
fn successes_in_a_row_are_counted() {
    let mut model = with_delay(0);
    web(&mut model).readiness.as_mut().unwrap().success_threshold = 3;
    spread_over(&ready_after(&model), 20.0, 21.0);
}

/// A pod that is not Ready is synced every 60 to 90 s, and then probed at once.
#[test]
fn a_resync_probes_before_the_next_tick() {
    let mut model = with_delay(0);
    web(&mut model).readiness.as_mut().unwrap().period = secs(300);
    model.images.default.ready = constant(100.0);
    let after = ready_after(&model);
    assert!(after.iter().all(|after| (100.0..=192.0).contains(after)), "{after:?}");
    assert!(after.iter().any(|after| *after < 150.0));
}

/// Worst-case detection is failureThreshold periods and a timeout.
#[test]
fn a_liveness_probe_that_fails_has_the_container_restarted() {
    let mut model = with_delay(0);
    web(&mut model).liveness = Some(crate::model::Probe { period: secs(7), ..probe() });
    model.faults = vec![fault(100, 3000, ApplicationFault::Liveness { target: PodTarget::ALL })];
    model.horizon = secs(160);
    let mut kills = Vec::new();
    for run in 0..60 {
        let Processes { started, ended } = processes(&model, run, 0);
        let begin = Run::of(&model, run).start + secs(100);
        // SIGTERM follows the failure, and the application needs a second to stop.
        kills.push(seconds(begin, ended[0]) - 1.0);
        let again = seconds(ended[0], started[1]);
        assert!((1.0..=9.0).contains(&again), "started at once, after {again} s");
    }
    spread_over(&kills, 15.0, 22.0);
}

/// The first three restarts do not wait, because the windows of 10 and 20 s are over after 30 s of failing
/// probes; the window of 40 s, counted from the previous exit, is not.
#[test]
fn liveness_restarts_are_held_back_in_the_end() {
    let mut model = one_pod();
    web(&mut model).liveness = Some(probe());
    web(&mut model).readiness = None;
    model.images.default.ready = constant(100_000.0);
    for run in 0..20 {
        let Processes { started, ended } = processes(&model, run, 0);
        let waits: Vec<f64> =
            ended.iter().zip(&started[1..]).map(|(end, start)| seconds(*end, *start)).collect();
        assert!(waits[..4].iter().all(|wait| *wait < 1.5), "{waits:?}");
        assert!(waits[4] > 35.0, "{waits:?}");
    }
}

/// failureThreshold periods, minus the elapsed part of the first one at the start.
#[test]
fn a_startup_probe_gives_a_slow_start_its_budget() {
    let mut model = with_delay(0);
    web(&mut model).startup = Some(crate::model::Probe { failure_threshold: 6, ..probe() });
    model.images.default.start = crate::engine::Law::Uniform { low: secs(1), high: secs(21) };
    model.images.default.ready = constant(45.0);
    let ready = ready_after(&model);
    assert!(ready.iter().all(|after| (45.0..=55.0).contains(after)), "{ready:?}");
    model.images.default.ready = constant(1000.0);
    model.horizon = secs(100);
    let killed: Vec<f64> = (0..60)
        .map(|run| {
            let Processes { started, ended } = processes(&model, run, 0);
            seconds(started[0], ended[0]) - 1.0
        })
        .collect();
    spread_over(&killed, 50.0, 60.0);
}

/// The probe's own grace counts for the kill that it causes.
#[test]
fn a_probe_may_have_a_grace_of_its_own() {
    let mut model = with_delay(0);
    web(&mut model).liveness = Some(crate::model::Probe { termination_grace: Some(secs(4)), ..probe() });
    model.images.default.stop = constant(1000.0);
    model.faults = vec![fault(100, 3000, ApplicationFault::Liveness { target: PodTarget::ALL })];
    model.horizon = secs(150);
    let mut kills = Vec::new();
    for run in 0..40 {
        let begin = Run::of(&model, run).start + secs(100);
        kills.push(seconds(begin, processes(&model, run, 0).ended[0]));
    }
    spread_over(&kills, 20.0 + 1.0 + 4.0, 30.0 + 1.0 + 4.0);
}

/// The application answers its liveness probe before it answers the readiness probe.
#[test]
fn warming_up_concerns_readiness_alone() {
    let mut model = with_delay(0);
    web(&mut model).liveness = Some(probe());
    model.images.default.warm_up = Some(constant(200.0));
    let ready = ready_after(&model);
    assert!(ready.iter().all(|after| (200.0..=211.0).contains(after)), "{ready:?}");
    assert_eq!(processes(&model, 0, 0).ended, []);
}

/// The application would answer 2 s after the failure, and needs 8 s to stop.
#[test]
fn an_application_that_is_being_killed_does_not_become_ready() {
    let mut model = one_pod();
    web(&mut model).liveness = Some(probe());
    web(&mut model).readiness.as_mut().unwrap().period = secs(1);
    model.images.default.stop = constant(8.0);
    let first = processes(
        &{
            let mut never = model.clone();
            never.images.default.ready = constant(9999.0);
            never
        },
        0,
        0,
    );
    let verdict = seconds(first.started[0], first.ended[0]) - 8.0;
    model.images.default.ready = constant(verdict + 2.0);
    model.horizon = secs(45);
    let log = Run::of(&model, 0).until_end();
    assert!(log.pods.iter().all(|(.., pod)| !pod.is_ready()));
}
