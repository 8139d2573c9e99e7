//! `nexosim` on one thread: models with mailboxes, driven by its asynchronous executor.

use crate::bare;
use crate::hold::Delays;
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::EventSource;
use nexosim::simulation::{Mailbox, SimInit, Simulation};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Replies to each event with another one to itself after the next delay.
#[derive(Serialize, Deserialize)]
struct NexosimComponent {
    delays: Vec<i64>,
    at: usize,
    repeats: bool,
    handled: u64,
}

#[Model]
impl NexosimComponent {
    #[nexosim(schedulable)]
    fn tick(&mut self, number: u32, context: &Context<Self>) {
        self.handled += 1;
        if self.at == self.delays.len() && self.repeats {
            self.at = 0;
        }
        if let Some(after) = self.delays.get(self.at) {
            self.at += 1;
            schedule(context, *after, number);
        }
    }

    /// Schedules `count` events.
    fn fill(&mut self, count: u32, context: &Context<Self>) {
        for number in 0..count {
            schedule(context, self.delays[self.at], number);
            self.at = (self.at + 1) % self.delays.len();
        }
    }
}

fn schedule(context: &Context<NexosimComponent>, after: i64, number: u32) {
    // nexosim refuses a zero delay, which an exponential delay in whole nanoseconds can be.
    let after = Duration::from_nanos(after.max(1) as u64);
    if let Err(error) = context.schedule_event(after, schedulable!(NexosimComponent::tick), number) {
        unreachable!("a positive delay is refused: {error}");
    }
}

/// A simulation of components, each with its number of pending events.
fn simulation(components: Vec<(NexosimComponent, u32)>) -> Simulation {
    let mut bench = SimInit::with_num_threads(1);
    let mut fills = Vec::new();
    for (number, (component, count)) in components.into_iter().enumerate() {
        let mailbox = Mailbox::new();
        let fill = EventSource::new().connect(NexosimComponent::fill, &mailbox).register(&mut bench);
        fills.push((fill, count));
        bench = bench.add_model(component, mailbox, &number.to_string());
    }
    let Ok(mut simulation) = bench.init(MonotonicTime::EPOCH) else {
        unreachable!("the bench has no connections that could be missing");
    };
    for (fill, count) in fills {
        simulation.process_event(&fill, count).unwrap_or_else(|error| unreachable!("{error}"));
    }
    simulation
}

/// The HOLD model with one component.
pub(crate) fn hold<'a>(pending: usize, events: usize, mut delays: Delays) -> Box<dyn FnMut() + 'a> {
    let table = (0..65_521).map(|_| delays.draw()).collect();
    let component = NexosimComponent { delays: table, at: 0, repeats: true, handled: 0 };
    let mut simulation = simulation(vec![(component, pending as u32)]);
    Box::new(move || {
        for _ in 0..events {
            simulation.step().unwrap_or_else(|error| unreachable!("{error}"));
        }
    })
}

/// The bare replication from nothing.
pub(crate) fn replication() {
    let component = |number| {
        let delays = vec![bare::period(number); bare::ticks(number) as usize];
        (NexosimComponent { delays, at: 0, repeats: false, handled: 0 }, 1)
    };
    let mut simulation = simulation((0..bare::COMPONENTS).map(component).collect());
    let end = Duration::from_nanos(bare::END as u64);
    simulation.step_until(end).unwrap_or_else(|error| unreachable!("{error}"));
}
