//! Exits of processes: by themselves, or because a probe failed.

use super::container::{LONG_AGO, NEVER};
use super::slot;
use crate::cluster::event::{Event, PodEvent};
use crate::cluster::pod::PodId;
use crate::cluster::world::World;
use crate::observe::{Observer, PodReport, ProbeKind, Report};
use crate::{Span, Timestamp};

/// Exit code after SIGKILL; also used by the out-of-memory killer.
pub(super) const SIGKILL: u8 = 137;

/// Exit code of an application that crashes, unless a fault sets another one.
const ERROR: u8 = 1;

impl<O: Observer> World<O> {
    /// Decides when a running process exits, and schedules the exit.
    pub(in super::super) fn plan_exit(&mut self, id: PodId, index: u16) {
        let ends = self.end_of_process(id, index).map_or(NEVER, |(at, _)| at);
        let Some(worker) = self.worker(id) else { return };
        let container = &mut worker.containers[usize::from(index)];
        if std::mem::replace(&mut container.ends, ends) != ends && ends < NEVER {
            self.calendar.schedule_at(ends, Event::Pod(id, PodEvent::Exits(index)));
        }
    }

    /// When a running process exits, and its exit code.
    fn end_of_process(&self, id: PodId, index: u16) -> Option<(Timestamp, u8)> {
        let site = self.site.as_ref()?;
        let life = &site.lives[id.index()];
        let part = site.blueprint(self.api.pod(id).template).containers.get(usize::from(index))?;
        let container = &site.containers_of(life)[usize::from(index)];
        if !container.is_running() {
            return None;
        }
        let behaviour = site.images.behaviour(part.image);
        let (since, starts) = (container.since, container.starts - 1);
        let own = (since > LONG_AGO).then(|| {
            // An init container completes when its work is done.
            let work = part.runs_to_end.then_some((container.able, 0));
            let crash = behaviour.crash_after.as_ref().map(|after| {
                let uniform = life.draw_again(slot::CRASH, index, starts);
                (since + after.at_layered(uniform, || self.shared_draw("crash", id, uniform)), ERROR)
            });
            let memory = behaviour.memory.as_ref().filter(|memory| memory.exceeds(part.memory_limit));
            let killed = memory.map(|memory| {
                (since + memory.after.at(life.draw_again(slot::CRASH, index, starts)), SIGKILL)
            });
            work.into_iter().chain(crash).chain(killed).min()
        });
        own.flatten().into_iter().chain(self.crash_of(id, part.image, since, starts)).min()
    }

    /// A process exits. The kubelet observes it within a second (`pkg/kubelet/pleg`: relist every second).
    pub(super) fn container_exits(&mut self, id: PodId, index: u16) {
        let now = self.now();
        let code = self.end_of_process(id, index).map_or(ERROR, |(_, code)| code);
        let Some(mut worker) = self.worker(id) else { return };
        worker.catch_up(now);
        let container = &mut worker.containers[usize::from(index)];
        if container.ends > now || !container.is_running() {
            return;
        }
        container.exit(now, code);
        container.seen = false;
        let notice = worker.life.draw_again(slot::DETECTION, index, OF_EXITS | container.starts);
        container.noticed = now + Span::from_secs_f64(notice);
        let noticed = container.noticed;
        self.report(Report::Pod(id, PodReport::Exited { container: index, code }));
        self.application_ends(id, index);
        if self.api.pod(id).is_active() {
            self.plan_probes(id);
            if self.life(id).is_some_and(|life| !life.busy) {
                self.sync_by(id, noticed);
            }
        }
    }

    /// A probe has failed: `preStop`, SIGTERM and SIGKILL, with the probe's own grace period if it has one.
    /// The sync waits for the exit.
    pub(super) fn kill_container(&mut self, id: PodId, index: u16) {
        let Some(site) = &self.site else { return };
        let life = &site.lives[id.index()];
        let blueprint = site.blueprint(self.api.pod(id).template);
        let (part, container) =
            (&blueprint.containers[usize::from(index)], &site.containers_of(life)[usize::from(index)]);
        let (probe, kind) = if container.started {
            (part.liveness, ProbeKind::Liveness)
        } else {
            (part.startup, ProbeKind::Startup)
        };
        let grace = probe.and_then(|probe| probe.termination_grace).unwrap_or(blueprint.grace);
        let uniform = life.draw_again(slot::STOP, index, OF_EXITS | container.starts);
        let stop = &site.images.behaviour(part.image).stop;
        let stop = stop.at_layered(uniform, || self.shared_draw("stop", id, uniform));
        let stop = super::termination::Stop::of(part.pre_stop, stop, grace, Span::ZERO);
        let takes = stop.takes;
        let ends_itself = container.ends.since(self.now());
        self.report(Report::Pod(id, PodReport::ProbeKills { container: index, probe: kind }));
        self.step_after(id, takes.min(ends_itself), PodEvent::Killed(index));
        if self.has_clients(id, index) {
            self.application_stops(id, stop.term, None);
        }
        self.give_up_start(id, index);
    }

    /// An application that receives SIGTERM before it has started up never answers.
    fn give_up_start(&mut self, id: PodId, index: u16) {
        let now = self.now();
        let Some(mut worker) = self.worker(id) else { return };
        worker.catch_up(now);
        let container = &mut worker.containers[usize::from(index)];
        for answers_from in [&mut container.able, &mut container.serves] {
            if *answers_from > now {
                *answers_from = NEVER;
            }
        }
        self.plan_probes(id);
    }

    /// The killed process has exited. The same sync restarts the container unless the back-off of the
    /// previous exit holds it; this exit is not recorded yet.
    pub(super) fn container_killed(&mut self, id: PodId, index: u16) {
        let now = self.now();
        let is_active = self.api.pod(id).is_active();
        let Some(worker) = self.worker(id) else { return };
        let container = &mut worker.containers[usize::from(index)];
        if container.is_running() {
            container.exit(now, SIGKILL);
        }
        let code = container.exit_code;
        container.seen = true;
        container.condemned = false;
        container.doomed = false;
        worker.life.worked = true;
        self.report(Report::Pod(id, PodReport::Exited { container: index, code }));
        self.application_ends(id, index);
        if is_active {
            self.go_on(id);
        }
    }
}

/// Separates the draws for exits from the draws for starts.
const OF_EXITS: u32 = 1 << 31;
