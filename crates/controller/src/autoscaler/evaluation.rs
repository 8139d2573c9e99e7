//! One evaluation (`reconcileAutoscaler`, `horizontal.go`).

use super::memory::Memory;
use super::message::{ApiEvent, ErrorText, RescaleReason};
use super::proposal::{self, Decisive, Proposals};
use super::spec::{AutoscalerSpec, Behavior};
use super::status::{AutoscalerStatus, Cause};
use super::view::{Metrics, Scale, View};
use super::{rates, stabilization};
use crate::Timestamp;

/// What an evaluation wants done: first the write of the scale, if any, then [`events`](Self::events), then the
/// write of the status if it differs from the stored one, then [`last_event`](Self::last_event).
///
/// While a [`rescale`](Self::rescale) is due, the evaluation is not complete: [`written`](Self::written) or
/// [`refused`](Self::refused) completes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The largest proposal of the metrics, if they were looked at and gave one.
    pub proposed: Option<i32>,
    /// The size to write.
    pub rescale: Option<Rescale>,
    /// The new status.
    pub status: AutoscalerStatus,
    /// Events to report, in order.
    pub events: Vec<ApiEvent>,
    /// An event to report after the status has been written.
    pub last_event: Option<ApiEvent>,
}

/// A change of the target's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescale {
    /// The size that was read.
    pub from: i32,
    /// The size to write.
    pub to: i32,
    /// Why.
    pub reason: RescaleReason,
}

/// Whether an evaluation reads pods and metrics: only for a size between the bounds and not 0.
#[must_use]
pub fn reads_metrics(spec: &AutoscalerSpec, scale: &Scale) -> bool {
    scale.spec_replicas != 0 && out_of_bounds(spec, scale.spec_replicas).is_none()
}

/// Evaluates an autoscaler at `now`.
#[must_use]
pub fn evaluate<M: Metrics>(view: &View<'_, M>, memory: &mut Memory, now: Timestamp) -> Evaluation {
    let mut evaluation = Evaluation {
        proposed: None,
        rescale: None,
        status: view.status.clone(),
        events: Vec::new(),
        last_event: None,
    };
    match view.scale {
        Ok(scale) => evaluation.of_scale(view, scale, memory, now),
        Err(error) => {
            evaluation.events.push(ApiEvent::FailedGetScale(error.clone()));
            evaluation.set(Cause::FailedGetScale(error.clone()), now);
        }
    }
    evaluation
}

fn out_of_bounds(spec: &AutoscalerSpec, replicas: i32) -> Option<(i32, RescaleReason)> {
    if replicas > spec.max_replicas {
        Some((spec.max_replicas, RescaleReason::AboveMaximum))
    } else if replicas < spec.min_replicas {
        Some((spec.min_replicas, RescaleReason::BelowMinimum))
    } else {
        None
    }
}

impl Evaluation {
    fn of_scale<M: Metrics>(
        &mut self,
        view: &View<'_, M>,
        scale: &Scale,
        memory: &mut Memory,
        now: Timestamp,
    ) {
        let current = scale.spec_replicas;
        self.set(Cause::SucceededGetScale, now);
        memory.begin(current, now);
        if current == 0 {
            self.set(Cause::ScalingDisabled, now);
            self.settle(current, Vec::new());
            self.status.desired_replicas = 0;
        } else if let Some((bound, reason)) = out_of_bounds(view.spec, current) {
            self.settle(current, Vec::new());
            self.change(current, bound, reason);
        } else {
            self.of_metrics(view, scale, memory, now);
        }
    }

    fn of_metrics<M: Metrics>(
        &mut self,
        view: &View<'_, M>,
        scale: &Scale,
        memory: &mut Memory,
        now: Timestamp,
    ) {
        let current = scale.spec_replicas;
        let Proposals { decisive, cause, current_metrics } =
            proposal::of_metrics(view, scale, now, &mut self.events);
        self.set(cause, now);
        self.settle(current, current_metrics);
        let best = match decisive {
            Ok(best) => best,
            Err(error) => {
                self.last_event = Some(ApiEvent::FailedComputeMetricsReplicas(error));
                return;
            }
        };
        let proposed = best.replicas.max(0);
        self.proposed = Some(proposed);
        let (stabilized, able) = match &view.spec.behavior {
            None => stabilization::highest(memory, proposed, view.settings, now),
            Some(behavior) => {
                stabilization::nearest(memory, (proposed, current), behavior, view.settings, now)
            }
        };
        self.set(able, now);
        let (desired, limited) = match &view.spec.behavior {
            None => rates::by_rules(stabilized, current, view.spec),
            Some(behavior) => rates::by_policies(stabilized, current, view.spec, behavior, memory, now),
        };
        self.set(limited, now);
        self.change(current, desired, reason(proposed, current, best));
    }

    fn set(&mut self, cause: Cause, now: Timestamp) {
        self.status.conditions.set(cause, now);
    }

    fn settle(&mut self, current: i32, metrics: Vec<Option<super::CurrentMetric>>) {
        self.status.current_replicas = current;
        self.status.current_metrics = metrics;
    }

    fn change(&mut self, from: i32, to: i32, reason: RescaleReason) {
        if from == to {
            self.status.desired_replicas = to;
        } else {
            self.rescale = Some(Rescale { from, to, reason });
        }
    }

    /// Completes an evaluation whose [`rescale`](Self::rescale) was written at `at`. `behavior` is the spec's.
    #[must_use]
    pub fn written(mut self, behavior: Option<&Behavior>, memory: &mut Memory, at: Timestamp) -> Self {
        let Some(Rescale { from, to, reason }) = self.rescale.take() else { return self };
        self.set(Cause::SucceededRescale(to), at);
        self.status.desired_replicas = to;
        self.status.last_scale = Some(at.stored());
        self.events.push(ApiEvent::SuccessfulRescale { to, reason });
        if let Some(behavior) = behavior {
            if to > from {
                memory.ups.store(to - from, at, &behavior.up);
            } else {
                memory.downs.store(from - to, at, &behavior.down);
            }
        }
        self
    }

    /// Completes an evaluation whose [`rescale`](Self::rescale) was refused at `at`.
    #[must_use]
    pub fn refused(mut self, error: ErrorText, at: Timestamp) -> Self {
        let Some(Rescale { to, reason, .. }) = self.rescale.take() else { return self };
        self.set(Cause::FailedUpdateScale(error.clone()), at);
        self.events.push(ApiEvent::FailedRescale { to, reason, error });
        self
    }
}

fn reason(proposed: i32, current: i32, best: Decisive) -> RescaleReason {
    match proposed.cmp(&current) {
        std::cmp::Ordering::Greater => RescaleReason::MetricAbove(best.metric),
        std::cmp::Ordering::Less => RescaleReason::MetricsBelow,
        std::cmp::Ordering::Equal => RescaleReason::EarlierProposal,
    }
}
