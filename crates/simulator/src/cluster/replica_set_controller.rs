//! The `ReplicaSet` controller at work: batches of creations, deletions, and the status after them
//! (`syncReplicaSet`, `pkg/controller/replicaset/replica_set.go`).

use super::api_event::{EventFilters, EventSender};
use super::control_plane::{Call, Fate, Treatment};
use super::event::{Controller, Event};
use super::informer::ChangeKind;
use super::pod::{Pod, PodId};
use super::rate::TokenBucket;
use super::refusal::{About, Refusal};
use super::victims::{Candidate, Victims};
use super::work_queue::WorkQueue;
use super::world::World;
use crate::model::{ControlPlane, Resource, Verb};
use crate::observe::{Observation, Observer, SetReport, SyncEnd, SyncKey};
use crate::{Span, Timestamp};
use controller::api::{ErrorId, ReplicaSet, ReplicaSetId, ReplicaSetStatus, TemplateId};
use controller::claim::{Claimable, Ownership, Verdict, verdict};
use controller::replica_set::{
    Expectations, Plan, PodCounts, SlowStart, availability_requeue, needs_write, plan, status,
};

/// Queue and passes of the controller.
pub(super) struct ReplicaSetController {
    pub(super) queue: WorkQueue,
    pub(super) client: Option<TokenBucket>,
    pub(super) events: EventSender,
    work: Vec<Work>,
    /// Memory for deliveries of pods.
    pub(super) delivery: Vec<(ChangeKind, PodId, Pod, Option<Pod>)>,
    /// Memory for the choice of pods to delete.
    victims: Victims,
}

/// What the controller keeps in mind about one `ReplicaSet`.
#[derive(Default)]
pub(super) struct Work {
    expectations: Option<Expectations>,
    /// Pods whose deletion is expected, sorted.
    expected_deletions: Vec<PodId>,
    /// Versions of the controller's own writes that the caches must have seen before the next pass
    /// (`pkg/controller/util/consistency`, new in v1.36); 0 for none.
    written_pod: u64,
    written_status: u64,
    pub(super) filters: EventFilters,
    /// The claim under way was refused.
    claim_failed: bool,
    pass: Option<Pass>,
}

/// A pass under way.
struct Pass {
    seen: ReplicaSet,
    counts: PodCounts,
    next_waiting: Option<Timestamp>,
    batches: SlowStart,
    /// Pods to create in all its batches; 0 if the pass deletes.
    to_create: i32,
    outstanding: u32,
    created: i32,
    batch_failed: bool,
    last_return: Timestamp,
    error: Option<ErrorId>,
    status: ReplicaSetStatus,
    attempt: u8,
    status_outcome: Result<u64, Refusal>,
}

impl ReplicaSetController {
    pub(super) fn new(settings: &ControlPlane) -> Self {
        Self {
            queue: WorkQueue::new(settings.workers),
            client: settings.client_limit.map(|(rate, burst)| TokenBucket::new(rate, burst)),
            events: EventSender::default(),
            work: Vec::new(),
            delivery: Vec::new(),
            victims: Victims::default(),
        }
    }

    /// Forgets everything, as a restart does.
    pub(super) fn restart(&mut self, settings: &ControlPlane) {
        self.queue.reset(settings.workers);
        self.work.clear();
        self.events = EventSender::default();
        if let Some(client) = &mut self.client {
            client.refill();
        }
    }

    pub(super) fn work(&mut self, id: ReplicaSetId) -> &mut Work {
        let index = id.0 as usize;
        if index >= self.work.len() {
            self.work.resize_with(index + 1, Work::default);
        }
        &mut self.work[index]
    }

    /// The template of the `ReplicaSet` that a pass under way works on.
    pub(super) fn template_in_work(&mut self, id: ReplicaSetId) -> Option<TemplateId> {
        self.work(id).pass.as_ref().map(|pass| pass.seen.template)
    }

    /// A `ReplicaSet` is gone: nothing is expected of it any more.
    pub(super) fn forget(&mut self, id: ReplicaSetId) {
        let work = self.work(id);
        work.expectations = None;
        work.expected_deletions.clear();
        work.written_pod = 0;
        work.written_status = 0;
    }

    /// An owned pod has shown up in the cache.
    pub(super) fn observe_creation(&mut self, id: ReplicaSetId) {
        if let Some(expectations) = &mut self.work(id).expectations {
            expectations.creations_done(1);
        }
    }

    /// A pod's deletion has shown up in the cache, or failed: counts once per pod.
    pub(super) fn observe_deletion(&mut self, id: ReplicaSetId, pod: PodId) {
        let work = self.work(id);
        if let Ok(place) = work.expected_deletions.binary_search(&pod) {
            work.expected_deletions.remove(place);
            if let Some(expectations) = &mut work.expectations {
                expectations.deletion_done();
            }
        }
    }
}

impl<O: Observer> World<O> {
    pub(super) fn enqueue_replica_set(&mut self, id: ReplicaSetId) {
        self.replica_set_controller.queue.add(id.0);
        self.start_replica_set_passes();
    }

    /// Workers that take a key read the caches after all deliveries of this moment.
    pub(super) fn start_replica_set_passes(&mut self) {
        while let Some(key) = self.replica_set_controller.queue.take() {
            let event = Event::ReplicaSetPass(self.incarnation, ReplicaSetId(key));
            self.calendar.schedule(Span::ZERO, event);
        }
    }

    pub(super) fn replica_set_pass(&mut self, id: ReplicaSetId) {
        let now = self.now();
        self.sync_begins(SyncKey::ReplicaSet(id));
        if !self.caches_show_own_writes(id) {
            return self.end_replica_set_pass(id, Err(()));
        }
        let Some(seen) = self.caches.replica_set(id).cloned() else {
            self.replica_set_controller.forget(id);
            return self.end_replica_set_pass(id, Ok(()));
        };
        if let Some(pod) = self.pod_to_claim(id, &seen) {
            return self.send_claim(id, pod);
        }
        self.manage_replicas(id, seen, now);
    }

    /// Compares the pods that are there with those that are wanted, and does something about it.
    fn manage_replicas(&mut self, id: ReplicaSetId, seen: ReplicaSet, now: Timestamp) {
        let min_ready = Span::from_secs(seen.min_ready_seconds.into());
        let (counts, next_waiting) = self.caches.pods.counts(id, min_ready, now);
        let expectations = self.replica_set_controller.work(id).expectations;
        let met = expectations.is_none_or(|expectations| expectations.are_met(now));
        let todo = plan(seen.replicas, counts.active, met, seen.deletion.is_some());
        let pass = Pass {
            counts,
            next_waiting,
            batches: SlowStart::new(0),
            to_create: 0,
            outstanding: 0,
            created: 0,
            batch_failed: false,
            last_return: now,
            error: None,
            status: seen.status,
            attempt: 0,
            status_outcome: Ok(0),
            seen,
        };
        self.replica_set_controller.work(id).pass = Some(pass);
        match todo {
            Plan::Keep => self.report_replica_set(id),
            Plan::Create(count) => self.begin_creations(id, count),
            Plan::Delete(count) => self.begin_deletions(id, count as usize),
        }
    }

    /// A pod to let go, or one to take over. The selector of a Deployment's `ReplicaSet` contains the hash
    /// of its template, so it adopts only pods that another `ReplicaSet` of this template has left.
    fn pod_to_claim(&self, id: ReplicaSetId, seen: &ReplicaSet) -> Option<PodId> {
        let being_deleted = seen.deletion.is_some();
        let stray = self.caches.pods.stray_of(id);
        let is_bare = self.caches.deployment.is_none();
        let selects = |pod: &Pod| pod.matches && (is_bare || pod.template == seen.template);
        let orphan = if self.script.is_none() { self.caches.pods.orphan(selects) } else { None };
        stray.or(orphan).filter(|pod| self.claim(id, *pod, being_deleted) != Verdict::Ignore)
    }

    fn claim(&self, id: ReplicaSetId, pod: PodId, being_deleted: bool) -> Verdict {
        let Some(pod) = self.caches.pods.get(pod) else { return Verdict::Ignore };
        let owner = match pod.owner {
            None => Ownership::Nobody,
            Some(owner) if owner == id => Ownership::Mine,
            Some(_) => Ownership::Other,
        };
        let claimable = Claimable { owner, matches: pod.matches, being_deleted: pod.deletion.is_some() };
        verdict(claimable, being_deleted)
    }

    /// Claims go one after another, before anything is created or deleted.
    fn send_claim(&mut self, id: ReplicaSetId, pod: PodId) {
        let arrives = self.call_arrives_at(Call::Claim(id, pod));
        self.calendar.schedule_at(arrives, Event::ClaimArrives(self.incarnation, id, pod));
    }

    /// The patch is made. The pass goes on with what it returned, so the pod counts, or no longer counts,
    /// before the watch has shown it.
    pub(super) fn serve_claim(&mut self, id: ReplicaSetId, pod: PodId, treatment: Treatment) {
        let adopt = self.claim(id, pod, false) == Verdict::Adopt;
        let outcome = self.commit_under(treatment, |world| {
            world.commit_pod(pod, |pod| pod.owner = adopt.then_some(id));
            Ok(())
        });
        let delay = self.answer_delay(Call::Claim(id, pod), treatment);
        if let Err(refusal) = outcome {
            self.see_refused_call(refusal, Some(About::Pod(id, Verb::Patch)));
            self.replica_set_controller.work(id).claim_failed = true;
            return self.calendar.schedule(delay, Event::ClaimReturns(self.incarnation, id));
        }
        let stored = *self.api.pod(pod);
        self.caches.pods.take_in(pod, stored);
        let work = self.replica_set_controller.work(id);
        work.written_pod = work.written_pod.max(stored.resource_version);
        self.calendar.schedule(delay, Event::ClaimReturns(self.incarnation, id));
    }

    pub(super) fn claim_returns(&mut self, id: ReplicaSetId) {
        let now = self.now();
        if std::mem::take(&mut self.replica_set_controller.work(id).claim_failed) {
            // Nothing is created or deleted, and no status is written.
            return self.end_replica_set_pass(id, Err(()));
        }
        let Some(seen) = self.caches.replica_set(id).cloned() else {
            return self.end_replica_set_pass(id, Ok(()));
        };
        match self.pod_to_claim(id, &seen) {
            Some(pod) => self.send_claim(id, pod),
            None => self.manage_replicas(id, seen, now),
        }
    }

    /// The gate before a pass: the caches must have seen what the controller itself has written.
    fn caches_show_own_writes(&mut self, id: ReplicaSetId) -> bool {
        let (pods, replica_sets) = (self.caches.pods.version, self.caches.replica_sets_version);
        let work = self.replica_set_controller.work(id);
        let shown = work.written_pod <= pods && work.written_status <= replica_sets;
        if shown {
            work.written_pod = 0;
            work.written_status = 0;
        }
        shown
    }

    fn begin_creations(&mut self, id: ReplicaSetId, count: i32) {
        let now = self.now();
        let work = self.replica_set_controller.work(id);
        work.expectations = Some(Expectations::of_creations(count, now));
        work.expected_deletions.clear();
        if let Some(pass) = &mut work.pass {
            pass.to_create = count;
            pass.batches = SlowStart::new(count);
        }
        self.next_batch(id);
    }

    /// Sends the next batch of creations, or goes on to the status.
    fn next_batch(&mut self, id: ReplicaSetId) {
        let Some(pass) = &mut self.replica_set_controller.work(id).pass else {
            return;
        };
        let batch = if pass.batch_failed { None } else { pass.batches.next() };
        let Some(batch) = batch else {
            return self.end_creations(id);
        };
        pass.outstanding = batch as u32;
        for _ in 0..batch {
            let arrives = self.call_arrives_at(Call::CreatePod(id));
            self.calendar.schedule_at(arrives, Event::PodCreateArrives(self.incarnation, id));
        }
    }

    /// Creations that failed or were not tried will never be observed.
    fn end_creations(&mut self, id: ReplicaSetId) {
        let work = self.replica_set_controller.work(id);
        if let (Some(pass), Some(expectations)) = (&work.pass, &mut work.expectations) {
            expectations.creations_done(pass.to_create - pass.created);
        }
        self.report_replica_set(id);
    }

    /// The creation of a pod, after reviews that take time.
    pub(super) fn serve_creation(
        &mut self,
        id: ReplicaSetId,
        treatment: Treatment,
        verdict: Result<(), Refusal>,
    ) {
        let Some(template) = self.replica_set_controller.template_in_work(id) else {
            return;
        };
        let outcome = match verdict {
            Ok(()) => self.commit_under(treatment, |world| world.commit_new_pod(id, template)),
            Err(refusal) => Err(refusal),
        };
        if treatment.fate == Fate::NotStored && verdict.is_ok() {
            self.charge_for_nothing(template);
        }
        if let Err(refusal) = outcome {
            self.see(Observation::CreateRefused(template, refusal));
        }
        self.note_admission(template, outcome.map(drop));
        // A pod that a namespace refuses because it is being deleted counts as created: nobody tries again.
        let failure = outcome.err().filter(|refusal| *refusal != Refusal::NamespaceTerminating);
        let error = failure.map(|refusal| self.note_error(refusal, About::NewPod(id, template)));
        let work = self.replica_set_controller.work(id);
        if let Ok(version) = outcome {
            work.written_pod = work.written_pod.max(version);
        }
        if let Some(pass) = &mut work.pass {
            pass.created += i32::from(error.is_none());
            pass.batch_failed |= error.is_some();
            pass.error = pass.error.or(error);
        }
        if outcome != Err(Refusal::NamespaceTerminating) {
            let newest = PodId(self.api.pods.len() as u32 - u32::from(error.is_none()));
            self.report_on_replica_set(id, error.map_or(SetReport::Created(newest), SetReport::CreateFailed));
        }
        self.call_answered(id, Call::CreatePod(id), treatment);
    }

    /// One call of a batch was answered; the batch is over when the last answer is back.
    fn call_answered(&mut self, id: ReplicaSetId, call: Call, treatment: Treatment) {
        let returns = self.now() + self.answer_delay(call, treatment);
        let Some(pass) = &mut self.replica_set_controller.work(id).pass else {
            return;
        };
        pass.last_return = pass.last_return.max(returns);
        pass.outstanding -= 1;
        if pass.outstanding == 0 {
            let at = pass.last_return;
            self.calendar.schedule_at(at, Event::BatchReturns(self.incarnation, id));
        }
    }

    fn begin_deletions(&mut self, id: ReplicaSetId, count: usize) {
        let now = self.now();
        let mut chosen = std::mem::take(&mut self.replica_set_controller.work(id).expected_deletions);
        chosen.clear();
        self.choose_victims(id, count, &mut chosen);
        for pod in &chosen {
            let arrives = self.call_arrives_at(Call::DeletePod(id, *pod));
            self.calendar.schedule_at(arrives, Event::PodDeleteArrives(self.incarnation, id, *pod));
        }
        // Calls were made in the order of the ranking; from here on they are looked up.
        chosen.sort_unstable();
        let work = self.replica_set_controller.work(id);
        work.expectations = Some(Expectations::of_deletions(chosen.len() as i32, now));
        if let Some(pass) = &mut work.pass {
            pass.outstanding = chosen.len() as u32;
        }
        work.expected_deletions = chosen;
    }

    /// The `count` active pods that rank first; all of them without ranking if all are to go.
    fn choose_victims(&mut self, id: ReplicaSetId, count: usize, chosen: &mut Vec<PodId>) {
        let active = self.caches.pods.active(id);
        if count >= active.len() {
            chosen.extend_from_slice(active);
            chosen.sort_unstable();
            return;
        }
        let victims = &mut self.replica_set_controller.victims;
        victims.candidates.clear();
        victims.candidates.extend(active.iter().filter_map(|id| {
            let pod = self.caches.pods.ranked(self.caches.pods.get(*id)?);
            Some(Candidate { pod, id: *id })
        }));
        victims.choose(count, self.calendar.now(), chosen);
    }

    pub(super) fn serve_deletion(&mut self, id: ReplicaSetId, pod: PodId, treatment: Treatment) {
        let outcome = self.commit_under(treatment, |world| world.commit_pod_deletion(pod));
        if let Err(refusal) = outcome {
            self.see_refused_call(refusal, None);
            self.replica_set_controller.observe_deletion(id, pod);
        }
        match outcome {
            Ok(()) => self.report_on_replica_set(id, SetReport::Deleted(pod)),
            Err(Refusal::NotFound) => {}
            Err(refusal) => {
                let error = self.note_error(refusal, About::Pod(id, Verb::Delete));
                if let Some(pass) = &mut self.replica_set_controller.work(id).pass {
                    pass.error = pass.error.or(Some(error));
                }
                self.report_on_replica_set(id, SetReport::DeleteFailed(error));
            }
        }
        self.call_answered(id, Call::DeletePod(id, pod), treatment);
    }

    pub(super) fn batch_returns(&mut self, id: ReplicaSetId) {
        let creating =
            self.replica_set_controller.work(id).pass.as_ref().is_some_and(|pass| pass.to_create > 0);
        if creating {
            self.next_batch(id);
        } else {
            self.report_replica_set(id);
        }
    }

    /// Writes the status if it says something new.
    fn report_replica_set(&mut self, id: ReplicaSetId) {
        let now = self.now();
        let Some(pass) = &mut self.replica_set_controller.work(id).pass else {
            return;
        };
        pass.status = status(&pass.seen, pass.counts, pass.error, now);
        if needs_write(&pass.seen, &pass.status) {
            self.send_replica_set_status(id, Span::ZERO);
        } else {
            self.conclude_replica_set_pass(id);
        }
    }

    fn send_replica_set_status(&mut self, id: ReplicaSetId, after: Span) {
        let arrives = self.call_arrives_at(Call::ReplicaSetStatus(id)) + after;
        self.calendar.schedule_at(arrives, Event::ReplicaSetStatusArrives(self.incarnation, id));
    }

    /// The first attempt carries the version that the pass has seen, the second the stored one.
    pub(super) fn serve_replica_set_status(&mut self, id: ReplicaSetId, treatment: Treatment) {
        let Some(pass) = &self.replica_set_controller.work(id).pass else {
            return;
        };
        let (status, attempt, seen) = (pass.status, pass.attempt, pass.seen.resource_version);
        let version = match attempt {
            0 => Some(seen),
            _ => self.api.replica_set(id).map(|stored| stored.resource_version),
        };
        let outcome = match version {
            Some(version) => {
                self.commit_under(treatment, |world| world.commit_replica_set_status(id, version, status))
            }
            None => Err(Refusal::NotFound),
        };
        if let Err(refusal) = outcome {
            self.see_refused_call(refusal, Some(About::ReplicaSet(id, Verb::Status)));
        }
        if let Some(pass) = &mut self.replica_set_controller.work(id).pass {
            pass.status_outcome = outcome;
            pass.attempt += 1;
        }
        let delay = self.answer_delay(Call::ReplicaSetStatus(id), treatment);
        self.calendar.schedule(delay, Event::ReplicaSetStatusReturns(self.incarnation, id));
    }

    pub(super) fn replica_set_status_returns(&mut self, id: ReplicaSetId) {
        let work = self.replica_set_controller.work(id);
        let Some(pass) = &work.pass else { return };
        match (pass.status_outcome, pass.attempt) {
            (Ok(version), _) => {
                work.written_status = work.written_status.max(version);
                self.conclude_replica_set_pass(id);
            }
            (Err(_), 1) => {
                // The object is read again before the second attempt: one more round trip.
                let read = self.way_there(Resource::ReplicaSets, Verb::Get)
                    + self.way_back(Resource::ReplicaSets, Verb::Get);
                self.send_replica_set_status(id, read);
            }
            (Err(_), _) => self.end_replica_set_pass(id, Err(())),
        }
    }

    /// The status is reported: the pass succeeds or fails by what became of the creations and deletions.
    fn conclude_replica_set_pass(&mut self, id: ReplicaSetId) {
        let now = self.now();
        let Some(pass) = &self.replica_set_controller.work(id).pass else {
            return;
        };
        if pass.error.is_some() {
            return self.end_replica_set_pass(id, Err(()));
        }
        if let Some(after) = availability_requeue(&pass.seen, &pass.status, pass.next_waiting, now) {
            self.enqueue_after(Controller::ReplicaSet, id.0, after);
        }
        self.end_replica_set_pass(id, Ok(()));
    }

    /// Why a pass has failed: a creation or deletion, or else its status.
    fn refusal_of(&self, pass: &Pass) -> Option<Refusal> {
        let noted = pass.error.and_then(|error| self.errors.get(error.0 as usize));
        noted.map(|noted| noted.refusal).or(pass.status_outcome.err())
    }

    fn end_replica_set_pass(&mut self, id: ReplicaSetId, result: Result<(), ()>) {
        let now = self.now();
        let pass = self.replica_set_controller.work(id).pass.take();
        let queue = &mut self.replica_set_controller.queue;
        let mut end = SyncEnd::Done;
        if result.is_ok() {
            queue.forget(id.0);
        } else {
            let at = queue.back_off(id.0, now);
            let refusal = pass.and_then(|pass| self.refusal_of(&pass));
            end = SyncEnd::Failed { again: Some(at.since(now)), refusal };
            self.enqueue_at(Controller::ReplicaSet, id.0, at);
        }
        self.sync_ends(SyncKey::ReplicaSet(id), end);
        self.replica_set_controller.queue.done(id.0);
        self.start_replica_set_passes();
    }
}
