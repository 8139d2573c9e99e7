//! The working state of one sync: the view, the drafted Deployment, and the plan so far.

use super::decision::{
    ApiEvent, CreateRefusal, Decision, OnRefusal, PlannedWrite, ReplicaSetUpdate, Requeue, Write,
};
use super::revision;
use crate::Timestamp;
use crate::api::{Deployment, Number, ReplicaSet, ReplicaSetId, ReplicaSetName, TemplateId};

/// The content of the controller's caches when a sync begins.
#[derive(Debug, Clone, Copy)]
pub struct DeploymentSnapshot<'a> {
    /// The Deployment.
    pub deployment: &'a Deployment,
    /// The `ReplicaSet`s it controls, [oldest first](ReplicaSet::by_age).
    pub replica_sets: &'a [ReplicaSet],
    /// Whether a pod of an old `ReplicaSet` exists whose phase is not terminal, terminating ones included.
    /// Only Recreate reads it.
    pub old_pods_running: bool,
    /// The name that a new `ReplicaSet` with the Deployment's template would get.
    pub new_name: ReplicaSetName,
}

/// One sync in progress.
pub(super) struct SyncDraft<'a> {
    pub(super) now: Timestamp,
    /// The view of the sync, which contains the *stored* status.
    pub(super) view: DeploymentSnapshot<'a>,
    /// The oldest `ReplicaSet` with the Deployment's template.
    new: Option<&'a ReplicaSet>,
    /// The private copy that the sync modifies; never read again after a write.
    pub(super) draft: Deployment,
    pub(super) decision: Decision,
    /// The answer to the creation of the new `ReplicaSet`, if it was refused.
    pub(super) create_refusal: Option<CreateRefusal<'a>>,
}

impl<'a> SyncDraft<'a> {
    pub(super) fn new(
        view: DeploymentSnapshot<'a>,
        create_refusal: Option<CreateRefusal<'a>>,
        now: Timestamp,
        memory: Decision,
    ) -> Self {
        let template = view.deployment.spec.template;
        let new = view.replica_sets.iter().find(|replica_set| replica_set.template == template);
        Self { now, view, new, draft: *view.deployment, decision: memory.emptied(), create_refusal }
    }

    pub(super) fn finish(self) -> Decision {
        self.decision
    }

    pub(super) fn write(&mut self, write: Write, on_refusal: OnRefusal) {
        self.decision.steps.push(PlannedWrite { write, on_refusal, event: None });
    }

    pub(super) fn requeue(&mut self, requeue: Requeue) {
        self.decision.requeue = requeue;
    }

    /// Stores the draft's status and revision through the status endpoint.
    pub(super) fn write_draft_status(&mut self, on_refusal: OnRefusal) {
        let write = Write::DeploymentStatus { revision: self.draft.revision, status: self.draft.status };
        self.write(write, on_refusal);
    }

    pub(super) fn template(&self) -> TemplateId {
        self.view.deployment.spec.template
    }

    /// The new `ReplicaSet`: the oldest one with the Deployment's template.
    pub(super) const fn new_replica_set(&self) -> Option<&'a ReplicaSet> {
        self.new
    }

    /// Every other one, oldest first, younger duplicates of the new one's template included.
    pub(super) fn old_replica_sets(
        &self,
    ) -> impl DoubleEndedIterator<Item = &'a ReplicaSet> + Clone + use<'a> {
        let new = self.new.map(|replica_set| replica_set.id);
        self.view.replica_sets.iter().filter(move |replica_set| Some(replica_set.id) != new)
    }

    /// The old ones with a positive desired size, oldest first.
    pub(super) fn active_old(&self) -> impl DoubleEndedIterator<Item = &'a ReplicaSet> + Clone + use<'a> {
        self.old_replica_sets().filter(|replica_set| replica_set.is_active())
    }

    /// Plans the size `replicas` and current annotations for `target`; the event is added only if the size
    /// changes. Nothing is planned if neither would change (`scaleReplicaSet`, `sync.go`).
    pub(super) fn resize(&mut self, target: &ReplicaSet, replicas: i32, on_refusal: OnRefusal) {
        let mut annotations = target.annotations.clone();
        annotations.desired = Number::Value(self.draft.spec.replicas.into());
        annotations.max = Number::Value(self.draft.max_replicas().into());
        if target.replicas == replicas && target.annotations == annotations {
            return;
        }
        let event = (target.replicas != replicas).then_some(ApiEvent::Scaled {
            name: target.name,
            from: target.replicas,
            to: replicas,
        });
        let update = ReplicaSetUpdate {
            id: target.id,
            resource_version: (!self.has_written(target.id)).then_some(target.resource_version),
            replicas,
            min_ready_seconds: target.min_ready_seconds,
            annotations,
            copy_annotations: false,
        };
        self.decision.steps.push(PlannedWrite { write: Write::ReplicaSet(update), on_refusal, event });
    }

    /// Like [`resize`](Self::resize), but for equal sizes even stale annotations stay
    /// (`scaleReplicaSetAndRecordEvent`, `sync.go`). Returns whether anything was planned.
    pub(super) fn resize_if_different(
        &mut self,
        target: &ReplicaSet,
        replicas: i32,
        on_refusal: OnRefusal,
    ) -> bool {
        if target.replicas == replicas {
            return false;
        }
        self.resize(target, replicas, on_refusal);
        true
    }

    /// `target` with the size that the plan so far sets.
    pub(super) fn after_planned_cuts(&self, target: &ReplicaSet) -> ReplicaSet {
        let mut after = target.clone();
        for step in &self.decision.steps {
            if let Write::ReplicaSet(update) = &step.write
                && update.id == target.id
            {
                after.replicas = update.replicas;
                after.annotations = update.annotations.clone();
            }
        }
        after
    }

    /// Whether the plan so far writes this `ReplicaSet`. The sync continues with the object that the write
    /// returned, so a second write does not conflict.
    fn has_written(&self, id: ReplicaSetId) -> bool {
        let writes =
            |step: &PlannedWrite| matches!(&step.write, Write::ReplicaSet(update) if update.id == id);
        self.decision.steps.iter().any(writes)
    }

    /// Revision for the new `ReplicaSet`.
    pub(super) fn next_revision(&self) -> i64 {
        revision::newest(self.old_replica_sets()) + 1
    }
}
