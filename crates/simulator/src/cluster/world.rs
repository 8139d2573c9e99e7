//! The state of one replication, and its event loop.

use super::api_server::ApiServer;
use super::control_plane::{Call, Calls};
use super::deployment_controller::DeploymentController;
use super::event::{Event, Incarnation};
use super::informer::WatchStream;
use super::pod::Pod;
use super::pod::PodId;
use super::pod_cache::PodCache;
use super::refusal::RecordedRefusal;
use super::replica_set_controller::ReplicaSetController;
use super::script::ScriptedNodes;
use super::site::Site;
use crate::engine::{Calendar, LayeredDraw, Stream, Streams};
use crate::model::{ControlPlane, PodTemplate};
use crate::observe::{Observation, Observer, Report};
use crate::{Span, Timestamp};
use controller::api::{Deployment, ReplicaSet, ReplicaSetId, TemplateId};

/// The state of one replication.
pub struct World<O> {
    pub(super) settings: ControlPlane,
    pub(super) calendar: Calendar<Event>,
    /// The stored objects.
    pub(super) api: ApiServer,
    pub(super) watches: Watches,
    pub(super) caches: Caches,
    pub(super) deployment_controller: DeploymentController,
    pub(super) replica_set_controller: ReplicaSetController,
    /// Current incarnation of the controllers.
    pub(super) incarnation: Incarnation,
    pub(super) controllers_running: bool,
    /// When stopped controllers start again: the last of several restarts counts.
    pub(super) start_due: Timestamp,
    /// Disturbances of the controllers' calls.
    pub(super) calls: Calls,
    pub(super) templates: Templates,
    /// The refusals that the controllers received.
    pub(super) errors: Vec<RecordedRefusal>,
    /// Nodes and actions of a replay ...
    pub(super) script: Option<ScriptedNodes>,
    /// ... or a modelled cluster.
    pub(super) site: Option<Site>,
    pub(super) streams: Streams,
    pub(super) latency: Latencies,
    /// Observes the run.
    pub(super) observer: O,
}

/// One generator per component for frequent small delays.
pub(super) struct Latencies {
    pub(super) api: Stream,
    pub(super) watch: Stream,
    pub(super) scheduler: Stream,
}

impl Latencies {
    pub(super) fn of(streams: &Streams) -> Self {
        let running = |name| streams.running(name);
        Self { api: running("api"), watch: running("watch"), scheduler: running("scheduler") }
    }
}

/// Amount of work of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Number of events.
    pub events: u64,
    /// Number of pending events, summed over all events.
    pending: u64,
}

impl Load {
    /// Mean number of pending events during an event.
    #[must_use]
    pub fn mean_pending(&self) -> f64 {
        self.pending as f64 / self.events.max(1) as f64
    }
}

/// Changes in transit from the API server to the caches.
#[derive(Default)]
pub(super) struct Watches {
    pub(super) deployments: WatchStream<Deployment>,
    pub(super) replica_sets: WatchStream<ReplicaSet>,
    pub(super) pods: WatchStream<(PodId, Pod)>,
}

/// The caches that the two controllers share.
#[derive(Default)]
pub(super) struct Caches {
    pub(super) deployment: Option<Deployment>,
    /// Oldest first.
    pub(super) replica_sets: Vec<ReplicaSet>,
    pub(super) replica_sets_version: u64,
    pub(super) pods: PodCache,
}

impl Caches {
    pub(super) fn replica_set(&self, id: ReplicaSetId) -> Option<&ReplicaSet> {
        self.replica_sets.iter().find(|replica_set| replica_set.id == id)
    }
}

/// The pod templates that have appeared so far, in order of first appearance.
#[derive(Debug, Clone, Default)]
pub(super) struct Templates {
    known: Vec<PodTemplate>,
    /// Number of pods created from each template.
    pods_made: Vec<u32>,
}

impl Templates {
    /// The identity of a template: equal templates have the same one.
    pub(super) fn intern(&mut self, template: &PodTemplate) -> TemplateId {
        if let Some(index) = self.known.iter().position(|known| known == template) {
            return TemplateId(index as u32);
        }
        self.known.push(template.clone());
        self.pods_made.push(0);
        TemplateId(self.known.len() as u32 - 1)
    }

    /// The number of the next pod of a template.
    pub(super) fn next_ordinal(&mut self, id: TemplateId) -> u32 {
        let made = &mut self.pods_made[id.0 as usize];
        *made += 1;
        *made - 1
    }

    /// Removes all but the first `lasting` templates, which appear in the same order in every run.
    pub(super) fn reset(&mut self, lasting: usize) {
        self.known.truncate(lasting);
        self.pods_made.truncate(lasting);
        self.pods_made.fill(0);
    }

    pub(super) fn all(&self) -> &[PodTemplate] {
        &self.known
    }

    fn images(&self) -> Vec<String> {
        let image = |template: &PodTemplate| template.containers.first().map(|first| first.image.clone());
        self.known.iter().map(|template| image(template).unwrap_or_default()).collect()
    }

    pub(super) fn get(&self, id: TemplateId) -> &PodTemplate {
        &self.known[id.0 as usize]
    }
}

impl<O: Observer> World<O> {
    /// An empty world.
    pub(super) fn new(settings: ControlPlane, observer: O) -> Self {
        let streams = Streams::new(0, 0);
        Self {
            calendar: Calendar::new(Timestamp::ZERO),
            api: ApiServer::default(),
            watches: Watches::default(),
            caches: Caches::default(),
            deployment_controller: DeploymentController::new(&settings),
            replica_set_controller: ReplicaSetController::new(&settings),
            incarnation: Incarnation(0),
            controllers_running: true,
            start_due: Timestamp::ZERO,
            calls: Calls::default(),
            templates: Templates::default(),
            errors: Vec::new(),
            script: None,
            site: None,
            latency: Latencies::of(&streams),
            streams,
            settings,
            observer,
        }
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.calendar.now()
    }

    /// The stored objects.
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// The observer of this replication.
    pub const fn observer(&self) -> &O {
        &self.observer
    }

    /// Ends the replication and returns the observer and the stored objects.
    pub fn into_parts(self) -> (O, ApiServer) {
        (self.observer, self.api)
    }

    /// The first container's image of each template, in order of first appearance.
    pub fn template_images(&self) -> Vec<String> {
        self.templates.images()
    }

    /// Processes all events up to `end`.
    pub fn run_until(&mut self, end: Timestamp) -> Load {
        let mut load = Load::default();
        while let Some(event) = self.calendar.pop_until(end) {
            load.events += 1;
            load.pending += self.calendar.len() as u64;
            self.happen(event);
            self.count_queues();
        }
        load
    }

    fn happen(&mut self, event: Event) {
        if self.is_held_back(event) {
            return;
        }
        match event {
            Event::WatchDelivers(watch) => self.deliver(watch),
            Event::QueueTimer(controller, key) => self.queue_timer(controller, key),
            Event::DeploymentPass(life) if life == self.incarnation => self.deployment_pass(),
            Event::DeploymentWriteArrives(life) if life == self.incarnation => {
                self.call_arrives(Call::DeploymentWrite);
            }
            Event::DeploymentWriteReturns(life) if life == self.incarnation => {
                self.deployment_write_returns();
            }
            Event::ReplicaSetPass(life, id) if life == self.incarnation => self.replica_set_pass(id),
            Event::ClaimArrives(life, id, pod) if life == self.incarnation => {
                self.call_arrives(Call::Claim(id, pod));
            }
            Event::ClaimReturns(life, id) if life == self.incarnation => self.claim_returns(id),
            Event::PodCreateArrives(life, id) if life == self.incarnation => {
                self.call_arrives(Call::CreatePod(id));
            }
            Event::PodDeleteArrives(life, id, pod) if life == self.incarnation => {
                self.call_arrives(Call::DeletePod(id, pod));
            }
            Event::BatchReturns(life, id) if life == self.incarnation => self.batch_returns(id),
            Event::ReplicaSetStatusArrives(life, id) if life == self.incarnation => {
                self.call_arrives(Call::ReplicaSetStatus(id));
            }
            Event::ReplicaSetStatusReturns(life, id) if life == self.incarnation => {
                self.replica_set_status_returns(id);
            }
            Event::SchedulerSees(pod) => self.scheduler_sees(pod),
            Event::SchedulingCycle => self.scheduling_cycle(),
            Event::Scheduling(event) => self.scheduling_event(event),
            Event::Binding(pod) => self.bind(pod),
            Event::KubeletSees(pod) => self.kubelet_sees(pod),
            Event::Pod(pod, step) => self.pod_step(pod, step),
            Event::Node(event) => self.node_event(event),
            Event::Registry(event) => self.registry_event(event),
            Event::EventPosted(life, controller) if life == self.incarnation => self.event_posted(controller),
            Event::ControlPlane(event) => self.control_plane_event(event),
            Event::PodsCollected(id) => self.collect_pods(id),
            Event::QuotasRecalculated => {
                self.quotas_recalculated();
                self.recheck_admission();
            }
            Event::FaultBegins(index) => {
                self.fault_begins(index);
                self.recheck_admission();
            }
            Event::FaultEnds(index) => {
                self.fault_ends(index);
                self.recheck_admission();
            }
            Event::FaultStrikes(index) => self.fault_strikes(index),
            Event::UserActs(index) => {
                self.user_acts(index);
                self.recheck_admission();
            }
            Event::Scripted(pod, change) => self.scripted_change(pod, change),
            Event::Action(index) => self.scripted_action(index),
            Event::ControllersStart => self.controllers_start(),
            Event::Service(event) => self.service_event(event),
            // A call of a previous controller manager, or an answer to one.
            Event::DeploymentPass(_)
            | Event::DeploymentWriteArrives(_)
            | Event::DeploymentWriteReturns(_)
            | Event::ReplicaSetPass(..)
            | Event::ClaimArrives(..)
            | Event::ClaimReturns(..)
            | Event::EventPosted(..)
            | Event::PodCreateArrives(..)
            | Event::PodDeleteArrives(..)
            | Event::BatchReturns(..)
            | Event::ReplicaSetStatusArrives(..)
            | Event::ReplicaSetStatusReturns(..) => {}
        }
    }

    pub(super) fn see(&mut self, seen: Observation<'_>) {
        self.observer.observe(self.calendar.now(), seen, &self.api);
    }

    /// Reports to an observer that listens.
    pub(super) fn report(&mut self, report: Report) {
        if O::TAKES_REPORTS {
            self.observer.on_report(self.calendar.now(), report);
        }
    }

    /// What a draw for a pod has in common with other draws for the same purpose: in the run, and on its node.
    pub(super) fn shared_draw(&self, purpose: &str, id: PodId, own: f64) -> LayeredDraw {
        let nodes = self.site.as_ref().map(|site| &site.nodes);
        let node = nodes.zip(self.node_of(id)).map_or(0, |(nodes, node)| nodes[node.index()].number);
        self.shared_draw_on(purpose, node, own)
    }

    /// The same for a draw on the node of this number.
    pub(super) fn shared_draw_on(&self, purpose: &str, node: u64, own: f64) -> LayeredDraw {
        let number = |layer, index| self.streams.named_slots(layer, purpose, index).uniform(0);
        LayeredDraw {
            cluster: number("shared by the cluster", 0),
            node: number("shared by a node", node),
            own,
        }
    }

    /// Delay of a request to the API server, for verbs without a law.
    pub(super) fn request_delay(&mut self) -> Span {
        self.settings.request.next(&mut self.latency.api)
    }

    /// Delay of a response.
    pub(super) fn response_delay(&mut self) -> Span {
        self.settings.response.next(&mut self.latency.api)
    }
}
