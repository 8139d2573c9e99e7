//! Number of endpoints in the slices, and lag of the proxies.

use crate::cluster::{Endpoint, EndpointChange};
use crate::record::EndpointsRecord;
use crate::{Span, Timestamp};
use std::collections::VecDeque;

/// Counts endpoints and changes in transit.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    ready: i32,
    serving: i32,
    min: Option<(i32, i32)>,
    /// Sums over all proxies.
    without: Span,
    astray: Span,
    /// Begin of each change that some proxy lacks, and the number of proxies that lack it; in slice order.
    under_way: VecDeque<(Timestamp, u32)>,
    /// Number of changes that every proxy has applied.
    done: usize,
    /// By proxy: number of applied changes.
    applied: Vec<usize>,
    lag_max: Span,
    lag_sum: Span,
}

impl Endpoints {
    pub(super) fn new(proxies: u32) -> Self {
        Self {
            ready: 0,
            serving: 0,
            min: None,
            without: Span::ZERO,
            astray: Span::ZERO,
            under_way: VecDeque::new(),
            done: 0,
            applied: vec![0; proxies as usize],
            lag_max: Span::ZERO,
            lag_sum: Span::ZERO,
        }
    }

    pub(super) fn reset(&mut self) {
        let (mut under_way, mut applied) =
            (std::mem::take(&mut self.under_way), std::mem::take(&mut self.applied));
        under_way.clear();
        applied.fill(0);
        *self = Self { under_way, applied, ..Self::new(0) };
    }

    /// A slice was written.
    pub(super) fn written(&mut self, changes: &[EndpointChange]) {
        let count =
            |endpoint: Option<Endpoint>, what: fn(Endpoint) -> bool| i32::from(endpoint.is_some_and(what));
        for change in changes {
            let difference = |what| count(change.after, what) - count(change.before, what);
            self.ready += difference(|endpoint| endpoint.ready);
            self.serving += difference(|endpoint| endpoint.serving);
            if let Some(since) = begun(change) {
                self.under_way.push_back((since, self.applied.len() as u32));
            }
        }
        let (ready, serving) = self.min.unwrap_or((i32::MAX, i32::MAX));
        self.min = Some((ready.min(self.ready), serving.min(self.serving)));
    }

    /// A proxy has applied changes.
    pub(super) fn programmed(&mut self, now: Timestamp, proxy: usize, changes: &[EndpointChange]) {
        let counted = changes.iter().filter(|change| begun(change).is_some()).count();
        let from = self.applied[proxy];
        self.applied[proxy] += counted;
        for place in from - self.done..from - self.done + counted {
            let (since, lacking) = &mut self.under_way[place];
            *lacking -= 1;
            if *lacking == 0 {
                let lag = now.since(*since);
                self.lag_max = self.lag_max.max(lag);
                self.lag_sum += lag;
            }
        }
        while self.under_way.front().is_some_and(|(_, lacking)| *lacking == 0) {
            self.under_way.pop_front();
            self.done += 1;
        }
    }

    /// Advances the time, with the number of proxies without an endpoint and of proxies with one that cannot
    /// answer.
    pub(super) fn pass(&mut self, span: Span, without: u32, astray: u32) {
        let times = |count: u32| Span::from_nanos(span.as_nanos() * i64::from(count));
        self.without += times(without);
        self.astray += times(astray);
    }

    pub(super) fn finish(&self) -> EndpointsRecord {
        let (ready_min, serving_min) = self.min.unwrap_or_default();
        let mean = |sum: Span, of: usize| Span::from_nanos(sum.as_nanos() / of.max(1) as i64);
        EndpointsRecord {
            ready_min,
            serving_min,
            without: mean(self.without, self.applied.len()),
            astray: mean(self.astray, self.applied.len()),
            lag_max: (self.done > 0).then_some(self.lag_max),
            lag_mean: (self.done > 0).then(|| mean(self.lag_sum, self.done)),
        }
    }
}

/// Begin of a change that makes an endpoint ready or not ready; other changes delay no request.
fn begun(change: &EndpointChange) -> Option<Timestamp> {
    let ready = |endpoint: Option<Endpoint>| endpoint.is_some_and(|endpoint| endpoint.ready);
    change.since.filter(|_| ready(change.before) != ready(change.after))
}
