//! Pod disruption budgets.

use controller::api::IntOrPercent;

/// A `PodDisruptionBudget`: limits the evictions by the eviction API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisruptionBudget {
    /// Its name.
    pub name: String,
    /// Selects its pods.
    pub selector: LabelSelector,
    /// Pods that must stay healthy, at least 0; not together with `max_unavailable`.
    pub min_available: Option<IntOrPercent>,
    /// Pods that may be unavailable, at least 0.
    pub max_unavailable: Option<IntOrPercent>,
    /// Whether pods that are not Ready are always evicted (`AlwaysAllow`).
    pub always_evicts_unhealthy: bool,
}

/// A selector of labels; an empty one matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelSelector {
    /// Labels that must be present with these values.
    pub labels: Vec<(String, String)>,
    /// Further requirements.
    pub requirements: Vec<LabelRequirement>,
}

/// A requirement about one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRequirement {
    /// The label.
    pub key: String,
    /// The requirement matches labels with these values; with any value if `None` (`Exists`).
    pub values: Option<Vec<String>>,
    /// Whether it is negated: `NotIn`, `DoesNotExist`.
    pub negated: bool,
}

impl LabelSelector {
    /// Whether it matches these labels.
    #[must_use]
    pub fn matches(&self, labels: &[(String, String)]) -> bool {
        self.labels.iter().all(|label| labels.contains(label))
            && self.requirements.iter().all(|requirement| requirement.holds(labels))
    }
}

impl LabelRequirement {
    fn holds(&self, labels: &[(String, String)]) -> bool {
        let value = labels.iter().find(|(key, _)| *key == self.key).map(|(_, value)| value);
        let fits = match (&self.values, value) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(values), Some(value)) => values.contains(value),
        };
        fits != self.negated
    }
}

impl DisruptionBudget {
    /// Number of pods that must stay healthy, and whether any are expected at all, for a workload of
    /// `replicas` with `pods` matching pods (`getExpectedPodCount`,
    /// `pkg/controller/disruption/disruption.go`). Percentages are rounded up.
    #[must_use]
    pub fn desired_healthy(&self, replicas: i32, pods: i32) -> (i32, bool) {
        match (self.max_unavailable, self.min_available) {
            (Some(limit), _) => ((replicas - limit.rounded_up(replicas)).max(0), replicas > 0),
            (None, Some(IntOrPercent::Int(count))) => (count, pods > 0),
            (None, Some(percent)) => (percent.rounded_up(replicas), replicas > 0),
            (None, None) => (0, false),
        }
    }

    /// Number of allowed evictions with `healthy` healthy pods.
    #[must_use]
    pub fn disruptions_allowed(&self, replicas: i32, pods: i32, healthy: i32) -> i32 {
        let (desired, expected) = self.desired_healthy(replicas, pods);
        if expected { (healthy - desired).max(0) } else { 0 }
    }
}
