//! Requests that a pod has begun to answer.

use super::excess::MeanExcess;
use crate::Timestamp;
use crate::cluster::{PodId, PodTable};

/// What is in flight to each pod from streams of requests that have ended.
///
/// A stream is taken to have had its last rate for as long as any of its requests lasts; so rate x E[max(0,
/// duration - t)] requests are in flight a time t after its end.
#[derive(Debug, Clone)]
pub(super) struct InFlight {
    duration: MeanExcess,
    streams: Vec<Ended>,
    /// By pod: its last stream that ended, as the place after it; 0 without one.
    last: PodTable<u32>,
}

/// A stream that has ended.
#[derive(Debug, Clone, Copy)]
struct Ended {
    at: Timestamp,
    rate: f64,
    /// The pod's stream before, as above.
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
        self.streams.push(Ended { at, rate, before });
        *last = self.streams.len() as u32;
    }

    /// Everything that is in flight to a pod, besides the ended streams one that flows at `rate`; from now on
    /// there is nothing. Also, how many of them were sent before `start`.
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
