//! Verdicts of probes, and what follows from them.

use super::container::NEVER;
use super::probe::{NANOSECOND, Tally};
use crate::cluster::event::{Event, PodStep};
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::observe::Observer;

impl<O: Observer> World<O> {
    /// Finds out when the verdicts of a pod's probes change, as things are now.
    pub(in super::super) fn plan_probes(&mut self, id: PodId) {
        let now = self.now();
        let is_active = self.api.pod(id).is_active();
        let Some(mut worker) = self.worker(id) else { return };
        worker.catch_up(now);
        for index in 0..worker.parts.len() as u16 {
            let place = usize::from(index);
            self.ask_application(id, index);
            let Some(mut worker) = self.worker(id) else { return };
            let readiness = worker.plan_readiness(place);
            // Probes that could kill stop when the pod is to go.
            let guard = if is_active { worker.plan_guard(place) } else { None };
            if let Some(at) = readiness {
                self.calendar.schedule_at(at, Event::Pod(id, PodStep::ReadinessTurns(index)));
            }
            if let Some(at) = guard {
                self.calendar.schedule_at(at, Event::Pod(id, PodStep::GuardTurns(index)));
            }
        }
    }

    /// Notes whether the application in a container would answer its probes now.
    fn ask_application(&mut self, id: PodId, index: u16) {
        if !self.has_application_faults() {
            return;
        }
        let Some(part) = self.worker(id).map(|worker| worker.parts[usize::from(index)]) else { return };
        let answers = self.answers(id, part.image);
        let Some(worker) = self.worker(id) else { return };
        let container = &mut worker.containers[usize::from(index)];
        container.readiness.answers = answers.readiness;
        container.guard.answers = if container.started { answers.liveness } else { answers.startup };
    }

    /// The readiness probe of a container has come to another verdict.
    pub(super) fn readiness_turns(&mut self, id: PodId, index: u16) {
        let now = self.now();
        if self.api.pod(id).phase.is_terminal() {
            return;
        }
        let Some(mut worker) = self.worker(id) else { return };
        if worker.containers[usize::from(index)].readiness.due > now {
            return;
        }
        worker.catch_up(now);
        let container = &mut worker.containers[usize::from(index)];
        container.readiness.due = NEVER;
        container.ready = !container.ready;
        self.refresh_status(id);
        self.hear_of_verdict(id);
    }

    /// The startup probe of a container has come to a verdict, or its liveness probe has failed it.
    pub(super) fn guard_turns(&mut self, id: PodId, index: u16) {
        let now = self.now();
        if !self.api.pod(id).is_active() {
            return;
        }
        let Some(mut worker) = self.worker(id) else { return };
        if worker.containers[usize::from(index)].guard.due > now {
            return;
        }
        worker.catch_up(now);
        let container = &mut worker.containers[usize::from(index)];
        container.guard.due = NEVER;
        if !container.started && container.guard.answers && container.able <= now {
            container.started = true;
            container.guard = Tally::new(now);
            // The sync that follows makes the readiness worker probe at this very moment.
            container.readiness = Tally::new(now - NANOSECOND);
        } else {
            container.doomed = true;
        }
        self.hear_of_verdict(id);
    }

    /// A fault makes the readiness of a pod's containers what it wants, whatever their probes have counted.
    pub(in super::super) fn force_readiness(&mut self, id: PodId, ready: bool) {
        let now = self.now();
        let Some(mut worker) = self.worker(id) else { return };
        worker.catch_up(now);
        worker.life.is_down = !ready;
        for (container, part) in worker.containers.iter_mut().zip(worker.parts) {
            if part.readiness.is_some() && container.shown && container.serves <= now {
                container.ready = ready;
                container.readiness = Tally::new(now);
            }
        }
        self.refresh_status(id);
        self.plan_probes(id);
    }

    /// A verdict makes the worker look at the pod; one that is to go is only probed.
    fn hear_of_verdict(&mut self, id: PodId) {
        if self.api.pod(id).is_active() {
            self.sync(id);
        }
        if !self.api.pod(id).is_active() || self.life(id).is_some_and(|life| life.busy) {
            self.plan_probes(id);
        }
    }
}
