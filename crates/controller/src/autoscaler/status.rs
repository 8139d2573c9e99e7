//! The status of an autoscaler and its conditions (`setCondition`, `setStatus`, `horizontal.go`).

use super::message::{ErrorText, MetricFailure, Words};
use super::spec::Metric;
use crate::Timestamp;
use std::sync::Arc;

/// `status` of a `HorizontalPodAutoscaler`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AutoscalerStatus {
    /// `currentReplicas`: the size of the target's spec when it was read.
    pub current_replicas: i32,
    /// `desiredReplicas`
    pub desired_replicas: i32,
    /// `lastScaleTime`
    pub last_scale: Option<Timestamp>,
    /// `currentMetrics`, one entry per metric of the spec; empty for one that failed, and no entry where the
    /// metrics were not read.
    pub current_metrics: Vec<Option<CurrentMetric>>,
    /// `conditions`
    pub conditions: Conditions,
}

/// The value of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentMetric {
    /// Which metric.
    pub metric: Arc<Metric>,
    /// Its value.
    pub current: Current,
}

/// The value of a metric as the status shows it, in milli-units: of the pods that count, before any assumption
/// about the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Current {
    /// `averageUtilization` and `averageValue`.
    Utilization {
        /// Percent of the requests.
        percent: i32,
        /// The mean of the samples.
        average: i64,
    },
    /// `averageValue`
    Average(i64),
    /// `value`
    Value(i64),
}

/// Which aspect a condition describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionType {
    /// The scale can be read and written.
    AbleToScale,
    /// The size follows the metrics.
    ScalingActive,
    /// A bound or a policy holds the size back.
    ScalingLimited,
}

impl ConditionType {
    /// The type as the API spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AbleToScale => "AbleToScale",
            Self::ScalingActive => "ScalingActive",
            Self::ScalingLimited => "ScalingLimited",
        }
    }
}

/// What a condition says: type, status, reason and message follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The scale was read.
    SucceededGetScale,
    /// The scale could not be read.
    FailedGetScale(ErrorText),
    /// The proposal is what stabilisation leaves.
    ReadyForNewScale,
    /// An earlier, higher proposal takes the place of this one.
    ScaleDownStabilized,
    /// An earlier, lower proposal takes the place of this one.
    ScaleUpStabilized,
    /// This size was written.
    SucceededRescale(i32),
    /// The size could not be written.
    FailedUpdateScale(ErrorText),
    /// This metric decides.
    ValidMetricFound(Arc<Metric>),
    /// The target's size is 0.
    ScalingDisabled,
    /// The scale has no selector.
    SelectorMissing,
    /// The scale's selector cannot be parsed.
    SelectorMalformed(ErrorText),
    /// The scale's selector selects pods of several autoscalers.
    SelectorAmbiguous(ErrorText),
    /// No size could be computed; the first metric that failed.
    MetricFailed(MetricFailure),
    /// Nothing limits the size.
    DesiredWithinRange,
    /// `minReplicas` does.
    TooFewReplicas,
    /// `maxReplicas` does.
    TooManyReplicas,
    /// The limit of scale-ups does.
    ScaleUpLimit,
    /// The limit of scale-downs does.
    ScaleDownLimit,
}

impl Cause {
    /// The type of its condition.
    #[must_use]
    pub const fn kind(&self) -> ConditionType {
        match self {
            Self::SucceededGetScale
            | Self::FailedGetScale(_)
            | Self::ReadyForNewScale
            | Self::ScaleDownStabilized
            | Self::ScaleUpStabilized
            | Self::SucceededRescale(_)
            | Self::FailedUpdateScale(_) => ConditionType::AbleToScale,
            Self::ValidMetricFound(_)
            | Self::ScalingDisabled
            | Self::SelectorMissing
            | Self::SelectorMalformed(_)
            | Self::SelectorAmbiguous(_)
            | Self::MetricFailed(_) => ConditionType::ScalingActive,
            Self::DesiredWithinRange
            | Self::TooFewReplicas
            | Self::TooManyReplicas
            | Self::ScaleUpLimit
            | Self::ScaleDownLimit => ConditionType::ScalingLimited,
        }
    }

    /// The status of its condition: `True` or `False`.
    #[must_use]
    pub const fn holds(&self) -> bool {
        !matches!(
            self,
            Self::FailedGetScale(_)
                | Self::FailedUpdateScale(_)
                | Self::ScalingDisabled
                | Self::SelectorMissing
                | Self::SelectorMalformed(_)
                | Self::SelectorAmbiguous(_)
                | Self::MetricFailed(_)
                | Self::DesiredWithinRange
        )
    }

    /// The reason of its condition.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::SucceededGetScale => "SucceededGetScale",
            Self::FailedGetScale(_) => "FailedGetScale",
            Self::ReadyForNewScale => "ReadyForNewScale",
            Self::ScaleDownStabilized => "ScaleDownStabilized",
            Self::ScaleUpStabilized => "ScaleUpStabilized",
            Self::SucceededRescale(_) => "SucceededRescale",
            Self::FailedUpdateScale(_) => "FailedUpdateScale",
            Self::ValidMetricFound(_) => "ValidMetricFound",
            Self::ScalingDisabled => "ScalingDisabled",
            Self::SelectorMissing | Self::SelectorMalformed(_) => "InvalidSelector",
            Self::SelectorAmbiguous(_) => "AmbiguousSelector",
            Self::MetricFailed(failure) => failure.reason(),
            Self::DesiredWithinRange => "DesiredWithinRange",
            Self::TooFewReplicas => "TooFewReplicas",
            Self::TooManyReplicas => "TooManyReplicas",
            Self::ScaleUpLimit => "ScaleUpLimit",
            Self::ScaleDownLimit => "ScaleDownLimit",
        }
    }

    /// The message of its condition.
    #[must_use]
    pub fn text(&self, words: &Words<'_>) -> String {
        match self {
            Self::SucceededGetScale => {
                "the HPA controller was able to get the target's current scale".to_owned()
            }
            Self::FailedGetScale(error) => {
                format!("the HPA controller was unable to get the target's current scale: {error}")
            }
            Self::ReadyForNewScale => "recommended size matches current size".to_owned(),
            Self::ScaleDownStabilized => "recent recommendations were higher than current one, applying the highest recent recommendation".to_owned(),
            Self::ScaleUpStabilized => "recent recommendations were lower than current one, applying the lowest recent recommendation".to_owned(),
            Self::SucceededRescale(to) => {
                format!("the HPA controller was able to update the target scale to {to}")
            }
            Self::FailedUpdateScale(error) => {
                format!("the HPA controller was unable to update the target scale: {error}")
            }
            Self::ValidMetricFound(metric) => format!(
                "the HPA was able to successfully calculate a replica count from {}",
                metric.description()
            ),
            Self::ScalingDisabled => {
                "scaling is disabled since the replica count of the target is zero".to_owned()
            }
            Self::SelectorMissing => "the HPA target's scale is missing a selector".to_owned(),
            Self::SelectorMalformed(error) | Self::SelectorAmbiguous(error) => error.to_string(),
            Self::MetricFailed(failure) => {
                format!("the HPA was unable to compute the replica count: {}", failure.text(words))
            }
            Self::DesiredWithinRange => "the desired count is within the acceptable range".to_owned(),
            Self::TooFewReplicas => {
                "the desired replica count is less than the minimum replica count".to_owned()
            }
            Self::TooManyReplicas => {
                "the desired replica count is more than the maximum replica count".to_owned()
            }
            Self::ScaleUpLimit => {
                "the desired replica count is increasing faster than the maximum scale rate".to_owned()
            }
            Self::ScaleDownLimit => {
                "the desired replica count is decreasing faster than the maximum scale rate".to_owned()
            }
        }
    }
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What it says.
    pub cause: Cause,
    /// When its status changed last, in whole seconds.
    pub last_transition: Timestamp,
}

/// The conditions: at most one of each type. They first appear, and stand, in the order of the types.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    slots: [Option<Condition>; 3],
}

impl Conditions {
    /// The conditions in stored order.
    pub fn iter(&self) -> impl Iterator<Item = &Condition> {
        self.slots.iter().flatten()
    }

    /// The condition of that type.
    #[must_use]
    pub const fn get(&self, kind: ConditionType) -> Option<&Condition> {
        self.slots[kind as usize].as_ref()
    }

    /// Replaces the condition of the cause's type. The transition time moves with the status only.
    pub(super) fn set(&mut self, cause: Cause, now: Timestamp) {
        let slot = &mut self.slots[cause.kind() as usize];
        let last_transition = match slot {
            Some(before) if before.cause.holds() == cause.holds() => before.last_transition,
            _ => now.stored(),
        };
        *slot = Some(Condition { cause, last_transition });
    }
}
