//! What the controllers know of the pods: the last snapshot of each that their watch has shown, and per
//! `ReplicaSet` the counts they need, kept up to date as snapshots change and never recounted.

use super::pod::{Pod, PodId};
use super::pod_table::PodTable;
use super::ready_times::ReadyTimes;
use crate::{Span, Timestamp};
use controller::api::ReplicaSetId;
use controller::replica_set::{PodCounts, RankedPod};

#[derive(Debug, Clone, Default)]
pub(super) struct PodCache {
    pods: PodTable<Option<Cached>>,
    sets: Vec<Owned>,
    /// Existing pods that some `ReplicaSet` controls, terminating and terminal ones included.
    owned: u32,
    /// Active pods that nobody controls.
    orphans: Vec<PodId>,
    /// Active pods of all `ReplicaSet`s by node; the first entry is for pods without one.
    active_by_node: Vec<u32>,
    /// Version of the API server that the cache has seen.
    pub(super) version: u64,
}

#[derive(Debug, Clone, Copy)]
struct Cached {
    pod: Pod,
    /// Place in the owner's list of active pods.
    place: u32,
}

/// The pods of one `ReplicaSet`.
#[derive(Debug, Clone, Default)]
struct Owned {
    active: Vec<PodId>,
    /// Active, but no longer matched by the selector: to be released.
    strays: Vec<PodId>,
    ready: ReadyTimes,
    terminating: u32,
    /// Existing pods in a phase that is not terminal, terminating ones included.
    running: u32,
}

impl PodCache {
    pub(super) fn reset(&mut self) {
        self.pods.clear();
        for set in &mut self.sets {
            set.active.clear();
            set.strays.clear();
            set.ready.clear();
            set.terminating = 0;
            set.running = 0;
        }
        self.owned = 0;
        self.orphans.clear();
        self.active_by_node.clear();
        self.version = 0;
    }

    pub(super) fn get(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(id.index())?.as_ref().map(|cached| &cached.pod)
    }

    /// Takes in a snapshot; a removed pod disappears. Returns what the cache had before.
    pub(super) fn take_in(&mut self, id: PodId, pod: Pod) -> Option<Pod> {
        if let Some(cached) = self.pods.row(id)
            && stays_active(&cached.pod, &pod)
        {
            let before = std::mem::replace(&mut cached.pod, pod);
            self.recount(&before, &pod);
            return Some(before);
        }
        let before = self.pods[id.index()];
        if let Some(before) = before {
            self.uncount(id, before);
        }
        self.pods[id.index()] = (!pod.removed).then_some(Cached { pod, place: 0 });
        if !pod.removed {
            self.count(id, &pod);
        }
        before.map(|cached| cached.pod)
    }

    /// A pod that stays an active one of its `ReplicaSet` has turned Ready, lost that, or got its node.
    fn recount(&mut self, before: &Pod, after: &Pod) {
        let Some(owner) = after.owner else { return };
        if before.ready_since != after.ready_since {
            let ready = &mut self.sets[owner.0 as usize].ready;
            before.ready_since.into_iter().for_each(|since| ready.remove(since));
            after.ready_since.into_iter().for_each(|since| ready.insert(since));
        }
        if before.node != after.node {
            *self.node_count(before) -= 1;
            *self.node_count(after) += 1;
        }
    }

    fn count(&mut self, id: PodId, pod: &Pod) {
        let Some(owner) = pod.owner else {
            if pod.is_active() {
                self.orphans.push(id);
            }
            return;
        };
        self.owned += 1;
        let index = owner.0 as usize;
        if index >= self.sets.len() {
            self.sets.resize_with(index + 1, Owned::default);
        }
        let set = &mut self.sets[index];
        set.running += u32::from(!pod.phase.is_terminal());
        if pod.is_active() && !pod.matches {
            set.strays.push(id);
        } else if pod.is_active() {
            if let Some(cached) = &mut self.pods[id.index()] {
                cached.place = set.active.len() as u32;
            }
            set.active.push(id);
            if let Some(since) = pod.ready_since {
                set.ready.insert(since);
            }
            *self.node_count(pod) += 1;
        } else if !pod.phase.is_terminal() && pod.matches {
            set.terminating += 1;
        }
    }

    fn uncount(&mut self, id: PodId, cached: Cached) {
        let pod = &cached.pod;
        let Some(owner) = pod.owner else { return self.orphans.retain(|orphan| *orphan != id) };
        self.owned -= 1;
        let set = &mut self.sets[owner.0 as usize];
        set.running -= u32::from(!pod.phase.is_terminal());
        if pod.is_active() && !pod.matches {
            set.strays.retain(|stray| *stray != id);
        } else if pod.is_active() {
            let place = cached.place as usize;
            set.active.swap_remove(place);
            if let Some(moved) = set.active.get(place)
                && let Some(moved) = &mut self.pods[moved.index()]
            {
                moved.place = cached.place;
            }
            if let Some(since) = pod.ready_since {
                set.ready.remove(since);
            }
            *self.node_count(pod) -= 1;
        } else if !pod.phase.is_terminal() && pod.matches {
            set.terminating -= 1;
        }
        debug_assert!(self.get(id).is_some());
    }

    fn node_count(&mut self, pod: &Pod) -> &mut u32 {
        let index = pod.node.map_or(0, |node| node.index() + 1);
        if index >= self.active_by_node.len() {
            self.active_by_node.resize(index + 1, 0);
        }
        &mut self.active_by_node[index]
    }

    fn owned_by(&self, owner: ReplicaSetId) -> Option<&Owned> {
        self.sets.get(owner.0 as usize)
    }

    /// The counts a status needs, as of `now`, and the Ready time of the pod that becomes available next.
    pub(super) fn counts(
        &self,
        owner: ReplicaSetId,
        min_ready: Span,
        now: Timestamp,
    ) -> (PodCounts, Option<Timestamp>) {
        let Some(set) = self.owned_by(owner) else {
            return (PodCounts::default(), None);
        };
        let active = set.active.len() as i32;
        let (available, next_waiting) = set.ready.available(min_ready, now);
        let counts = PodCounts {
            active,
            fully_labeled: active,
            ready: set.ready.total() as i32,
            available: available as i32,
            terminating: set.terminating as i32,
        };
        (counts, next_waiting)
    }

    /// Whether a pod exists there whose phase is not terminal.
    pub(super) fn has_running(&self, owner: ReplicaSetId) -> bool {
        self.owned_by(owner).is_some_and(|set| set.running > 0)
    }

    /// A pod that the `ReplicaSet` is to let go, because the selector no longer matches it.
    pub(super) fn stray_of(&self, owner: ReplicaSetId) -> Option<PodId> {
        self.owned_by(owner)?.strays.first().copied()
    }

    /// A pod without a controller that a selector matches.
    pub(super) fn orphan(&self, selects: impl Fn(&Pod) -> bool) -> Option<PodId> {
        self.orphans.iter().copied().find(|id| self.get(*id).is_some_and(&selects))
    }

    /// Existing pods of all `ReplicaSet`s.
    pub(super) const fn owned(&self) -> u32 {
        self.owned
    }

    /// The active pods of a `ReplicaSet`, in no particular order.
    pub(super) fn active(&self, owner: ReplicaSetId) -> &[PodId] {
        self.owned_by(owner).map_or(&[], |set| &set.active)
    }

    /// A cached pod as a candidate for deletion.
    pub(super) fn ranked(&self, pod: &Pod) -> RankedPod {
        let node = pod.node.map_or(0, |node| node.index() + 1);
        RankedPod {
            uid: pod.uid,
            assigned: pod.node.is_some(),
            phase: pod.phase,
            ready_since: pod.ready_since,
            deletion_cost: pod.deletion_cost,
            colocated: self.active_by_node.get(node).copied().unwrap_or(0),
            restarts: pod.restarts,
            sidecar_restarts: 0,
            created: pod.created,
        }
    }
}

/// Whether a pod was, and is, an active one that its `ReplicaSet` selects.
fn stays_active(before: &Pod, after: &Pod) -> bool {
    let counts = |pod: &Pod| pod.is_active() && pod.matches && !pod.removed;
    before.owner.is_some() && before.owner == after.owner && counts(before) && counts(after)
}
