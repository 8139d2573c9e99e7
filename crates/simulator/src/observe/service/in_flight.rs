//! Requests in flight to a pod.

use super::excess::MeanExcess;
use crate::Timestamp;
use crate::cluster::{PodId, PodTable};

/// Requests in flight to each pod from request streams that have ended.
///
/// A stream is assumed to have had its last rate for longer than any of its requests; so rate x E[max(0,
/// duration - t)] requests are in flight a time t after its end.
#[derive(Debug, Clone)]
pub(super) struct InFlight {
    duration: MeanExcess,
    streams: Vec<EndedStream>,
    /// By pod: index + 1 of its last ended stream; 0 without one.
    last: PodTable<u32>,
}

/// A stream that has ended.
#[derive(Debug, Clone, Copy)]
struct EndedStream {
    at: Timestamp,
    rate: f64,
    /// The pod's previous stream, encoded the same way.
    before: u32,
}

impl InFlight {
    pub(super) fn new(duration: MeanExcess) -> Self {
        Self { duration, streams: Vec::new(), last: PodTable::default() }
    }

    pub(super) fn reset(&mut self) {
        self.streams.clear();
        self.last.clear();
    }

    /// A stream of `rate` requests per second to a pod has ended.
    pub(super) fn leave(&mut self, id: PodId, at: Timestamp, rate: f64) {
        let last = self.last.row(id);
        let before = *last;
        self.streams.push(EndedStream { at, rate, before });
        *last = self.streams.len() as u32;
    }

    /// Takes all requests in flight to a pod: of ended streams, and of a current stream with `rate`.
    /// Afterwards there are none. Also returns how many of them were sent before `start`.
    pub(super) fn take(&mut self, id: PodId, start: Timestamp, now: Timestamp, rate: f64) -> (f64, f64) {
        let beyond_start = self.duration.beyond(now.since(start));
        let (mut found, mut older) = (rate * self.duration.mean(), rate * beyond_start);
        let Some(last) = self.last.get_mut(id.index()) else { return (found, older) };
        let mut place = std::mem::take(last);
        while let Some(stream) = (place as usize).checked_sub(1).map(|index| self.streams[index]) {
            found += stream.rate * self.duration.beyond(now.since(stream.at));
            older += stream.rate * beyond_start;
            place = stream.before;
        }
        (found, older)
    }
}
