//! The Service in front of the pods: its `EndpointSlice`s, the proxies on the nodes, and the behaviour of the
//! applications towards connections.
//!
//! The Service only observes: it uses its own random streams and changes nothing that the workload
//! controllers or kubelets read, so a run is the same with and without it.

mod application;
mod controller;
mod endpoint;
mod proxy;
mod replay;
mod world;

pub use controller::SliceEvent;
pub use endpoint::{Endpoint, EndpointChange, Role};
pub use replay::{PodChange, ScriptedSlices, SliceAction, SliceRecord, replay_slices};

use super::pod::{Pod, PodId};
use super::world::World;
use crate::engine::{Stream, Streams};
use crate::model::{Model, PodTemplate, Service};
use crate::observe::{KeysQueued, Observation, Observer, Serving};
use ::controller::api::PodPhase;
use ::controller::endpoint_slices::MOST_ENDPOINTS;
use application::Applications;
use controller::EndpointController;
use endpoint::pod_state;
use proxy::ProxyStates;
use std::sync::Arc;

/// Events of the Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceEvent {
    /// The application of a pod starts to accept connections, unless it was restarted since.
    Accepts(PodId, u16),
    /// SIGTERM reaches the application of a pod, unless it was restarted since.
    Terminates(PodId, u16),
    /// The process of the application exits, unless it was restarted since.
    Ends(PodId, u16),
    /// An event of the `EndpointSlice` controller.
    Slices(SliceEvent),
    /// A proxy has written its rules.
    Programmed(u8),
}

/// The parts between pods and clients.
pub(super) struct ServiceState {
    model: Arc<Model>,
    /// Generator of small delays of the slice controller and the proxies.
    stream: Stream,
    /// By template: whether the Service selects its pods.
    selects: Vec<bool>,
    /// `None` only while it handles an event.
    controller: Option<Box<EndpointController>>,
    proxies: ProxyStates,
    applications: Applications,
    /// Reused allocation for changes that are passed to observers.
    changes: Vec<EndpointChange>,
}

impl ServiceState {
    /// The parts of the model's Service, if it has one.
    pub(super) fn of(model: &Arc<Model>, streams: &Streams) -> Option<Self> {
        let service = model.service.as_ref()?;
        Some(Self {
            stream: streams.running("endpoints"),
            selects: Vec::new(),
            controller: Some(Box::new(EndpointController::new(
                &model.cluster.control_plane,
                service.publish_not_ready,
                MOST_ENDPOINTS,
            ))),
            proxies: ProxyStates::new(service.proxies.count),
            applications: Applications::default(),
            changes: Vec::new(),
            model: Arc::clone(model),
        })
    }

    /// Restores the initial state.
    pub(super) fn reset(&mut self, streams: &Streams, lasting_templates: usize) {
        self.stream = streams.running("endpoints");
        self.selects.truncate(lasting_templates);
        if let Some(controller) = &mut self.controller {
            controller.reset(&self.model.cluster.control_plane);
        }
        self.proxies.reset();
        self.applications.reset();
    }

    /// Registers a template.
    pub(super) fn add_template(&mut self, index: usize, template: &PodTemplate) {
        if index == self.selects.len() {
            let selector = self.service().map_or(&[][..], |service| &service.selector);
            let selected = selector.iter().all(|label| template.labels.contains(label));
            self.selects.push(selected);
        }
    }

    /// Length of the controller's queue.
    pub(super) fn controller_depth(&self) -> KeysQueued {
        self.controller.as_ref().map_or_else(KeysQueued::default, |controller| controller.depth())
    }

    fn service(&self) -> Option<&Service> {
        self.model.service.as_ref()
    }

    /// Whether the Service selects a stored pod.
    fn lists(&self, id: PodId, pod: &Pod) -> bool {
        let selected = self.selects.get(pod.template.0 as usize).copied().unwrap_or(false);
        // A relabelled pod is no longer listed; bare pods never had the workload's labels.
        selected && (pod.matches || id.index() < self.model.bare_pods.len())
    }

    /// The endpoint of a stored pod.
    fn endpoint(&self, id: PodId, pod: &Pod) -> Option<Endpoint> {
        let publish = self.service().is_some_and(|service| service.publish_not_ready);
        (!pod.removed).then(|| Endpoint::of(pod_state(pod, self.lists(id, pod)), publish)).flatten()
    }
}

impl<O: Observer> World<O> {
    pub(super) fn service_mut(&mut self) -> Option<&mut ServiceState> {
        self.site.as_mut()?.service.as_mut()
    }

    /// Takes back the allocation of changes that observers have seen.
    fn give_back(&mut self, changes: Vec<EndpointChange>) {
        if let Some(view) = self.service_mut() {
            view.changes = changes;
        }
    }

    pub(super) fn service_event(&mut self, event: ServiceEvent) {
        match event {
            ServiceEvent::Accepts(id, start) => self.application_accepts(id, start),
            ServiceEvent::Terminates(id, start) => self.application_becomes(id, start, Serving::Stopping),
            ServiceEvent::Ends(id, start) => self.application_becomes(id, start, Serving::Gone),
            ServiceEvent::Slices(event) => self.slice_event(event),
            ServiceEvent::Programmed(proxy) => self.proxy_programmed(proxy),
        }
    }

    /// At the start existing pods are listed, every proxy knows them, and their applications accept
    /// connections.
    pub(super) fn begin_service(&mut self) {
        let Some(view) = self.site.as_mut().and_then(|site| site.service.as_mut()) else { return };
        let mut changes = Vec::with_capacity(self.api.pods.len());
        for (index, pod) in self.api.pods.iter().enumerate() {
            let id = PodId(index as u32);
            let state = pod_state(pod, view.lists(id, pod));
            let after = view.controller.as_mut().and_then(|controller| controller.settle(id, state));
            if after.is_some() {
                changes.push(EndpointChange { pod: id, before: None, after, since: None });
            }
        }
        if let Some(controller) = &mut view.controller {
            controller.settled();
        }
        for proxy in 0..view.proxies.count() {
            self.see(Observation::EndpointsProgrammed { proxy, changes: &changes });
        }
        self.see(Observation::EndpointsWritten(&changes));
        for id in (0..self.api.pods.len() as u32).map(PodId) {
            if self.api.pod(id).phase == PodPhase::Running {
                self.application_is(id, Serving::Accepting);
            }
        }
    }
}
