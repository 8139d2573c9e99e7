//! The `EndpointSlice` controller in a replication: its clock, its calls and its observers.

use super::ServiceEvent;
use super::controller::{EndpointController, SliceContext, SliceEvent, SliceWrite};
use super::endpoint::pod_state;
use crate::cluster::event::Event;
use crate::cluster::pod::{Pod, PodId};
use crate::cluster::world::World;
use crate::model::{ControlPlane, Latency};
use crate::observe::{Observation, Observer, SyncEnd, SyncKey};
use crate::{Span, Timestamp};

struct Surroundings<'a, O>(&'a mut World<O>);

impl<O: Observer> Surroundings<'_, O> {
    /// A delay from the Service's own generator.
    fn draw(&mut self, latency: fn(&ControlPlane) -> &Latency) -> Span {
        let latency = latency(&self.0.settings);
        let view = self.0.site.as_mut().and_then(|site| site.service.as_mut());
        view.map_or(Span::ZERO, |view| latency.next(&mut view.stream))
    }
}

impl<O: Observer> SliceContext for Surroundings<'_, O> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn schedule_at(&mut self, at: Timestamp, event: SliceEvent) {
        self.0.calendar.schedule_at(at, Event::Service(ServiceEvent::Slices(event)));
    }

    fn is_running(&self) -> bool {
        self.0.controllers_running
    }

    fn request(&mut self) -> Span {
        self.draw(|settings| &settings.request)
    }

    fn response(&mut self) -> Span {
        self.draw(|settings| &settings.response)
    }

    fn watch(&mut self) -> Span {
        self.draw(|settings| &settings.watch)
    }

    fn sync_begins(&mut self) {
        self.0.sync_begins(SyncKey::Endpoints);
    }

    fn sync_ends(&mut self, end: SyncEnd) {
        self.0.sync_ends(SyncKey::Endpoints, end);
    }

    fn wrote(&mut self, write: &SliceWrite<'_>) {
        self.0.see(Observation::EndpointsWritten(write.changes));
        self.0.publish_slice(write.changes);
    }
}

impl<O: Observer> World<O> {
    /// Lends the controller its surroundings, which do not contain it meanwhile.
    fn with_endpoint_controller(
        &mut self,
        act: impl FnOnce(&mut EndpointController, &mut Surroundings<'_, O>),
    ) {
        let Some(mut controller) = self.service_mut().and_then(|view| view.controller.take()) else { return };
        act(&mut controller, &mut Surroundings(self));
        if let Some(view) = self.service_mut() {
            view.controller = Some(controller);
        }
    }

    pub(super) fn slice_event(&mut self, event: SliceEvent) {
        self.with_endpoint_controller(|controller, surroundings| controller.handle(event, surroundings));
    }

    /// A pod has changed in the API server: the change is in transit to the proxies from now on.
    pub(in super::super) fn note_endpoint_change(&mut self, id: PodId, before: &Pod) {
        let (now, after) = (self.now(), *self.api.pod(id));
        let Some(view) = self.service_mut() else { return };
        let (was, is) = (view.endpoint(id, before), view.endpoint(id, &after));
        if let Some(controller) = view.controller.as_mut().filter(|_| was != is) {
            controller.changes(id, now);
        }
    }

    /// The controllers' cache shows a pod.
    pub(in super::super) fn endpoints_see(&mut self, id: PodId, pod: &Pod) {
        let Some(view) = self.service_mut() else { return };
        let state = (!pod.removed).then(|| pod_state(pod, view.lists(id, pod)));
        self.with_endpoint_controller(|controller, surroundings| controller.see_pod(id, state, surroundings));
    }

    /// A new leader compares the state of the API server with the written slices. A sync of the previous
    /// leader has ended.
    pub(in super::super) fn list_endpoints(&mut self) {
        if self.service_mut().is_none() {
            return;
        }
        self.with_endpoint_controller(|controller, _| controller.restart());
        for index in 0..self.api.pods.len() {
            let pod = self.api.pods[index];
            self.endpoints_see(PodId(index as u32), &pod);
        }
        self.with_endpoint_controller(|controller, surroundings| controller.wake(surroundings));
    }
}
