//! What the applications of the pods do with connections: the truth that readiness only tells of.

use super::ServiceEvent;
use crate::Span;
use crate::cluster::event::Event;
use crate::cluster::pod::{Pod, PodId};
use crate::cluster::world::World;
use crate::observe::{Observation, Observer, Serving};
use controller::api::{PodPhase, TemplateId};

/// The applications, by pod.
#[derive(Debug, Clone, Default)]
pub(super) struct Applications(Vec<Application>);

#[derive(Debug, Clone, Copy, Default)]
struct Application {
    serving: Serving,
    /// How often it was started.
    starts: u16,
}

impl Applications {
    pub(super) fn reset(&mut self) {
        self.0.clear();
    }

    fn of(&mut self, id: PodId) -> &mut Application {
        if id.index() >= self.0.len() {
            self.0.resize(id.index() + 1, Application::default());
        }
        &mut self.0[id.index()]
    }
}

impl<O: Observer> World<O> {
    /// The place of the container that the Service's port leads to; `None` without a Service.
    fn serving_container(&self, template: TemplateId) -> Option<usize> {
        let service = self.site.as_ref()?.model.service.as_ref()?;
        let template = self.templates.get(template);
        let named = |name: &String| template.containers.iter().position(|it| it.name == *name);
        let place = service.container.as_ref().and_then(named).unwrap_or(0);
        Some(template.init_containers.len() + place)
    }

    /// A container was started: if it is the one that serves, it will accept connections some time later,
    /// probed or not. `draw` gives that time through the law of its image.
    pub(in super::super) fn application_starts(&mut self, id: PodId, container: usize, draw: f64) {
        let template = self.api.pod(id).template;
        if self.serving_container(template) != Some(container) {
            return;
        }
        let Some(site) = &self.site else { return };
        let part = site.blueprint(template).containers[container];
        let after = site.images.behaviour(part.image).ready.at(draw) + self.readiness_delay(id, part.image);
        let Some(view) = self.service_mut() else { return };
        let application = view.applications.of(id);
        application.starts += 1;
        let event = ServiceEvent::Accepts(id, application.starts);
        self.calendar.schedule(after, Event::Service(event));
        self.application_is(id, Serving::Starting);
    }

    /// The containers were started again.
    pub(in super::super) fn application_restarts(&mut self, id: PodId, draw: f64) {
        if let Some(container) = self.serving_container(self.api.pod(id).template) {
            self.application_starts(id, container, draw);
        }
    }

    pub(super) fn application_accepts(&mut self, id: PodId, start: u16) {
        let Some(view) = self.service_mut() else { return };
        let application = *view.applications.of(id);
        if application.starts == start && application.serving == Serving::Starting {
            self.application_is(id, Serving::Accepting);
        }
    }

    /// A deletion is heard of after `heard`: preStop hook, SIGTERM, and the end at the latest with the grace
    /// period.
    pub(in super::super) fn application_terminates(&mut self, id: PodId, heard: Span) {
        let pod = *self.api.pod(id);
        let Some(container) = self.serving_container(pod.template) else { return };
        let (hook, stop) = match pod.phase {
            PodPhase::Running => self.stopping_times(id, container),
            _ => (Span::ZERO, Span::ZERO),
        };
        self.calendar.schedule(heard + hook, Event::Service(ServiceEvent::Terminates(id)));
        self.calendar.schedule(heard + hook + stop, Event::Service(ServiceEvent::Ends(id)));
    }

    /// A pod has turned terminal or is gone, and its application with it.
    pub(in super::super) fn application_follows(&mut self, id: PodId, pod: &Pod) {
        if self.site.as_ref().is_some_and(|site| site.service.is_some())
            && (pod.removed || pod.phase.is_terminal())
        {
            self.application_is(id, Serving::Gone);
        }
    }

    /// The application of a pod treats connections differently from now on.
    pub(in super::super) fn application_is(&mut self, id: PodId, serving: Serving) {
        let Some(view) = self.service_mut() else { return };
        let application = view.applications.of(id);
        let before = application.serving;
        // A process that is gone receives no signal.
        if before == serving || before == Serving::Gone && serving == Serving::Stopping {
            return;
        }
        application.serving = serving;
        self.see(Observation::Serving(id, serving));
    }
}
