//! Faults in the admission of pods: times, quota charges, and what they do not affect.

use crate::common::{constant, foreseeable, probe, rolling_update, set_image, usual};
use simulator::model::{
    Action, AdmissionFault, ApiError, CallSelection, CallTarget, Change, ControlPlaneFault, Counted,
    FailurePolicy, Fault, FaultKind, Latency, LimitRangeItem, Model, PodTarget, Quota, Resource, Resources,
    Side, Trigger, Verb, Webhook, WebhookMode, Window,
};
use simulator::record::{Outcome, Record, RefusalKind, RefusalSummary};
use simulator::{Simulator, Span};

/// Ten replicas, one at a time: surge of 3 and nothing unavailable, with calls of 2 ms and watches of 3 ms.
fn rollout() -> Model {
    let mut model = rolling_update(10, 3, foreseeable(true));
    let plane = &mut model.cluster.control_plane;
    plane.request = Latency::Constant(Span::from_millis(2));
    plane.response = Latency::Constant(Span::from_millis(2));
    plane.watch = Latency::Constant(Span::from_millis(3));
    model
}

fn fault(kind: AdmissionFault, from: f64, to: Option<f64>) -> Fault {
    Fault {
        name: "fault".to_owned(),
        kind: FaultKind::Admission(kind),
        window: Window {
            from: Trigger::At(Span::from_secs_f64(from)),
            duration: to.map(|to| constant(to - from)),
        },
        probability: 1.0,
    }
}

fn with(mut model: Model, kind: AdmissionFault, from: f64, to: Option<f64>) -> Model {
    model.faults.push(fault(kind, from, to));
    model
}

fn quota(hard: &[(Counted, i64)]) -> Quota {
    Quota { name: "team".to_owned(), hard: hard.to_vec() }
}

fn squeezed(hard: &[(Counted, i64)], used: &[(Counted, i64)]) -> AdmissionFault {
    AdmissionFault::Quota { quota: "team".to_owned(), hard: hard.to_vec(), used: used.to_vec() }
}

fn run(model: &Model) -> (Record, Vec<RefusalSummary>) {
    let mut simulator = Simulator::new(model, 0);
    let record = simulator.run(1, 0);
    (record, simulator.refusals())
}

/// When pods of the new `ReplicaSet` exist, in seconds: the first time for each number of them.
fn arrivals(model: &Model) -> Vec<f64> {
    let (_, timeline) = Simulator::new(model, 0).run_with_timeline(1, 0);
    let mut arrivals: Vec<f64> = Vec::new();
    for point in &timeline.points {
        let pods = point.replica_sets.get(1).map_or(0, |set| set.pods) as usize;
        while arrivals.len() < pods {
            arrivals.push(point.at.as_secs_f64());
        }
    }
    arrivals
}

/// A quota that is full from the start until `until`.
fn full_until(until: f64) -> Model {
    let mut model = rollout();
    model.quotas = vec![quota(&[(Counted::Pods, 20)])];
    // The old pods stay: only retries of the new ReplicaSet find the free quota.
    model.subject.deployment.as_mut().unwrap().strategy = only_surge();
    model.horizon = Span::from_secs(3600);
    with(model, squeezed(&[(Counted::Pods, 10)], &[]), 0.0, Some(until))
}

fn only_surge() -> controller::api::Strategy {
    use controller::api::{IntOrPercent, RollingUpdate, Strategy};
    Strategy::RollingUpdate(RollingUpdate {
        max_surge: IntOrPercent::Int(3),
        max_unavailable: IntOrPercent::Int(0),
    })
}

/// Back-offs of 5 ms x 2^n: n refusals take 5 ms x (2^n - 1), and the next wait is as long.
#[test]
fn room_in_a_quota_is_found_one_back_off_later() {
    for until in [20.0, 60.0, 300.0, 900.0] {
        let model = full_until(until);
        let (record, _) = run(&model);
        let waited = arrivals(&model)[0] - 10.0;
        let refused = record.footprint.creates_refused;
        // A call, the status and other triggers of the ReplicaSet add refusals without a wait at the start.
        let steps = libm::log2(waited / 0.005 + 1.0);
        assert!((steps - steps.round()).abs() < 0.15, "until {until}: {waited} s is no sum of back-offs");
        assert!(waited >= until - 10.0 && waited <= 2.0 * (until - 10.0) + 1.0, "until {until}: {waited} s");
        assert!((steps.round() as u32..=steps.round() as u32 + 3).contains(&refused), "{refused} refusals");
        assert!(matches!(record.outcome, Outcome::Complete | Outcome::CompleteAfterDeadline));
    }
}

/// The limit is read from the quota's status, which the controller writes: watch, write, watch.
#[test]
fn a_quota_is_in_force_when_the_controller_has_computed_it() {
    let created_at = |from: f64| {
        let mut model = with(rollout(), squeezed(&[(Counted::Pods, 12)], &[]), from, None);
        model.actions[0] = Action { trigger: Trigger::At(Span::from_secs(10)), change: set_image("web:2") };
        run(&model).1
    };
    // The ReplicaSet's first creation arrives 3 + 2 + 3 + 2 = 10 ms after the user's change. The quota is new at
    // 10.005 s and known at 10.005 + 0.003 + 0.002 + 0.003 = 10.013 s.
    let unknown = created_at(10.005);
    assert_eq!(unknown[0].kind, RefusalKind::QuotaUndecided);
    assert!(
        unknown[0].text.ends_with("is forbidden: status unknown for quota: team, resources: pods"),
        "{unknown:?}"
    );
    let known = created_at(9.0);
    assert_eq!(known[0].kind, RefusalKind::QuotaExceeded);
    assert!(
        known[0].text.ends_with("exceeded quota: team, requested: pods=1, used: pods=12, limited: pods=12"),
        "{known:?}"
    );
}

#[test]
fn terminating_pods_hold_the_quota_until_they_are_gone() {
    let replaced_at = |stop: f64| {
        let mut model = rollout();
        model.images.default.stop = constant(stop);
        model.quotas = vec![quota(&[(Counted::Pods, 10)])];
        model.subject.deployment.as_mut().unwrap().progress_deadline_seconds = None;
        arrivals(&model)[0]
    };
    // No room for the surge; two old pods are deleted at 10 s, and release the quota when they are terminal.
    let (quick, slow) = (replaced_at(1.0), replaced_at(25.0));
    assert!((11.0..25.0).contains(&quick), "{quick} s");
    assert!((35.0..75.0).contains(&slow), "{slow} s: 25 s to stop, and the back-off tail of those 25 s");
}

#[test]
fn another_tenant_takes_what_there_is_and_gives_it_back() {
    let mut model = rollout();
    model.quotas = vec![quota(&[(Counted::Pods, 20), (Counted::RequestsCpu, 8000)])];
    model.subject.deployment.as_mut().unwrap().strategy = only_surge();
    let calm = run(&model).0;
    assert_eq!((calm.outcome, calm.footprint.creates_refused > 0), (Outcome::Complete, false));
    let burst = squeezed(&[], &[(Counted::Pods, 50), (Counted::RequestsCpu, 500)]);
    let (record, told) = run(&with(model, burst, 1.0, Some(60.0)));
    assert_eq!(record.outcome, Outcome::Complete);
    assert!(
        told[0].text.ends_with("exceeded quota: team, requested: pods=1, used: pods=20, limited: pods=20"),
        "never more than there is: {told:?}"
    );
}

/// The charge of a pod that could not be stored stays until the next full recalculation.
#[test]
fn a_failure_after_the_quota_was_charged_takes_its_room() {
    let mut model = rollout();
    model.quotas = vec![quota(&[(Counted::Pods, 13)])];
    model.subject.deployment.as_mut().unwrap().strategy = only_surge();
    let create = CallTarget { resource: Some(Resource::Pods), verb: Some(Verb::Create) };
    let error = |error| {
        let lot = CallSelection { skip: 0, most: Some(1), fraction: 1.0 };
        let kind = ControlPlaneFault::ApiErrors { target: create, lot, error };
        Fault {
            kind: FaultKind::ControlPlane(kind),
            ..fault(AdmissionFault::NamespaceTerminating, 5.0, None)
        }
    };
    let lost = |kind| {
        let mut model = model.clone();
        model.faults.push(error(kind));
        let told = run(&model).1;
        let exceeded = told.iter().find(|told| told.kind == RefusalKind::QuotaExceeded);
        exceeded.map_or(f64::MAX, |told| told.first.as_secs_f64())
    };
    // Later terminating pods hold the quota, so only the first seconds count.
    assert!(lost(ApiError::Internal) > 12.0, "refused before admission");
    let charged = lost(ApiError::TimeoutBeforeCommit { after: constant(1.0) });
    assert!((11.0..11.2).contains(&charged), "charged for nothing: {charged} s");
}

#[test]
fn what_a_quota_limits_must_be_stated() {
    let mut model = rollout();
    model.quotas = vec![quota(&[(Counted::LimitsCpu, 1 << 40), (Counted::RequestsMemory, 1 << 60)])];
    let (record, told) = run(&model);
    assert_ne!(record.outcome, Outcome::Complete);
    assert!(
        told[0]
            .text
            .ends_with("failed quota: team: must specify limits.cpu for: web; requests.memory for: web"),
        "{told:?}"
    );
}

/// Quotas count other objects too: then the new `ReplicaSet` itself is refused.
#[test]
fn a_quota_on_replica_sets_refuses_the_new_one() {
    let mut model = rollout();
    model.quotas = vec![quota(&[(Counted::CountReplicaSets, 1), (Counted::CountDeployments, 1)])];
    let mut simulator = Simulator::new(&model, 0);
    let record = simulator.run(1, 0);
    assert_ne!(record.outcome, Outcome::Complete);
    let told = simulator.refusals();
    assert!(told[0].text.starts_with("replicasets.apps \"web-"), "{told:?}");
    assert!(
        told[0].text.ends_with(
            "exceeded quota: team, requested: count/replicasets.apps=1, used: count/replicasets.apps=1, limited: \
             count/replicasets.apps=1"
        ),
        "{told:?}"
    );
    let progressing =
        simulator.conditions().into_iter().find(|condition| condition.kind == "Progressing").unwrap();
    assert_eq!(progressing.reason, "ReplicaSetCreateError");
    assert!(progressing.message.starts_with("Failed to create new replica set \"web-"), "{progressing:?}");
}

fn webhook(mode: WebhookMode, failure_policy: FailurePolicy, latency: f64) -> AdmissionFault {
    AdmissionFault::Webhook(Webhook {
        name: "policy.example.com".to_owned(),
        target: PodTarget::ALL,
        mode,
        failure_policy,
        timeout: Span::from_secs(10),
        latency: constant(latency),
    })
}

#[test]
fn webhooks_have_their_timeout_and_their_failure_policy() {
    use FailurePolicy::{Fail, Ignore};
    let calm = arrivals(&rollout())[0];
    let late = |mode, policy, latency| {
        arrivals(&with(rollout(), webhook(mode, policy, latency), 5.0, None))
            .first()
            .map(|first| first - calm)
    };
    let close = |seen: Option<f64>, wanted: f64| assert!((seen.unwrap() - wanted).abs() < 1e-9, "{seen:?}");
    close(late(WebhookMode::Slow, Fail, 2.0), 2.0);
    assert_eq!(late(WebhookMode::Slow, Fail, 60.0), None, "given up after 10 s and refused");
    close(late(WebhookMode::Slow, Ignore, 60.0), 10.0);
    close(late(WebhookMode::Unavailable, Ignore, 0.005), 0.005);
    assert_eq!(late(WebhookMode::Unavailable, Fail, 0.005), None);
    assert_eq!(late(WebhookMode::Deny("no".to_owned()), Ignore, 0.005), None, "a denial is no failure");
    let (_, told) = run(&with(rollout(), webhook(WebhookMode::Slow, Fail, 60.0), 5.0, None));
    assert!((told[0].first.as_secs_f64() - calm - 10.0).abs() < 1e-9, "{told:?}");
}

/// Ten reads with nine pauses of 100 to 200 ms; one read for any other account.
#[test]
fn the_default_service_account_is_looked_up_again_and_again() {
    let calm = arrivals(&rollout())[0];
    let gone = AdmissionFault::ServiceAccountMissing { name: None };
    for run in 0..20 {
        let mut simulator = Simulator::new(&with(rollout(), gone.clone(), 5.0, None), 0);
        simulator.run(1, run);
        let after = simulator.refusals()[0].first.as_secs_f64() - calm;
        assert!((0.9..1.8).contains(&after), "{after} s");
    }
    let mut named = rollout();
    named.subject.template.service_account = "robot".to_owned();
    let (_, told) = run(&with(named, gone.clone(), 5.0, None));
    assert!((told[0].first.as_secs_f64() - calm).abs() < 1e-9, "{told:?}");
    // The account returns while admission still retries.
    let back = arrivals(&with(rollout(), gone, 5.0, Some(calm + 0.5)));
    assert!((calm + 0.5..calm + 0.7).contains(&back[0]), "{} s", back[0]);
}

#[test]
fn a_terminating_namespace_causes_no_endless_retries() {
    let mut simulator = Simulator::new(&with(rollout(), AdmissionFault::NamespaceTerminating, 12.0, None), 0);
    let record = simulator.run(1, 0);
    let refused = record.footprint.refusals.of(RefusalKind::NamespaceTerminating);
    assert!((1..40).contains(&refused), "{refused} refusals in half an hour");
    assert_eq!(record.availability.min, 0, "the pods go first");
    assert!(simulator.refusals().is_empty(), "the controllers know what it means and report no failure");
}

#[test]
fn a_limit_range_refuses_what_asks_for_too_much() {
    let cpu = |milli| Resources { cpu_milli: Some(milli), ..Resources::default() };
    let strict = |max| {
        AdmissionFault::LimitRange(LimitRangeItem { max: cpu(max), default: cpu(max), ..Default::default() })
    };
    let outcome = |max| run(&with(rollout(), strict(max), 5.0, None)).0.outcome;
    assert_eq!(outcome(100), Outcome::Complete, "a request of 100 m, and a limit by default");
    let (record, told) = run(&with(rollout(), strict(50), 5.0, None));
    assert_eq!(record.outcome, Outcome::DeadlineExceeded);
    assert!(
        told[0].text.ends_with("is forbidden: maximum cpu usage per Container is 50m, but request is 100m"),
        "{told:?}"
    );
}

#[test]
fn pod_security_can_hit_the_new_template_alone() {
    let kind = |side| AdmissionFault::PodSecurity {
        target: PodTarget { side: Some(side), ..PodTarget::ALL },
        level: "restricted:latest".to_owned(),
        details: "runAsNonRoot != true".to_owned(),
    };
    let outcome = |side| {
        let mut model = with(rollout(), kind(side), 5.0, None);
        // The old ReplicaSet needs a new pod as well.
        model.actions.push(Action {
            trigger: Trigger::At(Span::from_secs(5)),
            change: Change::DeletePod(simulator::model::PodSelector { ordinal: 0, image: None }),
        });
        model.actions[0].trigger = Trigger::At(Span::from_secs(60));
        let record = run(&model).0;
        (record.outcome, record.footprint.refusals.of(RefusalKind::PodSecurity))
    };
    assert_eq!(outcome(Side::New).0, Outcome::DeadlineExceeded);
    assert_eq!(outcome(Side::Old), (Outcome::Complete, 0), "at 5 s the old template is the one in force");
}

#[test]
fn permissions_are_lost_call_by_call() {
    let denied = |resource, verb| {
        let target = CallTarget { resource: Some(resource), verb: Some(verb) };
        let (record, told) = run(&with(rollout(), AdmissionFault::PermissionDenied(target), 5.0, None));
        (record.outcome, told.first().map(|told| told.text.clone()))
    };
    assert_eq!(denied(Resource::Pods, Verb::Create).0, Outcome::DeadlineExceeded);
    let (outcome, text) = denied(Resource::Pods, Verb::Delete);
    assert_eq!(outcome, Outcome::DeadlineExceeded, "old pods cannot go");
    assert!(text.unwrap().ends_with(
        "is forbidden: User \"system:serviceaccount:kube-system:replicaset-controller\" cannot delete resource \"pods\" in \
         API group \"\" in the namespace \"default\""
    ));
    // The status with the exceeded deadline cannot be written.
    assert_eq!(denied(Resource::Deployments, Verb::Status).0, Outcome::Unfinished);
}

/// A review that admits every pod without delay changes nothing.
#[test]
fn a_fault_that_lets_everything_pass_leaves_every_number_alone() {
    let mut calm = rolling_update(10, 3, usual());
    calm.quotas = vec![quota(&[(Counted::Pods, 100)])];
    calm.subject.template.containers[0].readiness = Some(probe());
    let kinds = [
        webhook(WebhookMode::Slow, FailurePolicy::Fail, 0.0),
        AdmissionFault::ServiceAccountMissing { name: Some("nobody".to_owned()) },
        AdmissionFault::PermissionDenied(CallTarget {
            resource: Some(Resource::Pods),
            verb: Some(Verb::Patch),
        }),
        AdmissionFault::LimitRange(LimitRangeItem::default()),
    ];
    for kind in kinds {
        for run in 0..5 {
            let disturbed = with(calm.clone(), kind.clone(), 0.0, None);
            let (calm, disturbed) =
                (Simulator::new(&calm, 0).run(3, run), Simulator::new(&disturbed, 0).run(3, run));
            assert_eq!(calm.digest, disturbed.digest, "{kind:?}");
        }
    }
}
