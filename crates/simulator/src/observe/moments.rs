//! The digest of a run over time, to find where two runs diverge.

use super::{Observation, Observer, digest};
use crate::cluster::ApiServer;
use crate::engine::Digest;
use crate::{Span, Timestamp};

/// A millisecond of virtual time with at least one commit, refusal or action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Time from t = 0 in milliseconds, rounded from the first observation.
    pub millis: i64,
    /// The digest of the run up to and including this moment. The last one is the digest of the run's
    /// [`Record`](crate::record::Record).
    pub digest: u64,
}

/// Records the digest after each moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct MomentRecorder {
    start: Timestamp,
    digest: Digest,
    moments: Vec<Moment>,
}

impl MomentRecorder {
    pub(crate) fn finish(self) -> Vec<Moment> {
        self.moments
    }
}

impl Observer for MomentRecorder {
    fn begin(&mut self, start: Timestamp, _: &ApiServer) {
        *self = Self { start, ..Self::default() };
    }

    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        let before = self.digest;
        digest::add(&mut self.digest, now, seen, api);
        // Observations outside the digest create no moment.
        if self.digest == before {
            return;
        }
        let moment = Moment { millis: nearest_milli(now.since(self.start)), digest: self.digest.value() };
        match self.moments.last_mut() {
            Some(last) if last.millis == moment.millis => *last = moment,
            _ => self.moments.push(moment),
        }
    }
}

const fn nearest_milli(span: Span) -> i64 {
    (span.as_nanos() + 500_000).div_euclid(1_000_000)
}
