//! All metrics together: the largest proposal decides (`computeReplicasForMetrics`, `horizontal.go`).

use super::message::{ApiEvent, FirstError, MetricFailure};
use super::metric::Reading;
use super::spec::{Metric, Tolerances};
use super::status::{Cause, CurrentMetric};
use super::view::{Metrics, Scale, Selector, View};
use crate::Timestamp;
use std::sync::Arc;

/// What the metrics say.
#[derive(Debug)]
pub(super) struct Proposals {
    /// The decisive proposal, or why there is none.
    pub(super) decisive: Result<Decisive, FirstError>,
    /// Condition `ScalingActive`.
    pub(super) cause: Cause,
    /// `currentMetrics`
    pub(super) current_metrics: Vec<Option<CurrentMetric>>,
}

/// The proposal that decides.
#[derive(Debug)]
pub(super) struct Decisive {
    pub(super) replicas: i32,
    pub(super) metric: Arc<Metric>,
}

/// Looks at all metrics. Failures are reported in `events`.
pub(super) fn of_metrics<M: Metrics>(
    view: &View<'_, M>,
    scale: &Scale,
    now: Timestamp,
    events: &mut Vec<ApiEvent>,
) -> Proposals {
    if let Some((cause, error, event)) = unusable(&scale.selector) {
        events.push(event);
        return Proposals { decisive: Err(error), cause, current_metrics: Vec::new() };
    }
    let tolerances = Tolerances::of(view.spec, view.settings);
    let reading = Reading { view, scale, tolerances, now };
    let mut current_metrics = Vec::with_capacity(view.spec.metrics.len());
    let mut decisive: Option<Decisive> = None;
    let mut first_failure = None;
    let mut failed = 0;
    for metric in &view.spec.metrics {
        match reading.proposal(metric) {
            Ok(proposal) => {
                current_metrics
                    .push(Some(CurrentMetric { metric: Arc::clone(metric), current: proposal.current }));
                // A proposal of 0 counts as none: the next one takes its place.
                if decisive
                    .as_ref()
                    .is_none_or(|best| best.replicas == 0 || proposal.replicas > best.replicas)
                {
                    decisive = Some(Decisive { replicas: proposal.replicas, metric: Arc::clone(metric) });
                }
            }
            Err(error) => {
                let failure = MetricFailure { metric: Arc::clone(metric), error };
                events.push(ApiEvent::MetricFailed(failure.clone()));
                first_failure.get_or_insert(failure);
                failed += 1;
                current_metrics.push(None);
            }
        }
    }
    // Metrics that fail may hide a need for pods: the others may only add some.
    let usable = decisive.filter(|best| failed == 0 || best.replicas >= scale.spec_replicas);
    match (usable, first_failure) {
        (Some(best), _) => {
            let cause = Cause::ValidMetricFound(Arc::clone(&best.metric));
            Proposals { decisive: Ok(best), cause, current_metrics }
        }
        (None, Some(first)) => {
            let cause = Cause::MetricFailed(first.clone());
            let error = FirstError::Metrics { failed, of: view.spec.metrics.len(), first };
            Proposals { decisive: Err(error), cause, current_metrics }
        }
        (None, None) => unreachable!("defaulting leaves at least one metric"),
    }
}

fn unusable(selector: &Selector) -> Option<(Cause, FirstError, ApiEvent)> {
    match selector {
        Selector::Valid => None,
        Selector::Missing => {
            Some((Cause::SelectorMissing, FirstError::SelectorMissing, ApiEvent::SelectorRequired))
        }
        Selector::Malformed(error) => {
            let text: Arc<str> =
                format!("couldn't convert selector into a corresponding internal selector object: {error}")
                    .into();
            Some((
                Cause::SelectorMalformed(Arc::clone(&text)),
                FirstError::Selector(Arc::clone(&text)),
                ApiEvent::InvalidSelector(text),
            ))
        }
        Selector::Ambiguous { selector, autoscalers } => {
            let keys = autoscalers.join(" ");
            let text: Arc<str> =
                format!("pods by selector {selector} are controlled by multiple HPAs: [{keys}]").into();
            Some((
                Cause::SelectorAmbiguous(Arc::clone(&text)),
                FirstError::Selector(Arc::clone(&text)),
                ApiEvent::AmbiguousSelector(text),
            ))
        }
    }
}
