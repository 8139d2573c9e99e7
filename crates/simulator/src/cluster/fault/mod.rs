//! Faults during a run: which are active, what they affect, and what begins and ends with them.

mod admission;
mod application;
mod control_plane;
mod flapping;
mod load;
mod node;
mod pods;
mod registry;
mod target;

use super::event::Event;
use super::site::PendingTrigger;
use super::world::World;
use crate::Timestamp;
use crate::engine::{Streams, mix, to_unit};
use crate::model::{FaultKind, Model, Trigger};
use crate::observe::{Observer, Report};

/// The state of every fault of the model, by index.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    states: Vec<FaultState>,
    /// Active faults that review new pods, in the order of admission plugins.
    pub(super) reviewers: Vec<u32>,
    /// The namespace is being deleted.
    pub(super) namespace_terminating: bool,
    /// The model has an application fault.
    touch_applications: bool,
    /// The model has a fault that depends on the load of pods.
    weighs_load: bool,
    /// Number of Ready pods, which share the load.
    ready: i32,
}

#[derive(Debug, Clone, Copy)]
struct FaultState {
    /// Whether it occurs in this run.
    occurs: bool,
    active: bool,
    /// When it began.
    since: Timestamp,
    /// The load is above what a pod can take.
    overloaded: bool,
    /// Seed of its own draws.
    seed: u64,
    /// Uniform number for its duration.
    lasts: f64,
    /// Its end, set when it begins; `None` if it lasts to the end of the run.
    ends: Option<Timestamp>,
    /// Number of its occurrences or decisions so far.
    count: u64,
}

impl Faults {
    pub(super) fn reset(&mut self, model: &Model, streams: &Streams) {
        self.reviewers.clear();
        self.namespace_terminating = false;
        self.touch_applications =
            model.faults.iter().any(|fault| matches!(fault.kind, FaultKind::Application(_)));
        self.weighs_load = Self::weigh_load(model);
        self.ready = 0;
        self.states.clear();
        self.states.extend(model.faults.iter().map(|fault| {
            let slots = streams.named_slots("fault", &fault.name, 0);
            FaultState {
                occurs: slots.uniform(0) < fault.probability,
                active: false,
                since: Timestamp::ZERO,
                overloaded: false,
                seed: slots.bits(1),
                lasts: slots.uniform(2),
                ends: None,
                count: 0,
            }
        }));
    }

    fn active<'m>(&'m self, model: &'m Model) -> impl Iterator<Item = (&'m FaultKind, &'m FaultState)> {
        let pairs = model.faults.iter().zip(&self.states);
        pairs.filter(|(_, state)| state.active).map(|(fault, state)| (&fault.kind, state))
    }

    /// The active faults.
    pub(super) fn active_kinds<'m>(&'m self, model: &'m Model) -> impl Iterator<Item = &'m FaultKind> {
        self.active(model).map(|(kind, _)| kind)
    }

    /// When a fault that has begun ends; `None` if it does not.
    pub(super) fn end_of(&self, index: u32) -> Option<Timestamp> {
        self.states[index as usize].ends
    }

    /// The seed of a fault's own draws, and the uniform number for its duration.
    pub(super) fn numbers_of(&self, index: u32) -> (u64, f64) {
        let state = &self.states[index as usize];
        (state.seed, state.lasts)
    }
}

/// A uniform number in (0, 1) for one decision of a fault.
pub(super) fn lot(seed: u64, thing: u64) -> f64 {
    to_unit(mix(seed ^ mix(thing)))
}

impl<O: Observer> World<O> {
    /// Schedules the begin of each fault, or registers it for its trigger.
    pub(super) fn arm_faults(&mut self) {
        let Some(site) = &mut self.site else { return };
        for index in 0..site.model.faults.len() {
            if !site.faults.states[index].occurs {
                continue;
            }
            match site.model.faults[index].window.from {
                Trigger::At(at) => {
                    self.calendar.schedule_at(site.start + at, Event::FaultBegins(index as u32));
                }
                _ => site.triggers.waiting.push(PendingTrigger::Fault(index as u32)),
            }
        }
    }

    pub(super) fn fault_begins(&mut self, index: u32) {
        let now = self.now();
        self.report(Report::FaultBegins(index));
        let Some(site) = &mut self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        let fault = &model.faults[index as usize];
        let state = &mut site.faults.states[index as usize];
        state.active = true;
        state.since = now;
        if let Some(duration) = &fault.window.duration {
            let lasts = duration.at(state.lasts);
            state.ends = Some(self.calendar.now() + lasts);
            self.calendar.schedule(lasts, Event::FaultEnds(index));
        }
        match &fault.kind {
            FaultKind::Admission(fault) => self.admission_fault_begins(index, fault),
            FaultKind::ControlPlane(fault) => self.control_plane_fault_begins(index, fault),
            FaultKind::Application(fault) => self.application_fault_begins(fault),
            FaultKind::Pods(fault) => self.next_strike(index, fault.every()),
            FaultKind::Node(fault) => self.node_fault_begins(index, fault),
            FaultKind::Registry(fault) => self.registry_fault_begins(index, fault),
        }
    }

    pub(super) fn fault_ends(&mut self, index: u32) {
        self.report(Report::FaultEnds(index));
        let Some(site) = &mut self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        let state = &mut site.faults.states[index as usize];
        state.active = false;
        state.overloaded = false;
        match &model.faults[index as usize].kind {
            FaultKind::Admission(fault) => self.admission_fault_ends(index, fault),
            FaultKind::ControlPlane(fault) => self.control_plane_fault_ends(index, fault),
            FaultKind::Node(fault) => self.node_fault_ends(index, fault),
            FaultKind::Registry(fault) => self.registry_fault_ends(index, fault),
            FaultKind::Application(fault) => self.application_fault_ends(fault),
            FaultKind::Pods(_) => {}
        }
    }
}
