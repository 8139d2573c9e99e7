//! How much memory is asked for and how often.

use cap::Cap;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

/// Counts bytes in use over a counter of calls over the system's allocator.
pub(crate) type Meter = Cap<&'static StatsAlloc<System>>;

/// A meter that limits nothing.
pub(crate) const fn meter() -> Meter {
    Cap::new(&INSTRUMENTED_SYSTEM, usize::MAX)
}

/// What the meter shows.
pub(crate) trait Reading {
    /// Allocations and reallocations so far.
    fn allocations(&self) -> usize;
    /// The most bytes in use so far.
    fn peak(&self) -> usize;
}

impl Reading for Meter {
    fn allocations(&self) -> usize {
        let stats = INSTRUMENTED_SYSTEM.stats();
        stats.allocations + stats.reallocations
    }

    fn peak(&self) -> usize {
        self.max_allocated()
    }
}
