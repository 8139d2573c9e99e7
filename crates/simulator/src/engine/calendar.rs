//! The calendar: a future event list ordered by (time, sequence).

use crate::{Span, Timestamp};

/// Events to come. The earliest comes first; of several at one time, the one that was scheduled first.
///
/// A heap with four children per node over one flat vector: half as deep as a binary one, and the four
/// keys that a step compares lie in two cache lines. Nothing is cancelled in here: an event that may have
/// become pointless carries what its receiver needs to see that (a timer's time, a generation).
#[derive(Debug, Clone)]
pub struct Calendar<E> {
    now: Timestamp,
    next_sequence: u64,
    heap: Vec<Entry<E>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry<E> {
    at: i64,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    const fn is_before(&self, other: &Self) -> bool {
        self.at < other.at || (self.at == other.at && self.sequence < other.sequence)
    }
}

const CHILDREN: usize = 4;

impl<E: Copy> Calendar<E> {
    /// An empty calendar whose clock stands at `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { now, next_sequence: 0, heap: Vec::new() }
    }

    /// Forgets every event and sets the clock; the memory is kept.
    pub fn reset(&mut self, now: Timestamp) {
        self.now = now;
        self.next_sequence = 0;
        self.heap.clear();
    }

    /// The time of the event that was taken last.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Number of events to come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether no event is to come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// The time of the next event.
    #[must_use]
    pub fn next_time(&self) -> Option<Timestamp> {
        self.heap.first().map(|entry| Timestamp::from_nanos(entry.at))
    }

    /// Schedules an event `after` now; a negative span counts as none.
    pub fn schedule(&mut self, after: Span, event: E) {
        self.schedule_at(self.now + after, event);
    }

    /// Schedules an event at a time; the past counts as now.
    pub fn schedule_at(&mut self, at: Timestamp, event: E) {
        let at = at.max(self.now).as_nanos();
        let entry = Entry { at, sequence: self.next_sequence, event };
        self.next_sequence += 1;
        self.heap.push(entry);
        self.sift_up(self.heap.len() - 1);
    }

    /// Drops the events that `keep` refuses. Looks at every event: for what is rare.
    pub fn retain(&mut self, keep: impl Fn(&E) -> bool) {
        self.heap.retain(|entry| keep(&entry.event));
        // In order, they are a heap.
        self.heap.sort_unstable_by_key(|entry| (entry.at, entry.sequence));
    }

    /// Takes the next event and sets the clock to its time.
    pub fn pop(&mut self) -> Option<E> {
        let last = self.heap.pop()?;
        let first = match self.heap.first_mut() {
            Some(first) => std::mem::replace(first, last),
            None => last,
        };
        self.sift_down();
        self.now = Timestamp::from_nanos(first.at);
        Some(first.event)
    }

    fn sift_up(&mut self, mut at: usize) {
        let entry = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / CHILDREN;
            if !entry.is_before(&self.heap[parent]) {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = entry;
    }

    fn sift_down(&mut self) {
        let Some(&entry) = self.heap.first() else { return };
        let mut at = 0;
        loop {
            let children = at * CHILDREN + 1;
            let end = (children + CHILDREN).min(self.heap.len());
            let Some(least) = (children..end).reduce(|best, child| {
                if self.heap[child].is_before(&self.heap[best]) { child } else { best }
            }) else {
                break;
            };
            if !self.heap[least].is_before(&entry) {
                break;
            }
            self.heap[at] = self.heap[least];
            at = least;
        }
        self.heap[at] = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_times_keep_the_order_they_were_made_in() {
        let mut calendar = Calendar::new(Timestamp::ZERO);
        for event in 0..100 {
            calendar.schedule(Span::from_secs(event % 3), event);
        }
        let mut order = Vec::new();
        while let Some(event) = calendar.pop() {
            order.push((calendar.now(), event));
        }
        assert!(order.is_sorted());
    }

    #[test]
    fn the_past_is_now() {
        let mut calendar = Calendar::new(Timestamp::from_secs(5));
        calendar.schedule(Span::from_secs(-3), 'a');
        assert_eq!(calendar.pop(), Some('a'));
        assert_eq!(calendar.now(), Timestamp::from_secs(5));
    }

    proptest! {
        /// Any mixture of scheduling and taking gives what a sorted list gives.
        #[test]
        fn agrees_with_a_sorted_list(steps in prop::collection::vec(prop::option::of(0i64..50), 1..400)) {
            let mut calendar = Calendar::new(Timestamp::ZERO);
            let mut list: Vec<(i64, usize)> = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Some(after) => {
                        let at = calendar.now().as_nanos() + after;
                        calendar.schedule(Span::from_nanos(after), number);
                        list.push((at, number));
                        list.sort_unstable();
                    }
                    None if list.is_empty() => prop_assert_eq!(calendar.pop(), None),
                    None => {
                        let (at, event) = list.remove(0);
                        prop_assert_eq!(calendar.pop(), Some(event));
                        prop_assert_eq!(calendar.now().as_nanos(), at);
                    }
                }
            }
        }
    }
}
