//! What an evaluation reads.

use super::message::ErrorText;
use super::spec::{AutoscalerSpec, MetricName, ObjectReference, ResourceName, Settings};
use super::status::AutoscalerStatus;
use crate::api::{ConditionStatus, PodPhase, Uid};
use crate::{Span, Timestamp};
use std::sync::Arc;

/// Everything that one evaluation reads.
#[derive(Debug, Clone, Copy)]
pub struct View<'a, M> {
    /// Flags of the controller manager.
    pub settings: &'a Settings,
    /// The spec in the controller's cache.
    pub spec: &'a AutoscalerSpec,
    /// The status in the controller's cache.
    pub status: &'a AutoscalerStatus,
    /// The target's scale as the API server answered, or its error.
    pub scale: Result<&'a Scale, &'a ErrorText>,
    /// The pods in the cache that match the scale's selector, in any phase, terminating ones included.
    pub pods: &'a [Pod<'a>],
    /// The metrics APIs.
    pub metrics: &'a M,
}

/// The scale subresource of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// `spec.replicas`
    pub spec_replicas: i32,
    /// `status.replicas`
    pub status_replicas: i32,
    /// `status.selector`
    pub selector: Selector,
}

/// What the controller makes of a scale's selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// It selects pods for this autoscaler alone.
    Valid,
    /// It is empty.
    Missing,
    /// It cannot be parsed; the parser's error.
    Malformed(ErrorText),
    /// Another autoscaler's target selects one of the same pods.
    Ambiguous {
        /// The selector.
        selector: Arc<str>,
        /// `namespace/name` of the autoscalers.
        autoscalers: Arc<[String]>,
    },
}

/// What the controller sees of a pod.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'a> {
    /// Which pod.
    pub uid: Uid,
    /// `status.phase`
    pub phase: PodPhase,
    /// It has a deletion timestamp.
    pub being_deleted: bool,
    /// `status.startTime`: when the kubelet saw the pod first.
    pub start: Option<Timestamp>,
    /// Condition `Ready`.
    pub ready: Option<Readiness>,
    /// Requests of the ordinary and the restartable init containers, in this order.
    pub containers: &'a [ContainerRequests],
    /// The requests of the pod if some are set at pod level (`resourcehelpers.PodRequests`).
    pub requests: Option<Resources>,
}

/// Condition `Ready` of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// Whether it is ready.
    pub status: ConditionStatus,
    /// `lastTransitionTime`
    pub since: Timestamp,
}

/// What a container requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRequests {
    /// Its name.
    pub name: Arc<str>,
    /// Its requests; absent for a resource that it does not request.
    pub requests: Resources,
}

/// Amounts of the resources that the resource metrics API serves, in milli-units (bytes × 1000 for memory).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// CPU.
    pub cpu: Option<i64>,
    /// Memory.
    pub memory: Option<i64>,
}

impl Resources {
    /// The amount of a resource.
    #[must_use]
    pub const fn get(&self, resource: &ResourceName) -> Option<i64> {
        match resource {
            ResourceName::Cpu => self.cpu,
            ResourceName::Memory => self.memory,
            ResourceName::Other(_) => None,
        }
    }
}

/// A sample of the resource metrics API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodUsage<'a> {
    /// End of the window, in whole seconds.
    pub timestamp: Timestamp,
    /// Length of the window.
    pub window: Span,
    /// Usage of the containers.
    pub containers: &'a [ContainerUsage],
}

/// What a container uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerUsage {
    /// Its name.
    pub name: Arc<str>,
    /// Usage; absent for a resource that the sample lacks.
    pub usage: Resources,
}

/// The answers of the metrics APIs. Slices of pods are in the order of [`View::pods`]; a pod that an answer does
/// not list is absent from it. Errors are the texts of the API server.
pub trait Metrics {
    /// Usage of the pods from the resource metrics API.
    ///
    /// # Errors
    /// The API's error.
    fn usage(&self) -> Result<&[Option<PodUsage<'_>>], ErrorText>;

    /// A custom metric of the pods, in milli-units.
    ///
    /// # Errors
    /// The API's error.
    fn of_pods(&self, metric: &MetricName) -> Result<&[Option<i64>], ErrorText>;

    /// A custom metric of an object, in milli-units.
    ///
    /// # Errors
    /// The API's error.
    fn of_object(&self, metric: &MetricName, object: &ObjectReference) -> Result<i64, ErrorText>;

    /// All series of an external metric, in milli-units.
    ///
    /// # Errors
    /// The API's error.
    fn external(&self, metric: &MetricName) -> Result<&[i64], ErrorText>;
}
