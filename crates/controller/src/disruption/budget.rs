//! The status of a budget.

use crate::api::IntOrPercent;
use crate::{Span, Timestamp};

/// How long a pod whose eviction was granted counts as being deleted although it is not (`DeletionTimeout`).
pub const DELETION_TIMEOUT: Span = Span::from_secs(120);

/// What a budget demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BudgetSpec {
    /// Pods that must stay healthy, at least 0; not together with `max_unavailable`.
    pub min_available: Option<IntOrPercent>,
    /// Pods that may be unavailable, at least 0.
    pub max_unavailable: Option<IntOrPercent>,
    /// Whether pods that are not Ready are always evicted (`AlwaysAllow`).
    pub always_evicts_unhealthy: bool,
}

/// What the controller counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BudgetCounts {
    /// Sum of the desired sizes of the workloads that control selected pods; a Deployment counts once. Pods
    /// without a controller have none.
    pub scale: i32,
    /// All selected pods, terminating and finished ones included.
    pub pods: i32,
    /// Ready pods that are neither being deleted nor about to be.
    pub healthy: i32,
}

/// The status of a budget, except the pods that are about to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BudgetStatus {
    /// The generation of the spec that the status is about.
    pub observed_generation: i64,
    /// `currentHealthy`
    pub healthy: i32,
    /// `desiredHealthy`
    pub desired: i32,
    /// `expectedPods`
    pub expected: i32,
    /// `disruptionsAllowed`
    pub allowed: i32,
}

impl BudgetSpec {
    /// `desiredHealthy` and `expectedPods` (`getExpectedPodCount`). Percentages are rounded up. Only an integer
    /// `minAvailable` expects the selected pods; every other rule expects the size of their workloads.
    #[must_use]
    pub fn demand(&self, counts: BudgetCounts) -> (i32, i32) {
        let BudgetCounts { scale, pods, .. } = counts;
        match (self.max_unavailable, self.min_available) {
            (Some(limit), _) => ((scale - limit.rounded_up(scale)).max(0), scale),
            (None, Some(IntOrPercent::Int(count))) => (count, pods),
            (None, Some(percent)) => (percent.rounded_up(scale), scale),
            (None, None) => (0, 0),
        }
    }

    /// The status after a sync. A budget that expects no pods allows nothing.
    #[must_use]
    pub fn status(&self, counts: BudgetCounts, generation: i64) -> BudgetStatus {
        let (desired, expected) = self.demand(counts);
        let allowed = if expected > 0 { (counts.healthy - desired).max(0) } else { 0 };
        BudgetStatus { observed_generation: generation, healthy: counts.healthy, desired, expected, allowed }
    }
}

/// When a granted eviction whose pod is still there counts no longer. The entry carries whole seconds.
#[must_use]
pub const fn lapses_at(granted: Timestamp) -> Timestamp {
    let second = 1_000_000_000;
    let stored = granted.as_nanos().div_euclid(second) * second;
    Timestamp::from_nanos(stored + DELETION_TIMEOUT.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use IntOrPercent::{Int, Percent};

    #[test]
    fn integers_of_min_available_expect_all_selected_pods() {
        let counts = BudgetCounts { scale: 3, pods: 5, healthy: 3 };
        let spec = |min_available, max_unavailable| BudgetSpec {
            min_available,
            max_unavailable,
            always_evicts_unhealthy: false,
        };
        for (spec, desired, expected, allowed) in [
            (spec(Some(Int(2)), None), 2, 5, 1),
            (spec(Some(Percent(50)), None), 2, 3, 1),
            (spec(None, Some(Int(1))), 2, 3, 1),
            (spec(None, Some(Percent(34))), 1, 3, 2),
            (spec(None, None), 0, 0, 0),
        ] {
            let status = spec.status(counts, 7);
            assert_eq!(
                (status.desired, status.expected, status.allowed),
                (desired, expected, allowed),
                "{spec:?}"
            );
            assert_eq!((status.observed_generation, status.healthy), (7, 3));
        }
    }

    #[test]
    fn entries_lapse_two_minutes_after_their_whole_second() {
        assert_eq!(lapses_at(Timestamp::from_nanos(35_552_000_000)), Timestamp::from_secs(155));
    }
}
