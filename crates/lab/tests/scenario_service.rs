//! Which Service of the manifests is the subject's, and what a scenario says about its clients.

use scenario::{Effect, Scenario, explain, load_str};
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{Connections, OnShutdown, Service};
use std::fmt::Write as _;
use std::path::Path;

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: \
                          web}}\n  template:\n    metadata: {labels: {app: web, tier: front}}\n    spec:\n      containers:\n      - {name: \
                          proxy, image: 'proxy:1', ports: [{name: admin, containerPort: 9000}]}\n      - {name: main, image: 'web:1', ports: \
                          [{name: http, containerPort: 8080}]}\n";

fn load(services: &[(&str, &str)], rest: &str) -> Scenario {
    let mut text = "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {name: test}\nspec:\n  manifests:\n  - inline: |\n".to_owned();
    let mut manifest = DEPLOYMENT.to_owned();
    for (name, spec) in services {
        let _ = write!(
            manifest,
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
        );
    }
    for line in manifest.lines() {
        let _ = writeln!(text, "      {line}");
    }
    load_str("test.yaml", &(text + rest), Path::new(".")).unwrap_or_else(|errors| panic!("{errors}"))
}

fn service(scenario: &Scenario) -> &Service {
    scenario.model.service.as_ref().expect("a Service")
}

#[test]
fn the_first_service_that_selects_the_pods_is_the_one() {
    let scenario = load(
        &[
            ("elsewhere", "selector: {app: other}, ports: [{port: 80}]"),
            ("alias", "type: ExternalName, externalName: example.com"),
            ("manual", "ports: [{port: 80}]"),
            ("peers", "selector: {app: web}, clusterIP: None"),
            (
                "web",
                "selector: {app: web}, ports: [{port: 80, targetPort: http}], externalTrafficPolicy: Local, type: NodePort",
            ),
            ("again", "selector: {tier: front}, ports: [{port: 81}]"),
        ],
        "",
    );
    let found = service(&scenario);
    assert_eq!((found.name.as_str(), found.container.as_deref()), ("web", Some("main")));
    assert_eq!(found.selector, [("app".to_owned(), "web".to_owned())]);
    assert_eq!(
        scenario.notes,
        [
            "Service elsewhere is ignored: its selector does not match the pods of web",
            "Service alias is ignored: it is an alias of another name",
            "Service manual is ignored: without a selector it has no pods",
            "Service peers is ignored: clients find the pods of a headless Service by DNS, which is not simulated",
            "Service again is ignored: the requests come through web",
        ]
    );
    let decisive = scenario.left_out.iter().filter(|field| field.effect == Effect::DecidesOutcome);
    let decisive: Vec<_> = decisive.map(|field| (field.field.as_str(), field.objects.as_slice())).collect();
    assert_eq!(decisive, [("spec.externalTrafficPolicy", &["Service default/web".to_owned()][..])]);
}

#[test]
fn target_ports_lead_to_containers() {
    let container = |port: &str| {
        let scenario = load(&[("web", &format!("selector: {{app: web}}, ports: [{port}]"))], "");
        (service(&scenario).container.clone(), scenario.notes.len())
    };
    assert_eq!(container("{port: 80, targetPort: 8080}"), (Some("main".to_owned()), 0));
    assert_eq!(container("{port: 9000}"), (Some("proxy".to_owned()), 0));
    assert_eq!(container("{port: 80}"), (None, 0), "containers need not name their ports");
    assert_eq!(container("{port: 80, targetPort: grpc}"), (None, 1), "a name must be somewhere");
}

#[test]
fn without_a_service_there_is_none_unless_it_is_asked_for() {
    let scenario = load(&[], "");
    assert_eq!(scenario.model.service, None);
    assert!(!explain(&scenario).contains("spec.service"), "nothing is said about what is not there");
    let scenario = load(&[], "  service: {}\n");
    assert_eq!((service(&scenario).name.as_str(), service(&scenario).selector.len()), ("web", 0));
    assert_eq!(scenario.notes, ["service: a Service that selects the pods of web is assumed"]);
}

#[test]
fn what_is_said_about_clients_and_proxies_is_taken() {
    let rest = "  service: {requestsPerSecond: 5.5, connections: {keepAlive: {lifetime: 2m}}, onShutdown: ignores, duration: 3s}\n  cluster: \
                {nodes: 20, service: {proxyMode: ipvs, proxies: 12, programming: 1s}}\n";
    let local = "selector: {app: web}, ports: [{port: 80}], internalTrafficPolicy: Local, publishNotReadyAddresses: true";
    let scenario = load(&[("web", local)], rest);
    let found = service(&scenario);
    assert!(found.local && found.publish_not_ready);
    assert_eq!((found.proxies.count, found.proxies.min_interval), (12, Span::ZERO));
    assert_eq!(found.proxies.programming, Law::Constant(Span::SECOND));
    let two_minutes = Law::Constant(Span::from_secs(120));
    assert_eq!(found.traffic.connections, Connections::KeepAlive { lifetime: two_minutes });
    assert_eq!(found.traffic.on_shutdown, OnShutdown::Ignores);
    assert!((found.traffic.requests_per_second - 5.5).abs() < 1e-12);
    let text = explain(&scenario);
    assert!(text.contains("Service default/web: to container proxy; pods with app=web"), "{text}");
    let line = text.lines().find(|line| line.contains("spec.service.connections")).unwrap();
    assert!(line.contains("{keepAlive: {lifetime: 2m}}") && line.ends_with("# stated"), "{line}");
}

#[test]
fn there_are_as_many_proxies_as_nodes_up_to_eight() {
    let proxies = |nodes: u32| {
        let scenario = load(&[], &format!("  service: {{}}\n  cluster: {{nodes: {nodes}}}\n"));
        (service(&scenario).proxies.count, service(&scenario).proxies.min_interval)
    };
    assert_eq!([1, 5, 8, 100].map(proxies), [1, 5, 8, 8].map(|count| (count, Span::SECOND)));
}
