//! Models for tests: a web service on three nodes, with constant laws where a test needs to foresee times.

#![allow(dead_code, reason = "every test binary uses a part of these")]

use controller::api::{IntOrPercent, RollingUpdate, Strategy};
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{
    Action, Apply, Change, Cluster, Container, ControlPlane, DeploymentFields, Fault, FaultKind,
    ImageBehaviour, Images, Latency, Model, NodePool, PodTarget, PodTemplate, Probe, ProbeHandler,
    PullFailure, Registry, RegistryFault, Resources, Start, Subject, Trigger, VerbLatencies, Window,
    WorkloadSpec,
};
use std::collections::BTreeMap;

/// A constant delay.
pub(crate) fn constant(seconds: f64) -> Law {
    Law::Constant(Span::from_secs_f64(seconds))
}

/// The laws a test can foresee: pull 8 s, start 1 s, able at once, stop 1 s.
pub(crate) fn foreseeable(cached: bool) -> ImageBehaviour {
    ImageBehaviour {
        pull: constant(8.0),
        size: None,
        start: constant(1.0),
        ready: constant(0.0),
        stop: constant(1.0),
        crash_after: None,
        warm_up: None,
        memory: None,
        cached,
    }
}

/// Laws as on a usual cluster.
pub(crate) fn usual() -> ImageBehaviour {
    let lognormal =
        |median, p95| Law::Lognormal { median: Span::from_secs(median), p95: Span::from_secs(p95) };
    ImageBehaviour {
        pull: lognormal(8, 30),
        size: None,
        start: lognormal(1, 3),
        ready: lognormal(3, 8),
        stop: lognormal(1, 3),
        crash_after: None,
        warm_up: None,
        memory: None,
        cached: false,
    }
}

pub(crate) fn probe() -> Probe {
    Probe {
        handler: ProbeHandler::Http,
        initial_delay: Span::ZERO,
        period: Span::from_secs(10),
        timeout: Span::SECOND,
        success_threshold: 1,
        failure_threshold: 3,
        termination_grace: None,
    }
}

pub(crate) fn template(image: &str) -> PodTemplate {
    PodTemplate {
        containers: vec![Container {
            name: "web".to_owned(),
            image: image.to_owned(),
            readiness: Some(probe()),
            requests: Resources { cpu_milli: Some(100), ..Resources::default() },
            ..Container::default()
        }],
        termination_grace: Span::from_secs(30),
        ..PodTemplate::default()
    }
}

pub(crate) fn control_plane() -> ControlPlane {
    let millis =
        |low, high| Latency::Law(Law::Uniform { low: Span::from_millis(low), high: Span::from_millis(high) });
    ControlPlane {
        request: millis(1, 5),
        response: millis(1, 5),
        watch: millis(1, 5),
        client_limit: Some((20.0, 30)),
        workers: 5,
        scheduling: millis(5, 50),
        verbs: VerbLatencies::default(),
    }
}

/// 10 replicas, 25%/25%, minReadySeconds 5, deadline 600 s, 3 nodes, a new image at 10 s.
pub(crate) fn rolling_update(replicas: i32, nodes: u32, images: ImageBehaviour) -> Model {
    Model {
        subject: Subject {
            name: "web".to_owned(),
            namespace: "default".to_owned(),
            replicas,
            min_ready_seconds: 5,
            template: template("web:1"),
            annotations: Vec::new(),
            deployment: Some(DeploymentFields {
                strategy: Strategy::RollingUpdate(RollingUpdate {
                    max_surge: IntOrPercent::Percent(25),
                    max_unavailable: IntOrPercent::Percent(25),
                }),
                progress_deadline_seconds: Some(600),
                revision_history_limit: Some(10),
                paused: false,
            }),
        },
        history: Vec::new(),
        bare_pods: Vec::new(),
        background: Vec::new(),
        start: Start::Settled { age: Span::from_secs(86_400) },
        cluster: Cluster {
            pools: vec![NodePool {
                name: "node".to_owned(),
                nodes,
                allocatable: Resources {
                    cpu_milli: Some(8000),
                    memory_bytes: Some(32 << 30),
                    ephemeral_bytes: None,
                },
                max_pods: 110,
                labels: Vec::new(),
                taints: Vec::new(),
                zone: None,
                autoscale: None,
            }],
            control_plane: control_plane(),
            registry: Registry::DEFAULT,
        },
        quotas: Vec::new(),
        limit_ranges: Vec::new(),
        disruption_budgets: Vec::new(),
        service: None,
        images: Images { default: images, by_name: BTreeMap::new() },
        actions: vec![Action { trigger: Trigger::At(Span::from_secs(10)), change: set_image("web:2") }],
        faults: Vec::new(),
        horizon: Span::from_secs(1800),
    }
}

pub(crate) fn set_image(image: &str) -> Change {
    Change::SetImage(vec![("web".to_owned(), image.to_owned())])
}

/// `kubectl apply` of the subject's manifest with another template. The manifests themselves are left out, so this
/// goes only for a workload that nothing else has changed.
pub(crate) fn apply(model: &Model, template: PodTemplate) -> Change {
    Change::Apply(Box::new(Apply {
        manifest: "new".into(),
        created_with: "old".into(),
        foreseen: WorkloadSpec { template, ..WorkloadSpec::of(&model.subject) },
        merge: |_, _, _| Err("there is nothing to merge".to_owned()),
    }))
}

/// The new image can never be pulled.
pub(crate) fn image_pull_error() -> Model {
    let mut model = rolling_update(10, 3, usual());
    model.faults.push(Fault {
        name: "tag-missing".to_owned(),
        kind: FaultKind::Registry(RegistryFault::Pull {
            target: PodTarget::image("web:2"),
            failure: PullFailure::NotFound,
        }),
        window: Window::ALWAYS,
        probability: 1.0,
    });
    model
}
