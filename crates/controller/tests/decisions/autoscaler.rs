//! One evaluation of an autoscaler after the other, with the numbers of the documentation.

use controller::api::{ConditionStatus, PodPhase, Uid};
use controller::autoscaler::{
    ApiEvent, AutoscalerSpec, AutoscalerStatus, BehaviorAsWritten, ConditionType, ContainerRequests,
    ContainerUsage, Current, ErrorText, Evaluation, Memory, Metric, MetricName, Metrics, ObjectReference,
    Pod, PodUsage, Policy, PolicyKind, Readiness, ResourceName, ResourceTarget, Resources, RulesAsWritten,
    Scale, SelectPolicy, Selector, Settings, SpecAsWritten, ValueTarget, View, Words, evaluate,
    reads_metrics,
};
use controller::{Span, Timestamp};
use std::sync::Arc;

/// All pods request this, in milli-units of CPU: so percent and milli-units are the same number.
const REQUEST: i64 = 100;

/// A pod: how it is, and its CPU in percent of the request, if there is a sample.
#[derive(Debug, Clone, Copy)]
struct Fixture {
    phase: PodPhase,
    being_deleted: bool,
    ready: Option<bool>,
    /// Seconds before now.
    started: Option<i64>,
    ready_changed: i64,
    cpu: Option<i64>,
}

/// Running and ready for long.
const fn ready(cpu: i64) -> Fixture {
    Fixture {
        phase: PodPhase::Running,
        being_deleted: false,
        ready: Some(true),
        started: Some(4000),
        ready_changed: 3990,
        cpu: Some(cpu),
    }
}

const fn missing() -> Fixture {
    Fixture { cpu: None, ..ready(0) }
}

/// Started a minute ago and not ready since.
const fn young(cpu: i64) -> Fixture {
    Fixture { ready: Some(false), started: Some(60), ready_changed: 60, ..ready(cpu) }
}

/// Started long ago and never ready.
const fn never_ready(cpu: i64) -> Fixture {
    Fixture { ready: Some(false), started: Some(4000), ready_changed: 4000, ..ready(cpu) }
}

fn several(groups: &[(usize, Fixture)]) -> Vec<Fixture> {
    groups.iter().flat_map(|(count, pod)| std::iter::repeat_n(*pod, *count)).collect()
}

/// The answers of the metrics APIs.
struct Answers<'a> {
    usage: Result<Vec<Option<PodUsage<'a>>>, ErrorText>,
    custom: Vec<Option<i64>>,
    object: Result<i64, ErrorText>,
    series: Vec<i64>,
}

impl Metrics for Answers<'_> {
    fn usage(&self) -> Result<&[Option<PodUsage<'_>>], ErrorText> {
        self.usage.as_deref().map_err(Arc::clone)
    }

    fn of_pods(&self, _: &MetricName) -> Result<&[Option<i64>], ErrorText> {
        Ok(&self.custom)
    }

    fn of_object(&self, _: &MetricName, _: &ObjectReference) -> Result<i64, ErrorText> {
        self.object.clone()
    }

    fn external(&self, _: &MetricName) -> Result<&[i64], ErrorText> {
        Ok(&self.series)
    }
}

/// An autoscaler with its target, evaluated again and again.
struct Bench {
    settings: Settings,
    spec: AutoscalerSpec,
    status: AutoscalerStatus,
    memory: Memory,
    now: Timestamp,
    replicas: i32,
    reported: i32,
    pods: Vec<Fixture>,
    no_requests: bool,
    metrics_error: Option<&'static str>,
    custom: Option<i64>,
    object: Option<i64>,
    series: Vec<i64>,
    refuse: Option<&'static str>,
}

impl Bench {
    fn new(spec: SpecAsWritten, replicas: i32) -> Self {
        Self {
            settings: Settings::default(),
            spec: spec.defaulted(),
            status: AutoscalerStatus::default(),
            memory: Memory::default(),
            now: Timestamp::from_secs(16),
            replicas,
            reported: replicas,
            pods: several(&[(replicas as usize, ready(0))]),
            no_requests: false,
            metrics_error: None,
            custom: None,
            object: None,
            series: Vec::new(),
            refuse: None,
        }
    }

    fn with_pods(spec: SpecAsWritten, replicas: i32, pods: &[(usize, Fixture)]) -> Self {
        Self { pods: several(pods), ..Self::new(spec, replicas) }
    }

    /// One evaluation; the scale is written, or refused.
    fn evaluate(&mut self) -> Evaluation {
        let request = if self.no_requests { None } else { Some(REQUEST) };
        let requests =
            [ContainerRequests { name: "app".into(), requests: Resources { cpu: request, memory: None } }];
        let usage: Vec<Option<[ContainerUsage; 1]>> = self
            .pods
            .iter()
            .map(|pod| {
                let usage = Resources { cpu: Some(pod.cpu?), memory: None };
                Some([ContainerUsage { name: "app".into(), usage }])
            })
            .collect();
        let (timestamp, window) = (self.now.stored(), Span::from_secs(30));
        let answers = Answers {
            usage: match self.metrics_error {
                Some(error) => Err(error.into()),
                None => Ok(usage
                    .iter()
                    .map(|c| c.as_ref().map(|containers| PodUsage { timestamp, window, containers }))
                    .collect()),
            },
            custom: vec![self.custom; self.pods.len()],
            object: self.object.ok_or_else(|| "gone".into()),
            series: self.series.clone(),
        };
        let pods: Vec<Pod<'_>> =
            self.pods.iter().enumerate().map(|(index, pod)| self.pod(index, pod, &requests)).collect();
        let scale =
            Scale { spec_replicas: self.replicas, status_replicas: self.reported, selector: Selector::Valid };
        let view = View {
            settings: &self.settings,
            spec: &self.spec,
            status: &self.status,
            scale: Ok(&scale),
            pods: &pods,
            metrics: &answers,
        };
        let mut evaluation = evaluate(&view, &mut self.memory, self.now);
        if let Some(rescale) = &evaluation.rescale {
            let to = rescale.to;
            evaluation = if let Some(error) = self.refuse {
                evaluation.refused(error.into(), self.now)
            } else {
                self.replicas = to;
                evaluation.written(self.spec.behavior.as_ref(), &mut self.memory, self.now)
            };
        }
        self.status = evaluation.status.clone();
        evaluation
    }

    fn pod<'a>(&self, index: usize, pod: &Fixture, containers: &'a [ContainerRequests]) -> Pod<'a> {
        let ago = |seconds: i64| (self.now - Span::from_secs(seconds)).stored();
        let status = |is_ready| if is_ready { ConditionStatus::True } else { ConditionStatus::False };
        Pod {
            uid: Uid(index as u64),
            phase: pod.phase,
            being_deleted: pod.being_deleted,
            start: pod.started.map(ago),
            ready: pod.ready.map(|r| Readiness { status: status(r), since: ago(pod.ready_changed) }),
            containers,
            requests: None,
        }
    }

    fn pass(&mut self, millis: i64) {
        self.now += Span::from_millis(millis);
    }

    /// The sizes after evaluations that follow each other in `period` milliseconds.
    fn sizes(&mut self, evaluations: usize, period: i64) -> Vec<i32> {
        (0..evaluations)
            .map(|_| {
                self.evaluate();
                self.pass(period);
                self.replicas
            })
            .collect()
    }

    fn reason(&self, kind: ConditionType) -> &'static str {
        self.status.conditions.get(kind).map_or("", |condition| condition.cause.reason())
    }
}

fn words() -> Words<'static> {
    Words { namespace: "default", pod: &|uid| format!("p-{}", uid.0) }
}

fn texts(evaluation: &Evaluation) -> Vec<String> {
    let events = evaluation.events.iter().chain(&evaluation.last_event);
    events.map(|event| format!("{}: {}", event.reason(), event.text(&words()))).collect()
}

fn utilization(percent: i32) -> Metric {
    Metric::Resource { resource: ResourceName::Cpu, target: ResourceTarget::Utilization(percent) }
}

fn average(milli: i64) -> Metric {
    Metric::Resource { resource: ResourceName::Cpu, target: ResourceTarget::AverageValue(milli) }
}

fn external(target: ValueTarget) -> Metric {
    Metric::External { metric: metric("queue"), target }
}

fn object(target: ValueTarget) -> Metric {
    let object = ObjectReference {
        api_version: "networking.k8s.io/v1".to_owned(),
        kind: "Ingress".to_owned(),
        name: "main".to_owned(),
    };
    Metric::Object { metric: metric("requests"), object, target }
}

fn metric(name: &str) -> MetricName {
    MetricName { name: name.to_owned(), selector: None }
}

fn spec(metric: Metric) -> SpecAsWritten {
    SpecAsWritten { max_replicas: 100, metrics: vec![metric], ..SpecAsWritten::default() }
}

fn with_behavior(metric: Metric, up: Option<RulesAsWritten>, down: Option<RulesAsWritten>) -> SpecAsWritten {
    SpecAsWritten { behavior: Some(BehaviorAsWritten { up, down }), ..spec(metric) }
}

fn policies(policies: &[(PolicyKind, i32, i32)]) -> RulesAsWritten {
    let policy = |&(kind, value, period): &(PolicyKind, i32, i32)| Policy { kind, value, period };
    RulesAsWritten {
        stabilization_window: Some(0),
        policies: Some(policies.iter().map(policy).collect()),
        ..RulesAsWritten::default()
    }
}

/// What the metrics propose, by the groups of pods.
#[test]
fn proposals_follow_the_documented_table() {
    type Row<'a> = (&'a str, Metric, i32, &'a [(usize, Fixture)], Option<i32>);
    let terminating = Fixture { being_deleted: true, ..ready(500) };
    let failed = Fixture { phase: PodPhase::Failed, ..ready(500) };
    let pending = Fixture { phase: PodPhase::Pending, ready: None, started: None, cpu: None, ..ready(0) };
    let lost_readiness = Fixture { ready: Some(false), ready_changed: 100, ..ready(200) };
    let just_ready = Fixture { started: Some(60), ready_changed: 20, ..ready(500) };
    let warmed_up = Fixture { started: Some(60), ready_changed: 30, ..ready(200) };
    let without_start = Fixture { started: None, ..ready(500) };
    let unknown = Fixture { ready: None, ..ready(500) };
    let table: &[Row<'_>] = &[
        ("twice the target", average(100), 4, &[(4, ready(200))], Some(8)),
        ("half the target", average(100), 4, &[(4, ready(50))], Some(2)),
        ("within the tolerance", utilization(100), 10, &[(10, ready(110))], Some(10)),
        ("outside of the tolerance", utilization(100), 10, &[(10, ready(111))], Some(12)),
        ("missing, down", utilization(50), 4, &[(3, ready(10)), (1, missing())], Some(3)),
        ("missing, up", utilization(50), 4, &[(3, ready(100)), (1, missing())], Some(6)),
        // With the target as the usage of the missing one the ratio is 55/50.
        ("missing, turned", utilization(50), 4, &[(3, ready(40)), (1, missing())], Some(4)),
        ("missing, average, down", average(50), 4, &[(3, ready(10)), (1, missing())], Some(2)),
        ("unready, up", utilization(50), 6, &[(4, ready(90)), (2, young(0))], Some(8)),
        ("unready, down", utilization(50), 6, &[(4, ready(20)), (2, young(0))], Some(2)),
        ("surge in mid rollout", utilization(50), 10, &[(8, ready(112)), (5, young(0))], Some(18)),
        ("stuck rollout", utilization(50), 8, &[(6, ready(66)), (4, never_ready(0))], Some(8)),
        ("stuck rollout, idle", utilization(50), 8, &[(6, ready(20)), (4, never_ready(0))], Some(3)),
        ("surge that is ready, at the target", utilization(50), 10, &[(13, ready(50))], Some(10)),
        ("surge that is ready, above", utilization(50), 10, &[(13, ready(66))], Some(18)),
        ("surge that is ready, below", utilization(50), 10, &[(13, ready(43))], Some(12)),
        (
            "terminating and failed",
            utilization(50),
            2,
            &[(2, ready(100)), (1, terminating), (1, failed)],
            Some(4),
        ),
        ("pending", utilization(50), 3, &[(2, ready(100)), (1, pending)], Some(4)),
        ("was ready once", utilization(100), 2, &[(2, lost_readiness)], Some(4)),
        ("ready for less than a window", utilization(50), 2, &[(1, ready(100)), (1, just_ready)], Some(2)),
        ("ready for a window", utilization(100), 2, &[(1, ready(200)), (1, warmed_up)], Some(4)),
        ("no start time", utilization(50), 2, &[(1, ready(100)), (1, without_start)], Some(2)),
        ("no condition", utilization(50), 2, &[(1, ready(100)), (1, unknown)], Some(2)),
        ("none is left", utilization(50), 2, &[(2, young(100))], None),
        ("none has a sample", utilization(50), 2, &[(2, missing())], None),
    ];
    for (name, metric, replicas, pods, expected) in table {
        let mut bench = Bench::with_pods(spec(metric.clone()), *replicas, pods);
        assert_eq!(bench.evaluate().proposed, *expected, "{name}");
    }
}

/// Metrics that are not of pods: the size is proportional to the value, or to the number of ready pods.
#[test]
fn values_and_averages_of_other_metrics() {
    use ValueTarget::{AverageValue, Value};
    type Row<'a> = (&'a str, Metric, (i32, i32), &'a [i64], Option<i32>, Current);
    let table: &[Row<'_>] = &[
        ("a value", external(Value(10_000)), (4, 4), &[15_000, 5_000], Some(8), Current::Value(20_000)),
        ("a value within", external(Value(10_000)), (4, 9), &[10_900], Some(4), Current::Value(10_900)),
        ("an average", external(AverageValue(30_000)), (4, 4), &[170_000], Some(6), Current::Average(42_500)),
        // Within the tolerance the size in the status is proposed, not the one in the spec.
        (
            "an average within",
            external(AverageValue(10_000)),
            (4, 5),
            &[50_000],
            Some(5),
            Current::Average(10_000),
        ),
        (
            "an average of none",
            external(AverageValue(10_000)),
            (4, 0),
            &[50_000],
            Some(5),
            Current::Average(i64::MIN),
        ),
        (
            "a huge value",
            external(AverageValue(1)),
            (4, 4),
            &[i64::MAX, 7],
            Some(i32::MAX),
            Current::Average(i64::MAX),
        ),
        ("an object's value", object(Value(10_000)), (4, 4), &[5_000], Some(2), Current::Value(5_000)),
        (
            "an object's average",
            object(AverageValue(10_000)),
            (4, 4),
            &[25_000],
            Some(3),
            Current::Average(6_250),
        ),
    ];
    for (name, metric, (replicas, reported), series, expected, current) in table {
        let mut bench = Bench::with_pods(spec(metric.clone()), *replicas, &[(*replicas as usize, ready(0))]);
        bench.reported = *reported;
        bench.series = series.to_vec();
        bench.object = series.first().copied();
        assert_eq!(bench.evaluate().proposed, *expected, "{name}");
        let shown = bench.status.current_metrics[0].as_ref().map(|metric| metric.current);
        assert_eq!(shown, Some(*current), "{name}");
    }
}

#[test]
fn without_behavior_a_size_doubles_at_most_and_falls_after_five_minutes() {
    let mut bench =
        Bench::with_pods(SpecAsWritten { max_replicas: 10, ..spec(utilization(50)) }, 1, &[(1, ready(305))]);
    assert_eq!(bench.sizes(2, 15_001), [4, 7]);
    assert_eq!(bench.reason(ConditionType::ScalingLimited), "DesiredWithinRange");
    bench.pods = several(&[(7, ready(0))]);
    // The last proposal of 7 pods was at 15 s; it counts until 300 s later.
    let sizes = bench.sizes(21, 15_001);
    assert_eq!(sizes[..19], [7; 19]);
    assert_eq!(sizes[19..], [1, 1]);
}

#[test]
fn with_behavior_a_step_takes_the_longer_the_more_exact_the_period() {
    use PolicyKind::{Percent, Pods};
    let metric = || external(ValueTarget::AverageValue(1000));
    let steps = |period: i64| {
        let rules = policies(&[(Pods, 4, 60), (Percent, 10, 60)]);
        let mut bench = Bench::new(with_behavior(metric(), None, Some(rules)), 80);
        bench.series = vec![8000];
        let mut sizes: Vec<(i64, i32)> = Vec::new();
        for _ in 0..60 {
            let (at, before) = (bench.now, bench.replicas);
            bench.evaluate();
            if bench.replicas != before {
                sizes.push((at.as_secs(), bench.replicas));
            }
            bench.pass(period);
        }
        sizes
    };
    let drifting = steps(15_001);
    let sizes: Vec<i32> = drifting.iter().map(|(_, size)| *size).collect();
    assert_eq!(sizes[..11], [72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20]);
    assert_eq!(drifting[1].0 - drifting[0].0, 60);
    // An event that is a whole number of periods old is stamped a little later than its evaluation.
    let mut bench = Bench::new(with_behavior(metric(), Some(policies(&[(Pods, 4, 60)])), None), 4);
    bench.series = vec![20_000];
    bench.evaluate();
    assert_eq!(bench.replicas, 8);
    bench.pass(59_998);
    bench.evaluate();
    assert_eq!(bench.replicas, 8, "4 pods within the last 60 s");
    bench.pass(2);
    bench.evaluate();
    assert_eq!(bench.replicas, 12);
}

#[test]
fn policies_by_selection() {
    use PolicyKind::{Percent, Pods};
    let table = [
        (SelectPolicy::Max, [(Pods, 4, 60), (Percent, 50, 60)], 10, 100_000, 15),
        (SelectPolicy::Min, [(Pods, 4, 60), (Percent, 50, 60)], 10, 100_000, 14),
        (SelectPolicy::Disabled, [(Pods, 4, 60), (Percent, 50, 60)], 10, 100_000, 10),
        // Rounded up when growing: 3.3 are 4; cut off when shrinking: 2.7 are 2.
        (SelectPolicy::Max, [(Percent, 10, 60), (Percent, 10, 60)], 3, 100_000, 4),
        (SelectPolicy::Max, [(Percent, 10, 60), (Percent, 10, 60)], 3, 1000, 2),
        (SelectPolicy::Max, [(Pods, 4, 60), (Percent, 50, 60)], 10, 1000, 5),
        (SelectPolicy::Min, [(Pods, 4, 60), (Percent, 50, 60)], 10, 1000, 6),
        (SelectPolicy::Disabled, [(Pods, 4, 60), (Percent, 50, 60)], 10, 1000, 10),
    ];
    for (select, list, replicas, value, expected) in table {
        let rules = RulesAsWritten { select: Some(select), ..policies(&list) };
        let metric = external(ValueTarget::AverageValue(1000));
        let mut bench = Bench::new(with_behavior(metric, Some(rules.clone()), Some(rules)), replicas);
        bench.series = vec![value];
        bench.evaluate();
        assert_eq!(bench.replicas, expected, "{select:?} {list:?} from {replicas}");
    }
}

#[test]
fn stabilization_holds_in_both_directions() {
    let window =
        |seconds| RulesAsWritten { stabilization_window: Some(seconds), ..RulesAsWritten::default() };
    let metric = external(ValueTarget::AverageValue(1000));
    let mut bench = Bench::new(with_behavior(metric, Some(window(60)), Some(window(60))), 10);
    let mut sizes = Vec::new();
    for value in [10, 14, 14, 14, 14, 14, 6, 6, 6, 6, 6] {
        bench.series = vec![value * 1000];
        bench.evaluate();
        sizes.push((bench.replicas, bench.reason(ConditionType::AbleToScale)));
        bench.pass(15_001);
    }
    let (ready, up, down) = ("ReadyForNewScale", "ScaleUpStabilized", "ScaleDownStabilized");
    assert_eq!(
        sizes,
        [
            (10, ready),
            (10, up),
            (10, up),
            (10, up),
            (14, "SucceededRescale"),
            (14, ready),
            (14, down),
            (14, down),
            (14, down),
            (6, "SucceededRescale"),
            (6, ready),
        ]
    );
}

/// Without `behavior` an earlier proposal lifts the size although the metrics ask for no change.
#[test]
fn an_apply_of_fewer_replicas_is_undone() {
    let mut bench = Bench::with_pods(spec(utilization(50)), 10, &[(10, ready(50))]);
    bench.evaluate();
    bench.pass(15_001);
    bench.replicas = 3;
    bench.pods = several(&[(3, ready(50))]);
    let evaluation = bench.evaluate();
    assert_eq!(bench.replicas, 6, "at most twice the size");
    assert_eq!(texts(&evaluation), ["SuccessfulRescale: New size: 6; reason: "]);
    assert_eq!(bench.reason(ConditionType::ScalingLimited), "ScaleUpLimit");
}

#[test]
fn sizes_out_of_bounds_are_mended_without_metrics() {
    for (replicas, expected, text) in [
        (
            12,
            10,
            "SuccessfulRescale: New size: 10; reason: Current number of replicas above Spec.MaxReplicas",
        ),
        (1, 2, "SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas"),
    ] {
        let bounds = SpecAsWritten { min_replicas: Some(2), max_replicas: 10, ..spec(utilization(50)) };
        let mut bench = Bench::new(bounds, replicas);
        bench.metrics_error = Some("down");
        let evaluation = bench.evaluate();
        assert_eq!(bench.replicas, expected);
        assert_eq!(texts(&evaluation), [text]);
        assert_eq!((bench.status.current_replicas, bench.status.desired_replicas), (replicas, expected));
        assert!(bench.status.conditions.get(ConditionType::ScalingActive).is_none());
    }
}

#[test]
fn a_target_of_size_0_is_left_alone() {
    let mut bench = Bench::with_pods(spec(utilization(50)), 0, &[]);
    let evaluation = bench.evaluate();
    assert_eq!((evaluation.rescale, bench.status.desired_replicas), (None, 0));
    assert_eq!(bench.reason(ConditionType::ScalingActive), "ScalingDisabled");
    let scale = Scale { spec_replicas: 0, status_replicas: 0, selector: Selector::Valid };
    assert!(!reads_metrics(&bench.spec, &scale));
    assert!(reads_metrics(&bench.spec, &Scale { spec_replicas: 1, ..scale }));
}

#[test]
fn a_failing_metric_blocks_the_way_down_only() {
    let both = SpecAsWritten {
        metrics: vec![utilization(50), external(ValueTarget::AverageValue(1000))],
        ..spec(utilization(50))
    };
    for (value, expected, active) in
        [(8000, 8, "ValidMetricFound"), (4000, 4, "ValidMetricFound"), (3000, 4, "FailedGetResourceMetric")]
    {
        let mut bench = Bench::new(both.clone(), 4);
        bench.metrics_error = Some("down");
        bench.series = vec![value];
        let evaluation = bench.evaluate();
        assert_eq!((bench.replicas, bench.reason(ConditionType::ScalingActive)), (expected, active));
        assert!(bench.status.current_metrics[0].is_none() && bench.status.current_metrics[1].is_some());
        assert_eq!(evaluation.last_event.is_some(), active == "FailedGetResourceMetric");
    }
}

#[test]
fn failures_have_the_texts_of_the_controller() {
    let mut bench = Bench::new(spec(utilization(50)), 2);
    bench.no_requests = true;
    let missing = "failed to get cpu utilization: missing request for cpu in container app of Pod p-0";
    assert_eq!(
        texts(&bench.evaluate()),
        [
            format!("FailedGetResourceMetric: {missing}"),
            format!(
                "FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to \
                 get cpu resource metric value: {missing}"
            ),
        ]
    );
    let mut bench = Bench::new(spec(object(ValueTarget::AverageValue(1000))), 2);
    let gone = "unable to get metric requests: Ingress on default main/unable to fetch metrics from custom \
                metrics API: gone";
    assert_eq!(
        texts(&bench.evaluate()),
        [
            format!("FailedGetObjectMetric: {gone}"),
            format!(
                "FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to \
                 get object metric value: failed to get requests object metric: {gone}"
            ),
        ]
    );
}

/// A refused write leaves the size asked for and the time of the last change as they were, and is no event for
/// the policies.
#[test]
fn a_refused_write_is_reported() {
    let mut bench = Bench::with_pods(
        with_behavior(utilization(50), Some(policies(&[(PolicyKind::Pods, 4, 600)])), None),
        4,
        &[(4, ready(400))],
    );
    bench.refuse = Some("denied");
    let evaluation = bench.evaluate();
    assert_eq!(
        texts(&evaluation),
        [
            "FailedRescale: New size: 8; reason: cpu resource utilization (percentage of request) above target; error: denied"
        ]
    );
    assert_eq!((bench.status.current_replicas, bench.status.desired_replicas), (4, 0));
    assert_eq!(bench.status.last_scale, None);
    let able = bench.status.conditions.get(ConditionType::AbleToScale).expect("a condition");
    assert_eq!((able.cause.holds(), able.cause.reason()), (false, "FailedUpdateScale"));
    bench.refuse = None;
    bench.pass(15_001);
    bench.evaluate();
    assert_eq!(bench.replicas, 8, "the refused change counts in no period");
}

#[test]
fn a_scale_that_cannot_be_read_changes_one_condition() {
    let mut bench = Bench::with_pods(spec(utilization(50)), 4, &[(4, ready(50))]);
    bench.evaluate();
    let before = bench.status.clone();
    let view = View {
        settings: &bench.settings,
        spec: &bench.spec,
        status: &before,
        scale: Err(&"deployments.apps \"web\" not found".into()),
        pods: &[],
        metrics: &Answers { usage: Ok(Vec::new()), custom: Vec::new(), object: Ok(0), series: Vec::new() },
    };
    let mut memory = bench.memory.clone();
    let evaluation = evaluate(&view, &mut memory, bench.now + Span::from_secs(15));
    assert_eq!(memory, bench.memory);
    assert!(matches!(evaluation.events[..], [ApiEvent::FailedGetScale(_)]));
    let able = evaluation.status.conditions.get(ConditionType::AbleToScale).expect("a condition");
    assert_eq!(able.last_transition, Timestamp::from_secs(31));
    assert_eq!(
        able.cause.text(&words()),
        "the HPA controller was unable to get the target's current scale: deployments.apps \"web\" not found"
    );
    assert_eq!(evaluation.status.current_metrics, before.current_metrics);
}

/// The tolerance of a direction takes the place of the cluster's; both ends change nothing.
#[test]
fn tolerances_are_of_a_direction() {
    let rules = |nanos| {
        let tolerance = Some(controller::autoscaler::tolerance(nanos));
        Some(RulesAsWritten { stabilization_window: Some(0), tolerance, ..RulesAsWritten::default() })
    };
    for (cpu, expected) in [(150, 10), (151, 16), (80, 10), (79, 8)] {
        let spec = with_behavior(utilization(100), rules(500_000_000), rules(200_000_000));
        let mut bench = Bench::with_pods(spec, 10, &[(10, ready(cpu))]);
        assert_eq!(bench.evaluate().proposed, Some(expected), "{cpu}%");
    }
}

#[test]
fn absent_fields_get_the_defaults_of_the_api_server() {
    let spec = SpecAsWritten {
        max_replicas: 5,
        behavior: Some(BehaviorAsWritten {
            up: Some(RulesAsWritten { select: Some(SelectPolicy::Min), ..RulesAsWritten::default() }),
            down: None,
        }),
        ..SpecAsWritten::default()
    }
    .defaulted();
    assert_eq!((spec.min_replicas, spec.max_replicas), (1, 5));
    assert_eq!(spec.metrics(), [Arc::new(utilization(80))]);
    let behavior = spec.behavior.expect("a behavior");
    let (four, all) = (
        Policy { kind: PolicyKind::Pods, value: 4, period: 15 },
        Policy { kind: PolicyKind::Percent, value: 100, period: 15 },
    );
    assert_eq!((behavior.up.stabilization_window, behavior.up.select), (Some(0), SelectPolicy::Min));
    assert_eq!(behavior.up.policies, [four, all]);
    assert_eq!((behavior.down.stabilization_window, behavior.down.select), (None, SelectPolicy::Max));
    assert_eq!(behavior.down.policies, [all]);
}

/// Another autoscaler whose target selects the same pods.
#[test]
fn a_selector_that_cannot_be_used_stops_the_evaluation() {
    let selectors = [
        (Selector::Missing, "SelectorRequired", "InvalidSelector", "selector is required"),
        (
            Selector::Malformed("found '!'".into()),
            "InvalidSelector",
            "InvalidSelector",
            "couldn't convert selector into a corresponding internal selector object: found '!'",
        ),
        (
            Selector::Ambiguous {
                selector: "app=web".into(),
                autoscalers: Arc::from(["default/a".to_owned(), "default/b".to_owned()]),
            },
            "AmbiguousSelector",
            "AmbiguousSelector",
            "pods by selector app=web are controlled by multiple HPAs: [default/a default/b]",
        ),
    ];
    for (selector, event, reason, text) in selectors {
        let mut bench = Bench::with_pods(spec(utilization(50)), 4, &[(4, ready(100))]);
        let scale = Scale { spec_replicas: 4, status_replicas: 4, selector };
        let view = View {
            settings: &bench.settings,
            spec: &bench.spec,
            status: &bench.status,
            scale: Ok(&scale),
            pods: &[],
            metrics: &Answers {
                usage: Ok(Vec::new()),
                custom: Vec::new(),
                object: Ok(0),
                series: Vec::new(),
            },
        };
        let evaluation = evaluate(&view, &mut bench.memory, bench.now);
        assert_eq!(
            texts(&evaluation),
            [format!("{event}: {text}"), format!("FailedComputeMetricsReplicas: {text}")]
        );
        let active = evaluation.status.conditions.get(ConditionType::ScalingActive).expect("a condition");
        assert_eq!(active.cause.reason(), reason);
        assert_eq!(evaluation.rescale, None);
        assert_eq!(evaluation.status.current_metrics, []);
    }
}
