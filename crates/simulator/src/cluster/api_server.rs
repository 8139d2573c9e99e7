//! The API server: stored objects with versions and generations, and the rules of writing them
//! (`pkg/registry/apps`, `pkg/registry/core/pod`).
//!
//! Nothing here takes time: a write is applied when it arrives. The [world](super::World) adds the delays and
//! notifies the watchers.

use super::pod::{Pod, PodId};
use super::pod_table::PodTable;
use super::refusal::Refusal;
use crate::Timestamp;
use controller::api::{
    Deployment, DeploymentStatus, Number, ReplicaSet, ReplicaSetId, ReplicaSetName, ReplicaSetStatus,
};
use controller::deployment::{NewReplicaSet, ReplicaSetUpdate};

/// The stored objects of one namespace.
#[derive(Debug, Clone, Default)]
pub struct ApiServer {
    version: u64,
    /// The Deployment under test, unless the subject is a bare `ReplicaSet`.
    pub deployment: Option<Deployment>,
    /// By id; `None` once deleted.
    pub replica_sets: Vec<Option<ReplicaSet>>,
    /// By id; removed pods stay and are marked.
    pub pods: PodTable<Pod>,
}

impl ApiServer {
    /// Clears everything and keeps the allocations.
    pub(super) fn reset(&mut self) {
        self.version = 0;
        self.deployment = None;
        self.replica_sets.clear();
        self.pods.clear();
    }

    /// Resource version of the last write.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    const fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    /// A stored `ReplicaSet`.
    #[must_use]
    pub fn replica_set(&self, id: ReplicaSetId) -> Option<&ReplicaSet> {
        self.replica_sets.get(id.0 as usize)?.as_ref()
    }

    /// The stored `ReplicaSet`s in order of creation.
    pub fn existing_replica_sets(&self) -> impl DoubleEndedIterator<Item = &ReplicaSet> {
        self.replica_sets.iter().flatten()
    }

    /// A pod, which may be removed already.
    #[must_use]
    pub fn pod(&self, id: PodId) -> &Pod {
        &self.pods[id.index()]
    }

    /// Stores the Deployment for the first time.
    pub(super) fn create_deployment(&mut self, mut deployment: Deployment) {
        deployment.resource_version = self.next_version();
        self.deployment = Some(deployment);
    }

    /// Replaces status and revision if `version` is the stored one. Returns whether anything changed.
    pub(super) fn write_deployment_status(
        &mut self,
        version: u64,
        revision: Number,
        status: &DeploymentStatus,
    ) -> Result<bool, Refusal> {
        let stored = self.deployment.as_mut().ok_or(Refusal::NotFound)?;
        if stored.resource_version != version {
            return Err(Refusal::Conflict);
        }
        if stored.revision == revision && stored.status == *status {
            return Ok(false);
        }
        stored.revision = revision;
        stored.status = *status;
        self.version += 1;
        stored.resource_version = self.version;
        Ok(true)
    }

    /// Changes the Deployment's spec without a version check, like kubectl's patches. Returns whether
    /// anything changed.
    pub(super) fn patch_deployment(&mut self, change: impl FnOnce(&mut Deployment)) -> bool {
        let Some(stored) = self.deployment.as_mut() else {
            return false;
        };
        let mut changed = *stored;
        change(&mut changed);
        if changed == *stored {
            return false;
        }
        changed.generation = stored.generation + 1;
        self.version += 1;
        changed.resource_version = self.version;
        *stored = changed;
        true
    }

    /// Stores a new `ReplicaSet` unless the name is taken.
    pub(super) fn create_replica_set(
        &mut self,
        name: ReplicaSetName,
        new: NewReplicaSet,
        now: Timestamp,
    ) -> Result<ReplicaSetId, Refusal> {
        if self.existing_replica_sets().any(|existing| existing.name == name) {
            return Err(Refusal::AlreadyExists);
        }
        let id = ReplicaSetId(self.replica_sets.len() as u32);
        let resource_version = self.next_version();
        self.replica_sets.push(Some(ReplicaSet {
            id,
            name,
            created: now.stored(),
            deletion: None,
            generation: 1,
            resource_version,
            template: new.template,
            replicas: new.replicas,
            min_ready_seconds: new.min_ready_seconds,
            annotations: new.annotations,
            has_deployment_annotations: true,
            status: ReplicaSetStatus::default(),
        }));
        Ok(id)
    }

    /// Replaces size, `minReadySeconds` and annotations. Returns whether anything changed.
    pub(super) fn update_replica_set(
        &mut self,
        update: &ReplicaSetUpdate,
        version: u64,
    ) -> Result<bool, Refusal> {
        let next = self.version + 1;
        let stored = self.stored(update.id)?;
        if stored.resource_version != version {
            return Err(Refusal::Conflict);
        }
        let spec_changed =
            stored.replicas != update.replicas || stored.min_ready_seconds != update.min_ready_seconds;
        let copied = update.copy_annotations && !stored.has_deployment_annotations;
        if !spec_changed && !copied && stored.annotations == update.annotations {
            return Ok(false);
        }
        stored.replicas = update.replicas;
        stored.min_ready_seconds = update.min_ready_seconds;
        stored.annotations.clone_from(&update.annotations);
        stored.has_deployment_annotations |= update.copy_annotations;
        stored.generation += i64::from(spec_changed);
        stored.resource_version = next;
        self.version = next;
        Ok(true)
    }

    /// Changes a bare `ReplicaSet`'s spec without a version check. Returns whether anything changed.
    pub(super) fn patch_replica_set(
        &mut self,
        id: ReplicaSetId,
        change: impl FnOnce(&mut ReplicaSet),
    ) -> bool {
        let next = self.version + 1;
        let Ok(stored) = self.stored(id) else { return false };
        let mut changed = stored.clone();
        change(&mut changed);
        if changed == *stored {
            return false;
        }
        changed.generation += 1;
        changed.resource_version = next;
        *stored = changed;
        self.version = next;
        true
    }

    /// Replaces the status. Returns the new version, or the stored one if nothing changed.
    pub(super) fn write_replica_set_status(
        &mut self,
        id: ReplicaSetId,
        version: u64,
        status: ReplicaSetStatus,
    ) -> Result<u64, Refusal> {
        let next = self.version + 1;
        let stored = self.stored(id)?;
        if stored.resource_version != version {
            return Err(Refusal::Conflict);
        }
        if stored.status == status {
            return Ok(version);
        }
        stored.status = status;
        stored.resource_version = next;
        self.version = next;
        Ok(next)
    }

    fn stored(&mut self, id: ReplicaSetId) -> Result<&mut ReplicaSet, Refusal> {
        self.replica_sets.get_mut(id.0 as usize).and_then(Option::as_mut).ok_or(Refusal::NotFound)
    }

    /// Removes a `ReplicaSet`.
    pub(super) fn delete_replica_set(&mut self, id: ReplicaSetId) -> Result<(), Refusal> {
        self.stored(id)?;
        self.replica_sets[id.0 as usize] = None;
        self.version += 1;
        Ok(())
    }

    /// Stores a new pod.
    pub(super) fn create_pod(&mut self, mut pod: Pod) -> PodId {
        let id = PodId(self.pods.len() as u32);
        pod.resource_version = self.next_version();
        self.pods.push(pod);
        id
    }

    /// Changes a pod. Returns whether anything changed; a removed pod never changes.
    pub(super) fn update_pod(&mut self, id: PodId, change: impl FnOnce(&mut Pod)) -> bool {
        let stored = &mut self.pods[id.index()];
        let mut changed = *stored;
        change(&mut changed);
        if stored.removed || changed == *stored {
            return false;
        }
        self.version += 1;
        changed.resource_version = self.version;
        *stored = changed;
        true
    }

    /// Removes a pod object; returns whether it existed.
    pub(super) fn remove_pod(&mut self, id: PodId) -> bool {
        self.update_pod(id, |pod| pod.removed = true)
    }
}
