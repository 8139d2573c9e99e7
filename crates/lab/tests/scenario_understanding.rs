//! How good input is understood: lists, autoscalers, background load, default clusters, laws, actions.

use controller::api::{IntOrPercent, Strategy};
use rollout_lab::diagnostic::Diagnostics;
use rollout_lab::scenario::{Objective, RunEvent, Scenario, Share, check_manifest, load_str};
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{
    ApplicationFault, Change, Counted, FaultKind, Latency, ReadinessFault, Start, Trigger,
};
use simulator::record::Outcome;
use std::path::Path;

const HEAD: &str = "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {name: test}\nspec:\n";

fn try_load(spec: &str) -> Result<Scenario, Diagnostics> {
    load_str("test.yaml", &format!("{HEAD}{spec}"), Path::new("tests/scenario/manifests"))
}

fn load(spec: &str) -> Scenario {
    try_load(spec).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A scenario whose manifests stand in a block.
fn with_manifests(manifests: &str, rest: &str) -> Scenario {
    let block = manifests.lines().fold(String::new(), |block, line| block + "      " + line + "\n");
    load(&format!("  manifests:\n  - inline: |\n{block}{rest}"))
}

fn deployment(name: &str, fields: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n{fields}  selector: {{matchLabels: {{app: \
         {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n      - name: \
         main\n        image: {name}:1\n{container}"
    )
}

#[test]
fn absent_values_get_their_defaults() {
    let scenario = load("  manifests: [web.yaml]\n");
    let model = &scenario.model;
    assert_eq!((scenario.runs, scenario.seed), (1000, 1));
    assert_eq!(model.horizon, Span::from_secs(1800));
    assert_eq!(model.start, Start::Settled { age: Span::from_secs(86_400) });
    let fields = model.subject.deployment.unwrap();
    let Strategy::RollingUpdate(limits) = fields.strategy else { panic!() };
    assert_eq!(limits.max_surge, IntOrPercent::Percent(25));
    assert_eq!(fields.progress_deadline_seconds, Some(600));
    assert_eq!(fields.revision_history_limit, Some(10));
    assert_eq!(model.cluster.control_plane.client_limit, Some((20.0, 30)));
    assert_eq!(model.cluster.control_plane.workers, 5);
    assert_eq!(model.cluster.pools[0].max_pods, 110);
    assert_eq!(model.subject.template.service_account, "default");
}

#[test]
fn lists_are_opened_and_strangers_ignored_with_a_note() {
    let items = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: c}\n- apiVersion: \
                 apps/v1\n  kind: ReplicaSet\n  metadata: {name: web-1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, \
                 name: web, uid: u, controller: true}]}\n";
    let scenario = with_manifests(&format!("{items}---\n{}", deployment("web", "", "")), "");
    assert_eq!(scenario.model.subject.name, "web");
    assert_eq!(
        scenario.notes,
        [
            "ConfigMap c is ignored: it plays no part in a rollout here",
            "ReplicaSet web-1 is ignored: it belongs to Deployment web",
        ]
    );
}

#[test]
fn an_autoscaler_gives_the_replicas_that_the_manifest_leaves_open() {
    let autoscaler = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {minReplicas: \
                      4, maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n";
    let open = with_manifests(&format!("{}{autoscaler}", deployment("web", "", "")), "");
    assert_eq!(open.model.subject.replicas, 4);
    assert_eq!(
        open.notes,
        ["HorizontalPodAutoscaler web: the manifest states no replicas, so web starts at minReplicas = 4"]
    );
    let stated = with_manifests(&format!("{}{autoscaler}", deployment("web", "  replicas: 2\n", "")), "");
    assert_eq!(stated.model.subject.replicas, 2);
}

#[test]
fn other_workloads_are_background_and_the_cluster_has_room_for_all() {
    let big = "        resources: {requests: {cpu: 12, memory: 1Gi}}\n";
    let manifests = format!(
        "{}---\n{}---\n{}",
        deployment("web", "  replicas: 10\n", ""),
        deployment("big", "  replicas: 20\n", big),
        "apiVersion: v1\nkind: Pod\nmetadata: {name: adopted, labels: {app: web}}\nspec: {containers: [{name: p, image: p}]}\n",
    );
    let scenario = with_manifests(&manifests, "  subject: {name: web}\n");
    let model = &scenario.model;
    assert_eq!(model.background.len(), 1);
    assert_eq!((model.background[0].name.as_str(), model.background[0].pods), ("Deployment/big", 20));
    assert!(model.background[0].same_namespace);
    assert!(model.bare_pods[0].matches_subject);
    let pool = &model.cluster.pools[0];
    assert_eq!(pool.allocatable.cpu_milli, Some(24_000));
    assert!(pool.nodes >= 11, "{}", pool.nodes);
}

#[test]
fn quotas_and_limit_ranges_of_the_namespace_count() {
    let policies = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 10, requests.cpu: '2', cpu: \
                    1500m, limits.memory: 1Gi, count/replicasets.apps: 5}}\n---\napiVersion: v1\nkind: ResourceQuota\nmetadata: \
                    {name: far, namespace: other}\n---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec: {limits: \
                    [{type: Container, max: {cpu: 2}, min: {cpu: 100m}, maxLimitRequestRatio: {cpu: 1.5}}]}\n";
    let scenario = with_manifests(&format!("{}{policies}", deployment("web", "", "")), "");
    let quota = &scenario.model.quotas[0];
    let hard = [
        (Counted::CountReplicaSets, 5),
        (Counted::Cpu, 1500),
        (Counted::LimitsMemory, 1 << 30),
        (Counted::Pods, 10),
        (Counted::RequestsCpu, 2000),
    ];
    assert_eq!(quota.hard, hard);
    assert_eq!(scenario.notes, ["ResourceQuota far is ignored: it is in the namespace other"]);
    let item = &scenario.model.limit_ranges[0].items[0];
    // Filled in by the API: the default limit from max, the default request from that.
    assert_eq!(item.default.cpu_milli, Some(2000));
    assert_eq!(item.default_request.cpu_milli, Some(2000));
    assert_eq!(item.max_ratio_milli.cpu_milli, Some(1500));
}

#[test]
fn actions_say_what_and_when() {
    let scenario = load(
        "  manifests: [web.yaml]\n  history:\n  - {setImage: {web: 'web:0'}}\n  actions:\n  - {at: 10s, setImage: {web: 'web:2'}}\n  \
         - {at: 20s, setImage: {'*': 'web:3'}, scale: 5}\n  - {when: {newPodsReady: 3}, pause: true}\n  - {when: \
         {deadlineExceeded: true, after: 60s}, undo: {toRevision: 1}}\n  - {at: 1m, setStrategy: {type: Recreate}}\n  - {at: 2m, \
         setProgressDeadlineSeconds: unlimited}\n  - {at: 3m, setPodQuota: unlimited}\n  - {at: 4m, apply: web.yaml}\n",
    );
    let model = &scenario.model;
    assert_eq!(model.history[0].containers[0].image, "web:0");
    let image = |image: &str| vec![("web".to_owned(), image.to_owned())];
    let changes: Vec<_> = model.actions.iter().map(|action| &action.change).collect();
    assert_eq!(*changes[0], Change::SetImage(image("web:2")));
    assert_eq!(*changes[1], Change::SetImageAndScale(image("web:3"), 5));
    assert_eq!(*changes[3], Change::Undo { to_revision: 1 });
    assert_eq!(*changes[4], Change::SetStrategy(Strategy::Recreate));
    assert_eq!(*changes[5], Change::SetProgressDeadlineSeconds(Some(i32::MAX)));
    assert_eq!(*changes[6], Change::SetPodQuota(None));
    assert!(matches!(changes[7], Change::Apply { replicas: Some(3), .. }));
    assert_eq!(model.actions[2].trigger, Trigger::NewPodsReady { count: 3, after: Span::ZERO });
    let after = Span::from_secs(60);
    assert_eq!(model.actions[3].trigger, Trigger::DeadlineExceeded { after });
}

#[test]
fn faults_and_objectives_are_read() {
    let scenario = load(
        "  manifests: [web.yaml]\n  faults:\n  - {name: slow, kind: ReadinessFailure, at: 5s, for: 1m, probability: 0.5, fraction: \
         0.25, readiness: {late: {exponential: {mean: 10s}}}}\n  - {name: full, kind: QuotaExhausted, quota: q, pods: 3}\n  \
         objectives:\n  - {rolloutTime: {quantile: 0.95, atMost: 5m}}\n  - {outcome: {is: [complete], probability: '>=0.9'}}\n  - \
         {belowPromised: {atMost: 0s, probability: '<= 0.01'}}\n",
    );
    let fault = &scenario.model.faults[0];
    assert_eq!((fault.probability, fault.window.from.clone()), (0.5, Trigger::At(Span::from_secs(5))));
    assert_eq!(fault.window.duration, Some(Law::Constant(Span::from_secs(60))));
    let mean = Span::from_secs(10);
    let late = ReadinessFault::Late(Law::Exponential { mean });
    let FaultKind::Application(ApplicationFault::Readiness { failure, target }) = &fault.kind else {
        panic!("{fault:?}")
    };
    assert_eq!((failure, target.fraction), (&late, 0.25));
    assert_eq!(
        scenario.objectives[1],
        Objective::Share { event: RunEvent::Outcome(vec![Outcome::Complete]), share: Share::AtLeast(0.9) }
    );
    let texts: Vec<_> = scenario.objectives.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "rollout time p95 at most 5m",
            "outcome complete with probability >= 0.9",
            "below the promise for at most 0s with probability <= 0.01",
        ]
    );
}

#[test]
fn clusters_are_read() {
    let scenario = load(
        "  manifests: [web.yaml]\n  start: empty\n  cluster:\n    pools:\n    - {name: a, nodes: 2, zone: z1, labels: {disk: ssd}, \
         taints: [{key: k, effect: NoSchedule}], allocatable: {cpu: 3500m, memory: 1.5Gi, pods: 20}}\n    - {name: b, nodes: 1}\n    \
         controlPlane: {watch: 5ms, clientLimit: unlimited, workers: 1}\n    registry: {parallelPulls: 3}\n",
    );
    let cluster = &scenario.model.cluster;
    assert_eq!(cluster.pools[0].allocatable.cpu_milli, Some(3500));
    assert_eq!(cluster.pools[0].allocatable.memory_bytes, Some(3 << 29));
    assert_eq!((cluster.pools[0].max_pods, cluster.pools[1].max_pods), (20, 110));
    assert_eq!(cluster.pools[0].zone.as_deref(), Some("z1"));
    assert_eq!(cluster.control_plane.watch, Latency::Constant(Span::from_millis(5)));
    assert_eq!(cluster.control_plane.client_limit, None);
    assert_eq!(cluster.registry.parallel_pulls, 3);
    assert_eq!(scenario.model.start, Start::Empty);
}

#[test]
fn manifests_can_be_checked_alone() {
    let summary = check_manifest(Path::new("tests/scenario/manifests/web.yaml")).unwrap();
    assert_eq!(summary.objects, ["Deployment default/web"]);
    assert!(check_manifest(Path::new("tests/scenario/manifests/nowhere.yaml")).is_err());
}

#[test]
fn json_on_one_long_line_is_yaml() {
    let labels: Vec<_> = (0..800).map(|k| format!("\"key-{k}\": \"value\"")).collect();
    let annotations = format!("{{{}}}", labels.join(", "));
    let json = format!(
        "{{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {{\"name\": \"web\", \"annotations\": {annotations}}}, \
         \"spec\": {{\"selector\": {{\"matchLabels\": {{\"a\": \"b\"}}}}, \"template\": {{\"metadata\": {{\"labels\": {{\"a\": \
         \"b\"}}}}, \"spec\": {{\"containers\": [{{\"name\": \"c\", \"image\": \"i\"}}]}}}}}}}}"
    );
    assert_eq!(with_manifests(&json, "").model.subject.annotations.len(), 800);
}

#[test]
fn any_text_is_read_or_refused() {
    bolero::check!().with_iterations(1000).with_type::<String>().for_each(|text| {
        let _ = load_str("any.yaml", text, Path::new("tests/scenario/manifests"))
            .map_err(|errors| errors.to_string());
        let _ =
            try_load(&format!("  manifests: [web.yaml]\n  {text}\n")).map_err(|errors| errors.to_string());
        for template in [
            "objectives: [{outcome: {is: complete, probability: TEXT}}]",
            "actions: [{at: TEXT, scale: 3}]",
            "faults: [{name: f, kind: PodDeletions, every: TEXT}]",
            "cluster: {pools: [{nodes: 1, allocatable: {memory: TEXT}}]}",
            "images: {TEXT: {pull: TEXT}}",
        ] {
            let spec = template.replace("TEXT", &format!("{text:?}"));
            let _ = try_load(&format!("  manifests: [web.yaml]\n  {spec}\n"))
                .map_err(|errors| errors.to_string());
        }
    });
}

/// Each byte of a good file replaced by each of some troublesome ones.
#[test]
fn damaged_scenarios_are_read_or_refused() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/readiness-failure.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let start = text.find("apiVersion").unwrap();
    for at in (start..text.len()).step_by(7) {
        for damage in ["", "-", ":", "[", "\"", "{", "9", "\t", "&a ", "*a", "ü"] {
            let damaged = format!("{}{damage}{}", &text[..at], &text[at + 1..]);
            let _ = load_str("damaged.yaml", &damaged, &folder).map_err(|errors| errors.to_string());
        }
    }
}
