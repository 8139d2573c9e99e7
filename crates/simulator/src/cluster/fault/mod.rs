//! Faults at work: which are active, whom they hit, and what their beginning and end set in motion.

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
use super::site::Waiting;
use super::world::World;
use crate::Timestamp;
use crate::engine::{Streams, mix, to_unit};
use crate::model::{FaultKind, Model, Trigger};
use crate::observe::Observer;

/// The state of every fault of the model, by index.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    states: Vec<State>,
    /// Faults in force that look at new pods, in the order in which admission asks them.
    pub(super) reviewers: Vec<u32>,
    /// The namespace is being deleted.
    pub(super) namespace_terminating: bool,
    /// Some fault of the model is about applications.
    touch_applications: bool,
    /// Some fault of the model asks for the load of pods ...
    weighs_load: bool,
    /// ... which so many share.
    ready: i32,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// It strikes in this run at all.
    strikes: bool,
    active: bool,
    /// When it began.
    since: Timestamp,
    /// The load is above what a pod bears.
    overloaded: bool,
    /// What its own draws derive from.
    seed: u64,
    /// How long it lasts, as a uniform number.
    lasts: f64,
    /// When it ends, once it has begun; `None` to the end.
    ends: Option<Timestamp>,
    /// How many times it has struck, or was asked whether it does.
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
            State {
                strikes: slots.uniform(0) < fault.probability,
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

    fn active<'m>(&'m self, model: &'m Model) -> impl Iterator<Item = (&'m FaultKind, &'m State)> {
        let pairs = model.faults.iter().zip(&self.states);
        pairs.filter(|(_, state)| state.active).map(|(fault, state)| (&fault.kind, state))
    }

    /// What goes wrong at the moment.
    pub(super) fn active_kinds<'m>(&'m self, model: &'m Model) -> impl Iterator<Item = &'m FaultKind> {
        self.active(model).map(|(kind, _)| kind)
    }

    /// When a fault that has begun ends; `None` if it does not.
    pub(super) fn end_of(&self, index: u32) -> Option<Timestamp> {
        self.states[index as usize].ends
    }

    /// The seed of a fault's own lots, and the number that says how long it lasts.
    pub(super) fn numbers_of(&self, index: u32) -> (u64, f64) {
        let state = &self.states[index as usize];
        (state.seed, state.lasts)
    }
}

/// A number in (0, 1) for one thing that a fault may hit.
pub(super) fn lot(seed: u64, thing: u64) -> f64 {
    to_unit(mix(seed ^ mix(thing)))
}

impl<O: Observer> World<O> {
    /// Puts the beginnings of the faults on the calendar, or among those that wait for a trigger.
    pub(super) fn arm_faults(&mut self) {
        let Some(site) = &mut self.site else { return };
        for index in 0..site.model.faults.len() {
            if !site.faults.states[index].strikes {
                continue;
            }
            match site.model.faults[index].window.from {
                Trigger::At(at) => {
                    self.calendar.schedule_at(site.start + at, Event::FaultBegins(index as u32));
                }
                _ => site.triggers.waiting.push(Waiting::Fault(index as u32)),
            }
        }
    }

    pub(super) fn fault_begins(&mut self, index: u32) {
        let now = self.now();
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
