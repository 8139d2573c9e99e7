//! The `EndpointSlice` controller (`pkg/controller/endpointslice`): its caches, its queue and its calls.
//!
//! A component: it owns its state, handles its own events, and reaches everything else through
//! [`SliceContext`]. A replication and the replay of a recording run the same component. Changed pods are
//! recorded when their change reaches the cache; a sync looks only at those.

use super::endpoint::EndpointChange;
use crate::cluster::PodTable;
use crate::cluster::pod::PodId;
use crate::cluster::rate::TokenBucket;
use crate::cluster::work_queue::WorkQueue;
use crate::model::ControlPlane;
use crate::observe::{KeysQueued, SyncEnd};
use crate::{Span, Timestamp};
use ::controller::endpoint_slices::{
    CachedSlice, Difference, Endpoint, Operation, PlannedWrite, PodState, SliceId, Tracker, plan, wakes,
};
use std::collections::{BTreeMap, VecDeque};

/// First back-off of a failed sync (`defaultSyncBackOff`,
/// `pkg/controller/endpointslice/endpointslice_controller.go`); doubles up to 1000 s.
const FIRST_BACKOFF: Span = Span::SECOND;
/// Retries before the Service is dropped until its next event (`maxRetries`, the same file).
const MOST_RETRIES: u32 = 15;
/// Delay of the sync after a slice was changed by another client (`endpointSliceChangeMinSyncDelay`, the same
/// file).
const FOREIGN_CHANGE_DELAY: Span = Span::SECOND;
/// The one key of the queue.
const KEY: u32 = 0;

/// Events of the controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SliceEvent {
    /// A worker syncs the Service.
    Sync,
    /// A delayed sync is due.
    RetryDue,
    /// A write reaches the API server.
    Arrives,
    /// Its answer returns.
    Returns,
    /// The cache shows a write that the controller does not know yet.
    Seen,
}

/// What the controller needs of its surroundings.
pub(super) trait SliceContext {
    /// Whether a write is told with all its endpoints.
    const WANTS_CONTENT: bool = false;
    /// The current time.
    fn now(&self) -> Timestamp;
    /// Schedules an event of the controller.
    fn schedule_at(&mut self, at: Timestamp, event: SliceEvent);
    /// Whether the controller runs.
    fn is_running(&self) -> bool;
    /// Delay of a request to the API server.
    fn request(&mut self) -> Span;
    /// Delay of an answer.
    fn response(&mut self) -> Span;
    /// Delay from a commit to the cache.
    fn watch(&mut self) -> Span;
    /// A sync begins.
    fn sync_begins(&mut self);
    /// A sync ends.
    fn sync_ends(&mut self, end: SyncEnd);
    /// A write has reached the API server.
    fn wrote(&mut self, write: &SliceWrite<'_>);
}

/// A write that reached the API server.
pub(super) struct SliceWrite<'a> {
    pub(super) operation: Operation,
    /// The slice that is written.
    pub(super) slice: SliceId,
    /// HTTP status code of the refusal.
    pub(super) refused: Option<u16>,
    /// The endpoints that the write changes.
    pub(super) changes: &'a [EndpointChange],
    /// All endpoints of the written slice, by pod; empty unless wanted.
    pub(super) content: &'a [(PodId, Endpoint)],
}

/// A pod in the controller's cache.
#[derive(Debug, Clone, Copy, Default)]
struct TrackedPod {
    known: bool,
    state: PodState,
    /// The endpoint that should be listed.
    endpoint: Option<Endpoint>,
    /// The endpoint in the cached slices.
    listed: Option<(SliceId, Endpoint)>,
    noted: bool,
    /// Time of its first change in the API server that the cache does not show yet.
    changed: Option<Timestamp>,
    /// Time of its first change that the cache shows but no write contains.
    since: Option<Timestamp>,
    /// The same for the write in progress.
    writing_since: Option<Timestamp>,
}

impl TrackedPod {
    fn differs(&self) -> bool {
        self.listed.map(|(_, endpoint)| endpoint) != self.endpoint
    }
}

/// A slice in the API server.
#[derive(Debug, Clone, Copy)]
struct StoredSlice {
    exists: bool,
    generation: u32,
}

/// A change of a slice on its way to the cache.
struct Delivery {
    due: Timestamp,
    slice: SliceId,
    /// `None` if the slice is gone.
    generation: Option<u32>,
    placeholder: bool,
    changes: Vec<(PodId, Option<Endpoint>)>,
}

/// A write of the current sync.
struct PreparedWrite {
    plan: PlannedWrite<PodId>,
    /// The generation that it replaces.
    replaces: u32,
    /// All endpoints of the written slice, if wanted.
    content: Vec<(PodId, Endpoint)>,
}

/// State of the controller.
pub(super) struct EndpointController {
    queue: WorkQueue,
    client: Option<TokenBucket>,
    /// The cache shows the Service.
    service: bool,
    /// Limit of a slice.
    most: u32,
    /// Endpoints of pods that are not Ready are published as ready.
    publish_not_ready: bool,
    pods: PodTable<TrackedPod>,
    /// Pods whose endpoint may differ from the cached slices.
    noted: Vec<PodId>,
    /// Number of endpoints that should be listed.
    total: u32,
    /// The slices in the cache, in order.
    cached: Vec<CachedSlice>,
    /// Their generations, by number of the slice.
    generations: Vec<Option<u32>>,
    stored: Vec<StoredSlice>,
    deliveries: VecDeque<Delivery>,
    last_due: Timestamp,
    tracker: Tracker,
    /// The remaining writes of the current sync.
    writes: VecDeque<PreparedWrite>,
    /// The answer to the write in transit.
    answer: Option<Result<(SliceId, Option<u32>), u16>>,
    /// Reused allocation.
    changes: Vec<EndpointChange>,
}

impl EndpointController {
    pub(super) fn new(settings: &ControlPlane, publish_not_ready: bool, most: u32) -> Self {
        Self {
            queue: WorkQueue::new(settings.workers).backing_off_from(FIRST_BACKOFF),
            client: settings.client_limit.map(|(rate, burst)| TokenBucket::new(rate, burst)),
            service: true,
            most,
            publish_not_ready,
            pods: PodTable::default(),
            noted: Vec::new(),
            total: 0,
            cached: Vec::new(),
            generations: Vec::new(),
            stored: Vec::new(),
            deliveries: VecDeque::new(),
            last_due: Timestamp::from_nanos(i64::MIN),
            tracker: Tracker::default(),
            writes: VecDeque::new(),
            answer: None,
            changes: Vec::new(),
        }
    }

    pub(super) fn reset(&mut self, settings: &ControlPlane) {
        self.queue.reset(settings.workers);
        if let Some(client) = &mut self.client {
            client.refill();
        }
        self.pods.clear();
        self.noted.clear();
        self.total = 0;
        self.cached.clear();
        self.generations.clear();
        self.stored.clear();
        self.deliveries.clear();
        self.last_due = Timestamp::from_nanos(i64::MIN);
        self.tracker.reset();
        self.writes.clear();
        self.answer = None;
    }

    /// Registers a pod that exists at the start, listed if it should be. The Service has been there for long.
    pub(super) fn settle(&mut self, id: PodId, state: PodState) -> Option<Endpoint> {
        let endpoint = Endpoint::of(state, self.publish_not_ready);
        let listed = endpoint.map(|endpoint| (self.settled_slice(), endpoint));
        self.total += u32::from(endpoint.is_some());
        *self.pods.row(id) = TrackedPod { known: true, state, endpoint, listed, ..TrackedPod::default() };
        endpoint
    }

    /// The slice for one more endpoint at the start.
    fn settled_slice(&mut self) -> SliceId {
        if let Some(last) = self.cached.last_mut().filter(|last| last.size < self.most) {
            last.size += 1;
            last.placeholder = false;
            return last.id;
        }
        let id = SliceId(self.stored.len() as u32);
        self.stored.push(StoredSlice { exists: true, generation: 1 });
        self.cached.push(CachedSlice { id, size: 1, placeholder: false });
        self.note_generation(id, Some(1));
        id
    }

    /// All pods that exist at the start are registered.
    pub(super) fn settled(&mut self) {
        if self.total == 0 {
            self.stored.push(StoredSlice { exists: true, generation: 1 });
            self.cached.push(CachedSlice { id: SliceId(0), size: 0, placeholder: true });
            self.note_generation(SliceId(0), Some(1));
        }
    }

    /// The Service does not exist yet.
    pub(super) fn await_service(&mut self) {
        self.service = false;
    }

    /// The cache shows the Service.
    pub(super) fn service_appears(&mut self, cx: &mut impl SliceContext) {
        self.service = true;
        self.wake(cx);
    }

    pub(super) fn depth(&self) -> KeysQueued {
        self.queue.depth()
    }

    /// The endpoint of a pod has changed in the API server.
    pub(super) fn changes(&mut self, id: PodId, now: Timestamp) {
        let pod = self.pods.row(id);
        pod.changed = pod.changed.or(Some(now));
    }

    /// The cache shows a pod; `None` if it is gone.
    pub(super) fn see_pod(&mut self, id: PodId, state: Option<PodState>, cx: &mut impl SliceContext) {
        let endpoint = state.and_then(|state| Endpoint::of(state, self.publish_not_ready));
        let pod = self.pods.row(id);
        let woken = match (pod.known, state) {
            (true, Some(state)) => wakes(pod.state, state),
            (true, None) => pod.state.selected,
            (false, Some(state)) => state.selected,
            (false, None) => false,
        };
        pod.known = state.is_some();
        pod.state = state.unwrap_or_default();
        if pod.endpoint != endpoint {
            let changed = pod.changed.take();
            pod.since = pod.since.or(changed).or(Some(cx.now()));
            self.total = self.total + u32::from(endpoint.is_some()) - u32::from(pod.endpoint.is_some());
            pod.endpoint = endpoint;
            self.note(id);
        }
        if woken && self.service {
            self.wake(cx);
        }
    }

    fn note(&mut self, id: PodId) {
        if !std::mem::replace(&mut self.pods.row(id).noted, true) {
            self.noted.push(id);
        }
    }

    /// Queues the Service.
    pub(super) fn wake(&mut self, cx: &mut impl SliceContext) {
        self.queue.add(KEY);
        self.start_sync(cx);
    }

    /// A new leader knows only the stored objects; a sync of its predecessor has ended.
    pub(super) fn restart(&mut self) {
        self.tracker.reset();
    }

    pub(super) fn handle(&mut self, event: SliceEvent, cx: &mut impl SliceContext) {
        match event {
            SliceEvent::Sync => self.sync(cx),
            SliceEvent::RetryDue => {
                self.queue.timer(KEY, cx.now());
                self.start_sync(cx);
            }
            SliceEvent::Arrives => self.write_arrives(cx),
            SliceEvent::Returns => self.write_returns(cx),
            SliceEvent::Seen => self.catch_up(cx),
        }
    }

    /// Starts a sync. A worker that takes the Service reads the caches after all deliveries of this time.
    pub(super) fn start_sync(&mut self, cx: &mut impl SliceContext) {
        if cx.is_running() && self.queue.take().is_some() {
            cx.schedule_at(cx.now(), SliceEvent::Sync);
        }
    }

    /// The cache takes in the slices that have been delivered. Own writes need no event of their own: they
    /// are taken in before the cache is read, unless they overtake their answer.
    fn catch_up(&mut self, cx: &mut impl SliceContext) {
        let now = cx.now();
        while self.deliveries.front().is_some_and(|delivery| delivery.due <= now) {
            let Some(delivery) = self.deliveries.pop_front() else { break };
            let foreign = match delivery.generation {
                Some(generation) => self.tracker.is_foreign_change(delivery.slice, generation),
                None => self.tracker.is_foreign_deletion(delivery.slice),
            };
            self.cache_slice(delivery);
            if foreign {
                self.sync_later(now + FOREIGN_CHANGE_DELAY, cx);
            }
        }
    }

    fn cache_slice(&mut self, delivery: Delivery) {
        let Delivery { slice, generation, placeholder, changes, .. } = delivery;
        let place = self.cached.iter().position(|cached| cached.id == slice);
        let mut size = place.map_or(0, |place| self.cached[place].size);
        for (id, endpoint) in changes {
            let pod = self.pods.row(id);
            let was_here = pod.listed.is_some_and(|(listed, _)| listed == slice);
            if endpoint.is_none() && !was_here {
                continue;
            }
            size = size + u32::from(endpoint.is_some()) - u32::from(was_here);
            pod.listed = endpoint.map(|endpoint| (slice, endpoint));
            if pod.differs() {
                self.note(id);
            }
        }
        let cached = CachedSlice { id: slice, size, placeholder };
        match (place, generation) {
            (Some(place), Some(_)) => self.cached[place] = cached,
            (Some(place), None) => drop(self.cached.remove(place)),
            (None, Some(_)) => self.cached.push(cached),
            (None, None) => {}
        }
        self.note_generation(slice, generation);
    }

    /// The cache shows this generation of a slice; `None` if it is gone.
    fn note_generation(&mut self, slice: SliceId, generation: Option<u32>) {
        let index = slice.0 as usize;
        if index >= self.generations.len() {
            self.generations.resize(index + 1, None);
        }
        self.generations[index] = generation;
    }

    fn sync_later(&mut self, at: Timestamp, cx: &mut impl SliceContext) {
        if let Some(due) = self.queue.add_at(KEY, at) {
            cx.schedule_at(due, SliceEvent::RetryDue);
        }
    }

    /// A sync: writes the differences, unless the cache lacks a slice that was written before.
    fn sync<C: SliceContext>(&mut self, cx: &mut C) {
        cx.sync_begins();
        self.catch_up(cx);
        if self.tracker.is_stale(|id| self.cached_generation(id)) {
            return self.sync_fails(cx);
        }
        self.plan::<C>();
        self.write_next(cx);
    }

    fn plan<C: SliceContext>(&mut self) {
        let pods = &mut self.pods;
        self.noted.retain(|id| {
            let pod = pods.row(*id);
            pod.noted = pod.differs();
            pod.writing_since = pod.since.take();
            pod.noted
        });
        self.noted.sort_unstable();
        if self.noted.is_empty() && self.total > 0 {
            return;
        }
        let difference = |id: &PodId| {
            let TrackedPod { endpoint, listed, .. } = self.pods[id.index()];
            Difference { pod: *id, slice: listed.map(|(slice, _)| slice), endpoint }
        };
        let differences: Vec<_> = self.noted.iter().map(difference).collect();
        let writes = plan(&self.cached, &differences, self.total, self.most);
        for plan in writes {
            let content = if C::WANTS_CONTENT { self.content(&plan) } else { Vec::new() };
            let replaces = match plan.operation {
                Operation::Create => 0,
                Operation::Update(id) | Operation::Delete(id) => self.cached_generation(id).unwrap_or(0),
            };
            self.writes.push_back(PreparedWrite { plan, replaces, content });
        }
    }

    fn cached_generation(&self, id: SliceId) -> Option<u32> {
        self.generations.get(id.0 as usize).copied().flatten()
    }

    fn sync_fails(&mut self, cx: &mut impl SliceContext) {
        let now = cx.now();
        let mut again = None;
        if self.queue.failures(KEY) < MOST_RETRIES {
            let at = self.queue.back_off(KEY, now);
            again = Some(at.since(now));
            self.sync_later(at, cx);
        } else {
            self.queue.forget(KEY);
        }
        self.sync_ends(SyncEnd::Failed { again, refusal: None }, cx);
    }

    fn sync_ends(&mut self, end: SyncEnd, cx: &mut impl SliceContext) {
        cx.sync_ends(end);
        self.queue.done(KEY);
        self.start_sync(cx);
    }

    fn write_next(&mut self, cx: &mut impl SliceContext) {
        if self.writes.is_empty() {
            self.queue.forget(KEY);
            return self.sync_ends(SyncEnd::Done, cx);
        }
        let now = cx.now();
        let admitted = self.client.as_mut().map_or(now, |client| client.reserve(now));
        let arrives = admitted + cx.request();
        cx.schedule_at(arrives, SliceEvent::Arrives);
    }

    fn write_arrives(&mut self, cx: &mut impl SliceContext) {
        let Some(PreparedWrite { plan, replaces, content }) = self.writes.pop_front() else { return };
        let now = cx.now();
        let PlannedWrite { operation, changes, placeholder } = plan;
        let outcome = self.commit(operation, replaces);
        let mut told = std::mem::take(&mut self.changes);
        told.clear();
        let cached = now + cx.watch();
        let answered = now + cx.response();
        told.extend(changes.iter().map(|(id, after)| {
            let pod = &self.pods[id.index()];
            let before = pod.listed.map(|(_, endpoint)| endpoint);
            EndpointChange { pod: *id, before, after: *after, since: pod.writing_since }
        }));
        if let Ok((slice, generation)) = outcome {
            let due = self.deliver(Delivery { due: cached, slice, generation, placeholder, changes });
            if due < answered {
                cx.schedule_at(due, SliceEvent::Seen);
            }
        }
        self.answer = Some(outcome);
        cx.schedule_at(answered, SliceEvent::Returns);
        let slice = match (outcome, operation) {
            (Ok((slice, _)), _) | (Err(_), Operation::Update(slice) | Operation::Delete(slice)) => slice,
            (Err(_), Operation::Create) => SliceId(self.stored.len() as u32),
        };
        cx.wrote(&SliceWrite { operation, slice, refused: outcome.err(), changes: &told, content: &content });
        self.changes = told;
    }

    /// All endpoints of a written slice.
    fn content(&self, write: &PlannedWrite<PodId>) -> Vec<(PodId, Endpoint)> {
        let mut content = BTreeMap::new();
        if let Operation::Update(slice) = write.operation {
            let listed =
                (0u32..).zip(self.pods.iter()).filter_map(|(id, pod)| Some((PodId(id), pod.listed?)));
            content.extend(
                listed.filter(|(_, (id, _))| *id == slice).map(|(pod, (_, endpoint))| (pod, endpoint)),
            );
        }
        for (pod, endpoint) in &write.changes {
            match endpoint {
                Some(endpoint) => content.insert(*pod, *endpoint),
                None => content.remove(pod),
            };
        }
        content.into_iter().collect()
    }

    /// Stores a write; returns the slice with its generation, or the status code of a refusal.
    fn commit(&mut self, operation: Operation, replaces: u32) -> Result<(SliceId, Option<u32>), u16> {
        let (Operation::Update(id) | Operation::Delete(id)) = operation else {
            self.stored.push(StoredSlice { exists: true, generation: 1 });
            return Ok((SliceId(self.stored.len() as u32 - 1), Some(1)));
        };
        let stored = &mut self.stored[id.0 as usize];
        if !stored.exists {
            return Err(404);
        }
        if let Operation::Delete(_) = operation {
            stored.exists = false;
            return Ok((id, None));
        }
        if stored.generation != replaces {
            return Err(409);
        }
        stored.generation += 1;
        Ok((id, Some(stored.generation)))
    }

    /// Sends a change to the cache, in order; returns when it arrives.
    fn deliver(&mut self, mut delivery: Delivery) -> Timestamp {
        delivery.due = delivery.due.max(self.last_due);
        self.last_due = delivery.due;
        self.deliveries.push_back(delivery);
        self.last_due
    }

    fn write_returns(&mut self, cx: &mut impl SliceContext) {
        match self.answer.take() {
            None => {}
            Some(Ok((slice, Some(generation)))) => {
                self.tracker.written(slice, generation);
                self.write_next(cx);
            }
            Some(Ok((slice, None))) => {
                self.tracker.deleted(slice);
                self.write_next(cx);
            }
            Some(Err(_)) => {
                self.writes.clear();
                self.sync_fails(cx);
            }
        }
    }

    /// Another client removes endpoints from a slice, or deletes it.
    pub(super) fn foreign_write(
        &mut self,
        slice: SliceId,
        removed: &[PodId],
        deleted: bool,
        cx: &mut impl SliceContext,
    ) {
        let Some(stored) = self.stored.get_mut(slice.0 as usize) else { return };
        stored.exists = !deleted;
        stored.generation += 1;
        let generation = (!deleted).then_some(stored.generation);
        let changes = removed.iter().map(|id| (*id, None)).collect();
        let due = cx.now() + cx.watch();
        let due = self.deliver(Delivery { due, slice, generation, placeholder: false, changes });
        cx.schedule_at(due, SliceEvent::Seen);
    }
}
