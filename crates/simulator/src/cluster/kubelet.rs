//! The kubelet: how a pod comes up on its node and goes down again (`pkg/kubelet`).
//!
//! Only what changes something is an event: a probe that goes on succeeding or failing is not, the tick at
//! which its verdict changes is computed.

use super::event::{Event, PodStep};
use super::pod::{NodeId, PodId};
use super::site::Part;
use super::world::World;
use crate::engine::{Slots, mix, to_unit};
use crate::model::{PullPolicy, Resource, Verb};
use crate::observe::{Observation, Observer, Stage};
use crate::{Span, Timestamp};
use controller::api::PodPhase;

/// What a pod is born with and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub(super) slots: Slots,
    /// The node it has been given, bound or about to be.
    pub(super) assumed_on: Option<NodeId>,
    /// The container it is at.
    pub(super) container: u8,
    pub(super) pull_failures: u8,
    pub(super) pull_fails: bool,
    /// Time of the last change of readiness on the node, which the API server hears of a little later.
    pub(super) changed: Timestamp,
    /// Since when the application could answer its probe, once it runs.
    pub(super) able: Option<Timestamp>,
    /// The phase of its readiness probe: a moment at which a probe was made.
    pub(super) probed: Timestamp,
    /// It has been Ready before.
    pub(super) was_ready: bool,
    pub(super) crashes: super::restart::Crashes,
}

/// What each number a pod is born with is for.
pub(super) mod slot {
    pub(in super::super) const UID: usize = 0;
    pub(in super::super) const START: usize = 1;
    pub(in super::super) const READY: usize = 2;
    pub(in super::super) const STOP: usize = 3;
    pub(in super::super) const DETECTION: usize = 4;
    pub(in super::super) const STARTUP_PHASE: usize = 5;
    pub(in super::super) const TERMINAL: usize = 6;
    pub(in super::super) const REMOVAL: usize = 7;
    pub(in super::super) const FAULT: usize = 8;
    pub(in super::super) const RETRY: usize = 9;
    pub(in super::super) const LATER_CONTAINERS: usize = 10;
    pub(in super::super) const CRASH: usize = 11;
}

impl Life {
    pub(super) fn new(slots: Slots, now: Timestamp) -> Self {
        Self {
            slots,
            assumed_on: None,
            container: 0,
            pull_failures: 0,
            pull_fails: false,
            changed: now,
            able: None,
            probed: now,
            was_ready: false,
            crashes: super::restart::Crashes::default(),
        }
    }

    /// The pod has been running on a node for long.
    ///
    /// Its readiness probe has a phase of its own, here in a period of the usual ten seconds: any shorter
    /// period divides it up evenly as well.
    pub(super) fn settle(&mut self, node: NodeId) {
        self.assumed_on = Some(node);
        self.probed += Span::from_secs_f64(10.0 * self.slots.uniform(slot::DETECTION));
        self.container = u8::MAX;
        self.able = Some(Timestamp::from_nanos(i64::MIN));
        self.was_ready = true;
    }

    /// The number for `purpose`: the first container has its own slot, later ones a number derived from
    /// their place, so that adding a container leaves the others' numbers alone.
    pub(super) fn draw(&self, purpose: usize, container: u8) -> f64 {
        match container {
            0 => self.slots.uniform(purpose),
            _ => self.derived(slot::LATER_CONTAINERS, u64::from(container) << 8 | purpose as u64),
        }
    }

    /// One of any number of draws for one purpose.
    pub(super) fn derived(&self, base: usize, index: u64) -> f64 {
        to_unit(mix(self.slots.bits(base) ^ mix(index)))
    }

    pub(super) const fn bits(&self, slot: usize) -> u64 {
        self.slots.bits(slot)
    }
}

impl<O: Observer> World<O> {
    /// The kubelet's watch shows a pod bound to its node.
    pub(super) fn kubelet_sees(&mut self, id: PodId) {
        if self.api.pod(id).is_active() {
            self.begin_container(id);
        }
    }

    pub(super) fn pod_step(&mut self, id: PodId, step: PodStep) {
        // A pull goes on although its pod is gone: the node's queue waits for it.
        if self.api.pod(id).removed && step != PodStep::PullEnds {
            return;
        }
        match step {
            PodStep::RetryPull => self.queue_pull(id),
            PodStep::PullEnds => self.pull_ends(id),
            PodStep::ContainerStarted => self.container_started(id),
            PodStep::Running => self.publish_running(id),
            PodStep::Crashes => self.crash(id),
            PodStep::CrashArrives => self.publish_crash(id),
            PodStep::Restarts => self.restart_containers(id),
            PodStep::Restarted => self.restarted(id),
            PodStep::ProbeSucceeds => self.probe_succeeds(id),
            PodStep::ProbeFails => self.probe_fails(id),
            PodStep::ReadyArrives => self.publish_ready(id),
            PodStep::NotReadyArrives => self.publish_not_ready(id),
            PodStep::Stopped => self.publish_stopped(id),
            PodStep::Removed => self.commit_pod_removal(id),
        }
    }

    /// Tells whoever looks what a pod waits for from now on.
    pub(super) fn enter(&mut self, id: PodId, stage: Stage) {
        self.see(Observation::PodEnters(id, stage));
    }

    pub(super) fn step_after(&mut self, id: PodId, after: Span, step: PodStep) {
        self.calendar.schedule(after, Event::Pod(id, step));
    }

    /// A status update of a pod is a GET and a PATCH.
    pub(super) fn status_delay(&mut self) -> Span {
        let read = self.way_there(Resource::Pods, Verb::Get) + self.way_back(Resource::Pods, Verb::Get);
        read + self.way_there(Resource::Pods, Verb::Patch)
    }

    pub(super) fn life(&self, id: PodId) -> Option<&Life> {
        self.site.as_ref()?.lives.get(id.index())
    }

    pub(super) fn life_mut(&mut self, id: PodId) -> Option<&mut Life> {
        self.site.as_mut()?.lives.get_mut(id.index())
    }

    /// The container the pod is at; `None` once all have been started.
    pub(super) fn part(&self, id: PodId) -> Option<Part> {
        let site = self.site.as_ref()?;
        let at = site.lives[id.index()].container;
        site.blueprint(self.api.pod(id).template).containers.get(usize::from(at)).copied()
    }

    /// Containers come up in order: image, start, the next.
    pub(super) fn begin_container(&mut self, id: PodId) {
        let (Some(part), Some(node)) = (self.part(id), self.node_of(id)) else { return };
        let Some(site) = &self.site else { return };
        let present = site.has_image(node, part.image);
        match part.pull_policy {
            PullPolicy::IfNotPresent | PullPolicy::Never if present => self.start_container(id),
            // ErrImageNeverPull: nothing the node does will ever change that.
            PullPolicy::Never => self.enter(id, Stage::PullBackOff),
            PullPolicy::IfNotPresent | PullPolicy::Always => self.queue_pull(id),
        }
    }

    pub(super) fn start_container(&mut self, id: PodId) {
        let Some(part) = self.part(id) else { return };
        self.enter(id, Stage::Start);
        let Some(site) = &self.site else { return };
        let life = &site.lives[id.index()];
        let behaviour = site.images.behaviour(part.image);
        let mut takes = behaviour.start.at(life.draw(slot::START, life.container));
        if part.runs_to_end {
            // The next container waits until this one has done its work.
            takes += behaviour.ready.at(life.draw(slot::READY, life.container));
        }
        self.step_after(id, takes, PodStep::ContainerStarted);
    }

    fn container_started(&mut self, id: PodId) {
        if !self.api.pod(id).is_active() {
            return;
        }
        let now = self.now();
        let able = self.able_after_start(id);
        let Some(life) = self.life_mut(id) else { return };
        life.container += 1;
        life.pull_failures = 0;
        life.able = life.able.max(able.map(|after| now + after));
        if self.part(id).is_some() {
            return self.begin_container(id);
        }
        self.all_started(id);
    }

    /// Every container runs: the API server hears of it, and the next crash, if there is to be one, is
    /// settled.
    pub(super) fn all_started(&mut self, id: PodId) {
        let delay = self.status_delay();
        self.step_after(id, delay, PodStep::Running);
        self.await_crash(id);
    }

    /// The kubelet hears of a deletion with grace: preStop hook, SIGTERM, and SIGKILL when the grace period
    /// is over. What is left of the pod follows its end by 0.5 to 2 s.
    pub(super) fn begin_termination(&mut self, id: PodId) {
        let heard = self.settings.watch.next(&mut self.latency.watch);
        let pod = *self.api.pod(id);
        let Some(site) = &self.site else { return };
        let blueprint = site.blueprint(pod.template);
        let life = &site.lives[id.index()];
        let takes = if pod.phase == PodPhase::Running {
            let ends = blueprint.containers.iter().filter(|part| !part.runs_to_end).map(|part| {
                let stop = site.images.behaviour(part.image).stop.at(life.slots.uniform(slot::STOP));
                let hook = part.pre_stop.min(blueprint.grace);
                hook + stop.min((blueprint.grace - hook).max(SHORTEST_KILL_GRACE))
            });
            ends.max().unwrap_or(Span::ZERO)
        } else {
            Span::ZERO
        };
        let stopped = heard + takes;
        let terminal = stopped + Span::from_secs_f64(life.slots.uniform(slot::TERMINAL));
        let removed = stopped + Span::from_secs_f64(0.5 + 1.5 * life.slots.uniform(slot::REMOVAL));
        if terminal < removed {
            self.step_after(id, terminal, PodStep::Stopped);
        }
        self.step_after(id, removed, PodStep::Removed);
    }

    fn publish_stopped(&mut self, id: PodId) {
        self.commit_pod(id, |pod| {
            pod.phase = PodPhase::Succeeded;
            pod.ready_since = None;
        });
    }
}

/// Least time between SIGTERM and SIGKILL (`minimumGracePeriodInSeconds`,
/// `pkg/kubelet/kuberuntime/kuberuntime_container.go`).
const SHORTEST_KILL_GRACE: Span = Span::from_secs(2);
