//! The order in which containers come up.

use super::*;
use crate::model::{PodTarget, PullFailure, RegistryFault};
use controller::api::PodPhase;

fn extra(name: &str) -> Spec {
    Spec { name: name.to_owned(), image: name.to_owned(), ..Spec::default() }
}

#[test]
fn init_containers_run_one_after_another() {
    let mut model = one_pod();
    model.subject.template.init_containers = vec![extra("first"), extra("second")];
    model.images.default.ready = constant(5.0);
    let mut gaps = Vec::new();
    for run in 0..40 {
        let [first, second, app] = [0, 1, 2].map(|index| processes(&model, run, index));
        assert!((seconds(first.started[0], first.ended[0]) - 5.0).abs() < 1e-6);
        // An exit is observed within a second; create and start take one.
        gaps.push(seconds(first.ended[0], second.started[0]) - 1.0);
        gaps.push(seconds(second.ended[0], app.started[0]) - 1.0);
        assert_eq!(first.started.len(), 1, "it has done its work");
    }
    spread_over(&gaps, 0.0, 1.0);
}

#[test]
fn a_failing_init_container_crash_loops_and_the_rest_waits() {
    let mut model = one_pod();
    model.subject.template.init_containers = vec![extra("migrate")];
    let mut broken = model.images.default.clone();
    (broken.ready, broken.crash_after) = (constant(60.0), Some(constant(1.0)));
    model.images.by_name.insert("migrate".to_owned(), broken);
    model.horizon = secs(300);
    let init = processes(&model, 0, 0);
    assert!((5..8).contains(&init.started.len()), "{init:?}");
    assert_eq!(processes(&model, 0, 1), Processes::default());
    let log = Run::of(&model, 0).until_end();
    assert!(log.pods.iter().all(|(.., pod)| pod.phase == PodPhase::Pending && !pod.is_ready()));
}

/// Containers after a sidecar wait for its startup probe.
#[test]
fn a_sidecar_must_have_started_first() {
    let mut model = one_pod();
    let slow = Spec { sidecar: true, startup: Some(probe()), ..extra("proxy") };
    model.subject.template.init_containers = vec![slow];
    let mut proxy = model.images.default.clone();
    proxy.ready = constant(25.0);
    model.images.by_name.insert("proxy".to_owned(), proxy);
    for run in 0..20 {
        let [sidecar, app] = [0, 1].map(|index| processes(&model, run, index));
        let waited = seconds(sidecar.started[0], app.started[0]) - 1.0;
        assert!((25.0..=35.0).contains(&waited), "{waited}");
        assert_eq!(sidecar.ended, [], "a sidecar goes on running");
    }
}

/// A slow pull delays the containers after it; a failed one does not.
#[test]
fn containers_are_started_in_order_and_a_failing_one_is_passed_over() {
    let mut model = one_pod();
    model.subject.template.containers.insert(0, extra("big"));
    let mut big = model.images.default.clone();
    (big.pull, big.cached) = (constant(100.0), false);
    model.images.by_name.insert("big".to_owned(), big);
    let begin = Run::of(&model, 0).start;
    let waited = seconds(begin, processes(&model, 0, 1).started[0]);
    assert!((102.0..103.0).contains(&waited), "{waited}");

    model.faults = vec![Fault {
        name: "gone".to_owned(),
        kind: FaultKind::Registry(RegistryFault::Pull {
            target: PodTarget::image("big"),
            failure: PullFailure::NotFound,
        }),
        window: Window::ALWAYS,
        probability: 1.0,
    }];
    let begin = Run::of(&model, 0).start;
    let waited = seconds(begin, processes(&model, 0, 1).started[0]);
    assert!((1.5..3.0).contains(&waited), "{waited}");
    assert_eq!(processes(&model, 0, 0), Processes::default());
    let log = Run::of(&model, 0).until_end();
    assert!(log.pods.iter().all(|(.., pod)| pod.phase == PodPhase::Pending), "one has never been started");
}

/// Probes of the first container begin when all have been started: the sync that starts them blocks the sync
/// that publishes them.
#[test]
fn a_slow_second_container_keeps_the_first_from_being_probed() {
    let mut model = one_pod();
    model.subject.template.containers.push(extra("big"));
    let mut big = model.images.default.clone();
    (big.pull, big.cached) = (constant(100.0), false);
    model.images.by_name.insert("big".to_owned(), big);
    let log = Run::of(&model, 0).until_end();
    let ready = log.pods.iter().find(|(.., pod)| pod.is_ready()).unwrap();
    assert!(ready.0.since(Run::of(&model, 0).start) > secs(102));
}

/// GET and PATCH of one pod follow the calls for another.
#[test]
fn statuses_of_a_node_are_sent_one_after_another() {
    let mut model = one_pod();
    model.subject.replicas = 60;
    web(&mut model).readiness = None;
    model.images.default.start = constant(5.0);
    model.cluster.control_plane.client_limit = None;
    let log = Run::of(&model, 0).until_end();
    let mut sent: Vec<Timestamp> =
        log.pods.iter().filter(|(.., pod)| pod.is_ready()).map(|(at, ..)| *at).collect();
    sent.sort_unstable();
    assert_eq!(sent.len(), 60);
    let gaps: Vec<f64> = sent.windows(2).map(|pair| seconds(pair[0], pair[1])).collect();
    // Four delays of 1 to 5 ms; from the 51st on, the client limit allows two calls in 40 ms.
    assert!(gaps.iter().all(|gap| *gap >= 0.004), "{gaps:?}");
}
