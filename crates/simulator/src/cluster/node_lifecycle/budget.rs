//! Pod disruption budgets: the eviction API (`pkg/registry/core/pod/storage/eviction.go`) and the
//! controller that keeps their statuses (`pkg/controller/disruption/disruption.go`).
//!
//! Nobody but the eviction API reads a budget, so statuses are kept up to date only while somebody
//! drains. The map of pods that are about to be deleted is left out: here a pod is deleted in the moment
//! in which its eviction is allowed.

use super::NodeEvent;
use crate::cluster::pod::{Pod, PodId};
use crate::cluster::world::World;
use crate::observe::Observer;
use controller::api::{PodPhase, TemplateId};

/// The status of a budget as far as the eviction API asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Status {
    allowed: i32,
    healthy: i32,
    desired: i32,
}

/// One budget at work.
#[derive(Debug, Clone, Default)]
pub(super) struct Budget {
    /// Pods that are Ready and not being deleted, now.
    healthy: i32,
    /// Pods that it selects.
    pods: i32,
    status: Status,
    /// Grows with every write of the status.
    version: u32,
    /// What the controller is about to write, and the version that it has read.
    writing: Option<(Status, u32)>,
    /// A pass is due, or at work.
    syncing: bool,
    /// Something has changed since the pass at work began.
    changed: bool,
}

/// What the eviction API answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Answer {
    /// 201: the pod is being deleted.
    Evicted,
    /// 429: a budget does not allow it now.
    TooManyRequests(Refusing),
    /// 404
    NotFound,
    /// 500: more than one budget selects the pod.
    SeveralBudgets,
}

/// The budget that does not allow an eviction, as its status tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Refusing {
    /// Its index in the model.
    pub(in super::super) budget: u16,
    pub(in super::super) healthy: i32,
    pub(in super::super) desired: i32,
}

/// A pod that a budget counts as healthy.
const fn is_healthy(pod: &Pod) -> bool {
    pod.is_ready() && pod.deletion.is_none() && !pod.removed
}

impl<O: Observer> World<O> {
    fn budget_selects(&self, budget: usize, template: TemplateId) -> bool {
        let Some(site) = &self.site else { return false };
        site.model.disruption_budgets[budget].selector.matches(&self.templates.get(template).labels)
    }

    fn budget_mut(&mut self, budget: usize) -> Option<&mut Budget> {
        self.site.as_mut()?.lifecycle.budgets.get_mut(budget)
    }

    fn budgets(&self) -> usize {
        self.site.as_ref().map_or(0, |site| site.lifecycle.budgets.len())
    }

    /// Somebody begins to drain: the statuses are what the controller has long made of them.
    pub(in super::super) fn look_up_budgets(&mut self) {
        for index in 0..self.budgets() {
            let mine = self.api.pods.iter().filter(|pod| !pod.removed);
            let mine = mine.filter(|pod| self.budget_selects(index, pod.template));
            let (mut pods, mut healthy) = (0, 0);
            for pod in mine {
                pods += 1;
                healthy += i32::from(is_healthy(pod));
            }
            let fresh = Budget { healthy, pods, ..Budget::default() };
            let status = self.status_of(index, &fresh);
            if let Some(budget) = self.budget_mut(index) {
                *budget = Budget { status, version: budget.version + 1, ..fresh };
            }
        }
    }

    /// What the controller makes of the counts.
    fn status_of(&self, index: usize, budget: &Budget) -> Status {
        let Some(site) = &self.site else { return Status::default() };
        let spec = &site.model.disruption_budgets[index];
        let replicas = self.replicas_behind(index);
        let (desired, _) = spec.desired_healthy(replicas, budget.pods);
        let allowed = spec.disruptions_allowed(replicas, budget.pods, budget.healthy);
        Status { allowed, healthy: budget.healthy, desired }
    }

    /// The scale of the workload behind the pods: of a Deployment once, however many `ReplicaSet`s it has.
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

    /// A pod has come, changed or gone.
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

    /// A pass of the controller: nothing is written if nothing has changed.
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

    /// The write is refused if an eviction has changed the status meanwhile; then the pass is made again.
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

    /// A request to evict a pod. An allowed eviction deletes the pod as anybody would.
    pub(in super::super) fn evict(&mut self, id: PodId) -> Answer {
        let pod = *self.api.pod(id);
        if pod.removed {
            return Answer::NotFound;
        }
        let unprotected = pod.phase != PodPhase::Running || pod.deletion.is_some();
        if !unprotected {
            let mut selecting = (0..self.budgets()).filter(|index| self.budget_selects(*index, pod.template));
            let budget = selecting.next();
            if selecting.next().is_some() {
                return Answer::SeveralBudgets;
            }
            if let Some(index) = budget
                && let Some(refusing) = self.refused_by_budget(index, &pod)
            {
                return Answer::TooManyRequests(refusing);
            }
        }
        match self.commit_pod_deletion(id) {
            Ok(()) => Answer::Evicted,
            Err(_) => Answer::NotFound,
        }
    }

    /// Whether statuses are kept up to date now.
    pub(in super::super) fn budgets_are_followed(&self) -> bool {
        self.site.as_ref().is_some_and(|site| site.lifecycle.draining > 0)
    }

    /// What keeps a budget from letting a running pod go. A Ready one that it lets go uses up what it allows.
    fn refused_by_budget(&mut self, index: usize, pod: &Pod) -> Option<Refusing> {
        let always = self
            .site
            .as_ref()
            .is_some_and(|site| site.model.disruption_budgets[index].always_evicts_unhealthy);
        let budget = self.budget_mut(index)?;
        let status = &mut budget.status;
        if !pod.is_ready() && (always || (status.healthy >= status.desired && status.desired > 0)) {
            return None;
        }
        if status.allowed == 0 {
            let Status { healthy, desired, .. } = *status;
            return Some(Refusing { budget: index as u16, healthy, desired });
        }
        status.allowed -= 1;
        budget.version += 1;
        None
    }
}
