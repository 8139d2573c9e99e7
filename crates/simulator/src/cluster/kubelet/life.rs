//! What a pod is born with and where it stands.

use super::container::{Container, NEVER};
use super::status::Status;
use crate::cluster::PodTable;
use crate::cluster::pod::{NodeId, Pod};
use crate::cluster::site::Part;
use crate::engine::{Slots, mix, to_unit};
use crate::observe::Stage;
use crate::{Span, Timestamp};
use std::ops::Range;

/// What a pod is born with and where it stands.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(in super::super) struct Life {
    pub(super) slots: Slots,
    /// The node it has been given, bound or about to be.
    pub(in super::super) assumed_on: Option<NodeId>,
    /// The container that the sync under way is at.
    pub(in super::super) container: u16,
    /// It has been Ready before.
    pub(in super::super) was_ready: bool,
    /// A flapping fault holds it not ready.
    pub(in super::super) is_down: bool,
    /// What it waits for.
    pub(super) stage: Stage,
    /// A sync is under way.
    pub(super) busy: bool,
    /// Something has happened since that asks for another sync.
    pub(super) again: bool,
    /// The sync under way has started or stopped a container ...
    pub(super) worked: bool,
    /// ... and could not start another.
    pub(super) failed: bool,
    /// It had been running for long at t = 0.
    pub(super) is_settled: bool,
    /// It ends in phase Failed when it is deleted.
    pub(super) ends_badly: bool,
    /// Where its containers are kept; `NONE` before anyone has asked for them.
    first_container: u32,
    /// How many there are.
    containers: u16,
    /// Syncs so far, with those that changed nothing ...
    pub(super) syncs: u32,
    /// ... and the last of them.
    pub(super) synced: Timestamp,
    /// When the next sync is due that can matter.
    pub(super) due: Timestamp,
    /// When its probe workers began.
    pub(super) workers_since: Timestamp,
    /// What the kubelet thinks of it, of which the API server hears a little later.
    pub(super) status: Status,
}

const NONE: u32 = u32::MAX;

/// In seconds.
const HOUR: f64 = 3600.0;

/// What each number a pod is born with is for.
pub(in super::super) mod slot {
    pub(in super::super::super) const UID: usize = 0;
    pub(in super::super::super) const START: usize = 1;
    pub(in super::super::super) const READY: usize = 2;
    pub(in super::super::super) const STOP: usize = 3;
    pub(in super::super::super) const DETECTION: usize = 4;
    /// Phases of the loops of a pod that was there at t = 0.
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

impl Life {
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
            status: Status::default(),
        }
    }

    /// The pod has been running on a node for long. Its containers are made when something happens to it.
    pub(in super::super) fn settle(&mut self, node: NodeId) {
        self.assumed_on = Some(node);
        self.is_settled = true;
        self.was_ready = true;
        self.stage = Stage::Ready;
    }

    /// The place of the pod's containers, which are made if there are none yet.
    pub(super) fn containers_in(
        &mut self,
        all: &mut PodTable<Container>,
        parts: &[Part],
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
                all.extend(parts.iter().map(|_| Container::new(now)));
            }
        }
        self.range()
    }

    fn range(&self) -> Range<usize> {
        let first = self.first_container as usize;
        first..first + usize::from(self.containers)
    }

    /// The place of the pod's containers, if there are any yet.
    pub(in super::super) fn place(&self) -> Option<Range<usize>> {
        (self.first_container != NONE).then(|| self.range())
    }

    /// Its probes have phases of their own, here in an hour: any usual period divides it up evenly. Its last
    /// sync was less than a minute ago.
    fn begin_settled(&mut self, all: &mut PodTable<Container>, parts: &[Part], pod: &Pod, now: Timestamp) {
        self.status = Status::of(pod);
        self.synced = now - Span::from_secs_f64(60.0 * self.slots.uniform(slot::SETTLED_PHASE));
        self.workers_since =
            Timestamp::ZERO + Span::from_secs_f64(HOUR * self.slots.uniform(slot::SETTLED_PHASE));
        for (part, place) in parts.iter().zip(0..) {
            let phase = Span::from_secs_f64(HOUR * self.draw(slot::DETECTION, place));
            all.push(if part.runs_to_end {
                Container::done(now)
            } else {
                Container::settled(Timestamp::ZERO + phase, now)
            });
        }
    }

    /// Whether a kubelet has it.
    pub(in super::super) const fn is_at_work(&self) -> bool {
        self.is_settled || self.first_container != NONE
    }

    /// The number for `purpose`: the first container has its own slot, later ones a number derived from
    /// their place, so that adding a container leaves the others' numbers alone.
    pub(in super::super) fn draw(&self, purpose: usize, container: u16) -> f64 {
        match container {
            0 => self.slots.uniform(purpose),
            _ => self.derived(slot::LATER_CONTAINERS, u64::from(container) << 8 | purpose as u64),
        }
    }

    /// The number for `purpose` of a container that has been started `starts` times before.
    pub(super) fn draw_anew(&self, purpose: usize, container: u16, starts: u32) -> f64 {
        if starts == 0 {
            return self.draw(purpose, container);
        }
        let place = u64::from(container) << 8 | purpose as u64;
        self.derived(slot::LATER_STARTS, u64::from(starts) << 32 | place)
    }

    /// One of any number of draws for one purpose.
    pub(in super::super) fn derived(&self, base: usize, index: u64) -> f64 {
        to_unit(mix(self.slots.bits(base) ^ mix(index)))
    }

    pub(in super::super) const fn bits(&self, slot: usize) -> u64 {
        self.slots.bits(slot)
    }
}
