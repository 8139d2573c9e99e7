//! Failed requests, as expected values: by cause, and how many in the worst ten seconds.

use crate::record::FailedRequests;
use crate::{Span, Timestamp};

/// The stretch over which the worst share of failures is taken.
const WINDOW: Span = Span::from_secs(10);

/// Why a request fails. The first ones are what can happen to a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The pod does not listen any more.
    Refused,
    /// The pod does not listen yet.
    NotReady,
    /// The pod's node does not answer.
    Timeout,
    /// The proxy knows no endpoint.
    NoEndpoint,
    /// The process went while it had the request.
    Reset,
}

impl Cause {
    pub(super) const NEW_CONNECTION: [Self; 4] =
        [Self::Refused, Self::NotReady, Self::Timeout, Self::NoEndpoint];
}

/// What was lost so far.
#[derive(Debug, Clone)]
pub(super) struct Losses {
    requests_per_second: f64,
    start: Timestamp,
    /// Those of the lost ones that were sent before the start.
    carried: f64,
    by_cause: [f64; 5],
    total: f64,
    /// The total as a line through points, flat before the first one and after the last one.
    course: Vec<(Timestamp, f64)>,
}

impl Losses {
    pub(super) const fn new(requests_per_second: f64) -> Self {
        let start = Timestamp::ZERO;
        Self { requests_per_second, start, carried: 0.0, by_cause: [0.0; 5], total: 0.0, course: Vec::new() }
    }

    pub(super) fn reset(&mut self, start: Timestamp) {
        self.start = start;
        self.carried = 0.0;
        self.by_cause = [0.0; 5];
        self.total = 0.0;
        self.course.clear();
    }

    pub(super) const fn total(&self) -> f64 {
        self.total
    }

    pub(super) const fn by_cause(&self) -> FailedRequests {
        let [refused, not_ready, timeout, no_endpoint, reset] = self.by_cause;
        FailedRequests { refused, no_endpoint, reset, not_ready, timeout }
    }

    /// From one moment to another `attempts` connections were opened, of which these shares failed.
    pub(super) fn pass(&mut self, from: Timestamp, to: Timestamp, shares: &[f64; 4], attempts: f64) {
        let lost: f64 = shares.iter().sum::<f64>() * attempts;
        if lost <= 0.0 {
            return;
        }
        for (sum, share) in self.by_cause.iter_mut().zip(shares) {
            *sum += share * attempts;
        }
        self.point(from);
        self.total += lost;
        self.point(to);
    }

    /// Some of the requests that are about to be lost were sent before the start: they count as sent, too.
    pub(super) fn carry(&mut self, requests: f64) {
        self.carried += requests;
    }

    pub(super) const fn carried(&self) -> f64 {
        self.carried
    }

    /// Requests were lost at a moment. Their number is an estimate; it is cut to what was sent and is not lost yet.
    pub(super) fn add(&mut self, at: Timestamp, cause: Cause, requests: f64) {
        let sent = self.requests_per_second * at.since(self.start).as_secs_f64() + self.carried;
        let requests = requests.min(sent - self.total);
        if requests <= 0.0 {
            return;
        }
        self.by_cause[cause as usize] += requests;
        self.point(at);
        self.total += requests;
        self.point(at);
    }

    fn point(&mut self, at: Timestamp) {
        if self.course.last() != Some(&(at, self.total)) {
            self.course.push((at, self.total));
        }
    }

    /// The largest share of the requests of any ten seconds that failed; 1 at most.
    ///
    /// The worst stretch begins or ends at a point of the line.
    pub(super) fn worst_ten_seconds(&self) -> f64 {
        let (mut first, mut last) = (0, 0);
        let mut worst: f64 = 0.0;
        for (index, &(at, lost)) in self.course.iter().enumerate() {
            while first < index && self.course[first].0 < at - WINDOW {
                first += 1;
            }
            worst = worst.max(lost - self.before(first, at - WINDOW));
            while last < self.course.len() && self.course[last].0 <= at + WINDOW {
                last += 1;
            }
            worst = worst.max(self.before(last, at + WINDOW) - lost);
        }
        (worst / (self.requests_per_second * WINDOW.as_secs_f64())).min(1.0)
    }

    /// The total at a moment that lies between the points before and at `place`.
    fn before(&self, place: usize, at: Timestamp) -> f64 {
        let Some(&(to, high)) = self.course.get(place) else { return self.total };
        let Some(&(from, low)) = place.checked_sub(1).and_then(|before| self.course.get(before)) else {
            return if to <= at { high } else { 0.0 };
        };
        let span = to.since(from).as_secs_f64();
        if span <= 0.0 { high } else { low + (high - low) * at.since(from).as_secs_f64() / span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::ZERO + Span::from_millis(millis)
    }

    #[test]
    fn the_worst_ten_seconds_are_found_wherever_they_lie() {
        let mut losses = Losses::new(10.0);
        // A tenth fails for 4 s, all for 2 s, eight more at once.
        losses.pass(at(0), at(4000), &[0.1, 0.0, 0.0, 0.0], 40.0);
        losses.pass(at(7000), at(9000), &[0.0, 0.0, 0.0, 1.0], 20.0);
        losses.add(at(12_000), Cause::Reset, 8.0);
        // From 2 s to 12 s: 2 + 20 + 8 of 100.
        assert!((losses.worst_ten_seconds() - 0.30).abs() < 1e-9, "{}", losses.worst_ten_seconds());
        let by_cause = losses.by_cause();
        assert!((by_cause.refused - 4.0).abs() < 1e-9 && (by_cause.no_endpoint - 20.0).abs() < 1e-9);
        assert!((losses.total() - 32.0).abs() < 1e-9);
    }

    #[test]
    fn a_long_outage_is_all_of_ten_seconds() {
        let mut losses = Losses::new(10.0);
        losses.pass(at(5000), at(65_000), &[0.0, 0.0, 0.0, 0.5], 600.0);
        assert!((losses.worst_ten_seconds() - 0.5).abs() < 1e-9);
        assert!(Losses::new(10.0).worst_ten_seconds().abs() < 1e-12);
    }
}
