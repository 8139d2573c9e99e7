//! Downloads that share a bandwidth: processor sharing, at a cost independent of their number.

use super::PullCourse;
use crate::Span;
use crate::Timestamp;
use crate::cluster::event::{Event, PodEvent, RegistryEvent};
use crate::cluster::pod::{NodeId, PodId};
use crate::cluster::site::ImageId;
use crate::cluster::world::World;
use crate::model::Bandwidth;
use crate::observe::Observer;
use std::collections::BTreeSet;

/// All downloads get equal shares, so one number is enough: the bytes that a download from the beginning
/// would have received. A download ends when this number reaches its own target.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct SharedBandwidth {
    bandwidth: Option<Bandwidth>,
    /// Bytes received up to `at` by a download from the beginning.
    progress: f64,
    at: Option<Timestamp>,
    /// The target of each download (as bits, which order positive numbers), and its pod.
    under_way: BTreeSet<(u64, PodId)>,
    /// Generation of the valid end event on the calendar.
    generation: u32,
}

impl SharedBandwidth {
    pub(super) fn reset(&mut self, bandwidth: Option<Bandwidth>) {
        *self = Self { bandwidth, under_way: std::mem::take(&mut self.under_way), ..Self::default() };
        self.under_way.clear();
    }

    pub(super) const fn is_shared(&self) -> bool {
        self.bandwidth.is_some()
    }

    /// Bytes per second that each of `count` downloads gets.
    fn rate(&self, count: usize) -> f64 {
        self.bandwidth.map_or(1.0, |wire| wire.per_pull.min(wire.total / count.max(1) as f64))
    }

    /// Advances the progress of all downloads to now.
    fn advance(&mut self, now: Timestamp) {
        if self.under_way.is_empty() {
            self.progress = 0.0;
        } else if let Some(at) = self.at {
            self.progress += self.rate(self.under_way.len()) * now.since(at).as_secs_f64();
        }
        self.at = Some(now);
    }

    fn add(&mut self, now: Timestamp, pod: PodId, bytes: f64) {
        self.advance(now);
        self.under_way.insert(((self.progress + bytes).to_bits(), pod));
    }

    /// Multiplies the remaining bytes of a download.
    fn stretch(&mut self, now: Timestamp, pod: PodId, factor: f64) {
        self.advance(now);
        let found = self.under_way.iter().find(|(_, other)| *other == pod).copied();
        if let Some(download) = found {
            self.under_way.remove(&download);
            let left = (f64::from_bits(download.0) - self.progress).max(0.0) * factor;
            self.under_way.insert(((self.progress + left).to_bits(), pod));
        }
    }

    /// Cancels a download; the others share its bandwidth.
    pub(super) fn remove(&mut self, now: Timestamp, pod: PodId) {
        let found = self.under_way.iter().find(|(_, other)| *other == pod).copied();
        if let Some(download) = found {
            self.advance(now);
            self.under_way.remove(&download);
        }
    }

    /// Time until the next download ends.
    fn next_end(&self) -> Option<Span> {
        let (end, _) = self.under_way.first()?;
        let left = (f64::from_bits(*end) - self.progress).max(0.0);
        Some(Span::from_secs_f64(left / self.rate(self.under_way.len())))
    }

    /// The download that ends now.
    fn finish(&mut self, now: Timestamp) -> Option<PodId> {
        self.advance(now);
        let (end, pod) = self.under_way.pop_first()?;
        // Times are whole nanoseconds; the difference to the target is rounding.
        self.progress = f64::from_bits(end);
        Some(pod)
    }
}

impl<O: Observer> World<O> {
    /// Adds a download after its start delay.
    pub(super) fn begin_transfer(&mut self, id: PodId, image: ImageId, node: NodeId, delay: Span) {
        if delay > Span::ZERO {
            let joins = Event::Registry(RegistryEvent::DownloadBegins(id, image.0));
            return self.calendar.schedule(delay, joins);
        }
        self.join_wire(id, image, node);
    }

    /// The start delay of a download is over, or a download ends.
    pub(in super::super) fn registry_event(&mut self, event: RegistryEvent) {
        match event {
            RegistryEvent::DownloadBegins(id, image) => {
                if let Some(node) = self.node_of(id) {
                    self.join_wire(id, ImageId(image), node);
                }
            }
            RegistryEvent::DownloadEnds(generation) => self.download_ends(generation),
        }
    }

    fn join_wire(&mut self, id: PodId, image: ImageId, node: NodeId) {
        let now = self.now();
        let usual = self.time_alone(image, node);
        let Some(site) = &mut self.site else { return };
        let under_way = &site.nodes[node.index()].puller.under_way;
        let slowed = under_way.iter().find_map(|pull| match pull.how {
            PullCourse::Downloads { slowed } if pull.pod == id => Some(slowed),
            _ => None,
        });
        let wire = &mut site.pulls.wire;
        let stated = site.images.behaviour(image).size;
        let bytes = stated.map_or_else(|| usual.as_secs_f64() * wire.rate(1), |bytes| bytes as f64);
        wire.add(now, id, bytes * slowed.unwrap_or(1.0));
        self.expect_next_end();
    }

    /// The number of downloads has changed: predicts the next end again.
    pub(super) fn expect_next_end(&mut self) {
        let Some(site) = &mut self.site else { return };
        let wire = &mut site.pulls.wire;
        wire.generation = wire.generation.wrapping_add(1);
        if let Some(after) = wire.next_end() {
            let ends = Event::Registry(RegistryEvent::DownloadEnds(wire.generation));
            self.calendar.schedule(after, ends);
        }
    }

    fn download_ends(&mut self, generation: u32) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        let wire = &mut site.pulls.wire;
        if wire.generation != generation {
            return;
        }
        let Some(id) = wire.finish(now) else { return };
        if let Some(node) = self.api.pod(id).node {
            let under_way = &mut site.nodes[node.index()].puller.under_way;
            let mine = |pull: &&mut super::Pull| pull.pod == id && pull.ends == Timestamp::MAX;
            under_way.iter_mut().filter(mine).for_each(|pull| pull.ends = now);
        }
        self.step_after(id, Span::ZERO, PodEvent::PullEnds);
        self.expect_next_end();
    }

    /// The rest of a pod's download takes `factor` times as long from now on.
    pub(super) fn stretch_transfer(&mut self, id: PodId, factor: f64) {
        let now = self.now();
        if let Some(site) = &mut self.site {
            site.pulls.wire.stretch(now, id, factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::ZERO + Span::from_secs_f64(seconds)
    }

    fn wire(total: f64, per_pull: f64) -> SharedBandwidth {
        SharedBandwidth { bandwidth: Some(Bandwidth { total, per_pull }), ..SharedBandwidth::default() }
    }

    /// 100 bytes per second: 300 bytes from 0 s, 100 bytes from 1 s. From 1 s on each gets 50 per second, so
    /// the second ends at 3 s; the first then has 200 bytes and needs one more second.
    #[test]
    fn shares_agree_with_a_calculation_by_hand() {
        let mut wire = wire(100.0, 1000.0);
        wire.add(at(0.0), PodId(0), 300.0);
        assert_eq!(wire.next_end(), Some(Span::from_secs(3)));
        wire.add(at(1.0), PodId(1), 100.0);
        assert_eq!(wire.next_end(), Some(Span::from_secs(2)));
        assert_eq!(wire.finish(at(3.0)), Some(PodId(1)));
        assert_eq!(wire.next_end(), Some(Span::from_secs(1)));
        assert_eq!(wire.finish(at(4.0)), Some(PodId(0)));
        assert_eq!(wire.next_end(), None);
    }

    #[test]
    fn no_download_gets_more_than_its_own_limit() {
        let mut wire = wire(100.0, 40.0);
        wire.add(at(0.0), PodId(0), 40.0);
        wire.add(at(0.0), PodId(1), 80.0);
        assert_eq!(wire.next_end(), Some(Span::SECOND), "two get 40 each: less than half of 100");
        wire.add(at(0.0), PodId(2), 120.0);
        wire.add(at(0.0), PodId(3), 120.0);
        assert_eq!(wire.next_end(), Some(Span::from_secs_f64(1.6)), "four share 100");
    }

    #[test]
    fn a_slowed_download_takes_longer_and_the_others_do_not() {
        let mut wire = wire(100.0, 50.0);
        wire.add(at(0.0), PodId(0), 100.0);
        wire.add(at(0.0), PodId(1), 100.0);
        wire.stretch(at(1.0), PodId(0), 4.0);
        assert_eq!(wire.finish(at(2.0)), Some(PodId(1)));
        assert_eq!(wire.next_end(), Some(Span::from_secs(3)), "150 of 200 left at 50 per second");
    }
}
