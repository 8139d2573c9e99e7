//! The target of the autoscaler: its size, and its pods as the controller sees them.

use super::script::{Container, Op};
use controller::Timestamp;
use controller::api::{PodPhase, Uid};
use controller::autoscaler::{ContainerRequests, ContainerUsage, Pod, PodUsage, Readiness, Resources};
use measures::units::Quantity;
use simulator::Span;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Whatever the autoscaler scales.
pub(super) trait Target {
    /// Lets everything happen that happens up to `at`.
    fn advance(&mut self, at: Timestamp);

    /// `spec.replicas` and `status.replicas` of the scale.
    fn size(&self) -> (i32, i32);

    /// Sets `spec.replicas`.
    fn scale(&mut self, replicas: i32);

    /// Carries out an action that concerns the target or its pods.
    ///
    /// # Errors
    /// Says what a target of this kind cannot do.
    fn act(&mut self, op: &Op) -> Result<(), String>;

    /// The pods, with what is measured of them now.
    fn pods(&self) -> Vec<SeenPod>;
}

/// A pod and what is measured of it.
#[derive(Debug, Clone)]
pub(super) struct SeenPod {
    pub(super) uid: Uid,
    pub(super) phase: PodPhase,
    pub(super) being_deleted: bool,
    pub(super) start: Option<Timestamp>,
    pub(super) ready: Option<Readiness>,
    pub(super) containers: Rc<[ContainerRequests]>,
    /// Usage of its containers; absent if the resource metrics API does not list it.
    pub(super) usage: Option<Rc<[ContainerUsage]>>,
    /// Custom metrics by name.
    pub(super) custom: Rc<BTreeMap<String, i64>>,
}

impl SeenPod {
    /// The pod as the decisions take it.
    pub(super) fn view(&self) -> Pod<'_> {
        Pod {
            uid: self.uid,
            phase: self.phase,
            being_deleted: self.being_deleted,
            start: self.start,
            ready: self.ready,
            containers: &self.containers,
            requests: None,
        }
    }

    /// Its sample, taken at `timestamp`.
    pub(super) fn sample(&self, timestamp: Timestamp, window: Span) -> Option<PodUsage<'_>> {
        let containers = self.usage.as_deref()?;
        Some(PodUsage { timestamp, window, containers })
    }
}

/// The requests of the containers; `replaced` takes the place of those of the named ones.
///
/// # Errors
/// A request that is no quantity.
pub(super) fn requests(
    containers: &[Container],
    replaced: &BTreeMap<String, BTreeMap<String, String>>,
) -> Result<Rc<[ContainerRequests]>, String> {
    let requests = containers.iter().map(|container| {
        let of_container = replaced.get(&container.name).unwrap_or(&container.requests);
        let milli = |resource: &str| {
            let text = of_container.get(resource);
            let quantity = text.map(|text| Quantity::parse(text)).transpose();
            quantity
                .map(|quantity| quantity.map(Quantity::milli))
                .map_err(|cause| format!("the request for {resource} of {}: {cause}", container.name))
        };
        let requests = Resources { cpu: milli("cpu")?, memory: milli("memory")? };
        Ok(ContainerRequests { name: container.name.as_str().into(), requests })
    });
    requests.collect()
}

/// Usage of containers from CPU in milli-units and memory in bytes.
pub(super) fn usage(containers: &BTreeMap<String, BTreeMap<String, i64>>) -> Rc<[ContainerUsage]> {
    let usage = containers.iter().map(|(name, usage)| {
        let memory = usage.get("memory").map(|bytes| bytes * 1000);
        let usage = Resources { cpu: usage.get("cpu").copied(), memory };
        ContainerUsage { name: Arc::from(name.as_str()), usage }
    });
    usage.collect()
}
