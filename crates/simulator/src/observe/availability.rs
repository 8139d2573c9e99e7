//! How many pods were available, as areas and stretches under a step function rather than samples.

use crate::cluster::{ApiServer, Pod, PodId, PodTable};
use crate::record::AvailabilityRecord;
use crate::{Span, Timestamp};
use controller::api::ReplicaSetId;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Counts available pods from pod objects: active, Ready, and Ready for the `minReadySeconds` of their
/// `ReplicaSet`. A pod becomes available by the clock alone, without an event; those moments are made up
/// for whenever something is observed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Availability {
    start: Timestamp,
    at: Timestamp,
    available: i32,
    promised: i32,
    desired: i32,
    pods: PodTable<State>,
    waiting: BinaryHeap<Reverse<(Timestamp, PodId)>>,
    /// By `ReplicaSet`: available pods, and the `minReadySeconds` they were counted with.
    replica_sets: Vec<(i32, i32)>,
    min: i32,
    area: i128,
    below_promised: Span,
    below_promised_area: i128,
    below_replicas: Span,
    stretch: Span,
    longest_stretch: Span,
    below_replicas_area: i128,
    stretch_below_replicas: Span,
    longest_below_replicas: Span,
    grid: Grid,
    /// Pods that became available, or no longer are, since this was asked last.
    turns: Vec<Turn>,
}

/// A pod that became available or is no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) at: Timestamp,
    pub(crate) id: PodId,
    pub(crate) available: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Out,
    /// Ready, and available from that moment on.
    Waiting(Timestamp, ReplicaSetId),
    Available(ReplicaSetId),
}

/// Moments at which the number of available pods is sampled.
#[derive(Debug, Clone, Default)]
struct Grid {
    step_nanos: i64,
    points: usize,
    values: Vec<i32>,
}

impl Availability {
    pub(super) fn sample(&mut self, points: usize, horizon: Span) {
        self.grid.points = points;
        self.grid.step_nanos = horizon.as_nanos() / (points.max(2) as i64 - 1);
    }

    pub(crate) fn begin(&mut self, start: Timestamp, api: &ApiServer) {
        self.start = start;
        self.at = start;
        self.available = 0;
        self.pods.clear();
        self.waiting.clear();
        self.replica_sets.clear();
        self.area = 0;
        self.below_promised = Span::ZERO;
        self.below_promised_area = 0;
        self.below_replicas = Span::ZERO;
        self.stretch = Span::ZERO;
        self.longest_stretch = Span::ZERO;
        self.below_replicas_area = 0;
        self.stretch_below_replicas = Span::ZERO;
        self.longest_below_replicas = Span::ZERO;
        self.grid.values.clear();
        self.turns.clear();
        for replica_set in api.existing_replica_sets() {
            self.replica_set(start, replica_set.id, api);
        }
        for (index, pod) in api.pods.iter().enumerate() {
            self.pod(start, PodId(index as u32), pod, api);
        }
        self.spec(start, api);
        self.min = i32::MAX;
    }

    /// Pods available at the moment the observation has reached.
    pub(super) const fn available(&self) -> i32 {
        self.available
    }

    pub(super) fn has_turns(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Takes the turns since this was asked last, in order of time.
    pub(crate) fn take_turns(&mut self, turns: &mut Vec<Turn>) {
        turns.clear();
        std::mem::swap(turns, &mut self.turns);
    }

    /// Pods that the spec in force promises and wants.
    pub(super) const fn promised_and_desired(&self) -> (i32, i32) {
        (self.promised, self.desired)
    }

    pub(super) fn available_of(&self, id: ReplicaSetId) -> i32 {
        self.replica_sets.get(id.0 as usize).map_or(0, |(available, _)| *available)
    }

    /// Pods times nanoseconds so far.
    pub(super) const fn area(&self) -> i128 {
        self.area
    }

    /// The next moment up to `now` at which a pod becomes available by the clock.
    pub(super) fn next_by_clock(&self, now: Timestamp) -> Option<Timestamp> {
        self.waiting.peek().map(|Reverse((at, _))| *at).filter(|at| *at <= now)
    }

    /// Lets time pass up to `now`.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        while let Some(at) = self.next_by_clock(now) {
            self.step_to(at);
            if let Some(Reverse((at, id))) = self.waiting.pop()
                && let State::Waiting(due, owner) = self.pods[id.index()]
                && due == at
            {
                self.pods[id.index()] = State::Available(owner);
                self.count(owner, 1);
                self.turns.push(Turn { at, id, available: true });
            }
        }
        self.step_to(now);
    }

    fn count(&mut self, owner: ReplicaSetId, change: i32) {
        self.available += change;
        if let Some((available, _)) = self.replica_sets.get_mut(owner.0 as usize) {
            *available += change;
        }
    }

    /// Integrates over a stretch in which nothing changes.
    fn step_to(&mut self, to: Timestamp) {
        let span = to.since(self.at);
        if span <= Span::ZERO {
            return;
        }
        self.min = self.min.min(self.available);
        let nanos = i128::from(span.as_nanos());
        self.area += i128::from(self.available) * nanos;
        if self.available < self.promised {
            self.below_promised += span;
            self.below_promised_area += i128::from(self.promised - self.available) * nanos;
            self.stretch += span;
            self.longest_stretch = self.longest_stretch.max(self.stretch);
        } else {
            self.stretch = Span::ZERO;
        }
        if self.available < self.desired {
            self.below_replicas += span;
            self.below_replicas_area += i128::from(self.desired - self.available) * nanos;
            self.stretch_below_replicas += span;
            self.longest_below_replicas = self.longest_below_replicas.max(self.stretch_below_replicas);
        } else {
            self.stretch_below_replicas = Span::ZERO;
        }
        self.fill_grid(to);
        self.at = to;
    }

    /// The moments before `to` that have no value yet get the present one.
    fn fill_grid(&mut self, to: Timestamp) {
        while self.grid.values.len() < self.grid.points {
            let next = self.start + Span::from_nanos(self.grid.step_nanos * self.grid.values.len() as i64);
            if next >= to {
                return;
            }
            self.grid.values.push(self.available);
        }
    }

    /// The spec in force has changed.
    pub(super) fn spec(&mut self, now: Timestamp, api: &ApiServer) {
        self.advance(now);
        (self.promised, self.desired) = if let Some(deployment) = &api.deployment {
            // Recreate promises none (`MinAvailable`, `pkg/controller/deployment/util/deployment_util.go`).
            let promised = deployment.rolling_update().map_or(0, |_| deployment.min_available());
            (promised, deployment.spec.replicas)
        } else {
            let bare = api.existing_replica_sets().next().map_or(0, |replica_set| replica_set.replicas);
            (bare, bare)
        };
    }

    /// A `ReplicaSet` has changed: with another `minReadySeconds` its pods are counted anew.
    pub(crate) fn replica_set(&mut self, now: Timestamp, id: ReplicaSetId, api: &ApiServer) {
        let index = id.0 as usize;
        if index >= self.replica_sets.len() {
            self.replica_sets.resize(index + 1, (0, -1));
        }
        let Some(replica_set) = api.replica_set(id) else { return };
        let known = std::mem::replace(&mut self.replica_sets[index].1, replica_set.min_ready_seconds);
        if known >= 0 && known != replica_set.min_ready_seconds {
            for (index, pod) in api.pods.iter().enumerate().filter(|(_, pod)| pod.owner == Some(id)) {
                self.pod(now, PodId(index as u32), pod, api);
            }
        }
    }

    /// A pod has changed.
    pub(crate) fn pod(&mut self, now: Timestamp, id: PodId, pod: &Pod, api: &ApiServer) {
        self.advance(now);
        let before = *self.pods.row(id);
        let after = state(now, pod, api);
        if before == after {
            return;
        }
        if let State::Available(owner) = before {
            self.count(owner, -1);
            self.turns.push(Turn { at: now, id, available: false });
        }
        match after {
            State::Available(owner) => {
                self.count(owner, 1);
                self.turns.push(Turn { at: now, id, available: true });
            }
            State::Waiting(at, _) => self.waiting.push(Reverse((at, id))),
            State::Out => {}
        }
        self.pods[id.index()] = after;
    }

    pub(super) fn finish(&mut self, end: Timestamp, mean: Option<f64>) -> AvailabilityRecord {
        self.advance(end);
        self.fill_grid(end + Span::from_nanos(1));
        AvailabilityRecord {
            min: if self.min == i32::MAX { self.available } else { self.min },
            mean,
            below_promised: self.below_promised,
            below_promised_pod_nanos: self.below_promised_area,
            below_replicas: self.below_replicas,
            longest_below_promised: self.longest_stretch,
            below_replicas_pod_nanos: self.below_replicas_area,
            longest_below_replicas: self.longest_below_replicas,
            end: self.available,
            promised_end: self.promised,
        }
    }

    pub(super) fn take_grid(&mut self) -> Vec<i32> {
        self.grid.values.clone()
    }
}

fn state(now: Timestamp, pod: &Pod, api: &ApiServer) -> State {
    let (Some(since), Some(owner), true) = (pod.ready_since, pod.owner, pod.is_active()) else {
        return State::Out;
    };
    let min_ready = api.replica_set(owner).map_or(0, |replica_set| replica_set.min_ready_seconds);
    let at = since + Span::from_secs(min_ready.into());
    // Without minReadySeconds nobody asks since when, not even if a node's clock is fast.
    if min_ready == 0 || at <= now { State::Available(owner) } else { State::Waiting(at, owner) }
}
