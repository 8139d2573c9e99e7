//! Pods on their way to availability: the stages of each in the current interval, and the most advanced pod.
//! Every change has constant cost, for any number of pods.

use crate::Timestamp;
use crate::cluster::{PodId, PodTable};
use crate::observe::Stage;

/// Marks an absent entry or pod.
const NONE: u32 = u32::MAX;

/// Number of stages; each has a list of pods.
const STAGES: usize = Stage::Ready as usize + 1;

/// The ledger's records of pods.
#[derive(Debug, Clone, Default)]
pub(super) struct PodRecords {
    tracks: PodTable<PodRecord>,
    /// Stage changes in the current interval.
    moves: Vec<StageChange>,
    /// Number of the current interval.
    interval: u32,
    /// By stage: the in-flight pods, longest first.
    lines: [StageList; STAGES],
}

/// One pod.
#[derive(Debug, Clone, Copy)]
struct PodRecord {
    stage: Stage,
    /// When it was created; pods of the start have the earliest time.
    born: Timestamp,
    /// The pod that it replaces, if that loss happened in the interval of its creation.
    replaces: Option<LostPod>,
    available: bool,
    /// Whether it is in the list of its stage, and its neighbours there.
    in_flight: bool,
    ahead: u32,
    behind: u32,
    /// Its latest stage change, valid only in this interval.
    latest: u32,
    interval: u32,
}

/// A stage change of a pod, and the previous one of the same interval.
#[derive(Debug, Clone, Copy)]
struct StageChange {
    at: Timestamp,
    left: Stage,
    before: u32,
}

/// First and last pod of a linked list.
#[derive(Debug, Clone, Copy)]
struct StageList {
    first: u32,
    last: u32,
}

impl Default for StageList {
    fn default() -> Self {
        Self { first: NONE, last: NONE }
    }
}

/// The loss of a new pod, deleted or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LostPod {
    pub(super) at: Timestamp,
    /// The pod that the rollout waited for until then: the lost one itself, unless it was available.
    pub(super) awaited: Option<PodId>,
}

impl PodRecords {
    pub(super) fn reset(&mut self) {
        self.tracks.clear();
        self.moves.clear();
        self.interval = 0;
        self.lines = Default::default();
    }

    /// Adds a new pod.
    pub(super) fn add(&mut self, born: Timestamp, stage: Stage, replaces: Option<LostPod>) {
        self.tracks.push(PodRecord {
            stage,
            born,
            replaces,
            available: false,
            in_flight: false,
            ahead: NONE,
            behind: NONE,
            latest: NONE,
            interval: 0,
        });
    }

    pub(super) fn len(&self) -> usize {
        self.tracks.len()
    }

    /// Creation time of a pod, and the pod that it replaces.
    pub(super) fn birth(&self, id: PodId) -> (Timestamp, Option<LostPod>) {
        let track = &self.tracks[id.index()];
        (track.born, track.replaces)
    }

    pub(super) fn is_available(&self, id: PodId) -> bool {
        self.tracks[id.index()].available
    }

    pub(super) fn set_available(&mut self, id: PodId, available: bool) {
        self.tracks[id.index()].available = available;
    }

    /// A pod enters another stage. The previous one is kept only while a clock runs.
    pub(super) fn enter(&mut self, at: Timestamp, id: PodId, stage: Stage, keep: bool) {
        let track = &mut self.tracks[id.index()];
        let left = std::mem::replace(&mut track.stage, stage);
        if left == stage {
            return;
        }
        if keep {
            let before = if track.interval == self.interval { track.latest } else { NONE };
            track.latest = self.moves.len() as u32;
            track.interval = self.interval;
            self.moves.push(StageChange { at, left, before });
        }
        if track.in_flight {
            self.leave_line(id, left);
            self.join_line(id);
        }
    }

    /// An interval begins: drops earlier stage changes.
    pub(super) fn forget(&mut self) {
        self.moves.clear();
        self.interval += 1;
    }

    /// Visits the stages of a pod in a time range, as (stage, from, to), latest first. Stages after `to` are
    /// visited with zero length.
    pub(super) fn visit_stages(
        &self,
        id: PodId,
        from: Timestamp,
        to: Timestamp,
        mut visit: impl FnMut(Stage, Timestamp, Timestamp),
    ) {
        let track = &self.tracks[id.index()];
        let mut next = if track.interval == self.interval { track.latest } else { NONE };
        let (mut stage, mut end) = (track.stage, to);
        while let Some(latest) = self.moves.get(next as usize).filter(|_| from < end) {
            let begin = latest.at.clamp(from, end);
            visit(stage, begin, end);
            (stage, end, next) = (latest.left, begin, latest.before);
        }
        visit(stage, from, end);
    }

    /// The in-flight pod at the latest stage; among several, the one that entered it first.
    pub(super) fn furthest_ahead(&self) -> Option<PodId> {
        let first = self.lines.iter().rev().map(|line| line.first).find(|first| *first != NONE);
        first.map(PodId)
    }

    /// Adds a pod to, or removes it from, the pods that the rollout waits for.
    pub(super) fn set_in_flight(&mut self, id: PodId, in_flight: bool) {
        let track = &mut self.tracks[id.index()];
        if std::mem::replace(&mut track.in_flight, in_flight) == in_flight {
            return;
        }
        let stage = track.stage;
        if in_flight { self.join_line(id) } else { self.leave_line(id, stage) }
    }

    fn join_line(&mut self, id: PodId) {
        let track = &mut self.tracks[id.index()];
        let line = &mut self.lines[track.stage as usize];
        let ahead = std::mem::replace(&mut line.last, id.0);
        (track.ahead, track.behind) = (ahead, NONE);
        match self.tracks.get_mut(ahead as usize) {
            Some(ahead) => ahead.behind = id.0,
            None => line.first = id.0,
        }
    }

    fn leave_line(&mut self, id: PodId, stage: Stage) {
        let PodRecord { ahead, behind, .. } = self.tracks[id.index()];
        let line = &mut self.lines[stage as usize];
        match self.tracks.get_mut(ahead as usize) {
            Some(ahead) => ahead.behind = behind,
            None => line.first = behind,
        }
        match self.tracks.get_mut(behind as usize) {
            Some(behind) => behind.ahead = ahead,
            None => line.last = ahead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_secs(second)
    }

    fn three_pods() -> PodRecords {
        let mut pods = PodRecords::default();
        for id in 0..3 {
            pods.add(at(0), Stage::Scheduling, None);
            pods.set_in_flight(PodId(id), true);
        }
        pods
    }

    #[test]
    fn the_latest_stage_counts_and_then_the_longest_wait() {
        let mut pods = three_pods();
        assert_eq!(pods.furthest_ahead(), Some(PodId(0)));
        pods.enter(at(1), PodId(2), Stage::Pull, true);
        pods.enter(at(2), PodId(1), Stage::Pull, true);
        assert_eq!(pods.furthest_ahead(), Some(PodId(2)));
        pods.set_in_flight(PodId(2), false);
        assert_eq!(pods.furthest_ahead(), Some(PodId(1)));
        pods.enter(at(3), PodId(1), Stage::Scheduling, true);
        assert_eq!(pods.furthest_ahead(), Some(PodId(0)), "back to the end of the line");
        pods.set_in_flight(PodId(0), false);
        pods.set_in_flight(PodId(1), false);
        assert_eq!(pods.furthest_ahead(), None);
    }

    #[test]
    fn stages_are_visited_backwards_and_cut_to_the_interval() {
        let mut pods = three_pods();
        let id = PodId(1);
        for (second, stage) in [(2, Stage::Pull), (10, Stage::Start), (12, Stage::Probe)] {
            pods.enter(at(second), id, stage, true);
        }
        let seen = |pods: &PodRecords, from, to| {
            let mut seen = Vec::new();
            pods.visit_stages(id, at(from), at(to), |stage, from, to| {
                if from < to {
                    seen.push((stage, from.as_secs(), to.as_secs()));
                }
            });
            seen
        };
        assert_eq!(
            seen(&pods, 5, 20),
            [(Stage::Probe, 12, 20), (Stage::Start, 10, 12), (Stage::Pull, 5, 10)]
        );
        assert_eq!(
            seen(&pods, 0, 11),
            [(Stage::Start, 10, 11), (Stage::Pull, 2, 10), (Stage::Scheduling, 0, 2)]
        );
        pods.forget();
        assert_eq!(seen(&pods, 20, 30), [(Stage::Probe, 20, 30)]);
    }
}
