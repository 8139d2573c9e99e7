//! What the user does to single pods and to `ReplicaSet`s.

use super::control_plane::ControlPlaneEvent;
use super::node_lifecycle::Answer;
use super::pod::PodId;
use super::world::World;
use crate::Span;
use crate::model::{Cascade, PodSelector, ReplicaSetSelector};
use crate::observe::{Observer, Report};
use controller::api::{ReplicaSet, ReplicaSetId};

/// What the eviction API answers where a budget does not allow an eviction
/// (`pkg/registry/core/pod/storage/eviction.go`).
const NOT_ALLOWED: &str = "Cannot evict pod as it would violate the pod's disruption budget.";
/// What it answers where more than one budget selects the pod.
const SEVERAL_BUDGETS: &str =
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";

impl<O: Observer> World<O> {
    /// `kubectl delete pod --grace-period`, or `--force` without any grace.
    pub(super) fn delete_pod_within(&mut self, pod: &PodSelector, grace: Span) {
        let Some(id) = self.pod_meant(pod) else { return };
        if let Some(site) = &mut self.site {
            site.graces.push((id, grace));
        }
        // A pod that is there cannot be refused to be deleted.
        let _ = self.commit_pod_deletion(id);
    }

    /// One request to the eviction API.
    pub(super) fn evict_by_hand(&mut self, pod: &PodSelector) {
        let Some(id) = self.pod_meant(pod) else { return };
        if !self.budgets_are_followed() {
            self.look_up_budgets();
        }
        match self.evict(id) {
            Answer::Evicted | Answer::NotFound => {}
            Answer::SeveralBudgets => self.refuse_action(SEVERAL_BUDGETS),
            Answer::TooManyRequests(refusing) => {
                self.report(Report::EvictionRefused {
                    pod: id,
                    budget: refusing.budget,
                    healthy: refusing.healthy,
                    desired: refusing.desired,
                    again: None,
                });
                self.refuse_action(NOT_ALLOWED);
            }
        }
    }

    /// `kubectl scale replicaset`: whether the size lasts is up to the Deployment that owns it.
    pub(super) fn scale_replica_set(&mut self, which: &ReplicaSetSelector, replicas: i32) {
        match self.replica_set_meant(which).map(|found| found.id) {
            Some(id) => self.commit_replica_set_spec(id, |stored| stored.replicas = replicas),
            None => self.refuse_action("no ReplicaSet is the one that is meant"),
        }
    }

    /// `kubectl delete replicaset`.
    pub(super) fn delete_replica_set(&mut self, which: &ReplicaSetSelector, cascade: Cascade) {
        let Some(id) = self.replica_set_meant(which).map(|found| found.id) else {
            return self.refuse_action("no ReplicaSet is the one that is meant");
        };
        match cascade {
            // A `ReplicaSet` that is there cannot be refused to be deleted.
            Cascade::Background => drop(self.commit_replica_set_deletion(id)),
            Cascade::Orphan => {
                let now = self.now().stored();
                self.commit_replica_set_spec(id, |stored| stored.deletion = Some(now));
                self.collector_hears_of_orphans(id);
            }
        }
    }

    fn replica_set_meant(&self, which: &ReplicaSetSelector) -> Option<&ReplicaSet> {
        let current = self.api.deployment.map(|deployment| deployment.spec.template);
        let has_image = |found: &ReplicaSet, image: &String| {
            self.templates.get(found.template).containers.iter().any(|container| container.image == *image)
        };
        self.api.existing_replica_sets().rev().find(|found| match which {
            ReplicaSetSelector { revision: None, image: None } => {
                current.is_none_or(|template| template == found.template)
            }
            ReplicaSetSelector { revision, image } => {
                revision.is_none_or(|revision| found.annotations.revision.value() == Some(revision))
                    && image.as_ref().is_none_or(|image| has_image(found, image))
            }
        })
    }

    /// The garbage collector has taken the owner from a pod.
    pub(super) fn orphan_pod(&mut self, id: PodId, owner: ReplicaSetId) {
        if self.api.pod(id).owner == Some(owner) {
            self.commit_pod(id, |pod| pod.owner = None);
        }
    }

    /// All pods of a `ReplicaSet` are without an owner: its finalizer goes, and it with it.
    pub(super) fn orphaning_ends(&mut self, id: ReplicaSetId) {
        // It may be gone already; no pod is its own, so nothing is collected.
        let _ = self.commit_replica_set_deletion(id);
    }

    fn collector_hears_of_orphans(&mut self, id: ReplicaSetId) {
        let heard = self.settings.watch.next(&mut self.latency.watch) + self.request_delay();
        self.calendar.schedule(heard, super::event::Event::ControlPlane(ControlPlaneEvent::Orphans(id)));
    }
}
