//! Commits: every change of a stored object goes through here, so that watchers and observers hear of it.

use super::api_server::Refusal;
use super::informer::ChangeKind;
use super::pod::{Pod, PodId};
use super::script::{Resource, Verb};
use super::world::World;
use crate::Span;
use crate::observe::{Observation, Observer};
use controller::api::{
    Deployment, DeploymentStatus, Number, PodPhase, ReplicaSet, ReplicaSetId, ReplicaSetName,
    ReplicaSetStatus, TemplateId, Uid,
};
use controller::deployment::{NewReplicaSet, ReplicaSetUpdate};

impl<O: Observer> World<O> {
    fn before_write(&mut self) {
        self.observer.before_write(self.calendar.now(), &self.api);
    }

    /// A controller's write may be refused by a fault before the API server looks at it.
    fn check_faults(&self, resource: Resource, verb: Verb) -> Result<(), Refusal> {
        if self.nodes.refuses(resource, verb, self.now()) {
            Err(Refusal::Internal)
        } else {
            Ok(())
        }
    }

    pub(super) fn commit_deployment_status(
        &mut self,
        version: u64,
        revision: Number,
        status: DeploymentStatus,
    ) -> Result<(), Refusal> {
        self.check_faults(Resource::Deployments, Verb::Status)?;
        self.before_write();
        if self.api.write_deployment_status(version, revision, status)? {
            self.publish_deployment(ChangeKind::Updated);
            self.see(Observation::Deployment);
        }
        Ok(())
    }

    /// A user's change of the Deployment: not hindered by faults of the controllers' writes.
    pub(super) fn commit_deployment(&mut self, change: impl FnOnce(&mut Deployment)) {
        self.before_write();
        if self.api.patch_deployment(change) {
            self.publish_deployment(ChangeKind::Updated);
            self.see(Observation::Deployment);
        }
    }

    pub(super) fn commit_new_replica_set(
        &mut self,
        name: ReplicaSetName,
        new: NewReplicaSet,
    ) -> Result<ReplicaSetId, Refusal> {
        self.check_faults(Resource::ReplicaSets, Verb::Create)?;
        self.before_write();
        let replicas = new.replicas;
        let id = self.api.create_replica_set(name, new, self.calendar.now())?;
        self.publish_stored_replica_set(ChangeKind::Added, id);
        self.see(Observation::ReplicaSet {
            id,
            from: 0,
            to: replicas,
        });
        Ok(id)
    }

    /// Returns the version after the write.
    pub(super) fn commit_replica_set(
        &mut self,
        update: &ReplicaSetUpdate,
        version: u64,
    ) -> Result<u64, Refusal> {
        self.check_faults(Resource::ReplicaSets, Verb::Update)?;
        self.before_write();
        let from = self
            .api
            .replica_set(update.id)
            .map_or(0, |stored| stored.replicas);
        if self.api.update_replica_set(update, version)? {
            self.publish_stored_replica_set(ChangeKind::Updated, update.id);
            self.see(Observation::ReplicaSet {
                id: update.id,
                from,
                to: update.replicas,
            });
        }
        Ok(self
            .api
            .replica_set(update.id)
            .map_or(version, |stored| stored.resource_version))
    }

    /// A user's change of a bare `ReplicaSet`.
    pub(super) fn commit_replica_set_spec(&mut self, id: ReplicaSetId, change: impl FnOnce(&mut ReplicaSet)) {
        self.before_write();
        let from = self.api.replica_set(id).map_or(0, |stored| stored.replicas);
        if self.api.patch_replica_set(id, change) {
            let to = self.api.replica_set(id).map_or(0, |stored| stored.replicas);
            self.publish_stored_replica_set(ChangeKind::Updated, id);
            self.see(Observation::ReplicaSet { id, from, to });
        }
    }

    pub(super) fn commit_replica_set_status(
        &mut self,
        id: ReplicaSetId,
        version: u64,
        status: ReplicaSetStatus,
    ) -> Result<u64, Refusal> {
        self.check_faults(Resource::ReplicaSets, Verb::Status)?;
        self.before_write();
        let written = self.api.write_replica_set_status(id, version, status)?;
        if written != version
            && let Some(size) = self.api.replica_set(id).map(|stored| stored.replicas)
        {
            self.publish_stored_replica_set(ChangeKind::Updated, id);
            self.see(Observation::ReplicaSet {
                id,
                from: size,
                to: size,
            });
        }
        Ok(written)
    }

    pub(super) fn commit_replica_set_deletion(&mut self, id: ReplicaSetId) -> Result<(), Refusal> {
        self.check_faults(Resource::ReplicaSets, Verb::Delete)?;
        self.before_write();
        let gone = self.api.replica_set(id).cloned().ok_or(Refusal::NotFound)?;
        self.api.delete_replica_set(id)?;
        self.publish_replica_set(ChangeKind::Removed, gone);
        self.see(Observation::ReplicaSetDeleted(id));
        Ok(())
    }

    fn publish_stored_replica_set(&mut self, kind: ChangeKind, id: ReplicaSetId) {
        if let Some(stored) = self.api.replica_set(id).cloned() {
            self.publish_replica_set(kind, stored);
        }
    }

    /// Creates a pod for a `ReplicaSet`. Returns the version of the new object.
    pub(super) fn commit_new_pod(
        &mut self,
        owner: ReplicaSetId,
        template: TemplateId,
    ) -> Result<u64, Refusal> {
        self.check_faults(Resource::Pods, Verb::Create)?;
        if let Err(refusal) = self.admit_pod() {
            self.see(Observation::CreateRefused(refusal));
            return Err(refusal);
        }
        self.before_write();
        let ordinal = self.templates.pods_made[template.0 as usize];
        self.templates.pods_made[template.0 as usize] += 1;
        let id = self.api.create_pod(Pod {
            uid: Uid(self.api.pods.len() as u64),
            owner: Some(owner),
            template,
            ordinal,
            matches: true,
            created: self.calendar.now().stored(),
            node: None,
            phase: PodPhase::Pending,
            ready_since: None,
            deletion: None,
            deletion_cost: 0,
            restarts: 0,
            resource_version: 0,
            removed: false,
        });
        self.publish_pod(ChangeKind::Added, id);
        self.see(Observation::PodCreated(id));
        self.script_new_pod(id);
        Ok(self.api.pod(id).resource_version)
    }

    /// Changes a pod; tells watchers and observers if that changed anything.
    pub(super) fn commit_pod(&mut self, id: PodId, change: impl FnOnce(&mut Pod)) {
        self.before_write();
        let before = *self.api.pod(id);
        if self.api.update_pod(id, change) {
            let worsened = before.is_ready() && !self.api.pod(id).is_ready();
            self.publish_pod(
                if worsened {
                    ChangeKind::Worsened
                } else {
                    ChangeKind::Updated
                },
                id,
            );
            self.see(Observation::Pod(id, &before));
        }
    }

    /// A controller deletes a pod.
    pub(super) fn commit_pod_deletion_by_controller(&mut self, id: PodId) -> Result<(), Refusal> {
        self.check_faults(Resource::Pods, Verb::Delete)?;
        self.commit_pod_deletion(id)
    }

    /// Deletes a pod: at once if nothing of it can be running, else with its grace period.
    pub(super) fn commit_pod_deletion(&mut self, id: PodId) -> Result<(), Refusal> {
        let pod = *self.api.pod(id);
        if pod.removed {
            return Err(Refusal::NotFound);
        }
        if pod.deletion.is_some() {
            // A second deletion with the same grace changes nothing.
            return Ok(());
        }
        if pod.node.is_none() || pod.phase.is_terminal() {
            self.commit_pod_removal(id);
        } else {
            let grace = Span::from_secs(30);
            let deletion = (self.now() + grace).stored();
            self.commit_pod(id, |pod| pod.deletion = Some(deletion));
            self.script_deleted_pod(id);
        }
        self.see(Observation::PodDeletionBegan(id));
        Ok(())
    }

    /// Removes a pod object.
    pub(super) fn commit_pod_removal(&mut self, id: PodId) {
        self.before_write();
        let before = *self.api.pod(id);
        if self.api.remove_pod(id) {
            self.publish_pod(ChangeKind::Removed, id);
            self.see(Observation::Pod(id, &before));
        }
    }
}
