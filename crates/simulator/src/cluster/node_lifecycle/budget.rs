//! Pod disruption budgets: the eviction API (`pkg/registry/core/pod/storage/eviction.go`) and the
//! controller that keeps their statuses (`pkg/controller/disruption/disruption.go`).
//!
//! Only the eviction API reads a budget, so statuses are updated only during a drain. The map of pods about
//! to be deleted is omitted: here a pod is deleted at the time its eviction is allowed.

use super::NodeEvent;
use crate::cluster::pod::{Pod, PodId};
use crate::cluster::world::World;
use crate::observe::Observer;
use controller::api::TemplateId;
use controller::disruption::{BudgetCounts, BudgetStatus, EvictedPod, Judged, Verdict, judge};

/// Generation of every budget: in a scenario none is edited.
const GENERATION: i64 = 1;

/// One budget and its state.
#[derive(Debug, Clone, Default)]
pub(super) struct BudgetState {
    /// Number of pods that are Ready and not being deleted.
    healthy: i32,
    /// Number of selected pods.
    pods: i32,
    status: BudgetStatus,
    /// Incremented by every write of the status.
    version: u32,
    /// The status that the controller is about to write, and the version it has read.
    writing: Option<(BudgetStatus, u32)>,
    /// A sync is scheduled or in progress.
    syncing: bool,
    /// A change arrived after the sync in progress began.
    changed: bool,
}

/// Answer of the eviction API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum EvictionAnswer {
    /// 201: the pod is being deleted.
    Evicted,
    /// 429: a budget does not allow it now.
    TooManyRequests(BudgetRefusal),
    /// 404
    NotFound,
    /// 500: more than one budget selects the pod.
    SeveralBudgets,
}

/// The budget that does not allow an eviction, with its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct BudgetRefusal {
    /// Its index in the model.
    pub(in super::super) budget: u16,
    pub(in super::super) healthy: i32,
    pub(in super::super) desired: i32,
}

/// Whether a budget counts the pod as healthy.
const fn is_healthy(pod: &Pod) -> bool {
    pod.is_ready() && pod.deletion.is_none() && !pod.removed
}

impl<O: Observer> World<O> {
    fn budget_selects(&self, budget: usize, template: TemplateId) -> bool {
        let Some(site) = &self.site else { return false };
        site.model.disruption_budgets[budget].selector.matches(&self.templates.get(template).labels)
    }

    fn budget_mut(&mut self, budget: usize) -> Option<&mut BudgetState> {
        self.site.as_mut()?.lifecycle.budgets.get_mut(budget)
    }

    fn budgets(&self) -> usize {
        self.site.as_ref().map_or(0, |site| site.lifecycle.budgets.len())
    }

    /// A drain begins: the statuses are initialised to the controller's steady state.
    pub(in super::super) fn look_up_budgets(&mut self) {
        for index in 0..self.budgets() {
            let mine = self.api.pods.iter().filter(|pod| !pod.removed);
            let mine = mine.filter(|pod| self.budget_selects(index, pod.template));
            let (mut pods, mut healthy) = (0, 0);
            for pod in mine {
                pods += 1;
                healthy += i32::from(is_healthy(pod));
            }
            let fresh = BudgetState { healthy, pods, ..BudgetState::default() };
            let status = self.status_of(index, &fresh);
            if let Some(budget) = self.budget_mut(index) {
                *budget = BudgetState { status, version: budget.version + 1, ..fresh };
            }
        }
    }

    /// The status computed from the counts.
    fn status_of(&self, index: usize, budget: &BudgetState) -> BudgetStatus {
        let Some(site) = &self.site else { return BudgetStatus::default() };
        let spec = site.model.disruption_budgets[index].spec();
        let scale = self.replicas_behind(index);
        spec.status(BudgetCounts { scale, pods: budget.pods, healthy: budget.healthy }, GENERATION)
    }

    /// The scale of the workload of the pods; a Deployment counts once, with any number of `ReplicaSet`s.
    /// Pods without a controller have none.
    fn replicas_behind(&self, index: usize) -> i32 {
        match &self.api.deployment {
            Some(deployment) if self.budget_selects(index, deployment.spec.template) => {
                deployment.spec.replicas
            }
            Some(_) => 0,
            None => {
                let mut sets = self.api.existing_replica_sets();
                let selected = sets.find(|set| self.budget_selects(index, set.template));
                selected.map_or(0, |set| set.replicas)
            }
        }
    }

    /// A pod was created, changed or removed.
    pub(super) fn note_for_budgets(&mut self, id: PodId, before: Option<&Pod>) {
        let after = *self.api.pod(id);
        for index in 0..self.budgets() {
            let was_there = before.is_some_and(|pod| !pod.removed);
            let was_healthy = before.is_some_and(is_healthy);
            let change = (
                i32::from(!after.removed) - i32::from(was_there),
                i32::from(is_healthy(&after)) - i32::from(was_healthy),
            );
            if change == (0, 0) || !self.budget_selects(index, after.template) {
                continue;
            }
            if let Some(budget) = self.budget_mut(index) {
                budget.pods += change.0;
                budget.healthy += change.1;
                budget.changed = true;
                if !std::mem::replace(&mut budget.syncing, true) {
                    let heard = self.node_watch();
                    self.after(heard, NodeEvent::BudgetSyncs(index as u16));
                }
            }
        }
    }

    /// A sync of the controller. Nothing is written if nothing has changed.
    pub(super) fn sync_budget(&mut self, index: u16) {
        let index = usize::from(index);
        let Some(budget) = self.budget_mut(index) else { return };
        budget.changed = false;
        let read = budget.clone();
        let status = self.status_of(index, &read);
        if status == read.status {
            if let Some(budget) = self.budget_mut(index) {
                budget.syncing = false;
            }
            return;
        }
        if let Some(budget) = self.budget_mut(index) {
            budget.writing = Some((status, read.version));
        }
        let arrives = self.node_request();
        self.after(arrives, NodeEvent::BudgetWritten(index as u16));
    }

    /// The write is refused if an eviction has changed the status meanwhile; the sync then runs again.
    pub(super) fn write_budget(&mut self, index: u16) {
        let Some(budget) = self.budget_mut(usize::from(index)) else { return };
        let Some((status, version)) = budget.writing.take() else { return };
        let conflict = budget.version != version;
        if !conflict {
            budget.status = status;
            budget.version += 1;
        }
        budget.syncing = conflict || budget.changed;
        if budget.syncing {
            let heard = self.node_watch();
            self.after(heard, NodeEvent::BudgetSyncs(index));
        }
    }

    /// A request to evict a pod. An allowed eviction deletes the pod.
    pub(in super::super) fn evict(&mut self, id: PodId) -> EvictionAnswer {
        let pod = *self.api.pod(id);
        if pod.removed {
            return EvictionAnswer::NotFound;
        }
        let selecting: Vec<usize> =
            (0..self.budgets()).filter(|index| self.budget_selects(*index, pod.template)).collect();
        let judged: Vec<Judged> = selecting.iter().filter_map(|index| self.judged(*index)).collect();
        let asked =
            EvictedPod { phase: pod.phase, terminating: pod.deletion.is_some(), ready: pod.is_ready() };
        match (judge(asked, &judged), selecting.first()) {
            (Verdict::SeveralBudgets, _) => return EvictionAnswer::SeveralBudgets,
            (Verdict::Violates | Verdict::Unobserved, Some(index)) => {
                let BudgetStatus { healthy, desired, .. } = judged[0].status;
                let refusal = BudgetRefusal { budget: *index as u16, healthy, desired };
                return EvictionAnswer::TooManyRequests(refusal);
            }
            (Verdict::Charge, Some(index)) => {
                if let Some(budget) = self.budget_mut(*index) {
                    budget.status.allowed -= 1;
                    budget.version += 1;
                }
            }
            _ => {}
        }
        match self.commit_pod_deletion(id) {
            Ok(()) => EvictionAnswer::Evicted,
            Err(_) => EvictionAnswer::NotFound,
        }
    }

    /// Whether the statuses are currently updated.
    pub(in super::super) fn budgets_are_followed(&self) -> bool {
        self.site.as_ref().is_some_and(|site| site.lifecycle.draining > 0)
    }

    fn judged(&self, index: usize) -> Option<Judged> {
        let site = self.site.as_ref()?;
        let spec = site.model.disruption_budgets[index].spec();
        Some(Judged { spec, generation: GENERATION, status: site.lifecycle.budgets.get(index)?.status })
    }
}
