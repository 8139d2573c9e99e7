//! The compared future event lists: the product's, and two bare ones.

use simulator::cluster::{Event, PodId};
use simulator::engine::Calendar;
use simulator::{Span, Timestamp};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Operations of a queue in the HOLD model. Times are nanoseconds; a payload is a component's number.
pub(crate) trait Queue {
    fn push(&mut self, after: i64, payload: u32);
    fn pop(&mut self) -> Option<u32>;
}

/// The product's calendar of the product's events.
pub(crate) struct ProductQueue(Calendar<Event>);

impl Default for ProductQueue {
    fn default() -> Self {
        Self(Calendar::new(Timestamp::ZERO))
    }
}

impl Queue for ProductQueue {
    fn push(&mut self, after: i64, payload: u32) {
        self.0.schedule(Span::from_nanos(after), Event::Binding(PodId(payload)));
    }

    fn pop(&mut self) -> Option<u32> {
        match self.0.pop()? {
            Event::Binding(PodId(payload)) => Some(payload),
            _ => None,
        }
    }
}

/// `std`'s binary heap of (time, sequence, payload).
#[derive(Default)]
pub(crate) struct BareHeap {
    now: i64,
    sequence: u64,
    heap: BinaryHeap<Reverse<(i64, u64, u32)>>,
}

impl Queue for BareHeap {
    fn push(&mut self, after: i64, payload: u32) {
        self.heap.push(Reverse((self.now + after, self.sequence, payload)));
        self.sequence += 1;
    }

    fn pop(&mut self) -> Option<u32> {
        let Reverse((at, _, payload)) = self.heap.pop()?;
        self.now = at;
        Some(payload)
    }
}

/// A calendar queue (R. Brown, CACM 31(10), 1988) with a given event rate: days of a fixed length, and as
/// many days per year as pending events.
pub(crate) struct CalendarQueue {
    now: i64,
    sequence: u64,
    day_length: i64,
    /// Number of the current day.
    today: i64,
    days: Vec<Vec<(i64, u64, u32)>>,
    len: usize,
}

impl CalendarQueue {
    /// For `pending` events whose delays are `mean` on average.
    pub(crate) fn new(pending: usize, mean: i64) -> Self {
        let days = pending.next_power_of_two();
        let day_length = (2 * mean / pending as i64).max(1);
        Self { now: 0, sequence: 0, day_length, today: 0, days: vec![Vec::new(); days], len: 0 }
    }

    fn day_of(&self, number: i64) -> usize {
        number as usize & (self.days.len() - 1)
    }
}

impl Queue for CalendarQueue {
    fn push(&mut self, after: i64, payload: u32) {
        let at = self.now + after;
        let day = self.day_of(at / self.day_length);
        self.days[day].push((at, self.sequence, payload));
        self.sequence += 1;
        self.len += 1;
    }

    fn pop(&mut self) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        loop {
            let tomorrow = (self.today + 1) * self.day_length;
            let day = self.day_of(self.today);
            let entries = self.days[day].iter().enumerate();
            let due = entries.filter(|(_, entry)| entry.0 < tomorrow).min_by_key(|(_, entry)| **entry);
            if let Some((place, _)) = due {
                let (at, _, payload) = self.days[day].swap_remove(place);
                self.now = at;
                self.len -= 1;
                return Some(payload);
            }
            self.today += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::{Delays, MEAN};

    fn order(queue: &mut impl Queue) -> Vec<Option<u32>> {
        let mut delays = Delays::new();
        for payload in 0..100 {
            queue.push(delays.draw(), payload);
        }
        let hold = |_| {
            let payload = queue.pop();
            queue.push(delays.draw(), payload.unwrap_or(0));
            payload
        };
        (0..10_000).map(hold).collect()
    }

    #[test]
    fn all_queues_give_the_same_order() {
        let expected = order(&mut BareHeap::default());
        assert_eq!(order(&mut ProductQueue::default()), expected);
        assert_eq!(order(&mut CalendarQueue::new(100, MEAN)), expected);
    }
}
