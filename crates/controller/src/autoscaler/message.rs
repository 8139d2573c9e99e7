//! The texts of events and conditions.
//!
//! They are kept as what they say rather than as characters: an evaluation compares them and rarely shows them.

use super::spec::{Metric, MetricName, ResourceName, ResourceTarget, ValueTarget};
use crate::api::Uid;
use std::fmt;
use std::sync::Arc;

/// The text of an error of the API server.
pub type ErrorText = Arc<str>;

/// Values that texts contain.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The autoscaler's namespace.
    pub namespace: &'a str,
    /// The name of a pod.
    pub pod: &'a dyn Fn(Uid) -> String,
}

impl fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

/// Why a metric gives no proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricError {
    /// The metrics API answered with an error.
    Api(ErrorText),
    /// The metrics API answered with an empty list.
    NothingReturned,
    /// No pod matches the selector.
    NoPods,
    /// No pod matches the selector, for a metric that needs the number of ready pods only.
    NoReadyPods,
    /// No sample is left to count.
    NoSamples,
    /// A container does not request the resource.
    MissingRequest {
        /// The resource.
        resource: ResourceName,
        /// The container.
        container: Arc<str>,
        /// Its pod.
        pod: Uid,
    },
    /// A pod with requests at pod level does not request the resource.
    MissingPodRequest {
        /// The resource.
        resource: ResourceName,
        /// The pod.
        pod: Uid,
    },
    /// A pod lacks the container that the metric names.
    ContainerNotFound {
        /// The container.
        container: Arc<str>,
        /// The pod.
        pod: Uid,
    },
    /// The requests sum up to nothing.
    NothingRequested,
}

/// A metric that gives no proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricFailure {
    /// The metric.
    pub metric: Arc<Metric>,
    /// Why.
    pub error: MetricError,
}

impl MetricFailure {
    /// The reason of event and condition.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match &*self.metric {
            Metric::Resource { .. } => "FailedGetResourceMetric",
            Metric::ContainerResource { .. } => "FailedGetContainerResourceMetric",
            Metric::Pods { .. } => "FailedGetPodsMetric",
            Metric::Object { .. } => "FailedGetObjectMetric",
            Metric::External { .. } => "FailedGetExternalMetric",
        }
    }

    /// The text of the event.
    #[must_use]
    pub fn text(&self, words: &Words<'_>) -> String {
        let error = self.error_text(words);
        match &*self.metric {
            Metric::Resource { resource, target } | Metric::ContainerResource { resource, target, .. } => {
                let what = match target {
                    ResourceTarget::Utilization(_) => "utilization",
                    ResourceTarget::AverageValue(_) => "usage",
                };
                format!("failed to get {} {what}: {error}", resource.as_str())
            }
            Metric::Pods { .. } => error,
            _ if self.error == MetricError::NoReadyPods => error,
            Metric::Object { metric, object, .. } => {
                // The controller has kind, namespace and name in the wrong order.
                let (kind, name) = (&object.kind, &object.name);
                format!("unable to get metric {}: {kind} on {} {name}/{error}", metric.name, words.namespace)
            }
            Metric::External { metric, .. } => {
                let selector = selector(metric);
                format!(
                    "unable to get external metric {}/{}/{selector}: {error}",
                    words.namespace, metric.name
                )
            }
        }
    }

    fn error_text(&self, words: &Words<'_>) -> String {
        let api = match &*self.metric {
            Metric::Resource { .. } | Metric::ContainerResource { .. } => "resource",
            Metric::Pods { .. } | Metric::Object { .. } => "custom",
            Metric::External { .. } => "external",
        };
        let of_metric = |error: String| match &*self.metric {
            Metric::Resource { resource, .. } | Metric::ContainerResource { resource, .. } => {
                format!("unable to get metrics for resource {}: {error}", resource.as_str())
            }
            Metric::Pods { metric, .. } => format!("unable to get metric {}: {error}", metric.name),
            Metric::Object { .. } | Metric::External { .. } => error,
        };
        match &self.error {
            MetricError::Api(error) => {
                of_metric(format!("unable to fetch metrics from {api} metrics API: {error}"))
            }
            MetricError::NothingReturned => of_metric(format!("no metrics returned from {api} metrics API")),
            MetricError::NoPods => NO_PODS.to_owned(),
            MetricError::NoReadyPods => format!("unable to calculate ready pods: {NO_PODS}"),
            MetricError::NoSamples => {
                "did not receive metrics for targeted pods (pods might be unready)".to_owned()
            }
            MetricError::MissingRequest { resource, container, pod } => {
                let (resource, pod) = (resource.as_str(), (words.pod)(*pod));
                format!("missing request for {resource} in container {container} of Pod {pod}")
            }
            MetricError::MissingPodRequest { resource, pod } => {
                format!("missing pod-level request for {} in Pod {}", resource.as_str(), (words.pod)(*pod))
            }
            MetricError::ContainerNotFound { container, pod } => {
                format!("container {container} not found in Pod {}", (words.pod)(*pod))
            }
            MetricError::NothingRequested => "no metrics returned matched known pods".to_owned(),
        }
    }

    /// The text as the event `FailedComputeMetricsReplicas` repeats it.
    fn wrapped(&self, words: &Words<'_>) -> String {
        let text = self.text(words);
        match &*self.metric {
            Metric::Resource { resource, .. } => {
                format!("failed to get {} resource metric value: {text}", resource.as_str())
            }
            Metric::ContainerResource { container, .. } => {
                format!("failed to get {container} container metric value: {text}")
            }
            Metric::Pods { .. } => format!("failed to get pods metric value: {text}"),
            Metric::Object { target: ValueTarget::Value(_), .. } => {
                format!("failed to get object metric value: {text}")
            }
            Metric::Object { metric, target: ValueTarget::AverageValue(_), .. } => {
                format!(
                    "failed to get object metric value: failed to get {} object metric: {text}",
                    metric.name
                )
            }
            Metric::External { metric, target } => {
                let name = &metric.name;
                let inner = match target {
                    ValueTarget::Value(_) => format!("failed to get external metric {name}"),
                    ValueTarget::AverageValue(_) => format!("failed to get {name} external metric"),
                };
                format!("failed to get {name} external metric value: {inner}: {text}")
            }
        }
    }
}

const NO_PODS: &str = "no pods returned by selector while calculating replica count";

fn selector(metric: &MetricName) -> &str {
    // What Go prints for a nil pointer to a selector.
    metric.selector.as_deref().unwrap_or("nil")
}

impl Metric {
    /// The name in reasons and conditions.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::Resource { resource, target: ResourceTarget::Utilization(_) } => {
                format!("{} resource utilization (percentage of request)", resource.as_str())
            }
            Self::ContainerResource { resource, target: ResourceTarget::Utilization(_), .. } => {
                format!("{} container resource utilization (percentage of request)", resource.as_str())
            }
            Self::Resource { resource, .. } | Self::ContainerResource { resource, .. } => {
                format!("{} resource", resource.as_str())
            }
            Self::Pods { metric, .. } => format!("pods metric {}", metric.name),
            Self::Object { metric, object, target: ValueTarget::Value(_) } => {
                format!("{} metric {}", object.kind, metric.name)
            }
            // The controller takes an object metric with an average value for an external one here.
            Self::Object { metric, .. } | Self::External { metric, .. } => {
                format!("external metric {}({})", metric.name, selector(metric))
            }
        }
    }
}

/// Why the size changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RescaleReason {
    /// The size is above `maxReplicas`.
    AboveMaximum,
    /// The size is below `minReplicas`.
    BelowMinimum,
    /// This metric asks for more pods.
    MetricAbove(Arc<Metric>),
    /// All metrics ask for fewer pods.
    MetricsBelow,
    /// The metrics ask for no change; an earlier proposal does.
    EarlierProposal,
}

impl RescaleReason {
    /// The text within the event.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::AboveMaximum => "Current number of replicas above Spec.MaxReplicas".to_owned(),
            Self::BelowMinimum => "Current number of replicas below Spec.MinReplicas".to_owned(),
            Self::MetricAbove(metric) => format!("{} above target", metric.description()),
            Self::MetricsBelow => "All metrics below target".to_owned(),
            Self::EarlierProposal => String::new(),
        }
    }
}

/// Why no size could be computed: the first error of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstError {
    /// The scale has no selector.
    SelectorMissing,
    /// The scale's selector cannot be used, for this reason.
    Selector(ErrorText),
    /// Metrics failed.
    Metrics {
        /// How many.
        failed: usize,
        /// Of how many.
        of: usize,
        /// The first of them.
        first: MetricFailure,
    },
}

impl FirstError {
    fn text(&self, words: &Words<'_>) -> String {
        match self {
            Self::SelectorMissing => "selector is required".to_owned(),
            Self::Selector(error) => error.to_string(),
            Self::Metrics { failed, of, first } => {
                let first = first.wrapped(words);
                format!("invalid metrics ({failed} invalid out of {of}), first error is: {first}")
            }
        }
    }
}

/// A Kubernetes Event to report on the autoscaler (component `horizontal-pod-autoscaler`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiEvent {
    /// `FailedGetScale`
    FailedGetScale(ErrorText),
    /// `SelectorRequired`
    SelectorRequired,
    /// `InvalidSelector`
    InvalidSelector(ErrorText),
    /// `AmbiguousSelector`
    AmbiguousSelector(ErrorText),
    /// `FailedGetResourceMetric` and its like.
    MetricFailed(MetricFailure),
    /// `FailedComputeMetricsReplicas`
    FailedComputeMetricsReplicas(FirstError),
    /// `SuccessfulRescale`
    SuccessfulRescale {
        /// The size written.
        to: i32,
        /// Why.
        reason: RescaleReason,
    },
    /// `FailedRescale`
    FailedRescale {
        /// The size that could not be written.
        to: i32,
        /// Why it was to be written.
        reason: RescaleReason,
        /// Why it could not.
        error: ErrorText,
    },
    /// `FailedUpdateStatus`: reported by the caller that could not write the status.
    FailedUpdateStatus(ErrorText),
}

impl ApiEvent {
    /// The event's reason.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::FailedGetScale(_) => "FailedGetScale",
            Self::SelectorRequired => "SelectorRequired",
            Self::InvalidSelector(_) => "InvalidSelector",
            Self::AmbiguousSelector(_) => "AmbiguousSelector",
            Self::MetricFailed(failure) => failure.reason(),
            Self::FailedComputeMetricsReplicas(_) => "FailedComputeMetricsReplicas",
            Self::SuccessfulRescale { .. } => "SuccessfulRescale",
            Self::FailedRescale { .. } => "FailedRescale",
            Self::FailedUpdateStatus(_) => "FailedUpdateStatus",
        }
    }

    /// Whether it is a Warning rather than Normal.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        !matches!(self, Self::SuccessfulRescale { .. })
    }

    /// The event's message.
    #[must_use]
    pub fn text(&self, words: &Words<'_>) -> String {
        match self {
            Self::FailedGetScale(error)
            | Self::FailedUpdateStatus(error)
            | Self::InvalidSelector(error)
            | Self::AmbiguousSelector(error) => error.to_string(),
            Self::SelectorRequired => "selector is required".to_owned(),
            Self::MetricFailed(failure) => failure.text(words),
            Self::FailedComputeMetricsReplicas(error) => error.text(words),
            Self::SuccessfulRescale { to, reason } => format!("New size: {to}; reason: {}", reason.text()),
            Self::FailedRescale { to, reason, error } => {
                format!("New size: {to}; reason: {}; error: {error}", reason.text())
            }
        }
    }
}
