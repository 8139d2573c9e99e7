//! Zones: rate at which their silent nodes are tainted for eviction.

use crate::Timestamp;
use crate::cluster::pod::NodeId;
use crate::cluster::rate::TokenBucket;
use std::collections::VecDeque;

/// Nodes per second (`--node-eviction-rate`), with a burst of one.
const RATE: f64 = 0.1;
/// The rate in a large zone that is mostly lost (`--secondary-node-eviction-rate`).
const REDUCED_RATE: f64 = 0.01;
/// Zones with more nodes are large (`--large-cluster-size-threshold`).
const LARGE: u32 = 50;
/// Fraction of lost nodes from which a zone is mostly lost (`--unhealthy-zone-threshold`), with more than two
/// nodes.
const UNHEALTHY_PART: f32 = 0.55;

/// State of a zone (`ComputeZoneState`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ZoneState {
    /// It has no nodes.
    #[default]
    Empty,
    Normal,
    /// Most of its nodes are lost.
    Partial,
    /// All of its nodes are lost.
    Lost,
}

/// A zone and its queue of nodes for the taint that evicts.
#[derive(Debug, Clone, Default)]
pub(super) struct Zone {
    pub(super) state: ZoneState,
    pub(super) queue: VecDeque<NodeId>,
    /// Rate in thousandths of nodes per second, for comparison, and the token bucket; `None` stops evictions.
    limiter: Option<(u32, TokenBucket)>,
    /// Time of the next check of the queue; earlier plans are void.
    pub(super) planned: Option<Timestamp>,
}

impl Zone {
    /// Evaluates the zone from its nodes and sets the rate.
    pub(super) fn judge(&mut self, ready: u32, lost: u32) {
        let total = ready + lost;
        let part = lost as f32 / total.max(1) as f32;
        self.state = match (ready, lost) {
            (0, 0) => ZoneState::Empty,
            (0, _) => ZoneState::Lost,
            _ if lost > 2 && part >= UNHEALTHY_PART => ZoneState::Partial,
            _ => ZoneState::Normal,
        };
        self.set_rate(match self.state {
            ZoneState::Partial if total > LARGE => REDUCED_RATE,
            ZoneState::Partial => 0.0,
            _ => RATE,
        });
    }

    /// A new bucket starts full only if the old one had a token.
    fn set_rate(&mut self, rate: f64) {
        let milli = (rate * 1000.0) as u32;
        if self.limiter.as_ref().is_some_and(|(known, _)| *known == milli) {
            return;
        }
        self.limiter = (milli > 0).then(|| (milli, TokenBucket::new(rate, 1)));
    }

    /// Takes the next node if the rate allows it now.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<NodeId> {
        let (_, bucket) = self.limiter.as_mut()?;
        if self.queue.is_empty() || !bucket.try_take(now) {
            return None;
        }
        self.queue.pop_front()
    }

    /// When the next node may be taken; `None` if the queue is empty or stopped.
    pub(super) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let (_, bucket) = self.limiter.as_ref()?;
        (!self.queue.is_empty()).then(|| bucket.clone().reserve(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_follows_the_part_that_is_lost() {
        for (ready, lost, state, rate) in [
            (3, 0, ZoneState::Normal, Some(100)),
            (1, 2, ZoneState::Normal, Some(100)),
            (3, 3, ZoneState::Normal, Some(100)),
            (2, 3, ZoneState::Partial, None),
            (9, 11, ZoneState::Partial, None),
            (22, 28, ZoneState::Partial, None),
            (22, 29, ZoneState::Partial, Some(10)),
            (23, 28, ZoneState::Normal, Some(100)),
            (0, 1, ZoneState::Lost, Some(100)),
            (0, 200, ZoneState::Lost, Some(100)),
        ] {
            let mut zone = Zone::default();
            zone.judge(ready, lost);
            assert_eq!(zone.state, state, "{ready} ready, {lost} lost");
            assert_eq!(zone.limiter.map(|(milli, _)| milli), rate, "{ready} ready, {lost} lost");
        }
    }
}
