//! How many requests open a connection: all of them, or those whose connection has ended.
//!
//! Kept connections are a fluid: a share `open` of the clients has none, the pods have the rest. Connections
//! end at the rate 1/lifetime; a client without one opens one with its next request and stays without if that
//! fails.

use crate::Span;
use crate::model::{Connections, Traffic};

/// Requests per second on each kept connection. Assumed: clients that ask once a second.
const REQUESTS_PER_CONNECTION: f64 = 1.0;

/// The clients.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    requests_per_second: f64,
    kept: Option<Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    /// Ends of a connection per second.
    ends: f64,
    /// The share of clients without a connection.
    open: f64,
}

impl Kept {
    /// The share without a connection that would last, and the rate at which it is approached, if a share
    /// `failing` of the attempts fails.
    fn balance(&self, failing: f64) -> (f64, f64) {
        let rate = self.ends + REQUESTS_PER_CONNECTION * (1.0 - failing).max(0.0);
        (self.ends / rate, rate)
    }
}

impl Flow {
    pub(super) fn of(traffic: &Traffic) -> Self {
        let kept = match &traffic.connections {
            Connections::PerRequest => None,
            Connections::KeepAlive { lifetime } => {
                Some(Kept { ends: 1.0 / super::excess::MeanExcess::of(lifetime).mean().max(1e-3), open: 0.0 })
            }
        };
        let mut flow = Self { requests_per_second: traffic.requests_per_second, kept };
        flow.reset();
        flow
    }

    /// At the beginning every client has had its connections for long.
    pub(super) fn reset(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.open = kept.balance(0.0).0;
        }
    }

    pub(super) const fn keeps_connections(&self) -> bool {
        self.kept.is_some()
    }

    /// The share of clients that have a connection.
    pub(super) fn kept(&self) -> f64 {
        self.kept.as_ref().map_or(0.0, |kept| 1.0 - kept.open)
    }

    /// Lets time pass in which a share `failing` of new connections fails. Returns the requests that opened a
    /// connection; and of kept connections the share that is left at the end and the share that was made and
    /// is left, of which each endpoint gets its part.
    pub(super) fn pass(&mut self, span: Span, failing: f64) -> (f64, Option<(f64, f64)>) {
        let seconds = span.as_secs_f64();
        let Some(kept) = &mut self.kept else { return (self.requests_per_second * seconds, None) };
        let (limit, rate) = kept.balance(failing);
        let (left, settled) = (libm::exp(-kept.ends * seconds), libm::exp(-rate * seconds));
        let excess = kept.open - limit;
        kept.open = limit + excess * settled;
        let attempts = limit * seconds + excess * (1.0 - settled) / rate;
        // What came over time and was thinned by the ends since.
        let steady = limit * (1.0 - left) / kept.ends;
        let difference = rate - kept.ends;
        let passing = if difference > 1e-9 { (left - settled) / difference } else { seconds * left };
        let made = REQUESTS_PER_CONNECTION * (steady + excess * passing);
        (self.requests_per_second * attempts, Some((left, made)))
    }

    /// The share of a pod's connections that is left after some time.
    pub(super) fn left_after(&self, span: Span) -> f64 {
        self.kept.as_ref().map_or(1.0, |kept| libm::exp(-kept.ends * span.as_secs_f64()))
    }

    /// Connections are closed by the pod: their clients have none. Returns what the pod has left.
    pub(super) fn release(&mut self, share: f64) -> f64 {
        if let Some(kept) = &mut self.kept {
            kept.open += share;
        }
        0.0
    }

    /// The clients behind a share of the connections: each has one next request.
    pub(super) fn next_requests(&self, share: f64) -> f64 {
        share * self.requests_per_second / REQUESTS_PER_CONNECTION
    }
}
