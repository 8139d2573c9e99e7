//! Values that replace those in the files of a scenario.

use controller::api::{IntOrPercent, Strategy};
use scenario::{Assignment, Scenario, Variant, load_variant};
use std::path::Path;

fn load(arguments: &[&str]) -> Result<Scenario, String> {
    let assignments: Result<Vec<_>, _> = arguments.iter().map(|text| Assignment::parse(text)).collect();
    let variant = Variant::new(assignments.map_err(|why| why.to_string())?);
    load_variant(Path::new("../../scenarios/rolling-update.yaml"), &variant).map_err(|why| why.to_string())
}

#[test]
fn values_go_into_the_manifest_and_into_the_scenario() {
    let scenario = load(&[
        "deployment.spec.replicas=20",
        "deployment.spec.strategy.rollingUpdate.maxSurge=2",
        "deployment.spec.template.spec.containers[name=web].readinessProbe.periodSeconds=7",
        "scenario.spec.cluster.nodes=5",
        "scenario.spec.images.default.pull={uniform: [1s, 2s]}",
    ]);
    let model = scenario.unwrap().model;
    assert_eq!(model.subject.replicas, 20);
    assert_eq!(model.cluster.pools[0].nodes, 5);
    let Some(Strategy::RollingUpdate(limits)) = model.subject.deployment.map(|fields| fields.strategy) else {
        panic!("a rolling update")
    };
    assert_eq!(limits.max_surge, IntOrPercent::Int(2));
    let probe = model.subject.template.containers[0].readiness.unwrap();
    assert_eq!(probe.period.as_nanos(), 7_000_000_000);
}

#[test]
fn nothing_set_is_the_scenario_itself() {
    assert_eq!(load(&[]).unwrap().model, load(&["scenario.spec.cluster.nodes=3"]).unwrap().model);
    let unset = load(&["deployment.spec.progressDeadlineSeconds=null"]).unwrap().model;
    assert_eq!(unset.subject.deployment.unwrap().progress_deadline_seconds, Some(600), "the API's default");
}

#[test]
fn what_leads_nowhere_is_told_with_its_place() {
    for (name, argument) in [
        ("misspelt", "deployment.spec.strategy.rollingUpdate.maxSurgee=2"),
        ("no-such-item", "deployment.spec.template.spec.containers[name=webb].image=x"),
        ("no-list", "deployment.spec[name=x].y=1"),
        ("not-a-mapping", "deployment.spec.replicas.count=1"),
        ("refused-by-the-api", "deployment.spec.strategy.rollingUpdate={maxSurge: 0, maxUnavailable: 0}"),
        ("other-kind", "replicaSet.spec.replicas=3"),
        ("other-root", "deploy.spec.replicas=3"),
        ("several-values", "deployment.spec.replicas=3,4"),
        ("wrong-type", "scenario.spec.cluster.nodes=many"),
    ] {
        insta::assert_snapshot!(format!("set-{name}"), load(&[argument]).unwrap_err());
    }
}
