//! The `HorizontalPodAutoscaler` controller: how many replicas a workload gets.
//!
//! [`evaluate`] is one evaluation. It takes a [`View`] of what the controller reads (scale, pods, metrics, the
//! stored status) and the controller's [`Memory`], and returns an [`Evaluation`]: the size to write, the status
//! to store and the events to report. Whoever writes the scale hands the answer to [`Evaluation::written`] or
//! [`Evaluation::refused`], which complete status, events and memory.
//!
//! The steps have a file each: one metric (`metric`), the pods of a metric in groups (`pods`), the arithmetic of
//! a proposal (`calculator`), all metrics (`proposal`), stabilisation windows (`stabilization`), policies and
//! bounds (`rates`). [`Rounds`] says when an evaluation takes place, [`ScaleTries`] how often a scale is written.
//!
//! Behaviour was learnt from `pkg/controller/podautoscaler` of Kubernetes v1.36.2; `docs/spec/autoscaler.md` of
//! this crate describes it. Not here: validation of the spec (the API server's), and Kubernetes' rate limit of
//! events.

mod calculator;
mod defaults;
mod evaluation;
mod memory;
mod message;
mod metric;
mod pods;
mod proposal;
mod rates;
mod rounds;
mod scale_write;
mod spec;
mod stabilization;
mod status;
mod view;

pub use defaults::{BehaviorAsWritten, RulesAsWritten, SpecAsWritten};
pub use evaluation::{Evaluation, Rescale, evaluate, reads_metrics};
pub use memory::Memory;
pub use message::{ApiEvent, ErrorText, FirstError, MetricError, MetricFailure, RescaleReason, Words};
pub use rounds::Rounds;
pub use scale_write::ScaleTries;
pub use spec::{
    AutoscalerSpec, Behavior, Metric, MetricName, ObjectReference, Policy, PolicyKind, ResourceName,
    ResourceTarget, Rules, SelectPolicy, Settings, ValueTarget, tolerance,
};
pub use status::{AutoscalerStatus, Cause, Condition, ConditionType, Conditions, Current, CurrentMetric};
pub use view::{
    ContainerRequests, ContainerUsage, Metrics, Pod, PodUsage, Readiness, Resources, Scale, Selector, View,
};
