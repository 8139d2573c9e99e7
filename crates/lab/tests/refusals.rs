//! What the API server says when it refuses something: one scenario for each reason, and the very words that
//! `show` prints, numbers and all.

use scenario::load_str;
use simulator::Simulator;
use std::fmt::Write as _;
use std::path::Path;

/// The refusals and the conditions of one run.
fn told(faults: &str, more: &str) -> String {
    let text = format!(
        "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: test}}\nspec:\n  manifests:\n  - web.yaml\n{more}  \
         actions:\n  - {{at: 10s, setImage: {{web: 'web:2'}}}}\n  horizon: 12m\n  faults:\n{faults}"
    );
    let scenario = load_str("test.yaml", &text, Path::new("tests/scenario/manifests"));
    let scenario = scenario.unwrap_or_else(|errors| panic!("{errors}"));
    let mut simulator = Simulator::new(&scenario.model, 0);
    simulator.run(1, 0);
    let mut told = String::new();
    for refusal in simulator.refusals() {
        let _ = writeln!(told, "{} x {}: {}", refusal.count, refusal.kind.as_str(), refusal.text);
    }
    for condition in simulator.conditions().iter().filter(|condition| condition.kind != "Available") {
        let _ = writeln!(
            told,
            "{} {}={} {}: {}",
            condition.object, condition.kind, condition.status, condition.reason, condition.message
        );
    }
    told
}

#[test]
fn every_refusal_has_its_words() {
    let quota = |hard: &str| {
        format!(
            "  - {{apiVersion: v1, kind: ResourceQuota, metadata: {{name: team}}, spec: {{hard: {hard}}}}}\n"
        )
    };
    let table = [
        ("quota", "{kind: QuotaExhausted, quota: q, hard: {pods: 4, count/pods: 4}}", String::new()),
        (
            "quota on replica sets",
            "{kind: QuotaExhausted, quota: q, pods: 99}",
            quota("{count/replicasets.apps: 1}"),
        ),
        (
            "quota that must be stated",
            "{kind: QuotaExhausted, quota: q, pods: 99}",
            quota("{limits.cpu: 2, memory: 9Gi}"),
        ),
        (
            "limit range",
            "{kind: LimitRangeTooStrict, type: Pod, min: {memory: 1Gi}, max: {cpu: 50m}}",
            String::new(),
        ),
        ("permission", "{kind: PermissionDenied, resource: pods, verb: create}", String::new()),
        ("permission on a status", "{kind: PermissionDenied, resource: replicasets/status}", String::new()),
        (
            "permission on replica sets",
            "{kind: PermissionDenied, resource: replicasets, verb: create}",
            String::new(),
        ),
        ("service account", "{kind: ServiceAccountMissing}", String::new()),
        ("pod security", "{kind: PodSecurityViolation, target: {revision: new}}", String::new()),
        ("webhook denies", "{kind: Webhook, mode: {deny: no label team}}", String::new()),
        ("webhook is slow", "{kind: Webhook, mode: slow, latency: 1m}", String::new()),
        ("webhook is down", "{kind: Webhook, mode: unavailable}", String::new()),
        ("denial", "{kind: DenyPods, message: not today}", String::new()),
        ("unavailable", "{kind: ApiErrors, resource: pods, error: unavailable}", String::new()),
        ("overloaded", "{kind: ApiErrors, verb: create, error: tooManyRequests}", String::new()),
        (
            "internal error",
            "{kind: ApiErrors, resource: replicasets, verb: create, error: internal}",
            String::new(),
        ),
        (
            "timeout",
            "{kind: ApiErrors, resource: pods, verb: create, error: timeoutBeforeCommit}",
            String::new(),
        ),
        ("conflict", "{kind: ApiErrors, resource: pods, verb: create, error: conflict}", String::new()),
    ];
    let mut all = String::new();
    for (title, fault, more) in table {
        let fault = format!("  - {}\n", fault.replacen('{', "{name: fault, ", 1));
        let _ = writeln!(all, "# {title}\n{}", told(&fault, &more));
    }
    insta::assert_snapshot!(all);
}

/// A namespace that is being deleted is no failure to the controllers: nothing is reported at all.
#[test]
fn a_terminating_namespace_is_no_error() {
    let told = told("  - {name: fault, kind: NamespaceTerminating, at: 12s}\n", "");
    assert!(!told.contains("forbidden"), "{told}");
    assert!(!told.contains("ReplicaFailure"), "{told}");
}
