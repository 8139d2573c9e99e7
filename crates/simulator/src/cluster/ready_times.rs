//! Ready times of the pods of a `ReplicaSet`: how many pods have been Ready for long enough, and when the
//! next one is.

use crate::{Span, Timestamp};
use std::collections::VecDeque;

/// Counts of Ready pods by the second in which they became Ready, oldest first.
///
/// Conditions have whole-second times, so there are few entries, and those that are not available yet are at
/// the end: a query takes as many steps as there are seconds in `minReadySeconds`, for any number of pods.
#[derive(Debug, Clone, Default)]
pub(super) struct ReadyTimes {
    by_second: VecDeque<(Timestamp, u32)>,
    total: u32,
}

impl ReadyTimes {
    pub(super) fn clear(&mut self) {
        self.by_second.clear();
        self.total = 0;
    }

    pub(super) const fn total(&self) -> u32 {
        self.total
    }

    pub(super) fn insert(&mut self, since: Timestamp) {
        self.total += 1;
        // Nearly always the latest second or a later one.
        let at = match self.by_second.back() {
            Some((last, _)) if *last < since => self.by_second.len(),
            _ => self.by_second.partition_point(|(second, _)| *second < since),
        };
        match self.by_second.get_mut(at) {
            Some((second, count)) if *second == since => *count += 1,
            _ => self.by_second.insert(at, (since, 1)),
        }
    }

    pub(super) fn remove(&mut self, since: Timestamp) {
        let at = self.by_second.partition_point(|(second, _)| *second < since);
        let Some((second, count)) = self.by_second.get_mut(at) else {
            return;
        };
        if *second != since {
            return;
        }
        self.total -= 1;
        *count -= 1;
        if *count == 0 {
            self.by_second.remove(at);
        }
    }

    /// The number of pods that have been Ready for `min_ready` at `now` (inclusive), and the Ready time of
    /// the next one.
    pub(super) fn available(&self, min_ready: Span, now: Timestamp) -> (u32, Option<Timestamp>) {
        let (mut available, mut next) = (self.total, None);
        for (since, count) in self.by_second.iter().rev().take_while(|(since, _)| *since + min_ready > now) {
            available -= count;
            next = Some(*since);
        }
        // Without `minReadySeconds` Ready times do not matter.
        (if min_ready <= Span::ZERO { self.total } else { available }, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The counts agree with scanning a list of pods.
        #[test]
        fn agrees_with_scanning(
            steps in prop::collection::vec((any::<bool>(), -20i64..60), 1..100),
            min_ready in 0i64..30,
            now in 0i64..80,
        ) {
            let mut times = ReadyTimes::default();
            let mut pods: Vec<Timestamp> = Vec::new();
            for (insert, second) in steps {
                let since = Timestamp::from_secs(second);
                if insert {
                    times.insert(since);
                    pods.push(since);
                } else if let Some(at) = pods.iter().position(|pod| *pod == since) {
                    times.remove(since);
                    pods.swap_remove(at);
                }
            }
            let (min_ready, now) = (Span::from_secs(min_ready), Timestamp::from_secs(now));
            let available = pods.iter().filter(|pod| min_ready <= Span::ZERO || **pod + min_ready <= now).count();
            prop_assert_eq!(times.total() as usize, pods.len());
            let next = pods.iter().copied().filter(|pod| *pod + min_ready > now).min();
            prop_assert_eq!(times.available(min_ready, now), (available as u32, next));
        }
    }
}
