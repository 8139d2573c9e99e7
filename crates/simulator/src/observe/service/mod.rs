//! The Service as its clients meet it: endpoints, the delay until every proxy follows them, and requests.

mod endpoints;
mod excess;
mod flow;
mod group;
mod in_flight;
mod losses;
#[cfg(test)]
mod tests;

use super::{Observation, Serving};
use crate::cluster::{ApiServer, EndpointChange, PodId, PodTable, Role};
use crate::engine::bits;
use crate::model::{Model, OnShutdown, Service, Traffic};
use crate::record::ServiceRecord;
use crate::{Span, Timestamp};
use endpoints::Endpoints;
use excess::MeanExcess;
use flow::Flow;
use group::Proxy;
use in_flight::InFlight;
use losses::{Cause, Losses};

/// Measures a Service.
#[derive(Debug, Clone)]
pub(super) struct ServiceMeasures {
    traffic: Traffic,
    local: bool,
    endpoints: Endpoints,
    proxies: Vec<Proxy>,
    pods: PodTable<Backend>,
    flow: Flow,
    in_flight: InFlight,
    losses: Losses,
    start: Timestamp,
    at: Timestamp,
    /// Requests lost when the rollout clock started and when it stopped.
    clock: (f64, Option<f64>),
}

/// A pod as requests meet it.
#[derive(Debug, Clone, Copy, Default)]
struct Backend {
    serving: Serving,
    /// The proxies that list it as ready, and as a fallback, one bit each.
    listed: [u64; 2],
    /// The share of the kept connections that it has beside what its groups gave it, at a moment.
    kept: f64,
    kept_at: Timestamp,
}

impl ServiceMeasures {
    pub(super) fn of(model: &Model) -> Option<Self> {
        let Service { traffic, local, proxies, .. } = model.service.as_ref()?;
        Some(Self {
            local: *local,
            endpoints: Endpoints::new(proxies.count),
            proxies: vec![Proxy::default(); proxies.count as usize],
            pods: PodTable::default(),
            flow: Flow::of(traffic),
            in_flight: InFlight::new(MeanExcess::of(&traffic.duration)),
            losses: Losses::new(traffic.requests_per_second),
            traffic: traffic.clone(),
            start: Timestamp::ZERO,
            at: Timestamp::ZERO,
            clock: (0.0, None),
        })
    }

    pub(super) fn begin(&mut self, start: Timestamp) {
        self.endpoints.reset();
        self.proxies.fill(Proxy::default());
        self.pods.clear();
        self.flow.reset();
        self.in_flight.reset();
        self.losses.reset(start);
        (self.start, self.at) = (start, start);
        self.clock = (0.0, None);
    }

    /// Whether this is about the Service; then it has been taken in.
    pub(super) fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        match seen {
            Observation::EndpointsWritten(changes) => self.endpoints.written(changes),
            Observation::EndpointsProgrammed { proxy, changes } => {
                self.advance(now);
                self.endpoints.programmed(now, usize::from(proxy), changes);
                for change in changes {
                    self.list(usize::from(proxy), change, api);
                }
                self.turn_groups(usize::from(proxy));
            }
            Observation::Serving(id, serving) => {
                self.advance(now);
                self.serve(id, serving);
            }
            _ => {}
        }
    }

    /// The rollout clock has started.
    pub(super) fn clock_begins(&mut self, now: Timestamp) {
        self.advance(now);
        self.clock = (self.losses.total(), None);
    }

    /// The rollout clock has stopped.
    pub(super) fn clock_ends(&mut self, now: Timestamp) {
        self.advance(now);
        self.clock.1 = Some(self.losses.total());
    }

    /// The record of the run that ends at `end`; `clock` is how long the rollout clock ran.
    pub(super) fn finish(&mut self, end: Timestamp, clock: Option<Span>) -> ServiceRecord {
        self.advance(end);
        let lost = self.clock.1.unwrap_or_else(|| self.losses.total()) - self.clock.0;
        let sent = |span: Span| self.traffic.requests_per_second * span.as_secs_f64();
        let clock = clock.filter(|clock| *clock > Span::ZERO);
        ServiceRecord {
            endpoints: self.endpoints.finish(),
            requests_sent: sent(end.since(self.start)) + self.losses.carried(),
            failed: self.losses.by_cause(),
            // A request counts when it fails: of a Service that is wholly down, those in flight when the clock
            // started come on top of all that were sent since.
            failed_share: clock.map(|clock| (lost / sent(clock)).min(1.0)),
            worst_ten_seconds: self.losses.worst_ten_seconds().min(1.0),
        }
    }

    fn backend(&mut self, id: PodId) -> &mut Backend {
        self.pods.row(id)
    }

    /// Lets time pass in which nothing changes.
    fn advance(&mut self, now: Timestamp) {
        let span = now.since(self.at);
        if span <= Span::ZERO {
            return;
        }
        let weight = 1.0 / self.proxies.len() as f64;
        if self.at == self.start {
            self.settle_connections(weight);
        }
        let mut shares = [0.0; Cause::NEW_CONNECTION.len()];
        let (mut without, mut astray) = (0, 0);
        for proxy in &self.proxies {
            match proxy.active() {
                None => {
                    shares[Cause::NoEndpoint as usize] += weight;
                    without += 1;
                }
                Some(group) if group.cannot.iter().any(|count| *count > 0) => {
                    for (share, count) in shares.iter_mut().zip(group.cannot) {
                        *share += weight * f64::from(count) / f64::from(group.members);
                    }
                    astray += 1;
                }
                Some(_) => {}
            }
        }
        self.endpoints.pass(span, without, astray);
        let failing: f64 = shares.iter().sum();
        let (attempts, mass) = self.flow.pass(span, failing);
        self.losses.pass(self.at, now, &shares, attempts);
        if let Some(mass) = mass {
            self.proxies.iter_mut().for_each(|proxy| proxy.take_connections(mass, weight));
        }
        self.at = now;
    }

    /// At the beginning the clients have had their connections for long, evenly to all endpoints.
    fn settle_connections(&mut self, weight: f64) {
        let share = self.flow.kept() * weight;
        for proxy in &mut self.proxies {
            if proxy.active().is_some() {
                proxy.take_connections((1.0, share), 1.0);
            } else {
                self.flow.release(share);
            }
        }
    }

    /// Whether an application answers new connections; if not, how they fail.
    fn failure(&self, serving: Serving) -> Option<Cause> {
        match (serving, self.traffic.on_shutdown) {
            (Serving::Starting, _) => Some(Cause::NotReady),
            (Serving::Stopping, OnShutdown::ClosesListener) | (Serving::Gone, _) => Some(Cause::Refused),
            (Serving::Unreachable, _) => Some(Cause::Timeout),
            (Serving::Accepting | Serving::Stopping, _) => None,
        }
    }

    /// A proxy has taken in a change of an endpoint.
    fn list(&mut self, proxy: usize, change: &EndpointChange, api: &ApiServer) {
        let id = change.pod;
        let here = |node: u32| !self.local || node as usize == proxy;
        if !api.pod(id).node.is_some_and(|node| here(node.0)) {
            return;
        }
        let role =
            |endpoint: Option<crate::cluster::Endpoint>| endpoint.and_then(crate::cluster::Endpoint::role);
        let (before, after) = (role(change.before), role(change.after));
        if before == after {
            return;
        }
        let serving = self.backend(id).serving;
        let failure = self.failure(serving);
        let kept = self.kept(id);
        if let Some(role) = before {
            self.stop_stream(id, proxy, role);
            self.proxies[proxy].group(role).count(failure, -1);
            self.backend(id).listed[role as usize] &= !(1 << proxy);
        }
        if let Some(role) = after {
            self.proxies[proxy].group(role).count(failure, 1);
            self.backend(id).listed[role as usize] |= 1 << proxy;
        }
        self.keep(id, kept);
    }

    /// The requests that a proxy sent to a pod come to an end; those that are in flight go on.
    fn stop_stream(&mut self, id: PodId, proxy: usize, role: Role) {
        if self.flow.keeps_connections() || self.failure(self.pods[id.index()].serving).is_some() {
            return;
        }
        let (at, rate) = self.proxies[proxy].stream(role, self.at, self.rate_per_proxy());
        self.in_flight.leave(id, at, rate);
    }

    fn rate_per_proxy(&self) -> f64 {
        self.traffic.requests_per_second / self.proxies.len() as f64
    }

    /// Ready endpoints have come or gone: a proxy may use its fallback from now on, or no more.
    fn turn_groups(&mut self, proxy: usize) {
        let rate = self.rate_per_proxy();
        self.proxies[proxy].turn(self.at, rate);
    }

    /// The application of a pod treats connections differently.
    fn serve(&mut self, id: PodId, serving: Serving) {
        let before = self.backend(id).serving;
        let (was, will) = (self.failure(before), self.failure(serving));
        let kept = self.kept(id);
        let ends = matches!(serving, Serving::Gone | Serving::Unreachable);
        let closes = ends || serving == Serving::Stopping && self.traffic.on_shutdown != OnShutdown::Ignores;
        if was.is_none() {
            self.cut(id, kept, serving, closes);
        } else if ends {
            self.lose_in_flight(id, 0.0, serving);
        }
        for (role, proxy) in listings(self.backend(id).listed) {
            let group = self.proxies[proxy].group(role);
            group.count(was, -1);
            group.count(will, 1);
        }
        self.backend(id).serving = serving;
        let left = if closes { self.flow.release(kept) } else { kept };
        self.keep(id, left);
    }

    /// An application that answered so far stops to do so, closes its connections, or goes.
    fn cut(&mut self, id: PodId, kept: f64, serving: Serving, closes: bool) {
        let rate = self.traffic.requests_per_second;
        match serving {
            Serving::Gone | Serving::Unreachable => {
                let now = if self.flow.keeps_connections() { kept * rate } else { self.streams_of(id) };
                self.lose_in_flight(id, now, serving);
                if serving == Serving::Unreachable {
                    // The next request on each of its connections hangs as well.
                    self.losses.add(self.at, Cause::Timeout, self.flow.next_requests(kept));
                }
            }
            _ if self.flow.keeps_connections() && closes => self.in_flight.leave(id, self.at, kept * rate),
            Serving::Stopping if self.failure(serving).is_some() => {
                for (role, proxy) in listings(self.pods[id.index()].listed) {
                    self.stop_stream(id, proxy, role);
                }
            }
            _ => {}
        }
    }

    /// What is in flight to a pod is lost: the stream that still flows, and what is left of earlier ones.
    fn lose_in_flight(&mut self, id: PodId, rate: f64, serving: Serving) {
        let cause = if serving == Serving::Gone { Cause::Reset } else { Cause::Timeout };
        let (lost, older) = self.in_flight.take(id, self.start, self.at, rate);
        self.losses.carry(older);
        self.losses.add(self.at, cause, lost);
    }

    /// Requests per second that the proxies send to a pod; what is left of a fallback that is not used any
    /// more is left to be in flight.
    fn streams_of(&mut self, id: PodId) -> f64 {
        let rate = self.rate_per_proxy();
        let mut flowing = 0.0;
        for (role, proxy) in listings(self.pods[id.index()].listed) {
            let (at, rate) = self.proxies[proxy].stream(role, self.at, rate);
            if at == self.at {
                flowing += rate;
            } else {
                self.in_flight.leave(id, at, rate);
            }
        }
        flowing
    }

    /// The share of the kept connections that lead to a pod.
    fn kept(&mut self, id: PodId) -> f64 {
        let (now, backend) = (self.at, *self.backend(id));
        if !self.flow.keeps_connections() {
            return 0.0;
        }
        backend.kept * self.flow.left_after(now.since(backend.kept_at)) + self.taken(&backend)
    }

    /// What the groups of a pod have given to each of their members.
    fn taken(&self, backend: &Backend) -> f64 {
        if self.failure(backend.serving).is_some() {
            return 0.0;
        }
        listings(backend.listed).map(|(role, proxy)| self.proxies[proxy].connections(role)).sum()
    }

    /// From now on a pod has such a share.
    fn keep(&mut self, id: PodId, share: f64) {
        if self.flow.keeps_connections() {
            let kept = share - self.taken(self.backend_ref(id));
            let now = self.at;
            let backend = self.backend(id);
            (backend.kept, backend.kept_at) = (kept, now);
        }
    }

    fn backend_ref(&self, id: PodId) -> &Backend {
        &self.pods[id.index()]
    }
}

/// The proxies that list a pod, and as what.
fn listings(listed: [u64; 2]) -> impl Iterator<Item = (Role, usize)> {
    let proxies = |role: Role| bits(listed[role as usize]).map(move |proxy| (role, proxy));
    proxies(Role::Ready).chain(proxies(Role::Fallback))
}
