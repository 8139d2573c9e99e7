//! Notes what happens, as it is.

use crate::Timestamp;
use crate::cluster::{ApiServer, Pod, PodId};
use crate::observe::{Availability, AvailabilityTurn, Observation, Observer, Report, Stage};
use controller::api::{Deployment, ReplicaSet, ReplicaSetId};
use controller::deployment::UndoRefusal;

/// Notes what it sees and hears.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorder {
    pub(super) notes: Vec<(Timestamp, Note)>,
    /// Pods that became available, or no longer are, in order of time.
    pub(super) turns: Vec<AvailabilityTurn>,
    availability: Availability,
    /// Memory for the turns since the last observation.
    latest: Vec<AvailabilityTurn>,
    /// How many of them are about what exists at the start.
    pub(super) opening: usize,
}

/// Something seen or heard.
#[derive(Debug, Clone)]
pub(super) enum Note {
    Deployment(Box<Deployment>),
    ReplicaSet(Box<ReplicaSet>),
    ReplicaSetGone(ReplicaSetId),
    Pod(PodId, Pod),
    Stage(PodId, Stage),
    Report(Report),
    UserActed,
    RolledBack,
    UndoRefused(UndoRefusal),
}

impl Recorder {
    fn note(&mut self, now: Timestamp, note: Note) {
        self.notes.push((now, note));
    }

    /// Lets time pass up to `now`: pods become available by the clock alone.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.availability.advance(now);
        self.availability.take_turns(&mut self.latest);
        self.turns.append(&mut self.latest);
    }

    fn follow_availability(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        match seen {
            Observation::ReplicaSet { id, .. } => self.availability.replica_set(now, id, api),
            Observation::Pod(id, _) => self.availability.pod(now, id, api.pod(id), api),
            _ => {}
        }
        self.advance(now);
    }

    fn note_replica_set(&mut self, now: Timestamp, id: ReplicaSetId, api: &ApiServer) {
        if let Some(stored) = api.replica_set(id) {
            self.note(now, Note::ReplicaSet(Box::new(stored.clone())));
        }
    }

    fn note_deployment(&mut self, now: Timestamp, api: &ApiServer) {
        if let Some(stored) = &api.deployment {
            self.note(now, Note::Deployment(Box::new(*stored)));
        }
    }
}

impl Observer for Recorder {
    const LISTENS: bool = true;

    fn begin(&mut self, start: Timestamp, api: &ApiServer) {
        self.notes.clear();
        self.turns.clear();
        self.availability.begin(start, api);
        self.advance(start);
        for set in api.existing_replica_sets() {
            self.note_replica_set(start, set.id, api);
        }
        for (pod, id) in api.pods.iter().zip(0..) {
            self.note(start, Note::Pod(PodId(id), *pod));
        }
        self.note_deployment(start, api);
        self.opening = self.notes.len();
    }

    fn observe(&mut self, now: Timestamp, seen: Observation<'_>, api: &ApiServer) {
        self.follow_availability(now, seen, api);
        match seen {
            Observation::Deployment => self.note_deployment(now, api),
            Observation::ReplicaSet { id, .. } => self.note_replica_set(now, id, api),
            Observation::ReplicaSetDeleted(id) => self.note(now, Note::ReplicaSetGone(id)),
            Observation::PodCreated(id) | Observation::Pod(id, _) => {
                self.note(now, Note::Pod(id, *api.pod(id)));
            }
            Observation::PodEnters(id, stage) => self.note(now, Note::Stage(id, stage)),
            Observation::UserActed => self.note(now, Note::UserActed),
            Observation::RolledBack => self.note(now, Note::RolledBack),
            Observation::UndoRefused(refusal) => self.note(now, Note::UndoRefused(refusal)),
            _ => {}
        }
    }

    fn hear(&mut self, now: Timestamp, report: Report) {
        self.note(now, Note::Report(report));
    }
}
