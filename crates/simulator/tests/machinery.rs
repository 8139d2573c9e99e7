//! Syncs and queues, as reported to an observer.

use crate::common::{constant, control_plane, foreseeable, image_pull_error, rolling_update, set_image};
use simulator::Span;
use simulator::cluster::Refusal;
use simulator::model::{
    Action, ControlPlane, ControlPlaneFault, Counted, Fault, FaultKind, Latency, LeaderEnding, Model, Quota,
    Trigger, Window,
};
use simulator::observe::{KeysQueued, Machinery, PodsQueued, PullsQueued, SyncEnd, SyncKey, SyncStep};
use std::collections::BTreeMap;

/// The update of ten pods on three nodes, with a constant control plane.
fn rollout(cached: bool) -> Model {
    let mut model = rolling_update(10, 3, foreseeable(cached));
    let millis = |count| Latency::Constant(Span::from_millis(count));
    model.cluster.control_plane = ControlPlane {
        request: millis(2),
        response: millis(2),
        watch: millis(3),
        scheduling: millis(10),
        ..control_plane()
    };
    model
}

/// The syncs of each key as (begin, end, result); a key is never processed twice at once.
fn syncs(machinery: &Machinery) -> BTreeMap<SyncKey, Vec<(Span, Span, SyncEnd)>> {
    let (mut open, mut ended) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
    let mut last = Span::from_nanos(i64::MIN);
    for &(at, step) in &machinery.syncs {
        assert!(at >= last, "{at:?} comes after {last:?}");
        last = at;
        match step {
            SyncStep::Begins(key) => assert_eq!(open.insert(key, at), None, "{key:?} at {at:?}"),
            SyncStep::Ends(key, end) => {
                let since = open.remove(&key).unwrap_or_else(|| panic!("{key:?} at {at:?} has no begin"));
                ended.entry(key).or_default().push((since, at, end));
            }
            SyncStep::Lost => open.retain(|key, _| *key == SyncKey::Endpoints),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    ended
}

#[test]
fn pulls_of_a_node_wait_for_each_other() {
    let machinery = Machinery::of(&rollout(false), 1, 0);
    let most = |value: fn(&PullsQueued) -> u32| {
        machinery.queues.iter().map(|(_, queues)| value(&queues.pulls)).max().unwrap()
    };
    // Five new pods at first (25% more, 25% fewer), so two nodes of three have two of them.
    assert_eq!(most(|pulls| pulls.under_way), 3);
    assert_eq!(most(|pulls| pulls.waiting), 2);
    let last = machinery.queues.last().unwrap().1;
    assert_eq!((last.pulls, last.scheduler), (PullsQueued::default(), PodsQueued::default()));
    assert_eq!(KeysQueued { delayed: 0, ..last.deployment }, KeysQueued::default());
    assert_eq!(last.endpoints, None, "there is no Service");
}

#[test]
fn every_sync_that_begins_ends() {
    let ended = syncs(&Machinery::of(&rollout(true), 1, 0));
    let deployment = &ended[&SyncKey::Deployment];
    assert!(deployment.iter().any(|(_, _, end)| *end == SyncEnd::Done));
    // The first sync sees the new template 3 ms after the update at 10 s, and writes.
    let (begin, end, _) = deployment.iter().find(|(_, end, _)| *end >= Span::from_secs(10)).unwrap();
    assert!((begin.as_secs_f64() - 10.003).abs() < 0.003, "{begin:?}");
    assert!(*end - *begin >= Span::from_millis(4), "a write takes 2 ms there and 2 ms back");
    assert_eq!(ended.keys().filter(|key| matches!(key, SyncKey::ReplicaSet(_))).count(), 2);
    for run in 0..20 {
        syncs(&Machinery::of(&image_pull_error(), 1, run));
    }
}

/// 5, 10, 20 ms ... after each refusal, with its reason.
#[test]
fn a_refused_sync_says_why_and_when_again() {
    let mut model = rollout(true);
    model.quotas = vec![Quota { name: "compute".to_owned(), hard: vec![(Counted::Pods, 10)] }];
    model.subject.deployment.as_mut().unwrap().strategy =
        controller::api::Strategy::RollingUpdate(controller::api::RollingUpdate {
            max_surge: controller::api::IntOrPercent::Int(1),
            max_unavailable: controller::api::IntOrPercent::Int(0),
        });
    model.actions = vec![Action { trigger: Trigger::At(Span::from_secs(10)), change: set_image("web:2") }];
    let ended = syncs(&Machinery::of(&model, 1, 0));
    let failed: Vec<Span> = ended
        .values()
        .flatten()
        .filter_map(|(_, _, end)| match end {
            SyncEnd::Failed { again, refusal: Some(Refusal::QuotaExceeded { .. }) } => *again,
            _ => None,
        })
        .collect();
    assert_eq!(failed[..5], [5, 10, 20, 40, 80].map(Span::from_millis));
}

#[test]
fn what_a_leader_was_at_is_lost_with_it() {
    let mut model = rollout(true);
    let ending = LeaderEnding::Restart { down: constant(1.0) };
    model.faults.push(Fault {
        name: "fault".to_owned(),
        kind: FaultKind::ControlPlane(ControlPlaneFault::LeaderChange { ending, after_writes: 5 }),
        window: Window { from: Trigger::At(Span::ZERO), duration: None },
        probability: 1.0,
    });
    let machinery = Machinery::of(&model, 1, 0);
    assert_eq!(machinery.syncs.iter().filter(|(_, step)| *step == SyncStep::Lost).count(), 1);
    syncs(&machinery);
}
