//! The kubelet: start, probes, exit, restart and termination of the containers of a pod (`pkg/kubelet`).
//!
//! One worker per pod runs a [sync](sync) repeatedly. Only changes are events: a probe that keeps its result
//! is not, and neither is a sync without effect. The time of the next sync that may change something is
//! computed.

mod container;
mod crash_loop;
mod exit;
mod foresee;
mod pod_runtime;
mod probe;
mod reboot;
mod start;
mod status;
mod sync;
mod termination;
mod verdict;
mod worker;

pub(super) use container::ContainerState;
pub(super) use pod_runtime::{PodRuntime, slot};
pub(super) use probe::ProbeReply;
pub(super) use status::StatusQueue;

use super::event::{Event, PodEvent};
use super::pod::PodId;
use super::site::ContainerBlueprint;
use super::world::World;
use crate::Span;
use crate::observe::{Observation, Observer, PodReport, Report, Stage};
use worker::Worker;

#[cfg(test)]
mod tests;

impl<O: Observer> World<O> {
    /// The kubelet's watch shows a pod bound to its node: the first sync.
    pub(super) fn kubelet_sees(&mut self, id: PodId) {
        self.sync(id);
    }

    pub(super) fn pod_step(&mut self, id: PodId, step: PodEvent) {
        // A pull continues after its pod is removed, because the node's queue waits for it.
        if self.api.pod(id).removed && step != PodEvent::PullEnds {
            return;
        }
        match step {
            PodEvent::Sync => self.sync_is_due(id),
            PodEvent::PullEnds => self.pull_ends(id),
            PodEvent::ContainerStarted => self.container_started(id),
            PodEvent::Exits(container) => self.container_exits(id, container),
            PodEvent::Killed(container) => self.container_killed(id, container),
            PodEvent::ReadinessChanges(container) => self.readiness_turns(id, container),
            PodEvent::GuardChanges(container) => self.guard_turns(id, container),
            PodEvent::Flaps(to_ready) => self.flap(id, to_ready),
            PodEvent::StatusArrives => self.status_arrives(id),
            PodEvent::Stopped => self.publish_stopped(id),
            PodEvent::Removed => self.commit_pod_removal(id),
        }
    }

    /// Reports the stage that a pod enters to observers.
    pub(super) fn enter(&mut self, id: PodId, stage: Stage) {
        if let Some(life) = self.life_mut(id)
            && std::mem::replace(&mut life.stage, stage) != stage
        {
            self.see(Observation::PodEnters(id, stage));
        }
    }

    /// Reports something about the container that the sync of a pod is starting.
    pub(super) fn report_on_container(&mut self, id: PodId, report: impl FnOnce(u16) -> PodReport) {
        if O::TAKES_REPORTS
            && let Some(life) = self.life(id)
        {
            self.report(Report::Pod(id, report(life.container)));
        }
    }

    pub(super) fn step_after(&mut self, id: PodId, after: Span, step: PodEvent) {
        self.calendar.schedule(after, Event::Pod(id, step));
    }

    pub(super) fn life(&self, id: PodId) -> Option<&PodRuntime> {
        self.site.as_ref()?.lives.get(id.index())
    }

    pub(super) fn life_mut(&mut self, id: PodId) -> Option<&mut PodRuntime> {
        self.site.as_mut()?.lives.get_mut(id.index())
    }

    /// The container that the sync of a pod is starting; `None` when all are done.
    pub(super) fn part(&self, id: PodId) -> Option<ContainerBlueprint> {
        let site = self.site.as_ref()?;
        let at = site.lives[id.index()].container;
        site.blueprint(self.api.pod(id).template).containers.get(usize::from(at)).copied()
    }

    /// A pod on its node, with the state of its worker.
    pub(super) fn worker(&mut self, id: PodId) -> Option<Worker<'_>> {
        let now = self.calendar.now();
        Worker::of(self.site.as_mut()?, self.api.pods.get(id.index())?, id, now)
    }
}
