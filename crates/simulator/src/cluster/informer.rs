//! Watches: changes on their way from the API server to the controllers' shared caches, in the order in
//! which they were committed.

use crate::Timestamp;
use std::collections::VecDeque;

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeKind {
    Added,
    Updated,
    /// An update with which a pod lost its readiness.
    Worsened,
    Removed,
}

/// One change under way.
#[derive(Debug, Clone)]
pub(super) struct Change<T> {
    pub(super) due: Timestamp,
    pub(super) kind: ChangeKind,
    pub(super) object: T,
    /// Version of the API server after the change.
    pub(super) version: u64,
}

/// The changes of one resource under way to one cache.
///
/// One event at a time stands for the whole queue. It takes in every change that is due and of the same
/// kind as the first: the cache shows all of them before the first handler runs, as real informers do
/// when several changes arrive together, while changes of different kinds are seen apart. A pod that
/// loses readiness in the moment in which another gains it is seen apart as well: the rollout makes
/// progress then, although the number of Ready pods is the same before and after (recording
/// `c-mixed-0072`, at 62.05 s).
#[derive(Debug, Clone)]
pub(super) struct WatchStream<T> {
    under_way: VecDeque<Change<T>>,
    last_due: Timestamp,
}

impl<T> Default for WatchStream<T> {
    fn default() -> Self {
        Self { under_way: VecDeque::new(), last_due: Timestamp::from_nanos(i64::MIN) }
    }
}

impl<T> WatchStream<T> {
    pub(super) fn reset(&mut self) {
        self.under_way.clear();
        self.last_due = Timestamp::from_nanos(i64::MIN);
    }

    /// Sends a change that would arrive at `due`; never before those sent earlier. Returns the time to
    /// wake the stream at, if nothing was under way.
    pub(super) fn send(
        &mut self,
        due: Timestamp,
        kind: ChangeKind,
        object: T,
        version: u64,
    ) -> Option<Timestamp> {
        let due = due.max(self.last_due);
        self.last_due = due;
        let was_empty = self.under_way.is_empty();
        self.under_way.push_back(Change { due, kind, object, version });
        was_empty.then_some(due)
    }

    /// Takes the next change that is due and, unless it is the first of this delivery, of kind `like`.
    pub(super) fn take(&mut self, now: Timestamp, like: Option<ChangeKind>) -> Option<Change<T>> {
        let next = self.under_way.front()?;
        let fits = next.due <= now && like.is_none_or(|kind| kind == next.kind);
        if fits { self.under_way.pop_front() } else { None }
    }

    /// When to wake the stream next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.under_way.front().map(|change| change.due)
    }
}
