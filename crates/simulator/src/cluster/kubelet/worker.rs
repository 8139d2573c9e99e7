//! The pod worker: what a sync does, and when the next one may change something
//! (`pkg/kubelet/pod_workers.go`).

use super::container::{ContainerState, NEVER, Process, StartFailure};
use super::pod_runtime::{PodRuntime, slot};
use super::probe::{NANOSECOND, Ticks};
use crate::cluster::pod::{Pod, PodId};
use crate::cluster::site::{ContainerBlueprint, Site};
use crate::{Span, Timestamp};

/// After success a pod is synced again after this many seconds times U[1, 1.5] (`SyncFrequency`,
/// `workerResyncIntervalJitterFactor`; `pkg/kubelet/pod_workers.go`).
const RESYNC: f64 = 60.0;
/// After an error it is synced after this many seconds times U[1, 1.5] (`backOffPeriod`,
/// `pkg/kubelet/kubelet.go`).
const RETRY: f64 = 10.0;
/// If containers only wait for a back-off, it is synced after the rest of the shortest back-off, at most this
/// many seconds, times U[1, 1.5].
const LONGEST_STEP: f64 = 60.0;

/// Separates the draws for relists from the draws for syncs.
const OF_RELISTS: u64 = 1 << 62;

/// A pod on its node, with the state of its worker.
pub(in super::super) struct Worker<'s> {
    pub(super) life: &'s mut PodRuntime,
    pub(in super::super) containers: &'s mut [ContainerState],
    pub(in super::super) parts: &'s [ContainerBlueprint],
    /// The end of the run; later times are not computed.
    pub(super) end: Timestamp,
}

/// The next task of a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Kill a container whose probe failed.
    Kill(u16),
    /// Start a container.
    Start(u16),
    /// No further task.
    End,
}

impl<'s> Worker<'s> {
    /// The worker of a pod; creates its containers at the first call.
    pub(super) fn of(site: &'s mut Site, pod: &Pod, id: PodId, now: Timestamp) -> Option<Self> {
        let life = site.lives.get_mut(id.index())?;
        let parts = &site.blueprints[pod.template.0 as usize].containers;
        let range = life.containers_in(&mut site.containers, parts, pod, now);
        let end = site.start + site.model.horizon;
        Some(Self { life, containers: &mut site.containers[range], parts, end })
    }
}

impl Worker<'_> {
    /// Time of the sync after sync `number` at `at`: the worker's own schedule, rounded up by a ticker of one
    /// second.
    fn sync_after(&self, at: Timestamp, number: u32) -> Timestamp {
        let stretch = 1.0 + 0.5 * self.life.derived(slot::SYNC, u64::from(number) << 1);
        let tick = self.life.derived(slot::SYNC, u64::from(number) << 1 | 1);
        at + Span::from_secs_f64(self.base_delay(at) * stretch + tick)
    }

    /// Seconds until the next sync, before jitter.
    fn base_delay(&self, at: Timestamp) -> f64 {
        if self.containers.iter().any(|container| container.obstacle.is_some()) {
            return RETRY;
        }
        let backing_off =
            self.backing_off().map(|(container, judged)| container.crash_loop.announced(judged));
        match backing_off.min() {
            Some(until) => until.since(at).as_secs_f64().clamp(0.0, LONGEST_STEP),
            None => RESYNC,
        }
    }

    /// Containers that have exited and are to be restarted.
    fn backing_off(&self) -> impl Iterator<Item = (&ContainerState, Timestamp)> {
        let ended = self.containers.iter().zip(self.parts).filter(|(container, part)| {
            container.is_known_to_have_exited() && !(part.runs_to_end && container.exit_code == 0)
        });
        ended.filter_map(|(container, _)| Some((container, container.judged?)))
    }

    /// The future syncs without any change. Syncs after the first one with an effect have no meaning.
    pub(super) fn future_syncs(&self) -> impl Iterator<Item = Timestamp> {
        let first = self.sync_after(self.life.synced, self.life.syncs);
        let next = move |(at, number): &(Timestamp, u32)| {
            Some((self.sync_after(*at, *number), number.wrapping_add(1)))
        };
        std::iter::successors(Some((first, self.life.syncs.wrapping_add(1))), next).map(|(at, _)| at)
    }

    /// The first future sync at or after `at` without any change.
    pub(super) fn first_sync_from(&self, at: Timestamp) -> Timestamp {
        self.future_syncs().find(|look| *look >= at).unwrap_or(NEVER)
    }

    /// When a sync can next have an effect: the end of a back-off.
    fn next_backoff_end(&self) -> Option<Timestamp> {
        let pulls = self.containers.iter().filter_map(|container| match container.obstacle {
            Some(StartFailure::Pull { until }) => Some(until),
            // Nothing on the node resolves these.
            Some(StartFailure::NeverPull | StartFailure::Config) | None => None,
        });
        let restarts = self.backing_off().filter(|(container, _)| container.obstacle.is_none());
        pulls.chain(restarts.map(|(container, _)| container.restarts_from())).min()
    }

    /// When the next sync is due: the kubelet observes a change of a container, or a back-off ends.
    pub(super) fn next_sync(&self) -> Timestamp {
        let unseen = self.containers.iter().filter(|container| !container.seen);
        let noticed = unseen.map(|container| container.noticed).min().unwrap_or(NEVER);
        match self.next_backoff_end() {
            Some(chance) => self.first_sync_from(chance).min(noticed),
            None => noticed,
        }
    }

    /// Whether a back-off delays the restart of a container that has exited.
    pub(super) fn is_in_crash_loop(&self) -> bool {
        self.backing_off().any(|(container, _)| container.obstacle.is_none())
    }

    /// When the kubelet observes the containers that a sync has started.
    pub(super) fn notice_starts(&mut self, at: Timestamp) {
        for container in self.containers.iter_mut() {
            if container.process == Process::Running && !container.seen {
                container.noticed = container.noticed.min(at);
            }
        }
    }

    /// The periodic relist of the runtime after the last sync, within a second (`pkg/kubelet/pleg`).
    pub(super) fn next_relist(&self, now: Timestamp) -> Timestamp {
        let number = OF_RELISTS | u64::from(self.life.syncs);
        now + Span::from_secs_f64(self.life.derived(slot::SYNC, number))
    }

    /// Advances the worker to now: applies syncs and ticks that changed nothing.
    pub(super) fn catch_up(&mut self, now: Timestamp) {
        if (0..self.containers.len()).any(|index| self.waits_for_readiness(index)) {
            self.skip_syncs(now);
        }
        for index in 0..self.containers.len() {
            self.count_up_to(index, now - NANOSECOND);
        }
    }

    /// Skips the syncs before now that only changed the phases of readiness probes.
    pub(super) fn skip_syncs(&mut self, now: Timestamp) {
        while !self.life.busy {
            let look = self.sync_after(self.life.synced, self.life.syncs);
            if look >= now {
                break;
            }
            self.begin_sync(look);
            self.trigger_readiness(look);
        }
    }

    pub(super) fn begin_sync(&mut self, at: Timestamp) {
        self.life.synced = at;
        self.life.syncs = self.life.syncs.wrapping_add(1);
    }

    fn count_up_to(&mut self, index: usize, until: Timestamp) {
        let (container, part) = (&mut self.containers[index], &self.parts[index]);
        if !container.is_running() || !container.seen {
            return;
        }
        let guard = if container.started { &part.liveness } else { &part.startup };
        if let Some(probe) = guard {
            let ticks = Ticks::of(probe, self.life.workers_since, container.since);
            container.guard.count(&ticks, container.able, until);
        }
        if let Some(probe) = part.readiness.as_ref().filter(|_| container.started) {
            let ticks = Ticks::of(probe, container.phase, container.since);
            container.readiness.count(&ticks, container.serves, until);
        }
    }

    /// A sync triggers the readiness probes that have not succeeded and restarts their periods.
    fn trigger_readiness(&mut self, at: Timestamp) {
        for index in 0..self.containers.len() {
            if self.waits_for_readiness(index) {
                self.count_up_to(index, at - NANOSECOND);
                let container = &mut self.containers[index];
                container.phase = at;
                container.readiness.counted = container.readiness.counted.min(at - NANOSECOND);
            }
        }
    }

    fn waits_for_readiness(&self, index: usize) -> bool {
        let container = &self.containers[index];
        container.is_running()
            && container.seen
            && container.started
            && !container.ready
            && self.parts[index].readiness.is_some()
    }

    /// The container states that the kubelet observes when a sync begins.
    pub(super) fn look(&mut self, now: Timestamp) {
        self.trigger_readiness(now);
        for index in 0..self.containers.len() {
            let container = &mut self.containers[index];
            let notices = !container.seen && container.noticed <= now;
            container.seen |= notices;
            match container.process {
                Process::Running if notices => self.observe_running(index, now),
                Process::Running => container.condemned = container.doomed,
                Process::Exited if container.seen => {
                    container.shown = false;
                    container.ready = false;
                    container.doomed = false;
                    container.readiness.due = NEVER;
                    container.judge();
                }
                Process::Exited | Process::Absent => {}
            }
        }
    }

    /// A new process is observed and its probes begin. The first trigger of the readiness probe may find that
    /// the published status lacks the container; a sync within a second then triggers it.
    fn observe_running(&mut self, index: usize, now: Timestamp) {
        let (container, part) = (&mut self.containers[index], &self.parts[index]);
        container.shown = true;
        container.ran = true;
        container.ready = false;
        container.started = part.startup.is_none();
        container.judge();
        container.readiness = super::probe::ProbeCount::new(now);
        container.guard = super::probe::ProbeCount::new(now);
        let starts = container.starts - 1;
        let race = self.life.draw_again(slot::DETECTION, index as u16, starts);
        container.phase = now + Span::from_secs_f64(race);
    }

    /// The next task of the current sync, from its current container on.
    pub(super) fn next_task(&mut self, now: Timestamp) -> Task {
        if let Some(index) = self.containers.iter().position(|container| container.condemned) {
            return Task::Kill(index as u16);
        }
        let initialised = self.is_initialised();
        let at_hand = usize::from(self.life.container);
        if !initialised && !(0..at_hand).all(|index| self.allows_next_init(index)) {
            return Task::End;
        }
        for index in at_hand..self.parts.len() {
            if self.must_start(index, now) {
                return Task::Start(index as u16);
            }
            self.life.container = index as u16 + 1;
            if !initialised && !self.allows_next_init(index) {
                break;
            }
        }
        Task::End
    }

    /// Whether some application container has started, so all init containers are done.
    fn is_initialised(&self) -> bool {
        let apps = self.containers.iter().zip(self.parts).filter(|(_, part)| !part.is_init);
        apps.into_iter().any(|(container, _)| container.starts > 0 || container.obstacle.is_some())
    }

    /// Init containers start one after another: each after the previous one has succeeded or, for a sidecar,
    /// has started.
    fn allows_next_init(&self, index: usize) -> bool {
        let (container, part) = (&self.containers[index], &self.parts[index]);
        if part.runs_to_end {
            container.is_done()
        } else {
            !part.is_init || (container.shown && container.started)
        }
    }

    fn must_start(&mut self, index: usize, now: Timestamp) -> bool {
        let (container, part) = (&mut self.containers[index], &self.parts[index]);
        match container.process {
            Process::Running => return false,
            Process::Exited if !container.seen => return false,
            Process::Exited if part.runs_to_end && container.exit_code == 0 => return false,
            Process::Exited if now < container.restarts_from() && container.obstacle.is_none() => {
                return false;
            }
            Process::Exited | Process::Absent => {}
        }
        if let Some(StartFailure::Pull { until }) = container.obstacle
            && now < until
        {
            self.life.failed = true;
            return false;
        }
        true
    }
}
