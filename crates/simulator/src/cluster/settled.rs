//! How a replication begins: settled, built as the controllers would have left it, or empty.

use super::admission::Usage;
use super::api_server::ApiServer;
use super::event::Event;
use super::pod::{NodeId, Pod, PodId};
use super::site::Site;
use super::world::{Latencies, World};
use crate::engine::Streams;
use crate::model::{Model, Start, Subject};
use crate::observe::{Observation, Observer};
use crate::{Span, Timestamp};
use controller::api::{
    Condition, ConditionStatus, ConditionType, Conditions, Deployment, DeploymentSpec, DeploymentStatus,
    Message, Number, PodPhase, Reason, ReplicaSet, ReplicaSetId, ReplicaSetStatus, RevisionHistory,
    RolloutAnnotations, TemplateId,
};
use std::sync::Arc;

/// Time that a settled pod took from its creation to Ready.
const USUAL_TIME_TO_READY: Span = Span::from_secs(30);

impl<O: Observer> World<O> {
    /// A world for replications of a model; [`begin`](Self::begin) starts one.
    pub(crate) fn modelled(model: Arc<Model>, observer: O) -> Self {
        let mut world = Self::new(model.cluster.control_plane.clone(), observer);
        world.site = Some(Site::new(model, &world.streams));
        world
    }

    /// Starts run number `run` of `seed`, whatever was before. Returns t = 0.
    pub(crate) fn begin(&mut self, seed: u64, run: u64) -> Timestamp {
        self.streams = Streams::new(seed, run);
        self.latency = Latencies::of(&self.streams);
        let Some(site) = &mut self.site else { return Timestamp::ZERO };
        site.reset(&self.streams);
        let (model, start) = (Arc::clone(&site.model), site.start);
        let lasting = site.lasting_templates();
        self.forget_everything(start, lasting);
        for template in &model.history {
            self.intern_template(template);
        }
        let template = self.intern_template(&model.subject.template);
        match model.start {
            Start::Settled { age } => self.build_settled(&model, template, start - age),
            Start::Empty => self.create_subject(&model, template),
        }
        self.find_residents();
        self.begin_service();
        self.count_load();
        self.arm_actions();
        self.arm_faults();
        let to_come = self.template_change_to_come();
        self.observer.observe(start, Observation::UserActs { template_change_to_come: to_come }, &self.api);
        start
    }

    fn forget_everything(&mut self, start: Timestamp, lasting_templates: usize) {
        self.calendar.reset(start);
        self.api.reset();
        self.watches.deployments.reset();
        self.watches.replica_sets.reset();
        self.watches.pods.reset();
        self.caches.deployment = None;
        self.caches.replica_sets.clear();
        self.caches.replica_sets_version = 0;
        self.caches.pods.reset();
        self.deployment_controller.restart(&self.settings);
        self.replica_set_controller.restart(&self.settings);
        self.templates.reset(lasting_templates);
        self.errors.clear();
        self.calls.reset();
        self.incarnation = super::event::Incarnation(0);
        self.controllers_running = true;
    }

    /// `start: empty`: the user creates the subject at t = 0; bare pods are there already.
    fn create_subject(&mut self, model: &Model, template: TemplateId) {
        self.place_bare_pods(model, self.now());
        self.fill_caches();
        self.observer.begin(self.calendar.now(), &self.api);
        match spec(&model.subject, template) {
            // Without room for it in a quota there is no Deployment, and nothing happens.
            Some(spec) => drop(self.commit_new_deployment(spec)),
            None => self.commit_bare_replica_set(&model.subject, template),
        }
    }

    fn build_settled(&mut self, model: &Model, template: TemplateId, created: Timestamp) {
        let revisions: Vec<TemplateId> =
            model.history.iter().map(|old| self.templates.intern(old)).chain([template]).collect();
        let mut ids: Vec<TemplateId> = Vec::new();
        for id in revisions {
            // A template that came back counts where it was used last.
            ids.retain(|known| *known != id);
            ids.push(id);
        }
        let newest = ids.len() as i64;
        for (id, revision) in ids.iter().zip(1i64..) {
            let replicas = if revision == newest { model.subject.replicas } else { 0 };
            self.build_replica_set(model, *id, replicas, revision, created);
        }
        self.place_bare_pods(model, created);
        self.build_pods(model, template, created);
        let placed = self.report_placed_pods();
        if let Some(spec) = spec(&model.subject, template) {
            self.build_deployment(spec, newest, created, placed);
        }
        self.fill_caches();
        self.observer.begin(self.calendar.now(), &self.api);
    }

    /// A `ReplicaSet` of an earlier or the current revision, complete.
    fn build_replica_set(
        &mut self,
        model: &Model,
        template: TemplateId,
        replicas: i32,
        revision: i64,
        created: Timestamp,
    ) {
        let subject = &model.subject;
        let id = ReplicaSetId(self.api.replica_sets.len() as u32);
        let annotations = spec(subject, template).map_or_else(RolloutAnnotations::default, |spec| {
            let deployment = Deployment::new(spec);
            RolloutAnnotations {
                revision: Number::Value(revision),
                revision_history: RevisionHistory::default(),
                desired: Number::Value(subject.replicas.into()),
                max: Number::Value(deployment.max_replicas().into()),
            }
        });
        let status = ReplicaSetStatus {
            replicas,
            fully_labeled: replicas,
            ready: 0,
            available: 0,
            terminating: Some(0),
            observed_generation: 1,
            failure: None,
        };
        if let Some(site) = &mut self.site {
            site.quotas.count(&Usage::REPLICA_SET);
        }
        self.api.replica_sets.push(Some(ReplicaSet {
            id,
            name: super::deployment_controller::name_of(template, None),
            // One revision a minute: only the order of the older ones can ever matter.
            created: (created - Span::from_secs(60 * (revisions_before(model) - revision + 1).max(0)))
                .stored(),
            deletion: None,
            generation: 1,
            resource_version: 1,
            template,
            replicas,
            min_ready_seconds: subject.min_ready_seconds,
            annotations,
            has_deployment_annotations: true,
            status,
        }));
    }

    /// The pods of the current revision: Ready, on the nodes the scheduler would have chosen, with their
    /// images there.
    fn build_pods(&mut self, model: &Model, template: TemplateId, created: Timestamp) {
        let owner = self.api.existing_replica_sets().find(|set| set.template == template).map(|set| set.id);
        let adopted = self.api.pods.iter().filter(|pod| pod.matches).count() as i32;
        for _ in adopted..model.subject.replicas {
            self.build_pod(owner, template, true, created);
        }
        for pod in &mut self.api.pods {
            if pod.matches {
                pod.owner = owner;
            }
        }
    }

    /// A pod that found no room waits for the scheduler and is not Ready. Returns how many are.
    fn report_placed_pods(&mut self) -> i32 {
        let mut placed = 0;
        for (index, pod) in self.api.pods.iter().enumerate() {
            if pod.node.is_none() {
                self.calendar.schedule(Span::ZERO, Event::SchedulerSees(PodId(index as u32)));
            } else if let Some(set) =
                pod.owner.and_then(|owner| self.api.replica_sets[owner.0 as usize].as_mut())
            {
                set.status.ready += 1;
                set.status.available += 1;
                placed += 1;
            }
        }
        placed
    }

    fn place_bare_pods(&mut self, model: &Model, created: Timestamp) {
        for bare in &model.bare_pods {
            let template = self.intern_template(&bare.template);
            // The selector of a Deployment's ReplicaSet also asks for the hash of its template, which no
            // pod has that it did not make.
            let matches = bare.matches_subject && model.subject.deployment.is_none();
            self.build_pod(None, template, matches, created);
        }
    }

    fn build_pod(
        &mut self,
        owner: Option<ReplicaSetId>,
        template: TemplateId,
        matches: bool,
        created: Timestamp,
    ) {
        let ordinal = self.templates.next_ordinal(template);
        let uid = self.born(template, ordinal);
        let id = PodId(self.api.pods.len() as u32);
        let node = self.settle_on_node(id, template);
        self.api.pods.push(Pod {
            uid,
            owner,
            template,
            ordinal,
            matches,
            created: created.stored(),
            node,
            phase: if node.is_some() { PodPhase::Running } else { PodPhase::Pending },
            ready_since: node.map(|_| (created + self.time_to_ready(created)).stored()),
            deletion: None,
            deletion_cost: self.templates.get(template).deletion_cost,
            restarts: 0,
            resource_version: 1,
            removed: false,
        });
    }

    /// Time from the creation to Ready of a pod that was available long before t = 0; less for workloads so
    /// young that this would not fit.
    fn time_to_ready(&self, created: Timestamp) -> Span {
        let min_ready = self.site.as_ref().map_or(0, |site| site.model.subject.min_ready_seconds);
        let age = self.now().since(created) - Span::from_secs(min_ready.into());
        age.at_least_zero().min(USUAL_TIME_TO_READY)
    }

    fn settle_on_node(&mut self, id: PodId, template: TemplateId) -> Option<NodeId> {
        let site = self.site.as_mut()?;
        let node = site.choose_node(template)?;
        site.occupy(id, template, node);
        let blueprint = &site.blueprints[template.0 as usize];
        for part in &blueprint.containers {
            site.nodes[node.index()].keep_image(part.image);
        }
        let usage = blueprint.usage;
        site.lives[id.index()].settle(node);
        site.quotas.count(&usage);
        Some(node)
    }

    fn build_deployment(&mut self, spec: DeploymentSpec, revision: i64, created: Timestamp, available: i32) {
        let deployment = Deployment {
            generation: revision,
            resource_version: 1,
            revision: Number::Value(revision),
            ..Deployment::new(spec)
        };
        if let Some(site) = &mut self.site {
            site.quotas.count(&Usage::DEPLOYMENT);
        }
        let name = super::deployment_controller::name_of(spec.template, None);
        let status = settled_status(&deployment, Message::ReplicaSet(name), created, available);
        self.api.deployment = Some(Deployment { status, ..deployment });
    }

    /// The controllers have been watching all along.
    pub(super) fn fill_caches(&mut self) {
        self.recalculate_quotas();
        let version = self.api.version();
        self.caches.deployment = self.api.deployment;
        self.caches.replica_sets.clear();
        self.caches.replica_sets.extend(self.api.existing_replica_sets().cloned());
        self.caches.replica_sets.sort_by(ReplicaSet::by_age);
        self.caches.replica_sets_version = version;
        for (index, pod) in self.api.pods.iter().enumerate().filter(|(_, pod)| !pod.removed) {
            self.caches.pods.take_in(PodId(index as u32), *pod);
        }
        self.caches.pods.version = version;
    }
}

fn revisions_before(model: &Model) -> i64 {
    model.history.len() as i64
}

fn spec(subject: &Subject, template: TemplateId) -> Option<DeploymentSpec> {
    subject.deployment.map(|fields| DeploymentSpec {
        replicas: subject.replicas,
        strategy: fields.strategy,
        min_ready_seconds: subject.min_ready_seconds,
        progress_deadline_seconds: fields.progress_deadline_seconds,
        revision_history_limit: fields.revision_history_limit,
        paused: fields.paused,
        template,
    })
}

/// The status of a Deployment whose last rollout was complete soon after `created`.
fn settled_status(
    deployment: &Deployment,
    about: Message,
    created: Timestamp,
    available: i32,
) -> DeploymentStatus {
    let replicas = deployment.spec.replicas;
    let complete = created + Span::from_secs(30);
    let mut conditions = Conditions::default();
    let mut set = |kind, status, reason, message| {
        let condition = Condition::new(kind, status, reason, message, complete);
        conditions.set(Condition { last_transition: created.stored(), ..condition });
    };
    let (holds, why) = if available >= deployment.min_available() {
        (ConditionStatus::True, Reason::MinimumReplicasAvailable)
    } else {
        (ConditionStatus::False, Reason::MinimumReplicasUnavailable)
    };
    set(ConditionType::Available, holds, why, Message::OfReason);
    let paused = deployment.spec.paused;
    if deployment.progress_deadline().is_some() {
        let (status, reason, message) = if paused {
            (ConditionStatus::Unknown, Reason::DeploymentPaused, Message::OfReason)
        } else {
            (ConditionStatus::True, Reason::NewReplicaSetAvailable, about)
        };
        set(ConditionType::Progressing, status, reason, message);
    }
    DeploymentStatus {
        replicas,
        updated: replicas,
        ready: available,
        available,
        unavailable: replicas - available,
        terminating: Some(0),
        observed_generation: deployment.generation,
        collision_count: None,
        conditions,
    }
}

impl<O: Observer> World<O> {
    /// The observer, and what the API server holds.
    pub(crate) fn observer_and_api(&mut self) -> (&mut O, &ApiServer) {
        (&mut self.observer, &self.api)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::common::{foreseeable, rolling_update, template};
    use controller::api::Reason;

    fn world_after(model: &Model, span: Span) -> World<()> {
        let mut world = World::modelled(Arc::new(model.clone()), ());
        let start = world.begin(1, 0);
        world.run_until(start + span);
        world
    }

    type VisibleCondition = (ConditionType, ConditionStatus, Reason, Message);

    /// What people can see of a Deployment apart from times.
    fn visible(world: &World<()>) -> (Vec<i64>, Vec<VisibleCondition>) {
        let deployment = world.api.deployment.unwrap();
        let status = deployment.status;
        let counts = [status.replicas, status.updated, status.ready, status.available, status.unavailable];
        let counts = counts.into_iter().chain(status.terminating).map(i64::from);
        let generations = [deployment.generation - status.observed_generation];
        let conditions = status.conditions.iter().map(|c| (c.kind, c.status, c.reason, c.message));
        (counts.chain(generations).chain(deployment.revision.value()).collect(), conditions.collect())
    }

    fn replica_sets(world: &World<()>) -> Vec<(i32, RolloutAnnotations, ReplicaSetStatus)> {
        let settled = |status: ReplicaSetStatus| ReplicaSetStatus { observed_generation: 0, ..status };
        let sets = world.api.existing_replica_sets();
        sets.map(|set| (set.replicas, set.annotations.clone(), settled(set.status))).collect()
    }

    fn pods_by_node(world: &World<()>) -> Vec<usize> {
        let on = |node| {
            let here = |pod: &&Pod| pod.is_active() && pod.is_ready() && pod.node == Some(NodeId(node));
            world.api.pods.iter().filter(here).count()
        };
        let mut counts: Vec<usize> = (0..3).map(on).collect();
        counts.sort_unstable();
        counts
    }

    #[test]
    fn the_state_that_is_built_is_the_one_that_creation_reaches() {
        let mut model = rolling_update(10, 3, foreseeable(false));
        model.actions.clear();
        let built = world_after(&model, Span::ZERO);
        model.start = Start::Empty;
        let simulated = world_after(&model, Span::from_secs(120));
        assert_eq!(visible(&built), visible(&simulated));
        assert_eq!(replica_sets(&built), replica_sets(&simulated));
        assert_eq!(pods_by_node(&built), pods_by_node(&simulated));
    }

    #[test]
    fn earlier_revisions_are_as_rolling_over_them_leaves_them() {
        let mut model = rolling_update(10, 3, foreseeable(false));
        model.actions.clear();
        model.history = vec![template("web:0")];
        let built = world_after(&model, Span::ZERO);
        let mut model = rolling_update(10, 3, foreseeable(false));
        model.subject.template = template("web:0");
        model.start = Start::Empty;
        model.actions[0].trigger = crate::model::Trigger::At(Span::from_secs(100));
        model.actions[0].change = crate::cluster::common::set_image("web:1");
        let simulated = world_after(&model, Span::from_secs(400));
        assert_eq!(visible(&built), visible(&simulated));
        let numbers = |world| {
            replica_sets(world)
                .into_iter()
                .map(|(size, notes, status)| (size, notes.revision, notes.desired, status))
        };
        assert!(numbers(&built).eq(numbers(&simulated)));
    }

    #[test]
    fn a_settled_world_stays_as_it_is() {
        let mut model = rolling_update(10, 3, foreseeable(false));
        model.actions.clear();
        let mut world = World::modelled(Arc::new(model), ());
        let start = world.begin(1, 0);
        assert_eq!(world.run_until(start + Span::from_secs(86_400)).events, 0, "nothing is left to happen");
        assert!(world.calendar.is_empty());
    }
}
