//! The eviction API.

use super::budget::{BudgetSpec, BudgetStatus};
use crate::Span;
use crate::api::PodPhase;

/// The API's text for a refusal by a budget (429).
pub const VIOLATES: &str = "Cannot evict pod as it would violate the pod's disruption budget.";
/// The API's text for a pod of several budgets (500).
pub const SEVERAL_BUDGETS: &str =
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
/// `Retry-After` while the controller has not seen the latest spec (`createTooManyRequestsError`).
pub const UNOBSERVED_RETRY: Span = Span::from_secs(10);

/// The cause in the details of a refusal because the budget allows no eviction.
#[must_use]
pub fn violation_cause(budget: &str, status: &BudgetStatus) -> String {
    let BudgetStatus { desired, healthy, .. } = status;
    format!("The disruption budget {budget} needs {desired} healthy pods and has {healthy} currently")
}

/// What the eviction API reads of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvictedPod {
    /// Its phase.
    pub phase: PodPhase,
    /// It has a deletion timestamp.
    pub terminating: bool,
    /// Its condition Ready is True.
    pub ready: bool,
}

/// A budget that selects the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// Its spec.
    pub spec: BudgetSpec,
    /// `metadata.generation`
    pub generation: i64,
    /// Its stored status.
    pub status: BudgetStatus,
}

/// The answer to a request to evict a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The pod is deleted.
    Delete,
    /// One allowed disruption is used up and the pod is recorded in `disruptedPods`; then it is deleted.
    Charge,
    /// 500: more than one budget selects the pod.
    SeveralBudgets,
    /// 429: the controller has not seen the latest spec.
    Unobserved,
    /// 429: the budget allows no disruption.
    Violates,
}

/// Judges a request to evict a pod that the given budgets select. Pods that are not Ready need no budget if
/// the budget says so, or if the healthy ones suffice.
#[must_use]
pub fn judge(pod: EvictedPod, budgets: &[Judged]) -> Verdict {
    if pod.phase != PodPhase::Running || pod.terminating {
        return Verdict::Delete;
    }
    let budget = match budgets {
        [] => return Verdict::Delete,
        [budget] => budget,
        _ => return Verdict::SeveralBudgets,
    };
    let BudgetStatus { observed_generation, healthy, desired, allowed, .. } = budget.status;
    let suffices = healthy >= desired && desired > 0;
    if !pod.ready && (budget.spec.always_evicts_unhealthy || suffices) {
        Verdict::Delete
    } else if observed_generation < budget.generation {
        Verdict::Unobserved
    } else if allowed <= 0 {
        Verdict::Violates
    } else {
        Verdict::Charge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: EvictedPod = EvictedPod { phase: PodPhase::Running, terminating: false, ready: true };

    fn budget(healthy: i32, desired: i32, allowed: i32) -> Judged {
        let status = BudgetStatus { observed_generation: 1, healthy, desired, expected: 3, allowed };
        Judged { spec: BudgetSpec::default(), generation: 1, status }
    }

    #[test]
    fn running_pods_need_their_budget() {
        assert_eq!(judge(RUNNING, &[]), Verdict::Delete);
        assert_eq!(judge(RUNNING, &[budget(3, 2, 1)]), Verdict::Charge);
        assert_eq!(judge(RUNNING, &[budget(2, 2, 0)]), Verdict::Violates);
        assert_eq!(judge(RUNNING, &[budget(3, 2, 1), budget(3, 2, 1)]), Verdict::SeveralBudgets);
        let edited = Judged { generation: 2, ..budget(3, 2, 1) };
        assert_eq!(judge(RUNNING, &[edited]), Verdict::Unobserved);
    }

    #[test]
    fn pods_that_serve_nothing_are_not_protected() {
        for pod in [
            EvictedPod { phase: PodPhase::Pending, ready: false, ..RUNNING },
            EvictedPod { phase: PodPhase::Failed, ready: false, ..RUNNING },
            EvictedPod { terminating: true, ..RUNNING },
        ] {
            assert_eq!(judge(pod, &[budget(2, 2, 0), budget(2, 2, 0)]), Verdict::Delete, "{pod:?}");
        }
        let unready = EvictedPod { ready: false, ..RUNNING };
        assert_eq!(judge(unready, &[budget(2, 2, 0)]), Verdict::Delete, "the healthy ones suffice");
        assert_eq!(judge(unready, &[budget(1, 2, 0)]), Verdict::Violates);
        assert_eq!(judge(unready, &[budget(0, 0, 0)]), Verdict::Violates, "a budget of nothing");
        let mut always = budget(1, 2, 0);
        always.spec.always_evicts_unhealthy = true;
        assert_eq!(judge(unready, &[always]), Verdict::Delete);
    }
}
