//! All measures of a run.

use super::availability::{Availability, AvailabilityChange};
use super::footprint::Footprint;
use super::helm_wait::HelmWait;
use super::ledger::TimeLedger;
use super::rollout::{RolloutChange, RolloutClock};
use super::scaling::Scalings;
use super::service::ServiceMeasures;
use super::timeline::TimelineRecorder;
use super::{Observation, Observer, digest};
use crate::cluster::ApiServer;
use crate::engine::Digest;
use crate::model::Model;
use crate::record::{Record, Timeline};
use crate::{Span, Timestamp};

/// Computes every measure of a [`Record`], and the [`Timeline`] on request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measures {
    digest: Digest,
    availability: Availability,
    rollout: RolloutClock,
    helm: HelmWait,
    scalings: Scalings,
    footprint: Footprint,
    service: Option<ServiceMeasures>,
    ledger: TimeLedger,
    /// Reused allocation for availability changes.
    turns: Vec<AvailabilityChange>,
    /// Area under the available pods when the rollout clock started and when it stopped.
    area: (i128, Option<i128>),
    course: Option<TimelineRecorder>,
    name_prefix: String,
}

impl Measures {
    pub(crate) fn new(grid_points: usize, model: &Model) -> Self {
        let name_prefix = model.subject.name.clone();
        let mut measures = Self { name_prefix, service: ServiceMeasures::of(model), ..Self::default() };
        measures.availability.sample(grid_points, model.horizon);
        measures
    }

    /// Requests the timeline of the next run.
    pub(crate) fn keep_timeline(&mut self) {
        self.course = Some(TimelineRecorder::default());
    }

    pub(crate) fn take_timeline(&mut self) -> Timeline {
        self.course.take().map(|course| course.finish()).unwrap_or_default()
    }

    fn deployment(&mut self, now: Timestamp, api: &ApiServer) {
        let Some(deployment) = &api.deployment else { return };
        self.availability.spec(now, api);
        self.scalings.deployment(deployment, self.rollout.is_under_way(), api);
        let turn = self.rollout.deployment(now, deployment);
        self.helm.written(now, api);
        match turn {
            RolloutChange::Began => self.area = (self.availability.area(), None),
            RolloutChange::Ended => self.area.1 = Some(self.availability.area()),
            RolloutChange::Nothing => {}
        }
        match &mut self.service {
            Some(service) if turn == RolloutChange::Began => service.clock_begins(now),
            Some(service) if turn == RolloutChange::Ended => service.clock_ends(now),
            _ => {}
        }
        self.ledger.deployment(now, api, self.rollout.is_under_way());
    }

    /// Passes availability changes to the ledger.
    fn tell_ledger(&mut self, api: &ApiServer) {
        if !self.availability.has_turns() {
            return;
        }
        self.availability.take_changes(&mut self.turns);
        for turn in &self.turns {
            self.ledger.availability(turn.at, turn.id, turn.available, api.pod(turn.id));
        }
    }

    /// The record of the run that ends at `end`.
    pub(crate) fn finish(&mut self, run: u64, end: Timestamp, api: &ApiServer) -> Record {
        self.advance(end, api);
        let (outcome, rollout, deadline) = self.rollout.finish(end, api);
        let clock = self.clock_ran(end);
        let ledger = self.ledger.finish(end);
        debug_assert_eq!(ledger.map(|ledger| ledger.total()), clock);
        let mean = self.mean_over_rollout(end);
        let availability = self.availability.finish(end, mean);
        let service = self.service.as_mut().map(|service| service.finish(end, clock));
        let scalings = self.scalings.finish();
        let scalings = self.named(scalings);
        self.note_point(end, api);
        Record {
            run,
            digest: self.digest.value(),
            outcome,
            rollout,
            deadline,
            availability,
            footprint: self.footprint.finish(),
            service,
            revisions_superseded: self.rollout.superseded(),
            rolled_back: self.rollout.was_rolled_back(),
            rollout_status: self.rollout.rollout_status(),
            helm_wait: self.helm.finish(end),
            replica_sets_left: api.existing_replica_sets().count() as u32,
            ledger,
            scalings,
            available_on_grid: self.availability.take_grid(),
        }
    }

    fn named(&self, mut scalings: Vec<crate::record::ScalingRecord>) -> Vec<crate::record::ScalingRecord> {
        for scaling in &mut scalings {
            scaling.replica_set = format!("{}-{}", self.name_prefix, scaling.replica_set);
        }
        scalings
    }

    /// How long the rollout clock ran, if it started.
    fn clock_ran(&self, end: Timestamp) -> Option<Span> {
        let (began, ended) = self.rollout.clock();
        Some(ended.unwrap_or(end).since(began?))
    }

    fn mean_over_rollout(&self, end: Timestamp) -> Option<f64> {
        let nanos = self.clock_ran(end)?.as_nanos();
        let area = self.area.1.unwrap_or_else(|| self.availability.area()) - self.area.0;
        (nanos > 0).then(|| area as f64 / nanos as f64)
    }

    /// Advances to `now` and applies availability changes by time alone.
    fn advance(&mut self, now: Timestamp, api: &ApiServer) {
        if self.course.is_some() {
            while let Some(at) = self.availability.next_by_clock(now) {
                self.availability.advance(at);
                self.note_point(at, api);
            }
        }
        self.availability.advance(now);
        let (_, desired) = self.availability.promised_and_desired();
        self.footprint.advance(now, desired);
        self.tell_ledger(api);
    }

    fn note_point(&mut self, at: Timestamp, api: &ApiServer) {
        if let Some(course) = &mut self.course {
            course.note(at, api, &self.name_prefix, &self.availability, &self.footprint);
        }
    }
}

impl Observer for Measures {
    fn begin(&mut self, start: Timestamp, api: &ApiServer) {
        if let Some(course) = &mut self.course {
            course.begin(start);
        }
        self.digest = Digest::default();
        self.availability.begin(start, api);
        self.rollout.begin(start, api);
        self.helm.begin(api);
        self.scalings.begin(start, api);
        self.footprint.begin(start, api);
        if let Some(service) = &mut self.service {
            service.begin(start);
        }
        self.ledger.begin(start, api);
        self.tell_ledger(api);
        self.area = (0, None);
        self.note_point(start, api);
    }

    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        if let Observation::Serving(..)
        | Observation::EndpointsWritten(_)
        | Observation::EndpointsProgrammed { .. } = seen
        {
            if let Some(service) = &mut self.service {
                service.observe(now, seen, api);
            }
            return;
        }
        self.advance(now, api);
        digest::add(&mut self.digest, now, seen, api);
        self.footprint.observe(seen, api);
        self.ledger.observe(now, seen, api);
        match seen {
            // An action without effect can also end the rollout's wait for further actions.
            Observation::Deployment | Observation::UserActed => self.deployment(now, api),
            Observation::ReplicaSet { id, from, .. } => {
                self.availability.replica_set(now, id, api);
                self.scalings.replica_set(now, id, from, api);
                self.helm.written(now, api);
                if api.deployment.is_none() {
                    self.availability.spec(now, api);
                }
            }
            Observation::Pod(id, _) => self.availability.pod(now, id, api.pod(id), api),
            Observation::UserActs { template_change_to_come } => {
                self.rollout.user_acts(template_change_to_come);
            }
            Observation::RolledBack => self.rollout.rolled_back(),
            Observation::PodCreated(_)
            | Observation::PodEnters(..)
            | Observation::Serving(..)
            | Observation::EndpointsWritten(_)
            | Observation::EndpointsProgrammed { .. }
            | Observation::Admission(..)
            | Observation::PodDeletionBegan(_)
            | Observation::ReplicaSetDeleted(_)
            | Observation::CreateRefused(..)
            | Observation::CallRefused(_)
            | Observation::UndoRefused(_) => {}
        }
        self.tell_ledger(api);
        self.ledger.looked(now, seen);
        self.note_point(now, api);
    }
}
