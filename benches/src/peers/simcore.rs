//! `simcore`: components that receive events, one `Box<dyn EventData>` each.

use crate::bare;
use crate::hold::Delays;
use serde::Serialize;
use simcore::{Event, EventHandler, Simulation, SimulationContext};
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone, Serialize)]
struct Tick {
    component: u32,
}

/// Replies to each event with another one to itself after the next delay.
struct SimcoreComponent<D> {
    context: SimulationContext,
    delay: D,
}

impl<D: FnMut() -> Option<i64>> EventHandler for SimcoreComponent<D> {
    fn on(&mut self, event: Event) {
        let Some(tick) = event.data.downcast_ref::<Tick>() else { return };
        if let Some(after) = (self.delay)() {
            self.context.emit_self(tick.clone(), seconds(after));
        }
    }
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 * 1e-9
}

/// The HOLD model with one component.
pub(crate) fn hold<'a>(pending: usize, events: usize, mut delays: Delays) -> Box<dyn FnMut() + 'a> {
    let mut simulation = Simulation::new(1);
    let context = simulation.create_context("hold");
    let first: Vec<i64> = (0..pending).map(|_| delays.draw()).collect();
    for (component, after) in (0..).zip(first) {
        context.emit_self(Tick { component }, seconds(after));
    }
    let component = SimcoreComponent { context, delay: move || Some(delays.draw()) };
    simulation.add_handler("hold", Rc::new(RefCell::new(component)));
    Box::new(move || {
        simulation.steps(events as u64);
    })
}

/// The bare replication from nothing. Returns the number of events.
pub(crate) fn replication() -> u64 {
    let mut simulation = Simulation::new(1);
    for number in 0..bare::COMPONENTS {
        let name = number.to_string();
        let context = simulation.create_context(&name);
        context.emit_self(Tick { component: number }, seconds(bare::period(number)));
        let mut ticks = bare::ticks(number);
        let delay = move || {
            ticks -= 1;
            (ticks > 0).then(|| bare::period(number))
        };
        simulation.add_handler(name, Rc::new(RefCell::new(SimcoreComponent { context, delay })));
    }
    simulation.step_until_no_events();
    simulation.event_count()
}
