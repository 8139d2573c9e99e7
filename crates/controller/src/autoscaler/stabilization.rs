//! Stabilisation: earlier proposals hold the size (`stabilizeRecommendation`,
//! `stabilizeRecommendationWithBehaviors`, `horizontal.go`).

use super::memory::Memory;
use super::spec::{Behavior, Settings};
use super::status::Cause;
use crate::{Span, Timestamp};

/// Without `behavior`: the highest proposal of the window, which may lie above the present size. Remembers the
/// proposal.
pub(super) fn highest(
    memory: &mut Memory,
    proposed: i32,
    settings: &Settings,
    now: Timestamp,
) -> (i32, Cause) {
    let cutoff = now - settings.downscale_stabilization;
    let recent = memory.proposals().iter().filter(|past| past.at >= cutoff);
    let highest = recent.fold(proposed, |highest, past| highest.max(past.replicas));
    memory.propose(proposed, now, cutoff);
    let cause = if highest == proposed { Cause::ReadyForNewScale } else { Cause::ScaleDownStabilized };
    (highest, cause)
}

/// With `behavior`: the size nearest to the present one between the lowest proposal of the window for scale-ups
/// and the highest one of the window for scale-downs. Remembers the proposal.
pub(super) fn nearest(
    memory: &mut Memory,
    (proposed, current): (i32, i32),
    behavior: &Behavior,
    settings: &Settings,
    now: Timestamp,
) -> (i32, Cause) {
    let window = |seconds: Option<i32>| seconds.map(|seconds| Span::from_secs(seconds.into()));
    let up_cutoff = now - window(behavior.up.stabilization_window).unwrap_or(Span::ZERO);
    let down_cutoff =
        now - window(behavior.down.stabilization_window).unwrap_or(settings.downscale_stabilization);
    let (mut lowest, mut highest) = (proposed, proposed);
    for past in memory.proposals() {
        if past.at > up_cutoff {
            lowest = lowest.min(past.replicas);
        }
        if past.at > down_cutoff {
            highest = highest.max(past.replicas);
        }
    }
    memory.propose(proposed, now, up_cutoff.min(down_cutoff));
    let stabilized = current.max(lowest).min(highest);
    let cause = if stabilized == proposed {
        Cause::ReadyForNewScale
    } else if proposed >= current {
        Cause::ScaleUpStabilized
    } else {
        Cause::ScaleDownStabilized
    };
    (stabilized, cause)
}
