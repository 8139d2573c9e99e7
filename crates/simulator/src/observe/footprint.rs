//! What a run cost: pods, refusals, writes.

use super::Observation;
use crate::Timestamp;
use crate::cluster::{ApiServer, Pod};
use crate::record::FootprintRecord;
use controller::api::ReplicaSetId;

/// Counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Footprint {
    at: Timestamp,
    active: i32,
    active_of: Vec<i32>,
    existing: i32,
    record: FootprintRecord,
}

impl Footprint {
    pub(super) fn begin(&mut self, start: Timestamp, api: &ApiServer) {
        let mut active_of = std::mem::take(&mut self.active_of);
        active_of.clear();
        *self = Self { at: start, active_of, ..Self::default() };
        for pod in &api.pods {
            self.count(None, Some(pod));
        }
    }

    /// Lets time pass up to `now`, with this number of wanted pods.
    pub(super) fn advance(&mut self, now: Timestamp, desired: i32) {
        let nanos = i128::from(now.since(self.at).as_nanos().max(0));
        self.record.surge_pod_nanos += i128::from((self.active - desired).max(0)) * nanos;
        self.at = self.at.max(now);
    }

    fn count(&mut self, before: Option<&Pod>, after: Option<&Pod>) {
        let active = |pod: Option<&Pod>| i32::from(pod.is_some_and(Pod::is_active));
        let existing = |pod: Option<&Pod>| i32::from(pod.is_some_and(Pod::is_charged));
        self.active += active(after) - active(before);
        for (pod, change) in [(before, -1), (after, 1)] {
            let Some(owner) = pod.filter(|pod| pod.is_active()).and_then(|pod| pod.owner) else { continue };
            let index = owner.0 as usize;
            if index >= self.active_of.len() {
                self.active_of.resize(index + 1, 0);
            }
            self.active_of[index] += change;
        }
        self.existing += existing(after) - existing(before);
        self.record.pods_peak = self.record.pods_peak.max(self.active);
        self.record.pods_peak_with_terminating = self.record.pods_peak_with_terminating.max(self.existing);
    }

    /// Active pods of a `ReplicaSet`.
    pub(super) fn active_of(&self, id: ReplicaSetId) -> i32 {
        self.active_of.get(id.0 as usize).copied().unwrap_or(0)
    }

    pub(super) fn observe(&mut self, seen: Observation<'_>, api: &ApiServer) {
        match seen {
            Observation::PodCreated(id) => {
                self.record.pods_created += 1;
                self.record.api_writes += 1;
                self.count(None, Some(api.pod(id)));
            }
            Observation::Pod(id, before) => {
                let after = api.pod(id);
                self.record.restarts += after.restarts - before.restarts;
                self.record.api_writes += 1;
                self.count(Some(before), Some(after));
            }
            Observation::CreateRefused(_, refusal) => {
                self.record.creates_refused += 1;
                self.record.refusals.add(Some(refusal.kind_of_creation()));
            }
            Observation::CallRefused(refusal) => self.record.refusals.add(refusal.kind()),
            Observation::Deployment | Observation::ReplicaSet { .. } | Observation::ReplicaSetDeleted(_) => {
                self.record.api_writes += 1;
            }
            _ => {}
        }
    }

    pub(super) const fn finish(&self) -> FootprintRecord {
        self.record
    }
}
