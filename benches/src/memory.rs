//! Memory use and number of allocations.

use cap::Cap;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

/// Counts bytes in use and allocator calls on top of the system's allocator.
pub(crate) type MemoryCounter = Cap<&'static StatsAlloc<System>>;

/// A counter without a limit.
pub(crate) const fn counter() -> MemoryCounter {
    Cap::new(&INSTRUMENTED_SYSTEM, usize::MAX)
}

/// Values of the counter.
pub(crate) trait MemoryReadings {
    /// Number of allocations and reallocations so far.
    fn allocations(&self) -> usize;
    /// Maximum bytes in use so far.
    fn peak(&self) -> usize;
}

impl MemoryReadings for MemoryCounter {
    fn allocations(&self) -> usize {
        let stats = INSTRUMENTED_SYSTEM.stats();
        stats.allocations + stats.reallocations
    }

    fn peak(&self) -> usize {
        self.max_allocated()
    }
}
