//! Runs the Deployment controller: takes the key from the queue, asks the decision functions for a plan, and
//! makes its writes one after another.

use super::api_event::EventSender;
use super::control_plane::{Call, CallHandling};
use super::event::{Controller, Event};
use super::rate::TokenBucket;
use super::refusal::{Refusal, RefusedCall};
use super::work_queue::WorkQueue;
use super::world::World;
use crate::engine::mix;
use crate::model::{ControlPlane, Resource, Verb};
use crate::observe::{Observer, SyncEnd, SyncKey};
use crate::{Span, Timestamp};
use controller::api::{Deployment, ReplicaSet, ReplicaSetId, ReplicaSetName, TemplateId};
use controller::deployment::{
    CreateRefusal, Decision, DeploymentSnapshot, OnRefusal, PlannedWrite, Requeue, Write,
    after_refused_create, sync_in,
};

/// The one Deployment's key.
const KEY: u32 = 0;

/// Retries of a failing key before it is dropped until the next event (`maxRetries`,
/// `deployment_controller.go`).
const MAX_RETRIES: u32 = 15;

/// Queue and current sync of the controller.
pub(super) struct DeploymentController {
    pub(super) queue: WorkQueue,
    pub(super) client: Option<TokenBucket>,
    pub(super) events: EventSender,
    /// The sync in progress; boxed, because every write moves it.
    pass: Option<Box<DeploymentSync>>,
    /// A finished sync, kept to reuse its allocations.
    spare: Option<Box<DeploymentSync>>,
}

/// A sync in progress: its view, its plan and its position in the plan.
struct DeploymentSync {
    deployment: Deployment,
    replica_sets: Vec<ReplicaSet>,
    old_pods_running: bool,
    new_name: ReplicaSetName,
    decision: Decision,
    next: usize,
    outcome: Result<(), Refusal>,
    /// The first refusal, for observers of the sync.
    refused: Option<Refusal>,
    /// Versions returned by the sync's own writes to `ReplicaSet`s.
    written: Vec<(ReplicaSetId, u64)>,
}

impl DeploymentSync {
    fn new(deployment: &Deployment) -> Self {
        Self {
            deployment: *deployment,
            replica_sets: Vec::new(),
            old_pods_running: false,
            new_name: name_of_new(deployment),
            decision: Decision::default(),
            next: 0,
            outcome: Ok(()),
            refused: None,
            written: Vec::new(),
        }
    }

    fn view(&self) -> DeploymentSnapshot<'_> {
        DeploymentSnapshot {
            deployment: &self.deployment,
            replica_sets: &self.replica_sets,
            old_pods_running: self.old_pods_running,
            new_name: self.new_name,
        }
    }

    fn next_step(&self) -> Option<&PlannedWrite> {
        self.decision.steps.get(self.next)
    }
}

impl DeploymentController {
    pub(super) fn new(settings: &ControlPlane) -> Self {
        Self {
            queue: WorkQueue::new(settings.workers),
            client: settings.client_limit.map(|(rate, burst)| TokenBucket::new(rate, burst)),
            events: EventSender::default(),
            pass: None,
            spare: None,
        }
    }

    /// Clears everything, as a restart does.
    pub(super) fn restart(&mut self, settings: &ControlPlane) {
        self.queue.reset(settings.workers);
        self.pass = None;
        self.events = EventSender::default();
        if let Some(client) = &mut self.client {
            client.refill();
        }
    }
}

impl<O: Observer> World<O> {
    pub(super) fn enqueue_deployment(&mut self) {
        self.deployment_controller.queue.add(KEY);
        self.start_deployment_pass();
    }

    /// Starts a sync. A worker that takes the key reads the caches after all deliveries of this time.
    pub(super) fn start_deployment_pass(&mut self) {
        if self.deployment_controller.queue.take().is_some() {
            self.calendar.schedule(Span::ZERO, Event::DeploymentPass(self.incarnation));
        }
    }

    pub(super) fn deployment_pass(&mut self) {
        self.sync_begins(SyncKey::Deployment);
        let Some(deployment) = self.caches.deployment else {
            return self.end_deployment_pass(Ok(()));
        };
        let now = self.now();
        let mut pass = self
            .deployment_controller
            .spare
            .take()
            .unwrap_or_else(|| Box::new(DeploymentSync::new(&deployment)));
        pass.deployment = deployment;
        pass.replica_sets.clone_from(&self.caches.replica_sets);
        pass.old_pods_running = self.old_pods_running(&deployment, &pass.replica_sets);
        pass.new_name = name_of_new(&deployment);
        pass.next = 0;
        pass.refused = None;
        pass.written.clear();
        let memory = std::mem::take(&mut pass.decision);
        pass.decision = sync_in(memory, pass.view(), now);
        self.deployment_controller.pass = Some(pass);
        self.proceed_deployment_pass();
    }

    /// Whether pods of a `ReplicaSet` with another template may still run.
    fn old_pods_running(&self, deployment: &Deployment, replica_sets: &[ReplicaSet]) -> bool {
        if deployment.rolling_update().is_some() {
            return false;
        }
        let new = replica_sets.iter().find(|candidate| candidate.template == deployment.spec.template);
        let is_old = |candidate: &&ReplicaSet| new.is_none_or(|new| new.id != candidate.id);
        replica_sets.iter().filter(is_old).any(|old| self.caches.pods.has_running(old.id))
    }

    /// Sends the next write, or ends the sync.
    fn proceed_deployment_pass(&mut self) {
        let Some(pass) = &self.deployment_controller.pass else {
            return;
        };
        if pass.next_step().is_some() {
            let arrives = self.call_arrives_at(Call::DeploymentWrite);
            self.calendar.schedule_at(arrives, Event::DeploymentWriteArrives(self.incarnation));
            return;
        }
        match pass.decision.requeue {
            Requeue::Backoff => self.end_deployment_pass(Err(())),
            requeue => {
                self.requeue_deployment(requeue);
                self.end_deployment_pass(Ok(()));
            }
        }
    }

    fn requeue_deployment(&mut self, requeue: Requeue) {
        let at = match requeue {
            Requeue::After(span) => self.now() + span,
            Requeue::Poll { until: Some(until) } => until,
            // Polls that decide nothing are not simulated.
            Requeue::Poll { until: None } | Requeue::No | Requeue::Backoff => return,
        };
        self.enqueue_at(Controller::Deployment, KEY, at);
    }

    /// Kind and verb of the next write of the sync.
    pub(super) fn next_deployment_write(&self) -> (Resource, Verb) {
        let step = self.deployment_controller.pass.as_ref().and_then(|pass| pass.next_step());
        match step.map(|step| &step.write) {
            Some(Write::CreateReplicaSet(_)) => (Resource::ReplicaSets, Verb::Create),
            Some(Write::ReplicaSet(_)) => (Resource::ReplicaSets, Verb::Update),
            Some(Write::DeleteReplicaSet(_)) => (Resource::ReplicaSets, Verb::Delete),
            Some(Write::Deployment(_)) => (Resource::Deployments, Verb::Update),
            Some(Write::DeploymentStatus { .. }) | None => (Resource::Deployments, Verb::Status),
        }
    }

    pub(super) fn serve_deployment_write(&mut self, handling: CallHandling) {
        let Some(mut pass) = self.deployment_controller.pass.take() else {
            return;
        };
        let about = pass.next_step().and_then(|step| match &step.write {
            Write::DeploymentStatus { .. } => Some(RefusedCall::Deployment(Verb::Status)),
            Write::Deployment(_) => Some(RefusedCall::Deployment(Verb::Update)),
            Write::ReplicaSet(update) => Some(RefusedCall::ReplicaSet(update.id, Verb::Update)),
            Write::DeleteReplicaSet(id) => Some(RefusedCall::ReplicaSet(*id, Verb::Delete)),
            Write::CreateReplicaSet(_) => None,
        });
        pass.outcome = self.commit_under(handling, |world| world.apply_next_write(&mut pass));
        if let Err(refusal) = pass.outcome {
            pass.refused.get_or_insert(refusal);
            self.see_refused_call(refusal, about);
        }
        self.deployment_controller.pass = Some(pass);
        let delay = self.answer_delay(Call::DeploymentWrite, handling);
        self.calendar.schedule(delay, Event::DeploymentWriteReturns(self.incarnation));
    }

    fn apply_next_write(&mut self, pass: &mut DeploymentSync) -> Result<(), Refusal> {
        match &pass.decision.steps[pass.next].write {
            Write::DeploymentStatus { revision, status } => {
                self.commit_deployment_status(pass.deployment.resource_version, *revision, status)
            }
            Write::CreateReplicaSet(new) => self.commit_new_replica_set(pass.new_name, new.clone()).map(drop),
            Write::ReplicaSet(update) => {
                let own =
                    pass.written.iter().rev().find(|(id, _)| *id == update.id).map(|(_, version)| *version);
                let Some(version) = update.resource_version.or(own) else {
                    return Err(Refusal::Conflict);
                };
                let written = self.commit_replica_set(update, version)?;
                pass.written.push((update.id, written));
                Ok(())
            }
            Write::DeleteReplicaSet(id) => self.commit_replica_set_deletion(*id),
            Write::Deployment(update) => {
                let template = pass.replica_sets.iter().find(|set| Some(set.id) == update.restore);
                let template = template.map(|set| set.template);
                self.commit_deployment(|deployment| {
                    deployment.rollback_to = None;
                    deployment.spec.template = template.unwrap_or(deployment.spec.template);
                });
                Ok(())
            }
        }
    }

    pub(super) fn deployment_write_returns(&mut self) {
        let Some(pass) = &mut self.deployment_controller.pass else {
            return;
        };
        let on_refusal = pass.decision.steps[pass.next].on_refusal;
        let reported = pass.decision.steps[pass.next].event;
        let outcome = pass.outcome;
        if let Some(event) = reported.filter(|event| event.is_warning() || outcome.is_ok()) {
            self.report_on_deployment(event);
        }
        let Some(pass) = &mut self.deployment_controller.pass else { return };
        let Err(refusal) = outcome else {
            pass.next += 1;
            return self.proceed_deployment_pass();
        };
        match on_refusal {
            OnRefusal::Ignore => pass.next += 1,
            OnRefusal::FailUnlessNotFound if refusal == Refusal::NotFound => pass.next += 1,
            OnRefusal::Fail | OnRefusal::FailUnlessNotFound => return self.end_deployment_pass(Err(())),
            OnRefusal::Fallback => {
                pass.decision.steps = std::mem::take(&mut pass.decision.fallback);
                pass.next = 0;
            }
            OnRefusal::AskAgain => self.decide_after_refused_create(refusal),
        }
        self.proceed_deployment_pass();
    }

    fn decide_after_refused_create(&mut self, refusal: Refusal) {
        let now = self.now();
        let Some(mut pass) = self.deployment_controller.pass.take() else {
            return;
        };
        let cached = self.caches.replica_sets.iter().find(|known| known.name == pass.new_name).cloned();
        let refusal = match refusal {
            Refusal::AlreadyExists => {
                CreateRefusal::AlreadyExists { own: cached.as_ref(), cached: cached.is_some() }
            }
            Refusal::NamespaceTerminating => CreateRefusal::NamespaceTerminating,
            other => CreateRefusal::Other(self.note_error(other, RefusedCall::NewReplicaSet(pass.new_name))),
        };
        pass.decision = after_refused_create(pass.view(), refusal, now);
        pass.next = 0;
        self.deployment_controller.pass = Some(pass);
    }

    fn end_deployment_pass(&mut self, result: Result<(), ()>) {
        let mut refusal = None;
        if let Some(pass) = self.deployment_controller.pass.take() {
            refusal = pass.refused;
            self.deployment_controller.spare = Some(pass);
        }
        let now = self.now();
        let queue = &mut self.deployment_controller.queue;
        let mut again = None;
        if result.is_ok() || queue.failures(KEY) >= MAX_RETRIES {
            queue.forget(KEY);
        } else {
            let at = queue.back_off(KEY, now);
            again = Some(at.since(now));
            self.enqueue_at(Controller::Deployment, KEY, at);
        }
        let end = result.map_or(SyncEnd::Failed { again, refusal }, |()| SyncEnd::Done);
        self.sync_ends(SyncKey::Deployment, end);
        self.deployment_controller.queue.done(KEY);
        self.start_deployment_pass();
    }

    /// Adds a key to a controller's queue at a later time.
    pub(super) fn enqueue_at(&mut self, controller: Controller, key: u32, at: Timestamp) {
        let at = at.max(self.now());
        let queue = match controller {
            Controller::Deployment => &mut self.deployment_controller.queue,
            Controller::ReplicaSet => &mut self.replica_set_controller.queue,
        };
        if let Some(timer) = queue.add_at(key, at) {
            self.calendar.schedule_at(timer, Event::QueueTimer(controller, key));
        }
    }

    /// Adds a key to a controller's queue after a delay; at once if the delay is zero.
    pub(super) fn enqueue_after(&mut self, controller: Controller, key: u32, after: Span) {
        if after > Span::ZERO {
            return self.enqueue_at(controller, key, self.now() + after);
        }
        match controller {
            Controller::Deployment => self.enqueue_deployment(),
            Controller::ReplicaSet => self.enqueue_replica_set(ReplicaSetId(key)),
        }
    }

    pub(super) fn queue_timer(&mut self, controller: Controller, key: u32) {
        let now = self.now();
        match controller {
            Controller::Deployment => {
                self.deployment_controller.queue.timer(key, now);
                self.start_deployment_pass();
            }
            Controller::ReplicaSet => {
                self.replica_set_controller.queue.timer(key, now);
                self.start_replica_set_passes();
            }
        }
    }
}

fn name_of_new(deployment: &Deployment) -> ReplicaSetName {
    name_of(deployment.spec.template, deployment.status.collision_count)
}

/// The name for a `ReplicaSet` of a template. Any stable hash works: only identity matters, and the order as
/// the last tie-break between `ReplicaSet`s of one second.
pub(crate) fn name_of(template: TemplateId, collisions: Option<i32>) -> ReplicaSetName {
    let collisions = collisions.map_or(0, |count| count as u64 + 1);
    ReplicaSetName::new(template, mix(u64::from(template.0) << 32 | collisions) as u32)
}
