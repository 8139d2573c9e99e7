//! Bounds of the size and limits of its change (`convertDesiredReplicasWithRules`,
//! `convertDesiredReplicasWithBehaviorRate`, `horizontal.go`).

use super::memory::Memory;
use super::spec::{AutoscalerSpec, Behavior, Policy, PolicyKind, Rules, SelectPolicy};
use super::status::Cause;
use crate::Timestamp;

/// Without `behavior` the size may double in one evaluation, and always reach this.
const SCALE_UP_LIMIT_MINIMUM: i32 = 4;

/// Without `behavior`: within the bounds, and at most twice the present size or 4.
pub(super) fn by_rules(wanted: i32, current: i32, spec: &AutoscalerSpec) -> (i32, Cause) {
    let limit = current.saturating_mul(2).max(SCALE_UP_LIMIT_MINIMUM);
    let (highest, above) = upper_bound(limit, spec.max_replicas);
    if wanted < spec.min_replicas {
        (spec.min_replicas, Cause::TooFewReplicas)
    } else if wanted > highest {
        (highest, above)
    } else {
        (wanted, Cause::DesiredWithinRange)
    }
}

/// With `behavior`: within the bound and the limits of the policies of the change's direction.
pub(super) fn by_policies(
    wanted: i32,
    current: i32,
    spec: &AutoscalerSpec,
    behavior: &Behavior,
    memory: &Memory,
    now: Timestamp,
) -> (i32, Cause) {
    let start = |policy: &Policy| {
        let added = memory.ups.within(policy.period, now);
        let removed = memory.downs.within(policy.period, now);
        current.wrapping_sub(added).wrapping_add(removed)
    };
    if wanted > current {
        let limit = limit_up(&behavior.up, current, start);
        let (highest, above) = upper_bound(limit, spec.max_replicas);
        if wanted > highest {
            return (highest, above);
        }
    } else if wanted < current {
        let limit = limit_down(&behavior.down, current, start);
        let (lowest, below) = if limit > spec.min_replicas {
            (limit, Cause::ScaleDownLimit)
        } else {
            (spec.min_replicas, Cause::TooFewReplicas)
        };
        if wanted < lowest {
            return (lowest, below);
        }
    }
    (wanted, Cause::DesiredWithinRange)
}

fn upper_bound(limit: i32, max: i32) -> (i32, Cause) {
    if limit < max { (limit, Cause::ScaleUpLimit) } else { (max, Cause::TooManyReplicas) }
}

/// The size that the policies allow at most; not below the present one. `start` is the size at the beginning of
/// a policy's period.
fn limit_up(rules: &Rules, current: i32, start: impl Fn(&Policy) -> i32) -> i32 {
    let limits = rules.policies.iter().map(|policy| match policy.kind {
        PolicyKind::Pods => start(policy).saturating_add(policy.value),
        // Rounded up, for a small size would never grow otherwise.
        PolicyKind::Percent => {
            (f64::from(start(policy)) * (1.0 + f64::from(policy.value) / 100.0)).ceil() as i32
        }
    });
    let limit = match rules.select {
        SelectPolicy::Max => limits.max(),
        SelectPolicy::Min => limits.min(),
        SelectPolicy::Disabled => None,
    };
    limit.unwrap_or(current).max(current)
}

/// The size that the policies allow at least; not above the present one.
fn limit_down(rules: &Rules, current: i32, start: impl Fn(&Policy) -> i32) -> i32 {
    let limits = rules.policies.iter().map(|policy| match policy.kind {
        PolicyKind::Pods => start(policy).saturating_sub(policy.value),
        PolicyKind::Percent => (f64::from(start(policy)) * (1.0 - f64::from(policy.value) / 100.0)) as i32,
    });
    let limit = match rules.select {
        SelectPolicy::Max => limits.min(),
        SelectPolicy::Min => limits.max(),
        SelectPolicy::Disabled => None,
    };
    limit.unwrap_or(current).min(current)
}
