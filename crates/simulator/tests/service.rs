//! The Service: time until every proxy applies a change, and failed requests until then.
//!
//! All delays of the control plane are constant, so every time can be computed: a watch takes 5 ms, a request
//! 3 ms and an answer 3 ms, a proxy writes its rules in 50 ms.

use crate::common::{apply, constant, foreseeable, rolling_update, set_image, template};
use controller::api::Strategy;
use simulator::model::{
    Action, ApplicationFault, Change, Connections, ControlPlane, ControlPlaneFault, End, Fault, FaultKind,
    ImageBehaviour, Latency, LeaderEnding, Model, OnShutdown, PodSelector, PodTarget, Proxies,
    ReadinessFault, Service, Traffic, Trigger, Window,
};
use simulator::record::{Outcome, ServiceRecord};
use simulator::{Simulator, Span};

/// Requests per second.
const RATE: f64 = 1000.0;
/// From a change of a pod to the rules of an idle proxy: cache, write, proxy's watch, rules.
const QUIET: i64 = 5 + 3 + 5 + 50;

fn service() -> Service {
    Service {
        name: "web".to_owned(),
        selector: Vec::new(),
        container: None,
        publish_not_ready: false,
        local: false,
        proxies: Proxies { count: 3, min_interval: Span::SECOND, programming: constant(0.050) },
        traffic: Traffic {
            requests_per_second: RATE,
            duration: constant(0.0),
            connections: Connections::PerRequest,
            on_shutdown: OnShutdown::ClosesListener,
        },
    }
}

fn foreseeable_control_plane(watch: i64) -> ControlPlane {
    let millis = |count| Latency::Constant(Span::from_millis(count));
    ControlPlane {
        request: millis(3),
        response: millis(3),
        watch: millis(watch),
        scheduling: millis(10),
        ..crate::common::control_plane()
    }
}

/// Ten settled pods that are deleted at these times, in milliseconds; their replacements come too late to
/// matter.
fn deletions(at: &[i64], watch: i64) -> Model {
    let mut model = rolling_update(10, 3, ImageBehaviour { start: constant(600.0), ..foreseeable(true) });
    model.cluster.control_plane = foreseeable_control_plane(watch);
    let delete = |at: &i64| Action {
        trigger: Trigger::At(Span::from_millis(*at)),
        change: Change::DeletePod(PodSelector { ordinal: 0, image: None }),
    };
    model.actions = at.iter().map(delete).collect();
    model.horizon = Span::from_secs(120);
    model.service = Some(service());
    model
}

fn run(model: &Model) -> ServiceRecord {
    Simulator::new(model, 0).run(1, 0).service.expect("the model has a Service")
}

fn millis(span: Option<Span>) -> i64 {
    span.expect("something changed").as_nanos() / 1_000_000
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 0.01 * expected + 1e-9, "{found}, not {expected}");
}

/// Ten replicas, 1000 requests per second, and a pod that refuses connections from SIGTERM (5 ms after its
/// deletion) until the proxies have removed it (63 ms after it): 1000 / 10 x 0.058 = 5.8 requests.
#[test]
fn a_pod_that_closes_its_listener_refuses_its_share_until_the_proxies_follow() {
    let record = run(&deletions(&[60_000], 5));
    near(record.failed.refused, RATE / 10.0 * 0.058);
    near(record.failed.total(), record.failed.refused);
    near(record.requests_sent, RATE * 120.0);
    assert_eq!((record.endpoints.ready_min, record.endpoints.serving_min), (9, 9));
    assert_eq!(record.endpoints.astray, Span::from_millis(58));
    near(record.worst_ten_seconds, 5.8 / (RATE * 10.0));
    assert_eq!(record.failed_share, None, "there was no rollout");
}

#[test]
fn a_pre_stop_sleep_longer_than_the_delay_loses_nothing() {
    let mut model = deletions(&[60_000], 5);
    model.subject.template.containers[0].pre_stop = Span::from_secs(5);
    assert!(run(&model).failed.total() < 1e-9);
}

#[test]
fn an_application_that_drains_loses_nothing() {
    let mut model = deletions(&[60_000], 5);
    model.service.as_mut().unwrap().traffic.on_shutdown = OnShutdown::Drains;
    assert!(run(&model).failed.total() < 1e-9);
}

#[test]
fn after_a_quiet_period_a_change_is_programmed_at_once() {
    let endpoints = run(&deletions(&[60_000, 70_000], 5)).endpoints;
    // The deletion, and a second later the removal of the pod: also an idle proxy, apart from the cool-down.
    assert_eq!(millis(endpoints.lag_max), QUIET);
}

/// The second change comes half a second after the first. The proxies have ended their sync at 63 ms and begin
/// the next one a second later.
#[test]
fn a_change_within_the_cool_down_waits_for_its_end() {
    let endpoints = run(&deletions(&[60_000, 60_500], 5)).endpoints;
    assert_eq!(millis(endpoints.lag_max), 63 + 1000 + 50 - 500);
    let mut model = deletions(&[60_000, 60_500], 5);
    model.service.as_mut().unwrap().proxies.min_interval = Span::ZERO;
    assert_eq!(millis(run(&model).endpoints.lag_max), QUIET, "ipvs does not wait");
}

/// With watches of 200 ms, the slice that the controller wrote at 203 ms comes to its cache at 403 ms. A status of
/// the terminating pod wakes it at 250 ms, and the second change at 300 ms: both syncs fail, and the retry of the
/// first, a second later, writes the change.
#[test]
fn a_sync_that_lacks_its_own_write_waits_a_second() {
    let endpoints = run(&deletions(&[60_000, 60_100], 200)).endpoints;
    assert_eq!(millis(endpoints.lag_max), 250 + 1000 + 3 + 200 + 50 - 100);
    let apart = run(&deletions(&[60_000, 60_250], 200)).endpoints;
    assert!(millis(apart.lag_max) < 1300, "the write is in the cache by then");
}

/// Requests of 40 s, and a pod that uses all of its grace period of 30 s: requests that began less than 40 s
/// before the kill, and before the proxies removed the pod, are lost.
#[test]
fn requests_longer_than_the_grace_die_with_the_process() {
    let mut model = deletions(&[60_000], 5);
    model.images.default.stop = constant(300.0);
    let traffic = &mut model.service.as_mut().unwrap().traffic;
    traffic.duration = constant(40.0);
    traffic.on_shutdown = OnShutdown::Drains;
    let record = run(&model);
    near(record.failed.reset, RATE / 10.0 * (40.0 - (30.0 - 0.058)));
    near(record.failed.total(), record.failed.reset);
}

#[test]
fn kept_connections_are_reset_unless_the_application_closes_them() {
    let with = |on_shutdown| {
        let mut model = deletions(&[60_000], 5);
        let traffic = &mut model.service.as_mut().unwrap().traffic;
        traffic.duration = constant(0.2);
        traffic.connections = Connections::KeepAlive { lifetime: constant(3600.0) };
        traffic.on_shutdown = on_shutdown;
        run(&model).failed
    };
    // A tenth of all requests is in flight to the pod at any time.
    near(with(OnShutdown::Ignores).reset, RATE / 10.0 * 0.2);
    assert!(with(OnShutdown::Ignores).refused < 0.1, "established connections do not move");
    // Requests that the pod accepts for another 58 ms end with it.
    assert!(with(OnShutdown::Drains).total() < 0.2);
    // The clients that lose their connections ask again within a second; a tenth of the attempts of the first
    // 58 ms goes to the pod that closed them.
    let refused = with(OnShutdown::ClosesListener).refused;
    assert!((0.1..1.0).contains(&refused), "{refused}");
}

#[test]
fn without_a_readiness_probe_requests_meet_a_starting_application() {
    let slow = ImageBehaviour { ready: constant(6.0), ..foreseeable(true) };
    let mut model = rolling_update(10, 3, slow);
    model.cluster.control_plane = foreseeable_control_plane(5);
    model.service = Some(service());
    let probed = Simulator::new(&model, 0).run(1, 0);
    assert!(probed.service.unwrap().failed.not_ready < 1e-9);
    model.subject.template.containers[0].readiness = None;
    let record = Simulator::new(&model, 0).run(1, 0);
    assert_eq!(record.outcome, Outcome::Complete);
    let failed = record.service.unwrap().failed.not_ready;
    // Each of ten pods gets its share, at least a tenth of an eleventh, for about 6 s.
    let each = RATE / 10.0 * 6.0;
    assert!((each * 10.0 * 0.7..each * 10.0 * 1.1).contains(&failed), "{failed}");
}

#[test]
fn recreate_leaves_no_endpoint_until_the_first_new_pod_is_ready() {
    let slow = ImageBehaviour { ready: constant(15.0), ..foreseeable(true) };
    let mut model = rolling_update(10, 3, slow);
    model.cluster.control_plane = foreseeable_control_plane(5);
    model.service = Some(service());
    model.subject.deployment.as_mut().unwrap().strategy = Strategy::Recreate;
    let record = Simulator::new(&model, 0).run(1, 0);
    let service = record.service.unwrap();
    assert_eq!(service.endpoints.ready_min, 0);
    // While the old pods terminate they are used as fallbacks, although they refuse; then there is no
    // endpoint until a probe after 15 s succeeds.
    let (without, astray) = (service.endpoints.without.as_secs_f64(), service.endpoints.astray.as_secs_f64());
    assert!((13.0..27.0).contains(&without), "{without} s");
    assert!((1.0..4.5).contains(&astray), "{astray} s");
    near(service.failed.no_endpoint, RATE * without);
    assert!(service.worst_ten_seconds > 0.99);
}

/// A Service only observes: the same pods at the same nanoseconds, with and without it.
#[test]
fn a_service_changes_nothing_in_the_cluster() {
    let with = deletions(&[60_000, 60_100, 75_000], 5);
    let mut without = with.clone();
    without.service = None;
    let (mut looked_at, mut alone) = (Simulator::new(&with, 9), Simulator::new(&without, 9));
    for run in 0..5 {
        let (a, b) = (looked_at.run(1, run), alone.run(1, run));
        assert_eq!(
            (a.digest, a.availability, &a.available_on_grid),
            (b.digest, b.availability, &b.available_on_grid)
        );
        assert!(b.service.is_none());
    }
}

#[test]
fn a_reused_world_forgets_the_endpoints_of_the_run_before() {
    let mut model = rolling_update(10, 3, crate::common::usual());
    model.service = Some(service());
    model.actions.push(Action { trigger: Trigger::At(Span::from_secs(40)), change: set_image("web:3") });
    let mut reused = Simulator::new(&model, 0);
    for run in 0..10 {
        assert_eq!(reused.run(3, run), Simulator::new(&model, 0).run(3, run), "run {run}");
    }
}

/// A pod whose template lacks the label of the Service's selector never becomes an endpoint.
#[test]
fn pods_without_the_label_are_no_endpoints() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    let label = ("app".to_owned(), "web".to_owned());
    model.subject.template.labels = vec![label.clone()];
    model.service = Some(Service { selector: vec![label], ..service() });
    let relabelled = template("web:2");
    model.actions[0].change = apply(&model, relabelled);
    let record = Simulator::new(&model, 2).run(1, 0);
    assert_eq!(record.available_on_grid.last(), Some(&10));
    let service = record.service.unwrap();
    assert_eq!(service.endpoints.ready_min, 0);
    assert!(service.endpoints.without > Span::from_secs(1500));
}

/// 250 endpoints are three slices, which are written one after another.
#[test]
fn large_services_have_several_slices() {
    let mut model = rolling_update(250, 10, foreseeable(true));
    model.service = Some(service());
    let record = Simulator::new(&model, 0).run(1, 0);
    let endpoints = record.service.unwrap().endpoints;
    assert_eq!(record.outcome, Outcome::Complete);
    assert!(endpoints.ready_min >= 187, "{endpoints:?}");
    assert!(millis(endpoints.lag_max) > 500, "{endpoints:?}");
}

/// A container that exits loses its requests in flight, and refuses requests until the kubelet has observed
/// the exit and the proxies follow.
#[test]
fn a_crash_resets_what_is_in_flight() {
    let mut model = deletions(&[], 5);
    model.service.as_mut().unwrap().traffic.duration = constant(0.5);
    model.faults.push(Fault {
        name: "crash".to_owned(),
        kind: FaultKind::Application(ApplicationFault::Crash {
            target: PodTarget::ALL,
            after: constant(0.0),
            end: End::Code(1),
        }),
        window: Window { from: Trigger::At(Span::from_secs(60)), duration: Some(constant(0.1)) },
        probability: 1.0,
    });
    let record = run(&model);
    near(record.failed.reset, RATE * 0.5);
    assert!((100.0..2500.0).contains(&record.failed.refused), "{:?}", record.failed);
    assert_eq!(record.endpoints.ready_min, 0);
}

/// Pods listen on another port without a readiness probe: all requests fail, and nothing reports it.
#[test]
fn a_wrong_port_without_a_probe_answers_no_request() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.cluster.control_plane = foreseeable_control_plane(5);
    model.service = Some(service());
    model.subject.template.containers[0].readiness = None;
    model.faults.push(Fault {
        name: "port".to_owned(),
        kind: FaultKind::Application(ApplicationFault::WrongPort { target: PodTarget::image("web:2") }),
        window: Window::ALWAYS,
        probability: 1.0,
    });
    let record = Simulator::new(&model, 0).run(1, 0);
    assert_eq!(record.outcome, Outcome::Complete, "a Deployment without probes sees nothing");
    let service = record.service.unwrap();
    assert!(service.worst_ten_seconds > 0.999, "{service:?}");
    assert!(service.failed.not_ready > RATE * 1600.0, "{service:?}");
}

/// With a readiness probe that a fault fails, published pods answer nevertheless.
#[test]
fn published_pods_get_requests_whether_or_not_they_are_ready() {
    let mut model = deletions(&[], 5);
    model.faults.push(Fault {
        name: "database".to_owned(),
        kind: FaultKind::Application(ApplicationFault::Readiness {
            target: PodTarget::ALL,
            failure: ReadinessFault::Never,
        }),
        window: Window { from: Trigger::At(Span::from_secs(10)), duration: Some(constant(60.0)) },
        probability: 1.0,
    });
    let hidden = run(&model);
    // From the third failure of the last pod, 31 s after the beginning at the latest, to the first success after
    // the end.
    assert!((RATE * 29.0..RATE * 51.0).contains(&hidden.failed.no_endpoint), "{hidden:?}");
    model.service.as_mut().unwrap().publish_not_ready = true;
    let published = run(&model);
    assert!(published.failed.total() < 1e-9, "{published:?}");
    assert_eq!((published.endpoints.ready_min, published.endpoints.serving_min), (10, 0));
}

/// Three nodes and two pods: the clients of one node have no local pod.
#[test]
fn local_clients_reach_the_pods_of_their_node_only() {
    let mut model = rolling_update(2, 3, foreseeable(true));
    model.actions.clear();
    model.horizon = Span::from_secs(60);
    model.service = Some(Service { local: true, ..service() });
    let record = run(&model);
    near(record.failed.no_endpoint, RATE * 60.0 / 3.0);
    assert_eq!(record.endpoints.without, Span::from_secs(20));
}

/// Two slices can be written in a different order than their changes; still every change is counted once, at
/// its last proxy.
#[test]
fn every_change_reaches_every_proxy() {
    let mut model = rolling_update(250, 10, foreseeable(true));
    model.service = Some(Service { proxies: Proxies { count: 64, ..service().proxies }, ..service() });
    let record = Simulator::new(&model, 0).run(1, 0);
    let endpoints = record.service.unwrap().endpoints;
    assert!(endpoints.lag_mean < endpoints.lag_max && endpoints.lag_mean > Some(Span::from_millis(60)));
    // A proxy with a stale endpoint at the end would have it for minutes.
    assert!(endpoints.astray < Span::from_secs(60), "{endpoints:?}");
}

/// Without a leader of the controller manager the slices do not change: a pod that terminates meanwhile
/// refuses its share until the new leader has compared the pods with the slices.
#[test]
fn slices_wait_for_a_leader() {
    let mut model = deletions(&[60_000], 5);
    let ending = LeaderEnding::Restart { down: constant(10.0) };
    model.faults.push(Fault {
        name: "restart".to_owned(),
        kind: FaultKind::ControlPlane(ControlPlaneFault::LeaderChange { ending, after_writes: 0 }),
        window: Window { from: Trigger::At(Span::from_secs(55)), duration: None },
        probability: 1.0,
    });
    let record = run(&model);
    // Controllers are back after 10 s and a list of 6 ms; then a write, the proxy's watch, and its rules.
    assert_eq!(millis(record.endpoints.lag_max), 5_006 + 3 + 5 + 50);
    near(record.failed.refused, RATE / 10.0 * (5.064 - 0.005));
    assert_eq!(record.endpoints.ready_min, 9, "and nothing is lost for good");
}
