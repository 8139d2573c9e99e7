//! Behaviour of the pods' applications towards connections: the real state, which readiness only
//! approximates.

use super::ServiceEvent;
use crate::Span;
use crate::cluster::PodTable;
use crate::cluster::event::Event;
use crate::cluster::pod::{Pod, PodId};
use crate::cluster::world::World;
use crate::observe::{Observation, Observer, Serving};
use controller::api::TemplateId;

/// State of the applications, by pod.
#[derive(Debug, Clone, Default)]
pub(super) struct Applications(PodTable<Application>);

#[derive(Debug, Clone, Copy, Default)]
struct Application {
    serving: Serving,
    /// Number of its starts.
    starts: u16,
    /// It listens, or would without a wrong port.
    is_up: bool,
    /// It listens on the wrong port.
    is_hidden: bool,
}

impl Applications {
    pub(super) fn reset(&mut self) {
        self.0.clear();
    }

    fn of(&mut self, id: PodId) -> &mut Application {
        self.0.row(id)
    }
}

impl<O: Observer> World<O> {
    /// The index of the container that the Service's port leads to; `None` without a Service.
    pub(in super::super) fn container_with_clients(&self, template: TemplateId) -> Option<usize> {
        let service = self.site.as_ref()?.model.service.as_ref()?;
        let template = self.templates.get(template);
        let named = |name: &String| template.containers.iter().position(|it| it.name == *name);
        let place = service.container.as_ref().and_then(named).unwrap_or(0);
        Some(template.init_containers.len() + place)
    }

    /// Whether the Service's port leads to this container of a pod.
    pub(in super::super) fn has_clients(&self, id: PodId, container: u16) -> bool {
        self.container_with_clients(self.api.pod(id).template) == Some(usize::from(container))
    }

    /// A container was started. If the Service leads to it, it accepts connections after this time, with or
    /// without a probe.
    pub(in super::super) fn application_starts(&mut self, id: PodId, container: u16, after: Span) {
        if !self.has_clients(id, container) {
            return;
        }
        let Some(view) = self.service_mut() else { return };
        let application = view.applications.of(id);
        application.starts += 1;
        application.is_up = false;
        let event = ServiceEvent::Accepts(id, application.starts);
        self.calendar.schedule(after, Event::Service(event));
        self.application_is(id, Serving::Starting);
    }

    pub(super) fn application_accepts(&mut self, id: PodId, start: u16) {
        let Some(view) = self.service_mut() else { return };
        let application = view.applications.of(id);
        if application.starts == start && application.serving == Serving::Starting {
            application.is_up = true;
            if !application.is_hidden {
                self.application_is(id, Serving::Accepting);
            }
        }
    }

    /// A fault moves the application of a pod to a wrong port, or ends.
    pub(in super::super) fn application_hides(&mut self, id: PodId, container: u16, hides: bool) {
        if !self.has_clients(id, container) {
            return;
        }
        let Some(view) = self.service_mut() else { return };
        let application = view.applications.of(id);
        application.is_hidden = hides;
        match application.serving {
            Serving::Accepting if hides => self.application_is(id, Serving::Starting),
            Serving::Starting if !hides && application.is_up => self.application_is(id, Serving::Accepting),
            _ => {}
        }
    }

    /// SIGTERM reaches the application of a pod after `term`; its process exits after `end`, unless the exit
    /// is reported separately.
    pub(in super::super) fn application_stops(&mut self, id: PodId, term: Span, end: Option<Span>) {
        let Some(view) = self.service_mut() else { return };
        let start = view.applications.of(id).starts;
        self.calendar.schedule(term, Event::Service(ServiceEvent::Terminates(id, start)));
        if let Some(end) = end {
            self.calendar.schedule(end, Event::Service(ServiceEvent::Ends(id, start)));
        }
    }

    /// A scheduled change of the application, if it was not restarted since.
    pub(super) fn application_becomes(&mut self, id: PodId, start: u16, serving: Serving) {
        let Some(view) = self.service_mut() else { return };
        if view.applications.of(id).starts == start {
            self.application_is(id, serving);
        }
    }

    /// The process of a container has exited.
    pub(in super::super) fn application_ends(&mut self, id: PodId, container: u16) {
        if self.has_clients(id, container) {
            self.application_is(id, Serving::Gone);
        }
    }

    /// A pod has become terminal or is removed, and its application with it.
    pub(in super::super) fn application_follows(&mut self, id: PodId, pod: &Pod) {
        if pod.removed || pod.phase.is_terminal() {
            self.application_is(id, Serving::Gone);
        }
    }

    /// The application of a pod changes its behaviour.
    pub(in super::super) fn application_is(&mut self, id: PodId, serving: Serving) {
        let Some(view) = self.service_mut() else { return };
        let application = view.applications.of(id);
        let before = application.serving;
        // A process that has exited receives no signal.
        if before == serving || before == Serving::Gone && serving == Serving::Stopping {
            return;
        }
        application.serving = serving;
        application.is_up |= serving == Serving::Accepting;
        self.see(Observation::Serving(id, serving));
    }
}
