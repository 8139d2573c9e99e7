//! The timeline of a run.

use super::availability::Availability;
use super::footprint::Footprint;
use crate::cluster::ApiServer;
use crate::record::{ReplicaSetPoint, Timeline, TimelinePoint};
use crate::{Span, Timestamp};
use controller::api::{ReplicaSet, ReplicaSetId};

/// Records a point whenever a number has changed.
///
/// A run of ten replicas has a few hundred observations, so points are stored as numbers in flat lists; names
/// are added at the end.
#[derive(Debug, Clone, Default)]
pub(super) struct TimelineRecorder {
    start: Timestamp,
    moments: Vec<PointNumbers>,
    /// The `ReplicaSet`s of all points, one point after the other.
    sets: Vec<SetNumbers>,
    /// By `ReplicaSet`.
    names: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct PointNumbers {
    at: Span,
    counts: Counts,
    /// Index of its first `ReplicaSet`.
    first: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    available: i32,
    promised: i32,
    desired: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SetNumbers {
    id: ReplicaSetId,
    revision: i64,
    wanted: i32,
    pods: i32,
    available: i32,
}

impl TimelineRecorder {
    pub(super) fn begin(&mut self, start: Timestamp) {
        *self = Self { start, ..Self::default() };
    }

    /// Records the state at a time; the last record of one time wins.
    pub(super) fn note(
        &mut self,
        at: Timestamp,
        api: &ApiServer,
        name_prefix: &str,
        availability: &Availability,
        footprint: &Footprint,
    ) {
        let at = at.since(self.start);
        let (promised, desired) = availability.promised_and_desired();
        let counts = Counts { available: availability.available(), promised, desired };
        if self.moments.last().is_some_and(|last| last.at == at)
            && let Some(last) = self.moments.pop()
        {
            self.sets.truncate(last.first);
        }
        let first = self.sets.len();
        for set in api.existing_replica_sets() {
            self.sets.push(SetNumbers {
                id: set.id,
                revision: set.annotations.revision.value().unwrap_or(0),
                wanted: set.replicas,
                pods: footprint.active_of(set.id),
                available: availability.available_of(set.id),
            });
            self.learn_name(set, name_prefix, api);
        }
        if self.says_nothing_new(counts, first) {
            self.sets.truncate(first);
        } else {
            self.moments.push(PointNumbers { at, counts, first });
        }
    }

    fn says_nothing_new(&self, counts: Counts, first: usize) -> bool {
        let same =
            |last: &PointNumbers| last.counts == counts && self.sets[last.first..first] == self.sets[first..];
        self.moments.last().is_some_and(same)
    }

    /// A Deployment's `ReplicaSet` is named after it and the template hash; a bare one keeps its name.
    fn learn_name(&mut self, set: &ReplicaSet, prefix: &str, api: &ApiServer) {
        let index = set.id.0 as usize;
        if index < self.names.len() && !self.names[index].is_empty() {
            return;
        }
        if index >= self.names.len() {
            self.names.resize(index + 1, String::new());
        }
        self.names[index] = match api.deployment {
            Some(_) => format!("{prefix}-{}", set.name.suffix()),
            None => prefix.to_owned(),
        };
    }

    /// The whole timeline.
    pub(super) fn finish(&self) -> Timeline {
        let ends = self.moments.iter().skip(1).map(|moment| moment.first).chain([self.sets.len()]);
        let points = self.moments.iter().zip(ends);
        Timeline { points: points.map(|(moment, end)| self.point(moment, end)).collect() }
    }

    fn point(&self, moment: &PointNumbers, end: usize) -> TimelinePoint {
        let Counts { available, promised, desired } = moment.counts;
        let named = |set: &SetNumbers| ReplicaSetPoint {
            name: self.names[set.id.0 as usize].clone(),
            revision: set.revision,
            wanted: set.wanted,
            pods: set.pods,
            available: set.available,
        };
        let replica_sets = self.sets[moment.first..end].iter().map(named).collect();
        TimelinePoint { at: moment.at, available, promised, desired, replica_sets }
    }
}
