//! Results of probes and their consequences.

use super::Worker;
use super::container::{LONG_AGO, NEVER};
use super::probe::{NANOSECOND, ProbeCount, ProbeReply, Ticks};
use crate::Timestamp;
use crate::cluster::event::{Event, PodEvent};
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::model::Probe;
use crate::observe::Observer;

impl<O: Observer> World<O> {
    /// Predicts when the results of a pod's probes change.
    pub(in super::super) fn plan_probes(&mut self, id: PodId) {
        let now = self.now();
        if self.has_application_faults() {
            self.ask_applications(id);
        }
        let pod = self.api.pod(id);
        let Some(site) = &mut self.site else { return };
        let Some(mut worker) = Worker::of(site, pod, id, now) else { return };
        worker.catch_up(now);
        for index in 0..worker.parts.len() as u16 {
            if let Some(at) = worker.plan_readiness(usize::from(index)) {
                self.calendar.schedule_at(at, Event::Pod(id, PodEvent::ReadinessChanges(index)));
            }
            // Startup and liveness probes stop when the pod terminates.
            if pod.is_active()
                && let Some(at) = worker.plan_guard(usize::from(index))
            {
                self.calendar.schedule_at(at, Event::Pod(id, PodEvent::GuardChanges(index)));
            }
        }
        self.report_failing_probes(id);
    }

    /// Records the probe responses of a pod's applications from now on.
    fn ask_applications(&mut self, id: PodId) {
        let now = self.now();
        let Some(mut worker) = self.worker(id) else { return };
        worker.catch_up(now);
        let containers = worker.parts.len();
        for index in 0..containers {
            let Some(image) = self.worker(id).map(|worker| worker.parts[index].image) else { return };
            let replies = self.replies(id, image);
            self.application_hides(id, index as u16, replies.startup == ProbeReply::Refuses);
            let Some(worker) = self.worker(id) else { return };
            let container = &mut worker.containers[index];
            container.readiness.reply = replies.readiness;
            container.guard.reply = if container.started { replies.liveness } else { replies.startup };
        }
    }

    /// The result of a container's readiness probe has changed.
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
        container.readiness.decide(container.ready, now);
        self.refresh_status(id);
        self.sync_after_verdict(id);
    }

    /// A container's startup probe has a result, or its liveness probe has failed.
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
        if !container.started && container.guard.reply == ProbeReply::Answers && container.able <= now {
            container.started = true;
            container.guard = ProbeCount::new(now);
            // The sync that follows triggers the readiness worker at this time.
            container.readiness = ProbeCount::new(now - NANOSECOND);
        } else {
            container.doomed = true;
        }
        self.sync_after_verdict(id);
    }

    /// A fault overrides the readiness of a pod's containers, whatever their probes have counted.
    pub(in super::super) fn force_readiness(&mut self, id: PodId, ready: bool) {
        let now = self.now();
        let Some(mut worker) = self.worker(id) else { return };
        worker.catch_up(now);
        worker.skip_syncs(now);
        worker.life.is_down = !ready;
        for (container, part) in worker.containers.iter_mut().zip(worker.parts) {
            if part.readiness.is_some() && container.shown && container.serves <= now {
                container.ready = ready;
                container.readiness = ProbeCount::new(now);
            }
        }
        self.refresh_status(id);
        self.plan_probes(id);
    }

    /// A new result triggers a sync; a terminating pod is only probed.
    fn sync_after_verdict(&mut self, id: PodId) {
        if self.api.pod(id).is_active() {
            self.sync(id);
        }
        if !self.api.pod(id).is_active() || self.life(id).is_some_and(|life| life.busy) {
            self.plan_probes(id);
        }
    }
}

impl Worker<'_> {
    /// Predicts when a container's readiness changes; returns the time if it is new.
    fn plan_readiness(&mut self, index: usize) -> Option<Timestamp> {
        let probe = self.parts[index].readiness.as_ref()?;
        let due = self.readiness_verdict(index, probe).unwrap_or(NEVER);
        let tally = &mut self.containers[index].readiness;
        (std::mem::replace(&mut tally.due, due) != due && due < NEVER).then_some(due)
    }

    fn readiness_verdict(&self, index: usize, probe: &Probe) -> Option<Timestamp> {
        let container = &self.containers[index];
        if !container.shown || !container.started || (container.is_running() && !container.seen) {
            return None;
        }
        let ticks = Ticks::of(probe, container.phase, container.since);
        let (tally, serves) = (&container.readiness, container.serves);
        if container.ready {
            return tally.fails_at(&ticks, serves, probe);
        }
        // During a sync no other sync triggers the probe.
        let last = if self.life.busy { LONG_AGO } else { self.life.due.min(self.end) };
        let idle = self.future_syncs().take_while(|look| *look < last);
        tally.succeeds_at(ticks, serves, probe.success_threshold, idle)
    }

    /// Predicts when the startup probe gets its result, or when the liveness probe fails the container.
    fn plan_guard(&mut self, index: usize) -> Option<Timestamp> {
        let (container, part) = (&self.containers[index], &self.parts[index]);
        let probe = if container.started { part.liveness.as_ref() } else { part.startup.as_ref() }?;
        let due = if container.is_running() && container.seen && !container.doomed {
            let ticks = Ticks::of(probe, self.life.workers_since, container.since);
            let tally = &container.guard;
            let succeeds = || tally.succeeds_at(ticks, container.able, 1, std::iter::empty());
            let fails = tally.fails_at(&ticks, container.able, probe);
            fails.or_else(|| if container.started { None } else { succeeds() }).unwrap_or(NEVER)
        } else {
            NEVER
        };
        let tally = &mut self.containers[index].guard;
        (std::mem::replace(&mut tally.due, due) != due && due < NEVER).then_some(due)
    }
}
