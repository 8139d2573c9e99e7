//! Ledgers of small models with known results.

use crate::common::{constant, foreseeable, image_pull_error, rolling_update, set_image, usual};
use controller::api::Strategy;
use simulator::model::{
    Action, AdmissionFault, ApplicationFault, Change, Counted, Fault, FaultKind, ImageBehaviour, Latency,
    Model, NodeFault, NodeTarget, PodSelector, PodTarget, Quota, ReadinessFault, Start, Trigger, Window,
};
use simulator::record::{Cause, Outcome, Record};
use simulator::{Simulator, Span};

fn run(model: &Model) -> Record {
    Simulator::new(model, 0).run(1, 0)
}

/// Seconds of a cause.
fn seconds(record: &Record, cause: Cause) -> f64 {
    record.ledger.expect("there is a rollout").of(cause).as_secs_f64()
}

/// The causes have these ranges of seconds; all others together have less than `rest`.
#[track_caller]
fn assert_books(record: &Record, expected: &[(Cause, std::ops::Range<f64>)], rest: f64) {
    let ledger = record.ledger.expect("there is a rollout");
    let shown: Vec<_> = ledger.entries().map(|(cause, time)| (cause.as_str(), time.as_secs_f64())).collect();
    for (cause, range) in expected {
        assert!(range.contains(&seconds(record, *cause)), "{}: {shown:?}", cause.as_str());
    }
    let others = ledger.entries().filter(|(cause, _)| expected.iter().all(|(named, _)| named != cause));
    let others: f64 = others.map(|(_, time)| time.as_secs_f64()).sum();
    assert!(others < rest, "{others} s elsewhere: {shown:?}");
}

fn at(second: i64, change: Change) -> Action {
    Action { trigger: Trigger::At(Span::from_secs(second)), change }
}

fn fault(kind: FaultKind, from: i64, seconds: f64) -> Fault {
    let window = Window { from: Trigger::At(Span::from_secs(from)), duration: Some(constant(seconds)) };
    Fault { name: "fault".to_owned(), kind, window, probability: 1.0 }
}

fn denial(seconds: f64) -> Fault {
    fault(FaultKind::Admission(AdmissionFault::Deny { message: "no".to_owned() }), 0, seconds)
}

/// One pod, replaced by a surge of one; terminating pods need 20 s.
fn one_pod() -> Model {
    rolling_update(1, 1, ImageBehaviour { stop: constant(20.0), ..foreseeable(true) })
}

fn pod_quota(pods: i64) -> Quota {
    Quota { name: "quota".to_owned(), hard: vec![(Counted::Pods, pods)] }
}

#[test]
fn a_pull_of_100_s_is_booked_as_pull() {
    let model = rolling_update(1, 1, ImageBehaviour { pull: constant(100.0), ..foreseeable(false) });
    let record = run(&model);
    assert_eq!(record.ledger.unwrap().of(Cause::Pull), Span::from_secs(100));
    assert_books(&record, &[(Cause::Pull, 100.0..100.1), (Cause::MinReady, 4.0..5.1)], 2.0);
}

/// Two waves of pods; API times lose their fraction of a second, so each waits a little less than 60 s.
#[test]
fn min_ready_seconds_own_the_time_between_ready_and_available() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.subject.min_ready_seconds = 60;
    assert_books(&run(&model), &[(Cause::MinReady, 118.0..120.0)], 4.0);
}

/// Refused from 10 s on; retries at about 0.005, 0.015, 0.035 ... 163.8 and 327.7 s after that, room from 310
/// s.
#[test]
fn a_refused_creation_waits_for_its_cause_and_then_for_the_next_try() {
    let mut model = one_pod();
    model.faults.push(denial(310.0));
    let record = run(&model);
    let wait = (Cause::QuotaWait, 299.9..300.0);
    let tail = (Cause::RetryTail, 27.0..29.0);
    assert_books(&record, &[wait, tail], 8.0);
}

/// A `ReplicaSet` in back-off after a refusal does not report its available pod either: the Deployment waits
/// for the retry, although no pod is in flight.
#[test]
fn a_report_that_waits_for_a_retry_is_booked_to_the_refusal() {
    let mut model = rolling_update(4, 3, foreseeable(true));
    let quota =
        AdmissionFault::Quota { quota: "quota".to_owned(), hard: vec![(Counted::Pods, 4)], used: Vec::new() };
    model.faults.push(fault(FaultKind::Admission(quota), 0, 310.0));
    let record = run(&model);
    let wait = (Cause::QuotaWait, 155.0..165.0);
    let tail = (Cause::RetryTail, 320.0..330.0);
    assert_books(&record, &[wait, tail, (Cause::Terminating, 1.0..5.0), (Cause::MinReady, 10.0..15.0)], 6.0);
}

/// In-flight pods become available during the pause and own their time; the rest belongs to the pause.
#[test]
fn a_pause_owns_the_time_for_which_it_alone_holds_the_rollout() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.actions.push(at(15, Change::Pause));
    model.actions.push(at(135, Change::Resume));
    assert_books(&run(&model), &[(Cause::Paused, 116.0..120.0), (Cause::MinReady, 7.0..10.0)], 4.0);
    let mut model = rolling_update(1, 1, ImageBehaviour { pull: constant(300.0), ..foreseeable(false) });
    model.actions.push(at(15, Change::Pause));
    model.actions.push(at(135, Change::Resume));
    assert_books(&run(&model), &[(Cause::Pull, 300.0..300.1), (Cause::MinReady, 4.0..5.1)], 2.0);
}

#[test]
fn a_pause_that_never_ends_owns_the_rest_of_the_run() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.actions.insert(0, at(5, Change::Pause));
    let record = run(&model);
    assert_eq!(record.ledger.unwrap().of(Cause::Paused), Span::from_secs(1790));
}

#[test]
fn recreate_waits_for_old_pods() {
    let mut model = rolling_update(10, 3, ImageBehaviour { stop: constant(20.0), ..foreseeable(true) });
    model.subject.deployment.as_mut().unwrap().strategy = Strategy::Recreate;
    assert_books(&run(&model), &[(Cause::Terminating, 20.0..22.0), (Cause::MinReady, 4.0..6.0)], 2.0);
}

/// Ten pods fill the node: each wave of new pods waits for the removal of old ones.
#[test]
fn a_full_cluster_waits_for_old_pods() {
    let mut model = rolling_update(10, 1, ImageBehaviour { stop: constant(20.0), ..foreseeable(true) });
    model.cluster.pools[0].max_pods = 10;
    let record = run(&model);
    assert_books(&record, &[(Cause::Terminating, 80.0..110.0), (Cause::MinReady, 20.0..30.0)], 9.0);
    assert!(seconds(&record, Cause::Scheduling) < 0.5);
}

/// The same with a quota of ten pods, which terminating pods hold, with retries at their usual times.
#[test]
fn a_quota_that_old_pods_hold_is_booked_as_terminating() {
    let mut model = rolling_update(10, 3, ImageBehaviour { stop: constant(20.0), ..foreseeable(true) });
    model.quotas.push(pod_quota(10));
    let record = run(&model);
    assert!(seconds(&record, Cause::Terminating) > 30.0);
    assert!(seconds(&record, Cause::QuotaWait) < 1.0);
    assert!(seconds(&record, Cause::RetryTail) > 60.0, "the retries back off beyond the release");
}

#[test]
fn a_stretch_that_never_ends_belongs_to_the_pod_furthest_ahead() {
    let record = run(&image_pull_error());
    assert_eq!(record.outcome, Outcome::DeadlineExceeded);
    assert_eq!(record.ledger.unwrap().total(), Span::from_secs(1790));
    assert_books(&record, &[(Cause::PullBackOff, 1770.0..1790.0), (Cause::Pull, 1.0..10.0)], 0.5);
}

/// The undo comes 60 s after the exceeded deadline; before that the new pods own the time.
#[test]
fn a_stuck_rollout_waits_for_a_human_from_the_deadline_on() {
    let mut model = image_pull_error();
    let trigger = Trigger::DeadlineExceeded { after: Span::from_secs(60) };
    model.actions.push(Action { trigger, change: Change::Undo { to_revision: 0 } });
    let record = run(&model);
    assert_eq!(record.outcome, Outcome::CompleteAfterDeadline);
    assert_eq!(record.ledger.unwrap().of(Cause::Human), Span::from_secs(60));
    assert_books(&record, &[(Cause::Human, 60.0..60.1), (Cause::PullBackOff, 585.0..601.0)], 30.0);
}

/// Before the deadline is exceeded the need for a user is unknown.
#[test]
fn an_undo_before_the_deadline_is_not_waited_for() {
    let mut model = image_pull_error();
    model.actions.push(at(310, Change::Undo { to_revision: 0 }));
    let record = run(&model);
    assert_eq!(record.ledger.unwrap().of(Cause::Human), Span::ZERO);
    assert!(seconds(&record, Cause::PullBackOff) > 285.0);
}

#[test]
fn pods_that_never_answer_their_probe_are_booked_as_probe() {
    let mut model = one_pod();
    let target = PodTarget::image("web:2");
    let kind = FaultKind::Application(ApplicationFault::Readiness { target, failure: ReadinessFault::Never });
    model.faults.push(fault(kind, 0, 310.0));
    assert_books(&run(&model), &[(Cause::Probe, 295.0..310.0), (Cause::MinReady, 4.0..6.0)], 2.0);
}

/// The container exits half a second after its start, before it could answer.
#[test]
fn a_crash_loop_owns_its_gaps() {
    let mut model = one_pod();
    let crashing =
        ImageBehaviour { crash_after: Some(constant(0.5)), ready: constant(2.0), ..foreseeable(true) };
    model.images.by_name.insert("web:2".to_owned(), crashing);
    let record = run(&model);
    assert_books(&record, &[(Cause::CrashLoop, 1750.0..1790.0), (Cause::Start, 9.0..12.0)], 15.0);
}

/// Ready for 30 s at a time, with minReadySeconds 60: the Ready time is attributed to the crashes.
#[test]
fn readiness_that_is_lost_again_counts_as_what_it_was_lost_to() {
    let mut model = one_pod();
    model.subject.min_ready_seconds = 60;
    let crashing = ImageBehaviour { crash_after: Some(constant(30.0)), ..foreseeable(true) };
    model.images.by_name.insert("web:2".to_owned(), crashing);
    let record = run(&model);
    assert!(seconds(&record, Cause::MinReady) < 31.0, "only the last time, which the end cuts off");
    assert!(seconds(&record, Cause::CrashLoop) > 1500.0);
}

/// The new pod is deleted 50 s into its pull. The pull continues, the replacement waits for the rest, and the
/// time before its creation is attributed to the lost pod.
#[test]
fn a_pod_that_replaces_a_lost_one_inherits_its_time() {
    let mut model = rolling_update(1, 1, ImageBehaviour { pull: constant(100.0), ..foreseeable(false) });
    let pod = PodSelector { ordinal: 0, image: Some("web:2".to_owned()) };
    model.actions.push(at(60, Change::DeletePod(pod)));
    let record = run(&model);
    assert_eq!(record.footprint.pods_created, 2);
    assert_books(&record, &[(Cause::Pull, 99.5..101.0), (Cause::MinReady, 4.0..5.1)], 2.5);
}

#[test]
fn a_clock_that_waits_for_another_template_has_nothing_left_to_do() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    model.actions.push(at(400, set_image("web:3")));
    let record = run(&model);
    // Both rollouts take 13 s, the first one from 10 s on.
    assert_books(&record, &[(Cause::NothingLeft, 375.0..378.0), (Cause::MinReady, 18.0..21.0)], 7.0);
}

/// A template that changes after the clock has stopped lets it run on.
#[test]
fn a_clock_that_stopped_and_runs_on_had_nothing_left_to_do() {
    let mut model = rolling_update(10, 3, foreseeable(true));
    let trigger = Trigger::NewPodsReady { count: 10, after: Span::from_secs(200) };
    model.actions.push(Action { trigger, change: set_image("web:3") });
    let record = run(&model);
    assert_eq!(record.ledger.unwrap().total(), record.rollout.unwrap());
    assert!((190.0..200.0).contains(&seconds(&record, Cause::NothingLeft)));
}

#[test]
fn slow_calls_are_booked_to_the_control_plane() {
    let mut model = one_pod();
    model.cluster.control_plane.request = Latency::Law(constant(5.0));
    let record = run(&model);
    assert!(seconds(&record, Cause::ControlPlane) > 15.0, "{:?}", record.ledger);
}

#[test]
fn without_a_rollout_nothing_is_booked() {
    let mut model = rolling_update(10, 3, usual());
    model.actions = vec![at(10, Change::Scale(20))];
    assert_eq!(run(&model).ledger, None);
    model.subject.deployment = None;
    model.start = Start::Empty;
    assert_eq!(run(&model).ledger, None);
}

/// The ledger of a run depends only on its seed and number, not on earlier runs of the same world.
#[test]
fn books_do_not_depend_on_the_runs_before() {
    let mut model = image_pull_error();
    let trigger = Trigger::DeadlineExceeded { after: Span::from_secs(60) };
    model.actions.push(Action { trigger, change: Change::Undo { to_revision: 0 } });
    let mut simulator = Simulator::new(&model, 0);
    let batch: Vec<_> = (0..10).map(|run| simulator.run(7, run).ledger).collect();
    for run in [9, 0, 4] {
        assert_eq!(Simulator::new(&model, 0).run(7, run as u64).ledger, batch[run]);
    }
}

/// One new pod that pulls its image for 20 s, and a node fault from 12 s on.
fn struck_while_pulling(nodes: u32, node: NodeFault, seconds: f64) -> Record {
    let mut model = rolling_update(1, nodes, ImageBehaviour { pull: constant(20.0), ..foreseeable(false) });
    model.faults.push(fault(FaultKind::Node(node), 12, seconds));
    run(&model)
}

/// Down from 12 to 52 s: the pull restarts, and the time in between is attributed to the node.
#[test]
fn a_node_that_is_down_is_booked_to_the_control_plane() {
    let crash = NodeFault::Crash { target: NodeTarget::ALL, returns: None, deleted: None };
    let record = struck_while_pulling(1, crash, 40.0);
    assert_books(&record, &[(Cause::ControlPlane, 40.0..42.0), (Cause::Pull, 21.5..22.0)], 13.0);
}

/// Partitioned from 12 to 212 s: the pod becomes Ready meanwhile, but its status does not arrive.
#[test]
fn a_node_that_is_cut_off_is_booked_once_it_has_something_to_say() {
    let cut = NodeFault::Unreachable { target: NodeTarget::ALL, returns: None };
    let record = struck_while_pulling(1, cut, 200.0);
    assert_books(&record, &[(Cause::ControlPlane, 165.0..182.0), (Cause::Pull, 19.9..20.1)], 18.0);
}

/// A node that never returns: 50 s until it is detected, 300 s until its pods are evicted, and the pod's
/// earlier wait. The replacement starts over.
#[test]
fn a_pod_on_a_node_that_is_lost_waits_until_the_node_is_given_up() {
    let lost = |node| {
        let target = NodeTarget::node(node);
        struck_while_pulling(3, NodeFault::Crash { target, returns: None, deleted: None }, 1e6)
    };
    let records = [0, 1, 2].map(lost);
    let waits = |record: &&Record| seconds(record, Cause::ControlPlane) > 1.0;
    let struck: Vec<&Record> = records.iter().filter(waits).collect();
    assert_eq!(struck.len(), 1, "the new pod is on one of the nodes");
    assert_books(struck[0], &[(Cause::ControlPlane, 345.0..372.0), (Cause::Pull, 21.5..22.0)], 13.0);
}
