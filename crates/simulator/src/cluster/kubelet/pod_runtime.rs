//! Random numbers and state of one pod.

use super::container::{ContainerState, NEVER};
use super::status::KubeletStatus;
use crate::cluster::PodTable;
use crate::cluster::pod::{NodeId, Pod};
use crate::cluster::site::ContainerBlueprint;
use crate::engine::{Slots, mix, to_unit};
use crate::observe::Stage;
use crate::{Span, Timestamp};
use std::ops::Range;

/// Random numbers and state of one pod.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(in super::super) struct PodRuntime {
    pub(super) slots: Slots,
    /// Its node, bound or assumed.
    pub(in super::super) assumed_on: Option<NodeId>,
    /// The container that the current sync is starting.
    pub(in super::super) container: u16,
    /// It has been Ready before.
    pub(in super::super) was_ready: bool,
    /// A flapping fault keeps it not ready.
    pub(in super::super) is_down: bool,
    /// What it waits for.
    pub(super) stage: Stage,
    /// A sync is in progress.
    pub(super) busy: bool,
    /// A change has requested another sync.
    pub(super) again: bool,
    /// The current sync has started or stopped a container.
    pub(super) worked: bool,
    /// The current sync has failed to start a container.
    pub(super) failed: bool,
    /// It was running long before t = 0.
    pub(super) is_settled: bool,
    /// It ends in phase Failed when it is deleted.
    pub(super) ends_badly: bool,
    /// Index of its first container; `NONE` until they are created.
    first_container: u32,
    /// Number of its containers.
    containers: u16,
    /// Syncs so far, those without effect included.
    pub(super) syncs: u32,
    /// Time of the last sync.
    pub(super) synced: Timestamp,
    /// Time of the next sync that may change something.
    pub(super) due: Timestamp,
    /// When its probe workers started.
    pub(super) workers_since: Timestamp,
    /// The kubelet's status of the pod; the API server receives it later.
    pub(super) status: KubeletStatus,
}

const NONE: u32 = u32::MAX;

/// In seconds.
const HOUR: f64 = 3600.0;

/// Purposes of the pod's random numbers.
pub(in super::super) mod slot {
    pub(in super::super::super) const UID: usize = 0;
    pub(in super::super::super) const START: usize = 1;
    pub(in super::super::super) const READY: usize = 2;
    pub(in super::super::super) const STOP: usize = 3;
    pub(in super::super::super) const DETECTION: usize = 4;
    /// Phases of the loops of a pod that existed at t = 0.
    pub(in super::super::super) const SETTLED_PHASE: usize = 5;
    pub(in super::super::super) const TERMINAL: usize = 6;
    pub(in super::super::super) const REMOVAL: usize = 7;
    pub(in super::super::super) const FAULT: usize = 8;
    pub(in super::super::super) const LATER_CONTAINERS: usize = 10;
    pub(in super::super::super) const LATER_STARTS: usize = 11;
    pub(in super::super::super) const SYNC: usize = 12;
    pub(in super::super::super) const CRASH: usize = 13;
    pub(in super::super::super) const WARM_UP: usize = 14;
}

impl PodRuntime {
    pub(in super::super) fn new(slots: Slots, now: Timestamp) -> Self {
        Self {
            slots,
            assumed_on: None,
            container: 0,
            was_ready: false,
            is_down: false,
            stage: Stage::Scheduling,
            busy: false,
            again: false,
            worked: false,
            failed: false,
            is_settled: false,
            ends_badly: false,
            first_container: NONE,
            containers: 0,
            syncs: 0,
            synced: now,
            due: NEVER,
            workers_since: now,
            status: KubeletStatus::default(),
        }
    }

    /// The pod has been running on a node for a long time. Its containers are created at its first event.
    pub(in super::super) fn settle(&mut self, node: NodeId) {
        self.assumed_on = Some(node);
        self.is_settled = true;
        self.was_ready = true;
        self.stage = Stage::Ready;
    }

    /// The range of the pod's containers; creates them if needed.
    pub(super) fn containers_in(
        &mut self,
        all: &mut PodTable<ContainerState>,
        parts: &[ContainerBlueprint],
        pod: &Pod,
        now: Timestamp,
    ) -> Range<usize> {
        if self.first_container == NONE {
            self.first_container = all.len() as u32;
            self.containers = parts.len() as u16;
            self.workers_since = now;
            if self.is_settled {
                self.begin_settled(all, parts, pod, now);
            } else {
                all.extend(parts.iter().map(|_| ContainerState::new(now)));
            }
        }
        self.range()
    }

    fn range(&self) -> Range<usize> {
        let first = self.first_container as usize;
        first..first + usize::from(self.containers)
    }

    /// The range of the pod's containers, if they exist.
    pub(in super::super) fn place(&self) -> Option<Range<usize>> {
        (self.first_container != NONE).then(|| self.range())
    }

    /// Draws a phase within an hour for its probes, because any usual period divides an hour. Its last sync
    /// was less than a minute ago.
    fn begin_settled(
        &mut self,
        all: &mut PodTable<ContainerState>,
        parts: &[ContainerBlueprint],
        pod: &Pod,
        now: Timestamp,
    ) {
        self.status = KubeletStatus::of(pod);
        self.synced = now - Span::from_secs_f64(60.0 * self.slots.uniform(slot::SETTLED_PHASE));
        self.workers_since =
            Timestamp::ZERO + Span::from_secs_f64(HOUR * self.slots.uniform(slot::SETTLED_PHASE));
        for (part, place) in parts.iter().zip(0..) {
            let phase = Span::from_secs_f64(HOUR * self.draw(slot::DETECTION, place));
            all.push(if part.runs_to_end {
                ContainerState::done(now)
            } else {
                ContainerState::settled(Timestamp::ZERO + phase, now)
            });
        }
    }

    /// Whether a kubelet runs it.
    pub(in super::super) const fn is_at_work(&self) -> bool {
        self.is_settled || self.first_container != NONE
    }

    /// The number for `purpose`. The first container has its own slot; later ones derive a number from their
    /// index, so that adding a container does not change the numbers of others.
    pub(in super::super) fn draw(&self, purpose: usize, container: u16) -> f64 {
        match container {
            0 => self.slots.uniform(purpose),
            _ => self.derived(slot::LATER_CONTAINERS, u64::from(container) << 8 | purpose as u64),
        }
    }

    /// The number for `purpose` of a container after `starts` earlier starts.
    pub(super) fn draw_again(&self, purpose: usize, container: u16, starts: u32) -> f64 {
        if starts == 0 {
            return self.draw(purpose, container);
        }
        let place = u64::from(container) << 8 | purpose as u64;
        self.derived(slot::LATER_STARTS, u64::from(starts) << 32 | place)
    }

    /// One of any number of draws for a purpose.
    pub(in super::super) fn derived(&self, base: usize, index: u64) -> f64 {
        to_unit(mix(self.slots.bits(base) ^ mix(index)))
    }

    pub(in super::super) const fn bits(&self, slot: usize) -> u64 {
        self.slots.bits(slot)
    }
}
