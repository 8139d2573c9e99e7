//! Pod disruption budgets.

use controller::api::IntOrPercent;
use controller::disruption::BudgetSpec;

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
    /// What it demands of its pods.
    #[must_use]
    pub const fn spec(&self) -> BudgetSpec {
        let Self { min_available, max_unavailable, always_evicts_unhealthy, .. } = *self;
        BudgetSpec { min_available, max_unavailable, always_evicts_unhealthy }
    }
}
