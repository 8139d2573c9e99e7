//! kube-proxy on the nodes with clients (`pkg/proxy`).
//!
//! Every proxy follows the same slices in the same order, so its state is a position in one list of changes
//! and its next sync time.

use super::ServiceEvent;
use super::endpoint::EndpointChange;
use crate::Timestamp;
use crate::cluster::event::Event;
use crate::cluster::world::World;
use crate::engine::bits;
use crate::observe::{Observation, Observer};
use std::collections::VecDeque;

/// The proxies, and the changes that some of them have not applied yet.
pub(super) struct ProxyStates {
    all: Vec<ProxyState>,
    changes: VecDeque<EndpointChange>,
    /// Position of the first stored change in the list of all changes.
    first: usize,
}

/// One proxy.
#[derive(Debug, Clone)]
struct ProxyState {
    /// Its position in the list of all changes.
    applied: usize,
    /// The written slices that it has not applied: delivery time of each, and the position after it.
    seen: VecDeque<(Timestamp, usize)>,
    last_seen: Timestamp,
    /// Start of the next or current sync.
    begins: Option<Timestamp>,
    /// End of the last sync.
    ended: Option<Timestamp>,
}

impl ProxyState {
    fn new() -> Self {
        let never = Timestamp::from_nanos(i64::MIN);
        Self { applied: 0, seen: VecDeque::new(), last_seen: never, begins: None, ended: None }
    }

    fn reset(&mut self) {
        self.seen.clear();
        *self = Self { seen: std::mem::take(&mut self.seen), ..Self::new() };
    }
}

impl ProxyStates {
    pub(super) fn new(count: u32) -> Self {
        Self { all: vec![ProxyState::new(); count as usize], changes: VecDeque::new(), first: 0 }
    }

    pub(super) fn reset(&mut self) {
        self.all.iter_mut().for_each(ProxyState::reset);
        self.changes.clear();
        self.first = 0;
    }

    pub(super) fn count(&self) -> u8 {
        self.all.len() as u8
    }

    /// Drops the changes that every proxy has applied.
    fn forget_applied(&mut self) {
        let slowest = self.all.iter().map(|proxy| proxy.applied).min().unwrap_or(0);
        self.changes.drain(..slowest - self.first);
        self.first = slowest;
    }
}

impl<O: Observer> World<O> {
    /// A slice was written: schedules its delivery to every proxy.
    pub(super) fn publish_slice(&mut self, changes: &[EndpointChange]) {
        let now = self.now();
        let Some(view) = self.site.as_mut().and_then(|site| site.service.as_mut()) else { return };
        let proxies = &mut view.proxies;
        proxies.changes.extend(changes);
        let place = proxies.first + proxies.changes.len();
        let mut idle: u64 = 0;
        for (index, proxy) in proxies.all.iter_mut().enumerate() {
            let due = now + self.settings.watch.next(&mut view.stream);
            proxy.last_seen = proxy.last_seen.max(due);
            proxy.seen.push_back((proxy.last_seen, place));
            idle |= u64::from(proxy.begins.is_none()) << index;
        }
        for index in bits(idle) {
            self.schedule_proxy(index as u8);
        }
    }

    /// Schedules the next sync if there are changes, not before the minimum interval since the end of the
    /// last one.
    fn schedule_proxy(&mut self, index: u8) {
        let Some(view) = self.site.as_mut().and_then(|site| site.service.as_mut()) else { return };
        let Some(service) = &view.model.service else { return };
        let proxy = &mut view.proxies.all[usize::from(index)];
        let Some(&(seen, _)) = proxy.seen.front() else { return };
        let allowed = proxy.ended.map_or(seen, |ended| ended + service.proxies.min_interval);
        let begins = seen.max(allowed);
        proxy.begins = Some(begins);
        let takes = service.proxies.programming.at(view.stream.uniform());
        self.calendar.schedule_at(begins + takes, Event::Service(ServiceEvent::Programmed(index)));
    }

    /// A sync ends: applies the slices that the proxy had received at its start.
    pub(super) fn proxy_programmed(&mut self, index: u8) {
        let now = self.now();
        let Some(view) = self.service_mut() else { return };
        let proxies = &mut view.proxies;
        let proxy = &mut proxies.all[usize::from(index)];
        let Some(began) = proxy.begins.take() else { return };
        proxy.ended = Some(now);
        let from = proxy.applied;
        while let Some((_, place)) = proxy.seen.front().copied().filter(|(seen, _)| *seen <= began) {
            proxy.applied = place;
            proxy.seen.pop_front();
        }
        let range = from - proxies.first..proxy.applied - proxies.first;
        let mut changes = std::mem::take(&mut view.changes);
        changes.clear();
        changes.extend(proxies.changes.range(range));
        proxies.forget_applied();
        self.see(Observation::EndpointsProgrammed { proxy: index, changes: &changes });
        self.give_back(changes);
        self.schedule_proxy(index);
    }
}
