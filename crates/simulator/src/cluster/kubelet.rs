//! The kubelet: how a pod comes up on its node and goes down again (`pkg/kubelet`).
//!
//! Only what changes something is an event: a probe that goes on succeeding or failing is not, the tick at
//! which its verdict changes is computed.

use super::event::{Event, PodStep};
use super::pod::{NodeId, PodId};
use super::site::Part;
use super::world::World;
use crate::engine::{Slots, mix};
use crate::model::{Probe, PullPolicy};
use crate::observe::Observer;
use crate::{Span, Timestamp};
use controller::api::PodPhase;

/// What a pod is born with and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    slots: Slots,
    /// The node it has been given, bound or about to be.
    pub(super) assumed_on: Option<NodeId>,
    /// The container it is at.
    container: u8,
    pull_failures: u8,
    pull_fails: bool,
    /// Time of the last change of readiness on the node, which the API server hears of a little later.
    changed: Timestamp,
    /// Since when the application could answer its probe, once it runs.
    pub(super) able: Option<Timestamp>,
    /// The phase of its readiness probe: a moment at which a probe was made.
    probed: Timestamp,
    /// It has been Ready before.
    pub(super) was_ready: bool,
    pub(super) crashes: super::restart::Crashes,
}

/// What each number a pod is born with is for.
pub(super) mod slot {
    pub(in super::super) const UID: usize = 0;
    pub(super) const START: usize = 1;
    pub(super) const READY: usize = 2;
    pub(super) const STOP: usize = 3;
    pub(super) const DETECTION: usize = 4;
    pub(super) const STARTUP_PHASE: usize = 5;
    pub(super) const TERMINAL: usize = 6;
    pub(super) const REMOVAL: usize = 7;
    pub(in super::super) const FAULT: usize = 8;
    pub(super) const RETRY: usize = 9;
    pub(super) const LATER_CONTAINERS: usize = 10;
    pub(in super::super) const CRASH: usize = 11;
}

/// First window of the image pull back-off; doubles with each failure up to [`LONGEST_PULL_BACKOFF`]
/// (`pkg/kubelet/kubelet.go`, `imageBackOffPeriod` and `MaxImageBackOff`).
const FIRST_PULL_BACKOFF: Span = Span::from_secs(10);
const LONGEST_PULL_BACKOFF: Span = Span::from_secs(300);

/// After a failed sync a pod is synced again after this times U[1, 1.5] (`backOffPeriod`,
/// `pkg/kubelet/kubelet.go`), picked up by a ticker of one second.
const SYNC_RETRY: Span = Span::from_secs(10);

/// A pull that fails does so after this time. Assumed: one round trip to a registry and its answer.
const FAILED_PULL: Span = Span::from_millis(600);

/// A pull of an image that has come to the node while it was queued (or is only checked with the
/// registry). Assumed: one round trip.
const CHECKED_PULL: Span = Span::from_millis(200);

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
    fn draw(&self, purpose: usize, container: u8) -> f64 {
        match container {
            0 => self.slots.uniform(purpose),
            _ => self.derived(slot::LATER_CONTAINERS, u64::from(container) << 8 | purpose as u64),
        }
    }

    /// One of any number of draws for one purpose.
    pub(super) fn derived(&self, base: usize, index: u64) -> f64 {
        let bits = mix(self.slots.bits(base) ^ mix(index));
        ((bits >> 12) as f64 + 0.5) / (1u64 << 52) as f64
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
        if self.api.pod(id).removed {
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

    pub(super) fn step_after(&mut self, id: PodId, after: Span, step: PodStep) {
        self.calendar.schedule(after, Event::Pod(id, step));
    }

    /// A status update of a pod is a GET and a PATCH.
    pub(super) fn status_delay(&mut self) -> Span {
        self.request_delay() + self.response_delay() + self.request_delay()
    }

    pub(super) fn life(&self, id: PodId) -> Option<&Life> {
        self.site.as_ref()?.lives.get(id.index())
    }

    pub(super) fn life_mut(&mut self, id: PodId) -> Option<&mut Life> {
        self.site.as_mut()?.lives.get_mut(id.index())
    }

    /// The container the pod is at; `None` once all have been started.
    fn part(&self, id: PodId) -> Option<Part> {
        let site = self.site.as_ref()?;
        let at = site.lives[id.index()].container;
        site.blueprint(self.api.pod(id).template).containers.get(usize::from(at)).copied()
    }

    /// Containers come up in order: image, start, the next.
    fn begin_container(&mut self, id: PodId) {
        let (Some(part), Some(node)) = (self.part(id), self.node_of(id)) else { return };
        let Some(site) = &self.site else { return };
        let present = site.has_image(node, part.image);
        match part.pull_policy {
            PullPolicy::IfNotPresent | PullPolicy::Never if present => self.start_container(id),
            // ErrImageNeverPull: nothing the node does will ever change that.
            PullPolicy::Never => {}
            PullPolicy::IfNotPresent | PullPolicy::Always => self.queue_pull(id),
        }
    }

    /// Pulls of one node run in the order in which they were asked for.
    fn queue_pull(&mut self, id: PodId) {
        let Some(node) = self.node_of(id) else { return };
        if let Some(site) = &mut self.site {
            site.nodes[node.index()].pull_queue.push_back(id);
        }
        self.begin_pulls(node);
    }

    fn begin_pulls(&mut self, node: NodeId) {
        loop {
            let Some(site) = &mut self.site else { return };
            let parallel = site.model.cluster.registry.parallel_pulls.max(1);
            let queue = &mut site.nodes[node.index()];
            if queue.pulling >= parallel {
                return;
            }
            let Some(id) = queue.pull_queue.pop_front() else { return };
            if self.api.pod(id).is_active() {
                queue.pulling += 1;
                self.begin_pull(id, node);
            }
        }
    }

    fn begin_pull(&mut self, id: PodId, node: NodeId) {
        let Some(part) = self.part(id) else { return };
        let fails = self.pull_is_hit(id, part.image);
        let Some(site) = &mut self.site else { return };
        let takes = if fails {
            FAILED_PULL
        } else if site.has_image(node, part.image) {
            CHECKED_PULL
        } else {
            let slots = self.streams.named_slots("pull", site.images.name(part.image), u64::from(node.0));
            site.images.behaviour(part.image).pull.at(slots.uniform(0))
        };
        site.lives[id.index()].pull_fails = fails;
        self.step_after(id, takes, PodStep::PullEnds);
    }

    fn pull_ends(&mut self, id: PodId) {
        let (Some(node), Some(part)) = (self.node_of(id), self.part(id)) else { return };
        let alive = self.api.pod(id).is_active();
        let Some(site) = &mut self.site else { return };
        let failed = site.lives[id.index()].pull_fails;
        let host = &mut site.nodes[node.index()];
        host.pulling -= 1;
        if !failed {
            host.keep_image(part.image);
        }
        match (alive, failed) {
            (true, true) => self.back_off_pull(id),
            (true, false) => self.start_container(id),
            (false, _) => {}
        }
        self.begin_pulls(node);
    }

    /// The next attempt is the first sync of the pod outside the back-off window: windows of 10, 20, 40 s
    /// and so on against syncs every 10 to 16 s, so attempts come at about 0, 10-16, 35, 80, 165 s.
    fn back_off_pull(&mut self, id: PodId) {
        let Some(life) = self.life_mut(id) else { return };
        life.pull_failures = life.pull_failures.saturating_add(1);
        let doublings = u32::from(life.pull_failures - 1).min(10);
        let window = Span::from_nanos(FIRST_PULL_BACKOFF.as_nanos() << doublings).min(LONGEST_PULL_BACKOFF);
        let mut after = Span::ZERO;
        let mut sync = 0;
        while after <= window {
            let stretch = 1.0 + 0.5 * life.derived(slot::RETRY, u64::from(life.pull_failures) << 32 | sync);
            let tick = life.derived(slot::RETRY, (1 << 63) | u64::from(life.pull_failures) << 32 | sync);
            after += Span::from_secs_f64(SYNC_RETRY.as_secs_f64() * stretch + tick);
            sync += 1;
        }
        self.step_after(id, after, PodStep::RetryPull);
    }

    fn start_container(&mut self, id: PodId) {
        let Some(part) = self.part(id) else { return };
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

    /// How long after its start the container at hand can answer a readiness probe, if it has one.
    fn able_after_start(&self, id: PodId) -> Option<Span> {
        let part = self.part(id)?;
        part.readiness.or(part.startup)?;
        let site = self.site.as_ref()?;
        let life = &site.lives[id.index()];
        let own = site.images.behaviour(part.image).ready.at(life.draw(slot::READY, life.container));
        Some(own + self.readiness_delay(id, part.image))
    }

    /// All containers run. Without readiness probes the pod is Ready at once.
    fn publish_running(&mut self, id: PodId) {
        let now = self.now();
        let probed = self.readiness_probe(id).is_some();
        let ready = (!probed).then_some(now.stored());
        self.commit_pod(id, |pod| {
            if pod.is_active() {
                pod.phase = PodPhase::Running;
                pod.ready_since = ready;
            }
        });
        if probed && self.api.pod(id).is_active() {
            self.await_first_success(id);
        }
    }

    /// The probe of the container that counts: the last one with a readiness probe.
    pub(super) fn readiness_probe(&self, id: PodId) -> Option<(Option<Probe>, Option<Probe>)> {
        let site = self.site.as_ref()?;
        let parts = &site.blueprint(self.api.pod(id).template).containers;
        let probed = parts.iter().rev().find(|part| part.readiness.is_some() || part.startup.is_some())?;
        Some((probed.startup, probed.readiness))
    }

    /// Finds the first probe that succeeds.
    ///
    /// The readiness worker is asked to probe when the kubelet notices the started container, 0 to 1 s
    /// later, and every period from then on; a startup probe runs in a phase of its own, and its success
    /// makes the readiness worker probe at once.
    fn await_first_success(&mut self, id: PodId) {
        let started = self.now();
        let Some((startup, readiness)) = self.readiness_probe(id) else { return };
        let Some(life) = self.life(id) else { return };
        let able = life.able.unwrap_or(started);
        let noticed = started + Span::from_secs_f64(life.slots.uniform(slot::DETECTION));
        let mut probed = noticed;
        if let Some(startup) = startup {
            let phase = startup.period.as_secs_f64() * life.slots.uniform(slot::STARTUP_PHASE);
            probed = first_tick(&startup, started + Span::from_secs_f64(phase), started, able);
        }
        let Some(life) = self.life_mut(id) else { return };
        life.probed = probed;
        let succeeds = match readiness {
            Some(readiness) => {
                let first = first_tick(&readiness, probed, started, able);
                first + times(readiness.period, readiness.success_threshold - 1)
            }
            None => probed,
        };
        self.calendar.schedule_at(succeeds, Event::Pod(id, PodStep::ProbeSucceeds));
    }

    /// A probe would succeed now, if nothing makes it fail.
    pub(super) fn probe_succeeds(&mut self, id: PodId) {
        let pod = self.api.pod(id);
        let able = self.life(id).and_then(|life| life.able).is_some_and(|able| able <= self.now());
        if !pod.is_active() || pod.is_ready() || !able || self.readiness_is_hit(id) {
            // Whoever ends the fault, or starts the container again, looks at the pod again.
            return;
        }
        self.note_change(id, PodStep::ReadyArrives);
    }

    /// Probes have failed often enough, if they still fail: a fault shorter than that goes unnoticed.
    fn probe_fails(&mut self, id: PodId) {
        if self.readiness_is_hit(id) {
            self.lose_readiness(id);
        }
    }

    pub(super) fn lose_readiness(&mut self, id: PodId) {
        if self.api.pod(id).is_active() && self.api.pod(id).is_ready() {
            self.note_change(id, PodStep::NotReadyArrives);
        }
    }

    fn note_change(&mut self, id: PodId, arrives: PodStep) {
        let now = self.now();
        if let Some(life) = self.life_mut(id) {
            life.changed = now;
        }
        let delay = self.status_delay();
        self.step_after(id, delay, arrives);
    }

    fn publish_ready(&mut self, id: PodId) {
        let Some(changed) = self.life(id).map(|life| life.changed.stored()) else { return };
        self.commit_pod(id, |pod| {
            if pod.is_active() {
                pod.ready_since = pod.ready_since.or(Some(changed));
            }
        });
        self.after_ready(id);
    }

    fn publish_not_ready(&mut self, id: PodId) {
        self.commit_pod(id, |pod| {
            if pod.is_active() {
                pod.ready_since = None;
            }
        });
        self.after_not_ready(id);
    }

    /// The next probe of a running pod at or after `at`, and so many rounds later.
    pub(super) fn probe_round_after(&self, id: PodId, at: Timestamp, rounds: i32) -> Timestamp {
        let Some((_, Some(probe))) = self.readiness_probe(id) else { return at };
        let Some(life) = self.life(id) else { return at };
        next_round(&probe, life.probed, at) + times(probe.period, rounds - 1)
    }

    /// Rounds in a row that make the pod's readiness fail and succeed.
    pub(super) fn probe_thresholds(&self, id: PodId) -> (i32, i32) {
        match self.readiness_probe(id) {
            Some((_, Some(probe))) => (probe.failure_threshold, probe.success_threshold),
            _ => (1, 1),
        }
    }

    /// Schedules the change of readiness that follows from probes changing their answer now.
    pub(super) fn probes_turn(&mut self, id: PodId, to_success: bool) {
        let (failures, successes) = self.probe_thresholds(id);
        let (rounds, step) =
            if to_success { (successes, PodStep::ProbeSucceeds) } else { (failures, PodStep::ProbeFails) };
        let at = self.probe_round_after(id, self.now(), rounds);
        self.calendar.schedule_at(at, Event::Pod(id, step));
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

fn times(span: Span, count: i32) -> Span {
    Span::from_nanos(span.as_nanos() * i64::from(count.max(0)))
}

/// The first probe at or after `able` that is not within the initial delay. Probes are at `phase` and whole
/// periods after it; the delay counts from the whole second of the start.
fn first_tick(probe: &Probe, phase: Timestamp, started: Timestamp, able: Timestamp) -> Timestamp {
    let earliest = able.max(started.stored() + probe.initial_delay);
    next_round(probe, phase, earliest)
}

/// The first probe at or after `at`.
fn next_round(probe: &Probe, phase: Timestamp, at: Timestamp) -> Timestamp {
    let period = probe.period.as_nanos().max(1);
    let behind = at.since(phase).as_nanos();
    phase + Span::from_nanos(-(-behind).div_euclid(period) * period)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProbeHandler;

    fn probe(initial_delay: i64, period: i64) -> Probe {
        Probe {
            handler: ProbeHandler::Http,
            initial_delay: Span::from_secs(initial_delay),
            period: Span::from_secs(period),
            timeout: Span::from_secs(1),
            success_threshold: 1,
            failure_threshold: 3,
            termination_grace: None,
        }
    }

    #[test]
    fn the_first_probe_that_counts_is_a_tick_of_the_worker() {
        let at = |millis: i64| Timestamp::from_nanos(millis * 1_000_000);
        // Started at 0.4 s, noticed at 0.9 s.
        let first = |probe: &Probe, able| first_tick(probe, at(900), at(400), at(able));
        assert_eq!(first(&probe(0, 10), 500), at(900), "no delay: as soon as it is noticed");
        assert_eq!(first(&probe(0, 10), 901), at(10_900), "just missed: a whole period later");
        assert_eq!(first(&probe(5, 10), 500), at(10_900), "a delay of 5 s ends between two ticks");
        assert_eq!(first(&probe(10, 10), 500), at(10_900));
        assert_eq!(first(&probe(12, 10), 500), at(20_900));
    }
}
