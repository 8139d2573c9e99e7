//! Starts a container: image, configuration, create and start.

use super::container::{NEVER, Process, StartFailure};
use super::slot;
use crate::cluster::event::PodEvent;
use crate::cluster::pod::PodId;
use crate::cluster::site::ContainerBlueprint;
use crate::cluster::world::World;
use crate::engine::Law;
use crate::model::PullPolicy;
use crate::observe::{Observer, PodReport, Report, Stage};
use crate::{Span, Timestamp};

impl<O: Observer> World<O> {
    /// Begins to start a container; returns whether that takes time. If it fails at once, the sync continues
    /// with the next container.
    pub(super) fn begin_container(&mut self, id: PodId, index: u16) -> bool {
        let now = self.now();
        let Some(worker) = self.worker(id) else { return false };
        worker.life.container = index;
        let container = &mut worker.containers[usize::from(index)];
        if container.process == Process::Exited
            && container.obstacle.is_none()
            && let Some(finished) = container.judged
        {
            container.crash_loop.decide(finished, now);
        }
        let (Some(part), Some(node)) = (self.part(id), self.node_of(id)) else { return false };
        let Some(site) = &self.site else { return false };
        let present = site.has_image(node, part.image);
        match part.pull_policy {
            PullPolicy::IfNotPresent | PullPolicy::Never if present => {
                self.report_on_container(id, PodReport::ImagePresent);
                self.create_container(id)
            }
            PullPolicy::Never => {
                self.report_on_container(id, PodReport::NeverPull);
                self.attempt_fails(id, StartFailure::NeverPull, Stage::PullBackOff);
                false
            }
            PullPolicy::IfNotPresent | PullPolicy::Always => {
                self.queue_pull(id);
                true
            }
        }
    }

    /// The image of the current container is present: the sync continues.
    pub(in super::super) fn start_container(&mut self, id: PodId) {
        if !self.create_container(id) {
            self.go_on(id);
        }
    }

    /// The image of the current container could not be pulled: the sync continues with the next container.
    /// Attempts before `until` fail at once.
    pub(in super::super) fn pull_failed(&mut self, id: PodId, until: Timestamp) {
        self.attempt_fails(id, StartFailure::Pull { until }, Stage::PullBackOff);
        self.go_on(id);
    }

    fn attempt_fails(&mut self, id: PodId, obstacle: StartFailure, stage: Stage) {
        let Some(worker) = self.worker(id) else { return };
        worker.containers[usize::from(worker.life.container)].obstacle = Some(obstacle);
        worker.life.container += 1;
        worker.life.failed = true;
        self.enter(id, stage);
    }

    /// Creates and starts the current container; returns whether that takes time.
    fn create_container(&mut self, id: PodId) -> bool {
        let Some(part) = self.part(id) else { return false };
        self.enter(id, Stage::Start);
        if let Some(missing) = self.config_is_missing(id, part.image) {
            self.report_on_container(id, |container| PodReport::ConfigMissing { container, missing });
            self.attempt_fails(id, StartFailure::Config, Stage::Start);
            return false;
        }
        let slowness = self.slowness(id, part.image);
        let Some(site) = &self.site else { return false };
        let life = &site.lives[id.index()];
        let starts = site.containers_of(life)[usize::from(life.container)].starts;
        let uniform = life.draw_again(slot::START, life.container, starts);
        let start = &site.images.behaviour(part.image).start;
        let takes = start.at_layered(uniform, || self.shared_draw("start", id, uniform));
        self.step_after(id, slowness.stretch(takes), PodEvent::ContainerStarted);
        true
    }

    /// The current container runs.
    pub(super) fn container_started(&mut self, id: PodId) {
        if !self.api.pod(id).is_active() {
            return;
        }
        let now = self.now();
        let Some(part) = self.part(id) else { return };
        let able = self.able_after(id, &part);
        let Some(worker) = self.worker(id) else { return };
        let index = worker.life.container;
        let container = &mut worker.containers[usize::from(index)];
        container.run(now);
        (container.able, container.serves) = (now + able.0, now + able.0 + able.1);
        worker.life.container = index + 1;
        worker.life.worked = true;
        self.report(Report::Pod(id, PodReport::Started(index)));
        self.application_starts(id, index, able.0 + able.1);
        self.plan_exit(id, index);
        self.go_on(id);
    }

    /// Time from the current container's start until it answers startup and liveness probes, and the
    /// additional time until it answers its readiness probe.
    fn able_after(&self, id: PodId, part: &ContainerBlueprint) -> (Span, Span) {
        let Some(site) = &self.site else { return (Span::ZERO, Span::ZERO) };
        let life = &site.lives[id.index()];
        if !part.runs_to_end && !part.is_probed() && !self.has_clients(id, life.container) {
            return (Span::ZERO, Span::ZERO);
        }
        let starts = site.containers_of(life)[usize::from(life.container)].starts;
        let behaviour = site.images.behaviour(part.image);
        let slowness = self.slowness(id, part.image);
        let draw = |law: &Law, purpose, what| {
            let uniform = life.draw_again(purpose, life.container, starts);
            law.at_layered(uniform, || self.shared_draw(what, id, uniform))
        };
        let own = draw(&behaviour.ready, slot::READY, "ready");
        let warm_up = behaviour.warm_up.as_ref().map(|law| draw(law, slot::WARM_UP, "warm up"));
        let later = warm_up.unwrap_or(Span::ZERO) + self.readiness_delay(id, part.image);
        (slowness.stretch(own) + slowness.extra, later)
    }

    /// Missing configuration is created: pods that wait for it find it at their next sync.
    pub(in super::super) fn configuration_appears(&mut self) {
        let now = self.now();
        for id in (0..self.api.pods.len() as u32).map(PodId) {
            let blocked = self.life(id).is_some_and(super::PodRuntime::is_at_work)
                && self.api.pod(id).is_active()
                && self.worker(id).is_some_and(|worker| {
                    let waits =
                        |container: &super::ContainerState| container.obstacle == Some(StartFailure::Config);
                    !worker.life.busy && worker.containers.iter().any(waits)
                });
            if blocked {
                let look = self.worker(id).map_or(NEVER, |mut worker| {
                    worker.catch_up(now);
                    worker.first_sync_from(now)
                });
                self.sync_by(id, look);
            }
        }
    }
}
