//! What the API server fills in (`pkg/apis/autoscaling/v2/defaults.go`).

use super::spec::{
    AutoscalerSpec, Behavior, Metric, Policy, PolicyKind, ResourceName, ResourceTarget, Rules, SelectPolicy,
};
use std::sync::Arc;

/// The spec as a user writes it: absent fields are `None`. It is taken to be valid.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpecAsWritten {
    /// `minReplicas`; by default 1.
    pub min_replicas: Option<i32>,
    /// `maxReplicas`
    pub max_replicas: i32,
    /// `metrics`; by default a CPU utilisation of 80%.
    pub metrics: Vec<Metric>,
    /// `behavior`
    pub behavior: Option<BehaviorAsWritten>,
}

/// `behavior` as a user writes it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BehaviorAsWritten {
    /// `scaleUp`
    pub up: Option<RulesAsWritten>,
    /// `scaleDown`
    pub down: Option<RulesAsWritten>,
}

/// The rules of a direction as a user writes them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RulesAsWritten {
    /// `stabilizationWindowSeconds`
    pub stabilization_window: Option<i32>,
    /// `selectPolicy`
    pub select: Option<SelectPolicy>,
    /// `policies`
    pub policies: Option<Vec<Policy>>,
    /// `tolerance` ([`tolerance`](super::tolerance))
    pub tolerance: Option<f64>,
}

impl SpecAsWritten {
    /// The spec as the API server stores it.
    #[must_use]
    pub fn defaulted(self) -> AutoscalerSpec {
        let metrics = if self.metrics.is_empty() { vec![cpu_utilization()] } else { self.metrics };
        AutoscalerSpec {
            min_replicas: self.min_replicas.unwrap_or(1),
            max_replicas: self.max_replicas,
            metrics: metrics.into_iter().map(Arc::new).collect(),
            behavior: self.behavior.map(|behavior| Behavior {
                up: behavior.up.unwrap_or_default().over(default_up()),
                down: behavior.down.unwrap_or_default().over(default_down()),
            }),
        }
    }
}

impl RulesAsWritten {
    /// These rules where they are written, the defaults elsewhere.
    fn over(self, defaults: Rules) -> Rules {
        Rules {
            stabilization_window: self.stabilization_window.or(defaults.stabilization_window),
            select: self.select.unwrap_or(defaults.select),
            policies: self.policies.unwrap_or(defaults.policies),
            tolerance: self.tolerance.or(defaults.tolerance),
        }
    }
}

fn cpu_utilization() -> Metric {
    Metric::Resource { resource: ResourceName::Cpu, target: ResourceTarget::Utilization(80) }
}

fn default_up() -> Rules {
    Rules {
        stabilization_window: Some(0),
        select: SelectPolicy::Max,
        policies: vec![
            Policy { kind: PolicyKind::Pods, value: 4, period: 15 },
            Policy { kind: PolicyKind::Percent, value: 100, period: 15 },
        ],
        tolerance: None,
    }
}

fn default_down() -> Rules {
    Rules {
        stabilization_window: None,
        select: SelectPolicy::Max,
        policies: vec![Policy { kind: PolicyKind::Percent, value: 100, period: 15 }],
        tolerance: None,
    }
}
