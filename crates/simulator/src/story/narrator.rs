//! Adds names and texts to the recorded notes, in order of time.

use super::event::{self, EventKind, Involved};
use super::foreseen::{TimedNote, in_order_of_time};
use super::names::NameTable;
use super::pod::PodState;
use super::recorder::{Note, NoteRecorder};
use super::view::{ConditionView, DeploymentView, Entry, PodView, Refused, ReplicaSetView, What};
use super::{AvailabilityChange, Story};
use crate::cluster::{PodId, TokenBucket};
use crate::model::Model;
use crate::observe::{PodReport, Report};
use crate::{Span, Timestamp};
use controller::api::{Deployment, Number, ReplicaSet};
use std::collections::BTreeMap;

/// Events of one kind on one object that a component posts at once; further ones are limited to one per five
/// minutes (`staging/src/k8s.io/client-go/tools/record/events_cache.go`).
const BURST: u32 = 25;
const PER_SECOND: f64 = 1.0 / 300.0;

/// Builds the story from the notes.
pub(super) struct StoryBuilder<'a> {
    model: &'a Model,
    names: &'a NameTable,
    start: Timestamp,
    pods: Vec<Option<PodState>>,
    shown: Vec<Option<PodView>>,
    replica_sets: Vec<String>,
    filters: BTreeMap<(Involved, bool), TokenBucket>,
    refused: Option<Refused>,
    entries: Vec<Entry>,
    /// The next note belongs to the same write, so the pod is not shown yet.
    holds_back: bool,
}

impl<'a> StoryBuilder<'a> {
    pub(super) fn new(model: &'a Model, names: &'a NameTable, start: Timestamp) -> Self {
        Self {
            model,
            names,
            start,
            pods: vec![None; names.pods.len()],
            shown: vec![None; names.pods.len()],
            replica_sets: Vec::new(),
            filters: BTreeMap::new(),
            refused: None,
            entries: Vec::new(),
            holds_back: false,
        }
    }

    pub(super) fn tell(mut self, recorder: NoteRecorder) -> Story {
        let end = self.start + self.model.horizon;
        let turn = |turn: crate::observe::AvailabilityChange| AvailabilityChange {
            at: turn.at.since(self.start),
            pod: turn.id.0 as usize,
            is_available: turn.available,
        };
        let availability = recorder.turns.into_iter().map(turn).collect();
        let mut notes = recorder.notes;
        let rest = notes.split_off(recorder.opening);
        for (at, note) in notes {
            self.note(at, note);
        }
        let opening = self.entries.len();
        let mut moments = in_order_of_time(rest).into_iter().filter(|(at, _)| *at <= end).peekable();
        while let Some((at, moment)) = moments.next() {
            // A status update of containers and pod is one write.
            self.holds_back = match (&moment, moments.peek()) {
                (
                    TimedNote::Note(Note::Report(Report::Pod(id, PodReport::Containers { .. }))),
                    Some((next, TimedNote::Note(Note::Pod(other, _)))),
                ) => at == *next && id == other,
                _ => false,
            };
            match moment {
                TimedNote::Note(note) => self.note(at, note),
                TimedNote::Foreseen(id, turn, report) => {
                    if self.pods[id.0 as usize].as_ref().is_some_and(|pod| pod.turn == turn) {
                        self.on_report(at, &Report::Pod(id, report));
                    }
                }
                TimedNote::Fails(id, report) => self.on_report(at, &Report::Pod(id, report)),
            }
        }
        Story {
            name: self.model.subject.name.clone(),
            namespace: self.model.subject.namespace.clone(),
            is_deployment: self.names.is_deployment,
            replica_sets: self.replica_sets,
            pods: self.names.pods.clone(),
            nodes: self.names.nodes.clone(),
            entries: self.entries,
            opening,
            availability,
            horizon: self.model.horizon,
        }
    }

    fn add(&mut self, at: Timestamp, what: What) {
        self.entries.push(Entry { at: at.since(self.start), what });
    }

    fn note(&mut self, at: Timestamp, note: Note) {
        match note {
            Note::Deployment(deployment) => {
                let view = self.deployment(&deployment);
                self.add(at, What::Deployment(Box::new(view)));
            }
            Note::ReplicaSet(set) => {
                let index = set.id.0 as usize;
                while self.replica_sets.len() <= index {
                    self.replica_sets.push(self.names.replica_set(set.name));
                }
                let view = self.replica_set(&set);
                self.add(at, What::ReplicaSet(index, Box::new(view)));
            }
            Note::ReplicaSetGone(id) => self.add(at, What::ReplicaSetGone(id.0 as usize)),
            Note::Pod(id, object) => {
                let template = self.names.template(object.template.0);
                match &mut self.pods[id.0 as usize] {
                    Some(state) => state.change(object),
                    new => *new = Some(PodState::new(object, template)),
                }
                self.show_pod(at, id);
            }
            Note::Stage(id, stage) => {
                if let Some(state) = &mut self.pods[id.0 as usize] {
                    state.enter(stage);
                }
                self.show_pod(at, id);
            }
            Note::Report(report) => self.on_report(at, &report),
            Note::UndoRefused(refusal) => self.refused = Some(Refused::Undo(refusal)),
            Note::UserActed => {
                let refused = self.refused.take();
                self.add(at, What::ActionDone { refused });
            }
            Note::RolledBack => {}
        }
    }

    fn on_report(&mut self, at: Timestamp, report: &Report) {
        match report {
            Report::UserActs(index) => return self.add(at, What::Action(*index as usize)),
            Report::ActionRefused(why) => return self.refused = Some(Refused::Error(why.clone())),
            Report::EvictionRefused { pod, budget, healthy, desired, again } => {
                let what = What::EvictionRefused {
                    pod: pod.0 as usize,
                    budget: usize::from(*budget),
                    healthy: *healthy,
                    desired: *desired,
                    again: *again,
                };
                return self.add(at, what);
            }
            Report::FaultBegins(index) => return self.add(at, What::FaultBegins(*index as usize)),
            Report::FaultEnds(index) => return self.add(at, What::FaultEnds(*index as usize)),
            _ => {}
        }
        let waited = match report {
            Report::Pod(id, report) => {
                let Some(pod) = &mut self.pods[id.0 as usize] else { return };
                let waited = at.since(pod.asked);
                pod.on_report(report, at);
                waited
            }
            _ => Span::ZERO,
        };
        for event in event::events(report, self.names, waited) {
            if self.is_posted(&event, report, at) {
                self.add(at, What::Event(Box::new(event)));
            }
        }
        if let Report::Pod(id, _) = report
            && !self.holds_back
        {
            self.show_pod(at, *id);
        }
    }

    /// Whether the client's spam filter passes an Event; the two controllers filter their own.
    fn is_posted(&mut self, event: &event::Event, report: &Report, at: Timestamp) -> bool {
        if !matches!(report, Report::Pod(..)) {
            return true;
        }
        let key = (event.involved, event.kind == EventKind::Warning);
        let filter = self.filters.entry(key).or_insert_with(|| TokenBucket::new(PER_SECOND, BURST));
        filter.try_take(at)
    }

    fn show_pod(&mut self, at: Timestamp, id: PodId) {
        let index = id.0 as usize;
        let Some(state) = &self.pods[index] else { return };
        if state.is_removed() {
            if self.shown[index].take().is_some() {
                self.add(at, What::PodGone(index));
            }
            return;
        }
        let view = state.view(self.start);
        if self.shown[index].as_ref() != Some(&view) {
            self.shown[index] = Some(view.clone());
            self.add(at, What::Pod(index, Box::new(view)));
        }
    }

    fn deployment(&self, stored: &Deployment) -> DeploymentView {
        let (spec, status) = (&stored.spec, &stored.status);
        let set = |name| self.names.replica_set(name);
        let condition = |condition: &controller::api::Condition| ConditionView {
            kind: condition.kind,
            status: condition.status,
            reason: condition.reason,
            message: condition
                .message
                .text(condition.reason, &self.names.subject, set, |id| self.names.error(id)),
            last_update: condition.last_update.since(self.start),
            last_transition: condition.last_transition.since(self.start),
        };
        DeploymentView {
            generation: stored.generation,
            observed_generation: status.observed_generation,
            revision: number(stored.revision),
            desired: spec.replicas,
            paused: spec.paused,
            strategy: spec.strategy,
            min_ready_seconds: spec.min_ready_seconds,
            progress_deadline_seconds: spec.progress_deadline_seconds,
            init_images: self.names.init_images(spec.template.0),
            images: self.names.images(spec.template.0),
            template: spec.template.0,
            replicas: status.replicas,
            updated: status.updated,
            ready: status.ready,
            available: status.available,
            unavailable: status.unavailable,
            conditions: status.conditions.iter().map(condition).collect(),
        }
    }

    fn replica_set(&self, stored: &ReplicaSet) -> ReplicaSetView {
        let failure = |failure: controller::api::ReplicaFailure| {
            (failure.reason.as_str(), self.names.error(failure.error))
        };
        ReplicaSetView {
            created: stored.created.since(self.start),
            revision: number(stored.annotations.revision),
            template: stored.template.0,
            images: self.names.images(stored.template.0),
            desired: stored.replicas,
            replicas: stored.status.replicas,
            ready: stored.status.ready,
            available: stored.status.available,
            failure: stored.status.failure.map(failure),
        }
    }
}

fn number(number: Number) -> i64 {
    number.value().unwrap_or(0)
}
