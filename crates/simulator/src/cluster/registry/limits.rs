//! Pull limits of the kubelet and of the registry.

use crate::cluster::pod::NodeId;
use crate::cluster::rate::TokenBucket;
use crate::cluster::world::World;
use crate::model::RateLimit;
use crate::observe::Observer;
use crate::{Span, Timestamp};
use std::collections::VecDeque;

/// Rate limits of the registry: its configured one, and one for each active fault.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Limits {
    usual: Option<PullLimit>,
    /// By the index of the fault.
    of_faults: Vec<(u32, PullLimit)>,
}

/// A maximum number of downloads in any time span of a fixed length.
#[derive(Debug, Clone)]
struct PullLimit {
    limit: RateLimit,
    /// The downloads of the last span, oldest first.
    made: VecDeque<Timestamp>,
}

impl PullLimit {
    /// Spreads the `used` downloads evenly over the span before `now`.
    fn new(limit: RateLimit, now: Timestamp) -> Self {
        let gap = limit.per.as_nanos() / i64::from(limit.used.max(1));
        let made = (0..i64::from(limit.used)).rev().map(|number| now - Span::from_nanos(gap * number));
        Self { limit, made: made.collect() }
    }

    fn has_room(&mut self, now: Timestamp) -> bool {
        while self.made.front().is_some_and(|made| now.since(*made) >= self.limit.per) {
            self.made.pop_front();
        }
        self.made.len() < self.limit.pulls as usize
    }
}

impl Limits {
    pub(super) fn reset(&mut self, usual: Option<RateLimit>, start: Timestamp) {
        self.usual = usual.map(|limit| PullLimit::new(limit, start));
        self.of_faults.clear();
    }

    /// A fault's limit begins.
    pub(in super::super) fn begin(&mut self, fault: u32, limit: RateLimit, now: Timestamp) {
        self.of_faults.push((fault, PullLimit::new(limit, now)));
    }

    /// A fault's limit ends.
    pub(in super::super) fn end(&mut self, fault: u32) {
        self.of_faults.retain(|(index, _)| *index != fault);
    }

    fn all(&mut self) -> impl Iterator<Item = &mut PullLimit> {
        self.usual.iter_mut().chain(self.of_faults.iter_mut().map(|(_, budget)| budget))
    }

    /// Counts a download if every limit allows it.
    fn take(&mut self, now: Timestamp) -> bool {
        let room = self.all().all(|budget| budget.has_room(now));
        if room {
            self.all().for_each(|budget| budget.made.push_back(now));
        }
        room
    }
}

impl<O: Observer> World<O> {
    /// `pull QPS exceeded`: the kubelet fails the pull without a request to the registry.
    pub(super) fn kubelet_throttles(&mut self, node: NodeId) -> bool {
        let now = self.now();
        let Some(site) = &mut self.site else { return false };
        let Some((rate, burst)) = site.model.cluster.registry.qps else { return false };
        let bucket = &mut site.nodes[node.index()].puller.qps;
        !bucket.get_or_insert_with(|| TokenBucket::new(rate, burst)).try_take(now)
    }

    /// `toomanyrequests`: the registry refuses a download beyond its limit. Only downloads count, not checks
    /// whether an image has changed.
    pub(super) fn registry_is_exhausted(&mut self) -> bool {
        let now = self.now();
        self.site.as_mut().is_some_and(|site| !site.pulls.limits.take(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_comes_back_as_its_pulls_grow_old() {
        let at = Timestamp::from_secs;
        let mut limits = Limits::default();
        limits.reset(Some(RateLimit { pulls: 3, per: Span::from_secs(60), used: 2 }), at(0));
        // Two pulls were made at -30 s and 0 s.
        assert!(limits.take(at(1)));
        assert!(!limits.take(at(29)));
        assert!(limits.take(at(30)), "the oldest of them is 60 s old");
        assert!(!limits.take(at(31)));
        limits.begin(0, RateLimit { pulls: 1, per: Span::from_secs(600), used: 0 }, at(60));
        assert!(limits.take(at(62)), "both budgets have room");
        assert!(!limits.take(at(100)), "the limit of the fault has none");
        limits.end(0);
        assert!(limits.take(at(100)));
    }
}
