//! Number of requests that open a connection: all, or those whose connection has ended.
//!
//! Persistent connections are modelled as a fluid: a share `open` of the clients has none, the rest is spread
//! over the pods. Connections end at the rate 1/lifetime; a client without a connection opens one with its
//! next request, and stays without if that fails.

use crate::Span;
use crate::model::{Connections, Traffic};

/// Requests per second on each persistent connection. Assumed: clients send one per second.
const REQUESTS_PER_CONNECTION: f64 = 1.0;

/// The clients.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    requests_per_second: f64,
    kept: Option<PersistentConnections>,
}

#[derive(Debug, Clone)]
struct PersistentConnections {
    /// Connection ends per second.
    ends: f64,
    /// The share of clients without a connection.
    open: f64,
}

impl PersistentConnections {
    /// The stationary share of clients without a connection, and the rate of convergence to it, if a share
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
            Connections::KeepAlive { lifetime } => Some(PersistentConnections {
                ends: 1.0 / super::excess::MeanExcess::of(lifetime).mean().max(1e-3),
                open: 0.0,
            }),
        };
        let mut flow = Self { requests_per_second: traffic.requests_per_second, kept };
        flow.reset();
        flow
    }

    /// Initial state: stationary.
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

    /// Advances the time while a share `failing` of new connections fails. Returns the number of requests
    /// that opened a connection; and for persistent connections the remaining share of the old ones and the
    /// share of the new ones, which is spread over the endpoints.
    pub(super) fn pass(&mut self, span: Span, failing: f64) -> (f64, Option<(f64, f64)>) {
        let seconds = span.as_secs_f64();
        let Some(kept) = &mut self.kept else { return (self.requests_per_second * seconds, None) };
        let (limit, rate) = kept.balance(failing);
        let (left, settled) = (libm::exp(-kept.ends * seconds), libm::exp(-rate * seconds));
        let excess = kept.open - limit;
        kept.open = limit + excess * settled;
        let attempts = limit * seconds + excess * (1.0 - settled) / rate;
        // Inflow over the interval, reduced by the ends since.
        let steady = limit * (1.0 - left) / kept.ends;
        let difference = rate - kept.ends;
        let passing = if difference > 1e-9 { (left - settled) / difference } else { seconds * left };
        let made = REQUESTS_PER_CONNECTION * (steady + excess * passing);
        (self.requests_per_second * attempts, Some((left, made)))
    }

    /// The remaining share of a pod's connections after some time.
    pub(super) fn left_after(&self, span: Span) -> f64 {
        self.kept.as_ref().map_or(1.0, |kept| libm::exp(-kept.ends * span.as_secs_f64()))
    }

    /// The pod closes connections: their clients have none. Returns the remaining share of the pod.
    pub(super) fn release(&mut self, share: f64) -> f64 {
        if let Some(kept) = &mut self.kept {
            kept.open += share;
        }
        0.0
    }

    /// The clients of a share of the connections, each with one next request.
    pub(super) fn next_requests(&self, share: f64) -> f64 {
        share * self.requests_per_second / REQUESTS_PER_CONNECTION
    }
}
