//! The calendar: a future event list ordered by (time, sequence).

use crate::{Span, Timestamp};
use std::collections::VecDeque;

/// Pending events, ordered by time; events of the same time in the order of scheduling.
///
/// A quarter of the events of a rollout are due at once: a worker takes what has just been added to its
/// queue. So there are two parts:
///
/// * events scheduled for now wait in a FIFO queue. Everything in the heap that is due now was scheduled
///   earlier, so it comes first;
/// * the future is a 4-ary heap in one flat vector. Taking its first event leaves a gap at the root, and the
///   next scheduled event (which nearly always follows) fills it: one sift down instead of one up and one down.
///   Time and sequence are one integer, so the least of four children is found without a branch to predict.
///
/// Events are never cancelled: an event that may become obsolete carries the data with which its receiver
/// detects that (a timer's time, a generation).
#[derive(Debug, Clone)]
pub struct Calendar<E> {
    now: Timestamp,
    next_sequence: u64,
    /// Due now, in order.
    present: VecDeque<E>,
    /// Due later, or scheduled before now became the present.
    future: Vec<CalendarEntry<E>>,
    /// The first entry of the heap was taken and its place is still empty.
    has_gap: bool,
}

#[derive(Debug, Clone, Copy)]
struct CalendarEntry<E> {
    key: CalendarKey,
    event: E,
}

/// Time and sequence, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct CalendarKey(u128);

impl CalendarKey {
    const fn new(at: Timestamp, sequence: u64) -> Self {
        Self(((at.as_nanos() ^ i64::MIN) as u64 as u128) << 64 | sequence as u128)
    }

    const fn time(self) -> Timestamp {
        Timestamp::from_nanos((self.0 >> 64) as i64 ^ i64::MIN)
    }
}

const CHILDREN: usize = 4;

impl<E: Copy> Calendar<E> {
    /// An empty calendar whose clock stands at `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { now, next_sequence: 0, present: VecDeque::new(), future: Vec::new(), has_gap: false }
    }

    /// Removes all events and sets the clock; keeps the allocations.
    pub fn reset(&mut self, now: Timestamp) {
        self.now = now;
        self.next_sequence = 0;
        self.present.clear();
        self.future.clear();
        self.has_gap = false;
    }

    /// The time of the last event taken.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Number of pending events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.present.len() + self.future.len() - usize::from(self.has_gap)
    }

    /// Whether no event is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The time of the next event.
    #[must_use]
    pub fn next_time(&mut self) -> Option<Timestamp> {
        self.close_gap();
        if self.present.is_empty() {
            return self.future.first().map(|first| first.key.time());
        }
        Some(self.now)
    }

    /// Schedules an event `after` now; a negative span counts as zero.
    pub fn schedule(&mut self, after: Span, event: E) {
        self.schedule_at(self.now + after, event);
    }

    /// Schedules an event at a time; a past time counts as now.
    pub fn schedule_at(&mut self, at: Timestamp, event: E) {
        if at <= self.now {
            self.present.push_back(event);
            return;
        }
        let entry = CalendarEntry { key: CalendarKey::new(at, self.next_sequence), event };
        self.next_sequence += 1;
        if std::mem::take(&mut self.has_gap) {
            self.sift_down(entry);
        } else {
            self.sift_up(entry);
        }
    }

    /// Drops the events that `keep` rejects. Visits every event, so use it rarely.
    pub fn retain(&mut self, keep: impl Fn(&E) -> bool) {
        self.close_gap();
        self.present.retain(&keep);
        self.future.retain(|entry| keep(&entry.event));
        // A sorted vector is a heap.
        self.future.sort_unstable_by_key(|entry| entry.key);
    }

    /// Takes the next event and sets the clock to its time.
    pub fn pop(&mut self) -> Option<E> {
        self.pop_until(Timestamp::from_nanos(i64::MAX))
    }

    /// Takes the next event that is due by `end` and sets the clock to its time; otherwise the clock stays.
    pub fn pop_until(&mut self, end: Timestamp) -> Option<E> {
        self.close_gap();
        let first = self.future.first().filter(|first| {
            let due = first.key.time();
            due <= end && (due <= self.now || self.present.is_empty())
        });
        match first {
            Some(first) => {
                self.has_gap = true;
                self.now = first.key.time();
                Some(first.event)
            }
            None if self.now <= end => self.present.pop_front(),
            None => None,
        }
    }

    /// Fills the gap at the root with the last entry, if it is still empty.
    fn close_gap(&mut self) {
        if std::mem::take(&mut self.has_gap)
            && let Some(last) = self.future.pop()
            && !self.future.is_empty()
        {
            self.sift_down(last);
        }
    }

    /// Adds an entry at the end and sifts it up.
    fn sift_up(&mut self, entry: CalendarEntry<E>) {
        let mut at = self.future.len();
        self.future.push(entry);
        while at > 0 {
            let parent = (at - 1) / CHILDREN;
            if self.future[parent].key < entry.key {
                break;
            }
            self.future[at] = self.future[parent];
            at = parent;
        }
        self.future[at] = entry;
    }

    /// Puts an entry into the gap at the root and sifts it down.
    fn sift_down(&mut self, entry: CalendarEntry<E>) {
        let heap = &mut self.future[..];
        let mut at = 0;
        while let Some(least) = least_child(heap, at)
            && heap[least].key < entry.key
        {
            heap[at] = heap[least];
            at = least;
        }
        heap[at] = entry;
    }
}

/// The earliest child of the entry at `parent`.
fn least_child<E>(heap: &[CalendarEntry<E>], parent: usize) -> Option<usize> {
    let first = parent * CHILDREN + 1;
    let children = heap.get(first..)?;
    let earlier = |a: usize, b: usize| if children[b].key < children[a].key { b } else { a };
    if let Some([a, b, c, d]) = children.first_chunk() {
        // Two pairs, then the smaller of the winners: the first two comparisons are independent.
        let left = usize::from(b.key < a.key);
        let right = 2 + usize::from(d.key < c.key);
        return Some(first + earlier(left, right));
    }
    (0..children.len()).reduce(earlier).map(|least| first + least)
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

    #[test]
    fn the_clock_stays_when_nothing_is_due() {
        let mut calendar = Calendar::new(Timestamp::from_secs(5));
        calendar.schedule(Span::from_secs(2), 'b');
        calendar.schedule(Span::ZERO, 'a');
        assert_eq!(calendar.pop_until(Timestamp::from_secs(4)), None);
        assert_eq!(calendar.pop_until(Timestamp::from_secs(6)), Some('a'));
        assert_eq!(calendar.pop_until(Timestamp::from_secs(6)), None);
        assert_eq!(
            (calendar.now(), calendar.next_time()),
            (Timestamp::from_secs(5), Some(Timestamp::from_secs(7)))
        );
    }

    #[test]
    fn times_before_zero_come_first() {
        let mut calendar = Calendar::new(Timestamp::from_secs(-9));
        for at in [3, -4, 0, -8] {
            calendar.schedule_at(Timestamp::from_secs(at), at);
        }
        let order: Vec<i64> = std::iter::from_fn(|| calendar.pop()).collect();
        assert_eq!(order, [-8, -4, 0, 3]);
    }

    #[test]
    fn what_is_dropped_leaves_the_others_in_order() {
        let mut calendar = Calendar::new(Timestamp::ZERO);
        for event in 0..40 {
            calendar.schedule(Span::from_secs(event * 7 % 40), event);
        }
        assert_eq!(calendar.pop(), Some(0));
        calendar.retain(|event| event % 2 == 1);
        assert_eq!(calendar.len(), 20);
        let times: Vec<i64> = std::iter::from_fn(|| calendar.pop()).map(|event| event * 7 % 40).collect();
        assert_eq!(times, (0..40).filter(|time| time % 2 == 1).collect::<Vec<_>>());
    }

    #[derive(Debug, Clone)]
    enum Operation {
        Schedule(i64),
        Pop,
        PopUntil(i64),
        NextTime,
        DropEvery(usize),
    }

    fn step() -> impl Strategy<Value = Operation> {
        prop_oneof![
            4 => (-3i64..12).prop_map(Operation::Schedule),
            3 => Just(Operation::Pop),
            2 => (-3i64..12).prop_map(Operation::PopUntil),
            1 => Just(Operation::NextTime),
            1 => (2usize..5).prop_map(Operation::DropEvery),
        ]
    }

    proptest! {
        /// Any sequence of operations gives the same results as a sorted list.
        #[test]
        fn agrees_with_a_sorted_list(steps in prop::collection::vec(step(), 1..400)) {
            let mut calendar = Calendar::new(Timestamp::ZERO);
            let mut list: Vec<(i64, usize)> = Vec::new();
            let mut now = 0;
            for (number, step) in steps.into_iter().enumerate() {
                let until = match step {
                    Operation::Pop => Some(i64::MAX),
                    Operation::PopUntil(after) => Some(now + after),
                    _ => None,
                };
                match step {
                    Operation::Schedule(after) => {
                        calendar.schedule(Span::from_nanos(after), number);
                        list.push((now + after.max(0), number));
                        list.sort_unstable();
                    }
                    Operation::NextTime => {
                        let next = list.first().map(|(at, _)| Timestamp::from_nanos(*at));
                        prop_assert_eq!(calendar.next_time(), next);
                    }
                    Operation::DropEvery(nth) => {
                        calendar.retain(|event| event % nth != 0);
                        list.retain(|(_, event)| event % nth != 0);
                    }
                    Operation::Pop | Operation::PopUntil(_) => {}
                }
                if let Some(until) = until {
                    let due = list.first().is_some_and(|(at, _)| *at <= until);
                    let expected = due.then(|| list.remove(0));
                    prop_assert_eq!(calendar.pop_until(Timestamp::from_nanos(until)), expected.map(|(_, event)| event));
                    now = expected.map_or(now, |(at, _)| at);
                }
                prop_assert_eq!(calendar.now().as_nanos(), now);
                prop_assert_eq!(calendar.len(), list.len());
            }
        }
    }
}
