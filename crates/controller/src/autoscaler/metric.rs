//! One metric of the spec: its proposal, or why there is none (`computeReplicasForMetric`, `horizontal.go`).

use super::calculator::{self, Groups, Proposal};
use super::message::MetricError;
use super::pods::{self, Sample};
use super::spec::{Metric, ResourceName, ResourceTarget, Tolerances, ValueTarget};
use super::view::{Metrics, Pod, Scale, View};
use crate::Timestamp;

/// What the metrics of one evaluation have in common.
#[derive(Debug)]
pub(super) struct Reading<'a, M> {
    pub(super) view: &'a View<'a, M>,
    pub(super) scale: &'a Scale,
    pub(super) tolerances: Tolerances,
    pub(super) now: Timestamp,
}

impl<M: Metrics> Reading<'_, M> {
    /// The proposal of a metric.
    pub(super) fn proposal(&self, metric: &Metric) -> Result<Proposal, MetricError> {
        match metric {
            Metric::Resource { resource, target } => self.of_resource(resource, None, *target),
            Metric::ContainerResource { resource, container, target } => {
                self.of_resource(resource, Some(container), *target)
            }
            Metric::Pods { metric, average } => {
                let values = self.view.metrics.of_pods(metric).map_err(MetricError::Api)?;
                if values.iter().all(Option::is_none) {
                    return Err(MetricError::NothingReturned);
                }
                let sample = |index: usize, _: &Pod<'_>| {
                    values.get(index).copied().flatten().map(|value| Sample { value, is_early: false })
                };
                let groups = self.groups(false, sample, |_| Ok((0, *average)))?;
                calculator::by_average(groups, *average, self.scale.spec_replicas, self.tolerances)
            }
            Metric::Object { metric, object, target } => {
                let value = self.view.metrics.of_object(metric, object).map_err(MetricError::Api)?;
                match *target {
                    ValueTarget::Value(target) => self.of_value(value, target),
                    ValueTarget::AverageValue(target) => Ok(self.of_value_per_pod(value, target)),
                }
            }
            Metric::External { metric, target } => {
                let series = self.view.metrics.external(metric).map_err(MetricError::Api)?;
                if series.is_empty() {
                    return Err(MetricError::NothingReturned);
                }
                match *target {
                    ValueTarget::Value(target) => self.of_value(calculator::total(series), target),
                    ValueTarget::AverageValue(target) => {
                        Ok(self.of_value_per_pod(calculator::total_per_pod(series), target))
                    }
                }
            }
        }
    }

    fn of_resource(
        &self,
        resource: &ResourceName,
        container: Option<&str>,
        target: ResourceTarget,
    ) -> Result<Proposal, MetricError> {
        let usage = self.view.metrics.usage().map_err(MetricError::Api)?;
        if usage.iter().all(Option::is_none) {
            return Err(MetricError::NothingReturned);
        }
        let is_cpu = *resource == ResourceName::Cpu;
        let sample = |index: usize, pod: &Pod<'_>| {
            let usage = usage.get(index).and_then(Option::as_ref);
            Sample::of_resource(pod, usage, resource, container)
        };
        let (current, tolerances) = (self.scale.spec_replicas, self.tolerances);
        match target {
            ResourceTarget::AverageValue(target) => {
                let groups = self.groups(is_cpu, sample, |_| Ok((0, target)))?;
                calculator::by_average(groups, target, current, tolerances)
            }
            ResourceTarget::Utilization(target) => {
                let groups = self.groups(is_cpu, sample, |pod| {
                    let request = pods::request(pod, resource, container)?;
                    Ok((request, calculator::assumed_usage(request, target)))
                })?;
                calculator::by_utilization(groups, target, current, tolerances)
            }
        }
    }

    /// The pods in groups. `needs` says what a pod requests and what it is taken to use if its sample is missing
    /// and fewer pods are asked for; every pod is asked, whatever its group.
    fn groups(
        &self,
        is_cpu: bool,
        sample: impl Fn(usize, &Pod<'_>) -> Option<Sample>,
        needs: impl Fn(&Pod<'_>) -> Result<(i64, i64), MetricError>,
    ) -> Result<Groups, MetricError> {
        if self.view.pods.is_empty() {
            return Err(MetricError::NoPods);
        }
        let mut groups = Groups::default();
        let mut error = None;
        for (index, pod) in self.view.pods.iter().enumerate() {
            let (request, assumed) = needs(pod).unwrap_or_else(|cause| {
                error.get_or_insert(cause);
                (0, 0)
            });
            let group = pods::group(pod, sample(index, pod), is_cpu, self.view.settings, self.now);
            groups.add(group, request, assumed);
        }
        if groups.counted.pods == 0 {
            return Err(MetricError::NoSamples);
        }
        error.map_or(Ok(groups), Err)
    }

    fn of_value(&self, value: i64, target: i64) -> Result<Proposal, MetricError> {
        calculator::by_value(value, target, self.scale.spec_replicas, self.tolerances, self.view.pods)
    }

    fn of_value_per_pod(&self, value: i64, target: i64) -> Proposal {
        calculator::by_value_per_pod(value, target, self.scale.status_replicas, self.tolerances)
    }
}
