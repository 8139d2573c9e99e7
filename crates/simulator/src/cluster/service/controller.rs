//! The `EndpointSlice` controller (`pkg/controller/endpointslice`, `staging/src/k8s.io/endpointslice`).
//!
//! Each changed pod is recorded when its change reaches the cache; a sync writes the recorded changes and
//! reads no other pods.

use super::ServiceEvent;
use super::endpoint::{Endpoint, EndpointChange};
use super::slices::{SliceId, Slices};
use crate::cluster::PodTable;
use crate::cluster::event::Event;
use crate::cluster::pod::{Pod, PodId};
use crate::cluster::rate::TokenBucket;
use crate::cluster::work_queue::WorkQueue;
use crate::cluster::world::World;
use crate::model::ControlPlane;
use crate::observe::{KeysQueued, Observation, Observer, SyncEnd, SyncKey};
use crate::{Span, Timestamp};
use std::collections::VecDeque;

/// First back-off of a sync with a stale cache (`defaultSyncBackOff`,
/// `pkg/controller/endpointslice/endpointslice_controller.go`); doubles up to 1000 s.
const FIRST_BACKOFF: Span = Span::SECOND;
/// Retries before the Service is dropped until its next event (`maxRetries`, the same file).
const MOST_RETRIES: u32 = 15;
/// The one key of the queue.
const KEY: u32 = 0;

/// State of the controller.
pub(super) struct EndpointController {
    queue: WorkQueue,
    client: Option<TokenBucket>,
    entries: PodTable<TrackedPod>,
    /// Pods whose endpoint may differ from the written one.
    noted: Vec<PodId>,
    slices: Slices,
    /// The changes of the current sync, slice by slice ...
    plan: Vec<(SliceId, EndpointChange)>,
    /// ... and the number of changes in each remaining write.
    writes: VecDeque<usize>,
    /// Reused allocation for the slices of a plan.
    touched: Vec<SliceId>,
    /// When the cache shows all written slices.
    fresh_at: Timestamp,
}

/// A pod in the controller's view.
#[derive(Debug, Clone, Copy, Default)]
struct TrackedPod {
    cached: Option<Endpoint>,
    written: Option<Endpoint>,
    slice: SliceId,
    noted: bool,
    /// Time of its first change in the API server that the cache does not show yet.
    changed: Option<Timestamp>,
    /// Time of its first change that the cache shows but no slice contains.
    since: Option<Timestamp>,
}

impl EndpointController {
    pub(super) fn new(settings: &ControlPlane) -> Self {
        Self {
            queue: WorkQueue::new(settings.workers).backing_off_from(FIRST_BACKOFF),
            client: settings.client_limit.map(|(rate, burst)| TokenBucket::new(rate, burst)),
            entries: PodTable::default(),
            noted: Vec::new(),
            slices: Slices::default(),
            plan: Vec::new(),
            writes: VecDeque::new(),
            touched: Vec::new(),
            fresh_at: Timestamp::from_nanos(i64::MIN),
        }
    }

    pub(super) fn reset(&mut self, settings: &ControlPlane) {
        self.queue.reset(settings.workers);
        if let Some(client) = &mut self.client {
            client.refill();
        }
        self.entries.clear();
        self.noted.clear();
        self.slices.reset();
        self.plan.clear();
        self.writes.clear();
        self.fresh_at = Timestamp::from_nanos(i64::MIN);
    }

    /// Registers a pod that is listed at the start.
    pub(super) fn settle(&mut self, id: PodId, endpoint: Option<Endpoint>) {
        let slice = if endpoint.is_some() { self.slices.add(&[]) } else { SliceId::default() };
        *self.entry(id) = TrackedPod { cached: endpoint, written: endpoint, slice, ..TrackedPod::default() };
    }

    pub(super) fn depth(&self) -> KeysQueued {
        self.queue.depth()
    }

    fn entry(&mut self, id: PodId) -> &mut TrackedPod {
        self.entries.row(id)
    }

    /// A pod has changed in the API server.
    fn changes(&mut self, id: PodId, now: Timestamp) {
        let entry = self.entry(id);
        entry.changed = entry.changed.or(Some(now));
    }

    /// The cache shows a pod; returns whether its endpoint must be written.
    fn cache(&mut self, id: PodId, endpoint: Option<Endpoint>, now: Timestamp) -> bool {
        let entry = self.entry(id);
        if entry.cached == endpoint {
            return false;
        }
        entry.cached = endpoint;
        let changed = entry.changed.take();
        entry.since = entry.since.or(changed).or(Some(now));
        if !std::mem::replace(&mut entry.noted, true) {
            self.noted.push(id);
        }
        true
    }

    /// Turns the recorded changes into writes, one per slice.
    fn plan(&mut self) {
        let mut noted = std::mem::take(&mut self.noted);
        noted.sort_unstable();
        let mut touched = std::mem::take(&mut self.touched);
        touched.clear();
        // Removed and changed endpoints determine which slices are written anyway.
        let is_new = |entry: &TrackedPod| entry.written.is_none() && entry.cached.is_some();
        for (pass, id) in [false, true].into_iter().flat_map(|new| noted.iter().map(move |id| (new, *id))) {
            let entry = self.entries[id.index()];
            if is_new(&entry) != pass || entry.written == entry.cached {
                continue;
            }
            let slice = if pass { self.slices.add(&touched) } else { entry.slice };
            if entry.cached.is_none() {
                self.slices.remove(slice);
            }
            if !touched.contains(&slice) {
                touched.push(slice);
            }
            let change =
                EndpointChange { pod: id, before: entry.written, after: entry.cached, since: entry.since };
            self.plan.push((slice, change));
        }
        for id in noted.drain(..) {
            let entry = &mut self.entries[id.index()];
            entry.noted = false;
            entry.since = None;
        }
        (self.noted, self.touched) = (noted, touched);
        self.plan.sort_by_key(|(slice, change)| (*slice, change.pod));
        for (slice, change) in &self.plan {
            let entry = &mut self.entries[change.pod.index()];
            (entry.written, entry.slice) = (change.after, *slice);
        }
        let sizes = self.plan.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len);
        self.writes.extend(sizes);
    }
}

impl<O: Observer> World<O> {
    /// A pod has changed in the API server: the change is in transit to the proxies from now on.
    pub(in super::super) fn note_endpoint_change(&mut self, id: PodId, before: &Pod) {
        let (now, after) = (self.now(), *self.api.pod(id));
        let Some(view) = self.service_mut() else { return };
        if view.endpoint(id, before) != view.endpoint(id, &after) {
            view.controller.changes(id, now);
        }
    }

    /// The controllers' cache shows a pod.
    pub(in super::super) fn endpoints_see(&mut self, id: PodId, pod: &Pod) {
        let now = self.now();
        let Some(view) = self.service_mut() else { return };
        let endpoint = view.endpoint(id, pod);
        if view.controller.cache(id, endpoint, now) {
            view.controller.queue.add(KEY);
            self.start_endpoints_sync();
        }
    }

    /// A new leader compares the state of the API server with the written slices. A sync of the previous
    /// leader has ended.
    pub(in super::super) fn list_endpoints(&mut self) {
        if self.service_mut().is_none() {
            return;
        }
        for index in 0..self.api.pods.len() {
            let pod = self.api.pods[index];
            self.endpoints_see(PodId(index as u32), &pod);
        }
        self.start_endpoints_sync();
    }

    /// Starts a sync. A worker that takes the Service reads the cache after all deliveries of this time.
    fn start_endpoints_sync(&mut self) {
        if !self.controllers_running {
            return;
        }
        let Some(view) = self.service_mut() else { return };
        if view.controller.queue.take().is_some() {
            self.calendar.schedule(Span::ZERO, Event::Service(ServiceEvent::Sync));
        }
    }

    pub(super) fn endpoints_retry_due(&mut self) {
        let now = self.now();
        let Some(view) = self.service_mut() else { return };
        view.controller.queue.timer(KEY, now);
        self.start_endpoints_sync();
    }

    /// A sync: writes the changes, unless the cache lacks a slice that was written before.
    pub(super) fn endpoints_sync(&mut self) {
        let now = self.now();
        self.sync_begins(SyncKey::Endpoints);
        let Some(view) = self.service_mut() else { return };
        let controller = &mut view.controller;
        if now < controller.fresh_at {
            return self.endpoints_sync_fails();
        }
        controller.plan();
        self.write_next_slice();
    }

    fn endpoints_sync_fails(&mut self) {
        let now = self.now();
        let Some(view) = self.service_mut() else { return };
        let queue = &mut view.controller.queue;
        let mut end = SyncEnd::Failed { again: None, refusal: None };
        if queue.failures(KEY) < MOST_RETRIES {
            let again = queue.back_off(KEY, now);
            end = SyncEnd::Failed { again: Some(again.since(now)), refusal: None };
            if let Some(due) = queue.add_at(KEY, again) {
                self.calendar.schedule_at(due, Event::Service(ServiceEvent::RetryDue));
            }
        } else {
            queue.forget(KEY);
        }
        self.endpoints_sync_ends(end);
    }

    fn endpoints_sync_ends(&mut self, end: SyncEnd) {
        self.sync_ends(SyncKey::Endpoints, end);
        let Some(view) = self.service_mut() else { return };
        view.controller.queue.done(KEY);
        self.start_endpoints_sync();
    }

    fn write_next_slice(&mut self) {
        let now = self.now();
        let Some(site) = &mut self.site else { return };
        let Some(view) = &mut site.service else { return };
        if view.controller.writes.is_empty() {
            view.controller.queue.forget(KEY);
            return self.endpoints_sync_ends(SyncEnd::Done);
        }
        let admitted = view.controller.client.as_mut().map_or(now, |client| client.reserve(now));
        let takes = self.settings.request.next(&mut view.stream);
        self.calendar.schedule_at(admitted + takes, Event::Service(ServiceEvent::SliceArrives));
    }

    pub(super) fn slice_arrives(&mut self) {
        let now = self.now();
        let Some(view) = self.site.as_mut().and_then(|site| site.service.as_mut()) else { return };
        let Some(size) = view.controller.writes.pop_front() else { return };
        let mut changes = std::mem::take(&mut view.changes);
        changes.clear();
        changes.extend(view.controller.plan.drain(..size).map(|(_, change)| change));
        let cached = now + self.settings.watch.next(&mut view.stream);
        view.controller.fresh_at = view.controller.fresh_at.max(cached);
        let returns = self.settings.response.next(&mut view.stream);
        self.calendar.schedule(returns, Event::Service(ServiceEvent::SliceReturns));
        self.see(Observation::EndpointsWritten(&changes));
        self.publish_slice(&changes);
        self.give_back(changes);
    }

    pub(super) fn slice_returns(&mut self) {
        self.write_next_slice();
    }
}
