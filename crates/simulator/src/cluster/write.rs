//! Commits: every change of a stored object goes through here, so that watchers and observers hear of it.

use super::admission::Usage;
use super::event::Event;
use super::informer::ChangeKind;
use super::kubelet::{Life, slot};
use super::pod::{Pod, PodId};
use super::refusal::Refusal;
use super::world::World;
use crate::Span;
use crate::model::Subject;
use crate::observe::{Observation, Observer};
use controller::api::{
    Deployment, DeploymentSpec, DeploymentStatus, Number, PodPhase, ReplicaSet, ReplicaSetId, ReplicaSetName,
    ReplicaSetStatus, RolloutAnnotations, TemplateId, Uid,
};
use controller::deployment::{NewReplicaSet, ReplicaSetUpdate};

impl<O: Observer> World<O> {
    fn before_write(&mut self) {
        self.observer.before_write(self.calendar.now(), &self.api);
    }

    /// The user creates the Deployment.
    pub(super) fn commit_new_deployment(&mut self, spec: DeploymentSpec) -> Result<(), Refusal> {
        self.admit_object(&Usage::DEPLOYMENT)?;
        self.before_write();
        self.api.create_deployment(Deployment::new(spec));
        self.publish_deployment(ChangeKind::Added);
        self.see(Observation::Deployment);
        Ok(())
    }

    pub(super) fn commit_deployment_status(
        &mut self,
        version: u64,
        revision: Number,
        status: &DeploymentStatus,
    ) -> Result<(), Refusal> {
        self.before_write();
        if self.api.write_deployment_status(version, revision, status)? {
            self.publish_deployment(ChangeKind::Updated);
            self.see(Observation::Deployment);
            self.pull_deadline_triggers(status);
        }
        Ok(())
    }

    /// A user's change of the Deployment: not hindered by faults of the controllers' writes.
    pub(super) fn commit_deployment(&mut self, change: impl FnOnce(&mut Deployment)) {
        self.before_write();
        let template = self.api.deployment.map(|deployment| deployment.spec.template);
        if self.api.patch_deployment(change) {
            self.publish_deployment(ChangeKind::Updated);
            self.see(Observation::Deployment);
            self.weigh_load();
            if self.api.deployment.map(|deployment| deployment.spec.template) != template {
                self.sides_have_changed();
            }
        }
    }

    pub(super) fn commit_new_replica_set(
        &mut self,
        name: ReplicaSetName,
        new: NewReplicaSet,
    ) -> Result<ReplicaSetId, Refusal> {
        if self.api.existing_replica_sets().any(|existing| existing.name == name) {
            return Err(Refusal::AlreadyExists);
        }
        self.admit_object(&Usage::REPLICA_SET)?;
        self.before_write();
        let replicas = new.replicas;
        let id = self.api.create_replica_set(name, new, self.calendar.now())?;
        self.publish_stored_replica_set(ChangeKind::Added, id);
        self.see(Observation::ReplicaSet { id, from: 0, to: replicas });
        Ok(id)
    }

    /// Returns the version after the write.
    pub(super) fn commit_replica_set(
        &mut self,
        update: &ReplicaSetUpdate,
        version: u64,
    ) -> Result<u64, Refusal> {
        self.before_write();
        let from = self.api.replica_set(update.id).map_or(0, |stored| stored.replicas);
        if self.api.update_replica_set(update, version)? {
            self.publish_stored_replica_set(ChangeKind::Updated, update.id);
            self.see(Observation::ReplicaSet { id: update.id, from, to: update.replicas });
        }
        Ok(self.api.replica_set(update.id).map_or(version, |stored| stored.resource_version))
    }

    /// The user creates a bare `ReplicaSet`.
    pub(super) fn commit_bare_replica_set(&mut self, subject: &Subject, template: TemplateId) {
        if self.admit_object(&Usage::REPLICA_SET).is_err() {
            return;
        }
        self.before_write();
        let new = NewReplicaSet {
            template,
            replicas: subject.replicas,
            min_ready_seconds: subject.min_ready_seconds,
            annotations: RolloutAnnotations::default(),
        };
        let name = super::deployment_controller::name_of(template, None);
        if let Ok(id) = self.api.create_replica_set(name, new, self.calendar.now()) {
            self.publish_stored_replica_set(ChangeKind::Added, id);
            self.see(Observation::ReplicaSet { id, from: 0, to: subject.replicas });
        }
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
        self.before_write();
        let written = self.api.write_replica_set_status(id, version, status)?;
        if written != version
            && let Some(size) = self.api.replica_set(id).map(|stored| stored.replicas)
        {
            self.publish_stored_replica_set(ChangeKind::Updated, id);
            self.see(Observation::ReplicaSet { id, from: size, to: size });
        }
        Ok(written)
    }

    pub(super) fn commit_replica_set_deletion(&mut self, id: ReplicaSetId) -> Result<(), Refusal> {
        self.before_write();
        let gone = self.api.replica_set(id).cloned().ok_or(Refusal::NotFound)?;
        self.api.delete_replica_set(id)?;
        self.publish_replica_set(ChangeKind::Removed, gone);
        self.see(Observation::ReplicaSetDeleted(id));
        self.release_object(&Usage::REPLICA_SET);
        if self.site.is_some() {
            let heard = self.settings.watch.next(&mut self.latency.watch) + self.request_delay();
            self.calendar.schedule(heard, Event::PodsCollected(id));
        }
        Ok(())
    }

    fn publish_stored_replica_set(&mut self, kind: ChangeKind, id: ReplicaSetId) {
        if let Some(stored) = self.api.replica_set(id).cloned() {
            self.publish_replica_set(kind, stored);
        }
    }

    /// Creates a pod for a `ReplicaSet`, once reviews have let it pass. Returns the version of the new object.
    pub(super) fn commit_new_pod(
        &mut self,
        owner: ReplicaSetId,
        template: TemplateId,
    ) -> Result<u64, Refusal> {
        self.admit_by_script()?;
        self.admit_to_quotas(template)?;
        self.before_write();
        let deletion_cost = self.templates.get(template).deletion_cost;
        let ordinal = self.templates.next_ordinal(template);
        let uid = self.born(template, ordinal);
        let id = self.api.create_pod(Pod {
            uid,
            owner: Some(owner),
            template,
            ordinal,
            matches: true,
            created: self.calendar.now().stored(),
            node: None,
            phase: PodPhase::Pending,
            ready_since: None,
            deletion: None,
            deletion_cost,
            restarts: 0,
            resource_version: 0,
            removed: false,
        });
        self.publish_pod(ChangeKind::Added, id);
        self.see(Observation::PodCreated(id));
        self.script_new_pod(id);
        self.tell_scheduler(id);
        self.note_for_drains(id, None);
        Ok(self.api.pod(id).resource_version)
    }

    /// A new pod's identity; in a modelled cluster it gets the numbers of its life as well.
    pub(super) fn born(&mut self, template: TemplateId, ordinal: u32) -> Uid {
        let now = self.now();
        let Some(site) = &mut self.site else { return Uid(self.api.pods.len() as u64) };
        let life = Life::new(self.streams.slots("pod", u64::from(template.0), u64::from(ordinal)), now);
        site.lives.push(life);
        Uid(life.bits(slot::UID))
    }

    fn tell_scheduler(&mut self, id: PodId) {
        if self.site.is_some() {
            let heard = self.settings.watch.next(&mut self.latency.watch);
            self.calendar.schedule(heard, Event::SchedulerSees(id));
        }
    }

    /// Changes a pod; tells watchers and observers if that changed anything.
    pub(super) fn commit_pod(&mut self, id: PodId, change: impl FnOnce(&mut Pod)) {
        self.before_write();
        let before = *self.api.pod(id);
        if self.api.update_pod(id, change) {
            let worsened = before.is_ready() && !self.api.pod(id).is_ready();
            self.publish_pod(if worsened { ChangeKind::Worsened } else { ChangeKind::Updated }, id);
            self.see(Observation::Pod(id, &before));
            self.after_pod_change(id, &before);
        }
    }

    /// What a change of a pod means to nodes, quotas and triggers.
    fn after_pod_change(&mut self, id: PodId, before: &Pod) {
        if self.site.is_none() {
            return;
        }
        self.note_for_drains(id, Some(before));
        let after = *self.api.pod(id);
        self.note_endpoint_change(id, before);
        self.application_follows(id, &after);
        self.load_may_shift(before, &after);
        if let Some(deletion) = after.deletion.filter(|_| before.deletion.is_none()) {
            self.note_termination(id, deletion);
            self.pod_terminates(id);
        }
        if after.removed || after.phase.is_terminal() {
            self.leave_node(id);
            self.release_quota(id, before);
        }
        if after.is_ready() && !before.is_ready() {
            self.pull_readiness_triggers(id);
        }
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
        let grace = self.grace_of(id, &pod);
        if pod.node.is_none() || pod.phase.is_terminal() || grace <= Span::ZERO {
            self.commit_pod_removal(id);
        } else {
            let deletion = (self.now() + grace).stored();
            self.commit_pod(id, |pod| pod.deletion = Some(deletion));
            self.script_deleted_pod(id);
            if self.site.is_some() && self.kubelet_hears_of_deletion(id) {
                self.begin_termination(id);
            }
        }
        self.see(Observation::PodDeletionBegan(id));
        Ok(())
    }

    fn grace_of(&self, id: PodId, pod: &Pod) -> Span {
        self.site.as_ref().map_or(Span::from_secs(30), |site| site.grace_of(id, pod))
    }

    /// Removes a pod object.
    pub(super) fn commit_pod_removal(&mut self, id: PodId) {
        self.before_write();
        let before = *self.api.pod(id);
        if self.api.remove_pod(id) {
            self.publish_pod(ChangeKind::Removed, id);
            self.see(Observation::Pod(id, &before));
            self.after_pod_change(id, &before);
        }
    }
}
