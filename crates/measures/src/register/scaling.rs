//! Summaries of the scaling events of a run.

use crate::Milli;
use simulator::number::Saturate;
use simulator::record::ScalingRecord;

/// The number of scaling events: each has another target than the event before it.
pub(super) fn scaling_events(scalings: &[ScalingRecord]) -> u32 {
    let event = |scaling: &ScalingRecord| (scaling.replicas_from, scaling.replicas_to);
    scalings.chunk_by(|one, other| event(one) == event(other)).count().saturated()
}

/// The leftover of the largest size.
pub(super) fn largest_leftover(scalings: &[ScalingRecord]) -> Option<i32> {
    scalings.iter().map(|scaling| scaling.leftover).max_by_key(|leftover| leftover.abs())
}

/// By how much the share of new pods rose, in percentage points.
pub(super) fn new_share_rise(scaling: &ScalingRecord) -> Milli {
    Milli::from_f64((scaling.new_share_to - scaling.new_share_from) * 100.0)
}
