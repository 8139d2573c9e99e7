//! The HOLD model: take the earliest event, schedule one more, with N events pending all the time
//! (D. W. Jones, An Empirical Comparison of Priority-Queue and Event-Set Implementations, CACM 29(4), 1986).

use crate::measure::{Contestant, Sample, in_turns};
use crate::peers;
use crate::queue::{BareHeap, CalendarQueue, Product, Queue};
use serde::Serialize;
use simulator::Span;
use simulator::engine::{Law, Stream, Streams};

/// Mean delay of an event, in nanoseconds.
pub(crate) const MEAN: i64 = 1_000_000_000;
/// The contestant that all are compared with.
const REFERENCE: &str = "bare heap";
/// The product's own queue.
pub(crate) const PRODUCT: &str = "rollout-lab";

/// Exponential delays out of a table, so that what is timed is the queue.
#[derive(Clone)]
pub(crate) struct Delays {
    table: Vec<i64>,
    at: usize,
}

impl Delays {
    pub(crate) fn new() -> Self {
        let law = Law::Exponential { mean: Span::from_nanos(MEAN) };
        let mut stream: Stream = Streams::new(1, 0).running("hold");
        // A prime length: the table does not come round together with the events.
        Self { table: (0..65_521).map(|_| law.at(stream.uniform()).as_nanos()).collect(), at: 0 }
    }

    pub(crate) fn draw(&mut self) -> i64 {
        self.at = if self.at + 1 < self.table.len() { self.at + 1 } else { 0 };
        self.table[self.at]
    }
}

/// One contestant with one number of pending events.
#[derive(Debug, Serialize)]
pub(crate) struct Hold {
    pub(crate) pending: usize,
    pub(crate) engine: &'static str,
    pub(crate) ns_per_event: Sample,
    pub(crate) ratio_to_bare_heap: f64,
}

/// Compares all engines with `pending` events.
pub(crate) fn compare(pending: usize, events: usize, rounds: usize) -> Vec<Hold> {
    let delays = Delays::new();
    let mut contestants: Vec<Contestant<'_>> = vec![
        (REFERENCE, hold(BareHeap::default(), pending, events, delays.clone())),
        (PRODUCT, hold(Product::default(), pending, events, delays.clone())),
        ("calendar queue", hold(CalendarQueue::new(pending, MEAN), pending, events, delays.clone())),
        ("simcore", peers::simcore::hold(pending, events, delays.clone())),
        ("nexosim", peers::nexosim::hold(pending, events, delays)),
    ];
    let times = in_turns(rounds, &mut contestants);
    let per_event = |sample: Sample| sample.divided_by(events as f64);
    let reference =
        times.iter().find(|(name, _)| *name == REFERENCE).map_or(f64::NAN, |(_, time)| time.median);
    times
        .into_iter()
        .map(|(engine, time)| Hold {
            pending,
            engine,
            ns_per_event: per_event(time),
            ratio_to_bare_heap: time.median / reference,
        })
        .collect()
}

/// Nanoseconds per event of the product's queue alone.
pub(crate) fn of_product(pending: usize, events: usize, rounds: usize) -> Sample {
    let work = hold(Product::default(), pending, events, Delays::new());
    let times = in_turns(rounds, &mut [(PRODUCT, work)]);
    times[0].1.divided_by(events as f64)
}

fn hold<'a>(
    mut queue: impl Queue + 'a,
    pending: usize,
    events: usize,
    mut delays: Delays,
) -> Box<dyn FnMut() + 'a> {
    for payload in 0..pending {
        queue.push(delays.draw(), payload as u32);
    }
    Box::new(move || {
        for _ in 0..events {
            if let Some(payload) = queue.pop() {
                queue.push(delays.draw(), payload);
            }
        }
    })
}
