//! The pods of a metric in groups, and what they request (`groupPods`, `calculateRequests`,
//! `replica_calculator.go`; `getPodMetrics`, `metrics/client.go`).

use super::message::MetricError;
use super::spec::{ResourceName, Settings};
use super::view::{Pod, PodUsage};
use crate::Timestamp;
use crate::api::{ConditionStatus, PodPhase};
use std::sync::Arc;

/// A sample of one metric of a pod.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// In milli-units.
    pub(super) value: i64,
    /// Whether it was taken too soon after the pod has turned ready, or before, to be trusted while the pod is
    /// young. Only looked at for CPU.
    pub(super) is_early: bool,
}

impl Sample {
    /// A resource of a pod: of all its containers together, or of one. A pod has no sample if a container that
    /// counts lacks the resource.
    pub(super) fn of_resource(
        pod: &Pod<'_>,
        usage: Option<&PodUsage<'_>>,
        resource: &ResourceName,
        container: Option<&str>,
    ) -> Option<Self> {
        let usage = usage?;
        let value = match container {
            Some(name) => usage.containers.iter().find(|c| &*c.name == name)?.usage.get(resource)?,
            None if usage.containers.is_empty() => return None,
            None => usage
                .containers
                .iter()
                .try_fold(0_i64, |sum, c| Some(sum.wrapping_add(c.usage.get(resource)?)))?,
        };
        let is_early = pod.ready.is_some_and(|ready| usage.timestamp < ready.since + usage.window);
        Some(Self { value, is_early })
    }
}

/// How a pod takes part in the proposal of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Not at all.
    Ignored,
    /// It is not ready: it counts with nothing when the others ask for more.
    Unready,
    /// It has no sample: a value against the direction of the change is assumed.
    Missing,
    /// With this sample.
    Counted(i64),
}

/// The group of a pod. Readiness and age are looked at for CPU only.
pub(super) fn group(
    pod: &Pod<'_>,
    sample: Option<Sample>,
    is_cpu: bool,
    settings: &Settings,
    now: Timestamp,
) -> Group {
    if pod.being_deleted || pod.phase == PodPhase::Failed {
        return Group::Ignored;
    }
    if pod.phase == PodPhase::Pending {
        return Group::Unready;
    }
    match sample {
        None => Group::Missing,
        Some(sample) if is_cpu && is_unready(pod, sample, settings, now) => Group::Unready,
        Some(sample) => Group::Counted(sample.value),
    }
}

fn is_unready(pod: &Pod<'_>, sample: Sample, settings: &Settings, now: Timestamp) -> bool {
    let (Some(ready), Some(start)) = (pod.ready, pod.start) else { return true };
    let is_false = ready.status == ConditionStatus::False;
    if start + settings.cpu_initialization > now {
        is_false || sample.is_early
    } else {
        // A transition so soon after the start is the first report of the kubelet: it has never been ready.
        is_false && start + settings.initial_readiness_delay > ready.since
    }
}

/// What a pod requests of a resource, in milli-units: all its containers together, or one of them.
pub(super) fn request(
    pod: &Pod<'_>,
    resource: &ResourceName,
    container: Option<&str>,
) -> Result<i64, MetricError> {
    let missing = |container: &Arc<str>| MetricError::MissingRequest {
        resource: resource.clone(),
        container: Arc::clone(container),
        pod: pod.uid,
    };
    if let Some(name) = container {
        let Some(found) = pod.containers.iter().find(|c| &*c.name == name) else {
            return Err(MetricError::ContainerNotFound { container: name.into(), pod: pod.uid });
        };
        return found.requests.get(resource).ok_or_else(|| missing(&found.name));
    }
    if let Some(requests) = pod.requests {
        let missing = || MetricError::MissingPodRequest { resource: resource.clone(), pod: pod.uid };
        return requests.get(resource).ok_or_else(missing);
    }
    pod.containers.iter().try_fold(0_i64, |sum, container| {
        let request = container.requests.get(resource).ok_or_else(|| missing(&container.name))?;
        Ok(sum.wrapping_add(request))
    })
}

/// Pods that serve: Running and Ready, terminating ones included.
pub(super) fn count_ready(pods: &[Pod<'_>]) -> usize {
    let is_ready = |pod: &&Pod<'_>| {
        pod.phase == PodPhase::Running && pod.ready.is_some_and(|ready| ready.status == ConditionStatus::True)
    };
    pods.iter().filter(is_ready).count()
}
