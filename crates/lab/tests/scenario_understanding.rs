//! How good input is understood: lists, autoscalers, background load, default clusters, laws, actions.

use controller::api::{IntOrPercent, Strategy};
use scenario::diagnostic::Diagnostics;
use scenario::{Objective, RequiredShare, RunEvent, Scenario, check_manifest, explain, load_str};
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{
    AntiAffinity, ApplicationFault, Autoscale, Bandwidth, Change, Configuration, Counted, End, FaultKind,
    Latency, Memory, NodeChange, NodeFault, NodeSet, NodeTarget, Operator, PodLabels, PodTarget, PullFailure,
    RateLimit, ReadinessFault, Registry, RegistryFault, Requirement, Side, Start, StartSlowdown, Trigger,
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
            "ConfigMap c is ignored: the model does not use it",
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
    assert_eq!(*changes[1], Change::Edit(vec![Change::SetImage(image("web:3")), Change::Scale(5)]));
    assert_eq!(*changes[3], Change::Undo { to_revision: 1 });
    assert_eq!(*changes[4], Change::SetStrategy(Strategy::Recreate));
    assert_eq!(*changes[5], Change::SetProgressDeadlineSeconds(Some(i32::MAX)));
    assert_eq!(*changes[6], Change::SetPodQuota(None));
    let Change::Apply(apply) = changes[7] else { panic!("{:?}", changes[7]) };
    assert_eq!(apply.foreseen.replicas, 3);
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
        Objective::Share {
            event: RunEvent::Outcome(vec![Outcome::Complete]),
            share: RequiredShare::AtLeast(0.9)
        }
    );
    let texts: Vec<_> = scenario.objectives.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "p95 of rollout time at most 5m",
            "outcome complete with probability >= 0.9",
            "time below the promise at most 0s with probability <= 0.01",
        ]
    );
}

#[test]
fn faults_of_applications_are_read() {
    let scenario = load(
        "  manifests: [web.yaml]\n  images:\n    default: {warmUp: 2s, memory: {peak: 300Mi, after: 1m}}\n  faults:\n  - {name: a, \
         kind: ReadinessFailure, readiness: {underLoad: {factor: 1.5}}}\n  - {name: b, kind: LivenessFailure, fraction: 0.5}\n  - \
         {name: c, kind: WrongPort, target: {revision: new}}\n  - {name: d, kind: ApplicationCrash}\n  - {name: e, kind: \
         ApplicationCrash, after: 3s, exitCode: 2}\n  - {name: f, kind: ApplicationCrash, outOfMemory: {after: 1m}}\n  - {name: g, \
         kind: MissingConfig, missing: secret}\n  - {name: h, kind: SlowStart, factor: 3}\n  - {name: i, kind: SlowStart, extra: 5s}\n",
    );
    let all = || PodTarget::ALL;
    let seconds = |seconds| Law::Constant(Span::from_secs(seconds));
    let expected = [
        ApplicationFault::Readiness {
            target: all(),
            failure: ReadinessFault::UnderLoad { factor: 1.5, recovery: seconds(10) },
        },
        ApplicationFault::Liveness { target: PodTarget { fraction: 0.5, ..all() } },
        ApplicationFault::WrongPort { target: PodTarget { side: Some(Side::New), ..all() } },
        ApplicationFault::Crash { target: all(), after: seconds(0), end: End::Code(1) },
        ApplicationFault::Crash { target: all(), after: seconds(3), end: End::Code(2) },
        ApplicationFault::Crash { target: all(), after: seconds(60), end: End::OutOfMemory },
        ApplicationFault::MissingConfig { target: all(), missing: Configuration::Secret },
        ApplicationFault::SlowStart { target: all(), slowness: StartSlowdown { factor: 3.0, extra: None } },
        ApplicationFault::SlowStart {
            target: all(),
            slowness: StartSlowdown { factor: 1.0, extra: Some(seconds(5)) },
        },
    ];
    for (fault, expected) in scenario.model.faults.iter().zip(expected) {
        assert_eq!(fault.kind, FaultKind::Application(expected));
    }
    let behaviour = &scenario.model.images.default;
    assert_eq!(behaviour.warm_up, Some(seconds(2)));
    assert_eq!(behaviour.memory, Some(Memory { peak: 300 << 20, after: seconds(60) }));
    let text = explain(&scenario);
    for line in [
        "a: pods of any image are not ready for 10s after more than 1.5 times their share of the load (fraction 1), at 0s, to the end",
        "e: containers of any image end with exit code 2 3s after their start (fraction 1)",
        "g: a Secret of any image is missing (fraction 1)",
        "i: starts of any image take 1 times as long, and 5s more (fraction 1)",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
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
fn nodes_and_budgets_are_read() {
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec: {maxUnavailable: 25%, \
                  unhealthyPodEvictionPolicy: AlwaysAllow, selector: {matchLabels: {app: web}, matchExpressions: [{key: tier, \
                  operator: NotIn, values: [back]}, {key: old, operator: DoesNotExist}]}}\n---\napiVersion: policy/v1\nkind: \
                  PodDisruptionBudget\nmetadata: {name: blind}\nspec: {minAvailable: 1}\n---\napiVersion: policy/v1\nkind: \
                  PodDisruptionBudget\nmetadata: {name: far, namespace: other}\nspec: {minAvailable: 1, selector: {}}\n";
    let scenario = with_manifests(
        &format!("{}{budget}", deployment("web", "", "")),
        "  cluster:\n    pools:\n    - {name: a, nodes: 2, zone: north}\n    - {name: b, nodes: 3, zone: south}\n  actions:\n  - {at: 1s, \
         drain: {node: b-1, timeout: 5m}}\n  - {at: 2s, cordon: {pool: b}}\n  - {at: 3s, deleteNode: {zone: north}}\n  faults:\n  - {name: \
         crash, kind: NodeCrash, target: {node: a-1}, for: 5m, deletedAfter: 1m}\n  - {name: cut, kind: NodeUnreachable, target: {pool: \
         b}, count: 2, stagger: 10s}\n  - {name: flood, kind: ZoneLoss}\n  - {name: spot, kind: SpotReclaim, fraction: 0.5}\n  - {name: \
         clock, kind: ClockSkew, behind: 3s}\n",
    );
    let model = &scenario.model;
    let [budget] = model.disruption_budgets.as_slice() else { panic!("{:?}", model.disruption_budgets) };
    assert_eq!((budget.max_unavailable, budget.min_available), (Some(IntOrPercent::Percent(25)), None));
    assert!(budget.always_evicts_unhealthy);
    let labels = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    assert!(budget.selector.matches(&labels(&[("app", "web")])));
    assert!(!budget.selector.matches(&labels(&[("app", "web"), ("tier", "back")])));
    assert!(!budget.selector.matches(&labels(&[("app", "web"), ("old", "")])));
    assert_eq!(
        scenario.notes,
        [
            "PodDisruptionBudget blind is ignored: without a selector it is about no pod",
            "PodDisruptionBudget far is ignored: it is in the namespace other",
        ]
    );
    let minutes = |minutes: i64| Some(Span::from_secs(60 * minutes));
    let changes: Vec<_> = model.actions.iter().map(|action| &action.change).collect();
    assert_eq!(*changes[0], Change::Node(NodeChange::Drain { nodes: NodeSet::node(3), timeout: minutes(5) }));
    let pool = NodeSet { pool: Some(1), ..NodeSet::ALL };
    assert_eq!(*changes[1], Change::Node(NodeChange::Cordon(pool.clone())));
    let FaultKind::Node(NodeFault::Crash { target, returns: None, deleted }) = &model.faults[0].kind else {
        panic!()
    };
    assert_eq!((target, deleted), (&NodeTarget::node(1), &minutes(1).map(Law::Constant)));
    let FaultKind::Node(NodeFault::Unreachable { target, .. }) = &model.faults[1].kind else { panic!() };
    assert_eq!((&target.nodes, target.count), (&pool, Some(2)));
    assert_eq!(target.stagger, Some(Law::Constant(Span::from_secs(10))));
    let FaultKind::Node(NodeFault::Crash { target, .. }) = &model.faults[2].kind else { panic!() };
    assert_eq!((target.by_zone, target.count), (true, Some(1)), "one zone at random");
    let FaultKind::Node(NodeFault::SpotReclaim { notice, .. }) = &model.faults[3].kind else { panic!() };
    assert_eq!(notice, &Law::Constant(Span::from_secs(120)));
    let text = explain(&scenario);
    for line in [
        "  b: maxUnavailable 25% of the pods app=web, tier not in (back), !old, pods that are not Ready always",
        "  at 1s: drain node b-1 for 5m at most",
        "  at 2s: cordon pool b",
        "  crash: node a-1 crash, Node object deleted after 1m, at 0s, for 5m",
        "  cut: 2 of the nodes among pool b, each after 10s, are cut off, at 0s, to the end",
        "  clock: clocks of all nodes are slow by 3s, at 0s, to the end",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\n{text}");
    }
}

#[test]
fn registries_and_pools_that_grow_are_read() {
    let scenario = load(
        "  manifests: [web.yaml]\n  cluster:\n    pools:\n    - {name: a, nodes: 2, autoscale: {max: 9, delay: 2m}}\n    - {name: b, \
         autoscale: {min: 1, max: 4}}\n    registry: {qps: {perSecond: 1, burst: 2}, bandwidth: 100Mi, bandwidthPerPull: 50Mi, \
         rateLimit: {pulls: 100, per: 6h, used: 97}}\n  images:\n    default: {size: 300Mi}\n    web:2: {pull: 3s}\n  faults:\n  - {name: \
         slow, kind: RegistrySlow, factor: 4, extra: 2s, fraction: 0.5}\n  - {name: limited, kind: RegistryRateLimit, pulls: 0, \
         per: 1h}\n  - {name: refused, kind: ImagePullError, failure: connectionRefused}\n",
    );
    let cluster = &scenario.model.cluster;
    let minutes = |minutes: i64| Law::Constant(Span::from_secs(60 * minutes));
    assert_eq!(cluster.pools[0].autoscale, Some(Autoscale { max: 9, delay: minutes(2) }));
    assert_eq!(
        (cluster.pools[1].nodes, cluster.pools[1].autoscale.as_ref().map(|grows| grows.max)),
        (1, Some(4))
    );
    let limit = |pulls, per, used| RateLimit { pulls, per: Span::from_secs(per), used };
    let megabytes = f64::from(1 << 20);
    let expected = Registry {
        parallel_pulls: 1,
        qps: Some((1.0, 2)),
        bandwidth: Some(Bandwidth { total: 100.0 * megabytes, per_pull: 50.0 * megabytes }),
        rate_limit: Some(limit(100, 21_600, 97)),
    };
    assert_eq!(cluster.registry, expected);
    assert_eq!(scenario.model.images.default.size, Some(300 << 20));
    assert_eq!(scenario.model.images.of("web:2").size, None, "its law takes the place of the default size");
    let faults: Vec<&FaultKind> = scenario.model.faults.iter().map(|fault| &fault.kind).collect();
    let half = PodTarget { fraction: 0.5, ..PodTarget::ALL };
    let extra = Some(Law::Constant(Span::from_secs(2)));
    let expected = [
        RegistryFault::Slow { target: half, factor: 4.0, extra },
        RegistryFault::RateLimited(limit(0, 3_600, 0)),
        RegistryFault::Pull { target: PodTarget::ALL, failure: PullFailure::ConnectionRefused },
    ];
    assert!(faults.into_iter().eq(expected.map(FaultKind::Registry).iter()));
    let text = explain(&scenario);
    for line in [
        "slow: pulls of any image take 4 times as long, and 2s more (fraction 0.5), at 0s, to the end",
        "limited: the registry allows {pulls: 0, per: 1h, used: 0} pulls, at 0s, to the end",
        "{max: 9, delay: 2m}",
        "{pulls: 100, per: 6h, used: 97}",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

const PLACEMENT: &str = "      affinity:\n        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n            \
     nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd, nvme]}]}]\n        podAntiAffinity:\n          \
     requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: \
     web}}}, {topologyKey: kubernetes.io/hostname, namespaces: [other]}]\n      topologySpreadConstraints:\n      - {maxSkew: 2, \
     topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}, \
     matchLabelKeys: [pod-template-hash, app]}\n";

#[test]
fn placement_is_read_and_the_default_cluster_fits_it() {
    let manifest = deployment("web", "  replicas: 8\n", "") + PLACEMENT;
    let scenario = with_manifests(&manifest, "");
    let app = Requirement { key: "app".to_owned(), operator: Operator::In, values: vec!["web".to_owned()] };
    let placement = &scenario.model.subject.template.placement;
    let pods = |requirements: &[&Requirement], same_template| PodLabels {
        requirements: Some(requirements.iter().copied().cloned().collect()),
        same_template,
    };
    let disks = vec!["ssd".to_owned(), "nvme".to_owned()];
    let disk = Requirement { key: "disk".to_owned(), operator: Operator::In, values: disks };
    assert_eq!(placement.required_nodes, Some(vec![vec![disk]]));
    let topology_key = "kubernetes.io/hostname".to_owned();
    assert_eq!(placement.apart, [AntiAffinity { topology_key, pods: pods(&[&app], false), weight: None }]);
    let constraint = &placement.spread[0];
    assert_eq!((constraint.max_skew, constraint.required), (2, true));
    let tier = Requirement { key: "tier".to_owned(), operator: Operator::DoesNotExist, values: Vec::new() };
    assert_eq!(constraint.pods, pods(&[&tier, &app], true));
    assert!(constraint.honours_affinity && !constraint.honours_taints);
    // 8 replicas and a surge of 2, each on a node of its own, in three zones, with the disks they want.
    let pools = &scenario.model.cluster.pools;
    assert_eq!(pools.iter().map(|pool| pool.nodes).collect::<Vec<_>>(), [4, 3, 3]);
    assert_eq!(pools[1].zone.as_deref(), Some("b"));
    assert_eq!(pools[0].labels, [("disk".to_owned(), "ssd".to_owned())]);
    assert!(scenario.notes.iter().all(|note| !note.contains("start:")), "{:?}", scenario.notes);
    let text = explain(&scenario);
    for line in [
        "node affinity: required, 1 terms",
        "topology spread: topology.kubernetes.io/zone, maxSkew 2, DoNotSchedule",
        "pod anti-affinity: kubernetes.io/hostname, required",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let left_out: Vec<&str> = scenario.left_out.iter().map(|field| field.field.as_str()).collect();
    assert!(left_out.iter().any(|field| field.ends_with(".namespaces")), "{left_out:?}");
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
