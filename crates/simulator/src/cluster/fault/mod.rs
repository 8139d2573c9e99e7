//! Faults at work: which are active, whom they hit, and what their beginning and end set in motion.

mod application;
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
use crate::model::{AdmissionFault, FaultKind, Model, Trigger};
use crate::observe::{Observer, Report};

/// The state of every fault of the model, by index.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    states: Vec<State>,
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
    /// A setting that its end restores.
    before: Option<i64>,
    /// How many times it has struck.
    count: u64,
}

impl Faults {
    pub(super) fn reset(&mut self, model: &Model, streams: &Streams) {
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
                before: None,
                count: 0,
            }
        }));
    }

    fn active<'m>(&'m self, model: &'m Model) -> impl Iterator<Item = (&'m FaultKind, &'m State)> {
        let pairs = model.faults.iter().zip(&self.states);
        pairs.filter(|(_, state)| state.active).map(|(fault, state)| (&fault.kind, state))
    }

    /// The active fault that denies every pod.
    pub(super) fn denying(&self, model: &Model) -> Option<u32> {
        let denies = |(kind, _): &(&FaultKind, &State)| {
            matches!(kind, FaultKind::Admission(AdmissionFault::Deny { .. }))
        };
        let (_, state) = self.active(model).find(denies)?;
        self.states.iter().position(|known| std::ptr::eq(known, state)).map(|index| index as u32)
    }
}

/// A number in (0, 1) for one thing that a fault may hit.
fn lot(seed: u64, thing: u64) -> f64 {
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
        self.report(Report::FaultBegins(index));
        let Some(site) = &mut self.site else { return };
        let model = std::sync::Arc::clone(&site.model);
        let fault = &model.faults[index as usize];
        let state = &mut site.faults.states[index as usize];
        state.active = true;
        state.since = now;
        if let Some(duration) = &fault.window.duration {
            self.calendar.schedule(duration.at(state.lasts), Event::FaultEnds(index));
        }
        match &fault.kind {
            FaultKind::Admission(AdmissionFault::Quota { quota, pods }) => {
                state.before = site.quotas.set_pods(quota, Some(*pods));
            }
            FaultKind::Application(fault) => self.application_fault_begins(fault),
            FaultKind::Pods(fault) => self.next_strike(index, fault.every()),
            FaultKind::Node(fault) => self.node_fault_begins(index, fault),
            FaultKind::Registry(fault) => self.registry_fault_begins(index, fault),
            // Who is about to admit a pod asks.
            FaultKind::Admission(AdmissionFault::Deny { .. }) => {}
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
            FaultKind::Admission(AdmissionFault::Quota { quota, .. }) => {
                let before = state.before;
                site.quotas.set_pods(quota, before);
            }
            FaultKind::Node(fault) => self.node_fault_ends(index, fault),
            FaultKind::Registry(fault) => self.registry_fault_ends(index, fault),
            FaultKind::Application(fault) => self.application_fault_ends(fault),
            _ => {}
        }
    }
}
