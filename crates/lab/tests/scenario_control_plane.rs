//! How faults of admission and of the control plane are understood, and how `explain` tells them.

use scenario::{Scenario, explain, load_str};
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{AdmissionFault, Counted, FaultKind, Latency, VerbLatencies};
use std::path::Path;

fn load(spec: &str) -> Scenario {
    let head = "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {name: test}\nspec:\n  manifests: [web.yaml]\n";
    let folder = Path::new("tests/scenario/manifests");
    load_str("test.yaml", &format!("{head}{spec}"), folder).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A fault as a scenario writes it, without its name, and as it is told.
const TOLD: [(&str, &str); 21] = [
    ("kind: QuotaExhausted, quota: q, pods: 3", "quota q allows only pods=3, at 0s, to the end"),
    (
        "kind: QuotaExhausted, quota: q, hard: {pods: 12, memory: 2Gi}, used: {requests.cpu: 500m}, for: 3m",
        "quota q allows only memory=2Gi, pods=12 and is used by others: requests.cpu=500m, at 0s, for 3m",
    ),
    (
        "kind: LimitRangeTooStrict, type: Pod, min: {memory: 64Mi}, max: {cpu: 4}, maxLimitRequestRatio: {cpu: 2}",
        "a limit range appears: Pod: min memory 64Mi, max cpu 4, maxLimitRequestRatio cpu 2, at 0s, to the end",
    ),
    (
        "kind: PermissionDenied, resource: deployments/status, verb: update, at: 6m",
        "the controllers may not update deployments/status, at 6m, to the end",
    ),
    (
        "kind: ServiceAccountMissing, serviceAccount: robot",
        "service account robot is gone, at 0s, to the end",
    ),
    ("kind: ServiceAccountMissing", "the pods' service account is gone, at 0s, to the end"),
    (
        "kind: PodSecurityViolation, target: {revision: new}, level: baseline, details: hostPort 8080, for: 1m",
        "pods of any image in the new revision violate baseline:latest: hostPort 8080 (fraction 1), at 0s, for 1m",
    ),
    (
        "kind: Webhook, mode: slow, latency: 3s, timeout: 5s, failurePolicy: Ignore, fraction: 0.5",
        "webhook policy.example.com is slow about pods of any image, latency 3s, timeout 5s, failurePolicy Ignore \
         (fraction 0.5), at 0s, to the end",
    ),
    (
        "kind: Webhook, mode: {deny: no label}",
        "webhook policy.example.com denies pods of any image (no label), latency 5ms, timeout 10s, failurePolicy Fail \
         (fraction 1), at 0s, to the end",
    ),
    ("kind: NamespaceTerminating, at: 20m", "the namespace is being deleted, at 20m, to the end"),
    (
        "kind: ApiErrors, resource: pods, verb: create, error: timeoutAfterCommit, after: 7s, skip: 2, most: 5",
        "create pods fails with 504 Timeout after the commit, after 7s (fraction 1, not the first 2, at most 5 calls), \
         at 0s, to the end",
    ),
    (
        "kind: ApiErrors, error: tooManyRequests, fraction: 0.1",
        "any call on any object fails with 429 TooManyRequests, retry after 1s (fraction 0.1), at 0s, to the end",
    ),
    (
        "kind: ApiLatency, verb: update, added: 200ms",
        "update any object takes 200ms longer (fraction 1), at 0s, to the end",
    ),
    (
        "kind: ApiLatency, factor: 3",
        "any call on any object takes 3 times as long (fraction 1), at 0s, to the end",
    ),
    (
        "kind: LeaderChange, ending: graceful, afterWrites: 7",
        "the controllers' leader gives its lease back after 7 writes, at 0s, to the end",
    ),
    ("kind: LeaderChange, ending: dead", "the controllers' leader dies, at 0s, to the end"),
    ("kind: ControllersRestart, down: 5s", "the controllers restart, down for 5s, at 0s, to the end"),
    (
        "kind: StaleWatch, resource: pods, delay: frozen, for: 30s",
        "the controllers' watch of pods receives nothing, at 0s, for 30s",
    ),
    ("kind: StaleWatch, delay: 2s", "the controllers' watch of all objects is late by 2s, at 0s, to the end"),
    ("kind: SlowController, workers: 1", "both controllers have 1 worker, at 0s, to the end"),
    (
        "kind: SlowController, controller: replicaset, clientLimit: {perSecond: 5, burst: 10}",
        "the ReplicaSet controller has 5 requests per second, burst 10, at 0s, to the end",
    ),
];

#[test]
fn every_fault_of_admission_and_control_plane_is_told() {
    for (written, told) in TOLD {
        let text = explain(&load(&format!("  faults:\n  - {{name: fault, {written}}}\n")));
        let line = text.lines().find_map(|line| line.strip_prefix("  fault: "));
        assert_eq!(line, Some(told), "{written}");
    }
}

#[test]
fn pods_of_a_quota_is_short_for_its_hard_limit() {
    let kind = |keys: &str| {
        let faults = format!("  faults:\n  - {{name: fault, kind: QuotaExhausted, quota: q, {keys}}}\n");
        load(&faults).model.faults[0].kind.clone()
    };
    assert_eq!(kind("pods: 3"), kind("hard: {pods: 3}"));
    let FaultKind::Admission(AdmissionFault::Quota { hard, used, .. }) = kind("used: {cpu: 1500m, pods: 2}")
    else {
        panic!()
    };
    assert!(hard.is_empty());
    assert!(used.contains(&(Counted::Pods, 2)) && used.contains(&(Counted::Cpu, 1500)), "{used:?}");
}

/// A verb without a law of its own takes what `request` takes.
#[test]
fn verbs_may_have_laws_of_their_own() {
    let scenario =
        load("  cluster: {controlPlane: {request: 4ms, create: {uniform: [2ms, 8ms]}, get: 1ms}}\n");
    let plane = &scenario.model.cluster.control_plane;
    let law = Law::Uniform { low: Span::from_millis(2), high: Span::from_millis(8) };
    let expected = VerbLatencies {
        create: Some(Latency::Law(law)),
        get: Some(Latency::Constant(Span::from_millis(1))),
        ..VerbLatencies::default()
    };
    assert_eq!(plane.verbs, expected);
    let text = explain(&scenario);
    for (key, value) in
        [("create", "{uniform: [2ms, 8ms]}"), ("get", "1ms"), ("update", "4ms"), ("delete", "4ms")]
    {
        let key = format!("  spec.cluster.controlPlane.{key} ");
        let line = text.lines().find(|line| line.starts_with(&key)).unwrap_or_else(|| panic!("{key}"));
        assert!(line.contains(value), "{line}");
    }
}
