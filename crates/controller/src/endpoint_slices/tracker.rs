//! What the controller remembers of its own writes (`EndpointSliceTracker`,
//! `staging/src/k8s.io/endpointslice/endpointslice_tracker.go`).

use super::plan::SliceId;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Record {
    /// The generation in the answer to the last write.
    Generation(u32),
    DeletionExpected,
}

/// The last known generation of each slice of a Service.
#[derive(Debug, Clone, Default)]
pub struct Tracker {
    /// By slice.
    records: Vec<Option<Record>>,
}

impl Tracker {
    /// Forgets everything, as a restart does.
    pub fn reset(&mut self) {
        self.records.clear();
    }

    fn record(&self, slice: SliceId) -> Option<Record> {
        self.records.get(slice.0 as usize).copied().flatten()
    }

    fn set(&mut self, slice: SliceId, record: Option<Record>) {
        let index = slice.0 as usize;
        if index >= self.records.len() {
            self.records.resize(index + 1, None);
        }
        self.records[index] = record;
    }

    /// The answer to the creation or update of a slice has arrived.
    pub fn written(&mut self, slice: SliceId, generation: u32) {
        self.set(slice, Some(Record::Generation(generation)));
    }

    /// The answer to the deletion of a slice has arrived.
    pub fn deleted(&mut self, slice: SliceId) {
        self.set(slice, Some(Record::DeletionExpected));
    }

    /// Whether the cache lacks a write: a slice is older than its last answer, is still there after its
    /// deletion, or is not there yet. `cached` gives the generation of a slice in the cache.
    #[must_use]
    pub fn is_stale(&self, cached: impl Fn(SliceId) -> Option<u32>) -> bool {
        (0u32..).zip(&self.records).any(|(index, record)| match (record, cached(SliceId(index))) {
            (None, _) | (Some(Record::DeletionExpected), None) => false,
            (Some(Record::DeletionExpected), Some(_)) | (Some(Record::Generation(_)), None) => true,
            (Some(Record::Generation(known)), Some(shown)) => *known > shown,
        })
    }

    /// The cache shows a new or changed slice: whether the change is unknown, and so must come from another
    /// client.
    #[must_use]
    pub fn is_foreign_change(&self, slice: SliceId, generation: u32) -> bool {
        match self.record(slice) {
            None => true,
            Some(Record::Generation(known)) => generation > known,
            Some(Record::DeletionExpected) => false,
        }
    }

    /// The cache shows that a slice is gone: drops its record, and returns whether the deletion was unknown.
    pub fn is_foreign_deletion(&mut self, slice: SliceId) -> bool {
        let record = self.record(slice);
        if record.is_some() {
            self.set(slice, None);
        }
        matches!(record, Some(Record::Generation(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_without_the_last_write_is_stale() {
        let slice = SliceId(0);
        let mut tracker = Tracker::default();
        assert!(!tracker.is_stale(|_| None));
        tracker.written(slice, 1);
        assert!(tracker.is_stale(|_| None));
        assert!(!tracker.is_stale(|_| Some(1)));
        tracker.written(slice, 2);
        assert!(tracker.is_stale(|_| Some(1)));
        assert!(!tracker.is_stale(|_| Some(3)), "a newer slice is another client's");
        tracker.deleted(slice);
        assert!(tracker.is_stale(|_| Some(2)));
        assert!(!tracker.is_stale(|_| None));
    }

    #[test]
    fn changes_before_the_answer_and_by_others_are_unknown() {
        let slice = SliceId(1);
        let mut tracker = Tracker::default();
        assert!(tracker.is_foreign_change(slice, 1), "the event comes before the answer");
        tracker.written(slice, 1);
        assert!(!tracker.is_foreign_change(slice, 1));
        assert!(tracker.is_foreign_change(slice, 2));
        assert!(tracker.is_foreign_deletion(slice));
        assert!(!tracker.is_foreign_deletion(slice), "its record is gone");
        assert!(!tracker.is_stale(|_| None));
        tracker.written(slice, 1);
        tracker.deleted(slice);
        assert!(!tracker.is_foreign_deletion(slice));
    }
}
