//! The HOLD model: take the earliest event, schedule one more, with N events pending all the time
//! (D. W. Jones, An Empirical Comparison of Priority-Queue and Event-Set Implementations, CACM 29(4), 1986).

use crate::measure::{ComparedWork, Sample, rounds_of};
use crate::queue::{BareHeap, CalendarQueue, ProductQueue, Queue};
use serde::Serialize;
use simulator::Span;
use simulator::engine::{Law, Stream, Streams};

/// Mean delay of an event, in nanoseconds.
pub(crate) const MEAN: i64 = 1_000_000_000;
/// The product's own queue.
pub(crate) const PRODUCT: &str = "rollout-lab";

/// Exponential delays from a table, so that only the queue is timed.
#[derive(Clone)]
pub(crate) struct Delays {
    table: Vec<i64>,
    at: usize,
}

impl Delays {
    pub(crate) fn new() -> Self {
        let law = Law::Exponential { mean: Span::from_nanos(MEAN) };
        let mut stream: Stream = Streams::new(1, 0).running("hold");
        // A prime length, so that the table and the events do not repeat together.
        Self { table: (0..65_521).map(|_| law.at(stream.uniform()).as_nanos()).collect(), at: 0 }
    }

    pub(crate) fn draw(&mut self) -> i64 {
        self.at = if self.at + 1 < self.table.len() { self.at + 1 } else { 0 };
        self.table[self.at]
    }
}

/// Result of one engine with one number of pending events.
#[derive(Debug, Serialize)]
pub(crate) struct HoldResult {
    pub(crate) pending: usize,
    pub(crate) engine: &'static str,
    pub(crate) ns_per_event: Sample,
    pub(crate) ratio_to_bare_heap: Sample,
}

/// Compares all engines with `pending` events; the first one is the baseline.
pub(crate) fn compare(pending: usize, events: usize, rounds: usize) -> Vec<HoldResult> {
    let delays = Delays::new();
    let mut contestants: Vec<ComparedWork<'_>> = vec![
        ("bare heap", hold(BareHeap::default(), pending, events, delays.clone())),
        (PRODUCT, hold(ProductQueue::default(), pending, events, delays.clone())),
        ("calendar queue", hold(CalendarQueue::new(pending, MEAN), pending, events, delays.clone())),
        #[cfg(feature = "peers")]
        ("simcore", crate::peers::simcore::hold(pending, events, delays.clone())),
        #[cfg(feature = "peers")]
        ("nexosim", crate::peers::nexosim::hold(pending, events, delays)),
    ];
    let times = rounds_of(rounds, &mut contestants);
    let result = |(contestant, times_of): (&ComparedWork<'_>, &Vec<f64>)| HoldResult {
        pending,
        engine: contestant.0,
        ns_per_event: Sample::of(times_of.clone()).divided_by(events as f64),
        ratio_to_bare_heap: Sample::of_ratios(times_of, &times[0]),
    };
    contestants.iter().zip(&times).map(result).collect()
}

/// The work of the HOLD model: `events` events, continuing with the queue of the previous call.
pub(crate) fn hold<'a>(
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
