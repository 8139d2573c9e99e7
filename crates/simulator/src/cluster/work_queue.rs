//! The work queue of a controller: waiting keys, keys in progress, and retries
//! (`staging/src/k8s.io/client-go/util/workqueue`).

use super::rate::TokenBucket;
use crate::observe::KeysQueued;
use crate::{Span, Timestamp};
use std::collections::VecDeque;

/// A rate-limited delaying queue over small integer keys.
#[derive(Debug, Clone)]
pub(super) struct WorkQueue {
    keys: Vec<KeyState>,
    waiting: VecDeque<u32>,
    workers: u32,
    busy: u32,
    bucket: TokenBucket,
    first_backoff: Span,
    max_backoff: Span,
}

#[derive(Debug, Clone, Copy, Default)]
struct KeyState {
    waiting: bool,
    processing: bool,
    /// Added again during processing: it is processed again right after.
    dirty: bool,
    /// Consecutive failures.
    failures: u32,
    /// The one pending delayed addition.
    delayed_until: Option<Timestamp>,
}

/// First back-off (`DefaultTypedControllerRateLimiter`, `default_rate_limiters.go`); doubles with each failure.
const FIRST_BACKOFF: Span = Span::from_millis(5);
/// Longest back-off of that limiter.
const LONGEST_BACKOFF: Span = Span::from_secs(1000);

impl WorkQueue {
    pub(super) fn new(workers: u32) -> Self {
        Self {
            keys: Vec::new(),
            waiting: VecDeque::new(),
            workers,
            busy: 0,
            bucket: TokenBucket::new(10.0, 100),
            first_backoff: FIRST_BACKOFF,
            max_backoff: LONGEST_BACKOFF,
        }
    }

    /// The same queue with a different first back-off.
    pub(super) fn backing_off_from(self, first_backoff: Span) -> Self {
        Self { first_backoff, ..self }
    }

    /// Clears everything, as a restart of the controller does.
    pub(super) fn reset(&mut self, workers: u32) {
        self.keys.clear();
        self.waiting.clear();
        self.workers = workers;
        self.busy = 0;
        self.bucket.refill();
    }

    /// Changes the number of workers; busy workers finish first.
    pub(super) const fn set_workers(&mut self, workers: u32) {
        self.workers = workers;
    }

    fn key(&mut self, key: u32) -> &mut KeyState {
        let index = key as usize;
        if index >= self.keys.len() {
            self.keys.resize(index + 1, KeyState::default());
        }
        &mut self.keys[index]
    }

    /// Adds a key. Several additions before a worker takes it count once.
    pub(super) fn add(&mut self, key: u32) {
        let state = self.key(key);
        if state.processing {
            state.dirty = true;
        } else if !state.waiting {
            state.waiting = true;
            self.waiting.push_back(key);
        }
    }

    /// A worker takes the next key, if a worker is idle and a key waits.
    pub(super) fn take(&mut self) -> Option<u32> {
        if self.busy >= self.workers {
            return None;
        }
        let key = self.waiting.pop_front()?;
        self.busy += 1;
        let state = self.key(key);
        state.waiting = false;
        state.processing = true;
        Some(key)
    }

    /// A worker has finished with the key.
    pub(super) fn done(&mut self, key: u32) {
        self.busy -= 1;
        let state = self.key(key);
        state.processing = false;
        if std::mem::take(&mut state.dirty) {
            self.add(key);
        }
    }

    /// Adds the key at a later time. Returns the time for which a timer is needed, unless the pending one (at
    /// most one exists) is not later.
    pub(super) fn add_at(&mut self, key: u32, at: Timestamp) -> Option<Timestamp> {
        let state = self.key(key);
        if state.delayed_until.is_some_and(|pending| pending <= at) {
            return None;
        }
        state.delayed_until = Some(at);
        Some(at)
    }

    /// A timer has expired. Only the pending one counts; an earlier addition replaces it.
    pub(super) fn timer(&mut self, key: u32, now: Timestamp) {
        let state = self.key(key);
        if state.delayed_until == Some(now) {
            state.delayed_until = None;
            self.add(key);
        }
    }

    /// Records a failure of the key; returns the time of the retry. The key's own back-off doubles, and all
    /// keys share a bucket of ten retries per second, burst 100.
    pub(super) fn back_off(&mut self, key: u32, now: Timestamp) -> Timestamp {
        let (first_backoff, max_backoff) = (self.first_backoff, self.max_backoff);
        let state = self.key(key);
        let doublings = state.failures.min(40);
        state.failures += 1;
        let own = Span::from_nanos(first_backoff.as_nanos() << doublings.min(20)).min(max_backoff);
        let shared = self.bucket.reserve(now);
        (now + own).max(shared)
    }

    /// Number of keys in each state.
    pub(super) fn depth(&self) -> KeysQueued {
        let delayed = self.keys.iter().filter(|key| key.delayed_until.is_some()).count();
        KeysQueued { waiting: self.waiting.len() as u32, in_work: self.busy, delayed: delayed as u32 }
    }

    /// Number of consecutive failures of the key.
    pub(super) fn failures(&self, key: u32) -> u32 {
        self.keys.get(key as usize).map_or(0, |state| state.failures)
    }

    /// The key succeeded: resets its back-off.
    pub(super) fn forget(&mut self, key: u32) {
        self.key(key).failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_added_while_processed_runs_once_more() {
        let mut queue = WorkQueue::new(1);
        queue.add(3);
        queue.add(3);
        assert_eq!(queue.take(), Some(3));
        assert_eq!(queue.take(), None);
        queue.add(3);
        queue.add(3);
        assert_eq!(queue.take(), None, "one worker");
        queue.done(3);
        assert_eq!(queue.take(), Some(3));
        queue.done(3);
        assert_eq!(queue.take(), None);
    }

    #[test]
    fn back_off_doubles_to_a_limit_and_is_forgotten() {
        let mut queue = WorkQueue::new(1);
        let now = Timestamp::from_secs(1000);
        let delays: Vec<i64> =
            (0..20).map(|_| queue.back_off(0, now).since(now).as_nanos() / 1_000_000).collect();
        assert_eq!(delays[..5], [5, 10, 20, 40, 80]);
        assert_eq!(delays[17..], [655_360, 1_000_000, 1_000_000]);
        queue.forget(0);
        assert_eq!(queue.back_off(0, now), now + Span::from_millis(5));
    }

    #[test]
    fn the_earliest_delayed_addition_wins() {
        let mut queue = WorkQueue::new(1);
        let at = Timestamp::from_secs;
        assert_eq!(queue.add_at(0, at(600)), Some(at(600)));
        assert_eq!(queue.add_at(0, at(5)), Some(at(5)), "an earlier one swallows the pending one");
        assert_eq!(queue.add_at(0, at(7)), None);
        queue.timer(0, at(600));
        assert_eq!(queue.take(), None, "the swallowed one does nothing");
        queue.timer(0, at(5));
        assert_eq!(queue.take(), Some(0));
    }
}
