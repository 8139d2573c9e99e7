//! Gives what was noted its names and words, in order of time.

use super::event::{self, EventKind, Involved};
use super::foreseen::{Moment, in_order_of_time};
use super::lexicon::Lexicon;
use super::pod::PodState;
use super::recorder::{Note, Recorder};
use super::view::{ConditionView, DeploymentView, Entry, PodView, Refused, ReplicaSetView, What};
use super::{AvailabilityTurn, Story};
use crate::cluster::{PodId, TokenBucket};
use crate::model::Model;
use crate::observe::{PodReport, Report};
use crate::{Span, Timestamp};
use controller::api::{Deployment, Number, ReplicaSet};
use std::collections::BTreeMap;

/// Events of one kind on one object that a component posts at once; then one per five minutes
/// (`staging/src/k8s.io/client-go/tools/record/events_cache.go`).
const BURST: u32 = 25;
const PER_SECOND: f64 = 1.0 / 300.0;

/// Tells the story from the notes.
pub(super) struct Narrator<'a> {
    model: &'a Model,
    lexicon: &'a Lexicon,
    start: Timestamp,
    pods: Vec<Option<PodState>>,
    shown: Vec<Option<PodView>>,
    replica_sets: Vec<String>,
    filters: BTreeMap<(Involved, bool), TokenBucket>,
    refused: Option<Refused>,
    entries: Vec<Entry>,
    /// The next note is about the same write, so that the pod is not shown yet.
    holds_back: bool,
}

impl<'a> Narrator<'a> {
    pub(super) fn new(model: &'a Model, lexicon: &'a Lexicon, start: Timestamp) -> Self {
        Self {
            model,
            lexicon,
            start,
            pods: vec![None; lexicon.pods.len()],
            shown: vec![None; lexicon.pods.len()],
            replica_sets: Vec::new(),
            filters: BTreeMap::new(),
            refused: None,
            entries: Vec::new(),
            holds_back: false,
        }
    }

    pub(super) fn tell(mut self, recorder: Recorder) -> Story {
        let end = self.start + self.model.horizon;
        let turn = |turn: crate::observe::AvailabilityTurn| AvailabilityTurn {
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
            // What a status says of the containers and of the pod is one write.
            self.holds_back = match (&moment, moments.peek()) {
                (
                    Moment::Note(Note::Report(Report::Pod(id, PodReport::Containers { .. }))),
                    Some((next, Moment::Note(Note::Pod(other, _)))),
                ) => at == *next && id == other,
                _ => false,
            };
            match moment {
                Moment::Note(note) => self.note(at, note),
                Moment::Foreseen(id, turn, report) => {
                    if self.pods[id.0 as usize].as_ref().is_some_and(|pod| pod.turn == turn) {
                        self.hear(at, &Report::Pod(id, report));
                    }
                }
                Moment::Fails(id, report) => self.hear(at, &Report::Pod(id, report)),
            }
        }
        Story {
            name: self.model.subject.name.clone(),
            namespace: self.model.subject.namespace.clone(),
            is_deployment: self.lexicon.is_deployment,
            replica_sets: self.replica_sets,
            pods: self.lexicon.pods.clone(),
            nodes: self.lexicon.nodes.clone(),
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
                    self.replica_sets.push(self.lexicon.replica_set(set.name));
                }
                let view = self.replica_set(&set);
                self.add(at, What::ReplicaSet(index, Box::new(view)));
            }
            Note::ReplicaSetGone(id) => self.add(at, What::ReplicaSetGone(id.0 as usize)),
            Note::Pod(id, object) => {
                let template = self.lexicon.template(object.template.0);
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
            Note::Report(report) => self.hear(at, &report),
            Note::UndoRefused(refusal) => self.refused = Some(Refused::Undo(refusal)),
            Note::UserActed => {
                let refused = self.refused.take();
                self.add(at, What::ActionDone { refused });
            }
            Note::RolledBack => {}
        }
    }

    fn hear(&mut self, at: Timestamp, report: &Report) {
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
                pod.hear(report, at);
                waited
            }
            _ => Span::ZERO,
        };
        for event in event::events(report, self.lexicon, waited) {
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

    /// Whether the client's filter lets an Event pass; those of the two controllers have passed theirs.
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
        let set = |name| self.lexicon.replica_set(name);
        let condition = |condition: &controller::api::Condition| ConditionView {
            kind: condition.kind,
            status: condition.status,
            reason: condition.reason,
            message: condition
                .message
                .text(condition.reason, &self.lexicon.subject, set, |id| self.lexicon.error(id)),
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
            init_images: self.lexicon.init_images(spec.template.0),
            images: self.lexicon.images(spec.template.0),
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
            (failure.reason.as_str(), self.lexicon.error(failure.error))
        };
        ReplicaSetView {
            created: stored.created.since(self.start),
            revision: number(stored.annotations.revision),
            template: stored.template.0,
            images: self.lexicon.images(stored.template.0),
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
