//! The works whose instructions are counted, by name. Each repeats one operation, so that its cost is a
//! difference of two counts without one-time work.

use crate::bare;
use crate::batch::{is_reproduced, recordings};
use crate::hold::{self, Delays};
use crate::queue::{BareHeap, ProductQueue};
use crate::rollout::{self, SEED, SIZES};
use simulator::Simulator;
use std::hint::black_box;

/// A repeatable work.
#[derive(Debug)]
pub(crate) struct NamedWork {
    pub(crate) name: &'static str,
    /// Name of one repetition.
    pub(crate) unit: &'static str,
    /// Number of repetitions until no one-time work remains.
    pub(crate) warm_up: u64,
    /// Number of counted repetitions after the warm-up.
    pub(crate) counted: u64,
    what: Operation,
}

#[derive(Debug)]
enum Operation {
    HoldResult { pending: usize },
    BareResult,
    BareOfHeap,
    RolloutCost { size: usize },
    Timeline,
    Conform,
}

/// All counted works.
pub(crate) const WORKS: [NamedWork; 12] = [
    hold("hold-8", 8),
    hold("hold-32", 32),
    hold("hold-1000", 1_000),
    hold("hold-100000", 100_000),
    NamedWork {
        name: "bare-replication",
        unit: "replication",
        warm_up: 10,
        counted: 500,
        what: Operation::BareResult,
    },
    NamedWork {
        name: "bare-replication-of-heap",
        unit: "replication",
        warm_up: 10,
        counted: 500,
        what: Operation::BareOfHeap,
    },
    rollout("rolling-update-10", 0, 200),
    rollout("rolling-update-100", 1, 40),
    rollout("rolling-update-1000", 2, 8),
    rollout("rolling-update-5000", 3, 2),
    NamedWork {
        name: "rolling-update-10-with-timeline",
        unit: "run",
        warm_up: 2,
        counted: 100,
        what: Operation::Timeline,
    },
    NamedWork {
        name: "conform",
        unit: "replay of documentation.jsonl.gz",
        warm_up: 1,
        counted: 4,
        what: Operation::Conform,
    },
];

const fn hold(name: &'static str, pending: usize) -> NamedWork {
    NamedWork {
        name,
        unit: "event",
        warm_up: 20_000,
        counted: 200_000,
        what: Operation::HoldResult { pending },
    }
}

const fn rollout(name: &'static str, size: usize, counted: u64) -> NamedWork {
    NamedWork { name, unit: "run", warm_up: 2, counted, what: Operation::RolloutCost { size } }
}

impl NamedWork {
    /// The work of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        WORKS.iter().find(|work| work.name == name)
    }

    /// Repeats it `times` times.
    pub(crate) fn repeat(&self, times: u64) -> Result<(), String> {
        match self.what {
            Operation::HoldResult { pending } => {
                hold::hold(ProductQueue::default(), pending, times as usize, Delays::new())();
            }
            Operation::BareResult => repeat(times, |_| bare::on_queue(ProductQueue::default())),
            Operation::BareOfHeap => repeat(times, |_| bare::on_queue(BareHeap::default())),
            Operation::RolloutCost { size } => {
                let mut simulator = Simulator::new(&rollout::model(SIZES[size])?, 0);
                repeat(times, |run| simulator.run(SEED, run));
            }
            Operation::Timeline => {
                let mut simulator = Simulator::new(&rollout::model(SIZES[0])?, 0);
                repeat(times, |run| simulator.run_with_timeline(SEED, run));
            }
            Operation::Conform => {
                let cases = recordings("documentation.jsonl.gz")?;
                repeat(times, |_| cases.iter().filter(|case| is_reproduced(case)).count());
            }
        }
        Ok(())
    }
}

fn repeat<T>(times: u64, mut work: impl FnMut(u64) -> T) {
    for number in 0..times {
        black_box(work(number));
    }
}
