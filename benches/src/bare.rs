//! The bare replication: 20 components with 282 events in total and no work, from an empty queue. It measures
//! the fixed cost of a replication.

use crate::measure::{ComparedWork, Sample, rounds_of};
use crate::queue::{BareHeap, ProductQueue, Queue};
use serde::Serialize;
use std::hint::black_box;

/// Number of components.
pub(crate) const COMPONENTS: u32 = 20;
/// Number of events of all components together.
pub(crate) const EVENTS: u32 = 282;
/// No component ticks at or after this time.
#[cfg(feature = "peers")]
pub(crate) const END: i64 = 1_000_000_000_000;

/// Time between two ticks of a component; all components differ.
pub(crate) const fn period(component: u32) -> i64 {
    1_000_000_007 + 37_000_003 * component as i64
}

/// Number of ticks of a component.
pub(crate) const fn ticks(component: u32) -> u32 {
    EVENTS / COMPONENTS + (component < EVENTS % COMPONENTS) as u32
}

/// Result of one engine.
#[derive(Debug, Serialize)]
pub(crate) struct BareResult {
    pub(crate) engine: &'static str,
    pub(crate) ns: Sample,
    pub(crate) ratio_to_bare_heap: Sample,
}

/// Compares all engines.
pub(crate) fn compare(rounds: usize) -> Vec<BareResult> {
    let mut contestants: Vec<ComparedWork<'_>> = vec![
        ("bare heap", many_times(|| on_queue(BareHeap::default()))),
        ("rollout-lab", many_times(|| on_queue(ProductQueue::default()))),
        #[cfg(feature = "peers")]
        ("simcore", many_times(crate::peers::simcore::replication)),
        #[cfg(feature = "peers")]
        ("nexosim", many_times(crate::peers::nexosim::replication)),
    ];
    let times = rounds_of(rounds, &mut contestants);
    let result = |(contestant, times_of): (&ComparedWork<'_>, &Vec<f64>)| BareResult {
        engine: contestant.0,
        ns: Sample::of(times_of.clone()).divided_by(REPEATS.into()),
        ratio_to_bare_heap: Sample::of_ratios(times_of, &times[0]),
    };
    contestants.iter().zip(&times).map(result).collect()
}

/// Replications per round: enough for the clock's resolution.
const REPEATS: u32 = 100;

fn many_times<'a, T>(mut replication: impl FnMut() -> T + 'a) -> Box<dyn FnMut() + 'a> {
    Box::new(move || {
        for _ in 0..REPEATS {
            black_box(replication());
        }
    })
}

/// A component counts down its ticks, as a component with state does.
struct BareComponent {
    ticks: u32,
    period: i64,
}

/// The replication on a queue. Returns the number of events.
pub(crate) fn on_queue(mut queue: impl Queue) -> u32 {
    let component = |number| Box::new(BareComponent { ticks: ticks(number), period: period(number) });
    let mut components: Vec<Box<BareComponent>> = (0..COMPONENTS).map(component).collect();
    for (number, component) in (0..).zip(&components) {
        queue.push(component.period, number);
    }
    let mut events = 0;
    while let Some(number) = queue.pop() {
        events += 1;
        let component = &mut components[number as usize];
        component.ticks -= 1;
        if component.ticks > 0 {
            queue.push(component.period, number);
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_engines_do_the_same_work() {
        assert_eq!(on_queue(BareHeap::default()), EVENTS);
        assert_eq!(on_queue(ProductQueue::default()), EVENTS);
        #[cfg(feature = "peers")]
        assert_eq!(crate::peers::simcore::replication(), u64::from(EVENTS));
    }
}
