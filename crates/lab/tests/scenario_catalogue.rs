//! The scenarios that come with the tool: all of them load, and those that are measured keep their
//! parameters.

use controller::api::{IntOrPercent, RollingUpdate, Strategy};
use rollout_lab::scenario::{Objective, RunEvent, Scenario, Share, explain, find, load};
use simulator::Span;
use simulator::model::{FaultKind, Images, PodTarget, RegistryFault};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn scenario(name: &str) -> Scenario {
    load(&folder().join(format!("{name}.yaml"))).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn every_scenario_loads_and_has_its_file_name() {
    let files = find(&[folder()]).unwrap_or_else(|errors| panic!("{errors}"));
    let mut names = Vec::new();
    for file in &files {
        let scenario = load(file).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(file.file_stem().unwrap().to_str(), Some(scenario.name.as_str()));
        assert_eq!(scenario.runs, 1000, "{}", scenario.name);
        assert_eq!(scenario.seed, 1, "{}", scenario.name);
        assert!(!scenario.description.is_empty(), "{}", scenario.name);
        assert!(!scenario.objectives.is_empty(), "{}", scenario.name);
        names.push(scenario.name);
    }
    assert_eq!(
        names,
        [
            // Paths in the order of bytes: `-` comes before `.`.
            "crash-after-a-while",
            "exits-at-once",
            "flapping-pod-hides-the-deadline",
            "image-pull-error-recovers",
            "image-pull-error",
            "init-container-slow",
            "liveness-kills-slow-start",
            "liveness-on-a-dependency",
            "out-of-memory",
            "pre-stop-and-grace",
            "proportional-scaling",
            "quota-exhaustion",
            "readiness-failure",
            "readiness-under-load-cascades",
            "replicaset-self-healing",
            "rolling-update",
            "secret-missing",
            "shared-dependency-takes-all-down",
            "slow-start-after-change",
            "startup-probe-protects-slow-start",
            "wrong-port",
        ]
    );
}

#[test]
fn the_measured_scenarios_keep_their_parameters() {
    for name in ["rolling-update", "image-pull-error"] {
        let scenario = scenario(name);
        let model = &scenario.model;
        let fields = model.subject.deployment.expect("a Deployment");
        let quarter = IntOrPercent::Percent(25);
        assert_eq!(model.subject.replicas, 10);
        assert_eq!(model.subject.min_ready_seconds, 5);
        assert_eq!(fields.progress_deadline_seconds, Some(600));
        assert_eq!(
            fields.strategy,
            Strategy::RollingUpdate(RollingUpdate { max_surge: quarter, max_unavailable: quarter })
        );
        assert!(model.subject.template.containers[0].readiness.is_some());
        assert_eq!(model.cluster.pools.iter().map(|pool| pool.nodes).sum::<u32>(), 3);
        assert_eq!(model.horizon, Span::from_secs(1800));
        assert!(!new_image_is_cached(&model.images));
    }
}

fn new_image_is_cached(images: &Images) -> bool {
    images.of("registry.example.com/shop/web:1.5.0").cached
}

#[test]
fn an_image_that_never_comes_makes_the_deadline_fire_in_every_run() {
    let scenario = scenario("image-pull-error");
    let [fault] = scenario.model.faults.as_slice() else { panic!() };
    assert!(matches!(
        fault.kind,
        FaultKind::Registry(RegistryFault::Pull { target: PodTarget { fraction: 1.0, .. }, .. })
    ));
    assert_eq!(fault.window.duration, None);
    assert!(
        scenario
            .objectives
            .contains(&Objective::Share { event: RunEvent::DeadlineFired, share: Share::Every })
    );
}

#[test]
fn explaining_shows_every_default_with_its_source() {
    let text = explain(&scenario("image-pull-error-recovers"));
    // The digest changes with every field that the model gains.
    let (told, digest) = text.split_once("sha256:").expect("the digest comes last");
    assert_eq!(digest.trim_end().len(), 64);
    insta::assert_snapshot!(told);
}
