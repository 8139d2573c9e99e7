//! The ledger adds up in every world: random rollouts with users who change their minds and clusters in which
//! much goes wrong. The seeds are fixed: a failure here is a failure everywhere.

use crate::common::{constant, foreseeable, rolling_update, set_image, usual};
use controller::api::{IntOrPercent, RollingUpdate, Strategy};
use proptest::prelude::*;
use proptest::strategy::Strategy as Generator;
use proptest::test_runner::{RngSeed, TestRunner};
use simulator::model::{
    Action, AdmissionFault, ApiError, ApplicationFault, CallLot, CallTarget, Cascade, Change, Connections,
    ControlPlaneFault, Counted, DisruptionBudget, FailurePolicy, Fault, FaultKind, ImageBehaviour,
    LabelSelector, LeaderEnding, Model, NodeChange, NodeFault, NodeSet, NodeTarget, OnShutdown, PodFault,
    PodSelector, PodTarget, Proxies, PullFailure, ReadinessFault, RegistryFault, ReplicaSetSelector,
    Resource, Service, Slower, Staleness, Start, Traffic, Trigger, Verb, Webhook, WebhookMode, Window,
};
use simulator::record::Cause;
use simulator::{Simulator, Span};
use std::cell::RefCell;

/// The first change of the template, which starts the clock.
const BEGIN: Span = Span::from_secs(10);

fn limit() -> impl Generator<Value = IntOrPercent> {
    prop_oneof![(0..4).prop_map(IntOrPercent::Int), (0..=100).prop_map(IntOrPercent::Percent)]
}

fn strategy() -> impl Generator<Value = Strategy> {
    let rolling = (limit(), limit()).prop_map(|(max_surge, max_unavailable)| {
        Strategy::RollingUpdate(RollingUpdate { max_surge, max_unavailable })
    });
    prop_oneof![4 => rolling, 1 => Just(Strategy::Recreate)]
}

fn images() -> impl Generator<Value = ImageBehaviour> {
    let slow = ImageBehaviour { pull: constant(150.0), stop: constant(25.0), ..usual() };
    let crashing = ImageBehaviour { crash_after: Some(constant(12.0)), ..foreseeable(false) };
    prop_oneof![
        3 => Just(usual()),
        1 => Just(foreseeable(true)),
        2 => Just(slow),
        1 => Just(crashing),
    ]
}

fn change() -> impl Generator<Value = Change> {
    let pod = || (0..8u32).prop_map(|ordinal| PodSelector { ordinal, image: None });
    prop_oneof![
        4 => (1..4).prop_map(|tag| set_image(&format!("web:{tag}"))),
        3 => (0..9).prop_map(Change::Scale),
        2 => Just(Change::Pause),
        3 => Just(Change::Resume),
        2 => Just(Change::Undo { to_revision: 0 }),
        1 => Just(Change::Restart),
        1 => strategy().prop_map(Change::SetStrategy),
        1 => (0..40).prop_map(Change::SetMinReadySeconds),
        3 => pod().prop_map(Change::DeletePod),
        2 => pod().prop_map(Change::FailPod),
        1 => pod().prop_map(Change::RelabelPod),
        1 => (pod(), 0..40i64).prop_map(|(pod, seconds)| Change::DeletePodWithin(pod, Span::from_secs(seconds))),
        1 => pod().prop_map(Change::EvictPod),
        1 => (pod(), -9..9).prop_map(|(pod, cost)| Change::SetDeletionCost(pod, cost)),
        1 => (replica_set(), 0..9).prop_map(|(which, size)| Change::ScaleReplicaSet(which, size)),
        1 => (replica_set(), cascade()).prop_map(|(which, cascade)| Change::DeleteReplicaSet(which, cascade)),
        2 => (0..9, 0..40).prop_map(|(size, seconds)| {
            Change::Edit(vec![set_image("web:2"), Change::Scale(size), Change::SetMinReadySeconds(seconds)])
        }),
    ]
}

fn replica_set() -> impl Generator<Value = ReplicaSetSelector> {
    prop_oneof![
        Just(ReplicaSetSelector::default()),
        (1..4i64).prop_map(|revision| ReplicaSetSelector { revision: Some(revision), image: None }),
    ]
}

fn cascade() -> impl Generator<Value = Cascade> {
    prop_oneof![Just(Cascade::Background), Just(Cascade::Orphan)]
}

fn action() -> impl Generator<Value = Action> {
    let trigger = prop_oneof![
        6 => (0..900i64).prop_map(|second| Trigger::At(Span::from_secs(second) + BEGIN)),
        1 => (0..99i64).prop_map(|second| Trigger::DeadlineExceeded { after: Span::from_secs(second) }),
        1 => (1..4u32).prop_map(|count| Trigger::NewPodsReady { count, after: Span::from_secs(7) }),
    ];
    (trigger, change()).prop_map(|(trigger, change)| Action { trigger, change })
}

fn fault_kind() -> impl Generator<Value = FaultKind> {
    let target = || prop_oneof![Just(PodTarget::ALL), Just(PodTarget::image("web:2"))];
    let readiness = prop_oneof![
        Just(ReadinessFault::Never),
        Just(ReadinessFault::Late(constant(40.0))),
        Just(ReadinessFault::Flapping { up: constant(9.0), down: constant(4.0) }),
    ];
    let every = || (10..60i64).prop_map(|second| constant(second as f64));
    prop_oneof![
        (target(), Just(PullFailure::NotFound))
            .prop_map(|(target, failure)| { FaultKind::Registry(RegistryFault::Pull { target, failure }) }),
        (target(), readiness).prop_map(|(target, failure)| {
            FaultKind::Application(ApplicationFault::Readiness { target, failure })
        }),
        (0..12i64).prop_map(|pods| {
            let hard = vec![(Counted::Pods, pods)];
            FaultKind::Admission(AdmissionFault::Quota { quota: "quota".to_owned(), hard, used: Vec::new() })
        }),
        Just(FaultKind::Admission(AdmissionFault::Deny { message: "no".to_owned() })),
        every().prop_map(|every| FaultKind::Pods(PodFault::Delete { every })),
        every().prop_map(|every| FaultKind::Pods(PodFault::Fail { every })),
    ]
}

fn fault() -> impl Generator<Value = Fault> {
    let lasts =
        prop_oneof![1 => Just(None), 3 => (5..400i64).prop_map(|second| Some(constant(second as f64)))];
    (fault_kind(), 0..300i64, lasts).prop_map(|(kind, from, duration)| {
        let from = Trigger::At(Span::from_secs(from));
        Fault { name: String::new(), kind, window: Window { from, duration }, probability: 1.0 }
    })
}

fn model() -> impl Generator<Value = Model> {
    let size = (0..9i32, 1..4u32, prop_oneof![Just(110), 2..6u32]);
    let spec = (strategy(), 0..40i32, prop_oneof![Just(600), 45..200i32]);
    let events = (prop::collection::vec(action(), 0..8), prop::collection::vec(fault(), 0..3));
    (size, spec, images(), events).prop_map(|(size, spec, images, (actions, faults))| {
        let (replicas, nodes, max_pods) = size;
        let mut model = rolling_update(replicas, nodes, images);
        model.subject.min_ready_seconds = spec.1;
        if let Some(deployment) = &mut model.subject.deployment {
            deployment.strategy = spec.0;
            deployment.progress_deadline_seconds = Some(spec.2);
        }
        model.cluster.pools[0].max_pods = max_pods;
        model.actions.extend(actions);
        model.faults = faults;
        for (fault, name) in model.faults.iter_mut().zip(["first", "second", "third"]) {
            name.clone_into(&mut fault.name);
        }
        model
    })
}

/// To the nanosecond, finished or not; and the worlds come to every cause.
#[test]
fn the_causes_own_exactly_the_time_of_the_rollout_clock() {
    let config = ProptestConfig {
        cases: 1_500,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let owned = RefCell::new([0; Cause::COUNT]);
    let outcome = TestRunner::new(config).run(&(model(), 0..1000u64), |(model, run)| {
        let record = Simulator::new(&model, 0).run(1, run);
        let ledger = record.ledger.expect("the template changes");
        let ran = record.rollout.unwrap_or(model.horizon - BEGIN);
        prop_assert_eq!(ledger.total(), ran);
        // Calls and watches take milliseconds here: no wait of another kind may pass as theirs.
        prop_assert!(ledger.of(Cause::ControlPlane) < Span::from_secs(5), "{ledger:?}");
        for (cause, time) in ledger.entries() {
            prop_assert!(time >= Span::ZERO, "{cause:?}: {time}");
            owned.borrow_mut()[cause as usize] += u32::from(time > Span::from_millis(100));
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    for (cause, worlds) in Cause::ALL.into_iter().zip(owned.into_inner()) {
        assert!(worlds > 20, "{cause:?} has something in {worlds} worlds only");
    }
}

fn node_change() -> impl Generator<Value = Change> {
    let node = || (0..3u32).prop_map(NodeSet::node);
    let timeout = prop_oneof![Just(None), Just(Some(Span::from_secs(60)))];
    prop_oneof![
        node().prop_map(NodeChange::Cordon),
        node().prop_map(NodeChange::Uncordon),
        (node(), timeout).prop_map(|(nodes, timeout)| NodeChange::Drain { nodes, timeout }),
        node().prop_map(NodeChange::OutOfService),
        node().prop_map(NodeChange::ForceDelete),
        node().prop_map(NodeChange::Delete),
    ]
    .prop_map(Change::Node)
}

fn node_fault() -> impl Generator<Value = FaultKind> {
    let target = || prop_oneof![1 => Just(NodeTarget::ALL), 3 => (0..3u32).prop_map(NodeTarget::node)];
    let after = || (1..400i64).prop_map(|second| constant(second as f64));
    let returns = || prop_oneof![Just(None), after().prop_map(Some)];
    prop_oneof![
        (target(), returns(), returns()).prop_map(|(target, returns, deleted)| NodeFault::Crash {
            target,
            returns,
            deleted
        }),
        (target(), returns()).prop_map(|(target, returns)| NodeFault::Unreachable { target, returns }),
        (target(), after(), after()).prop_map(|(target, notice, deleted)| NodeFault::SpotReclaim {
            target,
            notice,
            deleted
        }),
        target().prop_map(|target| NodeFault::Drain { target }),
        (target(), after(), any::<bool>()).prop_map(|(target, offset, ahead)| NodeFault::ClockSkew {
            target,
            offset,
            ahead
        }),
    ]
    .prop_map(FaultKind::Node)
}

fn service() -> Service {
    Service {
        name: "web".to_owned(),
        selector: Vec::new(),
        container: None,
        publish_not_ready: false,
        local: false,
        proxies: Proxies { count: 3, min_interval: Span::SECOND, programming: constant(0.05) },
        traffic: Traffic {
            requests_per_second: 100.0,
            duration: constant(0.1),
            connections: Connections::PerRequest,
            on_shutdown: OnShutdown::ClosesListener,
        },
    }
}

fn budget() -> DisruptionBudget {
    DisruptionBudget {
        name: "web".to_owned(),
        selector: LabelSelector::default(),
        min_available: None,
        max_unavailable: Some(IntOrPercent::Int(1)),
        always_evicts_unhealthy: false,
    }
}

/// The same worlds, in which nodes come and go; some have a budget for disruptions, and some a Service.
fn model_with_nodes() -> impl Generator<Value = Model> {
    let faults = prop::collection::vec((node_fault(), 0..200i64, 1..600i64), 1..3);
    let changes = prop::collection::vec((node_change(), 0..600i64), 0..3);
    (model(), faults, changes, any::<(bool, bool)>()).prop_map(|(mut model, faults, changes, others)| {
        for (number, (kind, from, lasts)) in faults.into_iter().enumerate() {
            let from = Trigger::At(Span::from_secs(from));
            let window = Window { from, duration: Some(constant(lasts as f64)) };
            model.faults.push(Fault { name: format!("node-{number}"), kind, window, probability: 1.0 });
        }
        model.actions.extend(changes.into_iter().map(|(change, second)| {
            let trigger = Trigger::At(Span::from_secs(second) + BEGIN);
            Action { trigger, change }
        }));
        model.disruption_budgets.extend(others.0.then(budget));
        model.service = others.1.then(service);
        model
    })
}

fn call_target() -> impl Generator<Value = CallTarget> {
    let resource = prop_oneof![
        2 => Just(Some(Resource::Pods)),
        1 => Just(Some(Resource::ReplicaSets)),
        1 => Just(Some(Resource::Deployments)),
        1 => Just(None),
    ];
    let verb = prop_oneof![2 => Just(Some(Verb::Create)), 1 => Just(Some(Verb::Status)), 2 => Just(None)];
    (resource, verb).prop_map(|(resource, verb)| CallTarget { resource, verb })
}

fn admission_fault() -> impl Generator<Value = AdmissionFault> {
    let part = || prop_oneof![Just(1.0), Just(0.4)];
    let mode = prop_oneof![
        Just(WebhookMode::Deny("no".to_owned())),
        Just(WebhookMode::Slow),
        Just(WebhookMode::Unavailable)
    ];
    let policy = prop_oneof![Just(FailurePolicy::Fail), Just(FailurePolicy::Ignore)];
    let webhook = (mode, policy, 0..20i64, part()).prop_map(|(mode, failure_policy, latency, fraction)| {
        AdmissionFault::Webhook(Webhook {
            name: "policy".to_owned(),
            target: PodTarget { fraction, ..PodTarget::ALL },
            mode,
            failure_policy,
            timeout: Span::from_secs(10),
            latency: constant(latency as f64),
        })
    });
    let violation = part().prop_map(|fraction| AdmissionFault::PodSecurity {
        target: PodTarget { fraction, ..PodTarget::ALL },
        level: "restricted:latest".to_owned(),
        details: "privileged".to_owned(),
    });
    prop_oneof![
        2 => call_target().prop_map(AdmissionFault::PermissionDenied),
        2 => Just(AdmissionFault::ServiceAccountMissing { name: None }),
        2 => violation,
        3 => webhook,
        1 => Just(AdmissionFault::NamespaceTerminating),
    ]
}

fn control_plane_fault() -> impl Generator<Value = ControlPlaneFault> {
    let after = || constant(20.0);
    let error = prop_oneof![
        Just(ApiError::Conflict),
        Just(ApiError::TooManyRequests { retry_after: Span::SECOND }),
        Just(ApiError::Internal),
        Just(ApiError::Unavailable),
        Just(ApiError::TimeoutBeforeCommit { after: after() }),
        Just(ApiError::TimeoutAfterCommit { after: after() }),
    ];
    let lot = (prop_oneof![Just(1.0), Just(0.2)], 0..9u32, prop_oneof![Just(None), (1..9u32).prop_map(Some)]);
    let lot = lot.prop_map(|(fraction, skip, most)| CallLot { fraction, skip, most });
    let ending = prop_oneof![
        Just(LeaderEnding::Graceful),
        Just(LeaderEnding::Dead),
        (0..90i64).prop_map(|down| LeaderEnding::Restart { down: constant(down as f64) }),
    ];
    let staleness = prop_oneof![Just(Staleness::Frozen), Just(Staleness::By(constant(3.0)))];
    let resource = prop_oneof![Just(None), Just(Some(Resource::Pods)), Just(Some(Resource::ReplicaSets))];
    prop_oneof![
        3 => (call_target(), lot, error)
            .prop_map(|(target, lot, error)| ControlPlaneFault::ApiErrors { target, lot, error }),
        1 => call_target().prop_map(|target| ControlPlaneFault::ApiLatency {
            target,
            fraction: 0.5,
            slower: Slower::By(constant(1.0)),
        }),
        3 => (ending, 0..40u32)
            .prop_map(|(ending, after_writes)| ControlPlaneFault::LeaderChange { ending, after_writes }),
        2 => (resource, staleness)
            .prop_map(|(resource, staleness)| ControlPlaneFault::StaleWatch { resource, staleness }),
        1 => Just(ControlPlaneFault::SlowController {
            controller: None,
            workers: Some(1),
            client_limit: Some((1.0, 3)),
        }),
    ]
}

/// The same worlds again, with faults of admission and of the control plane.
fn model_with_trouble_above() -> impl Generator<Value = Model> {
    let kind = prop_oneof![
        2 => admission_fault().prop_map(FaultKind::Admission),
        3 => control_plane_fault().prop_map(FaultKind::ControlPlane),
    ];
    let faults = prop::collection::vec((kind, 0..300i64, 1..400i64), 1..4);
    (model_with_nodes(), faults).prop_map(|(mut model, faults)| {
        for (number, (kind, from, lasts)) in faults.into_iter().enumerate() {
            let window =
                Window { from: Trigger::At(Span::from_secs(from)), duration: Some(constant(lasts as f64)) };
            model.faults.push(Fault { name: format!("above-{number}"), kind, window, probability: 1.0 });
        }
        model
    })
}

#[test]
fn nodes_that_come_and_go_and_a_service_cost_no_nanosecond() {
    no_nanosecond_is_lost(model_with_nodes(), 2);
}

#[test]
fn trouble_in_admission_and_control_plane_costs_no_nanosecond() {
    no_nanosecond_is_lost(model_with_trouble_above(), 3);
}

fn no_nanosecond_is_lost(models: impl Generator<Value = Model>, seed: u64) {
    let config = ProptestConfig {
        cases: 1_000,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&(models, 0..1000u64), |(model, run)| {
        let record = Simulator::new(&model, 0).run(1, run);
        let ledger = record.ledger.expect("the template changes");
        prop_assert_eq!(ledger.total(), record.rollout.unwrap_or(model.horizon - BEGIN));
        for (cause, time) in ledger.entries() {
            prop_assert!(time >= Span::ZERO, "{cause:?}: {time}");
        }
        let alone = Simulator::new(&Model { service: None, ..model.clone() }, 0).run(1, run);
        prop_assert_eq!(alone.ledger, record.ledger);
        prop_assert_eq!(alone.digest, record.digest);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_creation_starts_the_clock_at_zero() {
    let mut model = rolling_update(4, 2, usual());
    model.start = Start::Empty;
    model.actions.clear();
    for run in 0..20 {
        let record = Simulator::new(&model, 0).run(1, run);
        assert_eq!(record.ledger.map(|ledger| ledger.total()), record.rollout);
    }
}
