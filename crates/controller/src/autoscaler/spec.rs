//! The spec of an autoscaler after defaulting, and the settings of the controller.

use crate::Span;
use std::sync::Arc;

/// The spec of a `HorizontalPodAutoscaler` (`autoscaling/v2`) with the defaults of the API server filled in
/// ([`SpecAsWritten::defaulted`](super::SpecAsWritten::defaulted)).
#[derive(Debug, Clone, PartialEq)]
pub struct AutoscalerSpec {
    /// `minReplicas`
    pub min_replicas: i32,
    /// `maxReplicas`
    pub max_replicas: i32,
    /// At least one.
    pub(super) metrics: Vec<Arc<Metric>>,
    /// `behavior`
    pub behavior: Option<Behavior>,
}

impl AutoscalerSpec {
    /// `metrics`, in order: at least one.
    #[must_use]
    pub fn metrics(&self) -> &[Arc<Metric>] {
        &self.metrics
    }
}

/// What an autoscaler looks at, and the value it aims at. Values are in milli-units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metric {
    /// A resource of the pods, all containers together.
    Resource {
        /// Which resource.
        resource: ResourceName,
        /// The target per pod.
        target: ResourceTarget,
    },
    /// A resource of one container of the pods.
    ContainerResource {
        /// Which resource.
        resource: ResourceName,
        /// The container's name.
        container: String,
        /// The target per pod.
        target: ResourceTarget,
    },
    /// A custom metric of the pods.
    Pods {
        /// Which metric.
        metric: MetricName,
        /// The average value to aim at.
        average: i64,
    },
    /// A custom metric of another object.
    Object {
        /// Which metric.
        metric: MetricName,
        /// The object.
        object: ObjectReference,
        /// The target.
        target: ValueTarget,
    },
    /// A metric from outside the cluster.
    External {
        /// Which metric.
        metric: MetricName,
        /// The target.
        target: ValueTarget,
    },
}

/// The name of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceName {
    /// `cpu`: the only one for which readiness and age of the pods are looked at.
    Cpu,
    /// `memory`
    Memory,
    /// Another one. The resource metrics API serves none.
    Other(String),
}

impl ResourceName {
    /// The resource of that name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        match name {
            "cpu" => Self::Cpu,
            "memory" => Self::Memory,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The name as the API spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Other(name) => name,
        }
    }
}

/// The target of a resource metric. The controller looks at `averageValue` first, whatever `type` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceTarget {
    /// `averageUtilization`: percent of the requests.
    Utilization(i32),
    /// `averageValue`: milli-units per pod.
    AverageValue(i64),
}

/// The target of an object or external metric, in milli-units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueTarget {
    /// `value`: of the whole metric.
    Value(i64),
    /// `averageValue`: the metric divided by the number of pods.
    AverageValue(i64),
}

/// A metric of the custom or external metrics API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricName {
    /// Its name.
    pub name: String,
    /// Its label selector as messages show it; absent if the spec has none.
    pub selector: Option<String>,
}

/// The object that an object metric describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectReference {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// `name`
    pub name: String,
}

/// How fast the size may change, per direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Behavior {
    /// `scaleUp`
    pub up: Rules,
    /// `scaleDown`
    pub down: Rules,
}

/// The rules of one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// `stabilizationWindowSeconds`. Absent for `scaleDown` only, where it stands for
    /// [`Settings::downscale_stabilization`].
    pub stabilization_window: Option<i32>,
    /// `selectPolicy`
    pub select: SelectPolicy,
    /// `policies`
    pub policies: Vec<Policy>,
    /// `tolerance`; absent: [`Settings::tolerance`].
    pub tolerance: Option<f64>,
}

impl Rules {
    /// The longest period of the policies, in seconds.
    pub(super) fn longest_period(&self) -> i32 {
        self.policies.iter().map(|policy| policy.period).max().unwrap_or(0)
    }
}

/// Which policy decides when several apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SelectPolicy {
    /// The one that allows the largest change.
    #[default]
    Max,
    /// The one that allows the smallest change.
    Min,
    /// No change in this direction.
    Disabled,
}

/// A limit of the change within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// What the value counts.
    pub kind: PolicyKind,
    /// Pods, or percent of the size at the beginning of the period.
    pub value: i32,
    /// `periodSeconds`
    pub period: i32,
}

/// What the value of a policy counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// Pods.
    Pods,
    /// Percent.
    Percent,
}

/// A tolerance from a quantity in billionths, computed as the controller does it
/// (`Quantity.AsApproximateFloat64`): the number before the suffix of the canonical form times a power of ten.
/// The two factors are rounded one after the other, so 0.07 (`70m`) is 70 × 0.001.
#[must_use]
pub fn tolerance(nanos: i64) -> f64 {
    const POWERS: [f64; 4] = [1e-9, 1e-6, 1e-3, 1.0];
    let (mut number, mut power) = (nanos, 0);
    while number != 0 && number % 1000 == 0 && power + 1 < POWERS.len() {
        number /= 1000;
        power += 1;
    }
    number as f64 * POWERS[power]
}

/// Flags of the controller manager that the decisions depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// `--horizontal-pod-autoscaler-tolerance`: deviation of the ratio from 1 that changes nothing.
    pub tolerance: f64,
    /// `--horizontal-pod-autoscaler-downscale-stabilization`
    pub downscale_stabilization: Span,
    /// `--horizontal-pod-autoscaler-cpu-initialization-period`, from `status.startTime` of a pod.
    pub cpu_initialization: Span,
    /// `--horizontal-pod-autoscaler-initial-readiness-delay`, from `status.startTime` of a pod.
    pub initial_readiness_delay: Span,
}

impl Default for Settings {
    /// `pkg/controller/podautoscaler/config/v1alpha1/defaults.go`
    fn default() -> Self {
        Self {
            tolerance: 0.1,
            downscale_stabilization: Span::from_secs(300),
            cpu_initialization: Span::from_secs(300),
            initial_readiness_delay: Span::from_secs(30),
        }
    }
}

/// By how much a ratio may deviate from 1 without effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tolerances {
    down: f64,
    up: f64,
}

impl Tolerances {
    pub(super) fn of(spec: &AutoscalerSpec, settings: &Settings) -> Self {
        let of =
            |rules: Option<&Rules>| rules.and_then(|rules| rules.tolerance).unwrap_or(settings.tolerance);
        let behavior = spec.behavior.as_ref();
        Self { down: of(behavior.map(|b| &b.down)), up: of(behavior.map(|b| &b.up)) }
    }

    /// Whether a ratio asks for no change; both ends do not.
    pub(super) fn contain(self, ratio: f64) -> bool {
        (1.0 - self.down..=1.0 + self.up).contains(&ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances_are_rounded_like_the_controllers() {
        for (nanos, expected) in [
            (0, 0.0_f64),
            (50_000_000, 50.0 * 1e-3),
            (70_000_000, 70.0 * 1e-3),
            (1_500_000, 1500.0 * 1e-6),
            (2_000_000_000, 2.0),
            (1, 1e-9),
        ] {
            assert_eq!(tolerance(nanos).to_bits(), expected.to_bits(), "{nanos}n");
        }
    }
}
