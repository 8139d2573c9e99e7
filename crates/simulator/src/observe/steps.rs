//! Steps: bursts of writes and the state after each, in the format of the recordings.

use super::{Observation, Observer};
use crate::cluster::ApiServer;
use crate::{Span, Timestamp};
use controller::api::{
    Condition, ConditionType, Deployment, ErrorId, FailureReason, Message, Number, ReplicaSet, ReplicaSetId,
    ReplicaSetName, TemplateId,
};
use controller::deployment::UndoRefusal;

/// Time without writes that ends a burst.
const SILENCE: Span = Span::from_millis(90);

/// One burst of writes and the state after it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedStep {
    /// Time of the first write.
    pub at: Timestamp,
    /// The Deployment after the burst.
    pub deployment: DeploymentState,
    /// The `ReplicaSet`s after the burst, in order of creation.
    pub replica_sets: Vec<ReplicaSetState>,
    /// Net changes of sizes over the burst, by the template of the `ReplicaSet`.
    pub scalings: Vec<Scaling>,
    /// Pods created.
    pub pods_created: u32,
    /// Pods whose deletion began.
    pub pods_deleted: u32,
    /// A rollback that changed nothing.
    pub note: Option<UndoRefusal>,
}

/// The visible state of a Deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of the API object")]
pub struct DeploymentState {
    pub generation: i64,
    pub observed_generation: i64,
    pub revision: Number,
    pub replicas: i32,
    pub updated: i32,
    pub ready: i32,
    pub available: i32,
    pub unavailable: i32,
    pub terminating: Option<i32>,
    /// Sorted by type.
    pub conditions: Vec<ConditionState>,
}

/// A condition of a Deployment without the text of a failure.
pub type ConditionState = Condition;

/// The visible state of a `ReplicaSet`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of the API object")]
pub struct ReplicaSetState {
    pub id: ReplicaSetId,
    pub name: ReplicaSetName,
    pub template: TemplateId,
    pub spec_replicas: i32,
    pub revision: Number,
    pub revision_history: String,
    pub desired: Number,
    pub max: Number,
    pub replicas: i32,
    pub ready: i32,
    pub available: i32,
    pub terminating: Option<i32>,
    pub failure: Option<FailureState>,
}

/// A `ReplicaFailure` of a `ReplicaSet` without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureState {
    /// What failed.
    pub reason: FailureReason,
    /// Time of its last transition.
    pub last_transition: Timestamp,
}

/// A net change of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaling {
    /// The template of the `ReplicaSet`.
    pub template: TemplateId,
    /// Size before the burst.
    pub from: i32,
    /// Size after it.
    pub to: i32,
}

/// Records steps.
#[derive(Debug, Clone, Default)]
pub struct StepRecorder {
    steps: Vec<RecordedStep>,
    /// Templates in the order in which they got their first `ReplicaSet`.
    first_used: Vec<TemplateId>,
    burst: Option<Burst>,
    /// Template of each `ReplicaSet`.
    templates: Vec<TemplateId>,
}

#[derive(Debug, Clone)]
struct Burst {
    start: Timestamp,
    last: Timestamp,
    scalings: Vec<(ReplicaSetId, i32, i32)>,
    created: u32,
    deleted: u32,
    note: Option<UndoRefusal>,
}

impl StepRecorder {
    /// Ends the recording. Returns the steps and the templates in the order of their first use.
    pub fn finish(mut self, api: &ApiServer) -> (Vec<RecordedStep>, Vec<TemplateId>) {
        self.close(api);
        (self.steps, self.first_used)
    }

    fn burst(&mut self, now: Timestamp) -> &mut Burst {
        let burst = self.burst.get_or_insert_with(|| Burst {
            start: now,
            last: now,
            scalings: Vec::new(),
            created: 0,
            deleted: 0,
            note: None,
        });
        burst.last = now;
        burst
    }

    /// Ends the burst and records a step if it changed anything.
    fn close(&mut self, api: &ApiServer) {
        let Some(burst) = self.burst.take() else { return };
        let Some(deployment) = &api.deployment else { return };
        let step = RecordedStep {
            at: burst.start,
            deployment: deployment_state(deployment),
            replica_sets: api.existing_replica_sets().map(replica_set_state).collect(),
            scalings: self.net_scalings(&burst.scalings),
            pods_created: burst.created,
            pods_deleted: burst.deleted,
            note: burst.note,
        };
        let before = self.steps.last();
        let same_state = before.is_some_and(|before| {
            before.deployment == step.deployment && before.replica_sets == step.replica_sets
        });
        let quiet = step.scalings.is_empty() && step.pods_created == 0 && step.pods_deleted == 0;
        if !(same_state && quiet && step.note.is_none()) {
            self.steps.push(step);
        }
    }

    fn net_scalings(&self, scalings: &[(ReplicaSetId, i32, i32)]) -> Vec<Scaling> {
        let net = scalings.iter().filter(|(_, from, to)| from != to);
        net.map(|(id, from, to)| Scaling { template: self.templates[id.0 as usize], from: *from, to: *to })
            .collect()
    }

    /// Registers the template of the next `ReplicaSet`.
    fn note_template(&mut self, template: TemplateId) {
        self.templates.push(template);
        if !self.first_used.contains(&template) {
            self.first_used.push(template);
        }
    }

    fn note_size(&mut self, now: Timestamp, id: ReplicaSetId, from: i32, to: i32, api: &ApiServer) {
        if id.0 as usize >= self.templates.len()
            && let Some(created) = api.replica_set(id)
        {
            self.note_template(created.template);
        }
        let scalings = &mut self.burst(now).scalings;
        match scalings.iter_mut().find(|(known, ..)| *known == id) {
            Some((_, _, last)) => *last = to,
            None if from != to => scalings.push((id, from, to)),
            None => {}
        }
    }
}

impl Observer for StepRecorder {
    /// Objects of the start count as used first.
    fn begin(&mut self, _start: Timestamp, api: &ApiServer) {
        *self = Self::default();
        for replica_set in api.existing_replica_sets() {
            self.note_template(replica_set.template);
        }
    }

    fn before_write(&mut self, now: Timestamp, api: &ApiServer) {
        if self.burst.as_ref().is_some_and(|burst| now.since(burst.last) >= SILENCE) {
            self.close(api);
        }
    }

    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        match seen {
            Observation::ReplicaSet { id, from, to } => self.note_size(now, id, from, to, api),
            Observation::PodCreated(_) => self.burst(now).created += 1,
            Observation::PodDeletionBegan(_) => self.burst(now).deleted += 1,
            Observation::UndoRefused(refusal) => {
                self.before_write(now, api);
                self.burst(now).note = Some(refusal);
            }
            Observation::Deployment | Observation::Pod(..) | Observation::ReplicaSetDeleted(_) => {
                self.burst(now);
            }
            Observation::CreateRefused(..)
            | Observation::CallRefused(_)
            | Observation::PodEnters(..)
            | Observation::Serving(..)
            | Observation::EndpointsWritten(_)
            | Observation::EndpointsProgrammed { .. }
            | Observation::Admission(..)
            | Observation::RolledBack
            | Observation::UserActs { .. }
            | Observation::UserActed => {}
        }
    }
}

fn deployment_state(deployment: &Deployment) -> DeploymentState {
    let status = &deployment.status;
    let mut conditions: Vec<Condition> = status.conditions.iter().copied().collect();
    conditions.sort_by_key(|condition| condition.kind);
    for condition in conditions.iter_mut().filter(|c| c.kind == ConditionType::ReplicaFailure) {
        condition.message = Message::Error(ErrorId(0));
    }
    DeploymentState {
        generation: deployment.generation,
        observed_generation: status.observed_generation,
        revision: deployment.revision,
        replicas: status.replicas,
        updated: status.updated,
        ready: status.ready,
        available: status.available,
        unavailable: status.unavailable,
        terminating: status.terminating,
        conditions,
    }
}

fn replica_set_state(replica_set: &ReplicaSet) -> ReplicaSetState {
    let annotations = &replica_set.annotations;
    ReplicaSetState {
        id: replica_set.id,
        name: replica_set.name,
        template: replica_set.template,
        spec_replicas: replica_set.replicas,
        revision: annotations.revision,
        revision_history: annotations.revision_history.as_str().to_owned(),
        desired: annotations.desired,
        max: annotations.max,
        replicas: replica_set.status.replicas,
        ready: replica_set.status.ready,
        available: replica_set.status.available,
        terminating: replica_set.status.terminating,
        failure: replica_set
            .status
            .failure
            .map(|failure| FailureState { reason: failure.reason, last_transition: failure.last_transition }),
    }
}
