//! What is measured of pods that live by themselves: CPU by a law of load and readiness.

use super::script::Follow;
use super::target::SeenPod;
use controller::Timestamp;
use controller::api::{ConditionStatus, PodPhase, Uid};
use controller::autoscaler::{ContainerRequests, ContainerUsage, Readiness, Resources};
use simulator::Span;
use std::rc::Rc;
use std::sync::Arc;

/// A pod that lives by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct LivePod {
    pub(super) uid: Uid,
    /// Since when it runs.
    pub(super) running_since: Option<Timestamp>,
    /// Since when it is ready.
    pub(super) ready_since: Option<Timestamp>,
    pub(super) being_deleted: bool,
    /// It was there at t = 0: its samples have begun long ago.
    pub(super) is_initial: bool,
}

impl LivePod {
    pub(super) const fn is_ready(&self) -> bool {
        self.ready_since.is_some()
    }

    fn serves(&self) -> bool {
        self.is_ready() && !self.being_deleted
    }
}

/// The pods as the autoscaler sees them at `now`. The load is spread over those that are ready and not
/// terminating.
pub(super) fn seen(
    pods: &[LivePod],
    law: &Follow,
    containers: &Rc<[ContainerRequests]>,
    now: Timestamp,
) -> Vec<SeenPod> {
    let serving = pods.iter().filter(|pod| pod.serves()).count() as i64;
    let cpu = |pod: &LivePod| match pod.is_ready() {
        false => law.start_cpu,
        true if pod.serves() => law.idle_cpu + law.load / serving,
        true => law.idle_cpu,
    };
    let usage = |pod: &LivePod| {
        let begin =
            pod.running_since? + Span::from_millis(if pod.is_initial { 0 } else { law.sample_after_ms });
        let usage = Resources { cpu: Some(cpu(pod)), memory: None };
        let first = containers.first().filter(|_| begin <= now)?;
        Some(Rc::from([ContainerUsage { name: Arc::clone(&first.name), usage }]))
    };
    let see = |pod: &LivePod| SeenPod {
        uid: pod.uid,
        phase: if pod.running_since.is_some() { PodPhase::Running } else { PodPhase::Pending },
        being_deleted: pod.being_deleted,
        start: pod.running_since.map(Timestamp::stored),
        ready: readiness(pod),
        containers: Rc::clone(containers),
        usage: usage(pod),
        custom: Rc::default(),
    };
    pods.iter().map(see).collect()
}

fn readiness(pod: &LivePod) -> Option<Readiness> {
    let (status, since) = match (pod.ready_since, pod.running_since) {
        (Some(ready), _) => (ConditionStatus::True, ready),
        (None, Some(running)) => (ConditionStatus::False, running),
        (None, None) => return None,
    };
    Some(Readiness { status, since: since.stored() })
}
