//! Conservation laws of the fluid model.

use super::*;
use crate::cluster::{Endpoint, NodeId, Pod};
use crate::engine::Law;
use crate::model::{Connections, Proxies};
use controller::api::{PodPhase, TemplateId, Uid};
use proptest::prelude::*;

const PODS: u32 = 4;

fn measures(connections: Connections, on_shutdown: OnShutdown) -> ServiceMeasures {
    let millis = |count| Law::Constant(Span::from_millis(count));
    let traffic = Traffic { requests_per_second: 100.0, duration: millis(200), connections, on_shutdown };
    let mut model = crate::cluster::common::rolling_update(2, 1, crate::cluster::common::foreseeable(true));
    model.service = Some(Service {
        name: "web".to_owned(),
        selector: Vec::new(),
        container: None,
        publish_not_ready: false,
        local: false,
        proxies: Proxies { count: 2, min_interval: Span::SECOND, programming: millis(10) },
        traffic,
    });
    ServiceMeasures::of(&model).unwrap()
}

fn api() -> ApiServer {
    let pod = Pod {
        uid: Uid(0),
        owner: None,
        template: TemplateId(0),
        ordinal: 0,
        matches: true,
        created: Timestamp::ZERO,
        node: Some(NodeId(0)),
        phase: PodPhase::Running,
        ready_since: None,
        deletion: None,
        deletion_cost: 0,
        restarts: 0,
        resource_version: 1,
        removed: false,
    };
    let mut api = ApiServer::default();
    api.pods.extend(vec![pod; PODS as usize]);
    api
}

const READY: Endpoint = Endpoint { ready: true, serving: true, terminating: false };
const LEAVING: Endpoint = Endpoint { ready: false, serving: true, terminating: true };
const STATES: [Option<Endpoint>; 3] = [None, Some(READY), Some(LEAVING)];
const SERVING: [Serving; 5] =
    [Serving::Starting, Serving::Accepting, Serving::Stopping, Serving::Gone, Serving::Unreachable];

/// A change of a proxy or an application after some milliseconds.
#[derive(Debug, Clone, Copy)]
enum ServiceChange {
    List { proxy: u8, pod: u32, state: usize },
    Serve { pod: u32, serving: usize },
}

fn steps() -> impl Strategy<Value = Vec<(i64, ServiceChange)>> {
    let list = (0..2u8, 0..PODS, 0..STATES.len()).prop_map(|(proxy, pod, state)| ServiceChange::List {
        proxy,
        pod,
        state,
    });
    let serve = (0..PODS, 0..SERVING.len()).prop_map(|(pod, serving)| ServiceChange::Serve { pod, serving });
    prop::collection::vec((0..5000i64, prop_oneof![list, serve]), 1..60)
}

/// Applies the steps; calls `check` after each.
fn feed(
    measures: &mut ServiceMeasures,
    steps: &[(i64, ServiceChange)],
    mut check: impl FnMut(&mut ServiceMeasures),
) {
    let api = api();
    let mut known = [[None; PODS as usize]; 2];
    let mut now = Timestamp::ZERO;
    measures.begin(now);
    for &(after, step) in steps {
        now += Span::from_millis(after);
        match step {
            ServiceChange::List { proxy, pod, state } => {
                let listed = &mut known[usize::from(proxy)][pod as usize];
                let before = std::mem::replace(listed, STATES[state]);
                let change = EndpointChange { pod: PodId(pod), before, after: *listed, since: None };
                measures.observe(now, Observation::EndpointsProgrammed { proxy, changes: &[change] }, &api);
            }
            ServiceChange::Serve { pod, serving } => {
                measures.observe(now, Observation::Serving(PodId(pod), SERVING[serving]), &api);
            }
        }
        check(measures);
    }
}

proptest! {
    /// Every client is counted once: with a connection to some pod, or without one.
    #[test]
    fn no_connection_is_lost(steps in steps(), shutdown in 0..3usize) {
        let shutdown = [OnShutdown::ClosesListener, OnShutdown::Drains, OnShutdown::Ignores][shutdown];
        let lifetime = Law::Constant(Span::from_secs(7));
        let mut measures = measures(Connections::KeepAlive { lifetime }, shutdown);
        let mut first = true;
        feed(&mut measures, &steps, |measures| {
            // At the start no connection has been made yet.
            if !std::mem::replace(&mut first, false) && measures.at > measures.start {
                let kept: f64 = (0..PODS).map(|pod| measures.kept(PodId(pod))).sum();
                assert!((kept - measures.flow.kept()).abs() < 1e-9, "{kept} at pods, {} kept", measures.flow.kept());
            }
        });
    }

    /// The counters agree with a sum over all pods.
    #[test]
    fn the_failing_share_is_that_of_the_pods(steps in steps()) {
        let mut measures = measures(Connections::PerRequest, OnShutdown::ClosesListener);
        feed(&mut measures, &steps, |measures| {
            for proxy in 0..2 {
                for role in [Role::Ready, Role::Fallback] {
                    let listed = measures.pods.iter().filter(|pod| pod.listed[role as usize] >> proxy & 1 == 1);
                    let (all, failing) = listed.fold((0, 0), |(all, failing), pod| {
                        (all + 1, failing + u32::from(measures.failure(pod.serving).is_some()))
                    });
                    let group = *measures.proxies[proxy].group(role);
                    assert_eq!((group.members, group.cannot.iter().sum::<u32>()), (all, failing));
                }
            }
        });
        let end = measures.at + Span::from_secs(10);
        let record = measures.finish(end, None);
        let failed = record.failed;
        prop_assert!(failed.refused + failed.not_ready + failed.no_endpoint <= record.requests_sent + 1e-6);
        prop_assert!((0.0..=1.0).contains(&record.worst_ten_seconds));
    }
}

/// The closed form of the fluid model agrees with small steps.
#[test]
fn small_steps_lead_to_the_same_flow() {
    let traffic = |lifetime| Traffic {
        requests_per_second: 100.0,
        duration: Law::Constant(Span::ZERO),
        connections: Connections::KeepAlive { lifetime: Law::Constant(lifetime) },
        on_shutdown: OnShutdown::Drains,
    };
    for failing in [0.0, 0.3, 1.0] {
        let mut whole = Flow::of(&traffic(Span::from_secs(5)));
        whole.release(0.4);
        let mut stepped = whole.clone();
        let (attempts, Some((left, made))) = whole.pass(Span::from_secs(3), failing) else { panic!() };
        let (mut sum, mut kept, mut product) = (0.0, 0.0, 1.0);
        for _ in 0..3000 {
            let (attempts, Some((left, made))) = stepped.pass(Span::from_millis(1), failing) else {
                panic!()
            };
            sum += attempts;
            product *= left;
            kept = kept * left + made;
        }
        assert!((sum - attempts).abs() < 1e-6 * attempts, "{sum} attempts, not {attempts}");
        assert!((kept - made).abs() < 1e-9 && (product - left).abs() < 1e-9);
        assert!((whole.kept() - stepped.kept()).abs() < 1e-9);
    }
}
