//! The arithmetic of a proposal (`replica_calculator.go`; `metrics/utilization.go`).
//!
//! Values are i64 in milli-units and wrap as the controller's do; ratios are doubles.

use super::message::MetricError;
use super::pods::{Group, count_ready};
use super::spec::Tolerances;
use super::status::Current;
use super::view::Pod;

/// A number of pods with the sums of their samples and their requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sum {
    pub(super) pods: usize,
    pub(super) value: i64,
    pub(super) request: i64,
}

impl Sum {
    fn add(&mut self, value: i64, request: i64) {
        *self = self.plus(Self { pods: 1, value, request });
    }

    fn plus(self, other: Self) -> Self {
        Self {
            pods: self.pods + other.pods,
            value: self.value.wrapping_add(other.value),
            request: self.request.wrapping_add(other.request),
        }
    }

    /// The same pods, as if they used nothing.
    fn idle(self) -> Self {
        Self { value: 0, ..self }
    }
}

/// The pods of a metric, summed up by group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Groups {
    /// Pods whose samples count.
    pub(super) counted: Sum,
    /// Pods without a sample. The value is what they are taken to use when the others ask for fewer pods.
    pub(super) missing: Sum,
    /// Pods that are not ready.
    pub(super) unready: Sum,
}

impl Groups {
    /// Adds a pod. `assumed` is what it is taken to use if its sample is missing and fewer pods are asked for.
    pub(super) fn add(&mut self, group: Group, request: i64, assumed: i64) {
        match group {
            Group::Ignored => {}
            Group::Counted(value) => self.counted.add(value, request),
            Group::Missing => self.missing.add(assumed, request),
            Group::Unready => self.unready.add(0, request),
        }
    }
}

/// What a pod without a sample is taken to use when the others ask for fewer pods: its request, or the target
/// where this is higher. `target` is in percent.
pub(super) fn assumed_usage(request: i64, target: i32) -> i64 {
    request.wrapping_mul(i64::from(target.max(100))) / 100
}

/// What one metric has to say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Proposal {
    pub(super) replicas: i32,
    pub(super) current: Current,
}

/// Proposal for a utilisation of `target` percent of the requests.
pub(super) fn by_utilization(
    groups: Groups,
    target: i32,
    current: i32,
    tolerances: Tolerances,
) -> Result<Proposal, MetricError> {
    let percent = |sum: Sum| {
        // A whole number: the fraction of a percent is lost before the ratio is taken.
        let percent = sum.value.wrapping_mul(100).checked_div(sum.request);
        percent.map(|percent| percent as i32).ok_or(MetricError::NothingRequested)
    };
    let ratio = |sum| Ok(f64::from(percent(sum)?) / f64::from(target));
    Ok(Proposal {
        replicas: propose(groups, ratio, current, tolerances)?,
        current: Current::Utilization { percent: percent(groups.counted)?, average: mean(groups.counted) },
    })
}

/// Proposal for an average of `target` milli-units per pod.
pub(super) fn by_average(
    groups: Groups,
    target: i64,
    current: i32,
    tolerances: Tolerances,
) -> Result<Proposal, MetricError> {
    let ratio = |sum| Ok(mean(sum) as f64 / target as f64);
    Ok(Proposal {
        replicas: propose(groups, ratio, current, tolerances)?,
        current: Current::Average(mean(groups.counted)),
    })
}

fn mean(sum: Sum) -> i64 {
    sum.value / sum.pods.max(1) as i64
}

/// The size at which the ratio of the counted pods would be 1. Where pods lack a sample or are not ready, the
/// change is damped by assumptions about them and never turns its direction. At least one pod is counted.
fn propose(
    groups: Groups,
    ratio: impl Fn(Sum) -> Result<f64, MetricError>,
    current: i32,
    tolerances: Tolerances,
) -> Result<i32, MetricError> {
    let counted = ratio(groups.counted)?;
    let unready_matter = groups.unready.pods > 0 && counted > 1.0;
    if !unready_matter && groups.missing.pods == 0 {
        let replicas = rounded_up(counted * groups.counted.pods as f64);
        return Ok(if tolerances.contain(counted) { current } else { replicas });
    }
    let mut filled = groups.counted;
    if counted < 1.0 {
        filled = filled.plus(groups.missing);
    } else if counted > 1.0 {
        filled = filled.plus(groups.missing.idle());
    }
    if unready_matter {
        filled = filled.plus(groups.unready.idle());
    }
    let corrected = ratio(filled)?;
    let turned = (counted < 1.0 && corrected > 1.0) || (counted > 1.0 && corrected < 1.0);
    if tolerances.contain(corrected) || turned {
        return Ok(current);
    }
    let replicas = rounded_up(corrected * filled.pods as f64);
    let against = (corrected < 1.0 && replicas > current) || (corrected > 1.0 && replicas < current);
    Ok(if against { current } else { replicas })
}

/// Proposal for a metric whose whole value is to be `target` at the right size.
pub(super) fn by_value(
    value: i64,
    target: i64,
    current: i32,
    tolerances: Tolerances,
    pods: &[Pod<'_>],
) -> Result<Proposal, MetricError> {
    let ratio = value as f64 / target as f64;
    let replicas = if tolerances.contain(ratio) {
        current
    } else if pods.is_empty() {
        return Err(MetricError::NoReadyPods);
    } else {
        rounded_up(ratio * count_ready(pods) as f64)
    };
    Ok(Proposal { replicas, current: Current::Value(value) })
}

/// Proposal for a metric that is to be `target` per pod. `reported` is the size in the status of the scale.
pub(super) fn by_value_per_pod(value: i64, target: i64, reported: i32, tolerances: Tolerances) -> Proposal {
    let ratio = value as f64 / (target as f64 * f64::from(reported));
    let replicas =
        if tolerances.contain(ratio) { reported } else { rounded_up(value as f64 / target as f64) };
    Proposal { replicas, current: Current::Average(per_pod(value, reported)) }
}

/// The value per pod as the status shows it, rounded up.
fn per_pod(value: i64, pods: i32) -> i64 {
    if value == i64::MAX {
        // A sum that has been cut is shown as it is.
        return value;
    }
    let share = (value as f64 / f64::from(pods)).ceil();
    // What amd64 makes of a double that is no i64.
    if share.is_finite() { share as i64 } else { i64::MIN }
}

/// The sum of the series of an external metric for a target of its whole value.
pub(super) fn total(series: &[i64]) -> i64 {
    series.iter().fold(
        0,
        |sum: i64, value| {
            if *value > 0 { sum.saturating_add(*value) } else { sum.wrapping_add(*value) }
        },
    )
}

/// The sum for a target per pod: there a sum below zero is taken for an overflow.
pub(super) fn total_per_pod(series: &[i64]) -> i64 {
    let mut sum = 0_i64;
    for value in series {
        sum = sum.wrapping_add(*value);
        if sum < 0 {
            return i64::MAX;
        }
    }
    sum
}

/// A number of replicas, cut at 2^31 - 1.
fn rounded_up(replicas: f64) -> i32 {
    // `as` saturates.
    replicas.ceil() as i32
}
